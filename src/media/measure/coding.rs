//! What an encoder did to the pictures: blocks that show.
//!
//! Bits per pixel are noted too, and not rated: what is simple needs few, and of small clips of it a
//! coarse quantiser spends no fewer than a fine one. Steps at the borders of blocks, at the film's own
//! size, rise with the quantiser on all that was tried, from a constant rate factor of 32 on.

use super::frame::Frame;

/// Codecs that lose nothing, by ffmpeg's names: their pictures may be drawn on a grid.
const LOSSLESS: [&str; 12] = [
    "apng", "bmp", "ffv1", "ffvhuff", "gif", "huffyuv", "magicyuv", "png", "qtrle", "rawvideo",
    "tiff", "utvideo",
];

/// Codecs that smooth the borders of their blocks, and what they leave of a step there, as a part:
/// measured on the same pictures at like quality (H.264 beside JPEG).
const SMOOTHING: [&str; 6] = ["av1", "h264", "hevc", "vp8", "vp9", "webp"];
const SMOOTHED: i64 = 6;

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

    /// By how many thousandths of a step a border's steps are larger than those beside it.
    fn excess_milli(&self) -> i64 {
        let excess = i128::from(self.across) - i128::from(self.beside);
        i64::try_from(excess * 500 / i128::from(self.count.max(1))).unwrap_or(i64::MAX)
    }
}

/// By how much the borders of 8 × 8 blocks stand out, over what is neither flat nor an edge:
/// thousandths of a step of luma, about 0 where blocks do not show. None where all is flat, and
/// of a codec that loses nothing.
///
/// The quarter of the borders' lines that show most is left out: an edge of the picture may lie on
/// one of them, and blocks show on all. Codecs that smooth their borders are measured as if they did
/// not, so that the same loss gives about the same.
pub fn block_steps_milli(frames: &[Frame], codec: &str) -> Option<i64> {
    let size = frames.first().filter(|_| !LOSSLESS.contains(&codec))?.size;
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
    lines.sort_by_key(Line::excess_milli);
    lines.truncate(lines.len().div_ceil(4) * 3);
    let whole = lines.iter().fold(Line::default(), |sum, line| Line {
        across: sum.across + line.across,
        beside: sum.beside + line.beside,
        count: sum.count + line.count,
    });
    let smoothed = if SMOOTHING.contains(&codec) { SMOOTHED } else { 1 };
    (whole.count > 0).then(|| whole.excess_milli().max(0).saturating_mul(smoothed))
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
        assert_eq!(block_steps_milli(&smooth, "h264"), Some(0));
        let blocks = frame(|x, y| (x / 8 * 17 + x % 8 + y / 8 * 10 + y % 8) as u8);
        assert!(block_steps_milli(&blocks, "mjpeg") > Some(4000));
        assert!(block_steps_milli(&blocks, "h264") > block_steps_milli(&blocks, "mjpeg"));
        assert_eq!(block_steps_milli(&frame(|_, _| 7), "h264"), None, "flat");
        assert_eq!(block_steps_milli(&blocks, "png"), None, "drawn so");
    }
}
