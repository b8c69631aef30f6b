//! Near words of 64 bits, found by multi-index hashing (Norouzi, Punjani, Fleet 2012).
//!
//! Two views of which at most 14 of 128 bits differ have a word of which at most 7 of 64 differ, and
//! of its four quarters one in which at most one bit differs. So it is enough to look up each quarter
//! of each word, as it is and with each bit turned: no pair within the threshold is missed.

use super::Index;
use crate::contract::fingerprint::VIEW;

/// Quarters of a word, and the bits of one.
const BANDS: usize = 4;
const BITS: usize = 16;

/// Bits of a word that may differ.
const NEAR: u32 = 7;

/// A word, whose it is.
type Entry = (u64, u32);

/// For each word of a view and each quarter of it, all words by the value of that quarter.
pub struct Bands {
    tables: Vec<Table>,
    /// The distinct words of each item, for each word of a view.
    words: Vec<[Vec<u64>; VIEW]>,
    /// The last item that found this one.
    found_by: Vec<u32>,
}

struct Table {
    /// Where the entries of each value begin.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

impl Bands {
    /// Of items, each a list of views.
    pub fn new(items: &[&[u64]]) -> Self {
        let distinct = |item: &&[u64]| {
            std::array::from_fn(|word| {
                let mut words: Vec<u64> = item.chunks_exact(VIEW).map(|view| view[word]).collect();
                words.sort_unstable();
                words.dedup();
                words
            })
        };
        let words: Vec<[Vec<u64>; VIEW]> = items.iter().map(distinct).collect();
        let tables = (0..VIEW * BANDS)
            .map(|table| {
                let each = words.iter().enumerate().flat_map(|(item, of)| {
                    of[table / BANDS].iter().map(move |word| (*word, item as u32))
                });
                Table::new(each.collect(), table % BANDS)
            })
            .collect();
        Self { tables, found_by: vec![u32::MAX; words.len()], words }
    }
}

impl Table {
    fn new(mut entries: Vec<Entry>, band: usize) -> Self {
        entries.sort_unstable_by_key(|(word, item)| (part(*word, band), *word, *item));
        let mut starts = vec![0u32; (1 << BITS) + 1];
        entries.iter().for_each(|(word, _)| starts[part(*word, band) + 1] += 1);
        for value in 0..1 << BITS {
            starts[value + 1] += starts[value];
        }
        Self { starts, entries }
    }

    fn of(&self, value: usize) -> &[Entry] {
        &self.entries[self.starts[value] as usize..self.starts[value + 1] as usize]
    }
}

/// A quarter of a word.
fn part(word: u64, band: usize) -> usize {
    (word >> (band * BITS)) as usize & ((1 << BITS) - 1)
}

impl Index for Bands {
    fn candidates(&mut self, of: usize) -> Vec<usize> {
        let mut found = Vec::new();
        self.found_by[of] = of as u32;
        for (n, table) in self.tables.iter().enumerate() {
            for word in &self.words[of][n / BANDS] {
                let value = part(*word, n % BANDS);
                for probe in std::iter::once(value).chain((0..BITS).map(|bit| value ^ 1 << bit)) {
                    for (other, item) in table.of(probe) {
                        let place = *item as usize;
                        if (word ^ other).count_ones() <= NEAR && self.found_by[place] != of as u32
                        {
                            self.found_by[place] = of as u32;
                            found.push(place);
                        }
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::fingerprint::{SUBJECT, distance_of, duplicate_within};
    use proptest::prelude::*;

    #[test]
    fn the_threshold_is_one_that_the_index_keeps() {
        // What is within has at most so many bits that differ in its nearest view.
        let most = duplicate_within(SUBJECT).unwrap() * (VIEW as u32 * 64) / 1000;
        assert!(most / VIEW as u32 <= NEAR && NEAR < 2 * BANDS as u32);
    }

    proptest! {
        #[test]
        fn no_pair_within_the_threshold_is_missed(
            seeds in prop::collection::vec(any::<[u64; VIEW]>(), 1..6),
            copies in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(0usize..128, 0..18)), 1..8),
        ) {
            let mut items: Vec<Vec<u64>> = seeds.iter().map(|view| view.to_vec()).collect();
            for (of, flips) in copies {
                let mut copy = items[of.index(seeds.len())].clone();
                flips.iter().for_each(|bit| copy[bit / 64] ^= 1 << (bit % 64));
                items.push(copy);
            }
            let slices: Vec<&[u64]> = items.iter().map(|item| &item[..]).collect();
            let mut bands = Bands::new(&slices);
            for a in 0..items.len() {
                let found = bands.candidates(a);
                for b in (0..items.len()).filter(|b| *b != a) {
                    let distance = distance_of(SUBJECT, &items[a], &items[b]);
                    if distance <= duplicate_within(SUBJECT) {
                        prop_assert!(found.contains(&b), "{a} {b} {distance:?}");
                    }
                }
            }
        }
    }
}
