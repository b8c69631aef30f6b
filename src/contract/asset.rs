//! What ingest says about one asset, and the manifest that lists them all.

use super::Contract;
use super::digest::Digest;
use super::fingerprint::Fingerprint;
pub use super::key::{KeyCalibration, ScreenPlate};
use super::layout;
use super::rights::Provenance;
use super::schema::text_schema;
use super::units::Rational;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// What an asset is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AssetKind {
    GreenScreen,
    Background,
    Music,
    SoundEffect,
}

impl AssetKind {
    pub const ALL: [Self; 4] =
        [Self::GreenScreen, Self::Background, Self::Music, Self::SoundEffect];

    /// The name in Memefiles, node names and folder names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GreenScreen => "green-screen",
            Self::Background => "background",
            Self::Music => "music",
            Self::SoundEffect => "sound-effect",
        }
    }
}

impl fmt::Display for AssetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AssetKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// A slug, unique within its kind: `a-z0-9-`, 1 to 100 bytes. Never a path taken from outside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AssetId(String);

text_schema!(AssetId, "AssetId", {
    "pattern": "^[a-z0-9][a-z0-9-]{0,99}$",
    "description": "A slug, unique within its kind. Never a path taken from outside.",
    "x-id-derivation": "slug of the file's stem; eight digits of the content where two share it"
});

impl AssetId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AssetId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let shaped =
            text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if text.is_empty() || text.len() > 100 || !shaped || text.starts_with('-') {
            return Err(format!(
                "`{}` is not an asset id (1 to 100 of a-z, 0-9 and `-`)",
                text.escape_debug()
            ));
        }
        Ok(Self(text))
    }
}

impl From<AssetId> for String {
    fn from(id: AssetId) -> String {
        id.0
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a file is, probed rather than believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MediaFacts {
    /// The demuxer that was sniffed, by ffmpeg's name: `mov`, `matroska`, `png_pipe`, `ogg`, …
    pub demuxer: String,
    /// Length of the longest stream; zero for a still picture.
    pub duration_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoFacts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioFacts>,
}

/// The first video stream, or a still picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VideoFacts {
    /// ffmpeg's name for the codec: `h264`, `png`, `mjpeg`, …
    pub codec: String,
    /// Stored size, before rotation and sample aspect ratio.
    pub width: u32,
    pub height: u32,
    /// Clockwise turn that a player makes: 0, 90, 180 or 270 degrees.
    pub rotation: u32,
    pub sample_aspect_ratio: Rational,
    /// Average frames a second; zero for a still picture.
    pub frame_rate: Rational,
    /// Whether all frames last equally long.
    pub constant_rate: bool,
    /// Number of frames; 1 for a still picture.
    pub frames: u32,
    /// When the first frame is shown, microseconds after the file's own start: not zero where
    /// sound begins first. What seeks by frames must know it.
    #[serde(default)]
    pub start_us: u64,
    pub duration_ms: u64,
    /// ffmpeg's name: `yuv420p`, `rgba`, …; empty where only a decoder could tell.
    pub pixel_format: String,
    /// Whether its colours, decoded to 4:2:0, are coded by BT.601 rather than by BT.709. Means
    /// nothing for a still picture, which is read as red, green and blue.
    #[serde(default)]
    pub bt601: bool,
    pub alpha: bool,
    /// The longest run of frames from one key frame to the next, where the container tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_gop: Option<u32>,
}

impl VideoFacts {
    /// Whether matrix coefficients (ISO 23001-8) are those of BT.601. Where nothing tells, players
    /// take them for that below 720 lines.
    pub fn is_bt601(matrix: Option<u32>, width: u32, height: u32) -> bool {
        match matrix {
            None | Some(2) => width.min(height) < 720,
            Some(matrix) => matches!(matrix, 5 | 6),
        }
    }

    /// Whether this is one picture and not a film.
    pub fn is_still(&self) -> bool {
        self.frame_rate.num == 0
    }
}

/// The first audio stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AudioFacts {
    pub codec: String,
    /// Samples a second.
    pub sample_rate: u32,
    pub channels: u32,
    pub duration_ms: u64,
}

/// Hashes of what decoders make of a file: frames with their times, and samples. A new title tag
/// or another container order changes the file's digest and leaves these alone.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StreamDigests {
    /// blake3 (hexadecimal) over every decoded frame and its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<String>,
    /// blake3 (hexadecimal) over the decoded samples and their start time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<String>,
}

/// How fit an asset is for its purpose: raw measures, the algorithm's version, and a score that
/// can be derived again from the measures without decoding anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quality {
    /// Version of the measures and of the formula.
    #[schemars(extend("x-quality-algorithm" = "the version that this field holds"))]
    pub algorithm: u32,
    /// 0 (useless) to 100.
    #[schemars(range(max = 100))]
    pub score: u32,
    /// What the score is made of, by the part's name (`noise`, `watermark`, …): each 0 (as bad as
    /// it gets) to 100 (nothing to wish for). Absent from producers that do not tell.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, u32>,
    /// Raw measures, fixed point; the unit is in the name, as in `lumaStdMilli`.
    pub measures: BTreeMap<String, i64>,
}

impl Quality {
    fn check(&self) -> Result<(), String> {
        if self.score > 100 {
            return Err(format!("score: {} is over 100", self.score));
        }
        match self.parts.iter().find(|(_, value)| **value > 100) {
            Some((name, value)) => {
                Err(format!("parts.{}: {value} is over 100", name.escape_debug()))
            }
            None => Ok(()),
        }
    }
}

