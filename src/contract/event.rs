//! Lines of the event log. Every report, live or after the fact, is a fold over them.

use super::cause::Cause;
use super::digest::{ActionKey, Digest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a node ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Proven up to date without looking further.
    Fresh,
    /// Restored from the cache under a new key.
    Hit,
    /// Something upstream ran, but no digest that it reads changed.
    Cutoff,
    Ran,
    Failed,
    /// Something upstream failed.
    Skipped,
    /// Needs a choice.
    Waiting,
}

impl Status {
    pub const ALL: [Self; 7] = [
        Self::Fresh,
        Self::Hit,
        Self::Cutoff,
        Self::Ran,
        Self::Failed,
        Self::Skipped,
        Self::Waiting,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Hit => "hit",
            Self::Cutoff => "cutoff",
            Self::Ran => "ran",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Waiting => "waiting",
        }
    }
}

/// The key of one action of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepKey {
    /// Step and label: `render/segment 3`.
    pub step: String,
    pub key: ActionKey,
}

/// One line of `cache/log/<build>.jsonl`. Times are milliseconds since the build began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    BuildStarted {
        schema_version: u32,
        build: String,
        /// Milliseconds since 1970.
        started_ms: u64,
        version: String,
        targets: Vec<String>,
        /// Nodes wanted.
        nodes: u64,
        slots: u32,
    },
    /// A source that lies elsewhere is being fetched; before the build begins, and never kept.
    SourceProgress {
        at_ms: u64,
        source: String,
        /// Files that came or could not.
        done: u64,
        /// Files to fetch, where that is known.
        items: Option<u64>,
        bytes: u64,
    },
    /// A source was brought up to date, as far as it could be.
    SourceFinished {
        at_ms: u64,
        source: String,
        /// Files that are pinned.
        items: u64,
        /// Files that came.
        fetched: u64,
        /// Files and pages that are wanted and did not come.
        missing: u64,
        bytes: u64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
    },
    /// What was built so far told what else there is to build.
    GraphGrew {
        at_ms: u64,
        /// Nodes wanted.
        nodes: u64,
    },
    NodeStarted {
        at_ms: u64,
        node: String,
    },
    /// An action was found in the cache, or must run and why.
    ActionDecided {
        at_ms: u64,
        node: String,
        step: String,
        key: ActionKey,
        hit: bool,
        why: String,
    },
    ActionStarted {
        at_ms: u64,
        node: String,
        step: String,
        /// Frames that the action will write, where that is known.
        frames: Option<u32>,
    },
    ActionProgress {
        at_ms: u64,
        node: String,
        step: String,
        frame: u32,
        /// Thousandths of real time.
        speed_milli: Option<u32>,
    },
    ActionFinished {
        at_ms: u64,
        node: String,
        step: String,
        key: ActionKey,
        ok: bool,
        wall_ms: u64,
        cpu_ms: u64,
        /// What failed, for people; empty if nothing did.
        message: String,
    },
    /// Something that did not stop the build.
    Warning {
        at_ms: u64,
        node: String,
        message: String,
    },
    NodeFinished {
        at_ms: u64,
        node: String,
        status: Status,
        why: String,
        /// The one cause that comes first; absent where nothing happened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Cause>,
        /// Keys of its actions, in the plan's order; the last makes what the node is for.
        keys: Vec<StepKey>,
        outputs: BTreeMap<String, Digest>,
        /// Files that it left for people, relative to the project.
        files: Vec<String>,
        wall_ms: u64,
        /// Time that hits saved.
        saved_ms: u64,
        /// The critic's decision, on critic nodes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        accepted: Option<bool>,
        /// Lines for people: a failure's diagnostic, a critic's findings.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
        /// It stands in for something that is not there yet, or descends from what does.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        mock: bool,
    },
    BuildFinished {
        at_ms: u64,
        exit_code: u8,
        cancelled: bool,
        /// Nodes that were fresh; the log has no lines of them.
        #[serde(default)]
        fresh: u64,
        /// Time that those took when they ran.
        #[serde(default)]
        saved_ms: u64,
    },
}
