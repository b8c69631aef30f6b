//! A native reader of ISO base media files (MP4, QuickTime): the facts that a render needs, in
//! microseconds where starting ffprobe takes a hundred milliseconds.
//!
//! Everything in a file is a claim. A box is looked at only inside the box that holds it, nothing
//! is allocated by a size that a file claims without having the bytes, and no loop runs longer
//! than a table that is really there. What this reader does not know (fragments, several edits,
//! rare codecs) it says, and ffprobe is asked.

mod boxes;
mod codec;
mod edit;
mod sps;
mod top;
mod track;

use crate::contract::asset::{AudioFacts, MediaFacts, VideoFacts};
use crate::contract::fact::IsoFacts;
use crate::contract::units::Rational;
use boxes::{Fields, IsoBox, children, find};
use std::fs::File;
use track::{Handler, Track};

/// Why a file has no facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IsoError {
    /// Certainly damaged: people are told, and ffprobe is not asked.
    Broken(String),
    /// Sound as far as can be seen, but more than this reader knows: ffprobe is asked.
    Unsupported(&'static str),
    /// The file could not be read.
    Io(String),
}

/// What the reader found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iso {
    pub media: MediaFacts,
    pub iso: IsoFacts,
    /// Whether `media` says all; else a codec is one whose facts only ffprobe can tell.
    pub complete: bool,
}

/// Reads the facts of an ISO file.
///
/// # Errors
/// See [`IsoError`].
pub fn read(file: &File) -> Result<Iso, IsoError> {
    let top = top::read(file)?;
    describe(&top)
}

/// What can be said of a file that is more than [`read`] knows: where its index is, and whether a
/// track has an edit list.
///
/// # Errors
/// See [`IsoError`].
pub fn outline(file: &File) -> Result<IsoFacts, IsoError> {
    let top = top::read(file)?;
    let (mut edit_list, mut sound) = (false, false);
    for trak in children(&top.moov)?.iter().filter(|b| &b.kind == b"trak") {
        let parts = children(trak.body)?;
        edit_list |= find(&parts, b"edts").is_some();
        let mdia = find(&parts, b"mdia").map(children).transpose()?.unwrap_or_default();
        sound |= find(&mdia, b"hdlr").is_some_and(|hdlr| hdlr.get(8..12) == Some(b"soun"));
    }
    Ok(IsoFacts {
        fast_start: top.fast_start,
        video_start_us: 0,
        audio_start_us: sound.then_some(0),
        edit_list,
        longest_gop: None,
        closed_gop: None,
        color: None,
    })
}

fn describe(top: &top::Top) -> Result<Iso, IsoError> {
    let moov = children(&top.moov)?;
    if find(&moov, b"mvex").is_some() || top.fragmented {
        return Err(IsoError::Unsupported("fragments"));
    }
    if find(&moov, b"cmov").is_some() {
        return Err(IsoError::Unsupported("a compressed index"));
    }
    let mvhd = find(&moov, b"mvhd")
        .ok_or_else(|| IsoError::Broken("its index has no header (`mvhd`)".to_owned()))?;
    let movie_scale = movie_timescale(mvhd)?;
    let (mut video, mut audio) = (None, None);
    for trak in moov.iter().filter(|b| &b.kind == b"trak") {
        let track = track::read(trak.body, movie_scale, top.file_length)?;
        match track.handler {
            Handler::Video if video.is_none() => video = Some(track),
            Handler::Audio if audio.is_none() => audio = Some(track),
            _ => {}
        }
    }
    if video.is_none() && audio.is_none() {
        return Err(IsoError::Broken("it has neither pictures nor sound".to_owned()));
    }
    let mut complete = true;
    let picture = video.as_ref().map(|t| video_facts(t, &mut complete)).transpose()?;
    let sound = audio.as_ref().map(|t| audio_facts(t, &mut complete)).transpose()?;
    let length = |ms: Option<u64>| ms.unwrap_or(0);
    let picture = picture.map(|facts| {
        let own = video.as_ref().map_or(0, |t| t.start_us);
        let file = audio.as_ref().map_or(own, |t| t.start_us.min(own));
        VideoFacts { start_us: u64::try_from(own - file).unwrap_or(0), ..facts }
    });
    Ok(Iso {
        iso: IsoFacts {
            fast_start: top.fast_start,
            video_start_us: video.as_ref().map_or(0, |t| t.start_us),
            audio_start_us: audio.as_ref().map(|t| t.start_us),
            edit_list: video.iter().chain(&audio).any(|t| t.edited),
            longest_gop: video.as_ref().and_then(|t| t.longest_gop),
            closed_gop: video.as_ref().and_then(|t| t.closed_gop),
            color: video.as_ref().and_then(|t| t.entry.color),
        },
        media: MediaFacts {
            demuxer: "mov".to_owned(),
            duration_ms: length(picture.as_ref().map(|v| v.duration_ms))
                .max(length(sound.as_ref().map(|a| a.duration_ms))),
            video: picture,
            audio: sound,
        },
        complete,
    })
}

fn video_facts(track: &Track, complete: &mut bool) -> Result<VideoFacts, IsoError> {
    let entry = &track.entry;
    if track.frames == 0 {
        return Err(IsoError::Broken("its video track has no frames".to_owned()));
    }
    *complete &= !entry.codec.is_empty() && !entry.pixel_format.is_empty();
    Ok(VideoFacts {
        codec: entry.codec.to_owned(),
        width: entry.width,
        height: entry.height,
        rotation: track.rotation,
        sample_aspect_ratio: entry.pixel_aspect.unwrap_or(Rational::ONE),
        frame_rate: track.rate,
        constant_rate: track.constant,
        frames: track.frames,
        start_us: 0,
        duration_ms: track.duration_ms,
        pixel_format: entry.pixel_format.clone(),
        bt601: VideoFacts::is_bt601(entry.color.map(|color| color[2]), entry.width, entry.height),
        alpha: false,
        longest_gop: track.longest_gop,
    })
}

fn audio_facts(track: &Track, complete: &mut bool) -> Result<AudioFacts, IsoError> {
    let entry = &track.entry;
    if track.frames == 0 {
        return Err(IsoError::Broken("its sound track has no samples".to_owned()));
    }
    *complete &= !entry.codec.is_empty() && entry.sample_rate > 0 && entry.channels > 0;
    Ok(AudioFacts {
        codec: entry.codec.to_owned(),
        sample_rate: entry.sample_rate,
        channels: entry.channels,
        duration_ms: track.duration_ms,
    })
}

fn movie_timescale(mvhd: &[u8]) -> Result<u32, IsoError> {
    let mut fields = Fields::new(mvhd, "mvhd");
    let version = fields.u8()?;
    fields.skip(if version == 1 { 3 + 16 } else { 3 + 8 })?;
    match fields.u32()? {
        0 => Err(IsoError::Broken("its clock does not tick (time scale 0)".to_owned())),
        scale => Ok(scale),
    }
}
