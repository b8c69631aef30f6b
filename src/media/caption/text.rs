//! Cleaning a text before it is set: what people can write is kept, what only machines can is not.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Most characters (Unicode scalar values) of a caption that are looked at.
pub const CHARS_MAX: usize = 2_000;

/// Most combining marks that one base character may carry; Unicode's own "stream-safe" limit is
/// 30, and no language needs more than six.
const MARKS_MAX: usize = 16;

/// Most lines that the text itself may ask for.
const PARAGRAPHS_MAX: usize = 100;

/// A text that is safe to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Split at line breaks; blank ones between others are kept, outer ones are not. No control
    /// characters, no white space at either end.
    pub paragraphs: Vec<String>,
    /// Whether some of the text was left out because there was too much of it.
    pub cut: bool,
}

impl Prepared {
    /// User-perceived characters, spaces between words included.
    pub fn graphemes(&self) -> u32 {
        self.paragraphs.iter().map(|p| graphemes(p)).sum()
    }
}

/// User-perceived characters of a line.
pub fn graphemes(text: &str) -> u32 {
    u32::try_from(text.graphemes(true).count()).unwrap_or(u32::MAX)
}

/// Normalises (NFC), drops control characters and noncharacters, makes every kind of line break
/// one, and turns to upper case (by Unicode, so `ß` becomes `SS`) where asked to.
pub fn prepare(text: &str, uppercase: bool) -> Prepared {
    let mut clean = String::new();
    let mut kept = 0;
    let mut marks = 0;
    let mut cut = false;
    for c in text.replace("\r\n", "\n").chars().filter_map(allowed) {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if kept == CHARS_MAX {
            cut |= !c.is_whitespace();
            if cut {
                break;
            }
        } else if marks > MARKS_MAX {
            cut = true;
        } else {
            clean.push(c);
            kept += 1;
        }
    }
    let clean = if uppercase { clean.to_uppercase() } else { clean };
    let clean: String = clean.nfc().collect();
    let mut paragraphs: Vec<String> = clean.split('\n').map(|p| p.trim().to_owned()).collect();
    while paragraphs.last().is_some_and(String::is_empty) {
        paragraphs.pop();
    }
    let blank = paragraphs.iter().take_while(|p| p.is_empty()).count();
    paragraphs.drain(..blank);
    if paragraphs.len() > PARAGRAPHS_MAX {
        paragraphs.truncate(PARAGRAPHS_MAX);
        cut = true;
    }
    Prepared { paragraphs, cut }
}

/// What stands for a character: itself, a line break, a space or nothing.
fn allowed(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\t' => Some(' '),
        // Byte order mark, interlinear annotation, object replacement: no text.
        '\u{feff}' | '\u{fff9}'..='\u{fffc}' => None,
        '\u{fdd0}'..='\u{fdef}' => None,
        _ if c.is_control() || u32::from(c) & 0xfffe == 0xfffe => None,
        _ => Some(c),
    }
}

/// Characters that have no glyph of their own although they change others: joiners, variation
/// selectors, direction marks, tags. A face need not have them.
pub fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraphs(text: &str) -> Vec<String> {
        prepare(text, false).paragraphs
    }

    #[test]
    fn every_line_break_is_one_and_control_characters_vanish() {
        assert_eq!(paragraphs("a\r\nb\u{2028}c\u{85}d"), ["a", "b", "c", "d"]);
        assert_eq!(paragraphs("\u{0}a\u{1b}[31mb\u{7f}\u{feff}"), ["a[31mb"]);
        assert_eq!(paragraphs("\n\n a\tb \n\nc\n\n"), ["a b", "", "c"]);
        assert!(paragraphs(" \u{1}\n\t\n").is_empty());
    }

    #[test]
    fn upper_case_is_that_of_unicode() {
        assert_eq!(prepare("straße ﬁn ǆ", true).paragraphs, ["STRASSE FIN Ǆ"]);
    }

    #[test]
    fn too_much_text_is_cut_and_said_so() {
        let cut = prepare(&"é".repeat(100_000), false);
        assert!(cut.cut && cut.graphemes() == 2_000);
        let zalgo = prepare(&format!("a{}b", "\u{301}".repeat(5_000)), false);
        assert!(zalgo.cut && zalgo.graphemes() == 2);
        assert!(!prepare(&format!("a{}", " ".repeat(5_000)), false).cut);
    }
}
