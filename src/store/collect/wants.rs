//! What the running build needs of the store, and what it has used.

use crate::contract::action::ActionResult;
use crate::contract::digest::{ActionKey, Digest};
use std::collections::{HashMap, HashSet};

/// Kept beside the store's state, under its lock.
#[derive(Debug, Default)]
pub struct Wants {
    /// The store serves a build: uses count.
    pub counting: bool,
    /// Blobs that running and pending nodes need, and how many of them do.
    needed: HashMap<Digest, u32>,
    /// Blobs that were put and that no record names yet.
    unclaimed: HashSet<Digest>,
    /// Blobs that people pinned.
    pub pinned: HashSet<Digest>,
    /// Hashes of blobs and keys of results that this build stored or read.
    pub used: HashSet<[u8; 32]>,
    /// Blobs among `used`, for whoever ranks them; taken away when that is done.
    pub touched: Vec<Digest>,
    /// What the results of this build took, for the blobs that they name.
    pub costs: HashMap<Digest, u64>,
    /// Blobs that were let go or not kept while this build ran.
    pub gone: HashSet<Digest>,
    /// Blobs for which there was no room, and their bytes.
    pub unkept: (u64, u64),
}

impl Wants {
    pub fn need(&mut self, digest: &Digest) {
        *self.needed.entry(*digest).or_default() += 1;
    }

    /// Takes a need back; whether it was the last.
    pub fn release(&mut self, digest: &Digest) -> bool {
        let Some(count) = self.needed.get_mut(digest) else { return false };
        *count -= 1;
        if *count == 0 {
            self.needed.remove(digest);
            return true;
        }
        false
    }

    pub fn is_needed(&self, digest: &Digest) -> bool {
        self.needed.contains_key(digest)
    }

    /// A blob was stored: it stays until a record names it, so that no record comes too late.
    pub fn stored(&mut self, digest: &Digest) {
        self.unclaimed.insert(*digest);
        self.use_of(digest);
    }

    /// A record came for its blobs.
    pub fn claimed(&mut self, result: &ActionResult) {
        for digest in result.outputs.values() {
            self.unclaimed.remove(digest);
            let cost = self.costs.entry(*digest).or_default();
            *cost = result.wall_ms.max(*cost);
        }
        self.use_of_result(&result.key);
    }

    pub fn use_of(&mut self, digest: &Digest) {
        if self.counting && self.used.insert(digest.hash) {
            self.touched.push(*digest);
        }
    }

    pub fn use_of_result(&mut self, key: &ActionKey) {
        if self.counting {
            self.used.insert(key.0);
        }
    }

    /// What was stored and never named by a record is nobody's.
    pub fn forget_unclaimed(&mut self) {
        self.unclaimed.clear();
    }

    /// Whether a blob may not be let go now.
    pub fn must_stay(&self, digest: &Digest) -> bool {
        self.needed.contains_key(digest)
            || self.unclaimed.contains(digest)
            || self.pinned.contains(digest)
    }
}
