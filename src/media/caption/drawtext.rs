//! `engine = "drawtext"`: ffmpeg draws the letters.
//!
//! Our typesetter still breaks the lines and finds the size, with the one font that `drawtext` can
//! use, and the picture that ffmpeg draws is treated like one of ours: its ink is measured from
//! its pixels, and the renderer lays it over the film and knows no difference. The text lies in
//! files, one a line, in a folder of its own in which ffmpeg runs; the filter graph holds numbers
//! and the names `font` and `text-N` only, and `expansion=none` makes the text mean itself.
//!
//! What `drawtext` has not: fallback, colour emoji, blurred shadows, round plates.

use super::compose::{Bitmap, Bounds, Grid};
use super::effects::Effects;
use super::faces::Faces;
use super::fit::{self, Fitted};
use super::layout::{Layout, SetLine};
use super::{FaceRef, Typeset, area_of, facts, shape, text};
use crate::contract::caption::{Align, CaptionSpec};
use crate::contract::geometry::{Rect, Size};
use crate::contract::units::Rational;
use crate::diagnostic::Diagnostic;
use crate::media::ffmpeg::{Job, Program};
use crate::media::filter::drawtext::{Anchor, DrawText, WorkFile};
use crate::media::filter::{Filter, FilterGraph, PixelFormat};
use std::path::Path;
use std::time::Duration;

/// Most lines that are drawn: each is a filter of its own.
const LINES_MAX: usize = 40;

/// Draws `spec` with the first of `faces`, in `scratch`, an empty folder.
///
/// # Errors
/// Those of [`super::typeset`]; ffmpeg is missing, lacks `drawtext`, or fails.
pub fn draw(spec: &CaptionSpec, faces: &[FaceRef], scratch: &Path) -> Result<Typeset, Diagnostic> {
    let area = area_of(spec)?;
    let text = text::prepare(&spec.text, spec.style.uppercase);
    let first = &faces[..faces.len().min(1)];
    let mut loaded = Faces::load(first, spec.style.weight)?;
    let shaped = shape::shape(&text, spec.style.uppercase, &mut loaded);
    let fitted = fit::fit(&shaped, &spec.style, area);
    let effects = Effects::at(&spec.style, fitted.size);
    let mut layout = Layout::new(&text, &shaped, &fitted, &spec.style, area, &mut loaded);
    layout.cut |= layout.lines.len() > LINES_MAX;
    layout.lines.truncate(LINES_MAX);
    let margin = effects.insets().widest().ceil() as u32 + 4;
    let grid = Grid { area, margin };
    let (bitmap, cut) = if layout.lines.is_empty() {
        (Bitmap::blank(area), false)
    } else {
        write_files(&text, &fitted, first, scratch)?;
        let graph = graph(spec, &layout, &effects, grid);
        crop(run(&graph, grid, scratch)?, grid)
    };
    let lines = line_boxes(&bitmap, &layout);
    let painted = super::paint::Painted { bitmap, lines, clipped: cut || layout.cut };
    let cap_height = loaded.cap_height();
    let facts = facts(spec, &text, &layout, &painted, cap_height, &loaded);
    Ok(Typeset { bitmap: painted.bitmap, facts })
}

/// The font, and one file a line.
fn write_files(
    text: &text::Prepared,
    fitted: &Fitted,
    faces: &[FaceRef],
    scratch: &Path,
) -> Result<(), Diagnostic> {
    let failed = |e: std::io::Error| {
        Diagnostic::error("io", format!("cannot write what ffmpeg is to draw: {e}"))
    };
    for face in faces {
        std::fs::copy(&face.path, scratch.join(WorkFile::Font.to_string())).map_err(failed)?;
    }
    for (n, line) in fitted.lines.iter().take(LINES_MAX).enumerate() {
        let words = text.paragraphs[line.paragraph][line.text.clone()].trim_end();
        std::fs::write(scratch.join(WorkFile::Text(n).to_string()), words).map_err(failed)?;
    }
    Ok(())
}

