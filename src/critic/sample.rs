//! A sound film by hand, for the tests of rules: four seconds of 1080x1920 at 30 frames a second,
//! a keyed clip over a moving background, music, and one caption from the start to 2.5 s.

use super::policy::Policy;
use super::rule::{Breach, Case, Film, Judged, Rule};
use crate::contract::asset::VideoFacts;
use crate::contract::asset::{AssetId, AssetKind, AudioFacts, KeyCalibration, MediaFacts};
use crate::contract::caption::{
    Align, CaptionEngine, CaptionFacts, CaptionSpec, CaptionStyle, Outline, Rgba, VerticalAlign,
};
use crate::contract::digest::Digest;
use crate::contract::fact::{
    AudioMeasures, Balance, CaptionContrast, FileFacts, IsoFacts, PixelFacts, PixelSample,
    RenderFacts, SoundBalance, SubjectFacts, SubjectMoment,
};
use crate::contract::geometry::{Rect, Size};
use crate::contract::profile::{AudioPolicy, Container, LoudnessTarget, OutputProfile, Preset};
use crate::contract::render_input::{
    AssetRef, AudioMix, Background, CaptionLayer, Fit, GreenScreen, KeyEngine, Keying, RenderInput,
    Repeat, Track,
};
use crate::contract::review::Review;
use crate::contract::rights::{Credit, Licence, Provenance};
use crate::contract::units::Rational;
use crate::contract::verdict::Decision;

/// Facts, and what they are held to.
pub(crate) struct Subject {
    pub facts: RenderFacts,
    pub profile: OutputProfile,
    pub policy: Policy,
}

fn judged(rule: &Rule, edit: impl FnOnce(&mut Subject)) -> Judged {
    let mut subject = Subject { facts: facts(), profile: profile(), policy: Policy::default() };
    edit(&mut subject);
    (rule.check)(&Case {
        profile: &subject.profile,
        policy: &subject.policy,
        expected: subject.facts.expected.as_ref(),
        captions: &subject.facts.captions,
        credits: &subject.facts.credits,
        review: subject.facts.review.as_ref(),
        film: Some(Film {
            file: &subject.facts.file,
            pixels: subject.facts.pixels.as_ref(),
            audio: subject.facts.audio.as_ref(),
            balance: subject.facts.balance.as_ref(),
            subject: subject.facts.subject.as_ref(),
        }),
    })
}

/// The rule holds for the edited film.
#[track_caller]
pub(crate) fn passes(rule: &Rule, edit: impl FnOnce(&mut Subject)) {
    assert_eq!(judged(rule, edit), Judged::PASS, "{}", rule.id);
}

/// The rule does not apply to the edited film.
#[track_caller]
pub(crate) fn skips(rule: &Rule, edit: impl FnOnce(&mut Subject)) {
    assert_eq!(judged(rule, edit), Judged::NotApplicable, "{}", rule.id);
}

/// The rule is broken by the edited film.
#[track_caller]
pub(crate) fn breaks(rule: &Rule, edit: impl FnOnce(&mut Subject)) -> Vec<Breach> {
    match judged(rule, edit) {
        Judged::Checked(breaches) if !breaches.is_empty() => breaches,
        other => panic!("`{}` is not broken: {other:?}", rule.id),
    }
}

pub(crate) fn profile() -> OutputProfile {
    OutputProfile {
        name: "tiktok".to_owned(),
        container: Container::Mp4,
        canvas: Size { width: 1080, height: 1920 },
        frame_rate: Rational::new(30, 1),
        crf: 20,
        preset: Preset::Veryfast,
        segment_frames: 60,
        audio: AudioPolicy::Required,
        audio_bitrate: 128_000,
        loudness: LoudnessTarget { integrated_clufs: -1400, true_peak_cdbtp: -100 },
        safe_area: Rect { x: 120, y: 288, width: 768, height: 960 },
        min_duration_ms: 3000,
        max_duration_ms: 600_000,
        max_bytes: 500_000_000,
    }
}

fn picture(duration_ms: u64) -> VideoFacts {
    VideoFacts {
        codec: "h264".to_owned(),
        width: 1080,
        height: 1920,
        rotation: 0,
        sample_aspect_ratio: Rational::ONE,
        frame_rate: Rational::new(30, 1),
        constant_rate: true,
        frames: Rational::new(30, 1).frames_in(duration_ms),
        start_us: 0,
        duration_ms,
        pixel_format: "yuv420p".to_owned(),
        bt601: false,
        alpha: false,
        longest_gop: Some(60),
    }
}

fn asset(kind: AssetKind, id: &str) -> AssetRef {
    let id = AssetId::try_from(id.to_owned()).expect("a slug");
    AssetRef { kind, id, stream: "0".repeat(64) }
}

