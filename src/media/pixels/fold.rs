//! One sampled frame after the other becomes one line of facts.

use super::Look;
use super::contrast::Luminance;
use super::frame::{Layout, Planes};
use super::green::LeftOver;
use super::letters::Letters;
use super::tiles::{self, Grid};
use crate::contract::fact::{CaptionContrast, PixelFacts, PixelSample, StretchPixels};
use crate::contract::geometry::Rect;

/// Luma of black and of white.
const BLACK: u32 = 16;
const RANGE: u32 = 219;

/// Luma up to which a pixel is dark: a tenth of the way to white, as ffmpeg's blackdetect has it.
const DARK: u8 = 37;

/// What is known so far.
pub struct Fold<'a> {
    look: &'a Look,
    grid: Grid,
    left_over: Option<LeftOver>,
    letters: Vec<Letters>,
    luminance: Luminance,
    /// The frame that comes next.
    next: u32,
    tiles: Vec<u16>,
    first: Vec<u16>,
    facts: PixelFacts,
}

impl<'a> Fold<'a> {
    pub fn new(look: &'a Look, layout: Layout, letters: Vec<Letters>) -> Self {
        let every = look.every.max(1);
        Self {
            look,
            grid: Grid::new(layout),
            left_over: look.screen.as_ref().and_then(|screen| LeftOver::new(screen, layout)),
            letters,
            luminance: Luminance::new(),
            next: (every - look.phase % every) % every,
            tiles: Vec::new(),
            first: Vec::new(),
            facts: PixelFacts {
                width: u32::try_from(layout.width).unwrap_or(u32::MAX),
                height: u32::try_from(layout.height).unwrap_or(u32::MAX),
                ..PixelFacts::default()
            },
        }
    }

    /// Takes in the next sampled frame.
    pub fn frame(&mut self, planes: &Planes<'_>) {
        let frame = self.next;
        let shown: Vec<_> = (self.look.captions.iter().zip(&self.letters).zip(0u32..))
            .filter(|((caption, _), _)| (caption.from..caption.to).contains(&frame))
            .collect();
        let covered: Vec<Rect> =
            shown.iter().filter_map(|((_, letters), _)| letters.covers).collect();
        let mut tiles = self.grid.measure(planes);
        covered.iter().for_each(|rect| self.grid.cover(&mut tiles, rect));
        let change_milli = if self.facts.samples.is_empty() {
            self.first.clone_from(&tiles);
            None
        } else {
            Some(tiles::change(&self.tiles, &tiles))
        };
        let light = Light::of(planes);
        let contrast = shown.into_iter().filter_map(|((_, letters), caption)| {
            let ratio_milli = self.luminance.contrast(planes, letters)?;
            Some(CaptionContrast { caption, ratio_milli })
        });
        let sample = PixelSample {
            frame,
            luma_milli: light.luma_milli,
            dark_milli: light.dark_milli,
            opaque_milli: light.opaque_milli,
            change_milli,
            green_millionth: self.left_over.map(|left_over| left_over.measure(planes, &covered)),
            contrast: contrast.collect(),
        };
        self.facts.samples.push(sample);
        self.tiles = tiles;
        self.next += self.look.every.max(1);
    }

    pub fn finish(self) -> StretchPixels {
        StretchPixels {
            pixels: self.facts,
            first_tiles: tiles::write(&self.first),
            last_tiles: tiles::write(&self.tiles),
        }
    }
}

/// Brightness of a frame as a whole.
#[derive(Debug, PartialEq, Eq)]
struct Light {
    luma_milli: u32,
    dark_milli: u32,
    opaque_milli: u32,
}

impl Light {
    fn of(planes: &Planes<'_>) -> Self {
        let (mut sum, mut dark, mut opaque) = (0u64, 0u64, 0u64);
        let width = planes.layout.width.max(1);
        match planes.alpha {
            // By lines, so that the sums stay in 32 bits and the loops in vector registers.
            None => {
                for line in planes.y.chunks(width) {
                    sum += u64::from(line.iter().map(|y| u32::from(*y)).sum::<u32>());
                    dark += u64::from(line.iter().map(|y| u32::from(*y <= DARK)).sum::<u32>());
                }
                opaque = planes.y.len() as u64;
            }
            Some(alpha) => {
                for (y, _) in planes.y.iter().zip(alpha).filter(|(_, alpha)| **alpha >= 128) {
                    sum += u64::from(*y);
                    dark += u64::from(*y <= DARK);
                    opaque += 1;
                }
            }
        }
        let share = |part: u64, whole: u64| {
            u32::try_from((part * 1000 + whole / 2) / whole.max(1)).unwrap_or(1000)
        };
        let mean_milli = sum * 1000 / opaque.max(1);
        let above = mean_milli.saturating_sub(u64::from(BLACK) * 1000);
        let luma_milli = (above / u64::from(RANGE)).min(1000);
        Self {
            luma_milli: u32::try_from(luma_milli).unwrap_or(1000),
            dark_milli: share(dark, opaque),
            opaque_milli: share(opaque, planes.y.len() as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::geometry::Size;

    #[test]
    fn light_is_that_of_the_opaque_pixels() {
        let size = Size { width: 10, height: 10 };
        let layout = Layout::new(size, false);
        let mut frame = vec![128u8; layout.bytes()];
        frame[..25].fill(37);
        frame[25..100].fill(235);
        let light = Light::of(&layout.planes(&frame));
        assert_eq!(light, Light { luma_milli: 773, dark_milli: 250, opaque_milli: 1000 });

        let layout = Layout::new(size, true);
        let mut frame = vec![0u8; layout.bytes()];
        frame[..25].fill(37);
        frame[25..100].fill(235);
        frame[150..200].fill(255);
        let light = Light::of(&layout.planes(&frame));
        assert_eq!(light, Light { luma_milli: 547, dark_milli: 500, opaque_milli: 500 });
    }
}
