//! What a composite declares, on the canvas of one profile: all that composing needs besides the
//! metadata of the assets. The params of the step `compose`.

use crate::contract::caption::CaptionSpec;
use crate::contract::profile::OutputProfile;
use crate::contract::render_input::{Duck, Fit, KeyEngine, Repeat};
use crate::node::declare::composite::{self as declared, Composite, Placement};
use serde::{Deserialize, Serialize};

/// A composite in one profile. Pixels and milliseconds; assets by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arrangement {
    pub profile: OutputProfile,
    pub duration_ms: Option<u64>,
    pub background: Option<Background>,
    pub green_screen: Option<GreenScreen>,
    pub clip_audio: Option<ClipAudio>,
    pub music: Option<Music>,
    pub effects: Vec<Effect>,
    pub captions: Vec<Caption>,
    pub watermark: Option<Watermark>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Background {
    pub fit: Fit,
    pub repeat: Repeat,
    pub start_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GreenScreen {
    pub placement: Placement,
    pub flip: bool,
    pub engine: KeyEngine,
    /// The screen's red, green and blue, in place of the calibrated colour.
    pub color: Option<[u8; 3]>,
    pub similarity_milli: Option<u32>,
    pub blend_milli: Option<u32>,
    pub feather_decipx: u32,
    pub choke_decipx: u32,
    pub despill_milli: u32,
    pub speed_milli: u32,
    pub repeat: Repeat,
    pub start_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClipAudio {
    pub gain_mdb: i32,
    pub fade_in_ms: u64,
    pub fade_out_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Music {
    pub start_ms: u64,
    pub gain_mdb: i32,
    pub fade_in_ms: u64,
    pub fade_out_ms: u64,
    pub repeat: bool,
    pub duck: Option<Duck>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Effect {
    pub at_ms: u64,
    pub start_ms: u64,
    pub gain_mdb: i32,
    pub speed_milli: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Caption {
    pub spec: CaptionSpec,
    /// Start and end; absent for all the time.
    pub at_ms: Option<[u64; 2]>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Watermark {
    pub placement: Placement,
    pub opacity_milli: u32,
}

impl Arrangement {
    /// What `composite` declares, in `profile`; its captions were resolved before, in order.
    pub fn new(composite: &Composite, profile: OutputProfile, captions: Vec<CaptionSpec>) -> Self {
        let canvas = profile.canvas;
        let times = composite
            .captions
            .iter()
            .map(|caption| caption.at.as_ref().map(|at| [at.value.from.0, at.value.to.0]));
        Self {
            duration_ms: composite.duration.as_ref().map(|duration| duration.value.0),
            background: composite.background.as_ref().map(|background| Background {
                fit: background.fit,
                repeat: background.repeat,
                start_ms: background.start.0,
            }),
            green_screen: composite.green_screen.as_ref().map(|green| GreenScreen {
                placement: green.placement(canvas),
                flip: green.flip,
                engine: green.key.engine,
                color: green.key.color.map(|color| [color.0, color.1, color.2]),
                similarity_milli: green.key.similarity.map(|share| share.0),
                blend_milli: green.key.blend.map(|share| share.0),
                feather_decipx: green.feather_decipx,
                choke_decipx: green.choke_decipx,
                despill_milli: green.despill_milli,
                speed_milli: green.speed_milli,
                repeat: green.repeat,
                start_ms: green.start.0,
            }),
            clip_audio: composite.clip_audio.map(|clip| ClipAudio {
                gain_mdb: clip.gain.0,
                fade_in_ms: clip.fade_in.0,
                fade_out_ms: clip.fade_out.0,
            }),
            music: composite.music.as_ref().map(music),
            effects: composite
                .sound_effects
                .iter()
                .map(|effect| Effect {
                    at_ms: effect.at.value.0,
                    start_ms: effect.start.0,
                    gain_mdb: effect.gain.0,
                    speed_milli: effect.speed_milli,
                })
                .collect(),
            captions: captions
                .into_iter()
                .zip(times)
                .map(|(spec, at_ms)| Caption { spec, at_ms })
                .collect(),
            watermark: composite.watermark.as_ref().map(|watermark| Watermark {
                placement: watermark.placement(canvas),
                opacity_milli: watermark.opacity.0,
            }),
            profile,
        }
    }

    /// How much of a background film can be needed, as far as it is declared.
    pub fn background_need_ms(&self, background: &Background) -> u64 {
        background.start_ms + self.duration_ms.unwrap_or(0)
    }

    /// How much of a green-screen film can be needed, as far as it is declared.
    pub fn green_need_ms(&self, green: &GreenScreen) -> u64 {
        let shown = self.duration_ms.unwrap_or(0);
        green.start_ms + shown * u64::from(green.speed_milli) / 1000
    }
}

fn music(music: &declared::Music) -> Music {
    Music {
        start_ms: music.start.0,
        gain_mdb: music.gain.0,
        fade_in_ms: music.fade_in.0,
        fade_out_ms: music.fade_out.0,
        repeat: music.repeat,
        duck: music.duck,
    }
}
