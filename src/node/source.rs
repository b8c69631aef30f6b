//! From files to assets: which file is which id.

use super::assets::{AssetEntry, Content};
use super::catalogue::{Catalogue, Entry};
use super::declare::source::{Place, Source};
use super::expansion::Expansion;
use super::fetched;
use super::{listing, mock, ready};
use crate::contract::asset::{AssetId, AssetKind, SeedAsset};
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
    content: Content,
    /// The first source that found it.
    span: Span,
}

/// Kind → path → what is known of it.
type Files = BTreeMap<AssetKind, BTreeMap<String, Found>>;

/// Lists the files of every source and gives each its id.
pub(super) fn expand(catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
    let mut files = Files::new();
    let mut complete = catalogue.is_whole::<Source>();
    for (name, entry) in catalogue.iter::<Source>() {
        if mock::stands_in(name, &entry.value, expansion) {
            continue;
        }
        let before = expansion.mistakes().errors();
        match &entry.value.place {
            Place::Files { files: globs, exclude } => {
                for path in listing::list(globs, exclude, expansion) {
                    add(entry, path, Content::File, Provenance::default(), &[], &mut files);
                }
            }
            Place::Remote { .. } => {
                for file in fetched::files(name, &entry.span, expansion) {
                    let (path, content) = (file.path, file.content);
                    add(entry, path, content, file.provenance, &file.tags, &mut files);
                }
            }
            // Their ids are given, so that they come before those that are made up here.
            Place::Manifest(path) => {
                for (asset, path, content) in ready::list(path, entry.value.kind, expansion) {
                    insert(given(asset, path, content, entry), expansion);
                }
            }
        }
        complete &= expansion.mistakes().errors() == before;
    }
    expansion.assets.incomplete = !complete;
    for (kind, files) in files {
        name(kind, files, expansion);
    }
    mock::expand(catalogue, expansion);
}

/// Takes a file in; one that several sources find has what all of them say of it.
fn add(
    entry: &Entry<Source>,
    path: String,
    content: Content,
    own: Provenance,
    tags: &[String],
    files: &mut Files,
) {
    let Some(kind) = entry.value.kind else { return };
    let found = files.entry(kind).or_default().entry(path).or_insert_with(|| Found {
        tags: BTreeSet::new(),
        provenance: own,
        content,
        span: entry.span.clone(),
    });
    found.tags.extend(entry.value.tags.iter().chain(tags).cloned());
    found.provenance = std::mem::take(&mut found.provenance).or(&entry.value.provenance);
}

/// An asset that another program has named.
fn given(asset: SeedAsset, path: String, content: Content, entry: &Entry<Source>) -> AssetEntry {
    let tags: BTreeSet<String> = asset.tags.into_iter().chain(entry.value.tags.clone()).collect();
    AssetEntry {
        kind: asset.kind,
        id: asset.id,
        path,
        tags: tags.into_iter().collect(),
        provenance: asset.provenance.or(&entry.value.provenance),
        content,
        span: entry.span.clone(),
    }
}

/// Gives the files of one kind their ids.
fn name(kind: AssetKind, files: BTreeMap<String, Found>, expansion: &mut Expansion<'_>) {
    let mut by_slug: BTreeMap<AssetId, Vec<(String, Found)>> = BTreeMap::new();
    for (path, found) in files {
        let stem = Path::new(&path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        by_slug.entry(asset_slug(stem)).or_default().push((path, found));
    }
    for (slug, files) in by_slug {
        let alone = files.len() == 1 && expansion.assets.get(kind, slug.as_str()).is_none();
        for (path, found) in files {
            let id = if alone {
                slug.clone()
            } else {
                match digest(&path, &found.content, expansion) {
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
                    content: found.content,
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
    let message = match &entry.content {
        Content::Ready(_) => {
            format!("`{}` and `{}` have the same id", first.path, entry.path)
        }
        _ => {
            format!("`{}` and `{}` have the same name and the same content", first.path, entry.path)
        }
    };
    let diagnostic = Diagnostic::usage("duplicate-asset", message)
        .label(&entry.span, format!("both would be {}; the first is used", entry.node_name()))
        .hint("exclude one of them");
    expansion.report(Diagnostic { level: Level::Warning, ..diagnostic });
}

/// The digest of a file whose name is not enough to tell it from another.
fn digest(path: &str, content: &Content, expansion: &mut Expansion<'_>) -> std::io::Result<Digest> {
    match content {
        Content::Pinned(digest) => return Ok(*digest),
        Content::Ready(asset) => return Ok(asset.digest),
        // It has no content; its place is what there is to tell it apart by.
        Content::Unusable(_) => return Ok(Digest::of(path.as_bytes())),
        // Stand-ins have the ids that were asked for.
        Content::File | Content::Mock(_) => {}
    }
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