/// One asset as ingest describes it: `metadata.json`, and an entry of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedAsset {
    pub id: AssetId,
    pub kind: AssetKind,
    /// The file name in the asset's folder: `source.<ext>`.
    #[schemars(regex(pattern = r"^source(\.[A-Za-z0-9]+)+$"))]
    pub file: String,
    /// Digest of the whole file.
    pub digest: Digest,
    pub facts: MediaFacts,
    pub streams: StreamDigests,
    pub quality: Quality,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyCalibration>,
    /// What it looks or sounds like, for finding other copies of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// Sorted, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Where it comes from and what may be done with it; absent where nothing is known.
    #[serde(default, skip_serializing_if = "Provenance::is_unknown")]
    pub provenance: Provenance,
}

/// Which half of an asset a consumer reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    Video,
    Audio,
}

impl SeedAsset {
    /// What stands in a key for an asset of which only one stream is read: the projection's name,
    /// and a digest in hexadecimal of the decoded stream with the facts that say how to play it.
    /// Absent where the asset has no such stream.
    pub fn projection(&self, stream: Stream) -> Option<(&'static str, String)> {
        let (name, digest, facts) = match stream {
            Stream::Video => {
                let facts = self.facts.video.as_ref().map(serde_json::to_value);
                ("video", self.streams.video.as_ref()?, facts)
            }
            Stream::Audio => {
                let facts = self.facts.audio.as_ref().map(serde_json::to_value);
                ("audio", self.streams.audio.as_ref()?, facts)
            }
        };
        let facts = facts?.expect("facts serialise");
        let text = serde_json::json!([digest, self.facts.demuxer, facts]).to_string();
        let mut hasher = blake3::Hasher::new_derive_key("memebuild stream projection v1");
        hasher.update(text.as_bytes());
        Some((name, hasher.finalize().to_hex().to_string()))
    }
}

impl SeedAsset {
    /// What stands in a key for the metadata of an asset where only its playing matters: the
    /// projection's name, and a digest over id, kind, facts, streams and key. What says how good,
    /// how alike, how tagged and how licensed it is stays out, and so does the digest of the file:
    /// a new title tag changes that alone.
    pub fn playback(&self) -> (&'static str, String) {
        let Self {
            id,
            kind,
            facts,
            streams,
            key,
            file: _,
            digest: _,
            quality: _,
            fingerprint: _,
            tags: _,
            provenance: _,
        } = self;
        let text = serde_json::json!([id, kind, facts, streams, key]).to_string();
        let mut hasher = blake3::Hasher::new_derive_key("memebuild playback projection v1");
        hasher.update(text.as_bytes());
        ("playback", hasher.finalize().to_hex().to_string())
    }
}

impl Contract for SeedAsset {
    const NAME: &'static str = "metadata";
    const VERSION: u32 = 1;

    fn check(&self) -> Result<(), String> {
        let name_is_plain = self.file.starts_with("source.")
            && self.file.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
            && !self.file.contains("..")
            && !self.file.ends_with('.');
        if !name_is_plain {
            return Err(format!("file: `{}` is not `source.<ext>`", self.file.escape_debug()));
        }
        self.quality.check().map_err(|m| format!("quality.{m}"))?;
        let needs_video = matches!(self.kind, AssetKind::GreenScreen | AssetKind::Background);
        if needs_video != self.facts.video.is_some() && needs_video {
            return Err(format!("facts.video: a {} has pictures", self.kind));
        }
        self.key.iter().try_for_each(|key| key.check().map_err(|m| format!("key.{m}")))?;
        self.fingerprint
            .iter()
            .try_for_each(|f| f.check().map_err(|m| format!("fingerprint.{m}")))?;
        self.provenance.check().map_err(|m| format!("provenance.{m}"))
    }
}

/// All ingested assets: `artefacts/seed-assets/manifest.json`. Sorted by kind, then id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-layout" = layout::layout(), "x-media" = layout::media()))]
pub struct Manifest {
    pub assets: Vec<SeedAsset>,
    /// Assets of one kind that show or play the same thing, each in one group at most. Every member
    /// is a copy of its group's best. Sorted by kind, then by the id of the best.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<DuplicateGroup>,
}

/// Copies of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DuplicateGroup {
    pub kind: AssetKind,
    /// The one of highest quality; of equals, the one whose id comes first. Searches keep it.
    pub best: AssetId,
    /// The others, sorted by id; at least one.
    pub others: Vec<AssetId>,
}

impl Contract for Manifest {
    const NAME: &'static str = "manifest";
    const VERSION: u32 = 1;

    fn check(&self) -> Result<(), String> {
        for pair in self.assets.windows(2) {
            let key = |a: &SeedAsset| (a.kind, a.id.clone());
            if key(&pair[0]) >= key(&pair[1]) {
                return Err(format!("assets: {}/{} is out of order", pair[1].kind, pair[1].id));
            }
        }
        self.check_duplicates()?;
        self.assets.iter().try_for_each(|asset| {
            asset
                .check()
                .map_err(|message| format!("assets: {}/{}: {message}", asset.kind, asset.id))
        })
    }
}

impl Manifest {
    /// Groups name assets that are listed, of their kind, and each asset once.
    fn check_duplicates(&self) -> Result<(), String> {
        let listed: BTreeSet<(AssetKind, &AssetId)> =
            self.assets.iter().map(|asset| (asset.kind, &asset.id)).collect();
        let mut seen = BTreeSet::new();
        for DuplicateGroup { kind, best, others } in &self.duplicates {
            if others.is_empty() {
                return Err(format!("duplicates: {kind}/{best} is alone in its group"));
            }
            for id in std::iter::once(best).chain(others) {
                if !listed.contains(&(*kind, id)) {
                    return Err(format!("duplicates: {kind}/{id} is not among the assets"));
                }
                if !seen.insert((*kind, id)) {
                    return Err(format!("duplicates: {kind}/{id} is in two groups"));
                }
            }
        }
        Ok(())
    }
}
