//! Setting the lines that auto-fit chose: every glyph at its pixel.

use super::effects::Effects;
use super::faces::Faces;
use super::fit::{Fitted, Line};
use super::shape::{Shaped, shape_line};
use super::text::{Prepared, graphemes};
use crate::contract::caption::{Align, CaptionStyle, VerticalAlign};
use crate::contract::geometry::Size;
use cosmic_text::fontdb::ID;
use cosmic_text::{Hinting, ShapeLine, Wrap};

/// Most clusters without a glyph that are told.
const MISSING_MAX: usize = 32;

/// Lines in the area.
#[derive(Debug)]
pub struct Layout {
    /// Font size, pixels.
    pub size: u32,
    pub lines: Vec<SetLine>,
    /// Clusters that no face can draw.
    pub missing: Vec<String>,
    /// Whether lines were left out because they lie wholly outside the area.
    pub cut: bool,
    /// See [`Shaped`].
    pub above: f32,
    pub below: f32,
}

/// One line: its glyphs, and the box that its text claims, in pixels of the area.
#[derive(Debug)]
pub struct SetLine {
    pub glyphs: Vec<Glyph>,
    pub baseline: f32,
    /// From the first to the last visible advance; equal for a blank line.
    pub left: f32,
    pub right: f32,
    /// Whether it is read from right to left.
    pub rtl: bool,
    graphemes: u32,
}

/// One glyph; `x`, `y` is its origin in pixels of the area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    pub font: ID,
    pub id: u16,
    pub x: f32,
    pub y: f32,
}

impl Layout {
    pub fn new(
        text: &Prepared,
        shaped: &Shaped,
        fitted: &Fitted,
        style: &CaptionStyle,
        area: Size,
        faces: &mut Faces,
    ) -> Self {
        let size = fitted.size;
        let px = size as f32;
        let insets = Effects::at(style, size).insets();
        let side = insets.left.max(insets.right);
        let margins = (side + shaped.left * px, side + shaped.right * px);
        let below = area.height as f32 + shaped.top * px + insets.top;
        let cuts: Vec<Cut> =
            fitted.lines.iter().map(|line| Cut::new(line, text, shaped, faces)).collect();
        let first = first_baseline(&cuts, shaped, fitted, style, area);
        let mut layout = Self {
            size,
            lines: Vec::new(),
            missing: Vec::new(),
            cut: false,
            above: shaped.above,
            below: shaped.below,
        };
        for (n, (cut, line)) in cuts.iter().zip(&fitted.lines).enumerate() {
            let baseline = first + fitted.pitch * n as f32;
            if baseline > below {
                layout.cut |= !line.text.is_empty();
                continue;
            }
            let mut set = cut.set(size, baseline, &mut layout.missing);
            set.place(style.align, margins, area.width as f32);
            layout.lines.push(set);
        }
        layout
    }

    /// User-perceived characters of the longest line.
    pub fn longest_line(&self) -> u32 {
        self.lines.iter().map(|line| line.graphemes).max().unwrap_or(0)
    }

    /// Families that were used, in order of first use.
    pub fn families(&self, faces: &Faces) -> Vec<String> {
        let mut families: Vec<String> = Vec::new();
        for glyph in self.lines.iter().flat_map(|line| &line.glyphs) {
            let family = faces.family(glyph.font).unwrap_or_default();
            if !families.iter().any(|known| known == family) {
                families.push(family.to_owned());
            }
        }
        families
    }
}

impl SetLine {
    /// Moves the line to its place between the margins. A line wider than they leave room for
    /// begins at the margin where it is read from.
    fn place(&mut self, align: Align, margins: (f32, f32), width: f32) {
        let rtl = self.rtl;
        let free = width - margins.0 - margins.1 - (self.right - self.left);
        let share = match align {
            Align::Center if free >= 0.0 => free / 2.0,
            Align::Start | Align::Center => {
                if rtl {
                    free
                } else {
                    0.0
                }
            }
            Align::End => {
                if rtl {
                    0.0
                } else {
                    free
                }
            }
        };
        let dx = margins.0 + share - self.left;
        for glyph in &mut self.glyphs {
            glyph.x += dx;
        }
        self.left += dx;
        self.right += dx;
    }
}

