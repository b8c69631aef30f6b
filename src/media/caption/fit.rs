//! Auto-fit: the largest size at which a text fits its area, and its lines at that size.
//!
//! A size fits if no word is broken, there are no more lines than the style allows, and lines and
//! effects together are no higher than the area. At the smallest size all that gives way in turn:
//! first the number of lines, then words are broken between characters, and at last the text runs
//! over the edge of the area, which the facts report. All measures grow with the area in a way
//! that a larger area never gets a smaller text.

use super::effects::{Effects, Insets};
use super::shape::{Paragraph, Segment, Shaped};
use super::wrap::{Item, balanced, greedy};
use crate::contract::caption::CaptionStyle;
use crate::contract::geometry::Size;
use std::ops::Range;

/// Largest font size that is tried, pixels.
const SIZE_LIMIT: u32 = 4_096;

/// Lines are moved apart for tall letters and stacked marks, but no further than this many times
/// their usual distance.
const PITCH_MAX: f32 = 1.5;

/// A text broken into lines at the size that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// Font size, pixels.
    pub size: u32,
    /// Distance between base lines, pixels.
    pub pitch: f32,
    pub lines: Vec<Line>,
    /// Whether it is higher than the area even so.
    pub overflow: bool,
}

/// One line: a paragraph and the bytes of its text; empty for a blank line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub paragraph: usize,
    pub text: Range<usize>,
}

/// Finds the largest size between the style's smallest and largest that fits.
pub fn fit(shaped: &Shaped, style: &CaptionStyle, area: Size) -> Fitted {
    let most = style.size_max.clamp(1, SIZE_LIMIT);
    let least = style.size_min.clamp(1, most);
    let allowed = style.max_lines.max(1) as usize;
    let tried = (least..=upper_bound(shaped, style, area, least, most))
        .rev()
        .map(|size| Trial::new(shaped, style, area, size))
        .find(|trial| {
            trial.count(shaped).is_some_and(|n| n <= allowed && trial.height(n) <= trial.room)
        });
    if let Some(trial) = tried {
        return trial.set(shaped, |p| p.segments.clone());
    }
    let trial = Trial::new(shaped, style, area, least);
    match trial.count(shaped) {
        Some(_) => trial.set(shaped, |p| p.segments.clone()),
        None => trial.set(shaped, |p| p.split(trial.width)),
    }
}

/// No size above this can fit: the text's whole advance is longer than all lines that have room.
/// It only saves trials, so it errs on the large side.
fn upper_bound(shaped: &Shaped, style: &CaptionStyle, area: Size, least: u32, most: u32) -> u32 {
    let widest = shaped
        .paragraphs
        .iter()
        .map(|p| p.segments.iter().map(|s| s.item.width).sum::<f32>())
        .fold(0.0, f32::max);
    let may_fit = |size: u32| {
        let lines = (area.height as f32 / (size as f32 * line_height(style)) + 2.0)
            .min(style.max_lines.max(1) as f32);
        widest * size as f32 <= lines * area.width as f32
    };
    let (mut low, mut high) = (least, most);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if may_fit(middle) { low = middle } else { high = middle - 1 }
    }
    low
}

fn line_height(style: &CaptionStyle) -> f32 {
    style.line_height_milli.clamp(500, 5_000) as f32 / 1000.0
}

/// The measures of one size.
struct Trial {
    size: u32,
    /// Width of a line, in units of the font size.
    width: f32,
    /// Height of the area without the effects, pixels.
    room: f32,
    pitch: f32,
    /// What the first line needs above and the last one below its base line, pixels.
    ends: f32,
}

impl Trial {
    fn new(shaped: &Shaped, style: &CaptionStyle, area: Size, size: u32) -> Self {
        let px = size as f32;
        let Insets { left, right, top, bottom } = Effects::at(style, size).insets();
        let sides = left.max(right) * 2.0;
        let usual = px * line_height(style);
        let ink = (shaped.top + shaped.bottom) * px;
        Self {
            size,
            width: (area.width as f32 - sides) / px - shaped.left - shaped.right,
            room: area.height as f32 - top - bottom,
            pitch: ink.clamp(usual, usual * PITCH_MAX).ceil(),
            ends: (shaped.top.max(shaped.above) * px).ceil()
                + (shaped.bottom.max(shaped.below) * px).ceil(),
        }
    }

    fn height(&self, lines: usize) -> f32 {
        self.pitch * lines.saturating_sub(1) as f32 + self.ends
    }

    /// Lines that the text needs; `None` where a word is wider than a line.
    fn count(&self, shaped: &Shaped) -> Option<usize> {
        let mut count = 0;
        for paragraph in &shaped.paragraphs {
            let items: Vec<Item> = paragraph.segments.iter().map(|s| s.item).collect();
            count += greedy(&items, self.width)?.len().max(1);
        }
        Some(count)
    }

    fn set(&self, shaped: &Shaped, segments: impl Fn(&Paragraph) -> Vec<Segment>) -> Fitted {
        let mut lines = Vec::new();
        for (n, paragraph) in shaped.paragraphs.iter().enumerate() {
            let segments = segments(paragraph);
            let items: Vec<Item> = segments.iter().map(|s| s.item).collect();
            // A single character may still be wider than the line: it gets one of its own.
            let broken = balanced(&items, self.width)
                .unwrap_or_else(|| (0..items.len()).map(|n| n..n + 1).collect());
            let text = |r: Range<usize>| segments[r.start].text.start..segments[r.end - 1].text.end;
            if broken.is_empty() {
                lines.push(Line { paragraph: n, text: 0..0 });
            }
            lines.extend(broken.into_iter().map(|r| Line { paragraph: n, text: text(r) }));
        }
        let overflow = self.height(lines.len()) > self.room;
        Fitted { size: self.size, pitch: self.pitch, lines, overflow }
    }
}
