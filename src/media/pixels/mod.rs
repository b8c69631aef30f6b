//! Measuring the pixels of a finished film: one decode, folded frame by frame.
//!
//! ffmpeg decodes and hands over every n-th frame as it is, through a pipe; all arithmetic is
//! here, in integers, so that the measures are the same on every processor. A film can be measured
//! whole or in stretches ([`join`]): the facts are equal, which is what lets a changed caption
//! re-measure its own segment only.

mod contrast;
mod fold;
mod frame;
mod green;
mod join;
mod letters;
mod tiles;

pub use join::{Part, join};

use super::ffmpeg::{Job, Program, input_at};
use super::filter::{Filter, PixelFormat};
use crate::contract::caption::Rgba;
use crate::contract::fact::{PixelFacts, StretchPixels};
use crate::contract::geometry::{Rect, Size};
use crate::contract::units::Rational;
use crate::diagnostic::Diagnostic;
use fold::Fold;
use frame::Layout;
use letters::Letters;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Version of the measures; raised when the same file gives others.
pub const VERSION: u32 = 1;

/// Complaints of the decoder that are kept.
const MOST_COMPLAINTS: usize = 8;

/// What to look for in a stretch of film, numbered from its own first frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Look {
    /// ffmpeg's name for what reads the file.
    pub demuxer: String,
    /// Stored width and height of a frame.
    pub size: Size,
    /// The decoder that keeps alpha, where the film has any and the usual decoder drops it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoder: Option<AlphaDecoder>,
    /// Whether pixels may be transparent.
    pub alpha: bool,
    /// Which frames are sampled: those whose number plus `phase` is a multiple of `every`.
    pub every: u32,
    pub phase: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen: Option<Screen>,
    /// Captions that show in the stretch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<LookedFor>,
}

/// A decoder that must be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlphaDecoder {
    /// ffmpeg's own VP9 decoder drops alpha; libvpx keeps it.
    #[serde(rename = "libvpx-vp9")]
    Vp9,
}

/// The screen of which nothing should be left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screen {
    /// Where the keyed layer lies, in the film's pixels.
    pub place: Rect,
    /// The screen's chroma, 0 to 255.
    pub u: u32,
    pub v: u32,
}

/// A caption whose letters are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookedFor {
    /// First frame in which it shows, and one past the last.
    pub from: u32,
    pub to: u32,
    /// Where the top left corner of its bitmap lies.
    pub x: i32,
    pub y: i32,
    /// The colour of its letters.
    pub color: Rgba,
}

/// Frames from one sample to the next: a tenth of the rate to the nearest whole, at least one.
pub fn sampling(rate: Rational) -> u32 {
    rate.frames_in(100).max(1)
}

/// Measures a stretch of film. `bitmaps` are the pictures (PNG) of the captions in `look`, in its
/// order.
///
/// # Errors
/// A file that ffmpeg cannot decode at all, and a bitmap that is no picture. A film that decodes
/// with complaints is measured, and its complaints are among the facts.
pub fn measure(look: &Look, path: &Path, bitmaps: &[&Path]) -> Result<StretchPixels, Diagnostic> {
    let bitmaps = look
        .captions
        .iter()
        .zip(bitmaps)
        .map(|(caption, bitmap)| Letters::read(bitmap, caption, look.size))
        .collect::<Result<Vec<_>, _>>()?;
    let layout = Layout::new(look.size, look.alpha);
    let mut fold = Fold::new(look, layout, bitmaps);
    let failed = |e: std::io::Error| {
        Diagnostic::error("critic", format!("cannot read the pixels of `{}`: {e}", path.display()))
    };

    let mut job = Job::new(Program::Ffmpeg).args(["-noautorotate", "-threads", "1"]);
    if let Some(AlphaDecoder::Vp9) = look.decoder {
        job.push(["-c:v", "libvpx-vp9"]);
    }
    job.push(input_at(&look.demuxer, path));
    let pipe = job.pipe().map_err(failed)?;
    job.push(["-map", "0:v:0", "-filter_threads", "1", "-vf", &filters(look)]);
    job.push(["-fps_mode", "passthrough", "-f", "rawvideo", &pipe.url]);
    let running = job.spawn().map_err(|e| undecodable(&e, path))?;
    let (read, ended) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| frames(pipe.reader, layout, &mut fold));
        let ended = running.finish();
        (reader.join(), ended)
    });
    let ended = ended.map_err(|e| undecodable(&e, path))?;
    match read {
        Ok(read) => read.map_err(failed)?,
        Err(_) => return Err(failed(std::io::Error::other("the reader stopped"))),
    }
    let mut stretch = fold.finish();
    stretch.pixels.complaints = distinct(ended.complaints);
    Ok(stretch)
}

/// Measures a whole film by the same means.
///
/// # Errors
/// Those of [`measure`].
pub fn measure_whole(
    look: &Look,
    path: &Path,
    bitmaps: &[&Path],
) -> Result<PixelFacts, Diagnostic> {
    measure(look, path, bitmaps).map(|stretch| stretch.pixels)
}

/// Sampled frames, in BT.709 of limited range.
fn filters(look: &Look) -> String {
    let format = if look.alpha { PixelFormat::Yuva420p } else { PixelFormat::Yuv420p };
    let every = Filter::EveryNth { every: look.every.max(1), phase: look.phase };
    format!("{every},{}", Filter::ToFilm(format))
}

/// Folds frame after frame until the pipe ends; what is left of a frame is dropped.
fn frames(pipe: File, layout: Layout, fold: &mut Fold<'_>) -> std::io::Result<()> {
    let mut pipe = BufReader::with_capacity(1 << 20, pipe);
    let mut frame = vec![0u8; layout.bytes()];
    loop {
        match pipe.read_exact(&mut frame) {
            Ok(()) => fold.frame(&layout.planes(&frame)),
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(e) => return Err(e),
        }
    }
}

fn undecodable(failure: &super::ffmpeg::Failure, path: &Path) -> Diagnostic {
    failure.diagnose("critic", format!("cannot decode the pictures of `{}`", path.display()))
}

fn distinct(lines: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for line in lines {
        if kept.len() < MOST_COMPLAINTS && !kept.contains(&line) {
            kept.push(line);
        }
    }
    kept
}