/// Where the first base line lies. Text that is higher than the area begins at its top, so that
/// what is lost is lost at the end. Room is kept for tall letters and for descenders whether the
/// text has any or not, so that captions that follow each other stand still.
fn first_baseline(
    cuts: &[Cut],
    shaped: &Shaped,
    fitted: &Fitted,
    style: &CaptionStyle,
    area: Size,
) -> f32 {
    let px = fitted.size as f32;
    let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else { return 0.0 };
    let above = (first.top.max(shaped.above) * px).ceil();
    let below = (last.bottom.max(shaped.below) * px).ceil();
    let insets = Effects::at(style, fitted.size).insets();
    let block = above + fitted.pitch * (cuts.len() - 1) as f32 + below;
    let spare = area.height as f32 - insets.top - insets.bottom - block;
    let spare = if fitted.overflow { 0.0 } else { spare.max(0.0) };
    let down = match style.vertical_align {
        VerticalAlign::Top => 0.0,
        VerticalAlign::Middle => (spare / 2.0).floor(),
        VerticalAlign::Bottom => spare.floor(),
    };
    insets.top + above + down
}

/// One line's text, shaped by itself, in the direction of its paragraph.
struct Cut {
    text: String,
    line: ShapeLine,
    graphemes: u32,
    /// How far its ink reaches above and below its base line, in units of the font size.
    top: f32,
    bottom: f32,
}

impl Cut {
    fn new(line: &Line, text: &Prepared, shaped: &Shaped, faces: &mut Faces) -> Self {
        let whole = &text.paragraphs[line.paragraph];
        let mut part = whole[line.text.clone()].trim_end().to_owned();
        let paragraph = &shaped.paragraphs[line.paragraph];
        let from = line.text.start;
        let graphemes = graphemes(&part);
        let mut cut = shape_line(&part, &paragraph.runs, from, 0, faces);
        if cut.rtl != paragraph.rtl && !part.is_empty() {
            // Its own first letter speaks for the other direction: a mark overrules it.
            let mark = if paragraph.rtl { '\u{200f}' } else { '\u{200e}' };
            part.insert(0, mark);
            cut = shape_line(&part, &paragraph.runs, from, mark.len_utf8(), faces);
        }
        let (mut top, mut bottom) = (0.0f32, 0.0f32);
        for glyph in cut.spans.iter().flat_map(|span| &span.words).flat_map(|word| &word.glyphs) {
            if let Some(extent) = faces.extent(glyph.font_id, glyph.glyph_id) {
                top = top.max(extent.top + glyph.y_offset);
                bottom = bottom.max(extent.bottom - glyph.y_offset);
            }
        }
        Self { text: part, line: cut, graphemes, top, bottom }
    }

    /// Glyphs from x = 0, as the shaper orders them. What has no glyph is noted in `missing`.
    fn set(&self, size: u32, baseline: f32, missing: &mut Vec<String>) -> SetLine {
        let px = size as f32;
        let lines = self.line.layout(px, None, Wrap::None, None, None, Hinting::Disabled);
        let mut set = SetLine {
            glyphs: Vec::new(),
            baseline,
            left: f32::INFINITY,
            right: f32::NEG_INFINITY,
            rtl: self.line.rtl,
            graphemes: self.graphemes,
        };
        for glyph in lines.iter().flat_map(|line| &line.glyphs) {
            let cluster = self.text.get(glyph.start..glyph.end).unwrap_or_default();
            if cluster.chars().all(char::is_whitespace) {
                continue;
            }
            if glyph.glyph_id == 0 && missing.len() < MISSING_MAX {
                let known = missing.iter().any(|known| known == cluster);
                if !known {
                    missing.push(cluster.to_owned());
                }
            }
            set.left = set.left.min(glyph.x);
            set.right = set.right.max(glyph.x + glyph.w);
            set.glyphs.push(Glyph {
                font: glyph.font_id,
                id: glyph.glyph_id,
                x: glyph.x + px * glyph.x_offset,
                y: baseline + glyph.y - px * glyph.y_offset,
            });
        }
        if set.left > set.right {
            (set.left, set.right) = (0.0, 0.0);
        }
        set
    }
}
