//! How alike two media files are, by what comes out of a decoder.

use super::decode::{Film, decode};
use super::sound::Purpose;
use crate::diagnostic::Diagnostic;
use crate::media::probe;
use std::path::Path;

/// Least peak signal-to-noise ratio of the luma, in hundredths of a decibel, from which on two
/// films are taken for the same by eye: 40 dB, about one step in a hundred of each pixel's value.
const SAME_BY_EYE_CENTIDB: i64 = 4000;

/// Frames of each film that are compared, at most.
const FRAMES: u64 = 32;

/// How alike two files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Every decoded frame and sample is the same: the containers or the codecs' bytes differ.
    Stream,
    /// The sound is the same, and so are the pictures to the eye.
    Perceptual,
    Different,
}

/// Compares what two files decode to.
///
/// # Errors
/// One of them is no media file, or cannot be decoded.
pub fn likeness(a: &Path, b: &Path) -> Result<Likeness, Diagnostic> {
    let read = |path: &Path| decode(path, &probe::inspect(path)?.media, FRAMES, Purpose::Beside);
    let (a, b) = (read(a)?, read(b)?);
    let sound = |decoded: &super::decode::Decoded| decoded.sound.as_ref().map(|s| s.digest.clone());
    if sound(&a) != sound(&b) {
        return Ok(Likeness::Different);
    }
    Ok(match (&a.film, &b.film) {
        (None, None) => Likeness::Stream,
        (Some(a), Some(b)) if a.digest == b.digest => Likeness::Stream,
        (Some(a), Some(b)) => match psnr_centidb(a, b) {
            Some(psnr) if psnr >= SAME_BY_EYE_CENTIDB => Likeness::Perceptual,
            _ => Likeness::Different,
        },
        _ => Likeness::Different,
    })
}

/// Over the luma of some of their frames; none where they are not as many, or not
/// of one size.
fn psnr_centidb(a: &Film, b: &Film) -> Option<i64> {
    if a.frames != b.frames || a.shown.len() != b.shown.len() {
        return None;
    }
    let (mut squares, mut count) = (0u64, 0u64);
    for (a, b) in a.shown.iter().zip(&b.shown) {
        if a.size != b.size {
            return None;
        }
        for (a, b) in a.luma().iter().zip(b.luma()) {
            squares += u64::from(a.abs_diff(*b)).pow(2);
        }
        count += a.luma().len() as u64;
    }
    let mean = squares as f64 / count.max(1) as f64;
    Some((1000.0 * (255.0 * 255.0 / mean.max(1e-6)).log10()) as i64)
}
