//! What an encoder did to the pictures: blocks that show.
//!
//! Bits per pixel are noted too, and not rated: what is simple needs few, and a coarse quantiser
//! spends on small clips of it no fewer than a fine one. Blocks at the film's own size rise with the
//! quantiser on all that was tried, from a constant rate factor of 30 on.

use super::frame::Frame;

/// Every how many-th line is read.
const LINES: usize = 4;

/// Steps larger than this are edges of what is shown, and no coder's.
const EDGE: u8 = 20;

/// Steps across one line of borders, and beside it.
#[derive(Default, Clone, Copy)]
struct Line {
    across: u64,
    beside: u64,
    count: u64,
}

impl Line {
    /// Four pixels across a border, the border in the middle.
    fn add(&mut self, pixels: [u8; 4]) {
        let step = |at: usize| pixels[at].abs_diff(pixels[at + 1]);
        let (before, across, after) = (step(0), step(1), step(2));
        if (1..=EDGE).contains(&before.max(across).max(after)) {
            self.across += 2 * u64::from(across);
            self.beside += u64::from(before) + u64::from(after);
            self.count += 1;
        }
    }

    fn ratio_milli(&self) -> u64 {
        // Half a step on either side keeps what is almost flat from dividing by almost nothing.
        (self.across + self.count) * 1000 / (self.beside + self.count).max(1)
    }
}

/// Mean step of luma across the borders of 8 × 8 blocks, against the steps beside them, over what is
/// neither flat nor an edge: thousandths, about 1000 where the blocks do not show. None where all
/// is flat.
///
/// The quarter of the borders' lines that show most is left out: an edge of the picture may lie on
/// one of them, and blocks show on all.
pub fn blockiness_milli(frames: &[Frame]) -> Option<i64> {
    let size = frames.first()?.size;
    let (width, height) = (size.width as usize, size.height as usize);
    let mut columns = vec![Line::default(); width / 8];
    let mut rows = vec![Line::default(); height / 8];
    for frame in frames.iter().step_by(frames.len().div_ceil(8).max(1)) {
        let luma = frame.luma();
        for row in luma.chunks_exact(width).step_by(LINES) {
            for (line, pixels) in columns.iter_mut().zip(row.windows(4).skip(6).step_by(8)) {
                line.add([pixels[0], pixels[1], pixels[2], pixels[3]]);
            }
        }
        for (line, top) in rows.iter_mut().zip((6..height.saturating_sub(3)).step_by(8)) {
            let pixel = |x: usize, down: usize| luma[(top + down) * width + x];
            for x in (0..width).step_by(LINES) {
                line.add([pixel(x, 0), pixel(x, 1), pixel(x, 2), pixel(x, 3)]);
            }
        }
    }
    let mut lines: Vec<Line> = columns.into_iter().chain(rows).filter(|l| l.count > 0).collect();
    lines.sort_by_key(Line::ratio_milli);
    lines.truncate(lines.len().div_ceil(4) * 3);
    let whole = lines.iter().fold(Line::default(), |sum, line| Line {
        across: sum.across + line.across,
        beside: sum.beside + line.beside,
        count: sum.count + line.count,
    });
    (whole.count > 0).then(|| i64::try_from(whole.ratio_milli()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::geometry::Size;

    fn frame(of: impl Fn(usize, usize) -> u8) -> Vec<Frame> {
        let size = Size { width: 64, height: 16 };
        let luma = (0..64 * 16).map(|n| of(n % 64, n / 64));
        vec![Frame { size, raw: luma.chain([128; 64 * 8]).collect() }]
    }

    #[test]
    fn blocks_show_where_steps_gather_at_their_borders() {
        let smooth = frame(|x, y| (x * 3 + y) as u8);
        assert_eq!(blockiness_milli(&smooth), Some(1000));
        let blocks = frame(|x, y| (x / 8 * 17 + x % 8 + y / 8 * 10 + y % 8) as u8);
        assert!(blockiness_milli(&blocks) > Some(4000));
        assert_eq!(blockiness_milli(&frame(|_, _| 7)), None, "flat");
    }
}
