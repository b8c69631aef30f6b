//! What a tool came to, before anybody writes it as the protocol wants it.

use super::bound::{LONGEST_TEXT, MOST_ANSWER, shorten, trouble};
use super::resources::Link;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::{Style, render_all};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A document, and what can be read besides.
pub struct Answer<T> {
    pub document: T,
    pub links: Vec<Link>,
    /// Whether what was asked for was tried and did not come about.
    pub failed: bool,
}

impl<T> From<T> for Answer<T> {
    fn from(document: T) -> Self {
        Self { document, links: Vec::new(), failed: false }
    }
}

/// An answer whose type is forgotten.
pub enum Told {
    Document {
        document: Value,
        links: Vec<Link>,
        failed: bool,
    },
    /// What is wrong, for the model that asked.
    Trouble(String),
}

impl<T: Serialize> From<Result<Answer<T>, Vec<Diagnostic>>> for Told {
    fn from(ended: Result<Answer<T>, Vec<Diagnostic>>) -> Self {
        let Answer { document, links, failed } = match ended {
            Ok(answer) => answer,
            Err(problems) => return Self::of(&problems),
        };
        let document = serde_json::to_value(&document).expect("answers are JSON");
        let len = document.to_string().len();
        if len <= MOST_ANSWER {
            return Self::Document { document, links, failed };
        }
        let message = format!("the answer has {len} bytes, and {MOST_ANSWER} may be told at once");
        let problem = Diagnostic::usage("too-long", message);
        Self::of(&[problem.hint("ask for less: a smaller `limit`, or fewer targets")])
    }
}

impl Told {
    pub fn of(problems: &[Diagnostic]) -> Self {
        Self::Trouble(trouble(&render_all(problems, Style::default())))
    }
}

/// What went wrong, or is odd, beside what was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// A stable word.
    pub code: String,
    pub message: String,
    /// Where: `Memefile.toml:12:5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

/// Notes of one problem, and hints.
const MOST_NOTES: usize = 5;

impl Problem {
    pub fn of(problem: &Diagnostic) -> Self {
        let short = |texts: &[String]| -> Vec<String> {
            texts.iter().take(MOST_NOTES).map(|text| shorten(text, LONGEST_TEXT)).collect()
        };
        Self {
            code: problem.code.to_owned(),
            message: shorten(&problem.message, LONGEST_TEXT),
            place: problem.labels.first().map(|label| {
                let (line, column) = label.span.line_column();
                format!("{}:{line}:{column}", label.span.source.name)
            }),
            notes: short(&problem.notes),
            hints: short(&problem.hints),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_too_long_says_what_to_do() {
        let long: Result<Answer<String>, _> = Ok("x".repeat(MOST_ANSWER).into());
        let Told::Trouble(text) = long.into() else { panic!("it was told") };
        assert!(text.contains("too-long") && text.contains("smaller `limit`"), "{text}");
        let short: Result<Answer<String>, _> = Ok("x".repeat(100).into());
        assert!(matches!(short.into(), Told::Document { failed: false, .. }));
    }
}
