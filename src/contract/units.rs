//! Numbers with a unit. Integers only: a time is milliseconds, a gain thousandths of a decibel,
//! a share thousandths, a frame rate a fraction.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A positive fraction, in lowest terms when made by [`Rational::new`]. Frame rates in frames per
/// second, sample aspect ratios, speeds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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

    /// The fraction nearest to `num / den` that fits: exact where it can be, else the last
    /// convergent of its continued fraction. A zero denominator counts as one.
    pub fn nearest(num: u64, den: u64) -> Self {
        let (mut a, mut b) = (num, den.max(1));
        let (mut before, mut last) = ((0u64, 1u64), (1u64, 0u64));
        while b != 0 {
            let quotient = a / b;
            let step = |p: u64, q: u64| quotient.checked_mul(q).and_then(|n| n.checked_add(p));
            let next = (step(before.0, last.0), step(before.1, last.1));
            let (Some(num), Some(den)) = next else { break };
            if num > u64::from(u32::MAX) || den > u64::from(u32::MAX) {
                break;
            }
            (before, last) = (last, (num, den));
            (a, b) = (b, a % b);
        }
        let fit = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        // Only a quotient that does not fit at all leaves no convergent.
        if last.1 == 0 { Self::new(u32::MAX, 1) } else { Self::new(fit(last.0), fit(last.1)) }
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
    fn fractions_too_large_are_brought_near() {
        assert_eq!(Rational::nearest(60_000, 2002), Rational::new(30000, 1001));
        assert_eq!(Rational::nearest(0, 7), Rational::new(0, 1));
        assert_eq!(Rational::nearest(u64::MAX, 1), Rational::new(u32::MAX, 1));
        let long = Rational::nearest(90_000 * 1_000_003, 3_003_000_000_007);
        assert!((f64::from(long.num) / f64::from(long.den) - 0.029_970_119_8).abs() < 1e-9);
    }

    #[test]
    fn frames_and_milliseconds_agree_on_the_grid() {
        let ntsc = Rational::new(30000, 1001);
        assert_eq!(Rational::new(60, 2), Rational { num: 30, den: 1 });
        for frames in [0, 1, 29, 30, 1800] {
            assert_eq!(ntsc.frames_in(ntsc.ms_of(frames)), frames);
        }
    }
}
