//! Failing, skipping and deferring, and telling dependants that a node has settled.

use super::{Build, Ended, Stage};
use crate::contract::CONTRACT_CHANGED;
use crate::contract::digest::ActionKey;
use crate::contract::event::{Event, Status};
use crate::diagnostic::Diagnostic;
use crate::engine::node_run::Purpose;
use crate::graph::Graph;
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;

impl Build<'_> {
    /// Counts a settled node off for each of its dependants.
    pub(super) fn settle(&mut self, index: NodeIndex, ok: bool) {
        self.needs_settle(index);
        let dependants: Vec<NodeIndex> = self.graph.dependants(index).collect();
        for dependant in dependants {
            let at = dependant.index();
            if matches!(self.stages[at], Stage::Unwanted) {
                continue;
            }
            self.missing[at] -= 1;
            self.poisoned[at] |= !ok && self.graph.entry(dependant).node.needs_every_dependency();
            if self.missing[at] == 0 {
                self.ready.push((self.depth[at], dependant));
            }
        }
    }

    /// A run cannot go on.
    pub(super) fn break_run(&mut self, index: NodeIndex, failure: Diagnostic) {
        let Some(run) = self.runs.get_mut(&index) else { return self.fail(index, failure) };
        if let Purpose::Remake(waiters) = &mut run.purpose {
            let waiters = std::mem::take(waiters);
            self.drop_idle(index);
            self.release(index);
            for waiter in waiters {
                let why =
                    format!("`{}` could not be made again: {}", self.name(index), failure.message);
                self.break_run(waiter, Diagnostic { message: why, ..failure.clone() });
            }
            return;
        }
        if matches!(self.stages[index.index()], Stage::Broken) {
            self.drop_idle(index);
            return;
        }
        self.fail(index, failure);
    }

    /// Ends a node by its first failure. Actions of it that are under way end by themselves.
    pub(super) fn fail(&mut self, index: NodeIndex, failure: Diagnostic) {
        if self.services.runner.cancelled() {
            // Not a failure of the node's: it was told to stop.
            self.stages[index.index()] = Stage::Broken;
            self.stop();
            return;
        }
        let changed = failure.code == CONTRACT_CHANGED;
        self.stages[index.index()] = Stage::Broken;
        self.finished_badly(index, Status::Failed, &failure.message, vec![failure.to_string()]);
        self.ended[index.index()] =
            Some(Ended { status: Status::Failed, accepted: None, failure: Some(failure) });
        self.drop_idle(index);
        self.settle(index, false);
        // A contract that changes under a build leaves nothing that the rest could rely on.
        let told = self.graph.entry(index).node.failure_is_told();
        if !(self.options.keep_going || told) || changed {
            self.stop();
        }
    }

    /// Forgets a run unless a slot still works on it.
    pub(super) fn drop_idle(&mut self, index: NodeIndex) {
        if self.runs.get(&index).is_some_and(|run| !run.busy()) {
            self.runs.remove(&index);
        }
    }

    pub(super) fn skip(&mut self, index: NodeIndex) {
        let broken = |dep: &NodeIndex| matches!(self.stages[dep.index()], Stage::Broken);
        let by = self.graph.dependencies(index).filter(broken).min();
        let waits = |dep: &NodeIndex| {
            self.ended[dep.index()].as_ref().is_some_and(|ended| ended.status == Status::Waiting)
        };
        let verb = if by.as_ref().is_some_and(waits) { "waits" } else { "failed" };
        let why = format!("`{}` {verb}", by.map_or("", |dep| self.name(dep)));
        self.stages[index.index()] = Stage::Broken;
        self.finished_badly(index, Status::Skipped, &why, Vec::new());
        self.ended[index.index()] =
            Some(Ended { status: Status::Skipped, accepted: None, failure: None });
        self.settle(index, false);
    }

    fn finished_badly(&mut self, index: NodeIndex, status: Status, why: &str, notes: Vec<String>) {
        let event = Event::NodeFinished {
            at_ms: self.now(),
            node: self.name(index).to_owned(),
            status,
            why: why.to_owned(),
            cause: None,
            keys: Vec::new(),
            outputs: BTreeMap::new(),
            files: Vec::new(),
            wall_ms: self.opened_for(index),
            saved_ms: 0,
            accepted: None,
            notes,
            mock: self.tainted[index.index()],
        };
        (self.emit)(&event);
    }

    pub(super) fn report_failure(
        &mut self,
        node: NodeIndex,
        action: usize,
        key: ActionKey,
        failure: &Diagnostic,
    ) {
        let event = Event::ActionFinished {
            at_ms: self.now(),
            node: self.name(node).to_owned(),
            step: self.title(node, action),
            key,
            ok: false,
            wall_ms: 0,
            cpu_ms: 0,
            message: failure.message.clone(),
        };
        (self.emit)(&event);
    }

    pub(super) fn warn(&mut self, node: NodeIndex, problem: &Diagnostic) {
        let event = Event::Warning {
            at_ms: self.now(),
            node: self.name(node).to_owned(),
            message: problem.to_string(),
        };
        (self.emit)(&event);
    }

    /// Leaves a node, whose recorded outputs no longer hold, to another pass.
    pub(super) fn defer(&mut self, index: NodeIndex) {
        self.again = true;
        self.records.remove(self.name(index));
        if !matches!(self.stages[index.index()], Stage::Broken) {
            self.stages[index.index()] = Stage::Deferred;
        }
        self.drop_idle(index);
    }

    /// Bytes that were made again came out different: whoever asked for them, and the node
    /// itself, are looked at again.
    pub(super) fn defer_all(&mut self, index: NodeIndex) {
        let waiters = match self.runs.get_mut(&index).map(|run| &run.purpose) {
            Some(Purpose::Remake(waiters)) => waiters.clone(),
            _ => Vec::new(),
        };
        self.defer(index);
        waiters.into_iter().for_each(|waiter| self.defer(waiter));
    }

    /// Milliseconds since the node was opened.
    pub(super) fn opened_for(&self, index: NodeIndex) -> u64 {
        u64::try_from(self.opened[index.index()].elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Ends every node that never settled, after more passes than an honest project needs.
pub(super) fn give_up(graph: &Graph, ended: &mut [Option<Ended>]) {
    for index in graph.order() {
        if ended[index.index()].is_none() {
            let message = format!(
                "`{}` reads something that comes out different each time it is made",
                graph.entry(*index).name
            );
            let failure = Diagnostic::error("not-reproducible", message).hint(
                "make the command that it depends on give the same bytes for the same inputs",
            );
            ended[index.index()] =
                Some(Ended { status: Status::Failed, accepted: None, failure: Some(failure) });
        }
    }
}
