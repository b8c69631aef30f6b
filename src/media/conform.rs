//! Pictures and films brought into a form that every render of a kind can read at once: backgrounds
//! at the canvas's size and rate, clips that can be sought in by frames, watermarks at their size,
//! music at 48 kHz.
//!
//! Each is made once and shared by all composites that want the same: what is done depends on the
//! asset's facts and on what is wanted, and on nothing of a single composite.

use super::command::Command;
use super::encode::{self, Args};
use super::filter::{Filter, Pad, PixelFormat};
use super::layer::scaling;
use super::place::fitted;
use crate::contract::asset::{MediaFacts, VideoFacts};
use crate::contract::geometry::{Rect, Size};
use crate::contract::render_input::Fit;
use crate::contract::units::Rational;

/// The output of a conforming command.
pub const OUTPUT: &str = "media";

/// Its only input.
pub const INPUT: &str = "source";

/// The least reach of a conformed film, milliseconds: composites of a usual length share one.
pub const LEAST_REACH_MS: u64 = 64_000;

/// A clip whose key frames lie further apart than this, in seconds, is dear to seek in.
const LONG_GOP_SECONDS: u64 = 10;

/// Frame rates that exist on purpose; what is near one is taken for it.
const RATES: [(u32, u32); 8] =
    [(24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1)];

/// A conformed picture or film: what it will be, and how it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conformed {
    pub video: VideoFacts,
    /// Arguments for ffmpeg, from `{in:source}` to `{out:media}`.
    pub args: Args,
}

/// How far a film must be conformed so that `need_ms` of it can be shown: one of few lengths, so
/// that composites of different lengths share their films.
pub fn reach_ms(need_ms: u64) -> u64 {
    let seconds = need_ms.div_ceil(1000).max(1);
    (seconds.next_power_of_two() * 1000).max(LEAST_REACH_MS)
}

/// Size as it is looked at: upright, with square pixels, even.
pub fn display(video: &VideoFacts) -> Size {
    let sar = video.sample_aspect_ratio;
    let wide = u64::from(video.width) * u64::from(sar.num.max(1));
    let den = u64::from(sar.den.max(1));
    let even = |n: u64| u32::try_from((n.max(1)).div_ceil(2) * 2).unwrap_or(u32::MAX);
    let (width, height) = (even((wide + den / 2) / den), even(u64::from(video.height)));
    if video.rotation % 180 == 90 {
        Size { width: height, height: width }
    } else {
        Size { width, height }
    }
}

/// A background on its canvas.
pub fn background(
    media: &MediaFacts,
    video: &VideoFacts,
    fit: Fit,
    canvas: Size,
    rate: Rational,
    reach_ms: u64,
) -> Conformed {
    let mut command = Command::default();
    let decoded = upright(&mut command, media, video);
    if video.is_still() {
        let fitted = fit_to(&mut command, decoded, video, fit, canvas, true);
        let pad = command.graph.to(&[fitted], vec![Filter::Format(PixelFormat::Rgb24)]);
        let args = command.finish(pad, encode::png(), OUTPUT);
        return Conformed { video: still_facts(canvas, false), args };
    }
    let facts = film_facts(video, canvas, rate, reach_ms);
    let slower = u64::from(video.frame_rate.num) * u64::from(rate.den)
        <= u64::from(rate.num) * u64::from(video.frame_rate.den);
    // Each picture is scaled once: before it is repeated, or after others are dropped.
    let pad = if slower {
        let fitted = fit_to(&mut command, decoded, video, fit, canvas, false);
        command.graph.to(&[fitted], [on_clock(rate), ending(facts.frames)].concat())
    } else {
        let clocked = command.graph.to(&[decoded], on_clock(rate));
        let fitted = fit_to(&mut command, clocked, video, fit, canvas, false);
        command.graph.to(&[fitted], ending(facts.frames))
    };
    let encoder = encode::intermediate(rate, gop(rate), facts.frames);
    Conformed { args: command.finish(pad, encoder, OUTPUT), video: facts }
}

