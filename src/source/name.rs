//! Texts from outside, made harmless: names of files, ids of posts, lines of credits.

use std::path::Path;

/// Longest stem of a file's name, in bytes; room is left for an ending.
const LONGEST_STEM: usize = 96;

/// A name that is safe everywhere, made from whatever somebody else calls a file: its last part,
/// letters, digits, `.`, `_` and `-` kept, every run of others one dash. Never empty, never hidden,
/// never an option.
pub fn file_name(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let (stem, extension) = match Path::new(last).extension().and_then(|e| e.to_str()) {
        Some(extension) if is_extension(extension) => {
            (&last[..last.len() - extension.len() - 1], Some(extension.to_ascii_lowercase()))
        }
        _ => (last, None),
    };
    let stem = plain(stem, LONGEST_STEM);
    let stem = if stem.is_empty() { "file".to_owned() } else { stem };
    match extension {
        Some(extension) => format!("{stem}.{extension}"),
        None => stem,
    }
}

/// Whether the end of a name tells what kind of file it is.
fn is_extension(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Whether a name has an ending that tells a kind of file.
pub fn has_extension(name: &str) -> bool {
    Path::new(name).extension().and_then(|e| e.to_str()).is_some_and(is_extension)
}

/// Letters, digits, `.`, `_` and `-` of a text, every run of others one dash; may be empty.
pub fn plain(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if out.len() == longest {
            break;
        }
        if c.is_ascii_alphanumeric() || c == '_' || (c == '.' && !out.ends_with('.')) {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_matches(|c| matches!(c, '-' | '.')).to_owned()
}

/// A line for people: without control characters and direction marks, at most `longest` bytes;
/// none where nothing is left.
pub fn line(text: &str, longest: usize) -> Option<String> {
    let mut out = String::new();
    for c in text.chars() {
        let hidden = c.is_control() || is_direction(c);
        let c = if hidden { ' ' } else { c };
        if out.len() + c.len_utf8() > longest {
            break;
        }
        if !(c.is_whitespace() && (out.is_empty() || out.ends_with(' '))) {
            out.push(if c.is_whitespace() { ' ' } else { c });
        }
    }
    let out = out.trim_end();
    (!out.is_empty()).then(|| out.to_owned())
}

/// Marks that turn text around, and may make it read as another one.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::lock::is_plain_name;
    use proptest::prelude::*;

    #[test]
    fn names_from_outside_become_plain() {
        for (theirs, ours) in [
            ("gorilla.mp4", "gorilla.mp4"),
            ("../../etc/passwd", "passwd"),
            ("..", "file"),
            ("C:\\temp\\Clip One.MP4", "Clip-One.mp4"),
            ("a\0b.mp4", "a-b.mp4"),
            ("-version.mp4", "version.mp4"),
            (".hidden.mp4", "hidden.mp4"),
            ("img%03d.png", "img-03d.png"),
            ("concat:a|b", "concat-a-b"),
            ("猫.mp4", "file.mp4"),
            ("v1.0-final", "v1.0-final"),
        ] {
            assert_eq!(file_name(theirs), ours, "{theirs:?}");
        }
    }

    #[test]
    fn lines_are_lines() {
        assert_eq!(line(" a\n\u{1b}[31mb\u{202e} ", 100).as_deref(), Some("a [31mb"));
        assert_eq!(line("\0\n", 100), None);
        assert_eq!(line("ééé", 5).as_deref(), Some("éé"));
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_plain_name(text in "\\PC*|.{0,400}") {
            let name = file_name(&text);
            prop_assert!(is_plain_name(&name), "{:?}", name);
            prop_assert!(!name.contains(".."));
        }
    }
}
