//! What an asset looks or sounds like, small enough to compare with thousands of others.
//!
//! | algorithm | of | words |
//! | --- | --- | --- |
//! | [`SUBJECT`] | a green screen's subject, cut out | two of 64 bits for each moment |
//! | [`PICTURE`] | a whole picture | two of 64 bits for each moment and crop |
//! | [`SOUND`] | the first two minutes of music | one of 32 bits for each 124 ms: chromaprint |
//! | [`SHORT_SOUND`] | the first half minute of an effect | one of 32 bits for each 31 ms |
//!
//! How they are made is told in `docs/quality.md`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Versions of the algorithms; only two of one algorithm can be compared. One that gives other
/// words, or compares them otherwise, gets a number of its own: 1 and 2 were of pictures, with
/// subjects cropped to their bounds and with fewer crops.
pub const SUBJECT: u32 = 5;
pub const PICTURE: u32 = 6;
pub const SOUND: u32 = 3;
pub const SHORT_SOUND: u32 = 4;

/// Most words of a fingerprint: two minutes of sound at eight a second.
const MOST_WORDS: usize = 1024;

/// Words of one view of a picture.
pub const VIEW: usize = 2;

/// Fewest words of sound that two must share in time, and the share (thousandths) of the shorter
/// one that must lie over the other.
const LEAST_OVERLAP: usize = 6;
const OVERLAP_MILLI: usize = 600;

/// A perceptual hash. Two of the same algorithm and kind of asset may be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fingerprint {
    /// Version of the algorithm; others are not comparable.
    pub algorithm: u32,
    /// For pictures, bits of a hash of what is shown, 16 hexadecimal digits a word, a few words in
    /// all. For sound, one word for each step of time.
    pub words: Vec<String>,
}

impl Fingerprint {
    /// Of numbers, each written with as many digits as its algorithm's words have.
    pub fn new(algorithm: u32, numbers: &[u64]) -> Self {
        let digits = if matches!(algorithm, SOUND | SHORT_SOUND) { 8 } else { 16 };
        let words = numbers.iter().map(|number| format!("{number:0digits$x}"));
        Self { algorithm, words: words.collect() }
    }

