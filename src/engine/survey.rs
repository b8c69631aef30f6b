//! What is in a project's cache, put together: results, their bytes, the nodes they belong to, and
//! who wanted them last.

use super::cache::pinned_blobs;
use super::project::Project;
use crate::contract::action::ActionResult;
use crate::contract::digest::{ActionKey, Digest};
use crate::diagnostic::Diagnostic;
use crate::store::collect::{Gone, Tombstone, UsesTable};
use crate::store::{LocalStore, Lookup};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};

/// One result that can be believed.
pub struct Kept {
    pub result: ActionResult,
    /// Nodes whose last build it belongs to, sorted.
    pub nodes: Vec<String>,
    /// Bytes of its outputs.
    pub bytes: u64,
    /// Of these, bytes that are there.
    pub there: u64,
    /// Builds since its bytes were made or read; none if nobody remembers.
    pub unused_for: Option<u32>,
    pub pinned: bool,
}

impl Kept {
    /// Whether bytes of it are gone.
    pub fn is_evicted(&self) -> bool {
        self.there < self.bytes
    }
}

/// A look at the whole cache.
pub struct Survey {
    /// By key.
    pub kept: Vec<Kept>,
    /// Blobs that are there.
    pub blobs: HashMap<[u8; 32], u64>,
    pub blob_bytes: u64,
    pub record_bytes: u64,
    /// Records, those that cannot be believed among them.
    pub records: u64,
    pub uses: UsesTable,
    pub pinned: HashSet<Digest>,
    pub graves: HashMap<Gone, Tombstone>,
    /// Tombstones that are remembered, and their bytes.
    pub evictions: (u64, u64),
}

impl Survey {
    pub fn of(project: &Project) -> Result<Self, Diagnostic> {
        let store = &project.store;
        let listing = store.list().map_err(|error| error.diagnostic())?;
        let blobs: HashMap<[u8; 32], u64> =
            listing.blobs.iter().map(|blob| (blob.digest.hash, blob.stamp.size)).collect();
        let records = project.records();
        let mut nodes: HashMap<ActionKey, BTreeSet<String>> = HashMap::new();
        for (name, record) in records.iter() {
            for (_, key) in &record.keys {
                nodes.entry(*key).or_default().insert(name.clone());
            }
        }
        let uses = store.uses();
        let pinned = pinned_blobs(store, &records);
        let results: Vec<ActionResult> =
            listing.records.par_iter().filter_map(|entry| whole(store, entry)).collect();
        let kept = results
            .into_iter()
            .map(|result| {
                let outputs = || result.outputs.values();
                let there = |digest: &&Digest| blobs.get(&digest.hash) == Some(&digest.len);
                let unused = outputs().filter_map(|digest| uses.unused_for(&digest.hash)).min();
                let names = nodes.get(&result.key).into_iter().flatten();
                Kept {
                    nodes: names.cloned().collect(),
                    bytes: outputs().map(|digest| digest.len).sum(),
                    there: outputs().filter(there).map(|digest| digest.len).sum(),
                    unused_for: unused,
                    pinned: outputs().any(|digest| pinned.contains(digest)),
                    result,
                }
            })
            .collect();
        let evictions = store.evictions();
        Ok(Self {
            kept,
            blob_bytes: blobs.values().sum(),
            blobs,
            record_bytes: listing.records.iter().map(|record| record.stamp.size).sum(),
            records: listing.records.len() as u64,
            uses,
            pinned,
            evictions: (evictions.len() as u64, evictions.iter().map(|t| t.bytes).sum()),
            graves: evictions.into_iter().map(|tombstone| (tombstone.gone, tombstone)).collect(),
        })
    }

    /// Whether the bytes of a blob are there, as far as its length can tell.
    pub fn has(&self, digest: &Digest) -> bool {
        self.blobs.get(&digest.hash) == Some(&digest.len)
    }

    /// When and why a blob went that is not there.
    pub fn grave(&self, digest: &Digest) -> Option<&Tombstone> {
        self.graves.get(&Gone::Blob(*digest)).filter(|_| !self.has(digest))
    }

    /// Bytes that would be there once more if equal content were not shared.
    pub fn shared_bytes(&self) -> u64 {
        let named: u64 = self.kept.iter().map(|kept| kept.there).sum();
        let once: HashSet<&Digest> =
            self.kept.iter().flat_map(|kept| kept.result.outputs.values()).collect();
        let once: u64 = once.into_iter().filter(|d| self.has(d)).map(|digest| digest.len).sum();
        named - once
    }

    /// Results that read a blob.
    pub fn readers<'a>(&'a self, digest: &Digest) -> impl Iterator<Item = &'a Kept> {
        let hex = digest.hex();
        self.kept.iter().filter(move |kept| {
            kept.result.manifest.inputs.values().any(|input| input.digest == hex)
        })
    }
}

fn whole(store: &LocalStore, entry: &crate::store::walk::RecordEntry) -> Option<ActionResult> {
    match store.record(entry) {
        Lookup::Hit(result) => Some(*result),
        Lookup::Missing | Lookup::Damaged(_) => None,
    }
}