/// A clip that can be sought in by frames; none where it is such a one already.
pub fn green_screen(media: &MediaFacts, video: &VideoFacts, reach_ms: u64) -> Option<Conformed> {
    let size = display(video);
    let mut command = Command::default();
    let square = vec![
        Filter::Scale { width: size.width, height: size.height, method: scaling(size, size) },
        Filter::SquarePixels,
    ];
    if video.is_still() {
        let decoded = upright(&mut command, media, video);
        let pad = command
            .graph
            .to(&[decoded], [square, vec![Filter::Format(PixelFormat::Rgb24)]].concat());
        let args = command.finish(pad, encode::png(), OUTPUT);
        return Some(Conformed { video: still_facts(size, false), args });
    }
    let gop_is_long = video.longest_gop.is_none_or(|gop| {
        u64::from(gop) * u64::from(video.frame_rate.den)
            > LONG_GOP_SECONDS * u64::from(video.frame_rate.num)
    });
    let plain = media.demuxer == "mov"
        && video.constant_rate
        && video.rotation == 0
        && video.start_us == 0
        && video.sample_aspect_ratio == Rational::ONE
        && video.width.is_multiple_of(2)
        && video.height.is_multiple_of(2)
        && video.frame_rate.den <= 1_000_000
        && !gop_is_long;
    if plain {
        return None;
    }
    let rate = usual_rate(video.frame_rate);
    let facts = film_facts(video, size, rate, reach_ms);
    let decoded = Pad::Video(command.input(INPUT, &media.demuxer, 0));
    let filters =
        [on_clock(rate), square, vec![Filter::Format(PixelFormat::Yuv420p)], ending(facts.frames)];
    let pad = command.graph.to(&[decoded], filters.concat());
    let encoder = encode::intermediate(rate, gop(rate), facts.frames);
    Some(Conformed { args: command.finish(pad, encoder, OUTPUT), video: facts })
}

/// A watermark in its size, with its opacity in its alpha.
pub fn watermark(
    media: &MediaFacts,
    video: &VideoFacts,
    size: Size,
    opacity_milli: u32,
) -> Conformed {
    let mut command = Command::default();
    let decoded = upright(&mut command, media, video);
    let method = scaling(display(video), size);
    let filters = vec![
        Filter::Format(PixelFormat::Rgba),
        Filter::Scale { width: size.width, height: size.height, method },
        Filter::Opacity { milli: opacity_milli },
        Filter::SquarePixels,
        Filter::Format(PixelFormat::Rgba),
    ];
    let pad = command.graph.to(&[decoded], filters);
    Conformed { args: command.finish(pad, encode::png(), OUTPUT), video: still_facts(size, true) }
}

/// Music at 48 kHz in stereo, losslessly.
pub fn music(media: &MediaFacts) -> Args {
    use super::filter::audio::AudioFilter;
    let mut command = Command::default();
    let decoded = Pad::Audio(command.input(INPUT, &media.demuxer, 0));
    let pad = command.graph.to(&[decoded], vec![Filter::Audio(AudioFilter::Normal)]);
    command.finish(pad, encode::flac(), OUTPUT)
}

/// The asset's pictures, turned as they are looked at.
fn upright(command: &mut Command, media: &MediaFacts, video: &VideoFacts) -> Pad {
    if !video.is_still() {
        return Pad::Video(command.input(INPUT, &media.demuxer, 0));
    }
    let stored = Pad::Video(command.photo(INPUT, &media.demuxer));
    command.graph.to(&[stored], vec![Filter::Turn { degrees: video.rotation }])
}

