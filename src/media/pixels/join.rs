//! Stretches of a film put together: the same facts as if the film had been measured whole.

use super::tiles;
use super::{MOST_COMPLAINTS, distinct};
use crate::contract::fact::{PixelFacts, StretchPixels};

/// A stretch and its place in the film.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    pub stretch: &'a StretchPixels,
    /// Frames of the film before it.
    pub first_frame: u32,
    /// The film's number of each of the stretch's captions.
    pub captions: Vec<u32>,
}

/// Joins stretches, given in the film's order.
///
/// # Errors
/// Tiles that are not tiles, and a caption that the part does not name: the message says which.
pub fn join<'a>(parts: impl IntoIterator<Item = Part<'a>>) -> Result<PixelFacts, String> {
    let mut whole = PixelFacts::default();
    let mut before: Option<Vec<u16>> = None;
    let mut complaints = Vec::new();
    for part in parts {
        let pixels = &part.stretch.pixels;
        (whole.width, whole.height) = (pixels.width, pixels.height);
        complaints.extend(pixels.complaints.iter().cloned());
        let read = |text: &str| tiles::read(text).ok_or("a stretch's tiles are damaged");
        for (index, sample) in pixels.samples.iter().enumerate() {
            let mut sample = sample.clone();
            sample.frame += part.first_frame;
            if let (0, Some(before)) = (index, &before) {
                let first = read(&part.stretch.first_tiles)?;
                sample.change_milli = Some(tiles::change(before, &first));
            }
            for contrast in &mut sample.contrast {
                let number = part.captions.get(contrast.caption as usize);
                contrast.caption = *number.ok_or("a stretch has a caption too many")?;
            }
            sample.contrast.sort_by_key(|contrast| contrast.caption);
            whole.samples.push(sample);
        }
        if !pixels.samples.is_empty() {
            before = Some(read(&part.stretch.last_tiles)?);
        }
    }
    whole.complaints = distinct(complaints);
    debug_assert!(whole.complaints.len() <= MOST_COMPLAINTS);
    Ok(whole)
}
