//! Where pictures lie: fitting into a box, and the part of a layer that the canvas shows.

use crate::contract::geometry::{Rect, Size};

/// The part of a source picture that is needed, and where it lies on the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visible {
    /// Source pixels, even edges.
    pub crop: Rect,
    /// Canvas pixels, even edges.
    pub place: Rect,
}

/// What of a `source` laid over `place` can be seen on `canvas`: nothing that hangs over by far is
/// decoded, keyed and scaled in vain. None where nothing can be seen.
pub fn visible(source: Size, place: Rect, canvas: Size) -> Option<Visible> {
    let (x, crop_x) = span(source.width, place.x, place.width, canvas.width)?;
    let (y, crop_y) = span(source.height, place.y, place.height, canvas.height)?;
    Some(Visible {
        crop: Rect { x: crop_x.0, y: crop_y.0, width: crop_x.1, height: crop_y.1 },
        place: Rect { x: x.0, y: y.0, width: x.1, height: y.1 },
    })
}

/// Start and length.
type Span = (i32, u32);

/// One direction of [`visible`]: the span on the canvas, and the span of the source.
fn span(source: u32, at: i32, length: u32, canvas: u32) -> Option<(Span, Span)> {
    let (at, length, canvas) = (i64::from(at), i64::from(length), i64::from(canvas));
    let (first, last) = (at.max(0), (at + length).min(canvas));
    if first >= last {
        return None;
    }
    let source = i64::from(source) & !1;
    // Source pixels, outward to even ones.
    let from = ((first - at) * source / length) & !1;
    let to = (((last - at) * source + length - 1) / length + 1) & !1;
    let (from, to) = (from, to.min(source));
    let to_canvas = |pixel: i64| {
        let halves = (pixel * length * 2 + source * 2) / (source * 4);
        halves * 2
    };
    let (start, end) = (at + to_canvas(from), at + to_canvas(to));
    let narrow = |n: i64| u32::try_from(n).ok();
    let place = (i32::try_from(start).ok()?, narrow((end - start).max(2))?);
    Some((place, (i32::try_from(from).ok()?, narrow((to - from).max(2))?)))
}

/// The size of a `source` scaled to just cover (`cover`) or just fit into a box, on even pixels.
pub fn fitted(source: Size, within: Size, cover: bool) -> Size {
    let (sw, sh) = (u64::from(source.width.max(1)), u64::from(source.height.max(1)));
    let (bw, bh) = (u64::from(within.width), u64::from(within.height));
    // Whether the width is what limits: the box is narrower than the source's shape.
    let by_width = (bw * sh <= bh * sw) != cover;
    let (width, height) = if by_width { (bw, bw * sh / sw) } else { (bh * sw / sh, bh) };
    let even = |n: u64| u32::try_from((n.max(1)).div_ceil(2) * 2).unwrap_or(u32::MAX);
    Size { width: even(width), height: even(height) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn a_wide_clip_on_a_tall_canvas_is_cropped_before_it_is_keyed() {
        let place = Rect { x: -1166, y: 0, width: 3412, height: 1920 };
        let seen = visible(size(1920, 1080), place, size(1080, 1920)).unwrap();
        assert_eq!(seen.crop, Rect { x: 656, y: 0, width: 608, height: 1080 });
        assert_eq!(seen.place.y, 0);
        assert_eq!(seen.place.height, 1920);
    }

    #[test]
    fn a_layer_inside_the_canvas_stays_as_it_is() {
        let place = Rect { x: 10, y: 20, width: 64, height: 48 };
        let seen = visible(size(320, 240), place, size(96, 160)).unwrap();
        assert_eq!(seen, Visible { crop: Rect { x: 0, y: 0, width: 320, height: 240 }, place });
        let away = Rect { x: 96, y: 0, width: 64, height: 48 };
        assert_eq!(visible(size(320, 240), away, size(96, 160)), None);
    }

    #[test]
    fn fitting_keeps_the_shape() {
        assert_eq!(fitted(size(1920, 1080), size(1080, 1920), true), size(3414, 1920));
        assert_eq!(fitted(size(1920, 1080), size(1080, 1920), false), size(1080, 608));
        assert_eq!(fitted(size(100, 100), size(100, 100), true), size(100, 100));
    }

    proptest! {
        /// What is kept covers all of the layer that lies on the canvas, and its parts stay where
        /// they were, to a pixel or two.
        #[test]
        fn nothing_visible_is_lost(
            w in 8u32..2000, h in 8u32..2000, x in -500i32..500, y in -500i32..500,
            pw in 4u32..3000, ph in 4u32..3000,
        ) {
            let canvas = size(1080, 1920);
            let place = Rect { x: x * 2, y: y * 2, width: pw * 2, height: ph * 2 };
            if let Some(seen) = visible(size(w * 2, h * 2), place, canvas) {
                prop_assert!(seen.place.x <= place.x.max(0) + 2);
                prop_assert!(seen.place.right() >= place.right().min(1080) - 2);
                prop_assert!(seen.place.bottom() >= place.bottom().min(1920) - 2);
                prop_assert!(seen.crop.right() <= i64::from(w * 2));
                prop_assert_eq!(seen.place.x % 2 + seen.crop.x % 2, 0);
                prop_assert!(seen.place.width >= 2 && seen.crop.width >= 2);
            }
        }
    }
}
