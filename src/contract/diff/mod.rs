//! Whether two versions of a contract fit each other, and what breaks if not.
//!
//! Named rules find what was changed and where ([`walk`]); what they say is never believed alone.
//! A break is one once an instance is found that the one side accepts and the other refuses, or once
//! `covers` of the `jsonschema` crate says so; two schemas fit once that is proved, part by part
//! ([`include`], unions paired by their tags) or as a whole. What is neither is *undecided*, which is
//! never taken for a fit.

mod include;
mod judge;
mod rule;
mod walk;
mod weight;
mod witness;

pub use judge::{compare, compare_ends};
pub use rule::{Effect, Rule};

use super::sample::Step;
use serde_json::Value;

/// Who reads whose data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// A new reader meets what was written before.
    Backward,
    /// An old reader meets what is written from now on.
    Forward,
}

impl Direction {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backward => "backward",
            Self::Forward => "forward",
        }
    }
}

/// Which directions must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Backward,
    Forward,
    Full,
}

impl Mode {
    pub fn directions(self) -> &'static [Direction] {
        match self {
            Self::Backward => &[Direction::Backward],
            Self::Forward => &[Direction::Forward],
            Self::Full => &[Direction::Backward, Direction::Forward],
        }
    }
}

/// Something that differs, before anybody proved what that does.
#[derive(Debug, Clone)]
pub struct Change {
    pub rule: Rule,
    /// Where in a document, as people write it: `/assets/*/quality/score`.
    pub place: String,
    /// What was and what is, in a few words.
    pub detail: String,
    /// The way to the place through the old and the new schema, and what stands there.
    old: Site,
    new: Site,
}

/// A place in a schema.
#[derive(Debug, Clone, Default)]
struct Site {
    steps: Vec<Step>,
    schema: Value,
}

/// A change that breaks somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Break {
    pub rule: Rule,
    pub place: String,
    pub detail: String,
    /// A document that the writer's side accepts and the reader's refuses; absent for a change of
    /// meaning, and where none was found.
    pub instance: Option<Value>,
}

/// Whether readers manage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Compatible,
    Broken,
    /// Neither was proved.
    Undecided,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Broken => "broken",
            Self::Undecided => "undecided",
        }
    }
}

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Each part of the reader's schema takes what the writer's allows there.
    Parts,
    /// `covers`, over the whole.
    Covers,
    /// An instance.
    Instance,
    /// The words of a rule: the same JSON means something else.
    Meaning,
    None,
}

impl Proof {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parts => "part by part",
            Self::Covers => "as a whole",
            Self::Instance => "by an instance",
            Self::Meaning => "by what it means",
            Self::None => "by nothing",
        }
    }
}

/// The answer for one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub direction: Direction,
    pub verdict: Verdict,
    pub proof: Proof,
    /// Sorted by place, then rule; empty unless it is broken.
    pub breaks: Vec<Break>,
}

/// How two schemas compare.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    pub answers: Vec<Answer>,
    /// What stops nobody: rule, place and detail.
    pub warnings: Vec<(Rule, String, String)>,
    /// Changes that were proved harmless in every direction asked for.
    pub harmless: Vec<(Rule, String, String)>,
}

impl Report {
    /// This, and the answers of another comparison of the same two.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.answers.extend(other.answers);
        self.warnings.extend(other.warnings);
        self.warnings.sort();
        self.warnings.dedup();
        // What harms nobody in one direction may in the other.
        let broken = |told: &(Rule, String, String)| {
            let mut all = self.answers.iter().flat_map(|answer| &answer.breaks);
            all.any(|found| found.rule == told.0 && found.place == told.1)
        };
        let mut harmless: Vec<_> = self.harmless.iter().chain(&other.harmless).cloned().collect();
        harmless.retain(|told| !broken(told));
        harmless.sort();
        harmless.dedup();
        self.harmless = harmless;
        self
    }

    /// Whether every direction asked for was proved to hold.
    pub fn holds(&self) -> bool {
        self.answers.iter().all(|answer| answer.verdict == Verdict::Compatible)
    }
}
