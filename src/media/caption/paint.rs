//! Drawing a layout: glyphs into coverage masks, effects from them, and all into one picture.

use super::compose::{Bitmap, Bounds, Grid, Layer, compose};
use super::effects::Effects;
use super::faces::{Faces, Picture};
use super::layout::{Glyph, Layout, SetLine};
use super::outline::{self, Point};
use super::resample::resample;
use super::{plate, shadow};
use crate::contract::caption::{CaptionStyle, Rgba};
use crate::contract::geometry::{Rect, Size};
use cosmic_text::fontdb::ID;
use std::collections::HashMap;
use std::rc::Rc;

/// A drawn caption, in pixels of its area.
pub struct Painted {
    pub bitmap: Bitmap,
    /// The box of each line's glyphs and outlines, inside the area.
    pub lines: Vec<Rect>,
    /// Whether anything visible lay outside the area.
    pub clipped: bool,
}

/// Draws, from bottom to top: plates, shadows, outlines, letters, pictures.
pub fn paint(
    layout: &Layout,
    effects: &Effects,
    style: &CaptionStyle,
    area: Size,
    faces: &mut Faces,
) -> Painted {
    let reach = effects.shadow.map_or(0, |s| s.dx.unsigned_abs().max(s.dy.unsigned_abs()) + s.blur);
    let margin = reach + effects.outline.ceil() as u32 + 4;
    let mut canvas = Canvas::new(Grid { area, margin }, layout.size, effects.outline, style, faces);
    let mut boxes = Vec::new();
    for line in &layout.lines {
        boxes.push(canvas.line(line));
    }
    let Canvas { grid, letters, outlines, pictures, lost, .. } = canvas;
    let plates = effects.plate.map(|at| {
        let strips = strips(layout, &boxes);
        let origin = (-(margin as f32), -(margin as f32));
        let mask =
            outline::coverage(&plate::path(&strips, at), origin, grid.width(), grid.height());
        let outside = strips.iter().any(|s| {
            let (p, m) = (at.padding, margin as f32);
            s.left - p < -m
                || s.top - p < -m
                || s.right + p > area.width as f32 + m
                || s.bottom + p > area.height as f32 + m
        });
        (mask, outside)
    });
    let shadow = effects.shadow.map(|at| {
        let mut mask = letters.clone();
        let add = |mask: &mut Vec<u8>, other: &mut dyn Iterator<Item = u8>| {
            mask.iter_mut().zip(other).for_each(|(m, o)| *m = (*m).max(o));
        };
        if let Some(outlines) = &outlines {
            add(&mut mask, &mut outlines.iter().copied());
        }
        if let Some(pictures) = &pictures {
            add(&mut mask, &mut pictures.iter().skip(3).step_by(4).copied());
        }
        shadow::blur(&mut mask, grid.width() as usize, at.blur);
        mask
    });
    let mut layers = Vec::new();
    let mut layer = |mask, color: Option<Rgba>, dx, dy| {
        if let (Some(mask), Some(color)) = (mask, color) {
            layers.push(Layer { mask, color, dx, dy });
        }
    };
    let offset = effects.shadow.map_or((0, 0), |s| (s.dx, s.dy));
    layer(plates.as_ref().map(|(mask, _)| mask.as_slice()), style.plate.map(|p| p.color), 0, 0);
    layer(shadow.as_deref(), style.shadow.map(|s| s.color), offset.0, offset.1);
    layer(outlines.as_deref(), style.outline.map(|o| o.color), 0, 0);
    layer(Some(letters.as_slice()), Some(style.color), 0, 0);
    let (bitmap, cut) = compose(grid, &layers, pictures.as_deref());
    Painted {
        bitmap,
        lines: boxes.iter().filter_map(|line| line.rect()).collect(),
        clipped: cut || lost || layout.cut || plates.is_some_and(|(_, outside)| outside),
    }
}

/// What the plate of each line with ink must hold: its letters from one edge to the other, the
/// room of tall letters and of descenders, and whatever ink reaches beyond.
fn strips(layout: &Layout, boxes: &[Bounds]) -> Vec<plate::Strip> {
    let px = layout.size as f32;
    layout
        .lines
        .iter()
        .zip(boxes)
        .filter_map(|(line, ink)| {
            let ink = ink.rect()?;
            Some(plate::Strip {
                left: line.left.min(ink.x as f32),
                right: line.right.max(ink.right() as f32),
                top: (line.baseline - layout.above * px).min(ink.y as f32),
                bottom: (line.baseline + layout.below * px).max(ink.bottom() as f32),
            })
        })
        .collect()
}

