//! Measuring the pixels of a finished film: one decode, folded frame by frame.
//!
//! ffmpeg decodes and hands over every n-th frame as it is, through a pipe; all arithmetic is
//! here, in integers, so that the measures are the same on every processor. A film can be measured
//! whole or in stretches ([`join`]): the facts are equal, which is what lets a changed caption
//! re-measure its own segment only.

mod contrast;
mod fold;
pub(crate) mod frame;
pub(crate) mod green;
mod join;
mod letters;
mod tiles;

pub use join::{Part, join};

use super::ffmpeg::{Job, Program, input_at};
use super::filter::{Filter, PixelFormat};
use crate::contract::asset::MediaFacts;
use crate::contract::caption::Rgba;
use crate::contract::fact::StretchPixels;
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
pub const VERSION: u32 = 3;

/// Complaints of the decoder that are kept.
const MOST_COMPLAINTS: usize = 8;

/// What to look for in a stretch of film, numbered from its own first frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Look {
    /// Which frames are sampled: those whose number plus `phase` is a multiple of `every`.
    pub every: u32,
    pub phase: u32,
    /// The size for which places are given; in a film of another size they mean nothing, and are
    /// not looked at.
    pub canvas: Size,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen: Option<Screen>,
    /// Captions that show in the stretch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<LookedFor>,
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

/// Measures a stretch of film, whose facts are known. `bitmaps` are the pictures (PNG) of the
/// captions in `look`, in its order.
///
/// # Errors
/// A file without pictures or one that ffmpeg cannot decode at all, and a bitmap that is no
/// picture. A film that decodes with complaints is measured, and they are among the facts.
pub fn measure(
    look: &Look,
    path: &Path,
    media: &MediaFacts,
    bitmaps: &[&Path],
) -> Result<StretchPixels, Diagnostic> {
    let failed = |why: &dyn std::fmt::Display| {
        let message = format!("cannot read the pixels of `{}`: {why}", path.display());
        Diagnostic::error("critic", message)
    };
    let video = media.video.as_ref().ok_or_else(|| failed(&"it has no pictures"))?;
    let size = Size { width: video.width, height: video.height };
    let mut look = look.clone();
    if size != look.canvas {
        look.screen = None;
        look.captions.clear();
    }
    let letters = look
        .captions
        .iter()
        .zip(bitmaps)
        .map(|(caption, bitmap)| Letters::read(bitmap, caption, size))
        .collect::<Result<Vec<_>, _>>()?;
    let layout = Layout::new(size, video.alpha);
    let mut fold = Fold::new(&look, layout, letters);

    let mut job = Job::new(Program::Ffmpeg).args(["-noautorotate", "-threads", "1"]);
    if video.alpha && video.codec == "vp9" {
        // ffmpeg's own decoder of VP9 drops alpha; libvpx keeps it.
        job.push(["-c:v", "libvpx-vp9"]);
    }
    job.push(input_at(&media.demuxer, path));
    let pipe = job.pipe().map_err(|e| failed(&e))?;
    job.push(["-map", "0:v:0", "-filter_threads", "1", "-vf", &filters(&look, video.alpha)]);
    job.push(["-fps_mode", "passthrough", "-f", "rawvideo", &pipe.url]);
    let running = job.spawn().map_err(|e| undecodable(&e, path))?;
    let (read, ended) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| frames(pipe.reader, layout, &mut fold));
        let ended = running.finish();
        (reader.join(), ended)
    });
    let ended = ended.map_err(|e| undecodable(&e, path))?;
    match read {
        Ok(read) => read.map_err(|e| failed(&e))?,
        Err(_) => return Err(failed(&"the reader stopped")),
    }
    let mut stretch = fold.finish();
    stretch.pixels.complaints = distinct(ended.complaints);
    Ok(stretch)
}

/// Sampled frames, in BT.709 of limited range.
fn filters(look: &Look, alpha: bool) -> String {
    let format = if alpha { PixelFormat::Yuva420p } else { PixelFormat::Yuv420p };
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
