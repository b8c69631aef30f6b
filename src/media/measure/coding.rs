//! What an encoder did to the pictures: blocks that show, and bits too few for what is to be seen.

use super::frame::{Frame, Small};
use super::mean::Mean;
use crate::contract::asset::VideoFacts;

/// Every how many-th line is read for detail and for blocks.
const LINES: usize = 4;

/// Frames from one whole frame to the next that encoders choose by themselves.
const USUAL_GOP: u32 = 250;

/// Codecs that lose nothing, by ffmpeg's names.
const LOSSLESS: [&str; 12] = [
    "png", "gif", "bmp", "tiff", "ffv1", "huffyuv", "ffvhuff", "utvideo", "qtrle", "rawvideo",
    "magicyuv", "apng",
];

/// Mean step of luma across the borders of 8 × 8 blocks, against steps elsewhere, over what is not
/// flat: thousandths, 1000 where the blocks do not show.
pub fn blockiness_milli(frames: &[Frame]) -> Option<i64> {
    let (mut border, mut inside) = (Mean::default(), Mean::default());
    for frame in frames.iter().step_by(frames.len().div_ceil(8).max(1)) {
        let width = frame.size.width as usize;
        for row in frame.luma().chunks_exact(width).step_by(LINES) {
            for (n, block) in row.windows(9).enumerate().skip(3).step_by(8) {
                // Pixels 4 to 7 of a block, and 0 to 3 of the next: the border is in the middle.
                debug_assert_eq!(n % 8, 3);
                let step = |at: usize| i32::from(block[at].abs_diff(block[at + 1]));
                let [before, across, after] = [step(3), step(4), step(5)];
                if before + across + after > 0 {
                    border.add(across * 2);
                    inside.add(before + after);
                }
            }
        }
    }
    let (border, inside) = (border.mean(1000)?, inside.mean(1000)?);
    // Half a step keeps what is almost flat from dividing by almost nothing.
    Some((border + 1000) * 1000 / (inside + 1000))
}

/// Bits that the file spends on each step of luma that there is to be coded, in thousandths: from
/// pixel to pixel in the first frame of each run, from frame to frame in the others. None where
/// nothing is lost in coding, or nothing is to be seen.
///
/// Bits per pixel alone would blame what is simple for being small. `bytes` is the length of the
/// file.
pub fn bits_for_detail_milli(
    frames: &[Frame],
    smalls: &[Small],
    video: &VideoFacts,
    bytes: u64,
) -> Option<i64> {
    if LOSSLESS.contains(&video.codec.as_str()) {
        return None;
    }
    let mut detail = Mean::default();
    for frame in frames.iter().step_by(frames.len().div_ceil(8).max(1)) {
        let width = frame.size.width as usize;
        for row in frame.luma().chunks_exact(width).step_by(LINES) {
            detail.extend(row.windows(2).map(|pair| i32::from(pair[0].abs_diff(pair[1]))));
        }
    }
    let detail = detail.mean(1000)?;
    let mut change = Mean::default();
    for pair in smalls.windows(2) {
        change.extend(pair[0].y.iter().zip(&pair[1].y).map(|(a, b)| i32::from(a.abs_diff(*b))));
    }
    // What moves is found again, for the most part; half of it is new at most.
    let change = change.mean(1000).unwrap_or(0).min(detail) / 2;
    let frames = i64::from(video.frames.max(1));
    let whole = i64::from(video.frames.max(1).div_ceil(video.longest_gop.unwrap_or(USUAL_GOP)));
    let coded = detail * whole + change * (frames - whole).max(0);
    let pixels = i128::from(video.width) * i128::from(video.height);
    let bits = i128::from(bytes) * 8 * 1_000_000;
    let each = bits.checked_div(pixels * i128::from(coded))?;
    i64::try_from(each).ok()
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
        let blocks = frame(|x, y| (x / 8 * 24 + x % 8 + y) as u8);
        assert!(blockiness_milli(&blocks) > Some(5000));
        assert_eq!(blockiness_milli(&frame(|_, _| 7)), None, "flat");
    }
}
