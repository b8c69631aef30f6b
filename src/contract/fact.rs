//! What critics judge: facts read from a finished file and its pixels. Rules read facts, never
//! files.

use super::Contract;
use super::asset::MediaFacts;
use super::caption::CaptionFacts;
use super::digest::Digest;
use super::render_input::RenderInput;
use super::review::Review;
use super::rights::Credit;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything that the rules may look at for one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenderFacts {
    pub file: FileFacts,
    /// Absent where there is no picture.
    pub pixels: Option<PixelFacts>,
    /// Absent where there is no sound.
    pub audio: Option<AudioMeasures>,
    /// Absent where the clip's own sound and music are not both in the mix, or not at hand.
    pub balance: Option<SoundBalance>,
    /// Absent where the background is not at hand: a file from elsewhere, or a film without one.
    pub subject: Option<SubjectFacts>,
    /// One for each caption of the render input, in its order; empty without a render input.
    pub captions: Vec<CaptionFacts>,
    /// What is known of the rights to each asset of the render input; empty without one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// What a person said of this film, or of an earlier one under its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// What was asked for; absent for a file that memebuild did not render.
    pub expected: Option<RenderInput>,
}

/// What the container says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileFacts {
    pub digest: Digest,
    pub media: MediaFacts,
    /// ISO media only: what a player needs before the first byte of media.
    pub iso: Option<IsoFacts>,
}

/// Facts of an ISO (MP4) file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IsoFacts {
    /// `moov` stands before `mdat`.
    pub fast_start: bool,
    /// First presentation time after edit lists, microseconds, of video and of audio.
    pub video_start_us: i64,
    pub audio_start_us: Option<i64>,
    /// An edit list that does more than start at zero.
    pub edit_list: bool,
    /// Frames between sync samples, at most; absent without a sync sample table.
    pub longest_gop: Option<u32>,
    /// No frame is shown before the sync sample that it follows in the file; absent without a sync
    /// sample table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_gop: Option<bool>,
    /// Colour as tagged: primaries, transfer, matrix (ISO 23001-8 codes) and full range.
    pub color: Option<[u32; 4]>,
}

/// Measures over the film's own pixels, taken at every n-th frame, n being a tenth of the frame rate
/// to the nearest whole: ten times a second, or at every frame of a slow film.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PixelFacts {
    /// Width and height of the frames.
    pub width: u32,
    pub height: u32,
    pub samples: Vec<PixelSample>,
    /// What the decoder complained of, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub complaints: Vec<String>,
}

impl Contract for PixelFacts {
    const NAME: &'static str = "pixel-facts";
    const VERSION: u32 = 1;
}

/// Measures of a stretch of a film, and what joining it to its neighbours takes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StretchPixels {
    /// Frames and captions are numbered from the stretch's own first.
    pub pixels: PixelFacts,
    /// Mean luma of the tiles of the first and of the last sampled frame: four hexadecimal digits
    /// a tile, 256ths of a step, `ffff` under a caption. Empty where no frame was sampled.
    pub first_tiles: String,
    pub last_tiles: String,
}

impl Contract for StretchPixels {
    const NAME: &'static str = "stretch-pixels";
    const VERSION: u32 = 1;
}

/// One sampled frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PixelSample {
    /// Index of the frame in the film.
    pub frame: u32,
    /// Mean luma of the opaque pixels, thousandths of white.
    pub luma_milli: u32,
    /// Share of the opaque pixels that are darker than one tenth, thousandths.
    pub dark_milli: u32,
    /// Share of pixels that are at least half opaque, thousandths: 1000 for a film without alpha.
    pub opaque_milli: u32,
    /// Change of mean luma, since the sample before, of the most changed tile of the picture that
    /// no caption covers, thousandths of one step; absent for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_milli: Option<u32>,
    /// Share of the keyed layer's place that still has the screen's colour, millionths; absent
    /// where no keyed layer lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub green_millionth: Option<u32>,
    /// Contrast of the letters of each caption that is shown in this frame with the pixels around
    /// them; none for captions without a letter in their style's colour, such as emoji.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contrast: Vec<CaptionContrast>,
}

/// The keyed subject, told from its background: what a few frames of the finished film have that
/// the background, as it was conformed, has not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubjectFacts {
    pub moments: Vec<SubjectMoment>,
}

impl Contract for SubjectFacts {
    const NAME: &'static str = "subject-facts";
    const VERSION: u32 = 1;
}

/// One frame, compared with the background behind it. Shares are millionths of the keyed layer's
/// place on the canvas, without what captions and the watermark cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubjectMoment {
    /// Index of the frame in the film.
    pub frame: u32,
    /// What differs from the background: the subject.
    pub subject_millionth: u32,
    /// Specks of background that shine through the subject: regions that are wholly enclosed by it,
    /// small against it, and of another colour than what encloses them. Millionths of the subject.
    pub holes_millionth: u32,
    /// What has the screen's colour where the background has not.
    pub green_millionth: u32,
    /// What has the screen's colour in the background itself.
    pub background_green_millionth: u32,
}

/// See [`PixelSample::contrast`].
///
/// `ratio_milli`, thousandths: at each pixel of the letters' edges the best WCAG 2 contrast ratio of
/// the letters' own colour with what lies just beyond in the film as it is (outline, plate and
/// background alike); of those the 5th percentile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaptionContrast {
    /// Index of the caption in the render input.
    pub caption: u32,
    pub ratio_milli: u32,
}

/// Measures of the finished, decoded audio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AudioMeasures {
    /// Integrated loudness, hundredths of a LUFS; absent where all is below the gate.
    pub integrated_clufs: Option<i32>,
    /// Loudness range, hundredths of a LU.
    pub range_clu: i32,
    /// Highest true peak, hundredths of a dBTP; absent for digital silence.
    pub true_peak_cdbtp: Option<i32>,
    /// Runs of three or more samples at full scale.
    pub clipped_runs: u32,
    /// Mean sample value, millionths of full scale.
    pub dc_offset_millionth: i32,
    /// Correlation of left and right, thousandths; absent for mono or silence.
    pub correlation_milli: Option<i32>,
    /// Stretches under −50 dBFS that last half a second or more, milliseconds.
    pub silences_ms: Vec<[u64; 2]>,
}

impl Contract for AudioMeasures {
    const NAME: &'static str = "audio-measures";
    const VERSION: u32 = 1;
}

/// The clip's own sound, which is where speech is, against the music: each alone, as it goes into
/// the mix. Mastering changes both alike, so that the finished film has the same difference.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SoundBalance {
    /// Stretches in which the clip's own sound is heard, of three seconds at most, in order; none
    /// where it is no louder than the noise of a room.
    pub stretches: Vec<Balance>,
}

impl Contract for SoundBalance {
    const NAME: &'static str = "sound-balance";
    const VERSION: u32 = 1;
}

/// One of them. The loudness is that of the blocks of 400 ms in which the clip's own sound is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Balance {
    /// Milliseconds of the film, start and end.
    pub range_ms: [u64; 2],
    /// Loudness of the clip's own sound, hundredths of a LUFS.
    pub speech_clufs: i32,
    /// Loudness of the music meanwhile, hundredths of a LUFS; absent where there is none to hear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub music_clufs: Option<i32>,
}
