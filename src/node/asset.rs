//! Asset nodes: a file of the user's, read in place, becomes an entry of the manifest.
//!
//! `memebuild tool ingest` sniffs, probes, decodes once and measures; `memebuild tool describe` adds
//! id, tags and provenance, and writes `metadata`: a new tag or licence decodes nothing. The file
//! itself is never copied into the store: it is published as a link or copy, and consumers read it
//! in place under its digest, or under the projection of one stream.

use super::assets::{AssetEntry, Content};
use super::expansion::{Claim, Expansion};
use super::mock;
use super::plan::{
    Action, Bounds, Done, External, Finish, Input, OutputKind, Plan, Program, Publish,
};
use super::registry::NodeType;
use super::tool::{Context, Step};
use super::{Deps, Node, Output, catalogue::Catalogue, ready};
use crate::contract::asset::{AssetId, AssetKind, SeedAsset};
use crate::contract::digest::Digest;
use crate::contract::measured::Measured;
use crate::contract::rights::Provenance;
use crate::contract::{self, Contract};
use crate::diagnostic::{Diagnostic, Span};
use crate::media::sniff::{self, Format};
use crate::media::{measure, probe};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The output that holds its [`SeedAsset`].
pub const METADATA: &str = "metadata";

/// Version of what ingest does: raised when the same file gives other measures.
const INGEST_VERSION: u32 = 6;

/// Version of what describing does.
const DESCRIBE_VERSION: u32 = 1;

/// The output of ingest that describing reads.
const MEASURED: &str = "measured";

/// The folder of all assets, relative to the project.
pub const FOLDER: &str = "artefacts/seed-assets";

/// Asset nodes, for the files that the sources found.
pub struct AssetType;

impl NodeType for AssetType {
    fn name(&self) -> &'static str {
        "asset"
    }

    fn expand(&self, _: &Catalogue, expansion: &mut Expansion<'_>) {
        let entries: Vec<AssetEntry> = expansion.assets.iter().cloned().collect();
        for entry in entries {
            let metadata = folder(entry.kind, &entry.id).join("metadata.json");
            let (name, output) = (entry.node_name(), METADATA.to_owned());
            let claim = Claim { node: name.clone(), output, span: Some(entry.span.clone()) };
            let node = AssetNode::new(entry);
            expansion.claim(metadata.to_string_lossy().into_owned(), claim);
            expansion.add(name, Box::new(node), Vec::new());
        }
    }

    fn steps(&self) -> &'static [Step] {
        &[INGEST, DESCRIBE, ready::ADOPT, mock::STEP]
    }
}

/// One asset, before it is ingested.
#[derive(Debug, Clone)]
pub struct AssetNode {
    entry: AssetEntry,
    path: PathBuf,
}

/// What ingest must know besides the file. The ending is part of it: a wrong one is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IngestParams {
    kind: AssetKind,
    extension: String,
}

/// What is said of a file, rather than found in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DescribeParams {
    kind: AssetKind,
    id: AssetId,
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Provenance::is_unknown")]
    provenance: Provenance,
}

impl AssetNode {
    pub fn new(entry: AssetEntry) -> Self {
        Self { path: PathBuf::from(&entry.path), entry }
    }

    fn ingest_params(&self) -> IngestParams {
        let extension = match &self.entry.content {
            Content::Mock(recipe) => recipe.extension(),
            _ => self.path.extension().and_then(|e| e.to_str()).unwrap_or_default(),
        };
        IngestParams { kind: self.entry.kind, extension: extension.to_lowercase() }
    }

    /// Its file, in place.
    fn file(&self, deps: &Deps<'_>) -> Result<Input, Diagnostic> {
        sniff::check_name(&self.path)?;
        Ok(Input::Whole(deps.file(&self.path)?))
    }

    /// What was fetched is what was pinned, or it is not used.
    fn check_pin(&self, pinned: &Digest, deps: &Deps<'_>) -> Result<(), Diagnostic> {
        if deps.file(&self.path)?.digest() == *pinned {
            return Ok(());
        }
        let message = format!("`{}` is not what Memefile.lock says", self.path.display());
        Err(Diagnostic::error("pin-broken", message)
            .label(&self.entry.span, "fetched by this source")
            .hint("build again: what does not fit the lock is fetched again"))
    }

