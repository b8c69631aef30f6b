//! What several tools tell of a node, and how they ask for targets.

use crate::contract::event::Status;
use crate::diagnostic::Diagnostic;
use crate::mcp::bound::{LONGEST_TEXT, MOST_TARGETS, shorten};
use crate::report::fold::{Fold, NodeResult};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// One node that ended.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NodeLine {
    pub node: String,
    pub status: Status,
    /// Of a critic: whether it accepted the film.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
    pub why: String,
    pub ms: u64,
    /// A failure's message, a critic's findings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// It descends from a stand-in.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mock: bool,
}

/// Notes of one node.
const MOST_NOTES: usize = 10;

impl NodeLine {
    pub fn of(result: &NodeResult) -> Self {
        let notes = result.notes.iter().take(MOST_NOTES);
        Self {
            node: result.node.clone(),
            status: result.status,
            accepted: result.accepted,
            why: shorten(&result.why, LONGEST_TEXT),
            ms: result.wall_ms,
            notes: notes.map(|note| shorten(note, LONGEST_TEXT)).collect(),
            mock: result.mock,
        }
    }
}

/// How many nodes ended in which way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Nodes that are wanted.
    pub nodes: u64,
    /// How they ended; those that are missing have not yet.
    pub by_status: BTreeMap<String, u64>,
    pub actions_ran: u64,
    /// Films that the critic rejected.
    pub rejected: u64,
    /// Nodes that descend from stand-ins.
    pub mocks: u64,
}

impl Counts {
    pub fn of(fold: &Fold) -> Self {
        let counts = Status::ALL.into_iter().map(|status| (status, fold.count(status)));
        let some = counts.filter(|(_, count)| *count > 0);
        Self {
            nodes: fold.nodes,
            by_status: some.map(|(status, count)| (status.as_str().to_owned(), count)).collect(),
            actions_ran: fold.actions_ran,
            rejected: fold.rejected,
            mocks: fold.mocks(),
        }
    }
}

/// What a person would look at first: failures, choices, rejections, what ran, what did not.
pub fn gravest_first(fold: &Fold) -> Vec<&NodeResult> {
    let rank = |result: &&NodeResult| match result.status {
        Status::Failed => 0,
        Status::Waiting => 1,
        _ if result.accepted == Some(false) => 2,
        _ if result.accepted == Some(true) => 3,
        Status::Skipped => 4,
        Status::Ran => 5,
        Status::Hit | Status::Cutoff => 6,
        Status::Fresh => 7,
    };
    let mut all: Vec<&NodeResult> = fold.results.values().collect();
    all.sort_by_key(rank);
    all
}

/// Targets, if they are not too many.
///
/// # Errors
/// `bad-argument`.
pub fn few(targets: Option<Vec<String>>) -> Result<Vec<String>, Vec<Diagnostic>> {
    let targets = targets.unwrap_or_default();
    if targets.len() <= MOST_TARGETS && targets.iter().all(|target| target.len() <= 1000) {
        return Ok(targets);
    }
    let message = format!("{} targets are named, and {MOST_TARGETS} may be", targets.len());
    let problem = Diagnostic::usage("bad-argument", message);
    Err(vec![problem.hint("a glob names many: `render:launch/*`")])
}

/// Bounds a limit that a client asked for.
///
/// # Errors
/// `bad-argument`: it is none.
pub fn limit(wanted: Option<u32>, usual: u32, most: u32) -> Result<usize, Vec<Diagnostic>> {
    match wanted.unwrap_or(usual) {
        limit if (1..=most).contains(&limit) => Ok(limit as usize),
        other => {
            let message = format!("`limit` is 1 to {most}, not {other}");
            Err(vec![Diagnostic::usage("bad-argument", message)])
        }
    }
}
