//! The contract between composing and rendering: a fully resolved timeline.
//!
//! Everything that the renderer needs and nothing that it must look up: pixels, frames and
//! milliseconds, never percentages, names of styles or queries. ffmpeg's arguments are made from
//! this document and from nothing else.

use super::Contract;
use super::asset::{AssetId, AssetKind, KeyCalibration, VideoFacts};
use super::caption::CaptionSpec;
use super::geometry::{Rect, Size};
use super::profile::OutputProfile;
use super::units::Rational;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod check;

pub use check::{GAIN, LOUDNESS, TRUE_PEAK};

/// The longest film: ten minutes at 60 frames a second.
pub const MAX_FRAMES: u32 = 36_000;

/// A resolved timeline for one render.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenderInput {
    pub profile: OutputProfile,
    /// Exact length of the film, 1 to [`MAX_FRAMES`].
    pub frames: u32,
    /// Absent: transparent (WebM) or black.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<Background>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub green_screen: Option<GreenScreen>,
    /// Bottom to top.
    pub captions: Vec<CaptionLayer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Watermark>,
    pub audio: AudioMix,
}

impl RenderInput {
    pub fn canvas(&self) -> Size {
        self.profile.canvas
    }

    pub fn frame_rate(&self) -> Rational {
        self.profile.frame_rate
    }
}

impl Contract for RenderInput {
    const NAME: &'static str = "render-input";
    const VERSION: u32 = 1;

    fn check(&self) -> Result<(), String> {
        check::document(self)
    }
}

/// Which asset, and which of its decoded streams: a document names content, so that a change
/// of content changes it, and a change of title tag does not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssetRef {
    pub kind: AssetKind,
    pub id: AssetId,
    /// The decoded stream's digest (`StreamDigests::video` or `audio`), hexadecimal.
    pub stream: String,
}

/// How a picture is brought to the canvas; the names mean what they mean in CSS `object-fit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Fill the canvas and cut what hangs over.
    Cover,
    /// Wholly visible, black bars.
    Contain,
    /// Wholly visible, over a blurred copy that fills the canvas.
    BlurFill,
    /// Both sides forced.
    Stretch,
    /// Its own size, centred, cut or surrounded by black.
    None,
}

/// What happens where a clip is shorter than the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    /// Start again.
    Loop,
    /// Hold the last frame.
    Freeze,
    /// Vanish.
    Once,
}

/// The lowest layer: a photo or a film, normalised to the canvas and the frame rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Background {
    pub asset: AssetRef,
    /// What the renderer reads: the asset after it was conformed to canvas and frame rate.
    pub video: VideoFacts,
    pub fit: Fit,
    pub repeat: Repeat,
    /// First moment of the source that is shown.
    pub start_ms: u64,
    /// How much of a film is conformed, from its beginning: no more is needed here.
    pub reach_ms: u64,
}

/// The keyed layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GreenScreen {
    pub asset: AssetRef,
    /// What the renderer reads: the asset itself, or after it was conformed to a film that can be
    /// sought in by frames.
    pub video: VideoFacts,
    /// How much of a film is conformed, if it must be.
    pub reach_ms: u64,
    /// Where the whole clip (not only its subject) lies on the canvas.
    pub place: Rect,
    /// Mirror left and right.
    pub flip: bool,
    /// Thousandths, 100 to 10,000: 2000 plays twice as fast.
    pub speed_milli: u32,
    pub repeat: Repeat,
    pub start_ms: u64,
    pub key: Keying,
}

/// Which keyer cuts the subject out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyEngine {
    /// Look-up tables on the planes, subtracting the screen.
    Tables,
    /// ffmpeg's `chromakey` and `despill`: the reference to compare with.
    Chromakey,
}

/// How the screen is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Keying {
    pub engine: KeyEngine,
    /// Calibrated at ingest; parts of it may be overridden in the Memefile.
    pub calibration: KeyCalibration,
    /// Softening of the matte's edge, tenths of a source pixel, 0 to 400.
    pub feather_decipx: u32,
    /// Shrinking of the matte, tenths of a source pixel, 0 to 400.
    pub choke_decipx: u32,
    /// Removal of the screen's light from the subject, thousandths, 0 to 1000.
    pub despill_milli: u32,
}

impl Keying {
    /// The message names the field.
    pub fn check(&self) -> Result<(), String> {
        self.calibration.check().map_err(|message| format!("calibration.{message}"))?;
        let bounded = [
            ("featherDecipx", self.feather_decipx, 400),
            ("chokeDecipx", self.choke_decipx, 400),
            ("despillMilli", self.despill_milli, 1000),
        ];
        for (field, value, most) in bounded {
            if value > most {
                return Err(format!("{field}: {value} is over {most}"));
            }
        }
        Ok(())
    }
}

/// One caption and when it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaptionLayer {
    pub spec: CaptionSpec,
    pub from_frame: u32,
    /// One past the last frame.
    pub to_frame: u32,
}

/// A picture over everything, for the whole length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Watermark {
    pub asset: AssetRef,
    pub video: VideoFacts,
    pub place: Rect,
    /// Thousandths: 1000 is opaque.
    pub opacity_milli: u32,
}

/// All that is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AudioMix {
    /// The green-screen clip's own sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<Track>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub music: Option<Track>,
    pub effects: Vec<Track>,
    /// Lowers the music while the clip's own sound or an effect is heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duck: Option<Duck>,
}

/// One sound on the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Track {
    pub asset: AssetRef,
    /// What reads the source: ffmpeg's name for its demuxer.
    pub demuxer: String,
    /// Length of the source.
    pub source_ms: u64,
    /// First moment of the source that is heard.
    pub start_ms: u64,
    /// When it starts on the timeline.
    pub at_ms: u64,
    /// Thousandths of a decibel.
    pub gain_mdb: i32,
    pub fade_in_ms: u64,
    pub fade_out_ms: u64,
    pub repeat: bool,
    /// Thousandths, 100 to 10,000: 2000 plays twice as fast, at the same pitch.
    pub speed_milli: u32,
}

/// Side-chain compression of the music.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Duck {
    /// Level above which the music gives way, thousandths of a decibel (full scale is 0).
    pub threshold_mdb: i32,
    /// Compression ratio, thousandths.
    pub ratio_milli: u32,
    pub attack_ms: u32,
    pub release_ms: u32,
}
