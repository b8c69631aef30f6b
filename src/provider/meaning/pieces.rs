//! From a word to the pieces that a model has rows for, by the rule in its `tokenizer.json`: pairs
//! that are merged (BPE, with a mark before each word), or the longest piece first (WordPiece).
//!
//! Words come one by one, as [`tokens`](crate::provider::tokens) cuts them: in lower case, of
//! letters, digits and marks. So of the many steps that such a file may declare only those matter
//! that say how a word is cut.

use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Cuts words.
pub enum Pieces {
    Merged(Merged),
    Longest(Longest),
}

#[derive(Deserialize)]
struct File {
    model: Declared,
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
}

/// What the two kinds declare.
#[derive(Deserialize)]
struct Declared {
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: HashMap<String, u32>,
    #[serde(default)]
    merges: Vec<Pair>,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default)]
    continuing_subword_prefix: Option<String>,
    #[serde(default)]
    end_of_word_suffix: Option<String>,
}

/// Two pieces that become one: `"a b"`, or in newer files `["a", "b"]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Pair {
    Text(String),
    Two(String, String),
}

impl Pieces {
    /// # Errors
    /// Why the file says nothing of how words are cut that is understood here.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let file: File =
            serde_json::from_slice(bytes).map_err(|e| format!("it is no tokenizer: {e}"))?;
        match file.model.kind.as_deref() {
            // Files of old do not say which it is.
            Some("BPE") | None if !file.model.merges.is_empty() => {
                Merged::new(file).map(Self::Merged)
            }
            Some("WordPiece") => Ok(Self::Longest(Longest::new(file))),
            other => {
                let other = other.unwrap_or("none").escape_debug();
                Err(format!("it cuts words by {other}, not by BPE or WordPiece"))
            }
        }
    }

    /// The pieces of a word that the model knows, in their order.
    pub fn cut(&self, word: &str) -> Vec<u32> {
        match self {
            Self::Merged(merged) => merged.cut(word),
            Self::Longest(longest) => longest.cut(word),
        }
    }
}

/// A step by its type, among all that a part of the file declares.
fn step<'v>(part: &'v Value, kind: &str) -> Option<&'v Value> {
    if part["type"] == kind {
        return Some(part);
    }
    let steps = ["normalizers", "pretokenizers"].iter().filter_map(|list| part[*list].as_array());
    steps.flatten().find_map(|inner| step(inner, kind))
}

/// Byte-pair encoding over characters.
pub struct Merged {
    vocab: HashMap<String, u32>,
    /// Two pieces: when their turn is, and what they become.
    merges: HashMap<(u32, u32), (usize, u32)>,
    /// What stands before each word.
    mark: String,
    /// The pieces of the 256 bytes, of which characters that have no piece are made.
    bytes: Option<Box<[u32]>>,
}

impl Merged {
    fn new(file: File) -> Result<Self, String> {
        let File { model, normalizer, pre_tokenizer } = file;
        let is_said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        if is_said(&model.continuing_subword_prefix) || is_said(&model.end_of_word_suffix) {
            return Err("its pieces say by a mark of their own where words go on".to_owned());
        }
        let before = step(&normalizer, "Prepend").map(|step| &step["prepend"]);
        let between = step(&pre_tokenizer, "Metaspace").map(|step| &step["replacement"]);
        let mark = before.or(between).and_then(Value::as_str);
        let mark = mark.ok_or("nothing in it says what stands before a word")?.to_owned();
        let vocab = model.vocab;
        let mut merges = HashMap::with_capacity(model.merges.len());
        for (turn, pair) in model.merges.iter().enumerate() {
            let (a, b) = match pair {
                Pair::Text(text) => text.split_once(' ').ok_or("one of its merges is no pair")?,
                Pair::Two(a, b) => (a.as_str(), b.as_str()),
            };
            let find = |text: &str| {
                vocab.get(text).copied().ok_or_else(|| {
                    format!("it merges `{}`, which is no piece", text.escape_debug())
                })
            };
            let whole = find(&format!("{a}{b}"))?;
            merges.entry((find(a)?, find(b)?)).or_insert((turn, whole));
        }
        let byte = |byte: u8| vocab.get(&format!("<0x{byte:02X}>")).copied();
        let bytes = model.byte_fallback.then(|| (0..=255).map(byte).collect()).flatten();
        Ok(Self { vocab, merges, mark, bytes })
    }

    fn cut(&self, word: &str) -> Vec<u32> {
        let mut pieces = Vec::with_capacity(word.len() + 1);
        for c in self.mark.chars().chain(word.chars()) {
            let mut buffer = [0; 4];
            let text = &*c.encode_utf8(&mut buffer);
            match (self.vocab.get(text), &self.bytes) {
                (Some(piece), _) => pieces.push(*piece),
                (None, Some(bytes)) => {
                    pieces.extend(text.bytes().map(|byte| bytes[usize::from(byte)]));
                }
                (None, None) => {}
            }
        }
        // Words are short: looking through all pairs for the one whose turn is next is quick.
        loop {
            let turns = pieces.windows(2).enumerate().filter_map(|(at, pair)| {
                let (turn, whole) = self.merges.get(&(pair[0], pair[1]))?;
                Some((*turn, at, *whole))
            });
            let Some((_, at, whole)) = turns.min() else { return pieces };
            pieces[at] = whole;
            pieces.remove(at + 1);
        }
    }
}