    fn describe_params(&self) -> DescribeParams {
        let AssetEntry { kind, id, tags, provenance, path: _, content: _, span: _ } = &self.entry;
        let (kind, id, tags) = (*kind, id.clone(), tags.clone());
        DescribeParams { kind, id, tags, provenance: provenance.clone() }
    }
}

/// The folder of one asset, relative to the project.
pub fn folder(kind: AssetKind, id: &AssetId) -> PathBuf {
    [FOLDER, kind.as_str(), id.as_str()].iter().collect()
}

impl Node for AssetNode {
    fn type_name(&self) -> &'static str {
        "asset"
    }

    fn span(&self) -> Option<&Span> {
        Some(&self.entry.span)
    }

    fn declaration(&self) -> Value {
        let own = |content: Value| {
            serde_json::json!({
                "path": self.entry.path,
                "extension": self.ingest_params().extension,
                "params": self.describe_params(),
                "content": content,
            })
        };
        match &self.entry.content {
            Content::File => own(Value::Null),
            Content::Pinned(digest) => own(digest.to_string().into()),
            Content::Unusable(problem) => own(problem.to_string().into()),
            Content::Ready(asset) => own(serde_json::to_value(asset).expect("assets serialise")),
            Content::Mock(recipe) => {
                serde_json::json!({ "mock": recipe, "asset": own(Value::Null) })
            }
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        match &self.entry.content {
            Content::File | Content::Pinned(_) => vec![self.path.clone()],
            Content::Ready(_) => vec![self.path.clone(), ready::metadata_path(&self.path)],
            Content::Unusable(_) | Content::Mock(_) => Vec::new(),
        }
    }

    fn is_mock(&self) -> bool {
        let made_as_one = match &self.entry.content {
            Content::Mock(_) => true,
            Content::Ready(asset) => asset.provenance.is_mock(),
            Content::File | Content::Pinned(_) | Content::Unusable(_) => false,
        };
        made_as_one || self.entry.provenance.is_mock()
    }

    fn seam(&self) -> Option<&str> {
        Some(SeedAsset::NAME)
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        let mut actions = Vec::new();
        let source = match &self.entry.content {
            Content::File => self.file(deps)?,
            Content::Pinned(digest) => {
                self.check_pin(digest, deps)?;
                self.file(deps)?
            }
            Content::Unusable(problem) => return Err(problem.clone()),
            Content::Ready(asset) => return ready::lower(asset, &self.entry, &self.path, deps),
            Content::Mock(recipe) => {
                actions.push(mock::action(recipe));
                Input::Earlier { action: 0, output: "source".to_owned() }
            }
        };
        let ingest = Action {
            step: "asset/ingest",
            version: INGEST_VERSION,
            label: String::new(),
            program: Program::Tool {
                step: INGEST.name,
                uses: vec![External::Ffmpeg, External::Ffprobe],
            },
            args: Vec::new(),
            env: BTreeMap::new(),
            params: serde_json::to_value(self.ingest_params()).expect("params serialise"),
            inputs: [("source".to_owned(), source)].into(),
            outputs: [(MEASURED.to_owned(), OutputKind::document::<Measured>())].into(),
            bounds: Bounds { wall: Duration::from_secs(1800), ..Bounds::default() },
            retries: 0,
            frames: None,
        };
        let measured = Input::Earlier { action: actions.len(), output: MEASURED.to_owned() };
        let describe = Action {
            step: "asset/describe",
            version: DESCRIBE_VERSION,
            program: Program::Tool { step: DESCRIBE.name, uses: Vec::new() },
            params: serde_json::to_value(self.describe_params()).expect("params serialise"),
            inputs: [(MEASURED.to_owned(), measured)].into(),
            outputs: [(METADATA.to_owned(), OutputKind::document::<SeedAsset>())].into(),
            bounds: Bounds::default(),
            ..ingest.clone()
        };
        actions.extend([ingest, describe]);
        Ok(Plan { actions })
    }

    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        // The last action says what the asset is, whoever measured it.
        let last = done.actions.len() - 1;
        let asset: SeedAsset = done.read(last, METADATA)?;
        let metadata = Output::Blob(done.actions[last][METADATA]);
        let source = match &self.entry.content {
            Content::Mock(_) => Output::Blob(done.actions[0]["source"]),
            _ => Output::File { path: self.path.clone(), digest: asset.digest },
        };
        let folder = folder(asset.kind, &asset.id);
        let publish = vec![
            Publish { content: source.clone(), path: folder.join(&asset.file) },
            Publish { content: metadata.clone(), path: folder.join("metadata.json") },
        ];
        let useless = (asset.quality.score == 0).then(|| {
            format!("{} is of no use as a {}: its quality is 0", self.path.display(), asset.kind)
        });
        Ok(Finish {
            outputs: [(METADATA.to_owned(), metadata), ("source".to_owned(), source)].into(),
            publish,
            notes: useless.into_iter().collect(),
            ..Finish::default()
        })
    }
}

