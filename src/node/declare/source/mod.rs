//! `[source.NAME]`: where assets come from.

mod keys;
mod mock;
mod read;

use super::rights;
use crate::contract::asset::{AssetId, AssetKind};
use crate::contract::origin::{Origin, Terms};
use crate::contract::rights::Provenance;
use crate::memefile::{At, Mistakes, Section, SectionDoc};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::expansion::Expansion;
use crate::node::registry::NodeType;
use crate::node::source;

/// What a `[source.NAME]` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What the files are for; none only where a manifest says so.
    pub kind: Option<AssetKind>,
    pub place: Place,
    pub tags: Vec<String>,
    /// What is said of all its assets; what is known of a single one goes first.
    pub provenance: Provenance,
    /// Stand-ins are made, and no file is looked for.
    pub mock: Option<Mock>,
}

/// What stands in for the assets of a source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mock {
    /// How many in all, at least; none for as many as are asked for.
    pub count: Option<u32>,
    pub seed: u64,
    pub ids: Vec<AssetId>,
    /// How long clips and sounds are, if not as usual.
    pub length_ms: Option<u64>,
}

/// Where the files of a source are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Globs, relative to the Memefile. At least one of the first, unless it is mocked.
    Files { files: Vec<At<String>>, exclude: Vec<At<String>> },
    /// Elsewhere: they are fetched before the Memefile is expanded.
    Remote { origin: Origin, terms: Terms },
    /// A folder with a manifest.
    Manifest(At<String>),
}

impl Declared for Source {
    const SECTION: &'static str = "source";
}

pub struct SourceType;

impl NodeType for SourceType {
    fn name(&self) -> &'static str {
        "source"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&keys::DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let mocked = reader.value("mock").is_some();
        let mock = reader.table("mock").and_then(|table| mock::read(&table));
        let place = read::place(&reader, mocked);
        let manifest = reader.value("manifest").is_some();
        let kind = if manifest { reader.get("asset") } else { reader.require("asset") };
        let tags: Option<Vec<String>> = reader.get("tags");
        let provenance = rights::read(&reader);
        let Some(place) = place.filter(|_| mock.is_some() == mocked) else { return };
        if kind.is_none() && (!manifest || reader.value("asset").is_some()) {
            return;
        }
        let tags = tags.unwrap_or_default();
        let source = Source { kind, place, tags, provenance, mock };
        catalogue.insert(section.name, section.span(mistakes), source);
    }

    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        source::expand(catalogue, expansion);
    }
}
