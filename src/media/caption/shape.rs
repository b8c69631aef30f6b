//! Shaping: from characters to glyphs and their measures, in units of the font size.

use super::faces::Faces;
use super::itemize::{Run, itemize};
use super::text::Prepared;
use super::wrap::Item;
use cosmic_text::{Attrs, AttrsList, Family, ShapeLine, ShapeWord, Shaping};
use std::ops::Range;
use unicode_linebreak::linebreaks;
use unicode_segmentation::UnicodeSegmentation;

/// A text, measured.
#[derive(Debug)]
pub struct Shaped {
    pub paragraphs: Vec<Paragraph>,
    /// How far ink reaches above and below any base line.
    pub top: f32,
    pub bottom: f32,
    /// How far ink of any word reaches beyond its advance, to the left and to the right.
    pub left: f32,
    pub right: f32,
    /// Room that is kept above and below the base line whether the text needs it or not: that of
    /// capitals, or of letters like `l` and `p`.
    pub above: f32,
    pub below: f32,
}

/// Text between line breaks.
#[derive(Debug)]
pub struct Paragraph {
    /// Whether it is read from right to left.
    pub rtl: bool,
    /// Faces, without gaps.
    pub runs: Vec<Run>,
    /// Where lines may begin and what lies between.
    pub segments: Vec<Segment>,
    /// Where each user-perceived character begins, and its advance.
    clusters: Vec<(usize, f32)>,
}

/// The text of an [`Item`].
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    pub text: Range<usize>,
    pub item: Item,
}

impl Paragraph {
    /// Segments as they are, but those wider than `width` taken apart between all characters.
    pub fn split(&self, width: f32) -> Vec<Segment> {
        let mut pieces = Vec::new();
        for segment in &self.segments {
            if segment.item.width <= width {
                pieces.push(segment.clone());
                continue;
            }
            let at = |byte: usize| self.clusters.partition_point(|(start, _)| *start < byte);
            let word = segment.text.start..segment.text.end;
            let clusters = at(word.start)..at(word.end);
            for n in clusters.clone() {
                let (start, advance) = self.clusters[n];
                let last = n + 1 == clusters.end;
                let end = if last { word.end } else { self.clusters[n + 1].0 };
                pieces
                    .push(Segment { text: start..end, item: Item { width: advance, space: 0.0 } });
            }
        }
        pieces
    }
}

/// Shapes every paragraph once; `capitals` says that there are no small letters.
pub fn shape(text: &Prepared, capitals: bool, faces: &mut Faces) -> Shaped {
    let (ascender, descender) = if capitals { (0.0, 0.0) } else { faces.reach() };
    let mut shaped = Shaped {
        paragraphs: Vec::new(),
        top: 0.0,
        bottom: 0.0,
        left: 0.0,
        right: 0.0,
        above: ascender.max(faces.cap_height()),
        below: descender,
    };
    for paragraph in &text.paragraphs {
        let paragraph = shape_paragraph(paragraph, faces, &mut shaped);
        shaped.paragraphs.push(paragraph);
    }
    shaped
}

fn shape_paragraph(text: &str, faces: &mut Faces, all: &mut Shaped) -> Paragraph {
    let runs = itemize(text, faces);
    let line = shape_line(text, &runs, 0, 0, faces);
    let mut advances = vec![0.0; text.len() + 1];
    for glyph in words(&line).flat_map(|word| &word.glyphs) {
        advances[glyph.start.min(text.len())] += glyph.x_advance;
    }
    for word in words(&line) {
        measure(word, line.rtl, faces, all);
    }
    let sum = |range: Range<usize>| advances[range].iter().sum::<f32>();
    let mut segments = Vec::new();
    let mut start = 0;
    for (end, _) in linebreaks(text) {
        let word = start + text[start..end].trim_end().len();
        let item = Item { width: sum(start..word), space: sum(word..end) };
        segments.push(Segment { text: start..end, item });
        start = end;
    }
    let mut starts: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
    starts.push(text.len());
    let clusters = starts.windows(2).map(|w| (w[0], sum(w[0]..w[1]))).collect();
    Paragraph { rtl: line.rtl, runs, segments, clusters }
}

/// Shapes one line with the faces chosen for it. `runs` are positions in the text from which the
/// line was cut at byte `from`; `text` has `before` more bytes in front of that.
pub fn shape_line(
    text: &str,
    runs: &[Run],
    from: usize,
    before: usize,
    faces: &mut Faces,
) -> ShapeLine {
    let weight = faces.weight();
    let attributes =
        |face: usize| Attrs::new().family(Family::Name(faces.name(face))).weight(weight);
    let mut list = AttrsList::new(&attributes(0));
    for run in runs {
        let start = (run.range.start.max(from) - from + before).min(text.len());
        let end = (run.range.end.max(from) - from + before).min(text.len());
        if start < end && run.face.unwrap_or(0) != 0 {
            list.add_span(start..end, &attributes(run.face.unwrap_or(0)));
        }
    }
    ShapeLine::new(&mut faces.system, text, &list, Shaping::Advanced, 4)
}

fn words(line: &ShapeLine) -> impl Iterator<Item = &ShapeWord> {
    line.spans.iter().flat_map(|span| &span.words)
}

/// Widens the measures of the whole text by the ink of one word.
fn measure(word: &ShapeWord, rtl: bool, faces: &mut Faces, all: &mut Shaped) {
    let mut x = 0.0;
    let mut ink = (f32::INFINITY, f32::NEG_INFINITY);
    // The shaper keeps glyphs of lines that are read from right to left in that order.
    let glyphs: Vec<_> =
        if rtl { word.glyphs.iter().rev().collect() } else { word.glyphs.iter().collect() };
    for glyph in glyphs {
        if let Some(extent) = faces.extent(glyph.font_id, glyph.glyph_id) {
            let origin = x + glyph.x_offset;
            ink = (ink.0.min(origin + extent.left), ink.1.max(origin + extent.right));
            all.top = all.top.max(extent.top + glyph.y_offset);
            all.bottom = all.bottom.max(extent.bottom - glyph.y_offset);
        }
        x += glyph.x_advance;
    }
    if ink.0.is_finite() {
        all.left = all.left.max(-ink.0);
        all.right = all.right.max(ink.1 - x);
    }
}
