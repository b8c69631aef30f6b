//! Whether pictures move.

use super::frame::Small;

/// Steps of luma by which a pixel of a small frame changes at least where something moves, and the
/// share of pixels, millionths, that must.
const CHANGED: u8 = 10;
const MOVING_MILLIONTH: usize = 500;

/// How many of the measured frames (thousandths) show the same as those before them; none of a
/// single frame.
pub fn frozen_milli(smalls: &[Small]) -> Option<i64> {
    let same = |pair: &&[Small]| {
        let changed = pair[0].y.iter().zip(&pair[1].y).filter(|(a, b)| a.abs_diff(**b) >= CHANGED);
        changed.count() * 1_000_000 < pair[0].y.len() * MOVING_MILLIONTH
    };
    let pairs = smalls.len().checked_sub(1).filter(|pairs| *pairs > 0)?;
    i64::try_from(smalls.windows(2).filter(same).count() * 1000 / pairs).ok()
}
