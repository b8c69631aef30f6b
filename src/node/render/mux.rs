//! `memebuild tool mux`: segments and sound become one file, by copying streams, and what came out
//! is checked: a film that lost a frame is an error and never a film.

use crate::contract::profile::Container;
use crate::contract::units::Rational;
use crate::diagnostic::Diagnostic;
use crate::media::encode::{self, timescale};
use crate::media::ffmpeg::{self, Job, Program};
use crate::media::iso;
use crate::node::tool::{Context, Step};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Raised when the same streams are joined to other bytes.
pub const VERSION: u32 = 2;

/// `memebuild tool mux`.
pub const STEP: Step = Step { name: "mux", run };

/// What the step is told besides its streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MuxParams {
    pub container: Container,
    pub frame_rate: Rational,
    /// Frames of all segments together.
    pub frames: u32,
}

fn run(context: &Context) -> Result<(), Diagnostic> {
    let params: MuxParams = context.params()?;
    let film = context.output("film")?;
    let mut job = Job::new(Program::Ffmpeg);
    let segments = context.input_list("segment");
    match params.container {
        Container::Webm => {
            let [video] = segments[..] else { return Err(broken("it has several segments")) };
            job.push(ffmpeg::input_at("matroska", video));
        }
        _ => {
            let list = concat_list(&segments, &context.scratch)?;
            // The list is ours, and names nothing but links beside it.
            job.push(["-protocol_whitelist", "file", "-f", "concat", "-safe", "1", "-i"]);
            job.push([ffmpeg::file_url(list.as_os_str())]);
        }
    }
    let sound = context.inputs.get("audio");
    if let Some(audio) = sound {
        let demuxer = if params.container == Container::Webm { "matroska" } else { "mov" };
        job.push(ffmpeg::input_at(demuxer, audio));
        job.push(["-map", "0:v:0", "-map", "1:a:0"]);
    } else {
        job.push(["-map", "0:v:0"]);
    }
    job.push(encode::bit_exact());
    job.push(["-c", "copy"]);
    if params.container == Container::Webm {
        // Copied streams lose what tells players that there is an alpha channel.
        job.push(["-metadata:s:v:0", "alpha_mode=1", "-f", "webm"]);
    } else {
        // The concat demuxer reckons lengths in microseconds: its times go back onto the grid.
        let tick = u64::from(timescale(params.frame_rate)) * u64::from(params.frame_rate.den)
            / u64::from(params.frame_rate.num.max(1));
        let grid = format!("setts=pts=round(PTS/{tick})*{tick}:dts=round(DTS/{tick})*{tick}");
        job.push(["-bsf:v", &grid, "-movflags", "+faststart"]);
        job.push(["-video_track_timescale", &timescale(params.frame_rate).to_string()]);
        job.push(["-f", "mp4"]);
    }
    job.push(["-y"]);
    job.push([ffmpeg::file_url(film.as_os_str())]);
    let ended = job
        .output(0)
        .map_err(|failure| failure.diagnose("render", "the segments could not be joined"))?;
    if let Some(complaint) = ended.complaints.first() {
        return Err(broken(format!("ffmpeg said: {complaint}")));
    }
    if params.container == Container::Mp4 {
        check(film, &params, sound.is_some())?;
    }
    Ok(())
}

fn broken(why: impl Into<String>) -> Diagnostic {
    Diagnostic::error("render", "the joined film is not what was rendered").note(why)
}

/// Links with plain names, and the list of them that the demuxer reads.
fn concat_list(segments: &[&Path], scratch: &Path) -> Result<PathBuf, Diagnostic> {
    let io = |e: std::io::Error| Diagnostic::error("io", format!("cannot list the segments: {e}"));
    let mut list = String::from("ffconcat version 1.0\n");
    for (index, segment) in segments.iter().enumerate() {
        let name = format!("{index}.mp4");
        let segment = std::path::absolute(segment).map_err(io)?;
        std::os::unix::fs::symlink(segment, scratch.join(&name)).map_err(io)?;
        list.push_str(&format!("file {name}\n"));
    }
    let path = scratch.join("list");
    std::fs::write(&path, list).map_err(io)?;
    Ok(path)
}

/// Reads the index of the film with our own reader: every frame is there, each as long as the
/// others, and the index stands before the media.
fn check(film: &Path, params: &MuxParams, sound: bool) -> Result<(), Diagnostic> {
    let file = File::open(film).map_err(|e| broken(e.to_string()))?;
    let read = iso::read(&file).map_err(|e| broken(format!("its index: {e:?}")))?;
    let Some(video) = &read.media.video else { return Err(broken("it has no pictures")) };
    if video.frames != params.frames {
        let (found, wanted) = (video.frames, params.frames);
        return Err(broken(format!("it has {found} frames, and {wanted} were rendered")));
    }
    if !video.constant_rate || video.frame_rate != params.frame_rate {
        let (found, wanted) = (video.frame_rate, params.frame_rate);
        return Err(broken(format!("its {found} frames a second are not an even {wanted}")));
    }
    if !read.iso.fast_start {
        return Err(broken("its index stands at its end"));
    }
    if read.media.audio.is_some() != sound {
        return Err(broken("its sound was lost"));
    }
    Ok(())
}
