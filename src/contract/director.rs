//! What came of a director: search → choose → compose → render → critique → revise, until it ends.

use super::Contract;
use super::decision::{Decision, Usage};
use super::strict::{self, Tagged};
use super::verdict::Patch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much a director may spend. What is absent is not bounded; turns and renders always are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Budget {
    /// Decisions that may be asked for.
    pub turns: u32,
    /// Attempts that may be rendered, mended ones among them.
    pub renders: u32,
    /// Tokens, in and out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Millionths of a US dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micros: Option<u64>,
    /// What a million tokens cost, millionths of a US dollar: in, and out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices_micros: Option<[u64; 2]>,
    /// Time that its own nodes took, milliseconds; what came from the cache counts as it took then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u64>,
}

impl Budget {
    /// What tokens cost, millionths of a US dollar, rounded up; zero where no price is known.
    pub fn cost_micros(&self, usage: &Usage) -> u64 {
        let Some([input, output]) = self.prices_micros else { return 0 };
        let sum = u128::from(usage.input_tokens) * u128::from(input)
            + u128::from(usage.output_tokens) * u128::from(output);
        u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}

/// Which part of a budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    Turns,
    Renders,
    Tokens,
    Cost,
    Time,
}

impl Limit {
    /// As people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Turns => "turns",
            Self::Renders => "renders",
            Self::Tokens => "tokens",
            Self::Cost => "costs",
            Self::Time => "minutes",
        }
    }
}

/// How a director ended. The braces of what has no fields make a stray one an error, which serde
/// passes over in a variant without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// The critic accepted the last attempt.
    Accepted {},
    /// A part of the budget is spent, and no attempt was accepted.
    Exhausted { limit: Limit },
    /// A decision came back that had been tried already.
    NoProgress {},
    /// The chooser will not decide.
    Rejected { why: String },
    /// Something broke: a chooser that makes no sense, a render that fails.
    Failed { why: String },
}

impl Outcome {
    /// For people.
    pub fn told(&self) -> String {
        match self {
            Self::Accepted {} => "accepted".to_owned(),
            Self::Exhausted { limit } => format!("exhausted: its {} are spent", limit.as_str()),
            Self::NoProgress {} => "no progress: the same decision came twice".to_owned(),
            Self::Rejected { why } => format!("rejected: {why}"),
            Self::Failed { why } => format!("failed: {why}"),
        }
    }
}

impl Tagged for Outcome {
    const TAG: &'static str = "state";
}

/// What an attempt was made of; braces as for [`Outcome`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Origin {
    /// A chooser was asked.
    Choice { turn: u32 },
    /// The attempt before, mended as its findings said; nobody was asked.
    Mend {},
}

impl Tagged for Origin {
    const TAG: &'static str = "from";
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attempt {
    #[serde(deserialize_with = "strict::tagged")]
    pub origin: Origin,
    pub decision: Decision,
    pub usage: Usage,
    /// Profile → what is mended in it, those of the attempts before among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub patches: BTreeMap<String, Vec<Patch>>,
    pub accepted: bool,
    /// Rules that were broken, gravest first; each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<String>,
}

/// A whole run of a director: every attempt, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DirectorRun {
    #[serde(deserialize_with = "strict::tagged")]
    pub outcome: Outcome,
    pub attempts: Vec<Attempt>,
    pub usage: Usage,
    pub cost_micros: u64,
}

impl Contract for DirectorRun {
    const NAME: &'static str = "director-run";
    const VERSION: u32 = 1;

    fn check(&self) -> Result<(), String> {
        let accepted = self.attempts.last().is_some_and(|attempt| attempt.accepted);
        if accepted != (self.outcome == Outcome::Accepted {}) {
            return Err("outcome: a run is accepted exactly if its last attempt is".to_owned());
        }
        Ok(())
    }
}
