//! A folder of assets, made by whatever program: its layout, its documents against each other, and
//! its files against both.

use super::check::{Found, of_contract};
use super::{named, unreadable};
use crate::contract::asset::{Manifest, SeedAsset};
use crate::contract::check::Breach;
use crate::contract::layout::{self, MANIFEST, METADATA};
use crate::contract::read;
use crate::diagnostic::Diagnostic;
use crate::media::sniff;
use crate::store::hash;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

/// What was checked, and all that is wrong, by asset.
pub(super) fn check(root: &Path) -> Result<(String, Vec<Found>), Diagnostic> {
    let path = root.join(MANIFEST);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let breach = broken("layout", "", MANIFEST, "no such file");
            return Ok(("the layout of assets".to_owned(), vec![Found::in_file("", breach)]));
        }
        Err(error) => return Err(unreadable(&path, &error)),
    };
    let contract = named("manifest")?;
    let wrong = of_contract(contract, &bytes);
    if !wrong.is_empty() {
        let what = format!("{}, version {}", contract.name, contract.version);
        return Ok((what, wrong.into_iter().map(|b| Found::in_file(MANIFEST, b)).collect()));
    }
    let manifest: Manifest =
        read(&bytes).map_err(|error| Diagnostic::error("contract-break", error.to_string()))?;
    let home = root.canonicalize().map_err(|error| unreadable(root, &error))?;
    let mut found: Vec<Found> = manifest
        .assets
        .par_iter()
        .enumerate()
        .flat_map_iter(|(at, asset)| of_asset(&home, at, asset))
        .collect();
    found.extend(strays(&home, &manifest));
    let count = manifest.assets.len();
    Ok((format!("manifest, version {}, with all {count} assets", contract.version), found))
}

fn broken(rule: &str, place: &str, expected: &str, found: &str) -> Breach {
    Breach {
        rule: rule.to_owned(),
        place: place.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}

/// One asset: its metadata, its file, and the media profile.
fn of_asset(root: &Path, at: usize, asset: &SeedAsset) -> Vec<Found> {
    let folder = layout::folder(asset.kind, &asset.id);
    let (metadata, file) = (format!("{folder}/{METADATA}"), format!("{folder}/{}", asset.file));
    let mut found = Vec::new();
    match inside(root, &metadata).and_then(|path| std::fs::read(path).map_err(|e| e.to_string())) {
        Err(why) => found.push(Found::in_file(&metadata, broken("layout", "", "a document", &why))),
        Ok(bytes) => {
            let contract = named("metadata");
            let wrong = contract.map_or_else(|_| Vec::new(), |c| of_contract(c, &bytes));
            let agrees = read::<SeedAsset>(&bytes).is_ok_and(|own| own == *asset);
            if wrong.is_empty() && !agrees {
                let place = format!("/assets/{at}");
                let breach = broken(
                    "agreement",
                    "",
                    &format!("what {MANIFEST} says at {place}"),
                    "something else",
                );
                found.push(Found::in_file(&metadata, breach));
            }
            found.extend(wrong.into_iter().map(|breach| Found::in_file(&metadata, breach)));
        }
    }
    for (field, why) in layout::outside(asset) {
        let place = format!("/assets/{at}{field}");
        found.push(Found::in_file(
            MANIFEST,
            broken("media", &place, "what the media profile allows", &why),
        ));
    }
    if let Some(breach) = of_file(root, &file, asset) {
        found.push(Found::in_file(&file, breach));
    }
    found
}

/// The bytes are those that are described.
fn of_file(root: &Path, file: &str, asset: &SeedAsset) -> Option<Breach> {
    let path = match inside(root, file) {
        Ok(path) => path,
        Err(why) => return Some(broken("layout", "", "the asset's file", &why)),
    };
    match hash::file(&path) {
        Err(error) => return Some(broken("layout", "", "the asset's file", &error.to_string())),
        Ok(digest) if digest != asset.digest => {
            return Some(broken("digest", "", &asset.digest.to_string(), &digest.to_string()));
        }
        Ok(_) => {}
    }
    match sniff::sniff(&path) {
        Ok(format) if format.demuxer() == asset.facts.demuxer => None,
        Ok(format) => Some(broken("media", "", &asset.facts.demuxer, format.demuxer())),
        Err(problem) => Some(broken("media", "", &asset.facts.demuxer, &problem.message)),
    }
}

/// A path of the folder that does not lead out of it.
fn inside(root: &Path, path: &str) -> Result<std::path::PathBuf, String> {
    let full = root.join(path).canonicalize().map_err(|error| error.to_string())?;
    if full.starts_with(root) {
        Ok(full)
    } else {
        Err("a link that leads out of the folder".to_owned())
    }
}

/// Folders of assets that the manifest does not list: nobody will ever read them.
fn strays(root: &Path, manifest: &Manifest) -> Vec<Found> {
    let listed: BTreeSet<String> =
        manifest.assets.iter().map(|asset| layout::folder(asset.kind, &asset.id)).collect();
    let folders = |path: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    };
    let mut found = Vec::new();
    for kind in folders(root) {
        for id in folders(&root.join(&kind)) {
            let folder = format!("{kind}/{id}");
            if !listed.contains(&folder) {
                let breach = broken(
                    "layout",
                    "",
                    &format!("an asset that {MANIFEST} lists"),
                    "one that it does not",
                );
                found.push(Found::in_file(&folder, breach));
            }
        }
    }
    found
}
