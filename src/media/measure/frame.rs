//! A decoded frame, and a small one averaged from it.

use crate::contract::geometry::Size;
use std::io::{self, Read};

/// A frame as `yuv420p`: the three planes one after the other, rows without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub size: Size,
    pub raw: Vec<u8>,
}

impl Frame {
    /// Reads frames of one size to the end; what is left over at the end is no frame.
    pub fn read_all(mut reader: impl Read, size: Size) -> io::Result<Vec<Self>> {
        let length = length(size);
        let mut frames = Vec::new();
        loop {
            // Grown by doubling, it would be copied and paged in twice.
            let mut raw = Vec::with_capacity(length + 1);
            reader.by_ref().take(length as u64).read_to_end(&mut raw)?;
            if raw.len() < length {
                return Ok(frames);
            }
            frames.push(Self { size, raw });
        }
    }

    pub fn luma(&self) -> &[u8] {
        &self.raw[..area(self.size)]
    }

    /// The plane of U (0) or V (1).
    pub fn chroma(&self, plane: usize) -> &[u8] {
        let (luma, part) = (area(self.size), area(halved(self.size)));
        &self.raw[luma + plane * part..luma + (plane + 1) * part]
    }

    /// Columns and rows of a plane of chroma.
    pub fn chroma_size(&self) -> (usize, usize) {
        let Size { width, height } = halved(self.size);
        (width as usize, height as usize)
    }

    /// The same picture with its long side at most `side`, every pixel the mean of those that it
    /// stands for.
    pub fn small(&self, side: u32) -> Small {
        let Size { width, height } = self.size;
        let long = width.max(height);
        let fit = |n: u32| {
            let scaled = u64::from(n) * u64::from(side.min(long)) / u64::from(long.max(1));
            u32::try_from(scaled).unwrap_or(1).max(1)
        };
        let size = Size { width: fit(width), height: fit(height) };
        let chroma = halved(self.size);
        Small {
            size,
            y: averaged(self.luma(), self.size, size),
            u: averaged(self.chroma(0), chroma, size),
            v: averaged(self.chroma(1), chroma, size),
        }
    }
}

/// A small frame: three planes of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Small {
    pub size: Size,
    pub y: Vec<u8>,
    pub u: Vec<u8>,
    pub v: Vec<u8>,
}

impl Small {
    /// Red, green and blue of a pixel, 0 to 255: BT.601 for films of standard definition, BT.709
    /// for larger ones, as players guess.
    pub fn rgb(&self, index: usize, large: bool) -> [u8; 3] {
        let y = (i32::from(self.y[index]) - 16) * 1192;
        let (u, v) = (i32::from(self.u[index]) - 128, i32::from(self.v[index]) - 128);
        let (rv, gu, gv, bu) = if large { (1836, 218, 546, 2163) } else { (1634, 401, 832, 2066) };
        let channel = |value: i32| ((value + 512) >> 10).clamp(0, 255) as u8;
        [channel(y + rv * v), channel(y - gu * u - gv * v), channel(y + bu * u)]
    }
}

fn length(size: Size) -> usize {
    area(size) + 2 * area(halved(size))
}

fn area(size: Size) -> usize {
    size.width as usize * size.height as usize
}

fn halved(size: Size) -> Size {
    Size { width: size.width.div_ceil(2), height: size.height.div_ceil(2) }
}

/// Means of boxes that tile the plane; where the plane is smaller, its nearest pixels.
fn averaged(plane: &[u8], from: Size, to: Size) -> Vec<u8> {
    let span = |n: u32, to: u32, from: u32| {
        let start = (u64::from(n) * u64::from(from) / u64::from(to)) as usize;
        let end = (u64::from(n + 1) * u64::from(from) / u64::from(to)) as usize;
        start..end.max(start + 1)
    };
    let width = from.width as usize;
    let columns: Vec<_> = (0..to.width).map(|x| span(x, to.width, from.width)).collect();
    let mut sums = vec![0u32; columns.len()];
    let mut out = Vec::with_capacity(area(to));
    for y in 0..to.height {
        let rows = span(y, to.height, from.height);
        sums.fill(0);
        // Row by row, as the pixels lie in memory.
        for row in rows.clone() {
            let row = &plane[row * width..(row + 1) * width];
            for (sum, columns) in sums.iter_mut().zip(&columns) {
                *sum += row[columns.clone()].iter().map(|pixel| u32::from(*pixel)).sum::<u32>();
            }
        }
        let high = rows.len() as u32;
        out.extend(sums.iter().zip(&columns).map(|(sum, columns)| {
            let count = columns.len() as u32 * high;
            u8::try_from((sum + count / 2) / count).unwrap_or(u8::MAX)
        }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_frames_are_means() {
        let size = Size { width: 5, height: 3 };
        let raw: Vec<u8> = (0u8..15).chain([7; 12]).collect();
        let frames = Frame::read_all(&[&raw[..], &[1, 2, 3]].concat()[..], size).unwrap();
        assert_eq!(frames.len(), 1, "half a frame is none");
        let small = frames[0].small(2);
        assert_eq!(small.size, Size { width: 2, height: 1 });
        // Columns 0 and 1, and 2 to 4, of three rows.
        assert_eq!((small.y, small.u), (vec![6, 8], vec![7, 7]));
    }

    #[test]
    fn green_is_green_in_both_matrices() {
        let small = |y, u, v| Small {
            size: Size { width: 1, height: 1 },
            y: vec![y],
            u: vec![u],
            v: vec![v],
        };
        for (large, [y, u, v]) in [(false, [145, 54, 34]), (true, [173, 42, 26])] {
            let [r, g, b] = small(y, u, v).rgb(0, large);
            assert!(r <= 2 && g >= 253 && b <= 2, "{r} {g} {b}");
        }
    }
}
