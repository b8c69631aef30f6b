//! `composite`: what a composite declares, and what ingest found out about its assets, become one
//! fully resolved timeline: the render input.

pub mod arrangement;
mod color;
pub mod resolve;

use super::assets::node_name;
use super::plan::{Action, Bounds, Done, Finish, Input, OutputKind, Plan, Program};
use super::tool::{Context, Step};
use super::{Deps, Node, Output};
use crate::contract;
use crate::contract::asset::{AssetId, AssetKind, Quality, SeedAsset};
use crate::contract::digest::Digest;
use crate::contract::render_input::RenderInput;
use crate::contract::rights::Provenance;
use crate::diagnostic::{Diagnostic, Span};
use crate::node::declare::composite::Composite;
use arrangement::Arrangement;
use resolve::{Cast, resolve};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Raised when the same declaration and metadata resolve to another timeline.
const VERSION: u32 = 1;

/// `memebuild tool compose`.
pub const STEP: Step = Step { name: "compose", run };

/// The output of a composite node.
pub const OUTPUT: &str = "render-input";

/// What a composite uses an asset for, by the name of the input that its metadata is.
pub type Role = String;

/// A composite in one profile.
#[derive(Debug, Clone)]
pub struct CompositeNode {
    pub arrangement: Arrangement,
    /// Role (`green-screen`, `background`, `music`, `watermark`, `effect0`, …) → asset.
    pub cast: BTreeMap<Role, (AssetKind, AssetId)>,
    pub origin: Origin,
}

/// Where the parts of an arrangement stand in the Memefile.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub composite: Arc<Composite>,
    /// The style of each caption, where it is declared.
    pub styles: Vec<Option<Span>>,
    /// The profile, where it is declared.
    pub profile: Option<Span>,
    /// The profile, where the render names it.
    pub span: Option<Span>,
}

impl Origin {
    fn place(&self, pointer: &str) -> Option<&Span> {
        if pointer.starts_with("/profile") {
            return self.profile.as_ref();
        }
        if let Some(rest) = pointer.strip_prefix("/captions/")
            && let Some((index, part)) = rest.split_once("/spec/style/")
            && !part.is_empty()
        {
            return self.styles.get(index.parse::<usize>().ok()?)?.as_ref();
        }
        self.composite.place(pointer)
    }
}

impl Node for CompositeNode {
    fn type_name(&self) -> &'static str {
        "composite"
    }

    fn span(&self) -> Option<&Span> {
        self.origin.span.as_ref()
    }

    fn place(&self, pointer: &str) -> Option<&Span> {
        self.origin.place(pointer).or(self.origin.span.as_ref())
    }

    fn declaration(&self) -> Value {
        serde_json::json!({ "arrangement": self.arrangement, "cast": self.cast })
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        let metadata = |(role, (kind, id)): (&Role, &(AssetKind, AssetId))| {
            let node = node_name(*kind, id);
            let output = deps.output(&node, "metadata")?.clone();
            let (projection, digest) = deps.read::<SeedAsset>(&node, "metadata")?.playback();
            Ok((role.clone(), Input::Projected { output, projection, digest }))
        };
        let action = Action {
            step: "composite/compose",
            version: VERSION,
            label: String::new(),
            program: Program::Tool { step: STEP.name, uses: Vec::new() },
            args: Vec::new(),
            env: BTreeMap::new(),
            params: serde_json::to_value(&self.arrangement).expect("an arrangement serialises"),
            inputs: self.cast.iter().map(metadata).collect::<Result<_, Diagnostic>>()?,
            outputs: [(OUTPUT.to_owned(), OutputKind::document::<RenderInput>())].into(),
            bounds: Bounds { wall: Duration::from_secs(30), ..Bounds::default() },
            retries: 0,
            frames: None,
        };
        Ok(Plan { actions: vec![action] })
    }

    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let outputs = [(OUTPUT.to_owned(), Output::Blob(done.actions[0][OUTPUT]))].into();
        Ok(Finish { outputs, ..Finish::default() })
    }
}

/// Resolves the arrangement of the params with the metadata documents that are its inputs.
fn run(context: &Context) -> Result<(), Diagnostic> {
    let arrangement: Arrangement = context.params()?;
    let role = |name: &str| context.inputs.get(name).map(|path| read(path)).transpose();
    let effects = context.input_list("effect").into_iter().map(read);
    let cast = Cast {
        background: role("background")?,
        green_screen: role("green-screen")?,
        music: role("music")?,
        effects: effects.collect::<Result<_, _>>()?,
        watermark: role("watermark")?,
    };
    context.write(OUTPUT, &contract::write(&resolve(&arrangement, &cast)?))
}

/// Reads an asset, and forgets of it what [`SeedAsset::playback`] leaves out: that is not in the
/// action's key, so nothing may come to depend on it.
fn read(path: &Path) -> Result<SeedAsset, Diagnostic> {
    let bytes = std::fs::read(path)
        .map_err(|e| Diagnostic::error("io", format!("cannot read the metadata: {e}")))?;
    let asset: SeedAsset =
        contract::read(&bytes).map_err(|e| Diagnostic::error("contract-break", e.to_string()))?;
    Ok(SeedAsset {
        file: String::new(),
        digest: Digest::of(b""),
        quality: Quality {
            algorithm: 0,
            score: 0,
            parts: BTreeMap::new(),
            measures: BTreeMap::new(),
        },
        fingerprint: None,
        tags: Vec::new(),
        provenance: Provenance::default(),
        ..asset
    })
}
