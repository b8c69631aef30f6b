//! TOML, read as far as it can be: a broken line hides neither other broken lines nor what is
//! wrong in the rest of the file.

use super::Mistakes;
use crate::diagnostic::Diagnostic;
use std::cell::OnceCell;
use std::ops::Range;
use toml::de::{DeTable, Error};

/// What could not be read.
#[derive(Debug, Default)]
pub(super) struct Damage {
    /// Broken lines, sorted.
    pub lines: Vec<Range<usize>>,
    /// One of them may be a header.
    pub headers: bool,
}

/// How often the text is mended before the rest is given up.
const ROUNDS: usize = 16;

/// Parses `text`. Lines with syntax errors are reported, blanked out and the rest is read again
/// from `mended`.
pub(super) fn read_toml<'t>(
    text: &'t str,
    mended: &'t OnceCell<String>,
    mistakes: &Mistakes,
) -> (DeTable<'t>, Damage) {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut damage = Damage::default();
    if errors.is_empty() {
        return (root.into_inner(), damage);
    }
    let mut reported: Vec<usize> = Vec::new();
    for error in &errors {
        let line = line_of(text, error);
        // One slip often breaks a line in several ways; the first tells most.
        if !reported.contains(&line.start) {
            reported.push(line.start);
            mistakes.report(describe(text, error, mistakes));
        }
    }
    let mut rest = text.to_owned();
    let mut broken: Vec<Range<usize>> = breaks(text, &errors);
    for _ in 0..ROUNDS {
        if broken.is_empty() {
            break;
        }
        for line in broken {
            damage.headers |= text[line.clone()].trim_start().starts_with('[');
            blank(&mut rest, line.clone());
            damage.lines.push(line);
        }
        broken = breaks(&rest, &DeTable::parse_recoverable(&rest).1);
    }
    damage.lines.sort_by_key(|line| line.start);
    damage.headers |= !broken_is_empty(&rest);
    if damage.lines.is_empty() {
        return (root.into_inner(), damage);
    }
    let rest = mended.get_or_init(|| rest);
    (DeTable::parse_recoverable(rest).0.into_inner(), damage)
}

fn broken_is_empty(text: &str) -> bool {
    breaks(text, &DeTable::parse_recoverable(text).1).is_empty()
}

/// A key that stands twice is reported, but the line it stands in is sound.
fn is_duplicate(error: &Error) -> bool {
    error.message() == "duplicate key"
}

/// The broken lines of `text`, each once.
fn breaks(text: &str, errors: &[Error]) -> Vec<Range<usize>> {
    let mut lines: Vec<Range<usize>> = Vec::new();
    for error in errors.iter().filter(|error| !is_duplicate(error)) {
        let line = line_of(text, error);
        if !lines.contains(&line) && !text[line.clone()].trim().is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// The line in which an error begins, without its end. At the very end of the text it is the last
/// line that holds something.
fn line_of(text: &str, error: &Error) -> Range<usize> {
    let mut at = error.span().map_or(text.len(), |span| span.start).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    if text[at..].trim().is_empty() {
        at = text.trim_end().len();
    }
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    start..end
}

/// Overwrites a line with spaces, so that all other bytes keep their places.
fn blank(text: &mut String, line: Range<usize>) {
    let spaces = " ".repeat(line.len());
    text.replace_range(line, &spaces);
}

fn describe(text: &str, error: &Error, mistakes: &Mistakes) -> Diagnostic {
    let line = line_of(text, error);
    let range = match error.span() {
        Some(span) if text.get(span.clone()).is_some() && span.start < line.end => {
            span.start..span.end.min(line.end).max(span.start)
        }
        _ => line.end..line.end,
    };
    if is_duplicate(error) {
        let key = text[range.clone()].trim_matches(['"', '\'']).escape_debug().to_string();
        return Diagnostic::usage("duplicate-key", format!("`{key}` stands twice"))
            .label(&mistakes.span(range), "already said above")
            .hint("keep one of them");
    }
    let message = error.message().split(", expected ").next().unwrap_or_default();
    let expected = error.message().strip_prefix(message).unwrap_or_default();
    let label = match expected.trim_start_matches(", ") {
        "" => "here".to_owned(),
        expected => expected.to_owned(),
    };
    Diagnostic::usage("syntax", format!("not TOML: {message}")).label(&mistakes.span(range), label)
}
