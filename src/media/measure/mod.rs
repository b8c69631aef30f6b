//! How fit an asset is for its purpose, and what its decoded streams are: everything that needs
//! its pixels and samples, in one decode.
//!
//! ```text
//!              ┌ frames → digest          (all of them, as decoded)
//!  file → ffmpeg ├ times  → digest, count
//!              ├ some frames, yuv420p → measures, key, fingerprint
//!              └ samples → digest, measures, fingerprint
//! ```
//!
//! Raw measures are kept beside the score that is made of them, with the version of both, so that
//! scores can be made anew without decoding.

mod background;
mod coding;
mod decode;
mod edges;
mod fingerprint;
mod frame;
mod grain;
mod green;
mod hum;
mod likeness;
mod marks;
mod mean;
mod motion;
mod parts;
mod resample;
mod screen;
mod sound;
mod times;

pub use likeness::{Likeness, likeness};
pub use parts::{Part, Unit, parts, score};

use self::sound::Purpose;
use super::probe::{Probed, broken};
use crate::contract::asset::{AssetKind, MediaFacts, Quality, StreamDigests};
use crate::contract::fingerprint::Fingerprint;
use crate::contract::key::KeyCalibration;
use crate::diagnostic::Diagnostic;
use std::collections::BTreeMap;
use std::path::Path;

/// Version of the measures and of the formula of the score.
pub const ALGORITHM: u32 = 3;

/// Frames that are measured, at most, spread over the film: they tell what those of all do.
const FRAMES: u64 = 12;

/// Raw measures, fixed point, with the unit in the name.
pub type Measures = BTreeMap<String, i64>;

/// What decoding an asset showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The probed facts, with the lengths that decoding found.
    pub media: MediaFacts,
    pub streams: StreamDigests,
    pub quality: Quality,
    /// Green screens that show a screen.
    pub key: Option<KeyCalibration>,
    /// What shows or sounds enough to be told from others.
    pub fingerprint: Option<Fingerprint>,
}

/// Decodes a probed file once and measures it for its kind.
///
/// # Errors
/// `bad-asset`: it has no stream that its kind needs, it cannot be decoded, or it ends long before
/// its container says.
pub fn measure(path: &Path, probed: &Probed, kind: AssetKind) -> Result<Measured, Diagnostic> {
    let pictures = matches!(kind, AssetKind::GreenScreen | AssetKind::Background);
    let mut media = probed.media.clone();
    let needed = if pictures { media.video.is_some() } else { media.audio.is_some() };
    if !needed {
        let missing = if pictures { "no pictures" } else { "no sound" };
        let hint = "list it under the kind that it is, or take it out of the folder";
        return Err(super::sniff::bad(format!(
            "`{}` has {missing}, and a {kind} asset needs some",
            super::sniff::shown(path)
        ))
        .hint(hint));
    }
    let purpose = match kind {
        AssetKind::Music => Purpose::Music,
        AssetKind::SoundEffect => Purpose::Effect,
        AssetKind::GreenScreen | AssetKind::Background => Purpose::Beside,
    };
    let decoded = decode::decode(path, &media, if pictures { FRAMES } else { 0 }, purpose)?;
    if let (Some(video), Some(film)) = (&mut media.video, &decoded.film) {
        check_length(path, "frames", u64::from(video.frames), u64::from(film.frames), 2)?;
        video.frames = film.frames;
        if video.is_still() && !decoded.complaints.is_empty() {
            return Err(complained(path, &decoded.complaints));
        }
    }
    if let (Some(audio), Some(sound)) = (&mut media.audio, &decoded.sound) {
        let found = sound.samples * 1000 / u64::from(audio.sample_rate.max(1));
        check_length(path, "milliseconds of sound", audio.duration_ms, found, 200)?;
        audio.duration_ms = found;
    }
    let length = |ms: Option<u64>| ms.unwrap_or(0);
    media.duration_ms = length(media.video.as_ref().map(|v| v.duration_ms))
        .max(length(media.audio.as_ref().map(|a| a.duration_ms)));
    let mut measures = Measures::new();
    let mut note = |name: &str, value: i64| {
        measures.insert(name.to_owned(), value);
    };
    note("decoderComplaints", i64::try_from(decoded.complaints.len()).unwrap_or(i64::MAX));
    let (mut key, mut fingerprint) = (None, None);
    match (kind, &media.video, &decoded.film, &decoded.sound) {
        (AssetKind::GreenScreen, Some(video), Some(film), _) => {
            key = green::calibrate(&film.shown);
            let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
            fingerprint = green::measure(&film.shown, video, bytes, &mut note);
        }
        (AssetKind::Background, Some(video), Some(film), _) => {
            fingerprint = background::measure(&film.shown, video, &mut note);
        }
        (AssetKind::Music, .., Some(sound)) => {
            fingerprint = sound.fingerprint.clone();
            sound.measure_music(&mut note);
        }
        (AssetKind::SoundEffect, .., Some(sound)) => {
            fingerprint = sound.fingerprint.clone();
            sound.measure_effect(&mut note);
        }
        _ => {}
    }
    let streams = StreamDigests {
        video: decoded.film.map(|film| film.digest),
        audio: decoded.sound.map(|sound| sound.digest),
    };
    Ok(Measured { media, streams, quality: quality(kind, measures), key, fingerprint })
}

/// What measures say of an asset of this kind.
pub fn quality(kind: AssetKind, measures: Measures) -> Quality {
    let score = score(kind, &measures);
    let parts = parts(kind, &measures).into_iter().map(|p| (p.name.to_owned(), p.part)).collect();
    Quality { algorithm: ALGORITHM, score, parts, measures }
}

/// A decoder makes the best of half a file; a tenth less than promised is a file cut short.
fn check_length(
    path: &Path,
    what: &str,
    promised: u64,
    found: u64,
    slack: u64,
) -> Result<(), Diagnostic> {
    if found == 0 {
        return Err(broken(path, &format!("it promises {promised} {what}, and has none")));
    }
    if found + slack < promised - promised / 10 {
        let why = format!("it is cut short: it promises {promised} {what}, and has {found}");
        return Err(broken(path, &why));
    }
    Ok(())
}

fn complained(path: &Path, complaints: &[String]) -> Diagnostic {
    let told = broken(path, "its picture cannot be decoded whole");
    complaints.iter().fold(told, |told, line| told.note(line.clone()))
}
