//! From files to assets: which file is which id.

use super::assets::{AssetEntry, Content};
use super::catalogue::Catalogue;
use super::declare::source::Source;
use super::expansion::Expansion;
use super::listing;
use super::mock;
use crate::contract::asset::{AssetId, AssetKind};
use crate::contract::digest::Digest;
use crate::contract::rights::Provenance;
use crate::contract::slug::{asset_slug, distinguished};
use crate::diagnostic::{Diagnostic, Level, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A file that some sources found.
struct Found {
    tags: BTreeSet<String>,
    provenance: Provenance,
    /// The first source that found it.
    span: Span,
}

/// Lists the files of every source and gives each its id.
pub(super) fn expand(catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
    let mut kinds: BTreeMap<AssetKind, BTreeMap<String, Found>> = BTreeMap::new();
    let mut complete = catalogue.is_whole::<Source>();
    for (name, entry) in catalogue.iter::<Source>() {
        let source = &entry.value;
        if mock::stands_in(name, source, expansion) {
            continue;
        }
        let before = expansion.mistakes().errors();
        let files = listing::list(&source.files, &source.exclude, expansion);
        complete &= expansion.mistakes().errors() == before;
        let of_kind = kinds.entry(source.kind).or_default();
        for path in files {
            let found = of_kind.entry(path).or_insert_with(|| Found {
                tags: BTreeSet::new(),
                provenance: Provenance::default(),
                span: entry.span.clone(),
            });
            found.tags.extend(source.tags.iter().cloned());
            found.provenance = std::mem::take(&mut found.provenance).or(&source.provenance);
        }
    }
    expansion.assets.incomplete = !complete;
    for (kind, files) in kinds {
        name(kind, files, expansion);
    }
    mock::expand(catalogue, expansion);
}

/// Gives the files of one kind their ids.
fn name(kind: AssetKind, files: BTreeMap<String, Found>, expansion: &mut Expansion<'_>) {
    let mut by_slug: BTreeMap<AssetId, Vec<(String, Found)>> = BTreeMap::new();
    for (path, found) in files {
        let stem = Path::new(&path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        by_slug.entry(asset_slug(stem)).or_default().push((path, found));
    }
    for (slug, files) in by_slug {
        let alone = files.len() == 1;
        for (path, found) in files {
            let id = if alone {
                slug.clone()
            } else {
                match digest(&path, expansion) {
                    Ok(digest) => distinguished(&slug, &digest),
                    Err(error) => {
                        expansion.report(unreadable(&path, &found.span, &error));
                        continue;
                    }
                }
            };
            insert(
                AssetEntry {
                    kind,
                    id,
                    path,
                    tags: found.tags.into_iter().collect(),
                    provenance: found.provenance,
                    content: Content::File,
                    span: found.span,
                },
                expansion,
            );
        }
    }
}

fn insert(entry: AssetEntry, expansion: &mut Expansion<'_>) {
    let Some(first) = expansion.assets.get(entry.kind, entry.id.as_str()) else {
        expansion.assets.insert(entry);
        return;
    };
    let message =
        format!("`{}` and `{}` have the same name and the same content", first.path, entry.path);
    let diagnostic = Diagnostic::usage("duplicate-asset", message)
        .label(&entry.span, format!("both would be {}; the first is used", entry.node_name()))
        .hint("exclude one of them");
    expansion.report(Diagnostic { level: Level::Warning, ..diagnostic });
}

/// The digest of a file whose name is not enough to tell it from another.
fn digest(path: &str, expansion: &mut Expansion<'_>) -> std::io::Result<Digest> {
    let full = expansion.root().join(path);
    let mut hasher = blake3::Hasher::new();
    hasher.update_mmap(&full)?;
    expansion.read.insert(full);
    Ok(Digest { hash: *hasher.finalize().as_bytes(), len: hasher.count() })
}

fn unreadable(path: &str, span: &Span, error: &std::io::Error) -> Diagnostic {
    Diagnostic::usage("cannot-read", format!("cannot read `{path}`: {error}"))
        .label(span, "found by this source")
}
