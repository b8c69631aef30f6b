//! Opening a node: whether it is as the last build left it, or is lowered to actions.

use super::{Build, Stage};
use crate::contract::digest::Digest;
use crate::contract::event::Event;
use crate::diagnostic::Diagnostic;
use crate::engine::fingerprint;
use crate::engine::node_run::{NodeRun, Purpose};
use crate::node::{Output, Outputs};
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;
use tracing::trace_span;

impl Build<'_> {
    /// Begins a node whose dependencies have settled.
    pub(super) fn open(&mut self, index: NodeIndex) {
        self.opened[index.index()] = Instant::now();
        self.records.load(self.name(index));
        if self.poisoned[index.index()] {
            self.skip(index);
            return;
        }
        if let Some(failure) = self.options.failed.get(self.name(index)) {
            return self.fail(index, failure.clone());
        }
        let opened = self.files(index).and_then(|files| {
            let print = self.fingerprint(index, &files)?;
            Ok((files, print))
        });
        let (files, print) = match opened {
            Ok(opened) => opened,
            Err(failure) => return self.fail(index, failure),
        };
        let unchanged = self
            .previous(index)
            .is_some_and(|record| record.fingerprint == print && record.waits.is_none());
        let disturbed = self.disturbed(index);
        if unchanged && disturbed.is_none() && self.readable(index) {
            self.keep(index);
            return;
        }
        let lowering = trace_span!("lower", node = self.name(index)).entered();
        let lowered = match self.lower_or_wait(index, index, &files) {
            Ok(None) => return,
            Ok(Some(plan)) => Ok(plan),
            Err(failure) => Err(failure),
        };
        drop(lowering);
        let event = Event::NodeStarted { at_ms: self.now(), node: self.name(index).to_owned() };
        (self.emit)(&event);
        match lowered {
            Ok(plan) => {
                let run = NodeRun { files, disturbed, ..NodeRun::new(plan, Purpose::Build, print) };
                self.stages[index.index()] = Stage::Open;
                self.runs.insert(index, run);
                self.advance(index);
            }
            Err(failure) => self.fail(index, failure),
        }
    }

    /// Whether the outputs of the last build can be read, where that matters.
    fn readable(&self, index: NodeIndex) -> bool {
        !self.options.readable
            || self.previous(index).is_some_and(|record| {
                record.outputs.values().all(|output| match output {
                    Output::Blob(digest) => self.services.store.present(digest),
                    Output::File { .. } => true,
                })
            })
    }

    pub(super) fn files(&self, index: NodeIndex) -> Result<Vec<(PathBuf, Digest)>, Diagnostic> {
        let hash = |path: PathBuf| Ok((path.clone(), self.services.workspace.digest(&path)?));
        self.graph.entry(index).node.files().into_iter().map(hash).collect()
    }

    /// Names and outputs of the dependencies that are done, by name.
    pub(super) fn done_dependencies(&self, index: NodeIndex) -> BTreeMap<&str, &Outputs> {
        self.graph
            .dependencies(index)
            .filter(|dep| matches!(self.stages[dep.index()], Stage::Done))
            .map(|dep| (self.graph.entry(dep).name.as_str(), &self.outputs[dep.index()]))
            .collect()
    }

    pub(super) fn fingerprint(
        &self,
        index: NodeIndex,
        files: &[(PathBuf, Digest)],
    ) -> Result<fingerprint::Fingerprint, Diagnostic> {
        fingerprint::fingerprint(
            self.graph.entry(index).node.as_ref(),
            self.done_dependencies(index).into_iter(),
            files,
            &self.options.tools,
            self.services.identities,
        )
    }
}
