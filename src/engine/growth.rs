//! A graph that grows: batches that ask for what only ingest can tell.
//!
//! The assets they ask about are built first, by the same engine and into the same event log; then
//! the Memefile is expanded again with what was found, and the rest is built. What was built in the
//! first round is fresh in the second.

use super::log::EventLog;
use super::record::Records;
use crate::contract::asset::SeedAsset;
use crate::contract::{self, event::Event, event::Status};
use crate::node::asset::METADATA;
use crate::store::{Cas, LocalStore};
use std::collections::HashSet;

/// Reads the metadata of assets that builds recorded.
pub struct Known<'a> {
    pub records: &'a Records,
    pub store: &'a LocalStore,
    /// Nodes whose record speaks of something older than what is there.
    pub failed: &'a HashSet<String>,
}

impl Known<'_> {
    /// The metadata of an asset's node; none where there is no record of it, or its bytes are gone.
    pub fn metadata(&self, node: &str) -> Option<SeedAsset> {
        let record = self.records.get(node).filter(|_| !self.failed.contains(node))?;
        let bytes = self.store.bytes(&record.outputs.get(METADATA)?.digest()).ok()?;
        contract::read(&bytes).ok()
    }
}

/// Writes events into the log of a build and passes them on, and remembers which nodes failed; those
/// fail no second time in a later round.
pub struct Rounds<'e> {
    log: EventLog,
    emit: &'e mut dyn FnMut(&Event),
    failed: HashSet<String>,
}

impl<'e> Rounds<'e> {
    pub fn new(log: EventLog, emit: &'e mut dyn FnMut(&Event)) -> Self {
        Self { log, emit, failed: HashSet::new() }
    }

    pub fn see(&mut self, event: &Event) {
        if let Event::NodeFinished { node, status: Status::Failed, .. } = event
            && !self.failed.insert(node.clone())
        {
            return;
        }
        self.log.write(event);
        (self.emit)(event);
    }

    pub fn failed(&self) -> &HashSet<String> {
        &self.failed
    }
}
