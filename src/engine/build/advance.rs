//! Moving the actions of a node on: keys, look-ups, bytes, slots.

use super::{Build, Stage};
use crate::contract::action::{ActionResult, KeyManifest};
use crate::contract::digest::{ActionKey, Digest};
use crate::contract::event::Event;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::node_run::{ActionRun, NodeRun, Purpose, State};
use crate::engine::schedule::{Task, Work};
use crate::engine::services::{Job, Lookup, Made};
use crate::engine::{key, why};
use crate::node::Output;
use crate::node::plan::Input;
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;
use std::time::Instant;
use tracing::{debug_span, trace_span};

/// Whether bytes can be read.
pub(super) enum Bytes {
    There,
    /// They are being made again.
    Coming,
}

impl Build<'_> {
    /// Moves a lowered node on as far as it goes without waiting.
    pub(super) fn advance(&mut self, index: NodeIndex) {
        if matches!(self.stages[index.index()], Stage::Broken | Stage::Deferred) {
            self.drop_idle(index);
            return;
        }
        // The run is taken out while it is worked on, so that other nodes may be touched.
        let Some(mut run) = self.runs.remove(&index) else { return };
        let moved = self.resolve(index, &mut run).and_then(|()| self.dispatch(index, &mut run));
        match moved {
            Ok(()) if run.settled() => self.conclude(index, run),
            Ok(()) => {
                self.runs.insert(index, run);
            }
            Err(failure) => {
                self.runs.insert(index, run);
                self.break_run(index, failure);
            }
        }
    }

    /// Computes the keys that can be computed, and looks them up.
    fn resolve(&mut self, index: NodeIndex, run: &mut NodeRun) -> Result<(), Diagnostic> {
        while let Some(at) = run.resolvable() {
            let digest_of = |action: usize, name: &str| {
                run.output(action, name).unwrap_or(Digest { hash: [0; 32], len: 0 })
            };
            let action = &run.plan.actions[at];
            let keying = trace_span!("key", node = self.name(index), step = action.title());
            let (manifest, key) = keying.in_scope(|| {
                let manifest = key::manifest(action, &digest_of, self.services.identities)?;
                let key = manifest.key();
                Ok::<_, Diagnostic>((manifest, key))
            })?;
            let old = self.previous_manifest(index, &action.title(), &key);
            let (mut damage, mut evicted) = (None, None);
            let found = trace_span!("look-up", node = self.name(index), step = action.title())
                .in_scope(|| self.services.store.lookup(&key));
            let (state, outputs, wall_ms, why) = match found {
                Lookup::Hit(result) => {
                    let why = format!("made by build {}", result.build);
                    (State::Recorded, Some(result.outputs), result.wall_ms, why)
                }
                Lookup::Missing => {
                    evicted = self.services.store.why_forgotten(&key);
                    let explain = || why::explain(old.as_ref(), &manifest);
                    (State::Needed, None, 0, evicted.clone().unwrap_or_else(explain))
                }
                Lookup::Damaged(why) => {
                    let why = format!("its record is damaged: {why}");
                    damage = Some(why.clone());
                    (State::Needed, None, 0, why)
                }
            };
            let event = Event::ActionDecided {
                at_ms: self.now(),
                node: self.name(index).to_owned(),
                step: action.title(),
                key,
                hit: state == State::Recorded,
                why: why.clone(),
            };
            (self.emit)(&event);
            let changed = old.as_ref().filter(|old| old.version != manifest.version);
            run.actions[at] = ActionRun {
                changes: old.as_ref().map_or_else(Vec::new, |old| why::changes(old, &manifest)),
                version_change: changed
                    .map(|old| (manifest.step.clone(), old.version, manifest.version)),
                evicted,
                damage,
                state,
                key: Some(key),
                manifest: Some(manifest),
                outputs,
                why,
                remake: false,
                wall_ms,
            };
        }
        Ok(())
    }

    /// The manifest of a step's last key, where that was another one.
    fn previous_manifest(
        &self,
        index: NodeIndex,
        title: &str,
        now: &ActionKey,
    ) -> Option<KeyManifest> {
        let record = self.previous(index)?;
        let (_, key) = record.keys.iter().find(|(name, _)| name == title)?;
        if key == now {
            return None;
        }
        match self.services.store.lookup(key) {
            Lookup::Hit(result) => Some(result.manifest),
            _ => None,
        }
    }

    /// Hands the actions that must run to the slots, once the bytes of their inputs are there.
    pub(super) fn dispatch(
        &mut self,
        index: NodeIndex,
        run: &mut NodeRun,
    ) -> Result<(), Diagnostic> {
        // Calling for bytes of an earlier action makes that one needed: look until nothing new is.
        loop {
            let mut called = false;
            for at in 0..run.actions.len() {
                if run.actions[at].state != State::Needed || self.stopping {
                    continue;
                }
                match self.inputs(index, run, at)? {
                    Inputs::There(inputs) => self.submit(index, run, at, inputs),
                    Inputs::Coming { called: new } => called |= new,
                }
            }
            if !called {
                return Ok(());
            }
        }
    }

    /// Where the bytes of an action's inputs are, or what they wait for.
    fn inputs(
        &mut self,
        index: NodeIndex,
        run: &mut NodeRun,
        at: usize,
    ) -> Result<Inputs, Diagnostic> {
        let mut there = BTreeMap::new();
        let mut coming = false;
        let mut called = false;
        let inputs = run.plan.actions[at].inputs.clone();
        for (name, input) in inputs {
            match input {
                Input::Whole(output) | Input::Projected { output, .. } => {
                    if let Output::Blob(digest) = &output
                        && matches!(self.demand(index, digest)?, Bytes::Coming)
                    {
                        coming = true;
                    }
                    there.insert(name, output);
                }
                Input::Earlier { action, output } => {
                    match run.output(action, &output).inspect(|digest| self.need(index, digest)) {
                        Some(digest) if self.services.store.present(&digest) => {
                            coming |=
                                !matches!(run.actions[action].state, State::Recorded | State::Ran);
                            there.insert(name, Output::Blob(digest));
                        }
                        Some(digest) => {
                            called |= run.actions[action].state == State::Recorded;
                            run.remake(&digest, || self.services.store.why_gone(&digest));
                            coming = true;
                        }
                        None => coming = true,
                    }
                }
            }
        }
        Ok(if coming { Inputs::Coming { called } } else { Inputs::There(there) })
    }

    fn submit(
        &mut self,
        index: NodeIndex,
        run: &mut NodeRun,
        at: usize,
        inputs: BTreeMap<String, Output>,
    ) {
        let Some(key) = run.actions[at].key else { return };
        if let Some(waiters) = self.in_flight.get_mut(&key) {
            waiters.push(index);
            run.actions[at].state = State::Shared;
            return;
        }
        self.in_flight.insert(key, Vec::new());
        run.actions[at].state = State::Running;
        if run.actions[at].remake {
            let event = Event::ActionDecided {
                at_ms: self.now(),
                node: self.name(index).to_owned(),
                step: run.plan.actions[at].title(),
                key,
                hit: false,
                why: run.actions[at].why.clone(),
            };
            (self.emit)(&event);
        }
        let Some(manifest) = run.actions[at].manifest.clone() else { return };
        let job = Job {
            node: self.name(index).to_owned(),
            key,
            manifest,
            build: self.options.build.clone(),
            action: run.plan.actions[at].clone(),
            inputs,
        };
        self.push(index, Work::Action(at, Box::new(job)));
    }

    pub(super) fn push(&mut self, node: NodeIndex, work: Work) {
        self.outstanding += 1;
        let queued = match &work {
            Work::Action(_, job) => {
                debug_span!("queue", node = job.node, step = job.action.title())
            }
            Work::Publish(_) => debug_span!("queue", node = self.name(node), step = "place"),
        };
        self.queue.push(Task { node, depth: self.depth[node.index()], work, queued });
    }

    /// Makes sure that a blob which a dependency of `index` made can be read; where it is gone,
    /// has that dependency make it again.
    pub(super) fn demand(
        &mut self,
        index: NodeIndex,
        digest: &Digest,
    ) -> Result<Bytes, Diagnostic> {
        self.demand_for(index, index, digest)
    }

    /// The same for `waiter`, which goes on once the bytes are there.
    pub(super) fn demand_for(
        &mut self,
        index: NodeIndex,
        waiter: NodeIndex,
        digest: &Digest,
    ) -> Result<Bytes, Diagnostic> {
        self.need(waiter, digest);
        if self.services.store.present(digest) {
            return Ok(Bytes::There);
        }
        let offers = |dep: &NodeIndex| {
            self.outputs[dep.index()].values().any(|output| output.digest() == *digest)
        };
        let producer = self.graph.dependencies(index).find(offers).ok_or_else(|| {
            let message = format!("no dependency of `{}` makes {}", self.name(index), digest);
            Diagnostic::error("bug", message).exit(Exit::Bug)
        })?;
        self.reopen(producer, waiter, digest)?;
        Ok(Bytes::Coming)
    }

    /// Lowers a node that is done once more, to get the bytes of one of its outputs.
    pub(super) fn reopen(
        &mut self,
        producer: NodeIndex,
        waiter: NodeIndex,
        digest: &Digest,
    ) -> Result<(), Diagnostic> {
        let mut run = match self.runs.remove(&producer) {
            Some(run) => run,
            None => {
                let files = self.files(producer)?;
                let print = self.fingerprint(producer, &files)?;
                // Whoever waits asks for the bytes once more when this can be lowered.
                let Some(plan) = self.lower_or_wait(producer, waiter, &files)? else {
                    return Ok(());
                };
                let mut run = NodeRun::new(plan, Purpose::Remake(Vec::new()), print);
                self.resolve(producer, &mut run)?;
                run
            }
        };
        if let Purpose::Remake(waiters) = &mut run.purpose
            && !waiters.contains(&waiter)
        {
            waiters.push(waiter);
        }
        if !run.remake(digest, || self.services.store.why_gone(digest)) && run.settled() {
            // What it makes now is something else: everything that read the old must look again.
            self.defer(producer);
            self.defer(waiter);
            return Ok(());
        }
        let dispatched = self.dispatch(producer, &mut run);
        self.runs.insert(producer, run);
        dispatched
    }

    pub(super) fn started(&mut self, node: NodeIndex, action: usize) {
        let Some(run) = self.runs.get_mut(&node) else { return };
        // A node's time is what it took, not how long it stood in line for a slot.
        if !std::mem::replace(&mut run.started, true) {
            self.opened[node.index()] = Instant::now();
        }
        let Some(run) = self.runs.get(&node) else { return };
        let event = Event::ActionStarted {
            at_ms: self.now(),
            node: self.name(node).to_owned(),
            step: run.plan.actions[action].title(),
            frames: run.plan.actions[action].frames,
        };
        (self.emit)(&event);
    }

    /// A slot is done with an action.
    pub(super) fn ran(&mut self, node: NodeIndex, at: usize, result: Result<Made, Diagnostic>) {
        let Some(run) = self.runs.get_mut(&node) else { return };
        let action = &mut run.actions[at];
        let Some(key) = action.key else { return };
        let waiters = self.in_flight.remove(&key).unwrap_or_default();
        let failure = match result {
            Ok(made) => {
                for digest in made.outputs.values() {
                    self.need_made(node, digest);
                }
                let Some(run) = self.runs.get_mut(&node) else { return };
                let action = &mut run.actions[at];
                let changed =
                    action.remake && action.outputs.as_ref().is_some_and(|o| *o != made.outputs);
                action.wall_ms = made.wall_ms;
                action.outputs = Some(made.outputs.clone());
                if let Some(by) = made.by {
                    action.state = State::Recorded;
                    action.why = format!("made by build {by} meanwhile");
                } else {
                    action.state = State::Ran;
                    self.keep_result(node, at, made, key);
                }
                if changed {
                    self.defer_all(node);
                    self.wake(key, &waiters);
                    return;
                }
                None
            }
            Err(failure) => {
                action.state = State::Needed;
                Some(failure)
            }
        };
        match failure {
            None => self.advance(node),
            Some(failure) => {
                self.report_failure(node, at, key, &failure);
                self.break_run(node, failure);
            }
        }
        self.wake(key, &waiters);
    }

    /// Nodes that waited for another's run of the same action look it up again.
    fn wake(&mut self, key: crate::contract::digest::ActionKey, waiters: &[NodeIndex]) {
        for waiter in waiters {
            if let Some(run) = self.runs.get_mut(waiter) {
                for action in &mut run.actions {
                    if action.state == State::Shared && action.key == Some(key) {
                        action.state = State::Unresolved;
                    }
                }
                self.advance(*waiter);
            }
        }
    }

    fn keep_result(
        &mut self,
        node: NodeIndex,
        at: usize,
        made: Made,
        key: crate::contract::digest::ActionKey,
    ) {
        let title = self.title(node, at);
        let event = Event::ActionFinished {
            at_ms: self.now(),
            node: self.name(node).to_owned(),
            step: title,
            key,
            ok: true,
            wall_ms: made.wall_ms,
            cpu_ms: made.cpu_ms,
            message: String::new(),
        };
        (self.emit)(&event);
        let manifest = self.runs.get_mut(&node).and_then(|run| run.actions[at].manifest.take());
        let Some(manifest) = manifest else { return };
        let result = ActionResult {
            key,
            manifest,
            outputs: made.outputs,
            wall_ms: made.wall_ms,
            cpu_ms: made.cpu_ms,
            build: self.options.build.clone(),
            finished_ms: self.options.started_ms + self.now(),
        };
        // A store that cannot keep a result costs a rebuild later, never this build.
        if let Err(problem) = self.services.store.record(result) {
            self.warn(node, &problem);
        }
    }
}

/// See [`Build::inputs`].
enum Inputs {
    There(BTreeMap<String, Output>),
    Coming {
        /// An action of the same plan became needed.
        called: bool,
    },
}
