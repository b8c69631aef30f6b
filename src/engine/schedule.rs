//! Slots: worker threads that take tasks from one queue, deepest node first, so that chains that
//! were begun are finished before new ones are begun.

use super::services::{Job, Made, Progress, Runner, Workspace};
use crate::diagnostic::Diagnostic;
use crate::node::plan::Publish;
use petgraph::graph::NodeIndex;
use std::collections::BinaryHeap;
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use tracing::{Span, debug_span};

/// What a slot can do.
pub enum Work {
    /// Run action `usize` of the node.
    Action(usize, Box<Job>),
    /// Place files for people.
    Publish(Vec<Publish>),
}

/// Work of one node. The greatest is taken first.
pub struct Task {
    pub node: NodeIndex,
    /// Position in the topological order: later is deeper.
    pub depth: usize,
    pub work: Work,
    /// Open while it waits for a slot.
    pub queued: Span,
}

impl Task {
    fn rank(&self) -> (usize, std::cmp::Reverse<usize>) {
        let within = match self.work {
            Work::Action(action, _) => action,
            Work::Publish(_) => 0,
        };
        (self.depth, std::cmp::Reverse(within))
    }
}

impl PartialEq for Task {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Task {}

impl PartialOrd for Task {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Task {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

/// What slots tell the coordinator.
pub enum Report {
    Started(NodeIndex, usize),
    Progress(NodeIndex, usize, Progress),
    Ran(NodeIndex, usize, Result<Made, Diagnostic>),
    Published(NodeIndex, Result<(), Diagnostic>),
}

#[derive(Default)]
struct Inner {
    tasks: BinaryHeap<Task>,
    closed: bool,
}

/// The queue between the coordinator and the slots.
#[derive(Default)]
pub struct Queue {
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn push(&self, task: Task) {
        self.lock().tasks.push(task);
        self.changed.notify_one();
    }

    /// Drops what nobody began, and returns how many tasks that were.
    pub fn clear(&self) -> usize {
        std::mem::take(&mut self.lock().tasks).len()
    }

    /// Lets the slots end once the queue is empty.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn pop(&self) -> Option<Task> {
        let mut inner = self.lock();
        loop {
            if let Some(task) = inner.tasks.pop() {
                return Some(task);
            }
            if inner.closed {
                return None;
            }
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Closes the queue when the coordinator leaves, by return or by panic, so that slots end.
pub struct CloseOnDrop<'a>(pub &'a Queue);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// One slot: takes tasks until the queue is closed.
pub fn slot(
    queue: &Queue,
    runner: &dyn Runner,
    workspace: &dyn Workspace,
    reports: &Sender<Report>,
) {
    while let Some(Task { node, work, queued, .. }) = queue.pop() {
        drop(queued);
        // The coordinator outlives the slots; a report that nobody reads ends with the build.
        let _ = match work {
            Work::Action(action, job) => {
                let _ = reports.send(Report::Started(node, action));
                let _span =
                    debug_span!("action", node = job.node, step = job.action.title()).entered();
                let progress =
                    |progress| drop(reports.send(Report::Progress(node, action, progress)));
                reports.send(Report::Ran(node, action, runner.run(&job, &progress)))
            }
            Work::Publish(files) => {
                let place = |file: &Publish| {
                    let path = file.path.display();
                    let span = debug_span!("place", path = %path);
                    span.in_scope(|| workspace.publish(&file.content, &file.path))
                };
                let placed = files.iter().try_for_each(place);
                reports.send(Report::Published(node, placed))
            }
        };
    }
}
