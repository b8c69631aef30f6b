//! Units of thresholds and measures: fixed-point integers that people read and write as decimals.

use crate::contract::rights::{day, day_text};

/// What an integer threshold counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Hundredths of a LUFS.
    Lufs,
    /// Hundredths of a LU.
    Lu,
    /// Hundredths of a dBTP.
    Dbtp,
    Milliseconds,
    /// Thousandths, written as per cent.
    Share,
    /// Millionths, written as per cent.
    FineShare,
    /// Thousandths of a ratio to one.
    Ratio,
    /// Thousandths of a character a second.
    Speed,
    /// Thousandths of a step of luma.
    Steps,
    /// Thousandths of a plain number.
    Milli,
    /// Whole things.
    Count,
    /// Days since 1970-01-01, written as a day of the calendar.
    Day,
}

impl Unit {
    /// Decimal digits after the point.
    fn digits(self) -> usize {
        match self {
            Self::Lufs | Self::Lu | Self::Dbtp => 2,
            Self::Milliseconds | Self::Count | Self::Day => 0,
            Self::Share => 1,
            Self::FineShare => 4,
            Self::Ratio | Self::Speed | Self::Steps | Self::Milli => 3,
        }
    }

    /// What stands after the number.
    fn suffix(self) -> &'static str {
        match self {
            Self::Lufs => " LUFS",
            Self::Lu => " LU",
            Self::Dbtp => " dBTP",
            Self::Milliseconds => " ms",
            Self::Share | Self::FineShare => " %",
            Self::Ratio => ":1",
            Self::Speed => " characters/s",
            Self::Steps => " steps",
            Self::Milli | Self::Count | Self::Day => "",
        }
    }

    /// As people read it: `-13.5 LUFS`, `0.25 %`, `4.5:1`.
    pub fn show(self, value: i64) -> String {
        if self == Self::Day {
            return day_text(value).unwrap_or_else(|| value.to_string());
        }
        format!("{}{}", decimal(value, self.digits()), self.suffix())
    }

    /// Reads what people write: a decimal with or without the unit, a time also in seconds
    /// (`1.5s`). The message says what was expected.
    pub fn parse(self, text: &str) -> Result<i64, String> {
        let text = text.trim();
        let kind = if self == Self::Day { "day" } else { "number" };
        let expected = || format!("expected a {kind} such as `{}`", self.show(self.example()));
        if self == Self::Day {
            return day(text).ok_or_else(expected);
        }
        let number = if self == Self::Milliseconds {
            if let Some(ms) = text.strip_suffix("ms") {
                fixed(ms.trim(), 0)
            } else if let Some(seconds) = text.strip_suffix('s') {
                fixed(seconds.trim(), 3)
            } else {
                fixed(text, 0)
            }
        } else {
            let unit = self.suffix().trim();
            let at = text.len().saturating_sub(unit.len());
            let bare = match text.get(at..) {
                Some(tail) if tail.eq_ignore_ascii_case(unit) => &text[..at],
                _ => text,
            };
            fixed(bare.trim(), self.digits())
        };
        number.ok_or_else(expected)
    }

    fn example(self) -> i64 {
        match self {
            Self::Lufs => -1300,
            Self::Lu | Self::Dbtp => -100,
            Self::Milliseconds => 800,
            Self::Share => 25,
            Self::FineShare => 1000,
            Self::Ratio => 4500,
            Self::Speed => 20_000,
            Self::Steps => 1500,
            Self::Milli => -500,
            Self::Count => 4,
            Self::Day => 20_820,
        }
    }
}

/// `value` with `digits` digits after the point, without trailing zeros.
fn decimal(value: i64, digits: usize) -> String {
    let one = 10i64.pow(u32::try_from(digits).unwrap_or(0));
    let sign = if value < 0 { "-" } else { "" };
    let (whole, part) =
        (value.unsigned_abs() / one.unsigned_abs(), value.unsigned_abs() % one.unsigned_abs());
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let part = format!("{part:0digits$}");
    format!("{sign}{whole}.{}", part.trim_end_matches('0'))
}

/// A decimal as a fixed-point integer; none if it is no decimal, has more digits than fit, or is
/// out of range.
fn fixed(text: &str, digits: usize) -> Option<i64> {
    let (negative, text) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = part.trim_end_matches('0');
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || part.len() > digits {
        return None;
    }
    let value: i64 = format!("{whole}{part:0<digits$}").parse().ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_read_and_write_decimals() {
        let shown = |unit: Unit, text: &str| unit.parse(text).map(|value| unit.show(value));
        for (unit, text, canonical) in [
            (Unit::Lufs, "-13 LUFS", "-13 LUFS"),
            (Unit::Lufs, "-13.50lufs", "-13.5 LUFS"),
            (Unit::Dbtp, "-1", "-1 dBTP"),
            (Unit::Milliseconds, "1.5s", "1500 ms"),
            (Unit::Milliseconds, "800 ms", "800 ms"),
            (Unit::Share, "2.5%", "2.5 %"),
            (Unit::FineShare, "0.1 %", "0.1 %"),
            (Unit::Ratio, "4.5:1", "4.5:1"),
            (Unit::Ratio, "3", "3:1"),
            (Unit::Count, "4", "4"),
        ] {
            assert_eq!(shown(unit, text).as_deref(), Ok(canonical), "{text}");
        }
        for (unit, text) in [
            (Unit::Count, "4.5"),
            (Unit::Lufs, "loud"),
            (Unit::Share, "2.55%"),
            (Unit::Milliseconds, "-"),
            (Unit::Ratio, "99999999999999999999"),
        ] {
            assert!(unit.parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(value in -1_000_000_000i64..1_000_000_000) {
            for unit in [
                Unit::Lufs, Unit::Lu, Unit::Dbtp, Unit::Milliseconds, Unit::Share,
                Unit::FineShare, Unit::Ratio, Unit::Speed, Unit::Steps, Unit::Milli, Unit::Count,
            ] {
                prop_assert_eq!(unit.parse(&unit.show(value)), Ok(value));
            }
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,12}") {
            for unit in [Unit::Milliseconds, Unit::Ratio, Unit::Speed] {
                let _ = unit.parse(&text);
            }
        }
    }
}
