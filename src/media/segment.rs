//! The ffmpeg command that draws a stretch of a film, made from the render input and nothing else.
//!
//! Only what shows in the stretch is in it, and every number is relative to its start: a change
//! elsewhere in the timeline changes nothing here, and two stretches that show the same thing are
//! the same command. The text of a caption is nowhere in it.

use super::command::Command;
use super::encode::{self, Args};
use super::filter::{Filter, Pad, PixelFormat, Shown};
use super::green;
use super::layer;
use super::timeline::Clip;
use crate::contract::profile::Container;
use crate::contract::render_input::{Background, CaptionLayer, GreenScreen, RenderInput};
use std::collections::BTreeMap;
use std::ops::Range;

/// What an input of a command is a picture of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    Background,
    GreenScreen,
    /// Index into the render input's captions.
    Caption(usize),
    Watermark,
}

/// A command and what it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// Arguments for ffmpeg; its output is `{out:video}`.
    pub args: Args,
    /// Name in `{in:NAME}` → what must stand there.
    pub inputs: BTreeMap<String, Layer>,
    pub frames: u32,
}

/// The output that every drawing writes.
pub const OUTPUT: &str = "video";

/// One segment, or the whole film where the container has no segments.
pub fn draw(input: &RenderInput, range: Range<u32>) -> Drawing {
    let frames = range.end - range.start;
    let mut command = Command::default();
    let mut inputs = BTreeMap::new();
    let canvas = compose(&mut command, &mut inputs, input, &range);
    let (pad, encoder) = match input.profile.container {
        Container::Mp4 => {
            let pad = command
                .graph
                .to(&[canvas], vec![Filter::Format(PixelFormat::Yuv420p), Filter::Tagged]);
            (pad, encode::segment(&input.profile, frames))
        }
        Container::Webm => {
            let pad = command
                .graph
                .to(&[canvas], vec![Filter::Format(PixelFormat::Yuva420p), Filter::Tagged]);
            (pad, encode::webm(&input.profile, frames))
        }
        Container::Gif => (palette(&mut command, canvas), encode::gif(frames)),
    };
    Drawing { args: command.finish(pad, encoder, OUTPUT), inputs, frames }
}

/// All layers, bottom to top.
fn compose(
    command: &mut Command,
    inputs: &mut BTreeMap<String, Layer>,
    input: &RenderInput,
    range: &Range<u32>,
) -> Pad {
    let (rate, frames) = (input.frame_rate(), range.end - range.start);
    let transparent = input.profile.container == Container::Webm;
    let mut canvas = match &input.background {
        Some(background) => ground(command, inputs, input, background, range),
        None => None,
    };
    if let (Some(pad), true) = (canvas, transparent) {
        canvas = Some(command.graph.to(&[pad], vec![Filter::Format(PixelFormat::Yuva420p)]));
    }
    let mut canvas =
        canvas.unwrap_or_else(|| layer::blank(command, input.canvas(), rate, frames, transparent));
    if let Some(clip) = &input.green_screen {
        canvas = subject(command, inputs, input, clip, range, canvas);
    }
    let shown = input.captions.iter().enumerate().filter(|(_, caption)| shows(caption, range));
    for (position, (index, caption)) in shown.enumerate() {
        let name = format!("caption{position}");
        let bitmap = layer::bitmap(command, &name, rate);
        inputs.insert(name, Layer::Caption(index));
        let area = caption.spec.area;
        let overlay = Filter::Overlay {
            x: area.x,
            y: area.y,
            shown: within(caption.from_frame..caption.to_frame, range),
        };
        canvas = command.graph.to(&[canvas, bitmap], vec![overlay]);
    }
    if let Some(watermark) = &input.watermark {
        let bitmap = layer::bitmap(command, "watermark", rate);
        inputs.insert("watermark".to_owned(), Layer::Watermark);
        let (x, y) = (watermark.place.x, watermark.place.y);
        let overlay = Filter::Overlay { x, y, shown: None };
        canvas = command.graph.to(&[canvas, bitmap], vec![overlay]);
    }
    canvas
}

