//! What renders are made of, with what is known of its origin.

use super::documents::Documents;
use super::renders::Used;
use super::scene::Scene;
use crate::contract::asset::{AssetId, AssetKind, SeedAsset};
use crate::contract::page::AssetCard;
use crate::contract::rights::Credit;
use crate::engine::record::NodeRecord;
use crate::node::Output;
use crate::node::asset::METADATA;
use crate::node::assets::node_name;
use std::path::Path;

/// Cards in the order of their numbers, which is that of kind and id.
pub fn of(scene: &Scene<'_>, used: &Used) -> Vec<AssetCard> {
    let digest = |record: &NodeRecord| record.outputs.get(METADATA).map(Output::digest);
    let records = used.keys().filter_map(|(kind, id)| scene.record(&node_name(*kind, id)));
    let documents: Documents<SeedAsset> =
        Documents::read(&scene.project.store, records.filter_map(digest));
    let card = |(kind, id): &(AssetKind, AssetId)| {
        let record = scene.record(&node_name(*kind, id));
        let asset = record.and_then(digest).and_then(|digest| documents.get(&digest));
        let provenance = asset.map(|asset| asset.provenance.clone());
        let known = provenance.filter(|provenance| !provenance.is_unknown());
        AssetCard {
            kind: *kind,
            id: id.as_str().to_owned(),
            file: record.and_then(|record| file(scene, record)),
            title: known.as_ref().and_then(|known| known.title.clone()),
            quality: asset.map_or(0, |asset| asset.quality.score),
            duration_ms: asset.map_or(0, |asset| asset.facts.duration_ms),
            credit: known.map(|provenance| Credit { kind: *kind, id: id.clone(), provenance }),
        }
    };
    used.keys().map(card).collect()
}

/// Where an asset's file was placed for people, else where the project has it.
pub fn file(scene: &Scene<'_>, record: &NodeRecord) -> Option<String> {
    let source = record.outputs.get("source")?;
    let placed = record.published.iter().find(|(_, digest)| *digest == source.digest());
    let own = match source {
        Output::File { path, .. } => Some(path),
        Output::Blob(_) => None,
    };
    let path = placed.map(|(path, _)| path).or(own)?;
    let within = path.strip_prefix(&scene.project.root).unwrap_or(path);
    (!within.is_absolute()).then(|| Path::to_string_lossy(within).into_owned())
}
