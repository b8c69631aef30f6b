//! Which blobs the store must keep while the build goes on.
//!
//! A node needs what its actions read and made until it has settled, and what it offers to others
//! is needed until all of those have settled. What nobody needs any more may make room.

use super::Build;
use crate::contract::digest::Digest;
use crate::node::{Output, Outputs};
use petgraph::graph::NodeIndex;
use std::collections::{HashMap, HashSet};

/// What was asked of the store and is to be taken back.
#[derive(Default)]
pub(super) struct Needs {
    /// For a node's own sake.
    own: HashMap<NodeIndex, HashSet<Digest>>,
    /// For the sake of those that read a node.
    offered: HashMap<NodeIndex, Vec<Digest>>,
    /// Nodes that read a node and have not settled.
    readers: Vec<usize>,
}

impl Needs {
    pub fn new(readers: Vec<usize>) -> Self {
        Self { readers, ..Self::default() }
    }
}

impl Build<'_> {
    /// A node needs a blob until it settles. Asked for before looking whether the blob is there, so
    /// that it is there after.
    pub(super) fn need(&mut self, index: NodeIndex, digest: &Digest) {
        if self.needs.own.entry(index).or_default().insert(*digest) {
            self.services.store.need(digest);
        }
    }

    /// A node made a blob. What belongs to a node that people pinned is not let go in this build.
    pub(super) fn need_made(&mut self, index: NodeIndex, digest: &Digest) {
        self.need(index, digest);
        if self.options.pinned.contains(self.name(index)) {
            self.services.store.need(digest);
        }
    }

    /// A node is done: its outputs are needed by those that read it.
    pub(super) fn offer(&mut self, index: NodeIndex, outputs: &Outputs) {
        if self.needs.readers[index.index()] == 0 {
            return;
        }
        for output in outputs.values() {
            if let Output::Blob(digest) = output {
                self.services.store.need(digest);
                self.needs.offered.entry(index).or_default().push(*digest);
            }
        }
    }

    /// What was needed for the node's own sake is not any more.
    pub(super) fn release(&mut self, index: NodeIndex) {
        for digest in self.needs.own.remove(&index).unwrap_or_default() {
            self.services.store.release(&digest);
        }
    }

    /// A node has settled.
    pub(super) fn needs_settle(&mut self, index: NodeIndex) {
        self.release(index);
        for dep in self.graph.dependencies(index) {
            let readers = &mut self.needs.readers[dep.index()];
            *readers = readers.saturating_sub(1);
            if *readers == 0 {
                for digest in self.needs.offered.remove(&dep).unwrap_or_default() {
                    self.services.store.release(&digest);
                }
            }
        }
    }

    /// The pass is over.
    pub(super) fn release_all(&mut self) {
        let needs = std::mem::take(&mut self.needs);
        let own = needs.own.into_values().flatten();
        for digest in own.chain(needs.offered.into_values().flatten()) {
            self.services.store.release(&digest);
        }
    }
}
