//! What a file is, before anything of it is decoded: sniffed, checked for wholeness, and read by
//! the native readers; ffprobe only where they do not know a format or a codec.

mod fallback;

use super::ffmpeg::MOST_PIXELS;
use super::sniff::{self, Format, bad, shown};
use super::still::{self, Still};
use super::{iso, whole};
use crate::contract::asset::{MediaFacts, VideoFacts};
use crate::contract::fact::IsoFacts;
use crate::contract::units::Rational;
use crate::diagnostic::Diagnostic;
use std::fs::File;
use std::path::Path;

/// Frames of a film, at most: four and a half hours at 60 a second.
pub const MOST_FRAMES: u32 = crate::contract::layout::MOST_FRAMES;

/// Length of anything, at most: twelve hours.
pub const MOST_MS: u64 = crate::contract::layout::MOST_MS;

/// A file, probed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    pub format: Format,
    pub media: MediaFacts,
    /// ISO files only.
    pub iso: Option<IsoFacts>,
    /// Whether ffprobe had to be asked.
    pub asked: bool,
}

/// The facts of a file; see [`inspect`].
pub fn probe(path: &Path) -> Result<MediaFacts, Diagnostic> {
    inspect(path).map(|probed| probed.media)
}

/// Everything that can be told of a file without decoding it.
///
/// # Errors
/// `bad-asset`, naming the file, with why and what to do: those of [`sniff::open`], a file that is
/// cut short or damaged, one whose name promises another format, and one past the bounds
/// ([`MOST_PIXELS`], [`MOST_FRAMES`], [`MOST_MS`]).
pub fn inspect(path: &Path) -> Result<Probed, Diagnostic> {
    let (file, format) = sniff::open(path)?;
    sniff::check_extension(path, format)?;
    whole::check(&file, format).map_err(|why| broken(path, &why))?;
    let probed = match format {
        Format::Iso => iso_facts(path, &file)?,
        Format::Png | Format::Jpeg | Format::Webp | Format::Gif => {
            let still = still::read(&file, format).map_err(|why| broken(path, &why))?;
            Probed { format, media: still_facts(&still, format), iso: None, asked: false }
        }
        _ => Probed { format, media: fallback::ask(path, format)?, iso: None, asked: true },
    };
    check_bounds(path, &probed.media)?;
    Ok(probed)
}

/// A file that is damaged: `why` follows its name.
pub(crate) fn broken(path: &Path, why: &str) -> Diagnostic {
    bad(format!("`{}` is broken", shown(path)))
        .note(why)
        .hint("fetch or copy it again, or take it out of the folder")
}

fn iso_facts(path: &Path, file: &File) -> Result<Probed, Diagnostic> {
    let format = Format::Iso;
    match iso::read(file) {
        Ok(read) if read.complete => {
            Ok(Probed { format, media: read.media, iso: Some(read.iso), asked: false })
        }
        // The native times stand; of the codec ffprobe knows more.
        Ok(read) => {
            let asked = fallback::ask(path, format)?;
            let media = merge(read.media, asked);
            Ok(Probed { format, media, iso: Some(read.iso), asked: true })
        }
        Err(iso::IsoError::Unsupported(_)) => {
            let media = fallback::ask(path, format)?;
            let iso = iso::outline(file).map_err(|e| refused(path, e))?;
            let longest_gop = media.video.as_ref().and_then(|v| v.longest_gop);
            let iso = Some(IsoFacts { longest_gop, ..iso });
            Ok(Probed { format, media, iso, asked: true })
        }
        Err(error) => Err(refused(path, error)),
    }
}

fn refused(path: &Path, error: iso::IsoError) -> Diagnostic {
    match error {
        iso::IsoError::Broken(why) => broken(path, &why),
        iso::IsoError::Io(why) => {
            bad(format!("cannot read `{}`: {why}", shown(path))).hint("check the disk")
        }
        iso::IsoError::Unsupported(what) => broken(path, &format!("its index has {what}")),
    }
}

/// What the box reader knows of times, with what ffprobe knows of codecs.
fn merge(native: MediaFacts, asked: MediaFacts) -> MediaFacts {
    let video = match (native.video, asked.video) {
        (Some(native), Some(asked)) => Some(VideoFacts {
            codec: asked.codec,
            width: asked.width,
            height: asked.height,
            sample_aspect_ratio: asked.sample_aspect_ratio,
            pixel_format: asked.pixel_format,
            alpha: asked.alpha,
            ..native
        }),
        (_, asked) => asked,
    };
    let audio = match (native.audio, asked.audio) {
        (Some(native), Some(mut asked)) => {
            asked.duration_ms = native.duration_ms;
            Some(asked)
        }
        (_, asked) => asked,
    };
    MediaFacts { demuxer: native.demuxer, duration_ms: native.duration_ms, video, audio }
}

fn still_facts(still: &Still, format: Format) -> MediaFacts {
    let film = still.film;
    let duration_ms = film.map_or(0, |film| film.duration * 10);
    MediaFacts {
        demuxer: format.demuxer().to_owned(),
        duration_ms,
        video: Some(VideoFacts {
            codec: still.codec.to_owned(),
            width: still.width,
            height: still.height,
            rotation: still.rotation,
            sample_aspect_ratio: Rational::ONE,
            frame_rate: film.map_or(Rational::new(0, 1), |film| film.rate()),
            constant_rate: film.is_none_or(|film| film.constant),
            frames: film.map_or(1, |film| film.frames),
            start_us: 0,
            duration_ms,
            pixel_format: still.pixel_format.to_owned(),
            bt601: film.is_some(),
            alpha: still.alpha,
            longest_gop: None,
        }),
        audio: None,
    }
}

fn check_bounds(path: &Path, media: &MediaFacts) -> Result<(), Diagnostic> {
    let name = shown(path);
    if let Some(video) = &media.video {
        let (width, height) = (video.width, video.height);
        if width == 0 || height == 0 {
            return Err(broken(path, "its pictures have no size"));
        }
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return Err(bad(format!("`{name}` is too large: {width} × {height} pixels"))
                .note(format!("memebuild takes up to {} megapixels", MOST_PIXELS >> 20))
                .hint("scale it down first; no render needs more than 4096 pixels on a side"));
        }
        if video.frames > MOST_FRAMES {
            return Err(bad(format!("`{name}` is too long: {} frames", video.frames))
                .note(format!("memebuild takes up to {MOST_FRAMES}"))
                .hint("cut it first"));
        }
    }
    if media.duration_ms > MOST_MS {
        let hours = media.duration_ms / 3_600_000;
        return Err(bad(format!("`{name}` is too long: {hours} hours"))
            .note(format!("memebuild takes up to {} hours", MOST_MS / 3_600_000))
            .hint("cut it first"));
    }
    Ok(())
}