/// `memebuild tool ingest`: what the file's bytes show.
pub const INGEST: Step = Step { name: "ingest", run: ingest };

/// `memebuild tool describe`: that, with what is said of the file.
pub const DESCRIBE: Step = Step { name: "describe", run: describe };

fn ingest(context: &Context) -> Result<(), Diagnostic> {
    let params: IngestParams = context.params()?;
    let measured = measured(context.input("source")?, params.kind, &params.extension)?;
    context.write(MEASURED, &contract::write(&measured))
}

/// What the bytes of a file show. It may have lost its ending; `ending` is the one it had.
pub(super) fn measured(path: &Path, kind: AssetKind, ending: &str) -> Result<Measured, Diagnostic> {
    let digest = digest_of(path)?;
    let probed = probe::inspect(path)?;
    sniff::check_extension(&path.with_extension(ending), probed.format)?;
    let found = measure::measure(path, &probed, kind)?;
    Ok(Measured {
        extension: extension(ending, probed.format).to_owned(),
        digest,
        facts: found.media,
        streams: found.streams,
        quality: found.quality,
        key: found.key,
        fingerprint: found.fingerprint,
    })
}

fn describe(context: &Context) -> Result<(), Diagnostic> {
    let params: DescribeParams = context.params()?;
    let bytes = std::fs::read(context.input(MEASURED)?)
        .map_err(|e| Diagnostic::error("io", format!("cannot read the measures: {e}")))?;
    let measured: Measured =
        contract::read(&bytes).map_err(|e| Diagnostic::error("contract-break", e.to_string()))?;
    context.write(METADATA, &contract::write(&described(measured, params)))
}

/// A measured file, with what is said of it.
fn described(measured: Measured, params: DescribeParams) -> SeedAsset {
    let DescribeParams { kind, id, tags, provenance } = params;
    SeedAsset {
        id,
        kind,
        file: format!("source.{}", measured.extension),
        digest: measured.digest,
        facts: measured.facts,
        streams: measured.streams,
        quality: measured.quality,
        key: measured.key,
        fingerprint: measured.fingerprint,
        tags,
        provenance,
    }
}

/// A file as ingest describes it, without a build.
pub(super) fn ingest_here(
    path: &Path,
    ending: &str,
    entry: (AssetKind, AssetId, Vec<String>, Provenance),
) -> Result<SeedAsset, Diagnostic> {
    let (kind, id, tags, provenance) = entry;
    let measured = measured(path, kind, ending)?;
    Ok(described(measured, DescribeParams { kind, id, tags, provenance }))
}

/// The user's ending where the format has it, else the format's first.
fn extension(users: &str, format: Format) -> &str {
    format.extensions().iter().find(|known| **known == users).unwrap_or(&format.extensions()[0])
}

fn digest_of(path: &Path) -> Result<Digest, Diagnostic> {
    let name = path.display();
    let unread =
        |e: std::io::Error| Diagnostic::error("bad-asset", format!("cannot read `{name}`: {e}"));
    sniff::open(path)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path).map_err(unread)?).map_err(unread)?;
    Ok(Digest { hash: *hasher.finalize().as_bytes(), len: hasher.count() })
}
