//! What searches read of an asset: small enough for a hundred thousand in memory, or for a column
//! of a database.

use super::tokens::folded;
use crate::contract::asset::{AssetId, AssetKind, Manifest, SeedAsset, VideoFacts};
use crate::contract::fingerprint::Fingerprint;
use crate::contract::rights::Provenance;
use crate::contract::search::AssetName;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// One asset as searches see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    pub kind: AssetKind,
    pub id: AssetId,
    pub tags: Vec<String>,
    pub provenance: Provenance,
    /// Absent until the asset is ingested.
    pub found: Option<Found>,
    /// The best of the group of duplicates that it belongs to, which may be itself.
    pub group: Option<AssetId>,
}

/// What ingest finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Found {
    /// Zero for a still picture.
    pub duration_ms: u64,
    /// As shown; zero where nothing is.
    pub width: u32,
    pub height: u32,
    /// Thousandths of frames a second; zero for stills and sounds.
    pub rate_milli: u32,
    pub bytes: u64,
    pub sound: bool,
    pub still: bool,
    pub alpha: bool,
    /// 0 to 100.
    pub quality: u32,
    /// Parts and measures of quality by their names in lower case.
    pub parts: BTreeMap<String, i64>,
    pub fingerprint: Option<Fingerprint>,
}

impl Record {
    /// An asset of which only its declaration is known.
    pub fn declared(
        kind: AssetKind,
        id: AssetId,
        tags: Vec<String>,
        provenance: Provenance,
    ) -> Self {
        Self { kind, id, tags, provenance, found: None, group: None }
    }

    /// An asset that was ingested.
    pub fn of(asset: &SeedAsset) -> Self {
        let video = asset.facts.video.as_ref();
        let (width, height) = video.map_or((0, 0), shown_size);
        let still = video.is_some_and(VideoFacts::is_still);
        Self {
            kind: asset.kind,
            id: asset.id.clone(),
            tags: asset.tags.clone(),
            provenance: asset.provenance.clone(),
            found: Some(Found {
                duration_ms: asset.facts.duration_ms,
                width,
                height,
                rate_milli: video.map_or(0, |video| {
                    let rate = video.frame_rate;
                    let milli = u64::from(rate.num) * 1000 / u64::from(rate.den.max(1));
                    u32::try_from(milli).unwrap_or(u32::MAX)
                }),
                bytes: asset.digest.len,
                sound: asset.facts.audio.is_some(),
                still,
                alpha: video.is_some_and(|video| video.alpha),
                quality: asset.quality.score,
                parts: parts(asset),
                fingerprint: asset.fingerprint.clone(),
            }),
            group: None,
        }
    }

    pub fn name(&self) -> AssetName {
        AssetName { kind: self.kind, id: self.id.clone() }
    }

    /// The tags in the namespace `creator`, and who the provenance names.
    pub fn creators(&self) -> impl Iterator<Item = &str> {
        let tagged = self.tags.iter().filter_map(|tag| tag.strip_prefix("creator:"));
        self.provenance.creator.as_deref().into_iter().chain(tagged)
    }

    /// The licence and each name in its expression, folded.
    pub fn licences(&self) -> Vec<String> {
        let Some(licence) = &self.provenance.licence else { return Vec::new() };
        let whole = folded(licence.as_str());
        let names = whole.split([' ', '(', ')']);
        let names = names.filter(|name| !matches!(*name, "" | "and" | "or" | "with"));
        let mut all: Vec<String> = names.map(str::to_owned).collect();
        all.push(whole.clone());
        all.sort();
        all.dedup();
        all
    }

    /// The last day of use as a number like 20261124.
    pub fn expires(&self) -> Option<i64> {
        self.provenance.expires.as_ref()?.replace('-', "").parse().ok()
    }
}

/// Measures and parts of the score, which a query asks for by their names; where both have one name,
/// the part is meant.
fn parts(asset: &SeedAsset) -> BTreeMap<String, i64> {
    let measures = asset.quality.measures.iter().map(|(name, value)| (name, *value));
    let parts = asset.quality.parts.iter().map(|(name, value)| (name, i64::from(*value)));
    measures.chain(parts).map(|(name, value)| (name.to_lowercase(), value)).collect()
}

/// Width and height upright and with square pixels.
fn shown_size(video: &VideoFacts) -> (u32, u32) {
    let aspect = video.sample_aspect_ratio;
    let wide = u64::from(video.width) * u64::from(aspect.num.max(1));
    let den = u64::from(aspect.den.max(1));
    let width = u32::try_from((wide + den / 2) / den).unwrap_or(u32::MAX);
    match video.rotation % 180 {
        90 => (video.height, width),
        _ => (width, video.height),
    }
}

/// The records of a manifest, sorted by kind, then id.
pub fn records(manifest: &Manifest) -> Vec<Record> {
    let mut groups: HashMap<(AssetKind, &AssetId), &AssetId> = HashMap::new();
    for group in &manifest.duplicates {
        for id in std::iter::once(&group.best).chain(&group.others) {
            groups.insert((group.kind, id), &group.best);
        }
    }
    let record = |asset: &SeedAsset| Record {
        group: groups.get(&(asset.kind, &asset.id)).map(|best| (*best).clone()),
        ..Record::of(asset)
    };
    manifest.assets.iter().map(record).collect()
}
