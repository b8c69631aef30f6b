//! `[profile.NAME]`: what a render must be.

use super::profiles::{self, NAMES, built_in, margin};
use crate::contract::geometry::{Rect, Size};
use crate::contract::profile::{AudioPolicy, Container, OutputProfile};
use crate::diagnostic::Diagnostic;
use crate::memefile::{
    At, FileSize, FrameRate, KeyDoc, Length, Loudness, Millis, Mistakes, PixelSize, Reader,
    Section, SectionDoc, TruePeak,
};
use crate::node::catalogue::{Catalogue, Declared, unknown};
use crate::node::expansion::Expansion;
use crate::node::registry::NodeType;

/// What a `[profile.NAME]` declares, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub base: At<String>,
    pub output: OutputProfile,
    /// Whether renders in it are shown at a glance too.
    pub previews: bool,
}

impl Declared for Profile {
    const SECTION: &'static str = "profile";
    const BUILT_IN: &'static [&'static str] = &NAMES;
}

/// The profile of a name: declared, else built in.
pub fn resolve(name: &str, catalogue: &Catalogue) -> Option<OutputProfile> {
    match catalogue.get::<Profile>(name) {
        Some(profile) => Some(profile.output.clone()),
        None => built_in(name),
    }
}

const SAFE_AREA: &[KeyDoc] = &[
    KeyDoc::new("top", "length", "\"0%\"", "Margin that captions keep from the top."),
    KeyDoc::new("right", "length", "\"0%\"", "From the right."),
    KeyDoc::new("bottom", "length", "\"0%\"", "From the bottom."),
    KeyDoc::new("left", "length", "\"0%\"", "From the left."),
];

static DOC: SectionDoc = SectionDoc {
    kind: "profile",
    named: true,
    about: "What a render must be: canvas, frame rate, codec, loudness, and where captions may \
lie. The critic holds the result to it. Built in are `tiktok`, `reels`, `shorts` (1080×1920), \
`square` (1080×1080), `landscape` (1920×1080), all at 30 frames a second and -14 LUFS; `gif` \
(360×640, 15 frames a second), `webm` (1080×1920, transparent where there is no background) and \
`preview` (360×640, 15 frames a second, quick). A profile of your own begins as a copy of one of \
these; a section called like one of them replaces it.",
    keys: &[
        KeyDoc::new(
            "base",
            "name of a built-in profile",
            "\"tiktok\"",
            "Where all values come from that are not set here; for a section called like a \
             built-in profile, that one.",
        ),
        KeyDoc::new("size", "size in pixels", "", "Width and height, as in `\"1080x1920\"`; even."),
        KeyDoc::new("fps", "frame rate", "", "Frames a second."),
        KeyDoc::new(
            "container",
            "`mp4`, `gif` or `webm`",
            "",
            "H.264 and AAC; GIF without \
             sound; VP9 with alpha, and Opus.",
        ),
        KeyDoc::new(
            "crf",
            "whole number, 0 to 51",
            "",
            "Constant rate factor of x264 or VP9: lower is better and larger.",
        ),
        KeyDoc::new(
            "preset",
            "x264 preset, `ultrafast` to `slow`",
            "",
            "Speed against size of the encoder.",
        ),
        KeyDoc::new(
            "segment",
            "time",
            "\"2s\"",
            "Length of the pieces that are encoded, and \
             cached, by themselves.",
        ),
        KeyDoc::new(
            "audio",
            "`required` or `forbidden`",
            "",
            "Whether there is sound; GIFs have \
             none.",
        ),
        KeyDoc::new(
            "audio-bitrate",
            "whole number, 32 to 320",
            "",
            "Of AAC or Opus, in kilobits a second.",
        ),
        KeyDoc::new("loudness", "loudness", "", "Integrated loudness that the mix is brought to."),
        KeyDoc::new("true-peak", "true peak", "", "Never exceeded, measured after the codec."),
        KeyDoc::new(
            "safe-area",
            "table",
            "",
            "Margins that captions keep. With another `size` and no margins: 5% on every side.",
        )
        .table(SAFE_AREA),
        KeyDoc::new("min-duration", "time", "", "A shorter render is rejected."),
        KeyDoc::new("max-duration", "time", "", "A longer render is rejected."),
        KeyDoc::new("max-size", "size of a file", "", "A larger file is rejected."),
        KeyDoc::new(
            "previews",
            "`true` or `false`",
            "`false`",
            "Whether two pictures lie beside each film: `NAME.preview.webp`, its first three \
             seconds, moving, 240 pixels wide; and `NAME.waveform.png`, its sound. The report \
             shows them. A GIF has neither.",
        ),
    ],
    example: r#"
[profile.story]
base = "reels"
fps = 25
loudness = "-16 LUFS"
safe-area = { top = "14%", bottom = "20%", left = "60px", right = "60px" }
max-size = "30MB""#,
};

pub struct ProfileType;

