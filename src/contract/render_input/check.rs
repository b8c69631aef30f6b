//! Bounds of a render input. It becomes arguments of ffmpeg, whoever wrote it: no number may make
//! that fail in the middle, or take more memory than a frame deserves.

use super::{GreenScreen, MAX_FRAMES, RenderInput, Track};
use crate::contract::geometry::Rect;
use crate::contract::units::Rational;
use std::ops::RangeInclusive;

/// Edge of a canvas, pixels.
const EDGE: RangeInclusive<u32> = 16..=8192;
/// Edge of a layer, pixels: it may hang over the canvas.
const LAYER: RangeInclusive<u32> = 2..=16_384;
/// How fast a clip may play, thousandths.
const SPEED: RangeInclusive<u32> = 100..=10_000;
/// Gain of a sound, thousandths of a decibel.
/// Gains of tracks, thousandths of a decibel; what mastering may aim at, hundredths of a LUFS, and its
/// ceiling, hundredths of a dBTP.
pub const GAIN: RangeInclusive<i32> = -96_000..=48_000;
pub const LOUDNESS: RangeInclusive<i32> = -7000..=-500;
pub const TRUE_PEAK: RangeInclusive<i32> = -2000..=0;
/// A moment or a length, milliseconds: a day.
const MOMENT: RangeInclusive<u64> = 0..=86_400_000;

/// Checks a whole document.
pub(super) fn document(input: &RenderInput) -> Result<(), String> {
    profile(input)?;
    within("frames", input.frames, &(1..=MAX_FRAMES))?;
    if let Some(background) = &input.background {
        rate("background.video.frameRate", background.video.frame_rate)?;
        within("background.video.frames", background.video.frames, &(1..=u32::MAX))?;
        within("background.startMs", background.start_ms, &MOMENT)?;
    }
    if let Some(green) = &input.green_screen {
        green_screen(green)?;
    }
    for (index, caption) in input.captions.iter().enumerate() {
        if caption.from_frame >= caption.to_frame || caption.to_frame > input.frames {
            return Err(format!(
                "captions[{index}]: frames {}..{} are not inside 0..{}",
                caption.from_frame, caption.to_frame, input.frames
            ));
        }
        place(&format!("captions[{index}].spec.area"), &caption.spec.area)?;
    }
    if let Some(watermark) = &input.watermark {
        place("watermark.place", &watermark.place)?;
        within("watermark.opacityMilli", watermark.opacity_milli, &(0..=1000))?;
    }
    audio(input)
}

fn profile(input: &RenderInput) -> Result<(), String> {
    let profile = &input.profile;
    for (name, edge) in [("width", profile.canvas.width), ("height", profile.canvas.height)] {
        within(&format!("profile.canvas.{name}"), edge, &EDGE)?;
        if edge % 2 != 0 {
            return Err(format!("profile.canvas.{name}: {edge} is odd"));
        }
    }
    if profile.frame_rate.num == 0 {
        return Err("profile.frameRate: a film has frames".to_owned());
    }
    rate("profile.frameRate", profile.frame_rate)?;
    within("profile.segmentFrames", profile.segment_frames, &(1..=3600))?;
    within("profile.crf", profile.crf, &(0..=63))?;
    within("profile.audioBitrate", profile.audio_bitrate, &(16_000..=512_000))?;
    within("profile.loudness.integratedClufs", profile.loudness.integrated_clufs, &LOUDNESS)?;
    within("profile.loudness.truePeakCdbtp", profile.loudness.true_peak_cdbtp, &(-2000..=0))
}

fn green_screen(green: &GreenScreen) -> Result<(), String> {
    rate("greenScreen.video.frameRate", green.video.frame_rate)?;
    within("greenScreen.video.frames", green.video.frames, &(1..=u32::MAX))?;
    within("greenScreen.video.width", green.video.width, &LAYER)?;
    within("greenScreen.video.height", green.video.height, &LAYER)?;
    within("greenScreen.speedMilli", green.speed_milli, &SPEED)?;
    within("greenScreen.startMs", green.start_ms, &MOMENT)?;
    green.key.check().map_err(|message| format!("greenScreen.key.{message}"))?;
    place("greenScreen.place", &green.place)
}

fn audio(input: &RenderInput) -> Result<(), String> {
    let mix = &input.audio;
    let tracks = mix.clip.iter().chain(&mix.music).chain(&mix.effects);
    if mix.effects.len() > 100 {
        return Err(format!("audio.effects: {} are over 100", mix.effects.len()));
    }
    tracks
        .enumerate()
        .try_for_each(|(index, track)| sound(&format!("audio track {index}"), track))?;
    if let Some(duck) = &mix.duck {
        within("audio.duck.thresholdMdb", duck.threshold_mdb, &(-60_000..=0))?;
        within("audio.duck.ratioMilli", duck.ratio_milli, &(1000..=20_000))?;
        within("audio.duck.attackMs", duck.attack_ms, &(1..=2000))?;
        within("audio.duck.releaseMs", duck.release_ms, &(1..=9000))?;
    }
    Ok(())
}

fn sound(name: &str, track: &Track) -> Result<(), String> {
    let plain = track.demuxer.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b',');
    if track.demuxer.is_empty() || !plain {
        return Err(format!("{name}: `{}` is no demuxer", track.demuxer.escape_debug()));
    }
    within(name, track.gain_mdb, &GAIN)?;
    within(name, track.speed_milli, &SPEED)?;
    for moment in
        [track.source_ms, track.start_ms, track.at_ms, track.fade_in_ms, track.fade_out_ms]
    {
        within(name, moment, &MOMENT)?;
    }
    Ok(())
}

/// A layer lies on even pixels, so that its colours fall on those of a 4:2:0 canvas.
fn place(name: &str, rect: &Rect) -> Result<(), String> {
    within(name, rect.width, &LAYER)?;
    within(name, rect.height, &LAYER)?;
    within(name, rect.x, &(-32_768..=32_768))?;
    within(name, rect.y, &(-32_768..=32_768))?;
    if rect.x % 2 != 0 || rect.y % 2 != 0 {
        return Err(format!("{name}: {},{} is not on even pixels", rect.x, rect.y));
    }
    Ok(())
}

fn rate(name: &str, rate: Rational) -> Result<(), String> {
    if rate.den == 0 || u64::from(rate.num) > u64::from(rate.den) * 240 {
        return Err(format!("{name}: {rate} frames a second are not in 0..=240"));
    }
    Ok(())
}

fn within<T>(name: &str, value: T, bounds: &RangeInclusive<T>) -> Result<(), String>
where
    T: PartialOrd + std::fmt::Display,
{
    if bounds.contains(&value) {
        return Ok(());
    }
    Err(format!("{name}: {value} is not in {}..={}", bounds.start(), bounds.end()))
}
