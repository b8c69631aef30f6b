//! Lowering and finishing, where a document that a node reads may be gone from the store or damaged
//! there.

use super::Build;
use super::advance::Bytes;
use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use crate::engine::services::Store;
use crate::node::plan::{Done, Finish, Plan};
use crate::node::{Blobs, Deps};
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The store, and the first blob that it could not give.
struct Reader<'a> {
    store: &'a dyn Store,
    gone: OnceLock<Digest>,
}

impl Blobs for Reader<'_> {
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, Diagnostic> {
        let bytes = self.store.bytes(digest);
        if bytes.is_err() {
            // Only the first: lowering ends with it.
            let _ = self.gone.set(*digest);
        }
        bytes
    }
}

/// A document that is there and cannot be read is no longer waited for after so many looks.
const TRIES: u32 = 3;

/// A node was not lowered, or not finished.
pub(super) struct Unlowered {
    failure: Diagnostic,
    /// The blob whose bytes were missing.
    gone: Option<Digest>,
}

impl Build<'_> {
    fn lower(&self, index: NodeIndex, files: Vec<(PathBuf, Digest)>) -> Result<Plan, Unlowered> {
        let reader = Reader { store: self.services.store, gone: OnceLock::new() };
        let deps = Deps {
            outputs: self.done_dependencies(index),
            files: files.into_iter().collect(),
            blobs: &reader,
        };
        let plan = self.graph.entry(index).node.lower(&deps);
        plan.map_err(|failure| Unlowered { failure, gone: reader.gone.get().copied() })
    }

    pub(super) fn finish_node(
        &self,
        index: NodeIndex,
        outputs: &[BTreeMap<String, Digest>],
    ) -> Result<Finish, Unlowered> {
        let reader = Reader { store: self.services.store, gone: OnceLock::new() };
        let deps = self.done_dependencies(index);
        let done = Done { actions: outputs, deps: &deps, blobs: &reader };
        let finish = self.graph.entry(index).node.finish(&done);
        finish.map_err(|failure| Unlowered { failure, gone: reader.gone.get().copied() })
    }

    /// Lowers a node. `None`: a document that it reads is being made again, and `waiter` goes on then.
    pub(super) fn lower_or_wait(
        &mut self,
        reader: NodeIndex,
        waiter: NodeIndex,
        files: &[(PathBuf, Digest)],
    ) -> Result<Option<Plan>, Diagnostic> {
        for tried in 1.. {
            match self.lower(reader, files.to_vec()) {
                Ok(plan) => return Ok(Some(plan)),
                Err(unlowered) => match self.await_document(reader, waiter, unlowered, tried)? {
                    Bytes::Coming => return Ok(None),
                    Bytes::There => {}
                },
            }
        }
        Ok(None)
    }

    /// Has made again what `reader` could not be lowered or finished without; `waiter` goes on then.
    /// Where a slot has just made it, the reader may try again.
    ///
    /// # Errors
    /// That was not why it failed, or nobody makes it, or it was tried too often.
    pub(super) fn await_document(
        &mut self,
        reader: NodeIndex,
        waiter: NodeIndex,
        unlowered: Unlowered,
        tried: u32,
    ) -> Result<Bytes, Diagnostic> {
        let Some(gone) = unlowered.gone else { return Err(unlowered.failure) };
        match self.demand_for(reader, waiter, &gone)? {
            Bytes::There if tried >= TRIES => Err(unlowered.failure),
            found => Ok(found),
        }
    }
}
