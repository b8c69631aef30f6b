//! Near words of 64 bits, found by multi-index hashing (Norouzi, Punjani, Fleet 2012).
//!
//! Each quarter of each word is looked up, as it is and with each bit turned. Two views of which at
//! most 15 of 128 bits differ have a word of which at most 7 of 64 differ, and of its four quarters one
//! in which at most one bit differs: no such pair is missed. The threshold is higher, 24 bits; a
//! pair in between is found if a quarter of any word of any of its views is so lucky, which nearly
//! all are that have several views. `cargo bench --bench duplicates` counts those of real media.

use super::Index;
use crate::contract::fingerprint::VIEW;

/// Quarters of a word, and the bits of one.
const BANDS: usize = 4;
const BITS: usize = 16;

/// Bits of a word that may differ.
const NEAR: u32 = 12;

/// Thousandths of bits up to which no pair is missed.
#[cfg(test)]
const CERTAIN: u32 = 117;

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
    use crate::contract::fingerprint::{SUBJECT, distance_of};
    use proptest::prelude::*;

    /// Words without any order.
    fn dice(seed: u64) -> impl FnMut() -> u64 {
        let mut state = seed;
        move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state ^ state >> 29
        }
    }

    /// How many of a thousand copies are found, each of so many views, all with 24 bits turned: at
    /// the threshold, where no structure of real pictures helps.
    fn found_at_the_threshold(views: usize) -> usize {
        let mut next = dice(views as u64);
        let mut items: Vec<Vec<u64>> = Vec::new();
        for _ in 0..1000 {
            let first: Vec<u64> = (0..views * VIEW).map(|_| next()).collect();
            let mut copy = first.clone();
            for view in copy.chunks_exact_mut(VIEW) {
                let mut bits: Vec<usize> = (0..VIEW * 64).collect();
                for n in 0..24 {
                    let other = n + (next() >> 33) as usize % (VIEW * 64 - n);
                    bits.swap(n, other);
                    view[bits[n] / 64] ^= 1 << (bits[n] % 64);
                }
            }
            items.extend([first, copy]);
        }
        let slices: Vec<&[u64]> = items.iter().map(|item| &item[..]).collect();
        let mut bands = Bands::new(&slices);
        (0..1000).filter(|n| bands.candidates(2 * n).contains(&(2 * n + 1))).count()
    }

    #[test]
    fn nearly_all_at_the_threshold_are_found() {
        let found = [1, 4, 7].map(found_at_the_threshold);
        assert!(found[0] > 700 && found[1] > 980 && found[2] > 990, "{found:?}");
    }

    proptest! {
        #[test]
        fn no_pair_that_is_near_enough_is_missed(
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
                    if distance.unwrap() <= CERTAIN {
                        prop_assert!(found.contains(&b), "{a} {b} {distance:?}");
                    }
                }
            }
        }
    }
}
