//! A decoded frame as its planes.

use crate::contract::geometry::Size;

/// One raw frame, `yuv420p` or `yuv444p`, 8 bits a sample, rows without padding.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    pub size: Size,
    /// Size of the two chroma planes.
    pub chroma: Size,
    pub y: &'a [u8],
    pub u: &'a [u8],
    pub v: &'a [u8],
}

impl<'a> Planes<'a> {
    /// A frame as ffmpeg's `rawvideo` writes `yuv420p`; `None` where the length is another.
    pub fn yuv420(raw: &'a [u8], size: Size) -> Option<Self> {
        let chroma = Size { width: size.width.div_ceil(2), height: size.height.div_ceil(2) };
        Self::split(raw, size, chroma)
    }

    /// The same for `yuv444p`.
    pub fn yuv444(raw: &'a [u8], size: Size) -> Option<Self> {
        Self::split(raw, size, size)
    }

    fn split(raw: &'a [u8], size: Size, chroma: Size) -> Option<Self> {
        let area = |size: Size| (size.width as usize).checked_mul(size.height as usize);
        let (luma, part) = (area(size)?, area(chroma)?);
        if luma == 0 || raw.len() != luma + 2 * part {
            return None;
        }
        let (y, rest) = raw.split_at(luma);
        let (u, v) = rest.split_at(part);
        Some(Self { size, chroma, y, u, v })
    }

    /// Luma at a chroma sample: the one at the sample's top left.
    pub(super) fn luma(&self, x: usize, y: usize) -> u8 {
        let across = if self.chroma.width == self.size.width { 1 } else { 2 };
        let down = if self.chroma.height == self.size.height { 1 } else { 2 };
        self.y[y * down * self.size.width as usize + x * across]
    }
}
