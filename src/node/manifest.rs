//! The manifest node: all assets that were ingested, in one document, and which of them are copies
//! of which. An asset that failed is not in it, and everything else is.
//!
//! Copies are looked for here, and not in an action of their own: that takes a tenth of what
//! reading the documents does, which both would have to.

use super::assets::AssetEntry;
use super::expansion::{Claim, Expansion};
use super::plan::{Action, Bounds, Done, Finish, Input, OutputKind, Plan, Program, Publish};
use super::registry::NodeType;
use super::tool::{Context, Step};
use super::{Deps, Node, NodeName, Output, catalogue::Catalogue};
use crate::contract;
use crate::contract::asset::{Manifest, SeedAsset};
use crate::diagnostic::{Diagnostic, Exit};
use crate::media::duplicates;
use serde_json::Value;
use std::collections::BTreeMap;

/// Version of what the step does.
const VERSION: u32 = 3;

/// Its name, and what other nodes call it.
pub const NAME: &str = "manifest:manifest";

/// Where it is published, relative to the project.
const PATH: &str = "artefacts/seed-assets/manifest.json";

/// The manifest node, where there are assets.
pub struct ManifestType;

impl NodeType for ManifestType {
    fn name(&self) -> &'static str {
        "manifest"
    }

    fn expand(&self, _: &Catalogue, expansion: &mut Expansion<'_>) {
        let assets: Vec<NodeName> = expansion.assets.iter().map(AssetEntry::node_name).collect();
        if assets.is_empty() {
            return;
        }
        let (node, output) = (NAME.to_owned(), "manifest".to_owned());
        expansion.claim(PATH.to_owned(), Claim { node, output, span: None });
        expansion.add(NAME.to_owned(), Box::new(ManifestNode), assets);
    }

    fn steps(&self) -> &'static [Step] {
        &[STEP]
    }
}

/// Lists the assets that its dependencies ingested: it depends on every asset node.
#[derive(Debug, Clone, Copy, Default)]
pub struct ManifestNode;

impl Node for ManifestNode {
    fn type_name(&self) -> &'static str {
        "manifest"
    }

    fn declaration(&self) -> Value {
        Value::Null
    }

    /// An asset that failed is not listed, and hides no other.
    fn needs_every_dependency(&self) -> bool {
        false
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        let documents = deps.outputs.values().filter_map(|outputs| outputs.get("metadata"));
        let inputs = documents
            .enumerate()
            .map(|(n, document)| (format!("asset{n}"), Input::Whole(document.clone())))
            .collect();
        let action = Action {
            step: "manifest/assemble",
            version: VERSION,
            label: String::new(),
            program: Program::Tool { step: STEP.name, uses: Vec::new() },
            args: Vec::new(),
            env: BTreeMap::new(),
            params: Value::Null,
            inputs,
            outputs: [("manifest".to_owned(), OutputKind::document::<Manifest>())].into(),
            bounds: Bounds::default(),
            retries: 0,
            frames: None,
        };
        Ok(Plan { actions: vec![action] })
    }

    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let manifest = Output::Blob(done.actions[0]["manifest"]);
        Ok(Finish {
            outputs: [("manifest".to_owned(), manifest.clone())].into(),
            publish: vec![Publish { content: manifest, path: PATH.into() }],
            ..Finish::default()
        })
    }
}

/// `memebuild tool manifest`.
pub const STEP: Step = Step { name: "manifest", run: assemble };

fn assemble(context: &Context) -> Result<(), Diagnostic> {
    let mut assets = Vec::new();
    for path in context.input_list("asset") {
        let bytes = std::fs::read(path).map_err(|e| {
            Diagnostic::error("io", format!("cannot read `{}`: {e}", path.display()))
        })?;
        let asset: SeedAsset = contract::read(&bytes).map_err(|e| {
            Diagnostic::error("contract-break", format!("`{}`: {e}", path.display()))
                .exit(Exit::Broken)
        })?;
        assets.push(asset);
    }
    assets.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    let duplicates = duplicates::groups(&assets);
    context.write("manifest", &contract::write(&Manifest { assets, duplicates }))
}
