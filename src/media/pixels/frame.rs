//! A raw frame: planes of 4:2:0, with or without alpha, one after the other.

use crate::contract::geometry::Size;

/// Sizes of the planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub width: usize,
    pub height: usize,
    /// Of the chroma planes: half, rounded up.
    pub chroma_width: usize,
    pub chroma_height: usize,
    alpha: bool,
}

/// One frame. `alpha` is absent for a film that is opaque throughout.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    pub layout: Layout,
    pub y: &'a [u8],
    pub u: &'a [u8],
    pub v: &'a [u8],
    pub alpha: Option<&'a [u8]>,
}

impl Layout {
    pub fn new(size: Size, alpha: bool) -> Self {
        let (width, height) = (size.width as usize, size.height as usize);
        let (chroma_width, chroma_height) = (width.div_ceil(2), height.div_ceil(2));
        Self { width, height, chroma_width, chroma_height, alpha }
    }

    /// Whether a pixel is inside.
    pub fn contains(&self, x: u32, y: u32) -> bool {
        (x as usize) < self.width && (y as usize) < self.height
    }

    fn chroma(&self) -> usize {
        self.chroma_width * self.chroma_height
    }

    /// Bytes of a frame.
    pub fn bytes(&self) -> usize {
        let luma = self.width * self.height;
        luma + 2 * self.chroma() + if self.alpha { luma } else { 0 }
    }

    /// The planes of a frame of [`Layout::bytes`] bytes.
    pub fn planes<'a>(&self, frame: &'a [u8]) -> Planes<'a> {
        let (y, rest) = frame.split_at(self.width * self.height);
        let (u, rest) = rest.split_at(self.chroma());
        let (v, rest) = rest.split_at(self.chroma());
        Planes { layout: *self, y, u, v, alpha: self.alpha.then_some(rest) }
    }
}

impl Planes<'_> {
    /// Whether a pixel is at least half opaque.
    pub fn opaque(&self, x: usize, y: usize) -> bool {
        self.alpha.is_none_or(|alpha| alpha[y * self.layout.width + x] >= 128)
    }
}
