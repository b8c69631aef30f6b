//! The end of a node whose actions are done: outputs, files for people, status and record.

use super::advance::Bytes;
use super::{Build, Ended, Stage};
use crate::contract::cause::Cause;
use crate::contract::digest::Digest;
use crate::contract::event::{Event, Status, StepKey};
use crate::diagnostic::Diagnostic;
use crate::engine::cause::{Case, cause};
use crate::engine::node_run::{NodeRun, Purpose, State};
use crate::engine::record::NodeRecord;
use crate::engine::schedule::Work;
use crate::engine::services::Published;
use crate::node::Output;
use crate::node::plan::{Finish, Publish};
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;
use std::path::PathBuf;

impl Build<'_> {
    /// All actions have outputs.
    pub(super) fn conclude(&mut self, index: NodeIndex, mut run: NodeRun) {
        if let Purpose::Remake(waiters) = &run.purpose {
            // What was asked for is there; those who asked go on.
            for waiter in waiters.clone() {
                self.resume(waiter);
            }
            self.release(index);
            return;
        }
        let outputs: Vec<_> =
            run.actions.iter().map(|action| action.outputs.clone().unwrap_or_default()).collect();
        if let Some(missing) = self.unreadable_documents(index, &run) {
            // `finish` reads documents; have the one that is gone made again first.
            run.remake(&missing, || self.services.store.why_gone(&missing));
            self.runs.insert(index, run);
            self.advance(index);
            return;
        }
        let mut tried = 0;
        let finish = loop {
            let unfinished = match self.finish_node(index, &outputs) {
                Ok(finish) => break finish,
                Err(unfinished) => unfinished,
            };
            self.runs.insert(index, run);
            tried += 1;
            match self.await_document(index, index, unfinished, tried) {
                Ok(Bytes::Coming) => return,
                Ok(Bytes::There) => {}
                Err(failure) => return self.break_run(index, failure),
            }
            let Some(again) = self.runs.remove(&index) else { return };
            run = again;
        };
        let absent: Vec<Publish> = finish
            .publish
            .iter()
            .filter(|file| !self.services.workspace.holds(&file.path, &file.content.digest()))
            .cloned()
            .collect();
        let mut coming = false;
        for file in &absent {
            let Output::Blob(digest) = &file.content else { continue };
            self.need(index, digest);
            if !self.services.store.present(digest)
                && !run.remake(digest, || self.services.store.why_gone(digest))
            {
                match self.demand(index, digest) {
                    Ok(Bytes::There) => {}
                    Ok(Bytes::Coming) => coming = true,
                    Err(failure) => {
                        self.runs.insert(index, run);
                        self.break_run(index, failure);
                        return;
                    }
                }
            }
        }
        let remaking = !run.settled();
        self.runs.insert(index, run);
        if remaking {
            self.advance(index);
        } else if !coming {
            self.stages[index.index()] = Stage::Publishing(Box::new(finish));
            if absent.is_empty() {
                self.complete(index);
            } else {
                self.push(index, Work::Publish(absent));
            }
        }
    }

    /// A document among the outputs whose bytes are gone.
    fn unreadable_documents(
        &mut self,
        index: NodeIndex,
        run: &NodeRun,
    ) -> Option<crate::contract::digest::Digest> {
        use crate::node::plan::OutputKind;
        run.plan.actions.iter().zip(&run.actions).find_map(|(action, state)| {
            let outputs = state.outputs.as_ref()?;
            action.outputs.iter().find_map(|(name, kind)| {
                let digest = outputs.get(name)?;
                if !matches!(kind, OutputKind::Document { .. }) {
                    return None;
                }
                self.need(index, digest);
                (!self.services.store.present(digest)).then_some(*digest)
            })
        })
    }

    /// A node that waited for bytes goes on where it stood.
    fn resume(&mut self, index: NodeIndex) {
        match self.runs.remove(&index) {
            Some(run) if run.settled() => self.conclude(index, run),
            Some(run) => {
                self.runs.insert(index, run);
                self.advance(index);
            }
            // It waited for what it is lowered by.
            None if matches!(self.stages[index.index()], Stage::Waiting) => {
                self.ready.push((self.depth[index.index()], index));
            }
            None => {}
        }
    }

    /// A slot placed a node's files.
    pub(super) fn published(&mut self, index: NodeIndex, result: Result<(), Diagnostic>) {
        match result {
            Ok(()) => self.complete(index),
            Err(failure) => self.break_run(index, failure),
        }
    }

    /// Everything of the node is in place: record it, and let its dependants go on.
    fn complete(&mut self, index: NodeIndex) {
        let stage = std::mem::replace(&mut self.stages[index.index()], Stage::Done);
        let (Stage::Publishing(finish), Some(run)) = (stage, self.runs.remove(&index)) else {
            return;
        };
        let (status, why, cause) = self.status(index, &run);
        let cost_ms = run.actions.iter().map(|action| action.wall_ms).sum();
        let hits = run.actions.iter().filter(|action| action.state == State::Recorded);
        let saved_ms = hits.map(|action| action.wall_ms).sum();
        let keys = run.keys();
        self.stirred[index.index()] = status == Status::Ran
            || self.upstream_stirred(index)
            || self.previous(index).is_none_or(|record| record.keys != keys);
        self.changed[index.index()] =
            self.previous(index).is_none_or(|record| record.outputs != finish.outputs);
        let published = self.replace_published(index, &finish);
        self.outputs[index.index()] = finish.outputs.clone();
        let record = NodeRecord {
            fingerprint: run.fingerprint,
            files: run.files,
            outputs: finish.outputs.clone(),
            keys: keys.clone(),
            published,
            accepted: finish.accepted,
            waits: finish.waits.clone(),
            notes: finish.notes.clone(),
            cost_ms,
            build: self.options.build.clone(),
        };
        self.records.insert(self.name(index).to_owned(), record);
        if let Some(who) = &finish.waits {
            return self.wait(index, who, *finish.clone());
        }
        self.end(index, status, (&why, cause), keys, *finish, saved_ms);
    }

    /// The node is as the last build left it.
    pub(super) fn keep(&mut self, index: NodeIndex) {
        let Some(record) = self.previous(index).cloned() else { return };
        let stirred = self.upstream_stirred(index);
        self.stirred[index.index()] = stirred;
        let (status, why) = if stirred {
            (Status::Cutoff, self.cut_off_by(index))
        } else {
            (Status::Fresh, "up to date".to_owned())
        };
        self.stages[index.index()] = Stage::Done;
        self.outputs[index.index()] = record.outputs.clone();
        let publish = record
            .published
            .into_iter()
            .map(|(path, digest)| Publish { content: Output::Blob(digest), path })
            .collect();
        let finish = Finish {
            outputs: record.outputs,
            publish,
            accepted: record.accepted,
            notes: record.notes,
            ..Finish::default()
        };
        self.end(index, status, (&why, None), record.keys, finish, record.cost_ms);
    }

    /// The node has done what it can, and somebody else has to decide: its dependants are skipped.
    fn wait(&mut self, index: NodeIndex, who: &str, finish: Finish) {
        self.stages[index.index()] = Stage::Broken;
        self.ended[index.index()] =
            Some(Ended { status: Status::Waiting, accepted: None, failure: None });
        let outputs = finish.outputs.iter();
        let event = Event::NodeFinished {
            at_ms: self.now(),
            node: self.name(index).to_owned(),
            status: Status::Waiting,
            why: who.to_owned(),
            cause: None,
            keys: Vec::new(),
            outputs: outputs.map(|(name, output)| (name.clone(), output.digest())).collect(),
            files: finish.publish.iter().map(|p| p.path.to_string_lossy().into_owned()).collect(),
            wall_ms: self.opened_for(index),
            saved_ms: 0,
            accepted: None,
            notes: finish.notes,
            mock: self.tainted[index.index()],
        };
        (self.emit)(&event);
        self.settle(index, false);
    }

    fn status(&self, index: NodeIndex, run: &NodeRun) -> (Status, String, Option<Cause>) {
        let same = self.previous(index).is_some_and(|record| record.keys == run.keys());
        if run.ran().is_none() && same && self.upstream_stirred(index) {
            return (Status::Cutoff, self.cut_off_by(index), None);
        }
        let offers = |digest: &Digest| {
            let mut deps = self.graph.dependencies(index);
            let offers = |dep: &NodeIndex| {
                self.outputs[dep.index()].values().any(|output| output.digest() == *digest)
            };
            deps.find(offers).map(|dep| self.name(dep).to_owned())
        };
        let changed = self.graph.dependencies(index).find(|dep| self.changed[dep.index()]);
        let cause = cause(&Case {
            node: self.graph.entry(index).node.as_ref(),
            run,
            record: self.previous(index),
            offers: &offers,
            changed: changed.map(|dep| self.name(dep).to_owned()),
            output: run.disturbed.clone(),
        });
        if run.ran().is_some() {
            return (Status::Ran, cause.to_string(), Some(cause));
        }
        if same && run.disturbed.is_none() {
            return (Status::Fresh, cause.to_string(), Some(cause));
        }
        if let Some(again) = run.actions.iter().find(|action| action.remake) {
            return (Status::Hit, format!("{cause}; made again: {}", again.why), Some(cause));
        }
        let made = run.actions.first().map_or(String::new(), |action| action.why.clone());
        let why = match (&cause, made.is_empty()) {
            (Cause::Output { .. }, _) => format!("{cause}, and put back from the cache"),
            (_, true) => cause.to_string(),
            (Cause::NeverBuilt, _) => made,
            _ => format!("{cause}; {made}"),
        };
        (Status::Hit, why, Some(cause))
    }

    fn upstream_stirred(&self, index: NodeIndex) -> bool {
        self.graph.dependencies(index).any(|dep| self.stirred[dep.index()])
    }

    fn cut_off_by(&self, index: NodeIndex) -> String {
        let by = self.graph.dependencies(index).filter(|dep| self.stirred[dep.index()]).min();
        let name = by.map_or("", |dep| self.name(dep));
        format!("{name} was looked at again, and what this node reads of it is the same")
    }

    /// Removes what the node left for people last time and neither leaves nor keeps now.
    fn replace_published(&self, index: NodeIndex, finish: &Finish) -> Vec<Published> {
        let mut published: Vec<Published> =
            finish.publish.iter().map(|file| (file.path.clone(), file.content.digest())).collect();
        let Some(record) = self.previous(index) else { return published };
        for (path, digest) in &record.published {
            if published.iter().any(|(new, _)| new == path) {
                continue;
            }
            if finish.keep.contains(path) {
                published.push((path.clone(), *digest));
            } else {
                self.services.workspace.retract(path, digest);
            }
        }
        published
    }

    /// A file that the node left for people and that is not as it was left, and how.
    pub(super) fn disturbed(&self, index: NodeIndex) -> Option<(PathBuf, &'static str)> {
        let record = self.previous(index)?;
        let mut files = record.published.iter();
        let holds = |path: &PathBuf, digest| self.services.workspace.holds(path, digest);
        let (path, _) = files.find(|(path, digest)| !holds(path, digest))?;
        let how = if self.services.workspace.digest(path).is_ok() { "changed" } else { "gone" };
        Some((path.clone(), how))
    }

    fn end(
        &mut self,
        index: NodeIndex,
        status: Status,
        (why, cause): (&str, Option<Cause>),
        keys: Vec<(String, crate::contract::digest::ActionKey)>,
        finish: Finish,
        saved_ms: u64,
    ) {
        let outputs: BTreeMap<_, _> =
            finish.outputs.iter().map(|(name, output)| (name.clone(), output.digest())).collect();
        let event = Event::NodeFinished {
            at_ms: self.now(),
            node: self.name(index).to_owned(),
            status,
            why: why.to_owned(),
            cause,
            keys: keys.into_iter().map(|(step, key)| StepKey { step, key }).collect(),
            outputs,
            files: finish.publish.iter().map(|p| p.path.to_string_lossy().into_owned()).collect(),
            wall_ms: self.opened_for(index),
            saved_ms,
            accepted: finish.accepted,
            notes: finish.notes,
            mock: self.tainted[index.index()],
        };
        (self.emit)(&event);
        self.offer(index, &finish.outputs);
        self.ended[index.index()] =
            Some(Ended { status, accepted: finish.accepted, failure: None });
        self.settle(index, true);
    }
}