pub(crate) fn input() -> RenderInput {
    let style = CaptionStyle {
        families: vec!["Anton".to_owned()],
        weight: 400,
        size_max: 100,
        size_min: 60,
        line_height_milli: 1100,
        color: Rgba(255, 255, 255, 255),
        uppercase: false,
        outline: Some(Outline { width: 8, color: Rgba(0, 0, 0, 255) }),
        shadow: None,
        plate: None,
        align: Align::Center,
        vertical_align: VerticalAlign::Top,
        max_lines: 3,
    };
    let spec = CaptionSpec {
        text: "when the build is cached".to_owned(),
        engine: CaptionEngine::Typeset,
        style,
        canvas: profile().canvas,
        area: Rect { x: 120, y: 288, width: 768, height: 300 },
    };
    RenderInput {
        profile: profile(),
        frames: 120,
        background: Some(Background {
            asset: asset(AssetKind::Background, "city"),
            video: picture(20_000),
            fit: Fit::Cover,
            repeat: Repeat::Loop,
            start_ms: 0,
            reach_ms: 20_000,
        }),
        green_screen: Some(GreenScreen {
            asset: asset(AssetKind::GreenScreen, "gorilla"),
            video: picture(3000),
            place: Rect { x: 0, y: 480, width: 1080, height: 1440 },
            flip: false,
            speed_milli: 1000,
            repeat: Repeat::Loop,
            start_ms: 0,
            reach_ms: 3000,
            key: Keying {
                engine: KeyEngine::Tables,
                calibration: KeyCalibration {
                    u: 96,
                    v: 55,
                    y: 120,
                    spread_milli: 1500,
                    similarity_milli: 90,
                    blend_milli: 80,
                    plate: None,
                },
                feather_decipx: 0,
                choke_decipx: 0,
                despill_milli: 1000,
            },
        }),
        captions: vec![CaptionLayer { spec, from_frame: 0, to_frame: 75 }],
        watermark: None,
        audio: AudioMix {
            clip: None,
            music: Some(Track {
                asset: asset(AssetKind::Music, "vogue"),
                demuxer: "ogg".to_owned(),
                source_ms: 180_000,
                start_ms: 12_000,
                at_ms: 0,
                gain_mdb: -8000,
                fade_in_ms: 0,
                fade_out_ms: 0,
                repeat: true,
                speed_milli: 1000,
            }),
            effects: Vec::new(),
            duck: None,
        },
    }
}

pub(crate) fn facts() -> RenderFacts {
    let samples = (0..40u32).map(|index| PixelSample {
        frame: index * 3,
        luma_milli: 450,
        dark_milli: 30,
        opaque_milli: 1000,
        change_milli: (index > 0).then_some(20_000),
        green_millionth: Some(0),
        contrast: (index < 25)
            .then_some(CaptionContrast { caption: 0, ratio_milli: 12_000 })
            .into_iter()
            .collect(),
    });
    let line = Rect { x: 150, y: 300, width: 700, height: 120 };
    let sound =
        AudioFacts { codec: "aac".to_owned(), sample_rate: 48_000, channels: 2, duration_ms: 4000 };
    RenderFacts {
        file: FileFacts {
            digest: Digest { hash: [7; 32], len: 1_234_567 },
            media: MediaFacts {
                demuxer: "mov".to_owned(),
                duration_ms: 4000,
                video: Some(picture(4000)),
                audio: Some(sound),
            },
            iso: Some(IsoFacts {
                fast_start: true,
                video_start_us: 0,
                audio_start_us: Some(0),
                edit_list: false,
                longest_gop: Some(60),
                closed_gop: Some(true),
                color: Some([1, 1, 1, 0]),
            }),
        },
        pixels: Some(PixelFacts {
            width: 270,
            height: 480,
            samples: samples.collect(),
            complaints: Vec::new(),
        }),
        audio: Some(AudioMeasures {
            integrated_clufs: Some(-1410),
            range_clu: 400,
            true_peak_cdbtp: Some(-160),
            clipped_runs: 0,
            dc_offset_millionth: 12,
            correlation_milli: Some(700),
            silences_ms: Vec::new(),
        }),
        balance: Some(SoundBalance {
            stretches: [[0, 2500], [3100, 4000]]
                .map(|range_ms| Balance { range_ms, speech_clufs: -1800, music_clufs: Some(-3000) })
                .into(),
        }),
        subject: Some(SubjectFacts {
            moments: [0, 60]
                .map(|frame| SubjectMoment {
                    frame,
                    subject_millionth: 300_000,
                    holes_millionth: 0,
                    green_millionth: 0,
                    background_green_millionth: 0,
                })
                .into(),
        }),
        captions: vec![CaptionFacts {
            ink: Some(Rect { x: 142, y: 292, width: 716, height: 136 }),
            clipped: false,
            lines: vec![line],
            font_size: 90,
            cap_height: 76,
            graphemes: 24,
            longest_line: 24,
            missing: Vec::new(),
            families: vec!["Anton".to_owned()],
            color: Rgba(255, 255, 255, 255),
            outline: Some(Rgba(0, 0, 0, 255)),
            plate: None,
        }],
        credits: vec![Credit {
            kind: AssetKind::GreenScreen,
            id: asset(AssetKind::GreenScreen, "gorilla").id,
            provenance: Provenance {
                licence: Licence::try_from("CC-BY-4.0".to_owned()).ok(),
                expires: Some("2030-12-31".to_owned()),
                ..Provenance::default()
            },
        }],
        review: Some(Review {
            decision: Some(Decision::Accept),
            note: "nice".to_owned(),
            film: None,
        }),
        expected: Some(input()),
    }
}
