//! The coordinator: opens nodes as their dependencies finish, feeds the slots, and settles nodes.
//!
//! One thread decides; the slots only run what they are given, so all state here is plain.

mod advance;
mod checkpoint;
mod conclude;
mod needs;
mod opening;
mod reading;
mod settle;

use super::live::count;
use super::node_run::NodeRun;
use super::record::{NodeRecord, Records};
use super::schedule::{CloseOnDrop, Queue, Report, slot};
use super::services::Services;
use crate::contract::digest::ActionKey;
use crate::contract::event::{Event, Status};
use crate::diagnostic::Diagnostic;
use crate::graph::Graph;
use crate::graph::select::with_needs;
use crate::graph::taint::tainted;
use crate::node::Outputs;
use crate::node::declare::draft;
use crate::node::plan::Finish;
use checkpoint::Checkpoint;
use petgraph::graph::NodeIndex;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Instant;
use tracing::debug_span;

/// What a person may set for one build.
#[derive(Debug, Clone)]
pub struct Options {
    /// Actions at once.
    pub slots: usize,
    /// Whether a failed node stops only those that need it.
    pub keep_going: bool,
    /// This build's name, for records and the log.
    pub build: String,
    /// Milliseconds since 1970, for records.
    pub started_ms: u64,
    /// Names and identities of tools that any action may use, for fingerprints.
    pub tools: String,
    /// Nodes whose bytes people want to keep.
    pub pinned: HashSet<String>,
    /// Bytes of outputs must be there, and not only proven: somebody outside of the graph reads
    /// them.
    pub readable: bool,
    /// Where whoever looks on finds what is known of nodes meanwhile.
    pub checkpoint: Option<PathBuf>,
    /// Drafts, and what they need, come before all else.
    pub drafts_first: bool,
    /// Nodes that failed in an earlier round of this build: they are not tried again.
    pub failed: HashMap<String, Diagnostic>,
}

/// How one node ended.
#[derive(Debug, Clone)]
pub struct Ended {
    pub status: Status,
    pub accepted: Option<bool>,
    pub failure: Option<Diagnostic>,
}

/// How a build ended.
#[derive(Debug)]
pub struct Outcome {
    /// By node index; absent for nodes that were not wanted or not reached.
    pub ended: Vec<Option<Ended>>,
    /// What is known of every node now, those of earlier builds included.
    pub records: Records,
    pub cancelled: bool,
}

impl Outcome {
    /// Whether a node is done, and its record is of this build.
    pub fn is_done(&self, index: NodeIndex) -> bool {
        let ended = self.ended.get(index.index()).and_then(Option::as_ref);
        ended.is_some_and(|ended| {
            ended.failure.is_none()
                && !matches!(ended.status, Status::Waiting | Status::Skipped | Status::Failed)
        })
    }

    /// Why a node failed.
    pub fn failure(&self, index: NodeIndex) -> Option<&Diagnostic> {
        self.ended.get(index.index())?.as_ref()?.failure.as_ref()
    }
}

/// Where a node stands.
enum Stage {
    Unwanted,
    /// For dependencies, or for a document without which it cannot be lowered.
    Waiting,
    /// Lowered; its run is in `runs`.
    Open,
    /// Its files are being placed.
    Publishing(Box<Finish>),
    /// Has outputs.
    Done,
    /// Failed or skipped.
    Broken,
    /// Must be looked at again in another pass, since bytes made again were not the same.
    Deferred,
}

struct Build<'a> {
    graph: &'a Graph,
    services: Services<'a>,
    options: &'a Options,
    queue: &'a Queue,
    emit: &'a mut dyn FnMut(&Event),
    began: Instant,
    records: Records,
    stages: Vec<Stage>,
    /// Dependencies that have not settled yet.
    missing: Vec<usize>,
    /// One dependency failed and the node needs all.
    poisoned: Vec<bool>,
    /// Something here or upstream ran or was restored.
    stirred: Vec<bool>,
    /// Its outputs are not those of its last record.
    changed: Vec<bool>,
    outputs: Vec<Outputs>,
    /// It descends from a stand-in.
    tainted: Vec<bool>,
    ended: Vec<Option<Ended>>,
    opened: Vec<Instant>,
    depth: Vec<usize>,
    runs: HashMap<NodeIndex, NodeRun>,
    /// Nodes that want bytes which another node is making again.
    ready: BinaryHeap<(usize, NodeIndex)>,
    needs: needs::Needs,
    /// Actions under way, and who else waits for the same key.
    in_flight: HashMap<ActionKey, Vec<NodeIndex>>,
    /// Tasks given to the slots and not reported yet.
    outstanding: usize,
    stopping: bool,
    again: bool,
    checkpoint: Checkpoint,
}

