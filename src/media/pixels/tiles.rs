//! The picture as a grid of tiles, each its mean luma: small enough to keep, fine enough that
//! anything that moves changes one.

use super::frame::{Layout, Planes};
use crate::contract::geometry::Rect;

/// Tiles along the short side of a large picture.
const ACROSS: usize = 45;

/// The least side of a tile, pixels: over fewer the errors of an encoder do not average out.
const LEAST: usize = 24;

/// A tile that lies under a caption: what shows there comes and goes with the caption, and says
/// nothing of the picture.
const COVERED: u16 = u16::MAX;

/// How a picture is cut into tiles.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    side: usize,
    columns: usize,
    rows: usize,
}

impl Grid {
    pub fn new(layout: Layout) -> Self {
        let side = (layout.width.min(layout.height) / ACROSS).max(LEAST);
        let (columns, rows) = (layout.width.div_ceil(side), layout.height.div_ceil(side));
        Self { side, columns, rows }
    }

    /// Marks the tiles that a box of pixels touches.
    pub fn cover(&self, tiles: &mut [u16], rect: &Rect) {
        let side = |from: i32, to: i64, most: usize| {
            let from = usize::try_from(from).unwrap_or(0) / self.side;
            let to = usize::try_from(to).unwrap_or(0).div_ceil(self.side).min(most);
            from.min(to)..to
        };
        for row in side(rect.y, rect.bottom(), self.rows) {
            let line = &mut tiles[row * self.columns..(row + 1) * self.columns];
            line[side(rect.x, rect.right(), self.columns)].fill(COVERED);
        }
    }

    /// Mean luma of every tile, row by row, 256ths of a step. What is transparent counts as black:
    /// a subject that moves over nothing moves.
    pub fn measure(&self, planes: &Planes<'_>) -> Vec<u16> {
        let layout = planes.layout;
        let mut tiles = Vec::with_capacity(self.columns * self.rows);
        let mut sums = vec![0u32; self.columns];
        for row in 0..self.rows {
            sums.fill(0);
            let (top, bottom) = (row * self.side, ((row + 1) * self.side).min(layout.height));
            for y in top..bottom {
                let line = y * layout.width..(y + 1) * layout.width;
                let luma = planes.y[line.clone()].chunks(self.side);
                match planes.alpha {
                    None => {
                        for (sum, part) in sums.iter_mut().zip(luma) {
                            *sum += part.iter().map(|luma| u32::from(*luma)).sum::<u32>();
                        }
                    }
                    Some(alpha) => {
                        let alpha = alpha[line].chunks(self.side);
                        for ((sum, part), alpha) in sums.iter_mut().zip(luma).zip(alpha) {
                            let seen = part
                                .iter()
                                .zip(alpha)
                                .map(|(luma, alpha)| u32::from(*luma) * u32::from(*alpha) / 255);
                            *sum += seen.sum::<u32>();
                        }
                    }
                }
            }
            for (column, sum) in sums.iter().enumerate() {
                let left = column * self.side;
                let area = (left + self.side).min(layout.width) - left;
                let pixels = u32::try_from(area * (bottom - top)).unwrap_or(u32::MAX).max(1);
                let mean = u64::from(*sum) * 256 / u64::from(pixels);
                tiles.push(u16::try_from(mean).unwrap_or(u16::MAX));
            }
        }
        tiles
    }
}

/// The change of the most changed tile that no caption covers, thousandths of a step. Where nothing
/// can be compared it is the greatest possible: nobody can say that the picture stands.
pub fn change(before: &[u16], after: &[u16]) -> u32 {
    let pairs = before.iter().zip(after).filter(|_| before.len() == after.len());
    let seen = pairs.filter(|(a, b)| **a != COVERED && **b != COVERED);
    seen.map(|(a, b)| u32::from(a.abs_diff(*b)) * 1000 / 256).max().unwrap_or(255_000)
}

/// Tiles as text: four hexadecimal digits each.
pub fn write(tiles: &[u16]) -> String {
    let mut text = String::with_capacity(tiles.len() * 4);
    for tile in tiles {
        for shift in [12, 8, 4, 0] {
            text.extend(char::from_digit(u32::from(tile >> shift) & 15, 16));
        }
    }
    text
}

/// Reads what [`write`] wrote; none for any other text.
pub fn read(text: &str) -> Option<Vec<u16>> {
    if !text.is_ascii() || !text.len().is_multiple_of(4) {
        return None;
    }
    (0..text.len() / 4).map(|at| u16::from_str_radix(&text[at * 4..at * 4 + 4], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::geometry::Size;

    #[test]
    fn a_tile_is_the_mean_of_its_pixels_and_edges_are_smaller() {
        let layout = Layout::new(Size { width: 49, height: 30 }, false);
        let mut frame = vec![0u8; layout.bytes()];
        frame[..4].copy_from_slice(&[100, 200, 0, 0]);
        frame[49..51].copy_from_slice(&[30, 40]);
        // The last column of 49 pixels stands alone in its tile, six rows high.
        frame[29 * 49 + 48] = 60;
        let tiles = Grid::new(layout).measure(&layout.planes(&frame));
        assert_eq!(tiles.len(), 3 * 2);
        assert_eq!(u32::from(tiles[0]), (100 + 200 + 30 + 40) * 256 / (24 * 24));
        assert_eq!(tiles[5], 10 * 256);
        assert_eq!(change(&tiles, &vec![0; tiles.len()]), 10_000);
        let mut covered = vec![0; tiles.len()];
        let rect = Rect { x: 30, y: 20, width: 90, height: 9 };
        Grid::new(layout).cover(&mut covered, &rect);
        Grid::new(layout).cover(&mut covered, &rect.moved(-200, -90));
        assert_eq!(covered, [0, COVERED, COVERED, 0, COVERED, COVERED]);
        assert!(change(&tiles, &covered) < 1000, "only the first tile is seen");
        assert_eq!(change(&tiles, &[]), 255_000);
        assert_eq!(read(&write(&tiles)), Some(tiles));
        assert_eq!(read("12g4"), None);
    }
}
