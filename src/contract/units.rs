//! Numbers with a unit. Integers only: a time is milliseconds, a gain thousandths of a decibel,
//! a share thousandths, a frame rate a fraction.

use serde::{Deserialize, Serialize};

/// A positive fraction, in lowest terms when made by [`Rational::new`]. Frame rates in frames per
/// second, sample aspect ratios, speeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rational {
    /// Numerator, ≥ 0.
    pub num: u32,
    /// Denominator, ≥ 1.
    pub den: u32,
}

impl Rational {
    /// One.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// `num / den` in lowest terms; a zero denominator counts as one.
    pub fn new(num: u32, den: u32) -> Self {
        let den = den.max(1);
        let (mut a, mut b) = (num, den);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let divisor = a.max(1);
        Self { num: num / divisor, den: den / divisor }
    }

    /// The start of frame `frame` on this rate's grid, in microseconds, rounded down.
    pub fn frame_start_us(self, frame: u32) -> u64 {
        u64::from(frame) * u64::from(self.den) * 1_000_000 / u64::from(self.num.max(1))
    }

    /// The number of whole frames in `ms`, rounded to nearest.
    pub fn frames_in(self, ms: u64) -> u32 {
        let scaled = u128::from(ms) * u128::from(self.num);
        let per = 1000 * u128::from(self.den);
        u32::try_from((scaled + per / 2) / per).unwrap_or(u32::MAX)
    }

    /// `frames` in milliseconds, rounded to nearest.
    pub fn ms_of(self, frames: u32) -> u64 {
        let per = u64::from(self.num.max(1));
        (u64::from(frames) * 1000 * u64::from(self.den) + per / 2) / per
    }
}

impl std::fmt::Display for Rational {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.den == 1 {
            write!(f, "{}", self.num)
        } else {
            write!(f, "{}/{}", self.num, self.den)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_milliseconds_agree_on_the_grid() {
        let ntsc = Rational::new(30000, 1001);
        assert_eq!(Rational::new(60, 2), Rational { num: 30, den: 1 });
        for frames in [0, 1, 29, 30, 1800] {
            assert_eq!(ntsc.frames_in(ntsc.ms_of(frames)), frames);
        }
    }
}
