//! What lies in the store, as [`super::policy`] sees it.

use super::policy::{Item, Shelf, Uses};
use super::uses::UsesTable;
use super::wants::Wants;
use crate::contract::digest::{ActionKey, Digest};
use crate::store::layout::Layout;
use crate::store::walk::Listing;
use crate::store::{Lookup, record};
use rayon::prelude::*;
use std::collections::HashMap;

/// Records may take one part in so many of the cap before the least worthy of them go before any
/// blob does: else a long life would leave nothing but records.
const RECORDS_SHARE: u64 = 4;

/// What to let go.
#[derive(Debug, Default)]
pub struct Victims {
    pub blobs: Vec<Digest>,
    pub records: Vec<ActionKey>,
    pub bytes: u64,
}

/// Blobs and records by worth.
#[derive(Debug)]
pub struct Inventory {
    blobs: Shelf<Digest>,
    records: Shelf<ActionKey>,
    /// Time that it took to make a blob, by the records that name it.
    costs: HashMap<Digest, u64>,
    uses: UsesTable,
    /// Number of this build.
    now: u32,
}

impl Inventory {
    /// Reads all records, on all cores.
    pub fn load(layout: &Layout, listing: &Listing) -> Self {
        let uses = UsesTable::read(layout);
        let now = uses.build + 1;
        let read: Vec<_> = listing
            .records
            .par_iter()
            .map(|entry| match record::read(&entry.path, &entry.key) {
                Lookup::Hit(result) => Some((result.wall_ms, result.outputs)),
                Lookup::Missing | Lookup::Damaged(_) => None,
            })
            .collect();
        let mut inventory = Self {
            blobs: Shelf::default(),
            records: Shelf::default(),
            costs: HashMap::new(),
            uses,
            now,
        };
        for (entry, read) in listing.records.iter().zip(read) {
            let (cost_ms, outputs) = read.unwrap_or_default();
            for digest in outputs.into_values() {
                let cost = inventory.costs.entry(digest).or_default();
                *cost = cost_ms.max(*cost);
            }
            inventory.enter_record(entry.key, entry.stamp.size, cost_ms);
        }
        for blob in &listing.blobs {
            inventory.enter_blob(blob.digest);
        }
        inventory
    }

    /// A use that nobody remembers is one of long ago.
    fn uses_of(&self, hash: &[u8; 32]) -> Uses {
        self.uses.get(hash).copied().unwrap_or_else(|| Uses::first(0))
    }

    fn enter_blob(&mut self, digest: Digest) {
        let cost_ms = self.costs.get(&digest).copied().unwrap_or(0);
        let item = Item { bytes: digest.len, cost_ms, uses: self.uses_of(&digest.hash) };
        self.blobs.set(digest, item);
    }

    fn enter_record(&mut self, key: ActionKey, bytes: u64, cost_ms: u64) {
        self.records.set(key, Item { bytes, cost_ms, uses: self.uses_of(&key.0) });
    }

    /// A blob got its name in this build.
    pub fn stored(&mut self, digest: Digest) {
        let mut uses = self.uses_of(&digest.hash);
        uses.again(self.now);
        let cost_ms = self.costs.get(&digest).copied().unwrap_or(0);
        self.blobs.set(digest, Item { bytes: digest.len, cost_ms, uses });
    }

    /// A record got its name in this build.
    pub fn recorded(&mut self, key: ActionKey, bytes: u64, cost_ms: u64) {
        let mut uses = self.uses_of(&key.0);
        uses.again(self.now);
        self.records.set(key, Item { bytes, cost_ms, uses });
    }

    /// Takes over what the build did since the last time.
    pub fn learn(&mut self, wants: &mut Wants) {
        for (digest, cost_ms) in wants.costs.drain() {
            let known = self.costs.entry(digest).or_default();
            *known = cost_ms.max(*known);
            let cost_ms = *known;
            if let Some(item) = self.blobs.get(&digest).copied() {
                self.blobs.set(digest, Item { cost_ms, ..item });
            }
        }
        for digest in wants.touched.drain(..) {
            if let Some(mut item) = self.blobs.get(&digest).copied() {
                item.uses.again(self.now);
                self.blobs.set(digest, item);
            }
        }
    }

    /// The least worthy things that make up `bytes`, as far as they may go. Records outlive their
    /// blobs: they only go once they take more than their share of `cap`, or no blob may go.
    pub fn choose(&self, bytes: u64, cap: u64, wants: &Wants) -> Victims {
        let may_go = |key: &ActionKey| !wants.used.contains(&key.0);
        let beyond = self.records.bytes().saturating_sub(cap / RECORDS_SHARE).min(bytes);
        let (mut records, mut freed) = self.records.victims(beyond, may_go);
        let left = bytes.saturating_sub(freed);
        let (blobs, of_blobs) = self.blobs.victims(left, |digest| !wants.must_stay(digest));
        if of_blobs < left {
            let (more, of_more) = self.records.victims(bytes - of_blobs, may_go);
            // Where even that is not enough, it would cost proofs and gain nothing.
            if of_more + of_blobs >= bytes {
                (records, freed) = (more, of_more);
            }
        }
        Victims { blobs, records, bytes: freed + of_blobs }
    }

    pub fn drop_blob(&mut self, digest: &Digest) {
        self.blobs.remove(digest);
    }

    pub fn drop_record(&mut self, key: &ActionKey) -> u64 {
        self.records.remove(key).map_or(0, |item| item.bytes)
    }

    pub fn blob(&self, digest: &Digest) -> Option<&Item> {
        self.blobs.get(digest)
    }

    pub fn record(&self, key: &ActionKey) -> Option<&Item> {
        self.records.get(key)
    }
}
