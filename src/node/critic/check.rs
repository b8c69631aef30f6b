//! `memebuild check FILE`: any file measured whole, by the code that measures renders.

use super::judge::file_facts;
use super::look::Stretch;
use crate::contract::asset::MediaFacts;
use crate::contract::fact::RenderFacts;
use crate::contract::geometry::Size;
use crate::contract::profile::OutputProfile;
use crate::contract::render_input::{CaptionLayer, RenderInput};
use crate::contract::verdict::Verdict;
use crate::critic::{Policy, judge};
use crate::diagnostic::Diagnostic;
use crate::media::caption::{Library, Typeset};
use crate::media::listen::listen;
use crate::media::pixels::{self, Look, sampling};
use std::path::Path;

/// Judges a file against a profile, and against the render input that it was made from where there
/// is one; the captions of that are typeset again with the fonts of `library`. `scratch` is an
/// empty folder.
///
/// # Errors
/// A file that cannot be read or decoded, a caption that cannot be typeset, and a render input
/// whose captions are to be looked for without a library of fonts.
pub fn critic_check(
    path: &Path,
    profile: &OutputProfile,
    policy: &Policy,
    render_input: Option<RenderInput>,
    library: Option<&Library>,
    scratch: &Path,
) -> Result<Verdict, Diagnostic> {
    let file = file_facts(path)?;
    let captions = match (&render_input, library) {
        (Some(input), Some(library)) => set(input, library, scratch)?,
        (Some(input), None) if !input.captions.is_empty() => {
            return Err(Diagnostic::error("critic", "the captions need a library of fonts"));
        }
        _ => Vec::new(),
    };
    let pixels = match &file.media.video {
        None => None,
        Some(_) => {
            let look = look(&file.media, render_input.as_ref());
            let mut bitmaps = Vec::new();
            for (index, caption) in captions.iter().enumerate() {
                let place = scratch.join(format!("caption-{index}.png"));
                std::fs::write(&place, caption.bitmap.to_png()?).map_err(|e| {
                    let message = format!("cannot write `{}`: {e}", place.display());
                    Diagnostic::error("io", message)
                })?;
                bitmaps.push(place);
            }
            let bitmaps: Vec<&Path> = bitmaps.iter().map(AsRef::as_ref).collect();
            Some(pixels::measure(&look, path, &file.media, &bitmaps)?.pixels)
        }
    };
    let sound = file.media.audio.as_ref();
    let audio = sound.map(|facts| listen(path, &file.media.demuxer, facts)).transpose()?;
    let captions = captions.into_iter().map(|caption| caption.facts).collect();
    let facts = RenderFacts {
        file,
        pixels,
        audio,
        balance: None,
        subject: None,
        captions,
        credits: Vec::new(),
        review: None,
        expected: render_input,
    };
    Ok(judge(&facts, profile, policy))
}

/// What to look for in the whole file.
fn look(media: &MediaFacts, input: Option<&RenderInput>) -> Look {
    if let Some(input) = input {
        return Stretch::new(input, 0..input.frames).look;
    }
    let (canvas, every) = media.video.as_ref().map_or((Size { width: 0, height: 0 }, 1), |video| {
        (Size { width: video.width, height: video.height }, sampling(video.frame_rate))
    });
    Look { every, phase: 0, canvas, screen: None, captions: Vec::new() }
}

/// The captions of a render input, drawn, each in a folder of its own.
fn set(input: &RenderInput, library: &Library, scratch: &Path) -> Result<Vec<Typeset>, Diagnostic> {
    let draw = |(index, layer): (usize, &CaptionLayer)| {
        let folder = scratch.join(format!("drawing-{index}"));
        std::fs::create_dir(&folder).map_err(|e| {
            Diagnostic::error("io", format!("cannot make `{}`: {e}", folder.display()))
        })?;
        library.draw(&layer.spec, &folder)
    };
    input.captions.iter().enumerate().map(draw).collect()
}
