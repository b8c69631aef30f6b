//! What a build says of itself to programs: the one document of `build --format json`.

use super::Contract;
use super::digest::{ActionKey, Digest};
use super::event::Status;
use super::verdict::Decision;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a build came to, as `build --format json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildReport {
    /// Nodes that were wanted.
    pub nodes: u64,
    /// How many of them ended so.
    pub fresh: u64,
    pub hit: u64,
    pub cutoff: u64,
    pub ran: u64,
    pub failed: u64,
    pub skipped: u64,
    pub waiting: u64,
    pub actions_ran: u64,
    /// Films that the critic rejected.
    pub rejected: u64,
    /// Nodes that stand in for something that is not there yet, or descend from what does.
    pub mocks: u64,
    pub wall_ms: u64,
    /// Time that the cache saved.
    pub saved_ms: u64,
    /// Sources that were brought up to date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceReport>,
    /// Sorted by name.
    pub results: Vec<NodeReport>,
}

/// A source that lies elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceReport {
    pub source: String,
    /// Files that are pinned.
    pub items: u64,
    /// Files that came.
    pub fetched: u64,
    /// Files that are wanted and did not come.
    pub missing: u64,
    pub bytes: u64,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeReport {
    pub node: String,
    pub status: Status,
    /// The critic's, on critic nodes.
    pub verdict: Option<Decision>,
    pub why: String,
    /// Key of the action that makes what the node is for.
    pub key: Option<ActionKey>,
    #[schemars(extend("x-unit" = "millisecond"))]
    pub ms: u64,
    pub outputs: BTreeMap<String, Digest>,
    /// What it left for people, relative to the project.
    pub files: Vec<String>,
    /// Lines for people: a failure's message, a critic's findings.
    pub notes: Vec<String>,
    /// It stands in for something that is not there yet, or descends from what does.
    pub mock: bool,
}

impl Contract for BuildReport {
    const NAME: &'static str = "build-report";
    const VERSION: u32 = 1;
}
