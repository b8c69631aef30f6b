//! The critic's output for one file.

use super::Contract;
use super::digest::Digest;
use super::geometry::Rect;
use super::rights::Credit;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Accept, or reject with reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    Accept,
    Reject,
}

/// How grave a finding is. Any `error` rejects.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// How one rule ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Pass,
    Finding,
    /// The rule needs a fact that is not there: no render input, no captions, no sound.
    NotApplicable,
    /// Switched off in the Memefile.
    Off,
}

/// One rule and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleResult {
    pub rule: String,
    pub outcome: Outcome,
}

/// One breach of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// The rule's id: `caption-safe-area`, `loudness`, …
    pub rule: String,
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// What was measured, with its unit: `-11.2 LUFS`.
    pub measured: String,
    /// The limit that it broke, with its unit: `at most -13 LUFS`.
    pub limit: String,
    /// Milliseconds, start and end, where the finding speaks of a part of the film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_ms: Option<[u64; 2]>,
    /// Canvas pixels, where it speaks of a place.
    #[serde(default, rename = "box", skip_serializing_if = "Option::is_none")]
    pub area: Option<Rect>,
    /// What to do about it.
    pub hint: String,
    /// Where doing it takes no thought: changes of the arrangement of which the film was made, all
    /// or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patch: Vec<Patch>,
}

/// One change of a document (RFC 6902, `replace` alone): what stands at `path`, a JSON pointer
/// (RFC 6901), becomes `value`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Patch {
    pub op: Op,
    pub path: String,
    pub value: serde_json::Value,
}

/// What a [`Patch`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    Replace,
}

impl Patch {
    pub fn replace(path: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        Self { op: Op::Replace, path: path.into(), value: value.into() }
    }
}

/// The verdict on one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verdict {
    /// The file that was judged; the render input where no film was made of it, since it could not
    /// have passed.
    pub subject: Digest,
    pub profile: String,
    /// Version of the rules as a set.
    pub rules_version: u32,
    pub decision: Decision,
    /// Gravest first, then by rule, then by time.
    pub findings: Vec<Finding>,
    /// Every rule, in the registry's order.
    pub rules: Vec<RuleResult>,
    /// Every asset that is seen or heard in it, with what is known of its origin and its rights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
}

impl Contract for Verdict {
    const NAME: &'static str = "verdict";
    const VERSION: u32 = 1;

    fn check(&self) -> Result<(), String> {
        let grave = self.findings.iter().any(|f| f.severity == Severity::Error);
        if grave != (self.decision == Decision::Reject) {
            return Err("decision: a verdict rejects exactly if a finding is an error".to_owned());
        }
        Ok(())
    }
}
