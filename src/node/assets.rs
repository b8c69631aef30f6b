//! The assets that the sources of a Memefile found: which file is which id.

use super::NodeName;
use super::catalogue::unknown;
use crate::contract::asset::{AssetId, AssetKind, SeedAsset};
use crate::contract::digest::Digest;
use crate::contract::mock::Recipe;
use crate::contract::rights::Provenance;
use crate::diagnostic::{Diagnostic, Span};
use crate::memefile::At;
use std::collections::BTreeMap;

/// One asset before it is ingested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetEntry {
    pub kind: AssetKind,
    pub id: AssetId,
    /// Relative to the project, parts divided by `/`.
    pub path: String,
    /// Sorted, each once.
    pub tags: Vec<String>,
    pub provenance: Provenance,
    pub content: Content,
    /// The source that found it.
    pub span: Span,
}

/// What is known of an asset's bytes before anybody looked at them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file of the user's: it is what it is.
    File,
    /// A file that was fetched, and must be what the lock says.
    Pinned(Digest),
    /// There are none that could be used, and why.
    Unusable(Diagnostic),
    /// Another program ingested it: its entry in that one's manifest.
    Ready(Box<SeedAsset>),
    /// There are none yet, and a stand-in is made.
    Mock(Recipe),
}

impl AssetEntry {
    /// `asset:green-screen/gorilla`.
    pub fn node_name(&self) -> NodeName {
        node_name(self.kind, &self.id)
    }
}

/// The name of an asset's node.
pub fn node_name(kind: AssetKind, id: &AssetId) -> NodeName {
    format!("asset:{kind}/{id}")
}

/// All assets, by kind and id.
#[derive(Debug, Default)]
pub struct Assets {
    entries: BTreeMap<(AssetKind, AssetId), AssetEntry>,
    /// A source has mistakes, so that more assets may be meant than are listed.
    pub incomplete: bool,
}

impl Assets {
    pub fn insert(&mut self, entry: AssetEntry) {
        self.entries.insert((entry.kind, entry.id.clone()), entry);
    }

    pub fn get(&self, kind: AssetKind, id: &str) -> Option<&AssetEntry> {
        let id = AssetId::try_from(id.to_owned()).ok()?;
        self.entries.get(&(kind, id))
    }

    /// Sorted by kind, then id.
    pub fn iter(&self) -> impl Iterator<Item = &AssetEntry> {
        self.entries.values()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The asset that a Memefile names, else a mistake with the nearest id.
    pub fn find(&self, kind: AssetKind, id: &At<String>) -> Result<&AssetEntry, Diagnostic> {
        if let Some(entry) = self.get(kind, &id.value) {
            return Ok(entry);
        }
        let known = self.entries.keys().filter(|(of, _)| *of == kind).map(|(_, id)| id.as_str());
        let diagnostic = unknown(kind.as_str(), id, "no source finds it", known);
        let other = AssetKind::ALL.into_iter().find(|other| self.get(*other, &id.value).is_some());
        Err(match other {
            Some(other) => diagnostic.note(format!("there is a {other} of that id")),
            None => diagnostic,
        })
    }
}
