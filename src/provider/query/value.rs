//! Numbers with units, as queries write them.

use super::Bounds;
use crate::contract::rights::day;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Whole,
    /// `500ms`, `2s`, `1.5s`, `2m`, `1h`.
    Milliseconds,
    /// `9:16`, `1.78`.
    Ratio,
    /// `29.97`.
    Thousandths,
    /// `800`, `20kB`, `4MB`, `1GB`.
    Bytes,
    /// `2026-11-24`.
    Day,
}

impl Unit {
    pub fn expected(self) -> &'static str {
        match self {
            Self::Whole => "a whole number",
            Self::Milliseconds => "a time such as `1.5s`, `800ms` or `2m`",
            Self::Ratio => "a ratio such as `9:16` or `1.78`",
            Self::Thousandths => "a number such as `29.97`",
            Self::Bytes => "a size such as `4MB`",
            Self::Day => "a day such as `2026-11-24`",
        }
    }

    /// What `:` means: encoders round sides and lengths, so that a ratio matches within a fiftieth
    /// and a time within a twentieth; all else is meant exactly.
    pub fn near(self, number: i64) -> Bounds {
        match self {
            Self::Ratio => within(number, 20),
            Self::Milliseconds => within(number, 50),
            _ => Bounds { min: number, max: number },
        }
    }

    /// What `~` means: a fifth more or less, a tenth for ratios.
    pub fn about(self, number: i64) -> Bounds {
        match self {
            Self::Ratio => within(number, 100),
            Self::Day => self.near(number),
            _ => within(number, 200),
        }
    }
}

/// So many thousandths more or less.
fn within(number: i64, milli: i64) -> Bounds {
    let by = number.saturating_mul(milli) / 1000;
    Bounds { min: number.saturating_sub(by), max: number.saturating_add(by) }
}

/// The number in the unit's smallest steps.
pub fn read(text: &str, unit: Unit) -> Option<i64> {
    match unit {
        Unit::Whole => whole(text),
        Unit::Thousandths => fixed(text, 1000),
        Unit::Milliseconds => scaled(
            text,
            &[("ms", 1), ("s", 1000), ("min", 60_000), ("m", 60_000), ("h", 3_600_000)],
        ),
        Unit::Bytes => scaled(
            text,
            &[
                ("kB", 1000),
                ("KB", 1000),
                ("MB", 1_000_000),
                ("GB", 1_000_000_000),
                ("B", 1),
                ("", 1),
            ],
        ),
        Unit::Ratio => ratio(text),
        Unit::Day => day(text).and_then(|_| text.replace('-', "").parse().ok()),
    }
}

/// A whole number that is not astronomic.
fn whole(text: &str) -> Option<i64> {
    text.parse().ok().filter(|n: &i64| n.abs() <= 1_000_000_000_000)
}

fn scaled(text: &str, units: &[(&str, i64)]) -> Option<i64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let (_, scale) = units.iter().find(|(name, _)| *name == unit)?;
    fixed(number, *scale)
}

/// A decimal number times `scale`, cut to whole; at most nine digits before the point, six behind.
fn fixed(text: &str, scale: i64) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || part.len() > 6 || !digits(whole) || !digits(part) {
        return None;
    }
    if text.ends_with('.') {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let micro: i64 = format!("{part:0<6}").parse().ok()?;
    whole.checked_mul(scale)?.checked_add(micro.checked_mul(scale)? / 1_000_000)
}

/// Thousandths of width ÷ height.
fn ratio(text: &str) -> Option<i64> {
    match text.split_once([':', '/']) {
        Some((width, height)) => {
            let (width, height) = (whole(width)?, whole(height)?);
            let sane = (1..=100_000).contains(&width) && (1..=100_000).contains(&height);
            sane.then(|| (width * 1000 + height / 2) / height)
        }
        None => fixed(text, 1000).filter(|milli| *milli > 0),
    }
}
