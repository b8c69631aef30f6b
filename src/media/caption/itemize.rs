//! Which face draws which part of a text.
//!
//! A word is set in the first face that has all of it, so that letters which join do, and no word
//! changes its look midway; only where there is no such face, cluster by cluster. Emoji prefer
//! faces of emoji, all else prefers the others. The same function serves to choose the faces out
//! of all that are installed and to use the chosen ones: faces that draw nothing can be left out
//! of the list without changing what the others draw.

use super::emoji::is_emoji;
use super::text::is_ignorable;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

/// Faces in order of preference.
pub trait Chain {
    fn len(&self) -> usize;
    /// Whether it holds colour pictures rather than letters.
    fn is_emoji(&self, face: usize) -> bool;
    fn has(&self, face: usize, c: char) -> bool;
}

/// A part of a text and the face that draws it; `None` where no face can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub range: Range<usize>,
    pub face: Option<usize>,
}

/// Marks runs that choose no face.
const NEUTRAL: usize = usize::MAX;

/// Splits `text` into runs, without gaps; neighbours of one face are joined. White space and what
/// has no glyph choose no face: they go with the letters before them, since the space of a face
/// of pictures is as wide as a picture.
pub fn itemize(text: &str, chain: &impl Chain) -> Vec<Run> {
    let plain = |c: char| c.is_ascii() && (c == ' ' || chain.has(0, c));
    if !text.is_empty() && !chain.is_emoji(0) && text.chars().all(plain) {
        return vec![Run { range: 0..text.len(), face: Some(0) }];
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut push = |range: Range<usize>, face: Option<usize>| match runs.last_mut() {
        Some(last) if last.face == face => last.range.end = range.end,
        _ => runs.push(Run { range, face }),
    };
    for Word { range, kind } in words(text) {
        if kind == Kind::Neutral {
            push(range, Some(NEUTRAL));
            continue;
        }
        let clusters = || text[range.clone()].graphemes(true);
        let has = |face: usize, cluster: &str| draws(chain, face, cluster);
        // Marks of punctuation follow the letters, but no letter changes its face for one.
        let lettered = clusters().any(is_lettered);
        let counts = |cluster: &&str| !lettered || is_lettered(cluster);
        let whole = find(chain, kind, |face| clusters().filter(counts).all(|c| has(face, c)));
        let mut start = range.start;
        for cluster in clusters() {
            let end = start + cluster.len();
            let face = whole.filter(|face| has(*face, cluster));
            push(start..end, face.or_else(|| find(chain, kind, |face| has(face, cluster))));
            start = end;
        }
    }
    settle_neutral(runs, chain)
}

/// Gives neutral runs (marked with [`NEUTRAL`]) the face of the letters before them, or else of
/// the first ones after, or else the first face.
fn settle_neutral(runs: Vec<Run>, chain: &impl Chain) -> Vec<Run> {
    let letters = |run: &Run| run.face.filter(|f| *f != NEUTRAL && !chain.is_emoji(*f));
    let mut face = runs.iter().find_map(letters).unwrap_or(0);
    let mut settled: Vec<Run> = Vec::new();
    for mut run in runs {
        face = letters(&run).unwrap_or(face);
        if run.face == Some(NEUTRAL) {
            run.face = Some(face);
        }
        match settled.last_mut() {
            Some(last) if last.face == run.face => last.range.end = run.range.end,
            _ => settled.push(run),
        }
    }
    settled
}

/// The first face that will do: of the wished-for kind, else of the other.
fn find(chain: &impl Chain, kind: Kind, will_do: impl Fn(usize) -> bool) -> Option<usize> {
    let emoji = kind == Kind::Emoji;
    let of = |wanted: bool| {
        (0..chain.len()).find(|face| chain.is_emoji(*face) == wanted && will_do(*face))
    };
    of(emoji).or_else(|| of(!emoji))
}

/// Whether a face can draw a cluster: as it is written, or taken apart into base and marks.
pub fn draws(chain: &impl Chain, face: usize, cluster: &str) -> bool {
    let has = |c: char| is_ignorable(c) || c.is_whitespace() || chain.has(face, c);
    cluster.chars().all(has) || cluster.nfd().all(has)
}

fn is_lettered(cluster: &str) -> bool {
    cluster.chars().any(char::is_alphanumeric)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// White space, or nothing that is drawn.
    Neutral,
    Emoji,
    Text,
}

struct Word {
    range: Range<usize>,
    kind: Kind,
}

/// Clusters between white space, emoji and changes of script.
fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut script = Script::Common;
    for (start, cluster) in text.grapheme_indices(true) {
        let range = start..start + cluster.len();
        let kind = if cluster.chars().all(|c| c.is_whitespace() || is_ignorable(c)) {
            Kind::Neutral
        } else if is_emoji(cluster) {
            Kind::Emoji
        } else {
            Kind::Text
        };
        let own = cluster.chars().map(|c| c.script()).find(|s| !is_shared(*s));
        let changed = own.is_some_and(|own| !is_shared(script) && own != script);
        match words.last_mut() {
            Some(last) if last.kind == kind && kind != Kind::Emoji && !changed => {
                last.range.end = range.end;
                script = own.unwrap_or(script);
            }
            _ => {
                words.push(Word { range, kind });
                script = own.unwrap_or(Script::Common);
            }
        }
    }
    words
}

/// Scripts that go with any other.
fn is_shared(script: Script) -> bool {
    matches!(script, Script::Common | Script::Inherited | Script::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Faces by the characters that they have.
    struct Toy(Vec<(&'static str, bool)>);

    impl Chain for Toy {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn is_emoji(&self, face: usize) -> bool {
            self.0[face].1
        }
        fn has(&self, face: usize, c: char) -> bool {
            self.0[face].0.contains(c)
        }
    }

    fn drawn(text: &str, chain: &Toy) -> Vec<(String, Option<usize>)> {
        let runs = itemize(text, chain);
        runs.into_iter().map(|run| (text[run.range].to_owned(), run.face)).collect()
    }

    #[test]
    fn a_word_keeps_one_face_and_emoji_prefer_pictures() {
        let chain = Toy(vec![("abc1⭐", false), ("abcé", false), ("⭐😂1", true)]);
        assert_eq!(
            drawn("ab bé 1 ⭐😂 ", &chain),
            [
                ("ab ".to_owned(), Some(0)),
                ("bé ".to_owned(), Some(1)),
                ("1 ".to_owned(), Some(0)),
                ("⭐😂".to_owned(), Some(2)),
                (" ".to_owned(), Some(0)),
            ]
        );
    }

    #[test]
    fn punctuation_does_not_change_the_letters_before_it() {
        let chain = Toy(vec![("abc", false), ("abc!", false)]);
        assert_eq!(
            drawn("ab! !", &chain),
            [("ab".to_owned(), Some(0)), ("! !".to_owned(), Some(1))]
        );
    }

    #[test]
    fn what_no_face_has_is_known_by_cluster() {
        let chain = Toy(vec![("ab", false)]);
        assert_eq!(
            drawn("axb", &chain),
            [("a".to_owned(), Some(0)), ("x".to_owned(), None), ("b".to_owned(), Some(0))]
        );
        assert_eq!(drawn("\u{200b}", &chain), [("\u{200b}".to_owned(), Some(0))]);
    }
}
