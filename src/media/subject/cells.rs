//! A picture as cells: few enough to flood, large enough that an encoder's errors average out.

use crate::media::pixels::frame::Planes;

/// Cells along the short side of a large picture.
const ACROSS: usize = 270;

/// Mean colours, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    pub columns: usize,
    pub rows: usize,
    /// Pixels along a cell's side; even.
    pub side: usize,
    /// Luma and chroma of each cell.
    pub colors: Vec<[u8; 3]>,
}

impl Cells {
    pub fn of(planes: &Planes<'_>) -> Self {
        let layout = planes.layout;
        // A whole number of chroma samples.
        let side = (layout.width.min(layout.height) / ACROSS / 2).max(1) * 2;
        let (columns, rows) = (layout.width.div_ceil(side), layout.height.div_ceil(side));
        let half = side / 2;
        let y = means(planes.y, layout.width, side, columns, rows);
        let u = means(planes.u, layout.chroma_width, half, columns, rows);
        let v = means(planes.v, layout.chroma_width, half, columns, rows);
        let colors = y.into_iter().zip(u).zip(v).map(|((y, u), v)| [y, u, v]);
        Self { columns, rows, side, colors: colors.collect() }
    }
}

/// Means over squares of `side`; those at the right and the bottom may be smaller.
fn means(plane: &[u8], width: usize, side: usize, columns: usize, rows: usize) -> Vec<u8> {
    let mut means = Vec::with_capacity(columns * rows);
    let mut sums = vec![0u32; columns];
    for block in plane.chunks(width * side).take(rows) {
        sums.fill(0);
        for line in block.chunks(width) {
            for (sum, part) in sums.iter_mut().zip(line.chunks(side)) {
                *sum += part.iter().map(|value| u32::from(*value)).sum::<u32>();
            }
        }
        let height = block.len() / width;
        for (column, sum) in sums.iter().enumerate() {
            let across = side.min(width - (column * side).min(width));
            let count = u32::try_from(across * height).unwrap_or(1).max(1);
            means.push(u8::try_from((sum + count / 2) / count).unwrap_or(u8::MAX));
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::geometry::Size;
    use crate::media::pixels::frame::Layout;

    #[test]
    fn a_cell_is_the_mean_of_its_pixels() {
        let layout = Layout::new(Size { width: 5, height: 3 }, false);
        let frame = [
            10, 20, 30, 40, 50, //
            12, 22, 32, 42, 52, //
            70, 72, 80, 84, 90, //
            1, 2, 3, 4, 5, 6, //
            7, 8, 9, 10, 11, 12,
        ];
        let cells = Cells::of(&layout.planes(&frame));
        assert_eq!((cells.columns, cells.rows, cells.side), (3, 2, 2));
        assert_eq!(
            cells.colors,
            [[16, 1, 7], [36, 2, 8], [51, 3, 9], [71, 4, 10], [82, 5, 11], [90, 6, 12]]
        );
    }
}
