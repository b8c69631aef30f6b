//! Where layers lie, once the canvas and the pictures are known.

use super::{Anchor, CaptionPlace, GreenScreen, Watermark};
use crate::contract::geometry::{Rect, Size};
use serde::{Deserialize, Serialize};

/// Where a layer lies, as far as the canvas decides it: its picture may still be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Placement {
    /// Where on the canvas the anchor lies.
    pub x: i32,
    pub y: i32,
    /// Pixels; the side that is absent follows from the other and the picture's shape.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Where neither side is given: thousandths of the size that just fits into the canvas.
    pub scale_milli: u32,
    pub anchor: Anchor,
}

impl Placement {
    /// The box of a picture of this display size (upright, square pixels) on the canvas.
    pub fn place(&self, picture: Size, canvas: Size) -> Rect {
        let size = match (self.width, self.height) {
            (Some(width), Some(height)) => Size { width, height },
            (Some(width), None) => {
                Size { width, height: ratio(width, picture.height, picture.width) }
            }
            (None, Some(height)) => {
                Size { width: ratio(height, picture.width, picture.height), height }
            }
            (None, None) => {
                let fitted = contain(picture, canvas);
                Size {
                    width: ratio(fitted.width, self.scale_milli, 1000),
                    height: ratio(fitted.height, self.scale_milli, 1000),
                }
            }
        };
        at_anchor(self.x, self.y, self.anchor, size)
    }
}

impl GreenScreen {
    /// Where the clip lies on a canvas.
    pub fn placement(&self, canvas: Size) -> Placement {
        let length = |value: i32| u32::try_from(value).unwrap_or(0).max(1);
        Placement {
            x: self.x.resolve(canvas.width, canvas),
            y: self.y.resolve(canvas.height, canvas),
            width: self.width.map(|w| length(w.resolve(canvas.width, canvas))),
            height: self.height.map(|h| length(h.resolve(canvas.height, canvas))),
            scale_milli: self.scale_milli,
            anchor: self.anchor,
        }
    }
}

impl Watermark {
    /// Where the picture lies on a canvas.
    pub fn placement(&self, canvas: Size) -> Placement {
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
        let width = u32::try_from(self.width.resolve(canvas.width, canvas)).unwrap_or(0).max(1);
        Placement {
            x: along(self.corner.x, canvas.width),
            y: along(self.corner.y, canvas.height),
            width: Some(width),
            height: None,
            scale_milli: 1000,
            anchor: self.corner,
        }
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
