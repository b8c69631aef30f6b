//! Which pixels of a caption are letters, and where they end.

use super::LookedFor;
use crate::contract::geometry::{Rect, Size};
use crate::diagnostic::Diagnostic;
use image::RgbaImage;
use std::path::Path;

/// Pixels of each kind that are measured, at most; more are thinned out evenly.
const MOST: usize = 8000;

/// How far a channel may be from the style's colour for a pixel to be a letter's.
const NEAR: u8 = 24;

/// A caption's pixels, as indices into the film's luma plane.
#[derive(Debug, Clone, Default)]
pub struct Letters {
    /// The inside of letters, away from their softened edges.
    pub inside: Vec<(u32, u32)>,
    /// The last pixels of letters on their way out.
    pub edge: Vec<(u32, u32)>,
    /// How far beyond its edge the eye compares a letter with what surrounds it, in pixels: past
    /// the softened edge, and as far as a thin outline reaches.
    pub reach: u32,
    /// The box of everything that the caption draws.
    pub covers: Option<Rect>,
}

impl Letters {
    /// Reads a caption's picture and finds its letters by their colour.
    ///
    /// # Errors
    /// The file is no picture.
    pub fn read(path: &Path, caption: &LookedFor, film: Size) -> Result<Self, Diagnostic> {
        let picture = std::fs::read(path).map_err(|e| e.to_string()).and_then(|bytes| {
            image::load_from_memory_with_format(&bytes, image::ImageFormat::Png)
                .map_err(|e| e.to_string())
        });
        let picture = picture.map_err(|e| {
            Diagnostic::error("critic", format!("cannot read a caption's picture: {e}"))
        })?;
        Ok(Self::find(&picture.into_rgba8(), caption, film))
    }

    /// Pixels are letters where the picture has the style's colour.
    fn find(picture: &RgbaImage, caption: &LookedFor, film: Size) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let color = caption.color;
        let near = |a: u8, b: u8| a.abs_diff(b) <= NEAR;
        let letter = |p: &image::Rgba<u8>| {
            let [r, g, b, a] = p.0;
            u16::from(a) * 20 >= u16::from(color.3) * 19
                && near(r, color.0)
                && near(g, color.1)
                && near(b, color.2)
        };
        let letters: Vec<bool> = picture.pixels().map(letter).collect();
        let covers = covers(picture, caption);
        if color.3 == 0 || !letters.contains(&true) {
            return Self { covers, ..Self::default() };
        }
        let mask = Mask { bits: letters, width, height };
        let inner = mask.eroded();
        let inner = if inner.count() >= 16 { &inner } else { &mask };
        let on_film = |index: usize| {
            let x = i64::from(caption.x) + (index % width) as i64;
            let y = i64::from(caption.y) + (index / width) as i64;
            let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
            (x < film.width && y < film.height).then_some((x, y))
        };
        let chosen = |keep: &dyn Fn(usize) -> bool| {
            let all: Vec<(u32, u32)> =
                (0..width * height).filter(|i| keep(*i)).filter_map(on_film).collect();
            let step = all.len().div_ceil(MOST).max(1);
            all.into_iter().step_by(step).collect()
        };
        let solid = mask.eroded();
        Self {
            inside: chosen(&|i| inner.bits[i]),
            edge: chosen(&|i| mask.bits[i] && !solid.bits[i]),
            reach: (film.width.min(film.height) / 360).max(2) + 1,
            covers,
        }
    }
}

/// The box of all pixels that are not wholly transparent, on the film.
fn covers(picture: &RgbaImage, caption: &LookedFor) -> Option<Rect> {
    let drawn = picture.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[3] > 0);
    let (left, top, right, bottom) = drawn.fold(None, |found, (x, y, _)| {
        let (left, top, right, bottom) = found.unwrap_or((x, y, x, y));
        Some((left.min(x), top.min(y), right.max(x), bottom.max(y)))
    })?;
    Some(Rect {
        x: caption.x + i32::try_from(left).ok()?,
        y: caption.y + i32::try_from(top).ok()?,
        width: right - left + 1,
        height: bottom - top + 1,
    })
}

