//! A graph that grows: what a Memefile comes to may depend on what its nodes find out. Batches ask for
//! what only ingest can tell, renders for what was chosen, directors for what the critic said.
//!
//! The nodes they ask about are built first, by the same engine and into the same event log; then the
//! Memefile is expanded again with what was found, round after round until nothing is asked that is
//! not known. What was built in one round is fresh in the next.

use super::broadcast::Broadcast;
use super::build::Outcome;
use super::log::EventLog;
use super::record::Records;
use crate::contract::event::{Event, Status};
use crate::diagnostic::Diagnostic;
use crate::exec::Cancel;
use crate::graph::Graph;
use crate::node::known::Found;
use crate::store::{Cas, LocalStore};
use petgraph::graph::NodeIndex;
use std::collections::{BTreeSet, HashMap};

/// How the nodes ended that earlier rounds of this build were about.
#[derive(Debug, Default)]
pub struct Settled {
    ends: HashMap<String, End>,
    /// Nodes that failed, whatever the round was about: they fail no second time in this build.
    pub failures: HashMap<String, Diagnostic>,
}

#[derive(Debug, Clone)]
enum End {
    Done,
    Waits,
    Failed { code: String, why: String },
}

impl Settled {
    /// After a round about the nodes in `pending`.
    pub fn add(&mut self, pending: &BTreeSet<String>, graph: &Graph, outcome: &Outcome) {
        for index in graph.order() {
            if let Some(failure) = outcome.failure(*index) {
                self.failures.insert(graph.entry(*index).name.clone(), failure.clone());
            }
        }
        for name in pending {
            let ended = graph.find(name).and_then(|index| outcome.ended[index.index()].as_ref());
            let end = match ended {
                Some(ended) => match (&ended.failure, ended.status) {
                    (Some(failure), _) => {
                        let (code, why) = (failure.code.to_owned(), failure.message.clone());
                        End::Failed { code, why }
                    }
                    (None, Status::Waiting) => End::Waits,
                    (None, Status::Skipped) => upstream(name, graph, outcome),
                    (None, _) => End::Done,
                },
                None => failed("not-built", "it was not built"),
            };
            self.ends.insert(name.clone(), end);
        }
    }
}

/// The failure for which a node was skipped.
fn upstream(name: &str, graph: &Graph, outcome: &Outcome) -> End {
    let mut at: Vec<NodeIndex> = graph.find(name).into_iter().collect();
    while let Some(index) = at.pop() {
        if let Some(failure) = outcome.failure(index) {
            return failed("skipped", &format!("{}: {}", graph.entry(index).name, failure.message));
        }
        let skipped = |dep: &NodeIndex| !outcome.is_done(*dep);
        at.extend(graph.dependencies(index).filter(skipped));
    }
    failed("skipped", "what it depends on failed")
}

fn failed(code: &str, why: &str) -> End {
    End::Failed { code: code.to_owned(), why: why.to_owned() }
}

/// Reads documents of nodes that builds recorded.
pub struct Findings<'a> {
    pub records: &'a Records,
    pub store: &'a LocalStore,
    /// What this build found out; without it, what the last one did is taken for true.
    pub settled: Option<&'a Settled>,
    /// Of a build: once it is cancelled, nobody waits for what is expanded.
    pub cancel: Option<&'a Cancel>,
}

impl Findings<'_> {
    /// An output of a node.
    pub fn document(&self, node: &str, output: &str) -> Found<Vec<u8>> {
        match self.settled.map(|settled| settled.ends.get(node)) {
            Some(None) => return Found::Pending,
            Some(Some(End::Waits)) => return Found::Waits,
            Some(Some(End::Failed { code, why })) => {
                return Found::Failed { code: code.clone(), why: why.clone() };
            }
            None | Some(Some(End::Done)) => {}
        }
        let digest = self.records.get(node).and_then(|record| {
            let output = record.outputs.get(output)?;
            Some(output.digest())
        });
        match (digest.and_then(|digest| self.store.bytes(&digest).ok()), self.settled) {
            (Some(bytes), _) => Found::There(bytes),
            (None, None) => Found::Pending,
            (None, Some(_)) => {
                let why = format!("`{node}` has no `{output}`");
                Found::Failed { code: "not-built".to_owned(), why }
            }
        }
    }

    /// What a node's actions took, milliseconds.
    pub fn cost_ms(&self, node: &str) -> u64 {
        self.records.get(node).map_or(0, |record| record.cost_ms)
    }
}

/// Writes events into the log of a build, tells them, passes them on, and remembers how nodes ended that were
/// not fresh: what failed fails no second time in a later round, and what was made was not spared.
pub struct Rounds<'e> {
    log: EventLog,
    broadcast: Broadcast,
    emit: &'e mut dyn FnMut(&Event),
    ends: HashMap<String, Status>,
}

impl<'e> Rounds<'e> {
    pub fn new(log: EventLog, broadcast: Broadcast, emit: &'e mut dyn FnMut(&Event)) -> Self {
        Self { log, broadcast, emit, ends: HashMap::new() }
    }

    pub fn see(&mut self, event: &Event) {
        if let Event::NodeFinished { node, status, .. } = event
            && *status != Status::Fresh
        {
            let before = self.ends.insert(node.clone(), *status);
            if (before, *status) == (Some(Status::Failed), Status::Failed) {
                return;
            }
        }
        self.log.write(event);
        self.broadcast.tell(event);
        (self.emit)(event);
    }

    /// Whether a node was fresh in every round that was about it.
    pub fn was_fresh(&self, node: &str) -> bool {
        !self.ends.contains_key(node)
    }
}