/// Masks being drawn.
struct Canvas<'a> {
    grid: Grid,
    size: u32,
    reach: f32,
    /// Opacity of letters and of outlines: what is invisible has no box.
    alpha: (u8, u8),
    faces: &'a mut Faces,
    letters: Vec<u8>,
    outlines: Option<Vec<u8>>,
    /// Premultiplied RGBA, once there is a picture.
    pictures: Option<Vec<u8>>,
    /// Whether a glyph lay outside the whole grid.
    lost: bool,
    polygons: HashMap<(ID, u16), Rc<Vec<Vec<Point>>>>,
    scaled: HashMap<(ID, u16), Option<Rc<Scaled>>>,
}

/// A picture at the size of the caption, premultiplied, relative to its origin.
struct Scaled {
    left: f32,
    top: f32,
    width: i32,
    height: i32,
    rgba: Vec<u8>,
}

impl<'a> Canvas<'a> {
    fn new(grid: Grid, size: u32, reach: f32, style: &CaptionStyle, faces: &'a mut Faces) -> Self {
        Self {
            grid,
            size,
            reach,
            alpha: (style.color.3, style.outline.map_or(0, |o| o.color.3)),
            faces,
            letters: grid.mask(),
            outlines: (reach > 0.0).then(|| grid.mask()),
            pictures: None,
            lost: false,
            polygons: HashMap::new(),
            scaled: HashMap::new(),
        }
    }

    /// Draws a line; the box of its visible pixels, inside the area.
    fn line(&mut self, line: &SetLine) -> Bounds {
        let mut ink = Bounds::default();
        for glyph in &line.glyphs {
            // Whole pixels downwards keep stems and bars sharp; quarters sideways keep spacing.
            let at = ((glyph.x * 4.0).round() / 4.0, glyph.y.round());
            match self.scaled(glyph) {
                Some(picture) => self.picture(&picture, at, &mut ink),
                None => self.letter(glyph, at, &mut ink),
            }
        }
        ink
    }

    fn letter(&mut self, glyph: &Glyph, at: Point, ink: &mut Bounds) {
        let key = (glyph.font, glyph.id);
        let size = self.size as f32;
        let polygons = match self.polygons.get(&key) {
            Some(known) => known.clone(),
            None => {
                let outline = self.faces.outline(glyph.font, glyph.id, size);
                let polygons = Rc::new(outline.map_or(Vec::new(), |o| outline::polygons(&o)));
                self.polygons.insert(key, polygons.clone());
                polygons
            }
        };
        let mut moved = polygons.as_ref().clone();
        let mut min = (f32::INFINITY, f32::INFINITY);
        let mut max = (f32::NEG_INFINITY, f32::NEG_INFINITY);
        for point in moved.iter_mut().flatten() {
            *point = (point.0 + at.0, point.1 + at.1);
            min = (min.0.min(point.0), min.1.min(point.1));
            max = (max.0.max(point.0), max.1.max(point.1));
        }
        if min.0 > max.0 {
            return;
        }
        let bolder = self.faces.embolden(glyph.font) * size;
        let (min, max) = ((min.0 - bolder, min.1 - bolder), (max.0 + bolder, max.1 + bolder));
        if self.reach > 0.0 {
            let r = self.reach;
            let window = self.window((min.0 - r, min.1 - r), (max.0 + r, max.1 + r));
            if let Some(window) = window {
                let mask = window.coverage(&outline::dilation(&moved, r + bolder));
                if let Some(outlines) = &mut self.outlines {
                    window.add(&mask, outlines, self.grid, self.alpha.1, ink);
                }
            }
        }
        if let Some(window) = self.window(min, max) {
            let mut mask = window.coverage(&outline::path(&moved));
            if bolder > 0.0 {
                let edge = window.coverage(&outline::dilation(&moved, bolder));
                mask.iter_mut().zip(edge).for_each(|(m, e)| *m = m.saturating_add(e));
            }
            window.add(&mask, &mut self.letters, self.grid, self.alpha.0, ink);
        }
    }

