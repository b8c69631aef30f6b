//! TOML, read as far as it can be: a broken line hides neither other broken lines nor what is
//! wrong in the rest of the file.
//!
//! The first error of a text is told and what it broke is blanked out; then the rest is read
//! again, until nothing is broken. All other bytes keep their places, so that spans stay true.

use super::Mistakes;
use crate::diagnostic::Diagnostic;
use std::cell::OnceCell;
use std::ops::Range;
use toml::de::{DeTable, Error};

/// What could not be read.
#[derive(Debug, Default)]
pub(super) struct Damage {
    /// Parts of the text that were blanked out, sorted.
    pub parts: Vec<Range<usize>>,
    /// Headers are among them, so that sections may be missing.
    pub headers: bool,
}

/// After this many broken parts the rest is given up.
const MOST: usize = 40;

/// Parses `text`. What is broken is reported, and the rest is read from `mended`.
pub(super) fn read_toml<'t>(
    text: &'t str,
    mended: &'t OnceCell<String>,
    mistakes: &Mistakes,
) -> (DeTable<'t>, Damage) {
    let (root, mut errors) = DeTable::parse_recoverable(text);
    let mut damage = Damage::default();
    let mut rest = text.to_owned();
    while let Some(broken) = first_broken(&rest, &errors) {
        if damage.parts.len() == MOST {
            // What is left unread may hold anything.
            damage.headers = true;
            rest = blank(&rest, broken.part.start..rest.len());
            errors = DeTable::parse_recoverable(&rest).1;
            break;
        }
        damage.headers |= lines(text, broken.part.clone()).any(|line| is_header(&text[line]));
        rest = blank(&rest, broken.part.clone());
        mistakes.report(broken.tell(text, mistakes));
        damage.parts.push(broken.part);
        errors = DeTable::parse_recoverable(&rest).1;
    }
    for error in &errors {
        mistakes.report(twice(text, &Problem::new(text, error), mistakes));
    }
    damage.parts.sort_by_key(|part| part.start);
    if damage.parts.is_empty() {
        return (root.into_inner(), damage);
    }
    let rest = mended.get_or_init(|| rest);
    (DeTable::parse_recoverable(rest).0.into_inner(), damage)
}

/// What the parser says of one place.
struct Problem<'e> {
    message: &'e str,
    /// What it expected there, if it says so.
    expected: &'e str,
    /// On one line; may be empty.
    range: Range<usize>,
    line: Range<usize>,
}

impl<'e> Problem<'e> {
    fn new(text: &str, error: &'e Error) -> Self {
        let whole = error.message();
        let (message, expected) = whole.split_once(", expected ").unwrap_or((whole, ""));
        let mut at = error.span().map_or(text.len(), |span| span.start).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        if text[at..].trim().is_empty() {
            at = text.trim_end().len();
        }
        let line = line_at(text, at);
        let end = error.span().map_or(at, |span| span.end).clamp(at, line.end.max(at));
        let range = if text.is_char_boundary(end) { at..end } else { at..at };
        Self { message, expected, range, line }
    }

    fn is_duplicate(&self) -> bool {
        self.message == "duplicate key"
    }
}

/// A part of the text that cannot be read, and why.
struct Broken {
    part: Range<usize>,
    message: String,
    at: Range<usize>,
    label: String,
    hint: Option<String>,
    /// Where the same thing stands first, if it stands twice.
    first: Option<Range<usize>>,
}

impl Broken {
    fn tell(&self, text: &str, mistakes: &Mistakes) -> Diagnostic {
        let code = if self.first.is_some() { "duplicate-key" } else { "syntax" };
        let mut diagnostic = Diagnostic::usage(code, self.message.as_str())
            .label(&mistakes.span(self.at.clone()), self.label.as_str());
        if let Some(first) = self.first.clone().filter(|first| text.get(first.clone()).is_some()) {
            diagnostic = diagnostic.label(&mistakes.span(first), "it stands here first");
        }
        diagnostic.hints.extend(self.hint.clone());
        diagnostic
    }
}

/// The first error that keeps a part of `text` from being read. A key that stands twice keeps
/// nothing: the first is used.
fn first_broken(text: &str, errors: &[Error]) -> Option<Broken> {
    let mut problems: Vec<Problem<'_>> =
        errors.iter().map(|error| Problem::new(text, error)).collect();
    problems.retain(|p| !p.is_duplicate() || is_header(&text[p.line.clone()]));
    let problem = problems.into_iter().min_by_key(|p| p.range.start)?;
    let line = text[problem.line.clone()].trim();
    if line.is_empty() {
        // Nothing is left that could be blanked out.
        return None;
    }
    let says = |word: &str| problem.message.contains(word);
    if says("invalid multi-line")
        && let Some(broken) = open_string(text, if says("basic") { "\"\"\"" } else { "'''" })
    {
        return Some(broken);
    }
    if (says("array") || says("inline table") || says("key-value pairs"))
        && let Some(broken) = unclosed(text, &problem)
    {
        return Some(broken);
    }
    Some(if is_header(line) { broken_section(text, &problem) } else { broken_line(text, &problem) })
}

