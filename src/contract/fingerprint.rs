//! What an asset looks or sounds like, small enough to compare with thousands of others.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most words of a fingerprint: two minutes of sound at eight a second.
const MOST_WORDS: usize = 1024;

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
