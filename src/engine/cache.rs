//! What a project asks of its cache: how much it may keep, and what people pinned.

use super::lock::ProjectLock;
use super::project::Project;
use super::record::Records;
use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use crate::memefile::{FILE_NAME, FileSize, FromText, Text};
use crate::node::catalogue::Catalogue;
use crate::node::declare::cache::Cache;
use crate::node::registry::declarations;
use crate::store::collect::{Collected, Terms};
use crate::store::{ActionCache, LocalStore, Lookup};
use std::collections::HashSet;

/// The variable that comes before the Memefile, and after the flag.
pub const VARIABLE: &str = "MEMEBUILD_CACHE_MAX_SIZE";

/// A limit as people give it outside of the Memefile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(pub Option<u64>);

impl std::str::FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        FileSize::from_text(text).map(|size| Self(Some(size.0))).map_err(|wrong| {
            let why = wrong.why.map_or(String::new(), |why| format!(": {why}"));
            format!("it is not {} or none{why}", FileSize::EXPECTED)
        })
    }
}

/// The limit that holds: the flag's, the environment's, the Memefile's, in this order.
pub fn limit(flag: Option<Limit>, catalogue: &Catalogue) -> Result<Option<u64>, Diagnostic> {
    if let Some(Limit(limit)) = flag {
        return Ok(limit);
    }
    match std::env::var(VARIABLE) {
        Ok(text) if !text.is_empty() => {
            let limit: Result<Limit, String> = text.parse();
            limit.map(|limit| limit.0).map_err(|why| {
                let message = format!("`{VARIABLE}` is `{}`: {why}", text.escape_debug());
                Diagnostic::usage("bad-size", message)
            })
        }
        _ => Ok(catalogue.only::<Cache>().and_then(|cache| cache.max_bytes)),
    }
}

/// The limit of a project whose Memefile is not read for anything else.
pub fn declared_limit(
    project: &Project,
    flag: Option<Limit>,
) -> Result<Option<u64>, Vec<Diagnostic>> {
    let text = project.text().map_err(|problem| vec![problem])?;
    let catalogue = declarations(&Text::new(FILE_NAME, text))?;
    limit(flag, &catalogue).map_err(|problem| vec![problem])
}

/// Names of nodes that are pinned.
pub fn pinned_nodes(store: &LocalStore) -> HashSet<String> {
    store.pins().0.into_iter().filter(|pin| pin.parse::<Digest>().is_err()).collect()
}

/// The blobs that pins speak of: those that were pinned by digest, and what the actions of pinned
/// nodes made when they were last built.
pub fn pinned_blobs(store: &LocalStore, records: &Records) -> HashSet<Digest> {
    let mut blobs = HashSet::new();
    for pin in store.pins().0 {
        match pin.parse() {
            Ok(digest) => drop(blobs.insert(digest)),
            Err(_) => blobs.extend(blobs_of(store, records, &pin)),
        }
    }
    blobs
}

/// What the actions of a node made when it was last built.
pub fn blobs_of(store: &LocalStore, records: &Records, node: &str) -> Vec<Digest> {
    let Some(record) = records.get(node) else { return Vec::new() };
    let made = record.keys.iter().filter_map(|(_, key)| match store.get(key) {
        Lookup::Hit(result) => Some(result.outputs.into_values()),
        Lookup::Missing | Lookup::Damaged(_) => None,
    });
    made.flatten().collect()
}

/// Lets go of what is worth least until the cache takes at most `max_bytes`. Waits for a build of
/// the project to end, since that one alone knows what it needs; a dry run waits for nobody.
pub fn collect(
    project: &Project,
    max_bytes: u64,
    dry_run: bool,
    waiting: &mut dyn FnMut(),
) -> Result<Collected, Diagnostic> {
    let _lock = match dry_run {
        true => None,
        false => Some(ProjectLock::take(&project.cache, None, waiting)?),
    };
    let pinned = pinned_blobs(&project.store, &project.records());
    let build = "`cache gc`".to_owned();
    project.store.begin(Terms {
        max_bytes: Some(max_bytes),
        build,
        shared: project.turns.is_some(),
        pinned,
    });
    project.store.collect(dry_run).map_err(|error| error.diagnostic())
}

/// Adds or takes away a pin: a node's name or a digest. Whether that changed anything.
pub fn set_pin(project: &Project, pin: &str, pinned: bool) -> Result<bool, Diagnostic> {
    let mut pins = project.store.pins();
    let changed = if pinned { pins.0.insert(pin.to_owned()) } else { pins.0.remove(pin) };
    if changed {
        project.store.set_pins(&pins).map_err(|error| error.diagnostic())?;
    }
    Ok(changed)
}