fn broken_line(text: &str, problem: &Problem<'_>) -> Broken {
    let found = text[problem.range.clone()].trim();
    let (label, hint) = match problem.message {
        "string values must be quoted" if found.is_empty() => ("no value".to_owned(), None),
        "string values must be quoted" => {
            let hint = (!found.contains(['"', '\\'])).then(|| format!("write `\"{found}\"`"));
            ("not a value".to_owned(), hint)
        }
        _ if problem.expected.is_empty() => ("here".to_owned(), None),
        _ => (format!("expected {}", problem.expected), None),
    };
    Broken {
        part: problem.line.clone(),
        message: format!("not TOML: {}", problem.message),
        at: problem.range.clone(),
        label,
        hint,
        first: None,
    }
}

/// A header that cannot be read, or stands twice: what follows belongs to no section.
fn broken_section(text: &str, problem: &Problem<'_>) -> Broken {
    let part = problem.line.start..next_header(text, problem.line.end);
    if !problem.is_duplicate() {
        return Broken { part, ..broken_line(text, problem) };
    }
    let header = text[problem.line.clone()].trim();
    let first = lines(text, 0..problem.line.start).find(|line| text[line.clone()].trim() == header);
    Broken {
        part,
        message: format!("section `{}` stands twice", header.escape_debug()),
        at: trimmed(text, problem.line.clone()),
        label: "already declared".to_owned(),
        hint: Some("keep one of them, or give it another name".to_owned()),
        first: first.map_or(Some(0..0), |line| Some(trimmed(text, line))),
    }
}

/// A list or inline table that runs into the next key or header: what is wrong is where it began.
fn unclosed(text: &str, problem: &Problem<'_>) -> Option<Broken> {
    let at_line = &text[problem.line.clone()];
    if !is_header(at_line) && key_of(at_line).is_none() {
        return None;
    }
    let began =
        lines(text, 0..problem.line.start).rfind(|line| key_of(&text[line.clone()]).is_some())?;
    let open = began.start + text[began.clone()].find(['[', '{'])?;
    let what = if text[open..].starts_with('[') { "list" } else { "table" };
    Some(Broken {
        part: began.start..problem.line.start.saturating_sub(1).max(began.end),
        message: format!("not TOML: a {what} that is not closed"),
        at: open..open + 1,
        label: "opened here".to_owned(),
        hint: Some(format!("close it with `{}`", if what == "list" { "]" } else { "}" })),
        first: None,
    })
}

/// A string of several lines that never ends: it would hold the rest of the text.
fn open_string(text: &str, quotes: &str) -> Option<Broken> {
    let open = text.rfind(quotes)?;
    let line = line_at(text, open);
    Some(Broken {
        part: line.start..next_header(text, line.end),
        message: "not TOML: a string that is not closed".to_owned(),
        at: open..open + quotes.len(),
        label: "opened here".to_owned(),
        hint: Some(format!("close it with `{quotes}`")),
        first: None,
    })
}

/// A key that stands twice in one table. The line is sound, and the first value is used.
fn twice(text: &str, problem: &Problem<'_>, mistakes: &Mistakes) -> Diagnostic {
    let key = text[problem.range.clone()].trim_matches(['"', '\'']);
    let diagnostic =
        Diagnostic::usage("duplicate-key", format!("`{}` stands twice", key.escape_debug()))
            .label(&mistakes.span(problem.range.clone()), "already said");
    let above = lines(text, 0..problem.line.start)
        .rev()
        .take_while(|line| !is_header(&text[line.clone()]))
        .find(|line| key_of(&text[line.clone()]) == Some(key));
    match above {
        Some(line) => {
            let start = trimmed(text, line).start;
            let first = start..start + text[start..].find(['=', ' ']).unwrap_or(0);
            diagnostic.label(&mistakes.span(first), "it stands here first")
        }
        None => diagnostic,
    }
    .hint("keep one of them")
}

/// `[name]` or `[[name]]` alone on its line, or the beginning of it.
fn is_header(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('[') && !line.starts_with("[\"") && !line.trim_end().ends_with(',')
}

/// The key, if a line begins with one and an equals sign.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'');
    (!key.is_empty() && key.chars().all(plain)).then(|| key.trim_matches(['"', '\'']))
}

/// Where the next header begins at or after `from`, or the end of the text.
fn next_header(text: &str, from: usize) -> usize {
    lines(text, from.min(text.len())..text.len())
        .find(|line| line.start > from && is_header(&text[line.clone()]))
        .map_or(text.len(), |line| line.start)
}

/// The lines that begin within a range, without their ends.
fn lines(
    text: &str,
    range: Range<usize>,
) -> impl DoubleEndedIterator<Item = Range<usize>> + use<'_> {
    let mut starts: Vec<usize> = Vec::new();
    if range.start == 0 || text.as_bytes().get(range.start - 1) == Some(&b'\n') {
        starts.push(range.start);
    }
    let within = text.as_bytes().get(range.clone()).unwrap_or_default();
    let newlines = within.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    starts.extend(newlines.map(|(at, _)| range.start + at + 1));
    starts.retain(|start| *start < range.end.max(range.start + 1));
    starts.into_iter().map(move |start| line_at(text, start))
}

/// The line that holds a byte, without its end.
fn line_at(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    start..end
}

/// A line without the blanks around it.
fn trimmed(text: &str, line: Range<usize>) -> Range<usize> {
    let inner = &text[line.clone()];
    let start = line.start + inner.len() - inner.trim_start().len();
    start..start + inner.trim().len()
}

/// The text with a part overwritten by spaces; lines stay lines.
fn blank(text: &str, part: Range<usize>) -> String {
    let spaces = text[part.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' });
    let spaces: String = spaces.collect();
    format!("{}{spaces}{}", &text[..part.start], &text[part.end..])
}
