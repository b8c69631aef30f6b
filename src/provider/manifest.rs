//! The default provider: a manifest in memory.

use super::Provider;
use super::answer::answer;
use super::index::Index;
use super::meaning::Meaning;
use super::question::{Question, Target};
use super::record::records;
use crate::contract;
use crate::contract::asset::{Manifest, SeedAsset};
use crate::contract::search::{AssetName, Page, Query};
use crate::diagnostic::Diagnostic;
use std::path::Path;

/// A manifest that was read, and its index.
pub struct ManifestProvider {
    name: String,
    manifest: Manifest,
    index: Index,
    meaning: Meaning,
}

impl ManifestProvider {
    pub fn new(name: impl Into<String>, manifest: Manifest) -> Self {
        let index = Index::new(records(&manifest));
        Self { name: name.into(), manifest, index, meaning: Meaning::default() }
    }

    /// With a model that knows what words mean.
    #[must_use]
    pub fn with_meaning(self, meaning: Meaning) -> Self {
        Self { meaning, ..self }
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// `no-manifest`: it cannot be read; `contract-break`: it is none.
    pub fn open(path: &Path) -> Result<Self, Box<Diagnostic>> {
        Ok(Self::new(format!("manifest {}", path.display()), read_manifest(path)?))
    }

    pub fn index(&self) -> &Index {
        &self.index
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

/// Reads a manifest by its contract.
///
/// # Errors
/// `no-manifest`: it cannot be read; `contract-break`: it is none.
pub fn read_manifest(path: &Path) -> Result<Manifest, Box<Diagnostic>> {
    let bytes = std::fs::read(path).map_err(|e| {
        let what = format!("cannot read `{}`: {e}", path.display());
        let hint = "`memebuild build manifest:manifest` ingests the assets and writes it";
        Box::new(Diagnostic::error("no-manifest", what).hint(hint))
    })?;
    contract::read(&bytes).map_err(|e| {
        let what = format!("`{}`: {e}", path.display());
        Box::new(Diagnostic::error("contract-break", what).exit(crate::diagnostic::Exit::Broken))
    })
}

/// What an index knows of an asset that a query names.
pub(super) fn target(index: &Index, name: &AssetName) -> Target {
    match index.find(name).map(|at| &index.records()[at].found) {
        None => Target::Unknown,
        Some(found) => match found.as_ref().and_then(|found| found.fingerprint.clone()) {
            Some(fingerprint) => Target::Known(fingerprint),
            None => Target::Bare,
        },
    }
}

impl Provider for ManifestProvider {
    fn describe(&self) -> String {
        self.name.clone()
    }

    fn search(&self, query: &Query) -> Result<Page, Box<Diagnostic>> {
        let question = Question::new(query, &self.meaning, |name| Ok(target(&self.index, name)))?;
        Ok(answer(&self.index, &question))
    }

    fn get_asset_by_id(&self, name: &AssetName) -> Result<Option<SeedAsset>, Box<Diagnostic>> {
        let found = self
            .manifest
            .assets
            .binary_search_by(|asset| (asset.kind, &asset.id).cmp(&(name.kind, &name.id)));
        Ok(found.ok().map(|at| self.manifest.assets[at].clone()))
    }
}