/// Brings pictures to a canvas; RGB for a still, else 4:2:0.
fn fit_to(
    command: &mut Command,
    pad: Pad,
    video: &VideoFacts,
    fit: Fit,
    canvas: Size,
    still: bool,
) -> Pad {
    let mut first = Vec::new();
    if still && video.alpha {
        first.extend([Filter::Format(PixelFormat::Gbrap), Filter::Premultiply]);
    }
    first.push(Filter::Format(if still { PixelFormat::Rgb24 } else { PixelFormat::Yuv420p }));
    if !still {
        first.extend(video.bt601.then_some(Filter::Bt601ToBt709));
        first.push(Filter::Tagged);
    }
    let shown = display(video);
    let scale = |size: Size| Filter::Scale {
        width: size.width,
        height: size.height,
        method: scaling(shown, size),
    };
    let last = Filter::SquarePixels;
    match fit {
        Fit::Stretch => command.graph.to(&[pad], [first, vec![scale(canvas), last]].concat()),
        Fit::Cover => {
            let size = fitted(shown, canvas, true);
            let crop = Filter::Crop(centred(canvas, size));
            command.graph.to(&[pad], [first, vec![scale(size), crop, last]].concat())
        }
        Fit::Contain => {
            let size = fitted(shown, canvas, false);
            let bars = bars(size, canvas);
            command.graph.to(&[pad], [first, vec![scale(size), bars, last]].concat())
        }
        Fit::None => {
            let kept = Size {
                width: shown.width.min(canvas.width),
                height: shown.height.min(canvas.height),
            };
            let own =
                vec![scale(shown), Filter::Crop(centred(kept, shown)), bars(kept, canvas), last];
            command.graph.to(&[pad], [first, own].concat())
        }
        Fit::BlurFill => blur_fill(command, pad, first, shown, canvas),
    }
}

/// All of a picture over a blurred copy of it that fills the canvas. The blur is made at an eighth
/// of the size, where it costs a sixty-fourth.
fn blur_fill(
    command: &mut Command,
    pad: Pad,
    first: Vec<Filter>,
    shown: Size,
    canvas: Size,
) -> Pad {
    let (front, back) = (command.graph.link(), command.graph.link());
    command.graph.chain(&[pad], [first, vec![Filter::Split(2)]].concat(), &[front, back]);
    let eighth = |side: u32| (side / 8).next_multiple_of(2).max(8);
    let small = Size { width: eighth(canvas.width), height: eighth(canvas.height) };
    let cover = fitted(shown, small, true);
    let radius = (small.width.min(small.height) / 16).max(1);
    let scale =
        |size: Size, method| Filter::Scale { width: size.width, height: size.height, method };
    let blurred = command.graph.to(
        &[back],
        vec![
            scale(cover, scaling(shown, cover)),
            Filter::Crop(centred(small, cover)),
            Filter::BoxBlur { radius, power: 3 },
            scale(canvas, super::filter::Scaling::Bicubic),
            Filter::SquarePixels,
        ],
    );
    let size = fitted(shown, canvas, false);
    let sharp =
        command.graph.to(&[front], vec![scale(size, scaling(shown, size)), Filter::SquarePixels]);
    let at = centred(size, canvas);
    let overlay = Filter::Overlay { x: at.x, y: at.y, shown: None };
    command.graph.to(&[blurred, sharp], vec![overlay])
}

/// The box of `inner` in the middle of `outer`, on even pixels.
fn centred(inner: Size, outer: Size) -> Rect {
    let offset =
        |inner: u32, outer: u32| i32::try_from((outer.saturating_sub(inner) / 2) & !1).unwrap_or(0);
    Rect {
        x: offset(inner.width, outer.width),
        y: offset(inner.height, outer.height),
        width: inner.width,
        height: inner.height,
    }
}

fn bars(inner: Size, canvas: Size) -> Filter {
    let at = centred(inner, canvas);
    let positive = |n: i32| u32::try_from(n).unwrap_or(0);
    Filter::Pad { width: canvas.width, height: canvas.height, x: positive(at.x), y: positive(at.y) }
}