fn graph(spec: &CaptionSpec, layout: &Layout, effects: &Effects, grid: Grid) -> FilterGraph {
    let style = &spec.style;
    let margin = grid.margin as i32;
    let size = Size { width: grid.width(), height: grid.height() };
    let blank = Filter::Blank { size, rate: Rational::ONE, transparent: true };
    let mut filters = vec![blank, Filter::Format(PixelFormat::Rgba)];
    for (n, line) in layout.lines.iter().enumerate() {
        let (left, right) = (line.left.round() as i32 + margin, line.right.round() as i32 + margin);
        let x = match (style.align, line.rtl) {
            (Align::Center, _) => Anchor::Centre((left + right) / 2),
            (Align::Start, false) | (Align::End, true) => Anchor::Left(left),
            (Align::Start, true) | (Align::End, false) => Anchor::Right(right),
        };
        let px = |length: f32| length.round() as u32;
        filters.push(Filter::DrawText(DrawText {
            font: WorkFile::Font,
            text: WorkFile::Text(n),
            size: layout.size,
            color: style.color,
            x,
            baseline: line.baseline.round() as i32 + margin,
            border: style.outline.map(|o| (px(effects.outline), o.color)).filter(|b| b.0 > 0),
            shadow: effects.shadow.zip(style.shadow).map(|(at, s)| (at.dx, at.dy, s.color)),
            plate: effects.plate.zip(style.plate).map(|(at, p)| (px(at.padding), p.color)),
        }));
    }
    let mut graph = FilterGraph::default();
    graph.to(&[], filters);
    graph
}

/// One frame of the grid, premultiplied RGBA: ffmpeg draws over transparent black.
fn run(graph: &FilterGraph, grid: Grid, scratch: &Path) -> Result<Vec<u8>, Diagnostic> {
    let bytes = grid.width() as usize * grid.height() as usize * 4;
    let graph = graph.to_string();
    let args = ["-filter_complex_threads", "1", "-filter_complex", &graph, "-map", "[l0]"];
    let output = ["-frames:v", "1", "-pix_fmt", "rgba", "-f", "rawvideo", "-"];
    let ended = Job::new(Program::Ffmpeg)
        .args(args)
        .args(output)
        .folder(scratch)
        .wall(Duration::from_secs(30))
        .output(bytes)
        .map_err(|failure| failure.diagnose("caption", "ffmpeg could not draw a caption"))?;
    if ended.stdout.len() != bytes {
        let message = format!("ffmpeg drew {} bytes of {bytes}", ended.stdout.len());
        return Err(Diagnostic::error("caption", message));
    }
    Ok(ended.stdout)
}

/// Cuts the area out and takes the alpha out of the colours; whether ink lay outside.
fn crop(mut drawn: Vec<u8>, grid: Grid) -> (Bitmap, bool) {
    for pixel in drawn.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]);
        for channel in &mut pixel[..3] {
            let straight = (u32::from(*channel) * 255 + alpha / 2).checked_div(alpha);
            *channel = straight.unwrap_or(0).min(255) as u8;
        }
    }
    let mut bitmap = Bitmap::blank(grid.area);
    let (margin, width) = (grid.margin as usize, grid.width() as usize);
    let row_bytes = grid.area.width as usize * 4;
    let mut inside = 0;
    for (y, row) in bitmap.rgba.chunks_exact_mut(row_bytes).enumerate() {
        let start = ((y + margin) * width + margin) * 4;
        row.copy_from_slice(&drawn[start..start + row_bytes]);
        inside += row.chunks_exact(4).filter(|pixel| pixel[3] > 0).count();
    }
    let all = drawn.chunks_exact(4).filter(|pixel| pixel[3] > 0).count();
    (bitmap, all > inside)
}

/// The ink of each line, with its plate: lines part halfway between the letters of one and those
/// of the next.
fn line_boxes(bitmap: &Bitmap, layout: &Layout) -> Vec<Rect> {
    let px = layout.size as f32;
    let part = |above: &SetLine, below: &SetLine| {
        let bottom = above.baseline + layout.below * px;
        ((bottom + below.baseline - layout.above * px) / 2.0).round() as i32
    };
    let parts: Vec<i32> = layout.lines.windows(2).map(|pair| part(&pair[0], &pair[1])).collect();
    let mut boxes = vec![Bounds::default(); layout.lines.len()];
    let width = bitmap.width as usize;
    for (n, _) in bitmap.rgba.chunks_exact(4).enumerate().filter(|(_, pixel)| pixel[3] > 0) {
        let (x, y) = ((n % width) as i32, (n / width) as i32);
        if let Some(bounds) = boxes.get_mut(parts.partition_point(|part| *part <= y)) {
            bounds.add(x, y);
        }
    }
    boxes.iter().filter_map(Bounds::rect).collect()
}
