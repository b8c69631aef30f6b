//! What a build comes to, node by node.

use crate::contract::digest::{ActionKey, Digest};
use crate::contract::event::{Event, Status};
use std::collections::BTreeMap;

/// One node that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeResult {
    pub node: String,
    pub status: Status,
    pub accepted: Option<bool>,
    pub why: String,
    /// Key of the action that makes what the node is for.
    pub key: Option<ActionKey>,
    pub wall_ms: u64,
    pub outputs: BTreeMap<String, Digest>,
    /// Relative to the project.
    pub files: Vec<String>,
    pub notes: Vec<String>,
    /// It stands in for something, or descends from what does.
    pub mock: bool,
}

/// A build, as far as its events have told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fold {
    pub nodes: u64,
    pub counts: BTreeMap<Status, u64>,
    pub actions_ran: u64,
    pub rejected: u64,
    pub saved_ms: u64,
    pub wall_ms: u64,
    /// Of `saved_ms`, that of nodes which were fresh.
    fresh_ms: u64,
    pub results: BTreeMap<String, NodeResult>,
    /// Sources that were fetched, by name.
    pub sources: BTreeMap<String, SourceResult>,
}

/// A source that was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceResult {
    pub items: u64,
    pub fetched: u64,
    pub missing: u64,
    pub bytes: u64,
}

/// Whether a node that ended so stays as it was when a later round of the build ends it again: one that ran
/// has run, and one that was taken from the cache is fresh after it.
pub fn stays(before: Status, now: Status) -> bool {
    match before {
        Status::Ran => now != Status::Failed,
        Status::Hit | Status::Cutoff => now == Status::Fresh,
        _ => false,
    }
}

impl Fold {
    /// How many nodes descend from stand-ins.
    pub fn mocks(&self) -> u64 {
        self.results.values().filter(|result| result.mock).count() as u64
    }

    /// How many nodes ended so.
    pub fn count(&self, status: Status) -> u64 {
        self.counts.get(&status).copied().unwrap_or(0)
    }

    /// Takes one event in. Of two ends of a node the last counts, unless it [stays] what it was.
    pub fn add(&mut self, event: &Event) {
        match event {
            Event::BuildStarted { nodes, .. } | Event::GraphGrew { nodes, .. } => {
                self.nodes = *nodes
            }
            Event::ActionFinished { ok: true, .. } => self.actions_ran += 1,
            Event::NodeFinished {
                node,
                status,
                why,
                keys,
                outputs,
                files,
                wall_ms,
                saved_ms,
                accepted,
                notes,
                mock,
                ..
            } => {
                let mut result = NodeResult {
                    node: node.clone(),
                    status: *status,
                    accepted: *accepted,
                    why: why.clone(),
                    key: keys.last().map(|last| last.key),
                    wall_ms: *wall_ms,
                    outputs: outputs.clone(),
                    files: files.clone(),
                    notes: notes.clone(),
                    mock: *mock,
                };
                if let Some(before) = self.results.remove(node) {
                    self.uncount(&before);
                    if stays(before.status, *status) {
                        result.status = before.status;
                        result.why = before.why;
                    }
                } else {
                    self.saved_ms += saved_ms;
                    self.fresh_ms += if *status == Status::Fresh { *saved_ms } else { 0 };
                }
                *self.counts.entry(result.status).or_default() += 1;
                self.rejected += u64::from(result.accepted == Some(false));
                self.results.insert(node.clone(), result);
            }
            Event::SourceFinished { source, items, fetched, missing, bytes, .. } => {
                let (items, fetched, missing, bytes) = (*items, *fetched, *missing, *bytes);
                let result = SourceResult { items, fetched, missing, bytes };
                self.sources.insert(source.clone(), result);
            }
            Event::BuildFinished { at_ms, fresh, saved_ms, .. } => {
                self.wall_ms = *at_ms;
                self.add_untold(*fresh, saved_ms.saturating_sub(self.fresh_ms));
            }
            _ => {}
        }
    }

    /// Nodes that no event told of were fresh: a build of a few rows has nothing to say of the rest.
    fn add_untold(&mut self, fresh: u64, saved_ms: u64) {
        let told: u64 = self.counts.values().sum();
        let untold = self.nodes.saturating_sub(told);
        let untold = untold.min(fresh.saturating_sub(self.count(Status::Fresh)));
        if untold > 0 {
            *self.counts.entry(Status::Fresh).or_default() += untold;
            self.saved_ms += saved_ms;
        }
    }

    fn uncount(&mut self, before: &NodeResult) {
        if let Some(count) = self.counts.get_mut(&before.status) {
            *count -= 1;
        }
        self.rejected -= u64::from(before.accepted == Some(false));
    }
}
