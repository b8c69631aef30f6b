//! The one decode: a single ffmpeg, several pipes, a thread for each.

use super::frame::Frame;
use super::sound::{Purpose, Sound};
use super::times;
use crate::contract::asset::{AudioFacts, MediaFacts, VideoFacts};
use crate::contract::geometry::Size;
use crate::diagnostic::Diagnostic;
use crate::media::ffmpeg::{Job, Pipe, Program, input_at};
use crate::media::filter::{Filter, FilterGraph, Pad, PixelFormat, Scaling};
use crate::media::probe::MOST_FRAMES;
use crate::media::sniff::shown;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

/// Bytes that the frames to look at may take together.
const SHOWN_BYTES: u64 = 160 << 20;

/// Nothing that a build should wait for takes longer to decode.
const PATIENCE: Duration = Duration::from_secs(1800);

/// What came out of the decoders.
#[derive(Debug)]
pub struct Decoded {
    pub film: Option<Film>,
    pub sound: Option<Sound>,
    /// What ffmpeg complained of, although it went on.
    pub complaints: Vec<String>,
}

/// Decoded pictures.
#[derive(Debug)]
pub struct Film {
    /// Hexadecimal blake3 over every frame as decoded, and its time.
    pub digest: String,
    pub frames: u32,
    /// Some of them, for measures.
    pub shown: Vec<Frame>,
}

/// Decodes the sound of a file and, where some `frames` are to be looked at, its pictures: at most
/// so many of them, spread over the film.
pub fn decode(
    path: &Path,
    media: &MediaFacts,
    frames: u64,
    purpose: Purpose,
) -> Result<Decoded, Diagnostic> {
    let video = media.video.as_ref().filter(|_| frames > 0);
    let mut job = Job::new(Program::Ffmpeg).wall(PATIENCE);
    job.push([
        "-threads",
        "1",
        "-filter_complex_threads",
        "1",
        "-flags",
        "bitexact",
        "-noautorotate",
    ]);
    job.push(input_at(&media.demuxer, path));
    let film = video.map(|video| FilmPipes::open(&mut job, video, frames)).transpose();
    let sound = media.audio.as_ref().map(|audio| SoundPipes::open(&mut job, audio)).transpose();
    let (film, sound) = film.and_then(|film| sound.map(|sound| (film, sound))).map_err(|e| {
        Diagnostic::error("io", format!("cannot make a pipe: {e}"))
            .hint("raise the number of open files, `ulimit -n`")
    })?;
    let failed = |failure: crate::media::ffmpeg::Failure| {
        failure
            .diagnose("bad-asset", format!("`{}` cannot be decoded", shown(path)))
            .hint("fetch or copy it again, or convert it to MP4, PNG or FLAC")
    };
    let unread = |e: io::Error| {
        Diagnostic::error("bad-asset", format!("`{}` cannot be decoded: {e}", shown(path)))
    };
    let running = job.spawn().map_err(failed)?;
    thread::scope(|scope| {
        let film = film.map(|pipes| {
            (
                scope.spawn(|| digest_all(pipes.raw.reader)),
                scope.spawn(|| times::read(pipes.times.reader, MOST_FRAMES)),
                scope.spawn(move || Frame::read_all(pipes.shown.reader, pipes.size)),
            )
        });
        let sound = sound.map(|pipes| {
            let facts = pipes.facts;
            (
                scope.spawn(move || Sound::read(pipes.raw.reader, facts, purpose)),
                scope.spawn(|| times::read(pipes.times.reader, u32::MAX)),
            )
        });
        let ended = running.finish();
        let film = film.map(|(raw, times, shown)| (join(raw), join(times), join(shown)));
        let sound = sound.map(|(sound, times)| (join(sound), join(times)));
        let ended = ended.map_err(failed)?;
        let film = match (film, video) {
            (Some((raw, times, shown)), Some(video)) => {
                let (raw, times) = (raw.map_err(unread)?, times.map_err(unread)?);
                let mut hasher = blake3::Hasher::new_derive_key("memebuild video stream v1");
                let shape = format!("{}x{} {}", video.width, video.height, video.pixel_format);
                hasher.update(shape.as_bytes()).update(raw.as_bytes()).update(&times.digest);
                let digest = hasher.finalize().to_hex().to_string();
                Some(Film { digest, frames: times.count, shown: shown.map_err(unread)? })
            }
            _ => None,
        };
        let sound = match sound {
            Some((sound, times)) => {
                let mut sound = sound.map_err(unread)?;
                sound.stamp(&times.map_err(unread)?.digest);
                Some(sound)
            }
            None => None,
        };
        Ok(Decoded { film, sound, complaints: ended.complaints })
    })
}

