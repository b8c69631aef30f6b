//! Sounds that say the same words at the same distance in time: an inverted index.
//!
//! A copy flips some bits of many words, but leaves three of the four bytes of many others alone. So
//! each word stands in the index four times, each time without one of its bytes, and what agrees is
//! counted for each shift in time. Of long sounds one in 32 of those is kept, chosen by what it is, so
//! that two sounds keep the same.

use super::Index;
use std::collections::BTreeMap;

/// Sounds of more words than this are thinned, to one key in [`THINNED`].
const LONG: usize = 240;
const THINNED: u64 = 32;

/// Keys of one shift that must agree: of long sounds, and of short ones.
const VOTES_LONG: u32 = 3;
const VOTES_SHORT: u32 = 2;

/// Keys that more entries have than this say nothing: silence, a steady tone.
const COMMON: usize = 2_000;

/// A key, whose it is, when it is said.
type Entry = (u32, u32, u16);

pub struct Anchors {
    /// Sorted.
    entries: Vec<Entry>,
    keys: Vec<Vec<(u32, u16)>>,
    lengths: Vec<usize>,
}

impl Anchors {
    /// Of items, each a list of words.
    pub fn new(items: &[&[u64]]) -> Self {
        let keys: Vec<Vec<(u32, u16)>> = items.iter().map(|words| keys(words)).collect();
        let each = keys.iter().enumerate().flat_map(|(item, keys)| {
            keys.iter().map(move |(key, time)| (*key, item as u32, *time))
        });
        let mut entries: Vec<Entry> = each.collect();
        entries.sort_unstable();
        Self { entries, keys, lengths: items.iter().map(|words| words.len()).collect() }
    }
}

/// A word without each of its bytes in turn, and which one is left out.
fn keys(words: &[u64]) -> Vec<(u32, u16)> {
    let thinned = words.len() > LONG;
    let mut keys = Vec::new();
    for (time, word) in words.iter().enumerate() {
        for byte in 0..4u32 {
            let low = (*word as u32) & ((1u32 << (8 * byte)) - 1);
            let high = ((*word >> (8 * byte + 8)) << (8 * byte)) as u32;
            let key = (low | high) & 0x00ff_ffff | byte << 24;
            // A multiplicative hash spreads what is kept over all words.
            let kept = !thinned
                || (u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % THINNED == 0;
            if kept {
                keys.push((key, time as u16));
            }
        }
    }
    keys
}

impl Index for Anchors {
    fn candidates(&mut self, of: usize) -> Vec<usize> {
        let mut votes: BTreeMap<(u32, i32), u32> = BTreeMap::new();
        for (key, time) in &self.keys[of] {
            let from = self.entries.partition_point(|entry| entry.0 < *key);
            let same = self.entries[from..].iter().take(COMMON + 1).take_while(|e| e.0 == *key);
            if same.clone().count() > COMMON {
                continue;
            }
            for (_, item, other) in same.filter(|entry| entry.1 as usize != of) {
                // Shifts of one step apart count as one: words are not cut at the same time.
                let shift = i32::from(*other) - i32::from(*time);
                *votes.entry((*item, shift)).or_default() += 1;
                *votes.entry((*item, shift + 1)).or_default() += 1;
            }
        }
        let enough = |item: u32, votes: u32| {
            let long = self.lengths[of].min(self.lengths[item as usize]) > LONG;
            votes >= if long { VOTES_LONG } else { VOTES_SHORT }
        };
        let agreed = votes.into_iter().filter(|((item, _), votes)| enough(*item, *votes));
        let mut found: Vec<usize> = agreed.map(|((item, _), _)| item as usize).collect();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words without any order, and a copy of them that starts later and has one bit in ten flipped.
    fn sound(seed: u64, length: usize) -> Vec<u64> {
        let mut state = seed;
        let word = |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state >> 32
        };
        (0..length).map(word).collect()
    }

    #[test]
    fn a_copy_is_found_through_its_errors_and_nothing_else_is() {
        for length in [60, 900] {
            let mut sounds: Vec<Vec<u64>> = (0..40).map(|seed| sound(seed, length)).collect();
            let errors = sound(99, 32 * length);
            let flip = |n: usize| {
                (0..32).filter(|b| errors[n * 32 + b].is_multiple_of(10)).fold(0, |m, b| m | 1 << b)
            };
            let copy = sounds[7][9..].iter().enumerate().map(|(n, word)| word ^ flip(n)).collect();
            sounds.push(copy);
            let slices: Vec<&[u64]> = sounds.iter().map(|sound| &sound[..]).collect();
            let mut anchors = Anchors::new(&slices);
            assert_eq!(anchors.candidates(40), [7], "{length}");
            assert_eq!(anchors.candidates(7), [40], "{length}");
            assert!(anchors.candidates(3).is_empty());
        }
    }
}
