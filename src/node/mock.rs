//! Stand-ins for assets that are not there yet: in the graph, where a source is mocked, and as a
//! folder that satisfies the contract, for whoever reads one.

mod asked;

use self::asked::{Asked, asked};
use super::asset;
use super::assets::{AssetEntry, Content};
use super::catalogue::{Catalogue, Entry};
use super::declare::source::Source;
use super::expansion::Expansion;
use super::plan::{Action, Bounds, External, OutputKind, Program};
use super::tool::{Context, Step};
use crate::contract;
use crate::contract::asset::{AssetId, AssetKind, Manifest, SeedAsset};
use crate::contract::layout::{self, MANIFEST, METADATA};
use crate::contract::mock::{self, Recipe, TAG, provenance};
use crate::diagnostic::Diagnostic;
use crate::media;
use crate::memefile::nearest;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Version of what the step does.
const VERSION: u32 = 1;

/// Whether stand-ins are made for a source: it says so itself, or whoever builds does.
pub(super) fn stands_in(name: &str, source: &Source, expansion: &Expansion<'_>) -> bool {
    source.mock.is_some() || expansion.mocked().contains(name)
}

/// Adds the stand-ins of all mocked sources: those ids that the Memefile asks for and no real source
/// has, those that are named, those that its queries ask for, and as many more as are wanted.
pub(super) fn expand(catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
    for name in expansion.mocked() {
        if !catalogue.knows::<Source>(name) {
            expansion.report(unknown(name, catalogue));
        }
    }
    let mut asked = asked(catalogue);
    for (name, entry) in catalogue.iter::<Source>() {
        if stands_in(name, &entry.value, expansion) {
            let Some(kind) = entry.value.kind else {
                expansion.report(kindless(name, entry));
                continue;
            };
            add((kind, entry), asked.remove(&kind).unwrap_or_default(), expansion);
        }
    }
}

fn unknown(name: &str, catalogue: &Catalogue) -> Diagnostic {
    let message = format!("there is no source `{}` to be mocked", name.escape_debug());
    let problem = Diagnostic::usage("unknown-reference", message);
    let names: Vec<&str> = catalogue.iter::<Source>().map(|(name, _)| name).collect();
    match nearest(name, names.iter().copied()) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.note(format!("there are {}", names.join(", "))),
    }
}

/// What a manifest would list is not known before it is there.
fn kindless(name: &str, entry: &Entry<Source>) -> Diagnostic {
    let message = format!("source `{name}` is mocked and does not say what its files are for");
    Diagnostic::usage("missing-key", message)
        .label(&entry.span, "`asset` is required here")
        .hint("add `asset = …`, or make a folder with `memebuild contract mock`")
}

fn add((kind, entry): (AssetKind, &Entry<Source>), asked: Asked, expansion: &mut Expansion<'_>) {
    let source = &entry.value;
    let mock = source.mock.clone().unwrap_or_default();
    let assets = &expansion.assets;
    let missing = asked.ids.iter().filter(|id| assets.get(kind, id.as_str()).is_none());
    let named: Vec<AssetId> = mock.ids.iter().chain(missing).cloned().collect();
    let named = mock::ids(&named, 0);
    let mut answers = asked.answers();
    let numbered = u32::try_from(named.len() + answers.len()).unwrap_or(u32::MAX);
    for id in mock::ids(&named, mock.count.unwrap_or(asked.least()).max(numbered)) {
        if expansion.assets.get(kind, id.as_str()).is_some() {
            continue;
        }
        let recipe = Recipe::new(kind, &id, mock.seed, mock.length_ms);
        // Whoever is named is found by its name.
        let answer = if named.contains(&id) { None } else { answers.pop() };
        let own = answer.into_iter().flatten().chain([TAG.to_owned()]);
        let mut tags: Vec<String> = source.tags.iter().cloned().chain(own).collect();
        tags.sort();
        tags.dedup();
        expansion.assets.insert(AssetEntry {
            kind,
            path: format!("mock/{kind}/{id}.{}", recipe.extension()),
            id,
            tags,
            provenance: provenance(),
            content: Content::Mock(recipe),
            span: entry.span.clone(),
        });
    }
}

