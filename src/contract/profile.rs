//! A delivery profile: what a render must be, and what the critic holds it to.

use super::geometry::{Rect, Size};
use super::units::Rational;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The file format of a render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Container {
    /// H.264 and AAC, `moov` first.
    Mp4,
    /// A palette of 256 colours, no sound.
    Gif,
    /// VP9 with alpha, and Opus.
    Webm,
}

impl Container {
    /// The file extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Gif => "gif",
            Self::Webm => "webm",
        }
    }
}

/// Whether a render has sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AudioPolicy {
    /// There must be an audio stream; silence is mixed where the composite has no sound.
    Required,
    /// There must be none.
    Forbidden,
}

/// Speed against size of the x264 encoder, by its own names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    Ultrafast,
    Superfast,
    Veryfast,
    Faster,
    Fast,
    Medium,
    Slow,
}

impl Preset {
    pub const ALL: [Self; 7] = [
        Self::Ultrafast,
        Self::Superfast,
        Self::Veryfast,
        Self::Faster,
        Self::Fast,
        Self::Medium,
        Self::Slow,
    ];

    /// x264's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ultrafast => "ultrafast",
            Self::Superfast => "superfast",
            Self::Veryfast => "veryfast",
            Self::Faster => "faster",
            Self::Fast => "fast",
            Self::Medium => "medium",
            Self::Slow => "slow",
        }
    }
}

/// Loudness that a mix is brought to, measured after the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoudnessTarget {
    /// Integrated loudness, hundredths of a LUFS (EBU R128): −1400 is −14 LUFS.
    pub integrated_clufs: i32,
    /// Highest true peak, hundredths of a dBTP.
    pub true_peak_cdbtp: i32,
}

/// A delivery profile, resolved to pixels and frames.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OutputProfile {
    pub name: String,
    pub container: Container,
    pub canvas: Size,
    pub frame_rate: Rational,
    /// x264's or VP9's constant rate factor.
    pub crf: u32,
    pub preset: Preset,
    /// Length of a segment, and of a closed group of pictures, in frames.
    pub segment_frames: u32,
    pub audio: AudioPolicy,
    /// AAC or Opus bits a second.
    pub audio_bitrate: u32,
    pub loudness: LoudnessTarget,
    /// Where captions may lie, given the platform's own furniture.
    pub safe_area: Rect,
    pub min_duration_ms: u64,
    pub max_duration_ms: u64,
    pub max_bytes: u64,
}
