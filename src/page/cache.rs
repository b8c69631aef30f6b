//! What the cache holds, and what that stands for.

use super::scene::Scene;
use crate::contract::page::{CacheCard, CacheShare};
use crate::engine::cache::{Limit, limit};
use crate::node::Output;
use crate::node::catalogue::Catalogue;
use std::collections::{BTreeMap, HashSet};

/// Counts bytes that several nodes made only once in all, and once for each type.
pub fn of(scene: &Scene<'_>, catalogue: &Catalogue) -> CacheCard {
    let tally = scene.project.store.tally().unwrap_or_default();
    let mut types: BTreeMap<String, CacheShare> = BTreeMap::new();
    let mut seen = HashSet::new();
    for node in &scene.nodes {
        let Some(record) = &node.record else { continue };
        let of = scene.graph.entry(node.index).node.type_name();
        let share = match types.get_mut(of) {
            Some(share) => share,
            None => types.entry(of.to_owned()).or_default(),
        };
        share.nodes += 1;
        share.took_ms += record.cost_ms;
        for output in record.outputs.values() {
            if let Output::Blob(digest) = output
                && seen.insert((of, *digest))
            {
                share.bytes += digest.len;
            }
        }
    }
    CacheCard {
        bytes: tally.blob_bytes,
        blobs: tally.blobs,
        results: tally.records,
        // A limit that is no size is for a build to complain about.
        limit: limit(None::<Limit>, catalogue).ok().flatten(),
        types,
    }
}
