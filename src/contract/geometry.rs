//! Places on a canvas, in whole pixels, origin at the top left.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

/// A box on the canvas. `x` and `y` may be negative where a layer hangs over the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rect {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
}

impl Rect {
    /// On even pixels, inside of itself where it has room.
    #[must_use]
    pub fn evened(self) -> Self {
        let (x, y) = (self.x.saturating_add(self.x & 1), self.y.saturating_add(self.y & 1));
        let side = |n: u32, odd: i32| n.saturating_sub(odd.unsigned_abs()).max(2);
        Self { x, y, width: side(self.width, self.x & 1), height: side(self.height, self.y & 1) }
    }

    /// One past the right edge.
    pub fn right(&self) -> i64 {
        i64::from(self.x) + i64::from(self.width)
    }

    /// One past the bottom edge.
    pub fn bottom(&self) -> i64 {
        i64::from(self.y) + i64::from(self.height)
    }

    /// Whether `inner` lies wholly inside.
    pub fn contains(&self, inner: &Rect) -> bool {
        inner.x >= self.x
            && inner.y >= self.y
            && inner.right() <= self.right()
            && inner.bottom() <= self.bottom()
    }

    /// This box moved by `dx`, `dy`.
    pub fn moved(&self, dx: i32, dy: i32) -> Rect {
        Rect { x: self.x + dx, y: self.y + dy, ..*self }
    }
}