/// The action that makes a stand-in's file: its output is `source`.
pub(super) fn action(recipe: &Recipe) -> Action {
    Action {
        step: "asset/mock",
        version: VERSION,
        label: String::new(),
        program: Program::Tool { step: STEP.name, uses: vec![External::Ffmpeg] },
        args: Vec::new(),
        env: BTreeMap::new(),
        params: serde_json::to_value(recipe).expect("recipes serialise"),
        inputs: BTreeMap::new(),
        outputs: [("source".to_owned(), OutputKind::Bytes(recipe.media_type()))].into(),
        bounds: Bounds::default(),
        retries: 0,
        frames: None,
    }
}

/// `memebuild tool mock`.
pub(super) const STEP: Step = Step { name: "mock", run };

fn run(context: &Context) -> Result<(), Diagnostic> {
    media::mock::make(&context.params()?, &context.scratch, context.output("source")?)
}

/// What a mock of a whole manifest holds: which assets, by kind and id.
pub fn cast(count: u32, named: &[(AssetKind, AssetId)]) -> Vec<(AssetKind, AssetId)> {
    let mut cast: Vec<(AssetKind, AssetId)> = Vec::new();
    for asset in named {
        if !cast.contains(asset) {
            cast.push(asset.clone());
        }
    }
    // The rest to the kind that has fewest, so that a small mock has some of each.
    let named: BTreeSet<(AssetKind, AssetId)> = cast.iter().cloned().collect();
    let mut have = AssetKind::ALL.map(|kind| named.iter().filter(|(of, _)| *of == kind).count());
    let mut next = AssetKind::ALL.map(|_| 0u32);
    while cast.len() < count as usize {
        let at = (0..have.len()).min_by_key(|at| have[*at]).unwrap_or(0);
        next[at] += 1;
        let id = AssetId::try_from(format!("mock-{}", next[at])).expect("a slug");
        let asset = (AssetKind::ALL[at], id);
        if !named.contains(&asset) {
            have[at] += 1;
            cast.push(asset);
        }
    }
    cast.sort();
    cast
}

/// Writes a folder of stand-ins that satisfies the contract: layout, media, metadata, manifest. The
/// manifest comes last. Returns it.
///
/// # Errors
/// `not-a-mock`: the folder holds something that no mock made.
pub fn write_folder(
    folder: &Path,
    cast: &[(AssetKind, AssetId)],
    seed: u64,
) -> Result<Manifest, Diagnostic> {
    check_folder(folder)?;
    std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let make = |(kind, id): &(AssetKind, AssetId)| one(folder, *kind, id, seed);
    let mut assets: Vec<SeedAsset> =
        cast.par_iter().map(make).collect::<Result<_, Diagnostic>>()?;
    assets.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    let manifest = Manifest { assets, duplicates: Vec::new() };
    place(&folder.join(MANIFEST), &contract::write(&manifest))?;
    Ok(manifest)
}

/// Only what a mock made is written over.
fn check_folder(folder: &Path) -> Result<(), Diagnostic> {
    let empty = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    let bytes = std::fs::read(folder.join(MANIFEST)).unwrap_or_default();
    let manifest = contract::read::<Manifest>(&bytes);
    let ours = manifest.is_ok_and(|m| m.assets.iter().all(|asset| asset.provenance.is_mock()));
    if empty || ours {
        return Ok(());
    }
    let message = format!("`{}` holds something that no mock made", folder.display());
    Err(Diagnostic::usage("not-a-mock", message)
        .hint("name a folder that is empty, or not there yet"))
}

fn one(folder: &Path, kind: AssetKind, id: &AssetId, seed: u64) -> Result<SeedAsset, Diagnostic> {
    let recipe = Recipe::new(kind, id, seed, None);
    let home = folder.join(layout::folder(kind, id));
    std::fs::create_dir_all(&home).map_err(|error| unwritable(&home, &error))?;
    let scratch = tempfile::tempdir_in(folder).map_err(|error| unwritable(folder, &error))?;
    let made = scratch.path().join(format!("source.{}", recipe.extension()));
    media::mock::make(&recipe, scratch.path(), &made)?;
    let said = (kind, id.clone(), vec![TAG.to_owned()], provenance());
    let asset = asset::ingest_here(&made, recipe.extension(), said)?;
    let dest = home.join(&asset.file);
    std::fs::rename(&made, &dest).map_err(|error| unwritable(&dest, &error))?;
    place(&home.join(METADATA), &contract::write(&asset))?;
    Ok(asset)
}

/// Whole or not at all.
fn place(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let write = || -> std::io::Result<()> {
        let temp = path.with_extension("part");
        let mut file = std::fs::File::create(&temp)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_data()?;
        std::fs::rename(temp, path)
    };
    write().map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("io", format!("cannot write `{}`: {error}", path.display()))
}
