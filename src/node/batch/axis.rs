//! The values of one axis: which assets it means.

use super::{Id, draw, some};
use crate::diagnostic::Diagnostic;
use crate::memefile::At;
use crate::node::assets::AssetEntry;
use crate::node::catalogue::Catalogue;
use crate::node::declare::batch::Axis;
use crate::node::declare::project::Project;
use crate::node::expansion::Expansion;
use crate::node::search;
use globset::{Glob, GlobMatcher};
use std::collections::BTreeSet;

/// The assets of an axis, each once: those that were named one by one in the order of the text,
/// else by id.
pub(super) fn values(
    axis: &Axis,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) -> Result<Vec<Id>, Box<Diagnostic>> {
    let mut found = named(axis, expansion)?;
    let mut waits = false;
    if let Some(query) = &axis.query {
        let meant = search::meant(axis.role.kind(), query, catalogue, expansion)?;
        found.retain(|(entry, _)| meant.ids.contains(&entry.id));
        waits = meant.waits;
    }
    let least = axis.min_quality;
    if let Some(least) = least {
        found.retain(|(entry, _)| {
            let node = entry.node_name();
            let known = expansion.metadata(&node);
            waits |= known.is_none() && expansion.pending.contains(&node);
            known.is_some_and(|asset| asset.quality.score >= least)
        });
    }
    if waits {
        // What is left is known once those are ingested.
        return Ok(Vec::new());
    }
    if let Some(count) = axis.sample {
        let seed = catalogue.only::<Project>().map_or(0, |project| project.seed);
        found = draw(found, count, seed, axis.role.as_str(), |(entry, _)| entry.id.as_str());
    }
    found.truncate(axis.limit.unwrap_or(usize::MAX));
    let ids = found.into_iter().map(|(_, id)| id).collect();
    some(ids, &axis.span, &format!("axis `{}`", axis.role.as_str()))
}

/// The assets that the axis names, or all of its kind.
fn named(axis: &Axis, expansion: &Expansion<'_>) -> Result<Vec<(AssetEntry, Id)>, Box<Diagnostic>> {
    let kind = axis.role.kind();
    let of_kind = || expansion.assets.iter().filter(|entry| entry.kind == kind);
    let at = |entry: &AssetEntry, span| {
        (entry.clone(), At { value: entry.id.as_str().to_owned(), span })
    };
    if axis.ids.is_empty() {
        return Ok(of_kind().map(|entry| at(entry, axis.span.clone())).collect());
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for id in &axis.ids {
        if !is_glob(&id.value) {
            let entry = expansion.assets.find(kind, id).map_err(Box::new)?;
            found.extend(seen.insert(entry.id.clone()).then(|| at(entry, id.span.clone())));
            continue;
        }
        let glob = glob(id)?;
        let before = found.len();
        for entry in of_kind().filter(|entry| glob.is_match(entry.id.as_str())) {
            found.extend(seen.insert(entry.id.clone()).then(|| at(entry, id.span.clone())));
        }
        if found.len() == before && !of_kind().any(|entry| glob.is_match(entry.id.as_str())) {
            let message = format!("no {kind} matches `{}`", id.value.escape_debug());
            let diagnostic = Diagnostic::usage("empty-glob", message).label(&id.span, "no such id");
            return Err(Box::new(diagnostic));
        }
    }
    Ok(found)
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// A pattern over ids.
pub(super) fn glob(pattern: &At<String>) -> Result<GlobMatcher, Box<Diagnostic>> {
    let glob = Glob::new(&pattern.value).map_err(|e| {
        let diagnostic = Diagnostic::usage("bad-glob", "this is not a glob");
        Box::new(diagnostic.label(&pattern.span, e.kind().to_string()))
    })?;
    Ok(glob.compile_matcher())
}