/// A picture of yes and no.
#[derive(Debug, Clone)]
struct Mask {
    bits: Vec<bool>,
    width: usize,
    height: usize,
}

impl Mask {
    fn count(&self) -> usize {
        self.bits.iter().filter(|bit| **bit).count()
    }

    /// Every pixel within `by` pixels of a yes, diagonals included.
    fn dilated(&self, by: usize) -> Mask {
        let along =
            |bits: &[bool], length: usize, stride: usize, start: usize, out: &mut [bool]| {
                // Where the next yes before and after is decides; one pass each way.
                let mut last = None;
                for at in 0..length {
                    if bits[start + at * stride] {
                        last = Some(at);
                    }
                    out[start + at * stride] |= last.is_some_and(|last| at - last <= by);
                }
                let mut next = None;
                for at in (0..length).rev() {
                    if bits[start + at * stride] {
                        next = Some(at);
                    }
                    out[start + at * stride] |= next.is_some_and(|next| next - at <= by);
                }
            };
        let mut rows = vec![false; self.bits.len()];
        for y in 0..self.height {
            along(&self.bits, self.width, 1, y * self.width, &mut rows);
        }
        let mut bits = vec![false; self.bits.len()];
        for x in 0..self.width {
            along(&rows, self.height, self.width, x, &mut bits);
        }
        Mask { bits, ..*self }
    }

    /// Yes where all eight neighbours are; the picture's edge counts as no.
    fn eroded(&self) -> Mask {
        let outside = Mask { bits: self.bits.iter().map(|bit| !bit).collect(), ..*self };
        let near = outside.dilated(1);
        let (width, height) = (self.width, self.height);
        let edge = |i: usize| {
            let (x, y) = (i % width, i / width);
            x == 0 || y == 0 || x + 1 == width || y + 1 == height
        };
        let bits = near.bits.iter().enumerate().map(|(i, bit)| !bit && !edge(i)).collect();
        Mask { bits, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::caption::Rgba;

    /// A white bar of 8 x 6 pixels in a black outline of one pixel.
    fn bar() -> RgbaImage {
        let mut picture = RgbaImage::new(30, 20);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            if (10..18).contains(&x) && (7..13).contains(&y) {
                pixel.0 = [255, 255, 255, 255];
            } else if (9..19).contains(&x) && (6..14).contains(&y) {
                pixel.0 = [0, 0, 0, 255];
            }
        }
        picture
    }

    const WHITE: LookedFor =
        LookedFor { from: 0, to: 1, x: 100, y: 50, color: Rgba(255, 255, 255, 255) };
    const FILM: Size = Size { width: 400, height: 300 };

    #[test]
    fn letters_have_an_inside_and_an_edge() {
        let letters = Letters::find(&bar(), &WHITE, FILM);
        assert_eq!(letters.inside.len(), 6 * 4);
        assert_eq!(letters.inside[0], (111, 58));
        assert_eq!(letters.edge.len(), 8 * 6 - 6 * 4);
        assert_eq!(letters.edge[0], (110, 57));
        assert_eq!(letters.covers, Some(Rect { x: 109, y: 56, width: 10, height: 8 }));
    }

    #[test]
    fn pixels_beyond_the_film_are_left_out() {
        let letters = Letters::find(&bar(), &LookedFor { x: -15, ..WHITE }, FILM);
        assert!(letters.inside.iter().all(|(x, _)| *x < 3));
    }

    #[test]
    fn a_caption_of_other_colours_has_no_letters() {
        let red = LookedFor { color: Rgba(255, 0, 0, 255), ..WHITE };
        let letters = Letters::find(&bar(), &red, FILM);
        assert!(letters.inside.is_empty() && letters.edge.is_empty());
    }
}
