//! Texts in which `*` stands for anything.

use super::super::tokens::folded;

/// Compared with whole texts, in NFC and lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What stands between the stars; one part is a text without a star.
    parts: Vec<String>,
}

impl Pattern {
    pub fn new(text: &str) -> Self {
        Self { parts: folded(text).split('*').map(str::to_owned).collect() }
    }

    /// What contains the text somewhere.
    pub fn within(text: &str) -> Self {
        Self::new(&format!("*{text}*"))
    }

    /// The text, where there is no star in it.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [text] => Some(text),
            _ => None,
        }
    }

    /// The shortest text that matches.
    pub fn shortest(&self) -> String {
        self.parts.concat()
    }

    pub fn matches(&self, text: &str) -> bool {
        self.matches_folded(&folded(text))
    }

    /// The same for a text that is folded already.
    pub fn matches_folded(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|whole| whole == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }

    /// The same as a pattern of SQL's `LIKE` with `\` as its escape.
    pub fn like(&self) -> String {
        let escaped =
            |part: &String| part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        self.parts.iter().map(escaped).collect::<Vec<_>>().join("%")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        let table = [
            ("reaction", "Reaction", true),
            ("reaction", "reactions", false),
            ("mood:*", "mood:happy", true),
            ("*night*", "city-night-rain", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*a", "a", false),
            ("*", "", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} {text}");
        }
        assert_eq!(Pattern::new("10%_*").like(), "10\\%\\_%");
    }
}