/// The longest piece first.
pub struct Longest {
    vocab: HashMap<String, u32>,
    /// What stands before pieces that do not begin a word.
    within: String,
    /// Whether letters stand without their marks.
    bare: bool,
}

impl Longest {
    fn new(file: File) -> Self {
        let within = file.model.continuing_subword_prefix.unwrap_or_else(|| "##".to_owned());
        let folds = step(&file.normalizer, "BertNormalizer");
        // Nothing said means: as with capital letters.
        let bare = folds.is_some_and(|step| {
            step["strip_accents"].as_bool().or(step["lowercase"].as_bool()).unwrap_or(true)
        });
        Self { vocab: file.model.vocab, within, bare }
    }

    fn cut(&self, word: &str) -> Vec<u32> {
        let word: String = match self.bare {
            true => word.nfd().filter(|c| !is_combining_mark(*c)).collect(),
            false => word.to_owned(),
        };
        let mut pieces = Vec::new();
        // Chinese characters are words of their own.
        for part in parts(&word) {
            pieces.extend(self.greedy(part).unwrap_or_default());
        }
        pieces
    }

    /// None where some part of a word is no piece: such a word means nothing to the model.
    fn greedy(&self, word: &str) -> Option<Vec<u32>> {
        let mut pieces = Vec::new();
        let mut start = 0;
        while start < word.len() {
            let ends = word[start..].char_indices().map(|(at, c)| start + at + c.len_utf8());
            let ends: Vec<usize> = ends.collect();
            let (end, piece) = ends.into_iter().rev().find_map(|end| {
                let text = &word[start..end];
                let piece = match start {
                    0 => self.vocab.get(text),
                    _ => self.vocab.get(&format!("{}{text}", self.within)),
                };
                Some((end, *piece?))
            })?;
            pieces.push(piece);
            start = end;
        }
        Some(pieces)
    }
}

/// A word, divided at Chinese characters.
fn parts(word: &str) -> Vec<&str> {
    let is_own = |c: char| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}');
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in word.char_indices().filter(|(_, c)| is_own(*c)) {
        parts.extend([&word[start..at], &word[at..at + c.len_utf8()]]);
        start = at + c.len_utf8();
    }
    parts.push(&word[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(file: &str, word: &str) -> Vec<u32> {
        Pieces::read(file.as_bytes()).expect("a tokenizer").cut(word)
    }

    const MERGED: &str = r#"{
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}]},
        "pre_tokenizer": null,
        "model": {"type": "BPE", "byte_fallback": true,
            "vocab": {"▁": 0, "c": 1, "a": 2, "t": 3, "s": 4, "at": 5, "ca": 6, "▁cat": 7, "▁c": 8,
                "cat": 9, "<0xC3>": 10, "<0xA9>": 11 BYTES},
            "merges": ["a t", "c at", "▁ c", "c a", "▁ cat"]}}"#;

    /// With pieces for all other bytes, from 100.
    fn merged() -> String {
        let others = (0..=255u32).filter(|byte| ![0xc3, 0xa9].contains(byte));
        let bytes: String =
            others.map(|byte| format!(", \"<0x{byte:02X}>\": {}", 100 + byte)).collect();
        MERGED.replace(" BYTES", &bytes)
    }

    #[test]
    fn pairs_are_merged_in_their_turn() {
        // `at` before `▁c` and `ca`, so that `cat` comes to be, and with the mark one piece.
        assert_eq!(cut(&merged(), "cat"), [7]);
        assert_eq!(cut(&merged(), "cats"), [7, 4]);
        assert_eq!(cut(&merged(), "scat"), [0, 4, 9]);
        assert_eq!(cut(&merged(), "ct"), [8, 3]);
        // What has no piece falls into its bytes.
        assert_eq!(cut(&merged(), "é"), [0, 10, 11]);
        // Where bytes have none either, it is left out.
        let fewer = merged().replace("\"<0x41>\"", "\"<41>\"");
        assert_eq!(cut(&fewer, "caté"), [7]);
        let newer = merged().replace(r#""a t""#, r#"["a", "t"]"#);
        assert_eq!(cut(&newer, "cats"), [7, 4]);
    }

    #[test]
    fn the_longest_piece_comes_first() {
        let file = r###"{
            "normalizer": {"type": "BertNormalizer", "lowercase": true, "strip_accents": null},
            "model": {"type": "WordPiece", "continuing_subword_prefix": "##",
                "vocab": {"cat": 0, "cats": 1, "##nip": 2, "##s": 3, "cafe": 4, "夜": 5, "街": 6, "c": 7}}}"###;
        assert_eq!(cut(file, "catsnip"), [1, 2]);
        assert_eq!(cut(file, "café"), [4]);
        assert_eq!(cut(file, "夜の街cat"), [5, 6, 0]);
        // A word of which a part is unknown is unknown.
        assert_eq!(cut(file, "catx"), [0; 0]);
        let marked = file.replace("null", "false");
        assert_eq!(cut(&marked, "café"), [0; 0]);
    }

    #[test]
    fn what_is_not_understood_is_told() {
        let refused = |file: &str| Pieces::read(file.as_bytes()).err().expect("a refusal");
        assert!(refused("{").contains("no tokenizer"));
        assert!(refused(r#"{"model": {"type": "Unigram", "vocab": {}}}"#).contains("Unigram"));
        let unmarked = merged().replace("Prepend", "Other");
        assert!(refused(&unmarked).contains("before a word"));
        let strange = merged().replace("c a\"", "c z\"");
        assert!(refused(&strange).contains("`cz`"));
    }
}
