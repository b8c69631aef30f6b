//! Asset nodes: a file of the user's, read in place, becomes an entry of the manifest.
//!
//! One action a file: `memebuild tool ingest` sniffs, probes, decodes once, measures, and writes
//! `metadata`. The file itself is never copied into the store: it is published as a link or copy,
//! and consumers read it in place under its digest, or under the projection of one stream.

use super::assets::{AssetEntry, node_name};
use super::expansion::{Claim, Expansion};
use super::plan::{
    Action, Bounds, Done, External, Finish, Input, OutputKind, Plan, Program, Publish,
};
use super::registry::NodeType;
use super::tool::{Context, Step};
use super::{Deps, Node, NodeName, Output, catalogue::Catalogue};
use crate::contract;
use crate::contract::asset::{AssetId, AssetKind, SeedAsset};
use crate::contract::digest::Digest;
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

/// Version of what ingest does: raised when the same file gives other metadata.
const VERSION: u32 = 2;

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
        for AssetEntry { kind, id, path, tags, span } in entries {
            let metadata = folder(kind, &id).join("metadata.json");
            let node = AssetNode::new(kind, id, path.into(), tags, Some(span.clone()));
            let (name, output) = (node.name(), METADATA.to_owned());
            let claim = Claim { node: name.clone(), output, span: Some(span) };
            expansion.claim(metadata.to_string_lossy().into_owned(), claim);
            expansion.add(name, Box::new(node), Vec::new());
        }
    }

    fn steps(&self) -> &'static [Step] {
        &[STEP]
    }
}

/// One asset, before it is ingested.
#[derive(Debug, Clone)]
pub struct AssetNode {
    kind: AssetKind,
    id: AssetId,
    path: PathBuf,
    tags: Vec<String>,
    span: Option<Span>,
}

/// What the step must know besides the file. The ending is part of it: a wrong one is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Params {
    kind: AssetKind,
    id: AssetId,
    extension: String,
    tags: Vec<String>,
}

impl AssetNode {
    /// `path` is absolute or relative to the project. Tags are sorted, and each is kept once.
    pub fn new(
        kind: AssetKind,
        id: AssetId,
        path: PathBuf,
        mut tags: Vec<String>,
        span: Option<Span>,
    ) -> Self {
        tags.sort();
        tags.dedup();
        Self { kind, id, path, tags, span }
    }

    /// `asset:green-screen/gorilla`.
    pub fn name(&self) -> NodeName {
        node_name(self.kind, &self.id)
    }

    fn params(&self) -> Params {
        let extension = self.path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        Params {
            kind: self.kind,
            id: self.id.clone(),
            extension: extension.to_lowercase(),
            tags: self.tags.clone(),
        }
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
        self.span.as_ref()
    }

    fn declaration(&self) -> Value {
        serde_json::json!({ "path": self.path.to_string_lossy(), "params": self.params() })
    }

    fn files(&self) -> Vec<PathBuf> {
        vec![self.path.clone()]
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        sniff::check_name(&self.path)?;
        let action = Action {
            step: "asset/ingest",
            version: VERSION,
            label: String::new(),
            program: Program::Tool {
                step: STEP.name,
                uses: vec![External::Ffmpeg, External::Ffprobe],
            },
            args: Vec::new(),
            env: BTreeMap::new(),
            params: serde_json::to_value(self.params()).expect("params serialise"),
            inputs: [("source".to_owned(), Input::Whole(deps.file(&self.path)?))].into(),
            outputs: [(METADATA.to_owned(), OutputKind::document::<SeedAsset>())].into(),
            bounds: Bounds { wall: Duration::from_secs(1800), ..Bounds::default() },
            retries: 0,
            frames: None,
        };
        Ok(Plan { actions: vec![action] })
    }

    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let asset: SeedAsset = done.read(0, METADATA)?;
        let metadata = Output::Blob(done.actions[0][METADATA]);
        let source = Output::File { path: self.path.clone(), digest: asset.digest };
        let folder = folder(self.kind, &self.id);
        let publish = vec![
            Publish { content: source.clone(), path: folder.join(&asset.file) },
            Publish { content: metadata.clone(), path: folder.join("metadata.json") },
        ];
        let useless = (asset.quality.score == 0).then(|| {
            format!("{} is of no use as a {}: its quality is 0", self.path.display(), self.kind)
        });
        Ok(Finish {
            outputs: [(METADATA.to_owned(), metadata), ("source".to_owned(), source)].into(),
            publish,
            notes: useless.into_iter().collect(),
            ..Finish::default()
        })
    }
}

/// `memebuild tool ingest`.
pub const STEP: Step = Step { name: "ingest", run: ingest };

fn ingest(context: &Context) -> Result<(), Diagnostic> {
    let params: Params = context.params()?;
    let path = context.input("source")?;
    let digest = digest_of(path)?;
    let probed = probe::inspect(path)?;
    // The staged file may have lost its ending; the user's is in the params.
    sniff::check_extension(&path.with_extension(&params.extension), probed.format)?;
    let measured = measure::measure(path, &probed, params.kind)?;
    let asset = SeedAsset {
        id: params.id,
        kind: params.kind,
        file: format!("source.{}", extension(&params.extension, probed.format)),
        digest,
        facts: measured.media,
        streams: measured.streams,
        quality: measured.quality,
        key: measured.key,
        tags: params.tags,
    };
    context.write("metadata", &contract::write(&asset))
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
