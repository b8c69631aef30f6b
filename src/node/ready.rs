//! Assets that another program ingested: a folder with a manifest, checked against the contract,
//! believed, and never written to.
//!
//! The manifest is read whole when the Memefile is expanded, and one that breaks its contract is a
//! mistake of the Memefile. Each asset becomes an asset node with one cheap action, `memebuild tool
//! adopt`: that `metadata.json` satisfies its contract and says what the manifest says. That the
//! file has the digest that its metadata tell is checked for every file before anything is believed
//! of it, by the hashes that the engine keeps under stat data: once for each version of a file.

use super::asset::METADATA;
use super::assets::{AssetEntry, Content};
use super::expansion::Expansion;
use super::plan::{Action, Bounds, Input, OutputKind, Plan, Program};
use super::tool::{Context, Step};
use super::{Deps, asset};
use crate::contract;
use crate::contract::asset::{AssetKind, Manifest, SeedAsset};
use crate::contract::rights::Provenance;
use crate::diagnostic::{Diagnostic, Exit};
use crate::memefile::At;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Version of what adopting does.
const VERSION: u32 = 1;

/// Longest manifest that is read, in bytes: some hundred thousand assets.
const LONGEST_MANIFEST: u64 = 1 << 30;

/// The document beside an asset's file.
pub(super) fn metadata_path(file: &Path) -> PathBuf {
    file.with_file_name("metadata.json")
}

/// The assets of a folder with a manifest, sorted by kind and id, each with the path of its file.
/// What is wrong with the folder is reported.
pub(super) fn list(
    folder: &At<String>,
    kind: Option<AssetKind>,
    expansion: &mut Expansion<'_>,
) -> Vec<(SeedAsset, String, Content)> {
    let root = expansion.root().join(&folder.value);
    let path = root.join("manifest.json");
    let read = read(&root, &path, expansion);
    expansion.read.insert(path);
    let manifest = match read {
        Ok(manifest) => manifest,
        Err(problem) => {
            expansion.report(problem.label(&folder.span, "named here"));
            return Vec::new();
        }
    };
    let base = folder.value.trim_end_matches('/');
    let home = root.canonicalize().unwrap_or(root);
    let wanted = manifest.assets.into_iter().filter(|a| kind.is_none_or(|kind| a.kind == kind));
    wanted
        .map(|asset| {
            let file = format!("{}/{}/{}", asset.kind, asset.id, asset.file);
            let full = home.join(&file);
            // What is not there is told when its node reads it.
            let inside = full.canonicalize().map_or(true, |real| real.starts_with(&home));
            let path = format!("{base}/{file}");
            let content = if inside {
                Content::Ready(Box::new(asset.clone()))
            } else {
                let message = format!("`{path}` is a link that leads out of the folder");
                Content::Unusable(
                    Diagnostic::error("link-outside", message)
                        .label(&folder.span, "of this manifest")
                        .hint("put the file itself there"),
                )
            };
            (asset, path, content)
        })
        .collect()
}

fn read(root: &Path, path: &Path, expansion: &Expansion<'_>) -> Result<Manifest, Diagnostic> {
    let ours = expansion.root().join(asset::FOLDER).canonicalize();
    if ours.is_ok_and(|ours| root.canonicalize().is_ok_and(|root| root == ours)) {
        return Err(Diagnostic::usage("own-manifest", "memebuild writes this folder itself")
            .hint("copy it, or name the sources that it came from"));
    }
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(LONGEST_MANIFEST + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        let message = format!("cannot read `{}`: {error}", path.display());
        let problem = Diagnostic::usage("no-manifest", message);
        return Err(match error.kind() {
            ErrorKind::NotFound => problem.hint("name the folder that holds `manifest.json`"),
            _ => problem,
        });
    }
    if bytes.len() as u64 > LONGEST_MANIFEST {
        let message = format!("`{}` is larger than 1 GiB", path.display());
        return Err(Diagnostic::usage("no-manifest", message));
    }
    contract::read(&bytes).map_err(|error| {
        let message = format!("`{}`: {error}", path.display());
        Diagnostic::usage("contract-break", message).exit(Exit::Broken)
    })
}

/// What is said of the asset here, besides what its producer says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Params {
    asset: SeedAsset,
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Provenance::is_unknown")]
    provenance: Provenance,
}

pub(super) fn lower(
    asset: &SeedAsset,
    entry: &AssetEntry,
    path: &Path,
    deps: &Deps<'_>,
) -> Result<Plan, Diagnostic> {
    let found = deps.file(path)?.digest();
    if found != asset.digest {
        let message = format!("`{}` is not the file that its metadata describe", path.display());
        return Err(Diagnostic::error("bad-asset", message)
            .label(&entry.span, "from this manifest")
            .note(format!("they tell of {}, and it is {found}", asset.digest))
            .hint("have its producer write the manifest again"));
    }
    let (tags, provenance) = (entry.tags.clone(), entry.provenance.clone());
    let params = Params { asset: asset.clone(), tags, provenance };
    let metadata = deps.file(&metadata_path(path))?;
    let action = Action {
        step: "asset/adopt",
        version: VERSION,
        label: String::new(),
        program: Program::Tool { step: ADOPT.name, uses: Vec::new() },
        args: Vec::new(),
        env: BTreeMap::new(),
        params: serde_json::to_value(params).expect("params serialise"),
        inputs: [("given".to_owned(), Input::Whole(metadata))].into(),
        outputs: [(METADATA.to_owned(), OutputKind::document::<SeedAsset>())].into(),
        bounds: Bounds::default(),
        retries: 0,
        frames: None,
    };
    Ok(Plan { actions: vec![action] })
}

/// `memebuild tool adopt`.
pub(super) const ADOPT: Step = Step { name: "adopt", run: adopt };

fn adopt(context: &Context) -> Result<(), Diagnostic> {
    let Params { asset, tags, provenance } = context.params()?;
    let bytes = std::fs::read(context.input("given")?)
        .map_err(|e| Diagnostic::error("io", format!("cannot read the metadata: {e}")))?;
    let broken = |message| Diagnostic::error("contract-break", message).exit(Exit::Broken);
    let given: SeedAsset = contract::read(&bytes).map_err(|e| broken(e.to_string()))?;
    if given != asset {
        let message =
            format!("`metadata.json` and the manifest disagree about {}/{}", asset.kind, asset.id);
        return Err(broken(message).hint("have its producer write both again"));
    }
    context.write(METADATA, &contract::write(&SeedAsset { tags, provenance, ..asset }))
}
