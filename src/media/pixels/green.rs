//! What is left of the screen: pixels that are more screen than not.
//!
//! A pixel's share of screen is how far its chroma reaches along the axis from grey to the
//! screen, less what lies across that axis, in units of the screen's own distance from grey: what
//! the keyer calls the same, so that grass, skin and a green coat are told from a screen by their
//! hue. From one half upwards a pixel counts as left over.
//!
//! Only the finished picture is looked at. A background that shows the screen's very colour reads
//! as left over too: the rule can be softened for a film that means it.

use super::Screen;
use super::frame::{Layout, Planes};
use crate::contract::geometry::Rect;

/// The chroma samples of the layer's place, and the axis they are measured along.
#[derive(Debug, Clone, Copy)]
pub struct LeftOver {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
    /// From grey to the screen.
    axis: (i32, i32),
}

impl LeftOver {
    /// None where the layer lies wholly outside the picture, or its screen is grey.
    pub fn new(screen: &Screen, layout: Layout) -> Option<Self> {
        let side = |from: i32, to: i64, most: usize| {
            let from = usize::try_from(from.max(0)).unwrap_or(0) / 2;
            let to = usize::try_from(to.max(0)).unwrap_or(0).div_ceil(2).min(most);
            (from, to)
        };
        let place = screen.place;
        let (left, right) = side(place.x, place.right(), layout.chroma_width);
        let (top, bottom) = side(place.y, place.bottom(), layout.chroma_height);
        let chroma = |value: u32| i32::try_from(value).unwrap_or(128).clamp(0, 255) - 128;
        let axis = (chroma(screen.u), chroma(screen.v));
        let there = left < right && top < bottom && axis != (0, 0);
        there.then_some(Self { left, right, top, bottom, axis })
    }

    /// Millionths of the place that are left over. What captions cover is theirs: an emoji may be
    /// as green as any screen.
    pub fn measure(&self, planes: &Planes<'_>, covered: &[Rect]) -> u32 {
        let width = planes.layout.chroma_width;
        let mut count = 0u64;
        for y in self.top..self.bottom {
            let line = y * width + self.left..y * width + self.right;
            let pairs = planes.u[line.clone()].iter().zip(&planes.v[line]);
            let over = |(u, v): (&u8, &u8)| u32::from(is_screen(*u, *v, self.axis));
            let beside: Vec<&Rect> =
                covered.iter().filter(|rect| touches(rect.y, rect.bottom(), y)).collect();
            // By whole lines where that is right, so that the loop stays in vector registers.
            count += u64::from(if planes.alpha.is_none() && beside.is_empty() {
                pairs.map(over).sum::<u32>()
            } else {
                let below = (planes.layout.height - 1).min(y * 2);
                let seen = |x: usize| {
                    let column = (x * 2).min(planes.layout.width - 1);
                    planes.opaque(column, below)
                        && !beside.iter().any(|rect| touches(rect.x, rect.right(), x))
                };
                let found = pairs.enumerate().filter(|(x, _)| seen(self.left + x));
                found.map(|(_, pair)| over(pair)).sum::<u32>()
            });
        }
        let area = ((self.right - self.left) * (self.bottom - self.top)) as u64;
        u32::try_from(count * 1_000_000 / area).unwrap_or(1_000_000)
    }
}

/// Whether chroma sample `at` of a line or column shows anything of `from..to` in pixels. Samples
/// next to it count: chroma bleeds.
fn touches(from: i32, to: i64, at: usize) -> bool {
    let pixel = i64::try_from(at * 2).unwrap_or(i64::MAX);
    (i64::from(from) - 2..to + 2).contains(&pixel)
}

/// Whether a chroma is more screen than not; `axis` leads from grey to the screen.
pub(crate) fn is_screen(u: u8, v: u8, (ku, kv): (i32, i32)) -> bool {
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    (u * ku + v * kv) - (u * kv - v * ku).abs() >= (ku * ku + kv * kv) / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::geometry::Size;

    /// A screen whose left half is covered by the layer, filled with one chroma.
    fn share_beside(u: u8, v: u8, covered: &[Rect]) -> u32 {
        let layout = Layout::new(Size { width: 40, height: 20 }, false);
        let mut frame = vec![128u8; layout.bytes()];
        for row in 0..10 {
            let at = 40 * 20 + row * 20;
            frame[at..at + 5].fill(u);
            frame[at + 200..at + 205].fill(v);
        }
        let place = Rect { x: -10, y: 0, width: 30, height: 40 };
        let left_over = LeftOver::new(&Screen { place, u: 96, v: 55 }, layout).expect("inside");
        left_over.measure(&layout.planes(&frame), covered)
    }

    fn share(u: u8, v: u8) -> u32 {
        share_beside(u, v, &[])
    }

    #[test]
    fn what_a_caption_covers_is_not_left_over() {
        let all = Rect { x: 0, y: 0, width: 10, height: 20 };
        assert_eq!(share_beside(96, 55, &[all]), 0);
        assert_eq!(share_beside(96, 55, &[all.moved(0, 12)]), 250_000);
    }

    #[test]
    fn screen_is_told_from_grass_and_skin_by_hue() {
        assert_eq!(share(96, 55), 500_000, "half of the visible place");
        assert_eq!(share(100, 62), 500_000, "unevenly lit");
        assert_eq!(share(128, 128), 0, "grey");
        assert_eq!(share(105, 118), 0, "grass");
        assert_eq!(share(110, 150), 0, "skin");
        assert_eq!(share(120, 105), 0, "a trace of screen");
    }

    #[test]
    fn a_layer_outside_the_picture_has_no_place() {
        let layout = Layout::new(Size { width: 40, height: 20 }, false);
        let place = Rect { x: 40, y: 0, width: 30, height: 40 };
        assert!(LeftOver::new(&Screen { place, u: 96, v: 55 }, layout).is_none());
    }
}
