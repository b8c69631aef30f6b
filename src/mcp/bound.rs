//! How much goes out at once.

/// Bytes of an answer's document; more is an error that says how to ask for less.
pub const MOST_ANSWER: usize = 256 << 10;

/// Bytes of a resource; of a larger one is said where it lies.
pub const MOST_RESOURCE: u64 = 4 << 20;

/// Resources of a page.
pub const MOST_RESOURCES: usize = 100;

/// Bytes of the text that says what went wrong.
const MOST_TROUBLE: usize = 8 << 10;

/// Targets that one call may name.
pub const MOST_TARGETS: usize = 100;

/// Characters of a text that comes from a stranger's file or page.
pub const LONGEST_FIELD: usize = 120;

/// Characters of a sentence of ours, which may quote a stranger's.
pub const LONGEST_TEXT: usize = 600;

/// A text without control characters and without what lies beyond `most` characters.
pub fn shorten(text: &str, most: usize) -> String {
    let mut plain = text.chars().filter(|c| !c.is_control() || *c == '\n');
    let mut short: String = plain.by_ref().take(most).collect();
    if plain.next().is_some() {
        short.pop();
        short.push('…');
    }
    short
}

/// The beginning of a text about what went wrong, with a word that there was more.
pub fn trouble(text: &str) -> String {
    let text = text.trim_end();
    if text.len() <= MOST_TROUBLE {
        return text.to_owned();
    }
    let end = (0..=MOST_TROUBLE).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}\n… and {} bytes more", &text[..end], text.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_end_where_they_must() {
        assert_eq!(shorten("a\u{1b}[31mb\nc", 20), "a[31mb\nc");
        assert_eq!(shorten("größer", 3), "gr…");
        assert_eq!(shorten("größer", 6), "größer");
        let long = "ö".repeat(MOST_TROUBLE);
        let short = trouble(&long);
        assert!(short.len() < MOST_TROUBLE + 40, "{}", short.len());
        assert!(short.ends_with("bytes more"), "{}", &short[short.len() - 40..]);
    }
}