    /// The words as numbers; those that are none count as zero, which [`check`](Self::check)
    /// refuses.
    pub fn numbers(&self) -> Vec<u64> {
        self.words.iter().map(|word| u64::from_str_radix(word, 16).unwrap_or(0)).collect()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.words.is_empty() || self.words.len() > MOST_WORDS {
            return Err(format!("words: 1 to {MOST_WORDS}, not {}", self.words.len()));
        }
        let word = |word: &String| {
            (1..=16).contains(&word.len())
                && word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        if !self.words.iter().all(word) {
            return Err("words: each is 1 to 16 hexadecimal digits".to_owned());
        }
        Ok(())
    }
}

/// How far two fingerprints are from each other: thousandths of their bits that differ, 0 for the
/// same, about 500 for things that have nothing in common. `None` where they cannot be compared:
/// of other algorithms, of an algorithm that this build does not know, or sounds of which one is
/// much too short.
///
/// It is symmetric, and for pictures and sounds of different lengths it lets the parts that only one
/// of the two has go.
pub fn distance(a: &Fingerprint, b: &Fingerprint) -> Option<u32> {
    if a.algorithm != b.algorithm {
        return None;
    }
    distance_of(a.algorithm, &a.numbers(), &b.numbers())
}

/// The same for words that were read already.
pub fn distance_of(algorithm: u32, a: &[u64], b: &[u64]) -> Option<u32> {
    match algorithm {
        SUBJECT => pictures(a, b, 2),
        PICTURE => pictures(a, b, 8),
        SOUND | SHORT_SOUND => sounds(a, b),
        _ => None,
    }
}

/// The greatest distance at which two assets are copies of one thing, measured on generated copies
/// and on things that only resemble each other (the table in `docs/quality.md`); `None` for an
/// algorithm that this build does not know.
pub fn duplicate_within(algorithm: u32) -> Option<u32> {
    match algorithm {
        SUBJECT => Some(190),
        PICTURE => Some(190),
        SOUND => Some(250),
        SHORT_SOUND => Some(200),
        _ => None,
    }
}

/// Views that differ least count: of each fingerprint one in `of` of its views, each against the
/// nearest of the other's, since a copy may be cut in time or at its edges. Of pictures an eighth,
/// because each moment has seven crops of which a copy is like one.
fn pictures(a: &[u64], b: &[u64], of: usize) -> Option<u32> {
    let mut of_a = vec![u32::MAX; a.len() / VIEW];
    let mut of_b = vec![u32::MAX; b.len() / VIEW];
    if of_a.is_empty() || of_b.is_empty() {
        return None;
    }
    for (view, to_b) in a.chunks_exact(VIEW).zip(&mut of_a) {
        for (other, to_a) in b.chunks_exact(VIEW).zip(&mut of_b) {
            let bits = differing(view, other);
            *to_b = bits.min(*to_b);
            *to_a = bits.min(*to_a);
        }
    }
    let share = |mut least: Vec<u32>| {
        least.sort_unstable();
        let count = least.len().div_ceil(of);
        least[..count].iter().sum::<u32>() * 1000 / (count * VIEW * 64) as u32
    };
    Some(share(of_a).max(share(of_b)))
}

/// Bits that differ.
fn differing(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

/// The least share of differing bits over all shifts in time that leave enough in common.
fn sounds(a: &[u64], b: &[u64]) -> Option<u32> {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let least = (short.len() * OVERLAP_MILLI / 1000).max(LEAST_OVERLAP);
    if short.len() < least {
        return None;
    }
    let before = (short.len() - least) as isize;
    let after = (long.len() - least) as isize;
    (-before..=after)
        .map(|shift| {
            let (skip, from) = (shift.min(0).unsigned_abs(), shift.max(0).unsigned_abs());
            let count = (short.len() - skip).min(long.len() - from);
            let differ = differing(&short[skip..skip + count], &long[from..from + count]);
            differ * 1000 / (count as u32 * 32)
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(algorithm: u32, numbers: &[u64]) -> Fingerprint {
        Fingerprint::new(algorithm, numbers)
    }

    #[test]
    fn words_have_a_width_and_are_read_again() {
        let sound = of(SOUND, &[0xab, u64::from(u32::MAX)]);
        assert_eq!(sound.words, ["000000ab", "ffffffff"]);
        assert_eq!(sound.numbers(), [0xab, u64::from(u32::MAX)]);
        assert_eq!(of(SUBJECT, &[1]).words, ["0000000000000001"]);
    }

    #[test]
    fn others_are_not_compared() {
        assert_eq!(distance(&of(SUBJECT, &[1, 2]), &of(PICTURE, &[1, 2])), None);
        assert_eq!(distance(&of(99, &[1, 2]), &of(99, &[1, 2])), None);
        assert_eq!(duplicate_within(99), None);
        assert_eq!(distance(&of(SOUND, &[1; 4]), &of(SOUND, &[1; 60])), None, "too short");
    }

    #[test]
    fn a_cut_copy_is_near() {
        let views = [0u64, 0, u64::MAX, u64::MAX, 0xff, 0xff00, 0xf0f0, 0x0f0f];
        let whole = of(SUBJECT, &views);
        assert_eq!(distance(&whole, &of(SUBJECT, &views[4..])), Some(0));
        let other = of(SUBJECT, &[0x5555_5555_5555_5555; 8]);
        assert!(distance(&whole, &other) > Some(300));
    }

    proptest! {
        #[test]
        fn sounds_are_compared_at_their_best_shift(
            words in prop::collection::vec(any::<u32>(), 40..80), cut in 0usize..12, flip in 0usize..32,
        ) {
            let words: Vec<u64> = words.into_iter().map(u64::from).collect();
            let mut copy = words[cut..].to_vec();
            prop_assert_eq!(sounds(&words, &copy), Some(0));
            copy.iter_mut().for_each(|word| *word ^= 1 << flip);
            prop_assert_eq!(sounds(&copy, &words), Some(31));
        }

        #[test]
        fn distances_are_symmetric(
            a in prop::collection::vec(any::<u64>(), 2..12), b in prop::collection::vec(any::<u64>(), 2..12),
        ) {
            for algorithm in [SUBJECT, PICTURE, SOUND, SHORT_SOUND] {
                let there = distance_of(algorithm, &a, &b);
                prop_assert_eq!(there, distance_of(algorithm, &b, &a));
                prop_assert!(there.is_none_or(|distance| distance <= 1000 * 64 / 32));
            }
        }
    }
}
