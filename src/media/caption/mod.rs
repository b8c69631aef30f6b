//! Captions: from a [`CaptionSpec`] and a few font files to a picture and its facts.
//!
//! ```text
//! spec → text (cleaned) → faces (who draws what) → shape (em units) → wrap and fit (lines, size)
//!      → layout (glyphs at pixels) → paint (coverage masks) → compose (RGBA) → PNG and facts
//! ```
//!
//! Text is shaped once, in units of the font size; auto-fit then tries sizes by arithmetic alone,
//! and only the lines of the chosen size are set. Nothing of a caption ever enters a filter graph.
//!
//! [`typeset`] is a pure function of the spec and of the bytes of the fonts: no font of the system,
//! no locale and no environment is looked at. Which fonts those are is decided beforehand by
//! [`fonts::Library`], so that they can be declared as inputs.

mod compose;
mod coverage;
pub mod drawtext;
mod effects;
mod emoji;
mod faces;
mod fit;
pub mod fonts;
mod itemize;
mod layout;
mod outline;
mod paint;
mod plate;
mod png;
mod preset;
mod resample;
mod shadow;
mod shape;
mod text;
mod wrap;

pub use compose::Bitmap;
pub use fonts::{FaceRef, Library, Resolution};
pub use preset::{PRESETS, preset};

use crate::contract::caption::{CaptionEngine, CaptionFacts, CaptionSpec};
use crate::contract::geometry::Size;
use crate::diagnostic::Diagnostic;
use effects::Effects;
use faces::Faces;
use layout::Layout;
use std::path::Path;

/// Largest picture that is drawn, pixels: 64 Mpx, or 256 MiB of RGBA.
const AREA_MAX: u64 = 1 << 26;

/// A caption, drawn.
#[derive(Debug, Clone)]
pub struct Typeset {
    pub bitmap: Bitmap,
    pub facts: CaptionFacts,
}

/// Sets `spec` with these faces and no others, in their order of preference; the first one's
/// metrics are those of the caption. Any text is fine: what no face can draw is reported in the
/// facts and drawn as an empty box, text past [`text::CHARS_MAX`] characters is cut and reported
/// as clipped.
///
/// # Errors
/// An area of no pixels or of more than 64 Mpx; no faces; a file that is not a font.
pub fn typeset(spec: &CaptionSpec, faces: &[FaceRef]) -> Result<Typeset, Diagnostic> {
    let area = area_of(spec)?;
    let text = text::prepare(&spec.text, spec.style.uppercase);
    let mut faces = Faces::load(faces, spec.style.weight)?;
    let shaped = shape::shape(&text, spec.style.uppercase, &mut faces);
    let fitted = fit::fit(&shaped, &spec.style, area);
    let effects = Effects::at(&spec.style, fitted.size);
    let layout = Layout::new(&text, &shaped, &fitted, &spec.style, area, &mut faces);
    let painted = paint::paint(&layout, &effects, &spec.style, area, &mut faces);
    let cap_height = faces.cap_height();
    let facts = facts(spec, &text, &layout, &painted, cap_height, &faces);
    Ok(Typeset { bitmap: painted.bitmap, facts })
}

/// Draws `spec` with the engine that it asks for. `scratch` is a folder in which ffmpeg may find
/// what it is to draw.
///
/// # Errors
/// Those of [`typeset`] and of [`drawtext::draw`].
pub fn draw(spec: &CaptionSpec, faces: &[FaceRef], scratch: &Path) -> Result<Typeset, Diagnostic> {
    match spec.engine {
        CaptionEngine::Typeset => typeset(spec, faces),
        CaptionEngine::Drawtext => drawtext::draw(spec, faces, scratch),
    }
}

/// The size of the picture, if it may be drawn.
fn area_of(spec: &CaptionSpec) -> Result<Size, Diagnostic> {
    let area = Size { width: spec.area.width, height: spec.area.height };
    if area.width == 0 || area.height == 0 {
        return Err(Diagnostic::usage("caption-area", "the caption's area has no pixels"));
    }
    if u64::from(area.width) * u64::from(area.height) > AREA_MAX {
        let message = format!(
            "the caption's area is {} × {} pixels; at most {AREA_MAX} pixels are drawn",
            area.width, area.height
        );
        return Err(Diagnostic::usage("caption-area", message));
    }
    Ok(area)
}

fn facts(
    spec: &CaptionSpec,
    text: &text::Prepared,
    layout: &Layout,
    painted: &paint::Painted,
    cap_height: f32,
    faces: &Faces,
) -> CaptionFacts {
    let (dx, dy) = (spec.area.x, spec.area.y);
    CaptionFacts {
        ink: painted.bitmap.ink().map(|rect| rect.moved(dx, dy)),
        clipped: painted.clipped || text.cut,
        lines: painted.lines.iter().map(|rect| rect.moved(dx, dy)).collect(),
        font_size: layout.size,
        cap_height: (cap_height * layout.size as f32).round() as u32,
        graphemes: text.graphemes(),
        longest_line: layout.longest_line(),
        missing: layout.missing.clone(),
        families: layout.families(faces),
        color: spec.style.color,
        outline: spec.style.outline.filter(|o| o.width > 0).map(|o| o.color),
        plate: spec.style.plate.map(|p| p.color),
    }
}