fn on_clock(rate: Rational) -> Vec<Filter> {
    vec![Filter::FromStart, Filter::ConstantRate(rate)]
}

/// Exactly so many frames.
fn ending(frames: u32) -> Vec<Filter> {
    vec![Filter::Tagged, Filter::HoldLast, Filter::FirstFrames(frames)]
}

/// A key frame every second.
fn gop(rate: Rational) -> u32 {
    rate.frames_in(1000).max(1)
}

fn still_facts(size: Size, alpha: bool) -> VideoFacts {
    VideoFacts {
        codec: "png".to_owned(),
        width: size.width,
        height: size.height,
        rotation: 0,
        sample_aspect_ratio: Rational::ONE,
        frame_rate: Rational { num: 0, den: 1 },
        constant_rate: true,
        frames: 1,
        start_us: 0,
        duration_ms: 0,
        pixel_format: if alpha { "rgba" } else { "rgb24" }.to_owned(),
        bt601: false,
        alpha,
        longest_gop: None,
    }
}

fn film_facts(video: &VideoFacts, size: Size, rate: Rational, reach_ms: u64) -> VideoFacts {
    let frames = rate.frames_in(video.duration_ms.min(reach_ms)).max(1);
    VideoFacts {
        codec: "h264".to_owned(),
        width: size.width,
        height: size.height,
        rotation: 0,
        sample_aspect_ratio: Rational::ONE,
        frame_rate: rate,
        constant_rate: true,
        frames,
        start_us: 0,
        duration_ms: rate.ms_of(frames),
        pixel_format: "yuv420p".to_owned(),
        bt601: false,
        alpha: false,
        longest_gop: Some(gop(rate)),
    }
}

/// The frame rate that was meant: one that exists on purpose if it is within one in a thousand,
/// else the nearest whole number, 1 to 60.
fn usual_rate(rate: Rational) -> Rational {
    let (num, den) = (u128::from(rate.num), u128::from(rate.den.max(1)));
    let known = RATES.into_iter().map(|(num, den)| Rational { num, den }).min_by_key(|known| {
        let (known_num, known_den) = (u128::from(known.num), u128::from(known.den));
        (num * known_den).abs_diff(known_num * den) * 1_000_000 / (known_den * den)
    });
    if let Some(known) = known {
        let off = (num * u128::from(known.den)).abs_diff(u128::from(known.num) * den);
        if off * 1000 <= u128::from(known.num) * den {
            return known;
        }
    }
    let whole = ((num + den / 2) / den).clamp(1, 60);
    Rational { num: u32::try_from(whole).unwrap_or(60), den: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composites_of_usual_length_share_a_reach() {
        assert_eq!([0, 6000, 64_000].map(reach_ms), [64_000; 3]);
        assert_eq!(reach_ms(64_001), 128_000);
        assert_eq!(reach_ms(600_000), 1_024_000);
    }

    #[test]
    fn a_rate_that_was_meant_is_found() {
        assert_eq!(usual_rate(Rational::new(2997, 100)), Rational::new(30000, 1001));
        assert_eq!(usual_rate(Rational::new(30, 1)), Rational::new(30, 1));
        assert_eq!(usual_rate(Rational::new(1483, 100)), Rational::new(15, 1));
        assert_eq!(usual_rate(Rational::new(1000, 1)), Rational::new(60, 1));
    }

    #[test]
    fn a_film_is_looked_at_upright_and_in_its_shape() {
        let mut video = film_facts(
            &still_facts(Size { width: 720, height: 576 }, false),
            Size { width: 720, height: 576 },
            Rational::new(25, 1),
            1000,
        );
        video.sample_aspect_ratio = Rational::new(64, 45);
        assert_eq!(display(&video), Size { width: 1024, height: 576 });
        video.rotation = 90;
        assert_eq!(display(&video), Size { width: 576, height: 1024 });
    }
}