/// The background on the canvas; none where it has ended.
fn ground(
    command: &mut Command,
    inputs: &mut BTreeMap<String, Layer>,
    input: &RenderInput,
    background: &Background,
    range: &Range<u32>,
) -> Option<Pad> {
    let (rate, frames) = (input.frame_rate(), range.end - range.start);
    let name = "background";
    let pad = if background.video.is_still() {
        layer::still(command, name, rate, frames, &|command, pad| {
            let film =
                vec![Filter::ToFilm(PixelFormat::Yuv420p), Filter::Tagged, Filter::SquarePixels];
            command.graph.to(&[pad], film)
        })
    } else {
        let clip = background_clip(background);
        let whole = |command: &mut Command, pad| {
            command.graph.to(&[pad], vec![Filter::Format(PixelFormat::Yuv420p), Filter::Tagged])
        };
        let (pad, shown) = layer::film(command, name, &clip, rate, range.clone(), &whole)?;
        if shown < frames {
            let blank = layer::blank(command, input.canvas(), rate, frames, false);
            let overlay = over(0, 0, shown, frames);
            command.graph.to(&[blank, pad], vec![overlay])
        } else {
            pad
        }
    };
    inputs.insert(name.to_owned(), Layer::Background);
    Some(pad)
}

/// The keyed clip over the canvas.
fn subject(
    command: &mut Command,
    inputs: &mut BTreeMap<String, Layer>,
    input: &RenderInput,
    clip: &GreenScreen,
    range: &Range<u32>,
    canvas: Pad,
) -> Pad {
    let (rate, frames) = (input.frame_rate(), range.end - range.start);
    let Some(cut) = green::Cut::new(clip, input.canvas()) else { return canvas };
    let name = "green";
    let keyed = |command: &mut Command, pad| cut.key(command, pad);
    let drawn = if clip.video.is_still() {
        Some((layer::still(command, name, rate, frames, &keyed), frames))
    } else {
        layer::film(command, name, &green_clip(clip), rate, range.clone(), &keyed)
    };
    let Some((pad, shown)) = drawn else { return canvas };
    inputs.insert(name.to_owned(), Layer::GreenScreen);
    let overlay = over(cut.x(), cut.y(), shown, frames);
    command.graph.to(&[canvas, pad], vec![overlay])
}

fn over(x: i32, y: i32, shown: u32, frames: u32) -> Filter {
    let shown = (shown < frames).then(|| Shown { first: 0, last: shown.saturating_sub(1) });
    Filter::Overlay { x, y, shown }
}

/// A background's frames on the timeline: it was conformed to the film's own rate.
pub fn background_clip(background: &Background) -> Clip {
    let video = &background.video;
    let first = video.frame_rate.frames_in(background.start_ms).min(video.frames.max(1) - 1);
    Clip {
        first,
        frames: video.frames.max(1) - first,
        rate: video.frame_rate,
        speed_milli: 1000,
        repeat: background.repeat,
    }
}

/// A green screen's frames on the timeline.
pub fn green_clip(clip: &GreenScreen) -> Clip {
    let video = &clip.video;
    let first = video.frame_rate.frames_in(clip.start_ms).min(video.frames.max(1) - 1);
    Clip {
        first,
        frames: video.frames.max(1) - first,
        rate: video.frame_rate,
        speed_milli: clip.speed_milli,
        repeat: clip.repeat,
    }
}

fn shows(caption: &CaptionLayer, range: &Range<u32>) -> bool {
    caption.from_frame < range.end && range.start < caption.to_frame
}

/// Where `shown` lies in `range`; none where it fills it.
fn within(shown: Range<u32>, range: &Range<u32>) -> Option<Shown> {
    let first = shown.start.saturating_sub(range.start);
    let last = shown.end.min(range.end) - range.start - 1;
    let fills = first == 0 && last + 1 == range.end - range.start;
    (!fills).then_some(Shown { first, last })
}

/// Reduces a film to the palette of 256 colours that suits it best.
fn palette(command: &mut Command, canvas: Pad) -> Pad {
    let (film, sample) = (command.graph.link(), command.graph.link());
    command.graph.chain(&[canvas], vec![Filter::ToScreen, Filter::Split(2)], &[film, sample]);
    let colors = command.graph.to(&[sample], vec![Filter::PaletteGen { transparent: false }]);
    command.graph.to(&[film, colors], vec![Filter::PaletteUse])
}
