//! Contrast as WCAG 2 defines it: `(L1 + 0.05) / (L2 + 0.05)` of relative luminances.

use super::frame::Planes;
use super::letters::Letters;

/// Luminance of white.
const WHITE: u32 = 65_535;

/// 0.05 of it.
const FLARE: u64 = 3277;

/// Tables for the luminance of a pixel of BT.709 in limited range.
#[derive(Debug, Clone)]
pub struct Luminance {
    /// sRGB's curve: light for each of 256 values.
    linear: [u32; 256],
}

impl Luminance {
    pub fn new() -> Self {
        let linear = std::array::from_fn(|value| {
            let value = value as f64 / 255.0;
            // WCAG 2.x: 0.04045 as in the standard for sRGB, which its errata take over.
            let light =
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
            (light * f64::from(WHITE)).round() as u32
        });
        Self { linear }
    }

    /// Relative luminance of a pixel, 0 to 65535.
    fn of(&self, y: u8, u: u8, v: u8) -> u32 {
        let (y, u, v) = (298 * (i32::from(y) - 16), i32::from(u) - 128, i32::from(v) - 128);
        let light = |sum: i32| {
            let value = usize::try_from(((sum + 128) >> 8).clamp(0, 255)).unwrap_or(0);
            self.linear[value]
        };
        let (r, g, b) = (light(y + 459 * v), light(y - 55 * u - 136 * v), light(y + 541 * u));
        (2126 * r + 7152 * g + 722 * b) / 10_000
    }

    fn at(&self, planes: &Planes<'_>, x: u32, y: u32) -> u32 {
        let (x, y) = (x as usize, y as usize);
        let luma = planes.y[y * planes.layout.width + x];
        let chroma = y / 2 * planes.layout.chroma_width + x / 2;
        self.of(luma, planes.u[chroma], planes.v[chroma])
    }

    /// How well letters stand out, thousandths: at each pixel of their edge, the best contrast of
    /// the letters' median with an opaque pixel just beyond (an outline counts, however thin, and
    /// so does a dark film); then the 5th percentile of those. None where there are no letters, or
    /// nothing around them.
    pub fn contrast(&self, planes: &Planes<'_>, letters: &Letters) -> Option<u32> {
        let mut inside: Vec<u32> =
            letters.inside.iter().map(|(x, y)| self.at(planes, *x, *y)).collect();
        let middle = inside.len() / 2;
        let (_, text, _) = (!inside.is_empty()).then(|| inside.select_nth_unstable(middle))?;
        let text = *text;
        let best = |(x, y): &(u32, u32)| {
            beyond(*x, *y, letters.reach)
                .filter(|(x, y)| planes.layout.contains(*x, *y))
                .filter(|(x, y)| planes.opaque(*x as usize, *y as usize))
                .map(|(x, y)| ratio_milli(text, self.at(planes, x, y)))
                .max()
        };
        let mut ratios: Vec<u32> = letters.edge.iter().filter_map(best).collect();
        let low = ratios.len() / 20;
        let (_, ratio, _) = (!ratios.is_empty()).then(|| ratios.select_nth_unstable(low))?;
        Some(*ratio)
    }
}

/// Pixels in eight directions. The first may be softened; on a small canvas, between two strokes,
/// there is no other.
fn beyond(x: u32, y: u32, reach: u32) -> impl Iterator<Item = (u32, u32)> {
    const DIRECTIONS: [(i32, i32); 8] =
        [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];
    DIRECTIONS.into_iter().flat_map(move |(dx, dy)| {
        (1..=reach.cast_signed()).filter_map(move |by| {
            Some((x.checked_add_signed(dx * by)?, y.checked_add_signed(dy * by)?))
        })
    })
}

/// The contrast ratio of two luminances, thousandths: 1000 to 21000.
fn ratio_milli(a: u32, b: u32) -> u32 {
    let (light, dark) = (u64::from(a.max(b)) + FLARE, u64::from(a.min(b)) + FLARE);
    u32::try_from(light * 1000 / dark).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::frame::Layout;
    use super::*;
    use crate::contract::geometry::Size;

    #[test]
    fn white_on_black_is_21_and_the_wcag_greys_are_where_they_should_be() {
        let luminance = Luminance::new();
        let grey = |y| luminance.of(y, 128, 128);
        assert_eq!(ratio_milli(grey(235), grey(16)) / 10, 2099);
        assert_eq!(ratio_milli(grey(100), grey(100)), 1000);
        // #767676 on white is WCAG's famous 4.54:1; it is luma 117.3 in limited range.
        let measured = ratio_milli(grey(117), grey(235));
        assert!((4540..4620).contains(&measured), "{measured}");
        // Pure red has luminance 0.2126: 3.998:1 on white.
        let red = luminance.of(63, 102, 240);
        assert!((3900..4100).contains(&ratio_milli(red, grey(235))), "{red}");
    }

    /// Forty lines of black, each after eight of white, with a letter's edge at the end of each.
    fn film(white: usize) -> (Layout, Vec<u8>, Letters) {
        let layout = Layout::new(Size { width: 20, height: 100 }, false);
        let mut frame = vec![128u8; layout.bytes()];
        frame[..2000].fill(16);
        for row in 0..100 {
            frame[row * 20..row * 20 + 8].fill(235);
        }
        frame[..white * 20].fill(235);
        let letters = Letters {
            inside: (0..100).map(|y| (0, y)).collect(),
            edge: (0..100).map(|y| (7, y)).collect(),
            reach: 3,
            covers: None,
        };
        (layout, frame, letters)
    }

    #[test]
    fn the_worst_twentieth_decides_and_the_very_worst_does_not() {
        let luminance = Luminance::new();
        let measured = |white: usize| {
            let (layout, frame, letters) = film(white);
            luminance.contrast(&layout.planes(&frame), &letters)
        };
        // Rows within reach of a dark one count as bordering on it.
        assert!(measured(0) > Some(20_000));
        assert!(measured(6) > Some(20_000));
        assert_eq!(measured(10), Some(1000));
        let (layout, frame, _) = film(0);
        assert_eq!(luminance.contrast(&layout.planes(&frame), &Letters::default()), None);
    }

    #[test]
    fn an_outline_of_one_pixel_is_seen() {
        let (layout, mut frame, letters) = film(100);
        let luminance = Luminance::new();
        assert_eq!(luminance.contrast(&layout.planes(&frame), &letters), Some(1000));
        for row in 0..100 {
            frame[row * 20 + 9] = 16;
        }
        assert!(luminance.contrast(&layout.planes(&frame), &letters) > Some(20_000));
    }
}