    /// The part of the grid between two points of the area; notes if some of it lies outside.
    fn window(&mut self, min: Point, max: Point) -> Option<Window> {
        let margin = self.grid.margin as i32;
        let (x0, y0) = (min.0.floor() as i32, min.1.floor() as i32);
        let (x1, y1) = (max.0.ceil() as i32 + 1, max.1.ceil() as i32 + 1);
        let right = self.grid.area.width as i32 + margin;
        let bottom = self.grid.area.height as i32 + margin;
        let (left, top) = (x0.max(-margin), y0.max(-margin));
        let (width, height) = (x1.min(right) - left, y1.min(bottom) - top);
        self.lost |= x0 < -margin || y0 < -margin || x1 > right || y1 > bottom;
        (width > 0 && height > 0).then_some(Window { left, top, width, height })
    }

    fn scaled(&mut self, glyph: &Glyph) -> Option<Rc<Scaled>> {
        let key = (glyph.font, glyph.id);
        if let Some(known) = self.scaled.get(&key) {
            return known.clone();
        }
        let picture = self.faces.picture(glyph.font, glyph.id);
        let scaled = picture.map(|picture| Rc::new(scale(&picture, self.size)));
        self.scaled.insert(key, scaled.clone());
        scaled
    }

    fn picture(&mut self, picture: &Scaled, at: Point, ink: &mut Bounds) {
        let (left, top) = (at.0 + picture.left, at.1 - picture.top);
        let (left, top) = (left.round(), top.round());
        let end = (left + picture.width as f32, top + picture.height as f32);
        let Some(window) = self.window((left, top), end) else { return };
        let grid = self.grid;
        let pictures = self.pictures.get_or_insert_with(|| vec![0; grid.mask().len() * 4]);
        for y in window.top..window.top + window.height {
            for x in window.left..window.left + window.width {
                let (u, v) = (x - left as i32, y - top as i32);
                if u >= picture.width || v >= picture.height {
                    continue;
                }
                let pixel = &picture.rgba[(v * picture.width + u) as usize * 4..][..4];
                if pixel[3] == 0 {
                    continue;
                }
                let below = &mut pictures[window_index(grid, x, y) * 4..][..4];
                for (below, above) in below.iter_mut().zip(pixel) {
                    let kept = u32::from(*below) * u32::from(255 - pixel[3]);
                    *below = (u32::from(*above) + (kept + 127) / 255).min(255) as u8;
                }
                add_inside(ink, grid, x, y);
            }
        }
    }
}

/// A part of the grid, in pixels of the area.
#[derive(Debug, Clone, Copy)]
struct Window {
    left: i32,
    top: i32,
    width: i32,
    height: i32,
}

impl Window {
    fn coverage(&self, path: &[swash::zeno::Command]) -> Vec<u8> {
        let origin = (self.left as f32, self.top as f32);
        outline::coverage(path, origin, self.width as u32, self.height as u32)
    }

    /// Adds a mask of this window to one of the grid: shapes that abut leave no seam.
    fn add(&self, mask: &[u8], to: &mut [u8], grid: Grid, alpha: u8, ink: &mut Bounds) {
        for (row, y) in mask.chunks_exact(self.width as usize).zip(self.top..) {
            let start = window_index(grid, self.left, y);
            for ((x, above), below) in (self.left..).zip(row).zip(&mut to[start..]) {
                if *above > 0 {
                    *below = below.saturating_add(*above);
                    if u32::from(*above) * u32::from(alpha) * 2 >= 255 {
                        add_inside(ink, grid, x, y);
                    }
                }
            }
        }
    }
}

fn add_inside(ink: &mut Bounds, grid: Grid, x: i32, y: i32) {
    if (0..grid.area.width as i32).contains(&x) && (0..grid.area.height as i32).contains(&y) {
        ink.add(x, y);
    }
}

fn window_index(grid: Grid, x: i32, y: i32) -> usize {
    let margin = grid.margin as i32;
    (y + margin) as usize * grid.width() as usize + (x + margin) as usize
}

/// Brings a picture to a font size; premultiplied, so that its edges keep their colours.
fn scale(picture: &Picture, size: u32) -> Scaled {
    let Picture { ppem, left, top, width, height, .. } = *picture;
    let mut rgba = picture.rgba.clone();
    for pixel in rgba.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]);
        for channel in &mut pixel[..3] {
            *channel = ((u32::from(*channel) * alpha + 127) / 255) as u8;
        }
    }
    let factor = size as f32 / ppem;
    let side = |px: u32| ((px as f32 * factor).round() as usize).max(1);
    let (columns, rows) = (side(width), side(height));
    Scaled {
        left: left * factor,
        top: top * factor,
        width: columns as i32,
        height: rows as i32,
        rgba: resample(&rgba, (width as usize, height as usize), (columns, rows)),
    }
}
