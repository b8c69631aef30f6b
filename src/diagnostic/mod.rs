//! One error type for people: what, where, why, and what to do next.

pub mod render;
pub mod words;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The exit code of the process; the smallest variant that applies wins, in declared order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// A bug in memebuild.
    Bug,
    /// Cancelled by SIGINT or SIGTERM.
    Cancelled(i32),
    /// Usage, or a mistake in the Memefile.
    Usage,
    /// An action failed; a bad asset too.
    Failed,
    /// The critic rejected something.
    Rejected,
    /// Waiting for a choice.
    Waiting,
    /// A contract break, or a failed verify.
    Broken,
    Ok,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Bug => 70,
            Self::Cancelled(signal) => 128u8.saturating_add(u8::try_from(signal).unwrap_or(2)),
            Self::Usage => 2,
            Self::Failed => 1,
            Self::Rejected => 3,
            Self::Waiting => 4,
            Self::Broken => 5,
            Self::Ok => 0,
        }
    }
}

/// A text that spans point into: a Memefile, an included file, a CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As people call it: relative to the project.
    pub name: String,
    pub text: Arc<str>,
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub source: Arc<Source>,
    /// Bytes.
    pub range: Range<usize>,
}

impl Span {
    /// Line and column, from 1; the column counts characters.
    pub fn line_column(&self) -> (usize, usize) {
        let before = &self.source.text[..self.range.start.min(self.source.text.len())];
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (line, before[start..].chars().count() + 1)
    }
}

/// A span and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
}

/// A message for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub level: Level,
    /// A stable word for programs and for searching: `unknown-key`, `bad-asset`.
    pub code: &'static str,
    /// One sentence, lower case, no full stop: what is wrong.
    pub message: String,
    /// The first is the place of the mistake; others help to explain it.
    pub labels: Vec<Label>,
    /// Facts that explain.
    pub notes: Vec<String>,
    /// What to do next.
    pub hints: Vec<String>,
    pub exit: Exit,
}

impl Diagnostic {
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            code,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            hints: Vec::new(),
            exit: Exit::Failed,
        }
    }

    /// A mistake in what the user wrote.
    pub fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::error(code, message) }
    }

    #[must_use]
    pub fn label(mut self, span: &Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span: span.clone(), text: text.into() });
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

impl fmt::Display for Diagnostic {
    /// One line: place, message. For logs and for programs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(label) = self.labels.first() {
            let (line, column) = label.span.line_column();
            write!(f, "{}:{line}:{column}: ", label.span.source.name)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}
