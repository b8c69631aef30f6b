//! From text to tokens: the one rule by which ids, tags, titles, creators and queries are cut into
//! words, so that every provider finds the same.
//!
//! Text is brought to Unicode's NFC and to lower case; a token is a run of letters, digits and the
//! marks that combine with them. Whatever else there is divides tokens. Chinese and Japanese have
//! no spaces to divide at: a run of their characters is one token, found by how it begins.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest token, in characters; what is longer is cut, in assets and in queries alike.
const LONGEST: usize = 64;

/// The tokens of a text, in order.
pub fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut token = String::new();
    let mut length = 0;
    for c in text.nfc().flat_map(char::to_lowercase).chain([' ']) {
        if c.is_alphanumeric() || is_combining_mark(c) {
            if length < LONGEST {
                token.push(c);
            }
            length += 1;
        } else if length > 0 {
            // Lower case may take composed characters apart: İ becomes i and a dot above.
            found.push(token.nfc().collect());
            token.clear();
            length = 0;
        }
    }
    found
}

/// A text as patterns compare it: NFC and lower case.
pub fn folded(text: &str) -> String {
    let lower: String = text.nfc().flat_map(char::to_lowercase).collect();
    lower.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_falls_into_tokens() {
        let table: [(&str, &[&str]); 6] = [
            ("john-cena-hd", &["john", "cena", "hd"]),
            ("Mood:Happy  4K!", &["mood", "happy", "4k"]),
            ("cafe\u{301} noir", &["café", "noir"]),
            ("夜の街 2024", &["夜の街", "2024"]),
            ("🔥 --", &[]),
            ("İstanbul", &["i̇stanbul"]),
        ];
        for (text, expected) in table {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn tokens_are_their_own_tokens(text in "\\PC{0,60}") {
            for token in tokens(&text) {
                prop_assert_eq!(tokens(&token), vec![token.clone()]);
            }
        }
    }
}
