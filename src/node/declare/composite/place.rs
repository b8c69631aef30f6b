//! Where layers lie, once the canvas and the pictures are known.

use super::{Anchor, CaptionPlace, GreenScreen, Watermark};
use crate::contract::geometry::{Rect, Size};

impl GreenScreen {
    /// Where a clip of this display size (upright, square pixels) lies on the canvas.
    pub fn place(&self, clip: Size, canvas: Size) -> Rect {
        let length = |value: i32| u32::try_from(value).unwrap_or(0).max(1);
        let width = self.width.map(|w| length(w.resolve(canvas.width, canvas)));
        let height = self.height.map(|h| length(h.resolve(canvas.height, canvas)));
        let size = match (width, height) {
            (Some(width), Some(height)) => Size { width, height },
            (Some(width), None) => Size { width, height: ratio(width, clip.height, clip.width) },
            (None, Some(height)) => Size { width: ratio(height, clip.width, clip.height), height },
            (None, None) => {
                let fitted = contain(clip, canvas);
                Size {
                    width: ratio(fitted.width, self.scale_milli, 1000),
                    height: ratio(fitted.height, self.scale_milli, 1000),
                }
            }
        };
        let x = self.x.resolve(canvas.width, canvas);
        let y = self.y.resolve(canvas.height, canvas);
        at_anchor(x, y, self.anchor, size)
    }
}

impl Watermark {
    /// Where a picture of this size lies on the canvas.
    pub fn place(&self, picture: Size, canvas: Size) -> Rect {
        let width = u32::try_from(self.width.resolve(canvas.width, canvas)).unwrap_or(0).max(1);
        let size = Size { width, height: ratio(width, picture.height, picture.width) };
        // The same margin from every edge, so that a corner looks like one.
        let margin = self.margin.resolve(canvas.width.min(canvas.height), canvas);
        let along = |half: u8, side: u32| {
            let side = i32::try_from(side).unwrap_or(i32::MAX);
            match half {
                0 => margin,
                1 => side / 2,
                _ => side.saturating_sub(margin),
            }
        };
        let (x, y) = (along(self.corner.x, canvas.width), along(self.corner.y, canvas.height));
        at_anchor(x, y, self.corner, size)
    }
}

impl CaptionPlace {
    /// The box that the text may fill: a third of the profile's safe area, or the one declared.
    pub fn area(&self, safe_area: Rect, canvas: Size) -> Rect {
        let third = safe_area.height / 3;
        let band = |from: u32| Rect {
            y: safe_area.y.saturating_add(i32::try_from(from).unwrap_or(0)),
            height: third,
            ..safe_area
        };
        match *self {
            Self::Top => band(0),
            Self::Middle => band((safe_area.height - third) / 2),
            Self::Bottom => band(safe_area.height - third),
            Self::Box { x, y, width, height } => Rect {
                x: x.resolve(canvas.width, canvas),
                y: y.resolve(canvas.height, canvas),
                width: u32::try_from(width.resolve(canvas.width, canvas)).unwrap_or(0).max(1),
                height: u32::try_from(height.resolve(canvas.height, canvas)).unwrap_or(0).max(1),
            },
        }
    }
}

/// `value · num / den`, rounded to nearest, at least 1.
fn ratio(value: u32, num: u32, den: u32) -> u32 {
    let den = u64::from(den.max(1));
    let scaled = (u64::from(value) * u64::from(num) + den / 2) / den;
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

/// The largest size of the clip's shape that fits into the canvas.
fn contain(clip: Size, canvas: Size) -> Size {
    let wide = u64::from(clip.width) * u64::from(canvas.height)
        >= u64::from(canvas.width) * u64::from(clip.height);
    if wide {
        Size { width: canvas.width, height: ratio(canvas.width, clip.height, clip.width) }
    } else {
        Size { width: ratio(canvas.height, clip.width, clip.height), height: canvas.height }
    }
}

/// The box of `size` whose anchor lies at `x`, `y`.
fn at_anchor(x: i32, y: i32, anchor: Anchor, size: Size) -> Rect {
    let back = |half: u8, side: u32| {
        i32::try_from(side / 2 * u32::from(half)).unwrap_or(0)
            + if half == 2 { i32::try_from(side % 2).unwrap_or(0) } else { 0 }
    };
    Rect {
        x: x.saturating_sub(back(anchor.x, size.width)),
        y: y.saturating_sub(back(anchor.y, size.height)),
        width: size.width,
        height: size.height,
    }
}
