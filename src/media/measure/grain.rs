//! Noise: how much pixels change that should not.

use super::frame::Frame;
use super::mean::{Mean, quantile};
use super::screen::Seen;

/// A small pixel's middle, in the frame that it was made of.
fn middle(frame: &Frame, seen: &Seen, index: usize) -> (usize, usize) {
    let (width, height) = (frame.size.width as usize, frame.size.height as usize);
    let x = (index % seen.width * 2 + 1) * width / (2 * seen.width);
    let y = (index / seen.width * 2 + 1) * height / (2 * seen.height);
    (x, y)
}

/// Mean change of luma from one measured frame to the next where both show screen: at the film's
/// own size, since averaging would hide it. Thousandths of a step; none of a single frame.
pub fn temporal_milli(frames: &[Frame], seen: &[Seen], screens: &[Vec<bool>]) -> Option<i64> {
    let mut change = Mean::default();
    for n in 1..frames.len() {
        let (before, after) = (&frames[n - 1], &frames[n]);
        for (index, both) in screens[n].iter().zip(&screens[n - 1]).enumerate() {
            if *both.0 && *both.1 {
                let (x, y) = middle(before, &seen[n], index);
                let at = y * before.size.width as usize + x;
                change.add(i32::from(before.luma()[at].abs_diff(after.luma()[at])));
            }
        }
    }
    change.mean(1000)
}

/// The same for a picture, from how much a pixel of the screen differs from those around it
/// (Immerkær's mask), in the unit of [`temporal_milli`].
pub fn spatial_milli(frame: &Frame, seen: &Seen, screen: &[bool]) -> Option<i64> {
    let mut rough = Mean::default();
    let plain = |index: usize| screen[index] && seen.neighbours(index).all(|n| screen[n]);
    for index in (0..screen.len()).filter(|index| plain(*index)) {
        let (x, y) = middle(frame, seen, index);
        rough.extend(roughness(frame, x, y));
    }
    Some(in_steps(rough.mean(1000)?))
}

/// Noise of any picture: that of its quietest tenth, where there is least to be seen.
/// Thousandths of a step of luma; none of a picture too small to say.
pub fn floor_milli(frame: &Frame) -> Option<i64> {
    const SIDE: usize = 16;
    let (width, height) = (frame.size.width as usize, frame.size.height as usize);
    let mut blocks = Vec::new();
    // A few hundred blocks, spread over the picture.
    let stride = |length: usize| (length / 24).max(SIDE);
    for top in (1..height.saturating_sub(SIDE + 1)).step_by(stride(height)) {
        for left in (1..width.saturating_sub(SIDE + 1)).step_by(stride(width)) {
            let mut rough = Mean::default();
            for y in (top..top + SIDE).step_by(2) {
                rough.extend((left..left + SIDE).filter_map(|x| roughness(frame, x, y)));
            }
            blocks.extend(rough.mean(1000).and_then(|mean| i32::try_from(mean).ok()));
        }
    }
    (blocks.len() >= 16).then(|| quantile(&mut blocks, 100).map(|b| in_steps(b.into())))?
}

/// What a pixel differs by from the plane that its neighbours suggest.
fn roughness(frame: &Frame, x: usize, y: usize) -> Option<i32> {
    let (width, height) = (frame.size.width as usize, frame.size.height as usize);
    if x == 0 || y == 0 || x + 1 >= width || y + 1 >= height {
        return None;
    }
    let at = |dx: usize, dy: usize| i32::from(frame.luma()[(y + dy - 1) * width + x + dx - 1]);
    let corners = at(0, 0) + at(2, 0) + at(0, 2) + at(2, 2);
    let sides = at(1, 0) + at(0, 1) + at(2, 1) + at(1, 2);
    Some((corners - 2 * sides + 4 * at(1, 1)).abs())
}

/// The mask multiplies the deviation of independent noise by six; of two frames the mean difference
/// is 1.128 deviations, of one mask's values 0.798 of theirs.
fn in_steps(mask: i64) -> i64 {
    mask * 1128 / (6 * 798)
}
