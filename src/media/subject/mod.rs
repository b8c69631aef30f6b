//! The subject of a finished film, told from its background: a few frames are compared with what
//! lies behind them, as it was conformed.
//!
//! This is what can be measured of a key without its truth: whether anything of the clip is seen at
//! all, whether the background shines through the subject in specks, and how much of the screen's
//! colour is not the background's own. Openings that a subject really has (between an arm and a
//! body) are as much enclosed as a hole is; they are larger, and are left alone.

mod cells;
mod compare;

use super::ffmpeg::{Failure, Job, Program, input_at};
use super::filter::{Filter, FilterGraph, Pad, PixelFormat};
use super::pixels::frame::Layout;
use super::timeline::seek_us;
use crate::contract::fact::{SubjectFacts, SubjectMoment};
use crate::contract::geometry::{Rect, Size};
use crate::contract::units::Rational;
use crate::diagnostic::Diagnostic;
use cells::Cells;
use compare::Comparison;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Version of the measures; raised when the same films give others.
pub const VERSION: u32 = 1;

/// Frames that are looked at, at most.
pub const MOST_MOMENTS: usize = 6;

/// What to compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scene {
    pub canvas: Size,
    /// Where the keyed layer lies.
    pub place: Rect,
    /// The screen's chroma, 0 to 255.
    pub u: u32,
    pub v: u32,
    /// The rate of a background film; absent for a photo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_rate: Option<Rational>,
    pub moments: Vec<Moment>,
}

/// The first frame of a stretch of film, and what lies behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Moment {
    /// Index of the frame in the film.
    pub frame: u32,
    /// The background's frame; zero for a photo.
    pub background_frame: u32,
    /// What captions and the watermark cover.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covered: Vec<Rect>,
}

/// Compares the first frame of each of `films` with the background behind it. `films` are MP4s of
/// the canvas's size, one for each moment.
///
/// # Errors
/// Films or a background that ffmpeg cannot decode.
pub fn compare(
    scene: &Scene,
    films: &[&Path],
    background: &Path,
) -> Result<SubjectFacts, Diagnostic> {
    let layout = Layout::new(scene.canvas, false);
    let count = scene.moments.len().min(films.len());
    let moments = &scene.moments[..count];
    if count == 0 {
        return Ok(SubjectFacts::default());
    }
    let bytes = layout.bytes();
    let (behind, pictures) = match scene.background_rate {
        Some(_) => (count, count * 2),
        None => (1, count + 1),
    };
    let frames = decode(scene, moments, films, background, bytes * pictures)?;
    if frames.len() != bytes * pictures {
        let message = format!("{} bytes of pictures, not {}", frames.len(), bytes * pictures);
        return Err(Diagnostic::error("critic", "the subject cannot be compared").note(message));
    }
    let cells = |index: usize| {
        let frame = &frames[bytes * index..bytes * (index + 1)];
        Cells::of(&layout.planes(frame))
    };
    let backgrounds: Vec<Cells> = (count..count + behind).map(cells).collect();
    let compared = moments.iter().enumerate().map(|(index, moment)| {
        let seen = cells(index);
        let behind = &backgrounds[index.min(behind - 1)];
        measure(scene, moment, &seen, behind)
    });
    Ok(SubjectFacts { moments: compared.collect() })
}

fn measure(scene: &Scene, moment: &Moment, seen: &Cells, behind: &Cells) -> SubjectMoment {
    let comparison = Comparison::new(seen, behind, &scene.place, &moment.covered);
    let (green_millionth, background_green_millionth) = comparison.green((scene.u, scene.v));
    SubjectMoment {
        frame: moment.frame,
        subject_millionth: comparison.subject_millionth(),
        holes_millionth: comparison.holes_millionth(),
        green_millionth,
        background_green_millionth,
    }
}

/// One frame of each film, then of the background, as raw planes one after the other.
fn decode(
    scene: &Scene,
    moments: &[Moment],
    films: &[&Path],
    background: &Path,
    most: usize,
) -> Result<Vec<u8>, Diagnostic> {
    let failed = |e: &Failure| {
        e.diagnose("critic", "cannot decode the frames in which the subject is looked for")
    };
    let mut job = Job::new(Program::Ffmpeg);
    let mut count = 0;
    let mut open = |demuxer: &str, path: &Path, seek: u64| {
        job.push(["-threads", "1", "-noautorotate"]);
        if seek > 0 {
            job.push(["-ss", &format!("{}.{:06}", seek / 1_000_000, seek % 1_000_000)]);
        }
        job.push(input_at(demuxer, path));
        count += 1;
    };
    for film in films.iter().take(moments.len()) {
        open("mov", film, 0);
    }
    match scene.background_rate {
        Some(rate) => {
            for moment in moments {
                open("mov", background, seek_us(rate, moment.background_frame));
            }
        }
        None => open("png_pipe", background, 0),
    }
    let mut graph = FilterGraph::default();
    let pads: Vec<Pad> = (0..count)
        .map(|index| {
            let first = vec![
                Filter::FirstFrames(1),
                Filter::ToFilm(PixelFormat::Yuv420p),
                Filter::SquarePixels,
            ];
            graph.to(&[Pad::Video(index)], first)
        })
        .collect();
    let all = graph.to(&pads, vec![Filter::Concat(count)]);
    job.push(["-filter_complex_threads", "1", "-filter_complex", &graph.to_string()]);
    job.push(["-map", &all.to_string(), "-fps_mode", "passthrough"]);
    job.push(["-f", "rawvideo", "pipe:1"]);
    job.output(most).map(|ended| ended.stdout).map_err(|e| failed(&e))
}