struct FilmPipes {
    raw: Pipe,
    times: Pipe,
    shown: Pipe,
    size: Size,
}

impl FilmPipes {
    fn open(job: &mut Job, video: &VideoFacts, most: u64) -> io::Result<Self> {
        let most = most_shown(video, most);
        let pipes = Self {
            raw: job.pipe()?,
            times: job.pipe()?,
            shown: job.pipe()?,
            size: Size { width: video.width, height: video.height },
        };
        let mut graph = FilterGraph::default();
        let (width, height) = (video.width, video.height);
        let link = graph.to(
            &[Pad::Video(0)],
            vec![
                Filter::Sample(every(video, most)),
                // Of one size, also where the film changes its own.
                Filter::Scale { width, height, method: Scaling::Area },
                Filter::Format(PixelFormat::Yuv420p),
            ],
        );
        let frames = (u64::from(MOST_FRAMES) + 1).to_string();
        let passing = ["-fps_mode", "passthrough", "-enc_time_base", "1:1000000"];
        job.push(["-filter_complex".to_owned(), graph.to_string()]);
        job.push(["-map", "0:V:0"].into_iter().chain(passing));
        job.push(["-frames:v", &frames, "-c:v", "rawvideo", "-f", "rawvideo", &pipes.raw.url]);
        job.push(["-map", "0:V:0"].into_iter().chain(passing));
        job.push(["-frames:v", &frames]);
        // The frame's own bytes are in the other pipe; of this one only the times are read.
        job.push(["-c:v", "wrapped_avframe", "-f", "framecrc", &pipes.times.url]);
        job.push(["-map".to_owned(), link.to_string()]);
        job.push(passing);
        job.push(["-frames:v", &most.to_string()]);
        job.push(["-c:v", "rawvideo", "-f", "rawvideo", &pipes.shown.url]);
        Ok(pipes)
    }
}

/// How many of so many frames are within [`SHOWN_BYTES`].
fn most_shown(video: &VideoFacts, most: u64) -> u64 {
    let bytes = u64::from(video.width) * u64::from(video.height) * 3 / 2;
    (SHOWN_BYTES / bytes.max(1)).clamp(1, most)
}

/// Every how many-th frame is looked at.
fn every(video: &VideoFacts, most: u64) -> u32 {
    let most = u32::try_from(most).unwrap_or(1);
    video.frames.div_ceil(most).max(1)
}

struct SoundPipes<'a> {
    raw: Pipe,
    times: Pipe,
    facts: &'a AudioFacts,
}

impl<'a> SoundPipes<'a> {
    fn open(job: &mut Job, facts: &'a AudioFacts) -> io::Result<Self> {
        let pipes = Self { raw: job.pipe()?, times: job.pipe()?, facts };
        let (rate, channels) = (facts.sample_rate.to_string(), facts.channels.to_string());
        for (codec, format, pipe) in
            // 64 bits hold every sample that a decoder delivers, exactly.
            [("pcm_f64le", "f64le", &pipes.raw), ("pcm_s16le", "framecrc", &pipes.times)]
        {
            job.push(["-map", "0:a:0", "-ar", &rate, "-ac", &channels]);
            job.push(["-c:a", codec, "-f", format, &pipe.url]);
        }
        Ok(pipes)
    }
}

fn digest_all(mut reader: File) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0u8; 1 << 20];
    loop {
        match reader.read(&mut block)? {
            0 => return Ok(hasher.finalize()),
            n => hasher.update(&block[..n]),
        };
    }
}

fn join<T>(handle: ScopedJoinHandle<'_, io::Result<T>>) -> io::Result<T> {
    handle.join().unwrap_or_else(|_| Err(io::Error::other("a reader of ffmpeg's output panicked")))
}