impl NodeType for ProfileType {
    fn name(&self) -> &'static str {
        "profile"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn appendix(&self) -> String {
        profiles::table()
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let before = mistakes.len();
        let own = if NAMES.contains(&section.name) { section.name } else { "tiktok" };
        let base =
            reader.get("base").unwrap_or_else(|| At { value: own.to_owned(), span: reader.span() });
        // A wrong base is reported once everything is declared.
        let Some(start) = built_in(&base.value).or_else(|| built_in("tiktok")) else { return };
        let output = read(&reader, section.name, start);
        let previews = reader.get("previews").unwrap_or(false);
        if mistakes.len() == before {
            catalogue.insert(
                section.name,
                section.span(mistakes),
                Profile { base, output, previews },
            );
        }
    }

    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        for (_, entry) in catalogue.iter::<Profile>() {
            let base = &entry.value.base;
            if built_in(&base.value).is_none() {
                let known = NAMES.iter().copied();
                expansion.check(Err(unknown("built-in profile", base, "not built in", known)));
            }
        }
    }
}

/// The profile with what the table overrides.
fn read(reader: &Reader<'_, '_>, name: &str, base: OutputProfile) -> OutputProfile {
    let mut out = OutputProfile { name: name.to_owned(), ..base };
    let u32_of = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    if let Some(PixelSize(size)) = reader.get("size") {
        if size != out.canvas {
            out.safe_area = margin(size, 5);
        }
        out.canvas = size;
    }
    let rate = reader.get("fps").map(|FrameRate(rate)| rate);
    out.frame_rate = rate.unwrap_or(out.frame_rate);
    out.container = reader.get("container").unwrap_or(out.container);
    out.crf = reader.int("crf", 0..=51).map_or(out.crf, u32_of);
    out.preset = reader.get("preset").unwrap_or(out.preset);
    let segment = reader.get::<Millis>("segment");
    if segment.is_some() || rate.is_some() {
        let ms = segment.map_or(2000, |length| length.0);
        out.segment_frames = out.frame_rate.frames_in(ms).max(1);
    }
    out.audio = match (reader.get("audio"), out.container) {
        (Some(AudioPolicy::Required), Container::Gif) => {
            let diagnostic = Diagnostic::usage("contradiction", "a GIF has no sound")
                .label(&reader.span_of("audio"), "cannot be required")
                .hint("remove `audio`, or choose another container");
            reader.mistakes().report(diagnostic);
            AudioPolicy::Forbidden
        }
        (None, Container::Gif) => AudioPolicy::Forbidden,
        (policy, _) => policy.unwrap_or(out.audio),
    };
    let bitrate = reader.int("audio-bitrate", 32..=320);
    out.audio_bitrate = bitrate.map_or(out.audio_bitrate, |kilobits| u32_of(kilobits * 1000));
    if let Some(Loudness(clufs)) = reader.get("loudness") {
        out.loudness.integrated_clufs = clufs;
    }
    if let Some(TruePeak(peak)) = reader.get("true-peak") {
        out.loudness.true_peak_cdbtp = peak;
    }
    if let Some(margins) = reader.table("safe-area") {
        out.safe_area = safe_area(&margins, out.canvas).unwrap_or(out.safe_area);
    }
    let ms = |key| reader.get::<Millis>(key).map(|time| time.0);
    out.min_duration_ms = ms("min-duration").unwrap_or(out.min_duration_ms);
    out.max_duration_ms = ms("max-duration").unwrap_or(out.max_duration_ms);
    if out.min_duration_ms > out.max_duration_ms {
        let key =
            if reader.value("min-duration").is_some() { "min-duration" } else { "max-duration" };
        let message = format!(
            "the shortest duration ({}) is longer than the longest ({})",
            Millis(out.min_duration_ms),
            Millis(out.max_duration_ms)
        );
        let diagnostic = Diagnostic::usage("contradiction", message)
            .label(&reader.span_of(key), "no render could satisfy this");
        reader.mistakes().report(diagnostic);
    }
    if let Some(FileSize(bytes)) = reader.get("max-size") {
        out.max_bytes = bytes;
    }
    out
}

/// What the margins leave of the canvas.
fn safe_area(margins: &Reader<'_, '_>, canvas: Size) -> Option<Rect> {
    let side = |key, axis: u32| {
        margins.get::<Length>(key).map_or(0, |length| i64::from(length.resolve(axis, canvas)))
    };
    let (left, right) = (side("left", canvas.width), side("right", canvas.width));
    let (top, bottom) = (side("top", canvas.height), side("bottom", canvas.height));
    let width = i64::from(canvas.width) - left - right;
    let height = i64::from(canvas.height) - top - bottom;
    if width < 16 || height < 16 || left < 0 || top < 0 || right < 0 || bottom < 0 {
        let message = "the safe area is not a part of the canvas";
        let diagnostic = Diagnostic::usage("out-of-range", message).label(
            &margins.span(),
            format!("leaves {width} × {height} of {} × {}", canvas.width, canvas.height),
        );
        margins.mistakes().report(diagnostic);
        return None;
    }
    Some(Rect {
        x: i32::try_from(left).ok()?,
        y: i32::try_from(top).ok()?,
        width: u32::try_from(width).ok()?,
        height: u32::try_from(height).ok()?,
    })
}