/// Builds the wanted nodes. `emit` sees every event as it happens.
pub fn build(
    graph: &Graph,
    wanted: &[bool],
    previous: Records,
    services: Services<'_>,
    options: &Options,
    emit: &mut dyn FnMut(&Event),
) -> Outcome {
    let began = Instant::now();
    let mut outcome = Outcome { ended: Vec::new(), records: previous, cancelled: false };
    // Bytes that were made again and came out different call for another look at what read them.
    // Each pass stores what it made, so a second one only meets what changed since.
    const PASSES: usize = 4;
    for pass in 0..PASSES {
        let records = std::mem::take(&mut outcome.records);
        let (next, again) = run_pass(graph, wanted, records, services, options, emit, began);
        outcome.records = next.records;
        outcome.cancelled = next.cancelled;
        merge(&mut outcome.ended, next.ended);
        if !again || outcome.cancelled {
            break;
        }
        if pass + 1 == PASSES {
            settle::give_up(graph, &mut outcome.ended);
        }
    }
    outcome
}

/// A node that ran in an earlier pass ran, even if a later pass found it fresh.
fn merge(ended: &mut Vec<Option<Ended>>, next: Vec<Option<Ended>>) {
    if ended.is_empty() {
        *ended = next;
        return;
    }
    for (old, new) in ended.iter_mut().zip(next) {
        let ran = old.as_ref().is_some_and(|e| e.status == Status::Ran);
        *old = match new {
            Some(new) if ran && new.failure.is_none() => Some(Ended { status: Status::Ran, ..new }),
            new => new,
        };
    }
}

#[allow(clippy::too_many_arguments)]
fn run_pass(
    graph: &Graph,
    wanted: &[bool],
    records: Records,
    services: Services<'_>,
    options: &Options,
    emit: &mut dyn FnMut(&Event),
    began: Instant,
) -> (Outcome, bool) {
    let queue = Queue::default();
    let (sender, reports) = mpsc::channel();
    std::thread::scope(|scope| {
        let _close = CloseOnDrop(&queue);
        for number in 1..=options.slots.max(1) {
            let sender = sender.clone();
            let queue = &queue;
            let work = move || slot(queue, services.runner, services.workspace, &sender);
            let named = std::thread::Builder::new().name(format!("slot {number}"));
            named.spawn_scoped(scope, work).expect("the system starts threads");
        }
        let mut build = Build::new(graph, wanted, records, services, options, &queue, emit, began);
        debug_span!("nodes", wanted = count(wanted)).in_scope(|| build.run(&reports));
        build.finish()
    })
}

/// Actions that wait for a slot, at most, before another node is opened. What is open has its plan and
/// its keys in memory, some 30 kB of an asset: all of thousands at once would take more than all else.
const AHEAD: usize = 256;

/// Drafts, and what they need, are deeper than anything else: what is deepest is taken first.
fn hurry_drafts(graph: &Graph, depth: &mut [usize]) {
    let mut hurried = vec![false; graph.len()];
    for index in graph.order() {
        hurried[index.index()] = draft::is_one(&graph.entry(*index).name);
    }
    with_needs(graph, &mut hurried);
    for (depth, hurried) in depth.iter_mut().zip(hurried) {
        *depth += if hurried { graph.len() } else { 0 };
    }
}

