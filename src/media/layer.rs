//! The layers of a film as chains of filters: every one comes out on the film's own clock, frame
//! by frame.

use super::command::Command;
use super::filter::{Filter, Pad, PixelFormat, Scaling};
use super::timeline::{Clip, Piece, seek_us};
use crate::contract::geometry::Size;
use crate::contract::units::Rational;
use std::ops::Range;

/// A repeated clip of at most so many frames is kept in memory instead of being opened again for
/// each repetition.
const KEPT: u32 = 32;

/// What is done to each picture of a layer; the pad that it returns has the same frames.
pub type Prepare<'a> = &'a dyn Fn(&mut Command, Pad) -> Pad;

/// A film's frames for the output frames `range`: the pad, and how many there are (fewer than the
/// range if the clip is over). None where it never shows.
pub fn film(
    command: &mut Command,
    name: &str,
    clip: &Clip,
    output: Rational,
    range: Range<u32>,
    prepare: Prepare<'_>,
) -> Option<(Pad, u32)> {
    let pieces = clip.pieces(output, range.clone());
    if pieces.len() > 1 && clip.frames <= KEPT {
        return Some((cycle(command, name, clip, output, range, prepare), pieces_length(&pieces)));
    }
    // Each decoded picture is prepared once: before it is repeated, or after some are dropped.
    let early = clip.pace(output).repeats_frames();
    let mut pads = Vec::with_capacity(pieces.len());
    for piece in &pieces {
        let input = command.input(name, "mov", seek_us(clip.rate, piece.source));
        let decoded = Pad::Video(input);
        pads.push(if early {
            let numbered = command.graph.to(&[decoded], vec![piece.first_shown()]);
            let prepared = prepare(command, numbered);
            command.graph.to(&[prepared], on_every_tick(piece, output, Vec::new()))
        } else {
            let numbered = vec![piece.first_shown()];
            command.graph.to(&[decoded], on_every_tick(piece, output, numbered))
        });
    }
    let whole = match pads[..] {
        [] => return None,
        [one] => one,
        _ => {
            let count = u32::try_from(pads.len()).ok()?;
            let filters = vec![Filter::Concat(count), Filter::FrameClock(output), Filter::Number];
            command.graph.to(&pads, filters)
        }
    };
    Some((if early { whole } else { prepare(command, whole) }, pieces_length(&pieces)))
}

fn pieces_length(pieces: &[Piece]) -> u32 {
    pieces.iter().map(|piece| piece.frames).sum()
}

/// A clip so short that all of its frames stay in memory and are repeated from there.
fn cycle(
    command: &mut Command,
    name: &str,
    clip: &Clip,
    output: Rational,
    range: Range<u32>,
    prepare: Prepare<'_>,
) -> Pad {
    let piece = clip.cycle(output, range);
    let input = command.input(name, "mov", seek_us(clip.rate, clip.first));
    let prepared = prepare(command, Pad::Video(input));
    let repeated = vec![
        Filter::RepeatFrames(clip.frames),
        Filter::SkipFrames(piece.source),
        piece.first_shown(),
    ];
    command.graph.to(&[prepared], on_every_tick(&piece, output, repeated))
}

/// One frame for each tick of the film, exactly as many as the piece has.
fn on_every_tick(piece: &Piece, output: Rational, mut filters: Vec<Filter>) -> Vec<Filter> {
    filters.push(Filter::EveryTick(output));
    filters.push(Filter::HoldLast);
    filters.push(Filter::FirstFrames(piece.frames));
    filters
}

/// A picture that stands still for `frames` frames.
pub fn still(
    command: &mut Command,
    name: &str,
    output: Rational,
    frames: u32,
    prepare: Prepare<'_>,
) -> Pad {
    let input = command.input(name, "png_pipe", 0);
    let prepared = prepare(command, Pad::Video(input));
    command.graph.to(
        &[prepared],
        vec![
            Filter::FrameClock(output),
            Filter::RepeatStill,
            Filter::Number,
            Filter::EveryTick(output),
            Filter::FirstFrames(frames),
        ],
    )
}

/// A picture for an overlay: one frame, which the overlay repeats by itself.
pub fn bitmap(command: &mut Command, name: &str, output: Rational) -> Pad {
    let input = command.input(name, "png_pipe", 0);
    let filters = vec![
        Filter::ToFilm(PixelFormat::Yuva420p),
        Filter::Tagged,
        Filter::FrameClock(output),
        Filter::Number,
    ];
    command.graph.to(&[Pad::Video(input)], filters)
}

/// An empty canvas of `frames` frames: black, or transparent.
pub fn blank(
    command: &mut Command,
    size: Size,
    output: Rational,
    frames: u32,
    transparent: bool,
) -> Pad {
    let format = if transparent { PixelFormat::Yuva420p } else { PixelFormat::Yuv420p };
    command.graph.to(
        &[],
        vec![
            Filter::Blank { size, rate: output, transparent },
            Filter::Format(format),
            Filter::Tagged,
            Filter::FirstFrames(frames),
        ],
    )
}

/// The method that looks best for a change of size, at a price that fits.
pub fn scaling(from: Size, to: Size) -> Scaling {
    let smaller = to.width < from.width && to.height < from.height;
    // Far smaller: bicubic would skip pixels that area averages.
    let far = to.width * 2 < from.width && to.height * 2 < from.height;
    match (far, smaller) {
        (true, _) => Scaling::Area,
        (false, true) => Scaling::Bilinear,
        (false, false) => Scaling::Bicubic,
    }
}