impl<'a> Build<'a> {
    #[allow(clippy::too_many_arguments)]
    fn new(
        graph: &'a Graph,
        wanted: &[bool],
        records: Records,
        services: Services<'a>,
        options: &'a Options,
        queue: &'a Queue,
        emit: &'a mut dyn FnMut(&Event),
        began: Instant,
    ) -> Self {
        let count = graph.len();
        let mut depth = vec![0; count];
        graph.order().iter().enumerate().for_each(|(at, index)| depth[index.index()] = at);
        if options.drafts_first {
            hurry_drafts(graph, &mut depth);
        }
        let mut build = Self {
            graph,
            services,
            options,
            queue,
            emit,
            began,
            records,
            stages: Vec::with_capacity(count),
            missing: vec![0; count],
            poisoned: vec![false; count],
            stirred: vec![false; count],
            changed: vec![false; count],
            outputs: vec![Outputs::new(); count],
            tainted: tainted(graph),
            ended: vec![None; count],
            opened: vec![began; count],
            depth,
            runs: HashMap::new(),
            ready: BinaryHeap::new(),
            needs: needs::Needs::default(),
            in_flight: HashMap::new(),
            outstanding: 0,
            stopping: false,
            again: false,
            checkpoint: Checkpoint::new(options.checkpoint.clone()),
        };
        build.stages.extend(
            wanted.iter().map(|wanted| if *wanted { Stage::Waiting } else { Stage::Unwanted }),
        );
        let mut readers = vec![0; count];
        for index in graph.order() {
            if wanted[index.index()] {
                graph.dependencies(*index).for_each(|dep| readers[dep.index()] += 1);
                build.missing[index.index()] = graph.dependencies(*index).count();
                if build.missing[index.index()] == 0 {
                    build.ready.push((build.depth[index.index()], *index));
                }
            }
        }
        build.needs = needs::Needs::new(readers);
        build
    }

    /// Runs until nothing is ready and nothing is under way.
    fn run(&mut self, reports: &mpsc::Receiver<Report>) {
        loop {
            self.open_ready(reports);
            if self.outstanding == 0 && self.ready.is_empty() {
                return;
            }
            if self.outstanding > 0 {
                // What ended last is shown too, however long the next takes.
                let report = match self.checkpoint.wait() {
                    Some(wait) => reports.recv_timeout(wait),
                    None => reports.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
                };
                match report {
                    Ok(report) => self.hear(report),
                    Err(mpsc::RecvTimeoutError::Timeout) => self.checkpoint.catch_up(&self.records),
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                }
            }
        }
    }

    /// Opens ready nodes, hearing what the slots say in between, until [`AHEAD`] actions wait.
    fn open_ready(&mut self, reports: &mpsc::Receiver<Report>) {
        while self.stopping || self.outstanding < AHEAD {
            let Some((_, index)) = self.ready.pop() else { return };
            while let Ok(report) = reports.try_recv() {
                self.hear(report);
            }
            if self.services.runner.cancelled() {
                self.stop();
            }
            if self.stopping {
                continue;
            }
            self.open(index);
        }
    }

    fn hear(&mut self, report: Report) {
        match report {
            Report::Started(node, action) => self.started(node, action),
            Report::Progress(node, action, progress) => {
                let event = Event::ActionProgress {
                    at_ms: self.now(),
                    node: self.name(node).to_owned(),
                    step: self.title(node, action),
                    frame: progress.frame,
                    speed_milli: progress.speed_milli,
                };
                (self.emit)(&event);
            }
            Report::Ran(node, action, result) => {
                self.outstanding -= 1;
                self.ran(node, action, result);
            }
            Report::Published(node, result) => {
                self.outstanding -= 1;
                self.published(node, result);
                self.checkpoint.after(&self.records);
            }
        }
        if self.services.runner.cancelled() {
            self.stop();
        }
    }

    /// Begins nothing more.
    fn stop(&mut self) {
        self.stopping = true;
        self.outstanding -= self.queue.clear();
    }

    fn name(&self, index: NodeIndex) -> &'a str {
        let graph: &'a Graph = self.graph;
        &graph.entry(index).name
    }

    fn title(&self, node: NodeIndex, action: usize) -> String {
        self.runs.get(&node).map_or_else(String::new, |run| run.plan.actions[action].title())
    }

    /// Milliseconds since the build began.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn previous(&self, index: NodeIndex) -> Option<&NodeRecord> {
        self.records.seen(self.name(index))
    }

    fn finish(mut self) -> (Outcome, bool) {
        self.release_all();
        let cancelled = self.services.runner.cancelled();
        (Outcome { ended: self.ended, records: self.records, cancelled }, self.again)
    }
}
