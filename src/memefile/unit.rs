//! Numbers with a unit, as people write them: times, gains, loudness, sizes of files. The unit is
//! never optional, and the value is exact or refused.

use super::number::{NotFixed, fixed, split_unit};
use super::value::{FromText, Wrong};

/// Reads `NUMBER UNIT` by a table of units: name, decimals kept, and what one unit counts in the
/// last of them.
fn with_unit(
    text: &str,
    units: &[(&str, usize, i64)],
    finest: &str,
    largest: i64,
) -> Result<i64, Wrong> {
    let (number, unit) = split_unit(text);
    let known = |wanted: &str| units.iter().find(|(name, ..)| *name == wanted);
    let list: Vec<&str> = units.iter().map(|(name, ..)| *name).collect();
    let Some((_, digits, scale)) = known(unit) else {
        if fixed(number, 9).is_err() {
            return Err(Wrong::default());
        }
        let wrong = Wrong::because(if unit.is_empty() {
            "it has no unit".to_owned()
        } else {
            format!("unit `{}` is not one of {}", unit.escape_debug(), list.join(", "))
        });
        return Err(match meant(unit, &list) {
            None => wrong,
            Some(meant) => wrong.hint(format!("write \"{number}{}{meant}\"", gap(meant))),
        });
    };
    let value = match fixed(number, *digits) {
        Ok(value) => value.checked_mul(*scale).filter(|v| v.abs() <= largest),
        Err(NotFixed::TooFine) => {
            return Err(Wrong::because(format!("it is finer than {finest}")));
        }
        Err(NotFixed::TooLarge) => None,
        Err(NotFixed::NotANumber) => return Err(Wrong::default()),
    };
    value.ok_or_else(|| Wrong::because("it is out of all bounds"))
}

/// The unit that somebody meant who wrote another one, or none.
fn meant<'u>(written: &str, units: &[&'u str]) -> Option<&'u str> {
    if written.is_empty() {
        return units.first().copied();
    }
    let folded = units.iter().find(|unit| unit.eq_ignore_ascii_case(written));
    let alias = || ALIASES.iter().filter(|(alias, _)| *alias == written.to_lowercase());
    let known = |unit: &str| units.iter().find(|known| **known == unit);
    folded.or_else(|| alias().find_map(|(_, unit)| known(unit))).copied()
}

/// Other words for units, in lower case.
const ALIASES: [(&str, &str); 17] = [
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("msec", "ms"),
    ("millis", "ms"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("hour", "h"),
    ("hours", "h"),
    ("lkfs", "LUFS"),
    ("db", "LUFS"),
    ("db", "dBTP"),
    ("dbfs", "dBTP"),
    ("bytes", "B"),
];

/// People set a space before units that are words of their own.
fn gap(unit: &str) -> &'static str {
    if matches!(unit, "LUFS" | "dBTP" | "USD") { " " } else { "" }
}

/// Whole milliseconds; at most a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub u64);

const DAY_MS: i64 = 86_400_000;

impl FromText for Millis {
    const EXPECTED: &'static str = "a time such as \"1.5s\", \"250ms\" or \"2m\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let units = [("s", 3, 1), ("ms", 0, 1), ("m", 3, 60), ("h", 3, 3600)];
        let ms = with_unit(text, &units, "a millisecond", DAY_MS)?;
        u64::try_from(ms).map(Self).map_err(|_| Wrong::because("a time is not negative"))
    }

    fn with_unit(number: &str) -> Option<String> {
        Some(format!("{number}s"))
    }
}

impl std::fmt::Display for Millis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seconds, ms) = (self.0 / 1000, self.0 % 1000);
        if ms == 0 {
            return write!(f, "{seconds}s");
        }
        write!(f, "{seconds}.{}s", format!("{ms:03}").trim_end_matches('0'))
    }
}

/// From one moment to a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeRange {
    pub from: Millis,
    /// Later than `from`.
    pub to: Millis,
}

impl FromText for TimeRange {
    const EXPECTED: &'static str = "a time range such as \"0s..2.5s\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let Some((from, to)) = text.split_once("..") else {
            return Err(Wrong::default());
        };
        let side = |text: &str, which: &str| {
            Millis::from_text(text).map_err(|wrong| Wrong {
                why: Some(match wrong.why {
                    Some(why) => format!("its {which} is not a time: {why}"),
                    None => format!("its {which} is not {}", Millis::EXPECTED),
                }),
                hint: wrong.hint,
            })
        };
        let (from, to) = (side(from, "start")?, side(to, "end")?);
        if from >= to {
            return Err(Wrong::because("it ends before it has begun"));
        }
        Ok(Self { from, to })
    }
}

/// An amount of money in millionths of a US dollar; at most a million dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Dollars(pub u64);

impl FromText for Dollars {
    const EXPECTED: &'static str = "an amount such as \"0.50 USD\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let micros =
            with_unit(text, &[("USD", 6, 1)], "a millionth of a dollar", 1_000_000_000_000)?;
        u64::try_from(micros).map(Self).map_err(|_| Wrong::because("an amount is not negative"))
    }

    fn with_unit(number: &str) -> Option<String> {
        Some(format!("{number} USD"))
    }
}

/// A gain in thousandths of a decibel, from −120 to +60 dB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Decibels(pub i32);

impl FromText for Decibels {
    const EXPECTED: &'static str = "a gain such as \"-8dB\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let mdb = with_unit(text, &[("dB", 3, 1)], "a thousandth of a decibel", 120_000)?;
        match i32::try_from(mdb) {
            Ok(mdb) if (-120_000..=60_000).contains(&mdb) => Ok(Self(mdb)),
            _ => Err(Wrong::because("a gain lies from -120dB to +60dB")),
        }
    }

    fn with_unit(number: &str) -> Option<String> {
        Some(format!("{number}dB"))
    }
}

/// Integrated loudness in hundredths of a LUFS, from −70 to 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Loudness(pub i32);

impl FromText for Loudness {
    const EXPECTED: &'static str = "a loudness such as \"-14 LUFS\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let clufs = with_unit(text, &[("LUFS", 2, 1)], "a hundredth of a LUFS", 100_000)?;
        match i32::try_from(clufs) {
            Ok(clufs) if (-7000..=0).contains(&clufs) => Ok(Self(clufs)),
            _ => Err(Wrong::because("a loudness lies from -70 LUFS to 0 LUFS")),
        }
    }

    fn with_unit(number: &str) -> Option<String> {
        Some(format!("{number} LUFS"))
    }
}

/// A true peak in hundredths of a dBTP, from −20 to 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TruePeak(pub i32);

impl FromText for TruePeak {
    const EXPECTED: &'static str = "a true peak such as \"-1 dBTP\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let peak = with_unit(text, &[("dBTP", 2, 1)], "a hundredth of a dBTP", 100_000)?;
        match i32::try_from(peak) {
            Ok(peak) if (-2000..=0).contains(&peak) => Ok(Self(peak)),
            _ => Err(Wrong::because("a true peak lies from -20 dBTP to 0 dBTP")),
        }
    }

    fn with_unit(number: &str) -> Option<String> {
        Some(format!("{number} dBTP"))
    }
}

/// A number of bytes, at least one; at most 900 TB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileSize(pub u64);

impl FromText for FileSize {
    const EXPECTED: &'static str = "a size such as \"20MB\" or \"4GiB\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        // Three decimals of a kB are bytes; of a KiB only whole numbers are sure to be.
        let units = [
            ("MB", 3, 1000),
            ("B", 0, 1),
            ("kB", 3, 1),
            ("GB", 3, 1_000_000),
            ("KiB", 0, 1 << 10),
            ("MiB", 0, 1 << 20),
            ("GiB", 0, 1 << 30),
        ];
        let bytes = with_unit(text, &units, "that unit allows", 900_000_000_000_000)?;
        match u64::try_from(bytes) {
            Ok(bytes) if bytes > 0 => Ok(Self(bytes)),
            _ => Err(Wrong::because("a size is at least one byte")),
        }
    }

    fn with_unit(number: &str) -> Option<String> {
        Some(format!("{number}MB"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_milliseconds() {
        let time = |text| Millis::from_text(text).map(|t| t.0);
        assert_eq!(time("1.5s"), Ok(1500));
        assert_eq!(time("250ms"), Ok(250));
        assert_eq!(time("2m"), Ok(120_000));
        assert_eq!(time("0.5 h"), Ok(1_800_000));
        assert_eq!(time("12").unwrap_err().hint.as_deref(), Some("write \"12s\""));
        assert_eq!(time("1.5S").unwrap_err().hint.as_deref(), Some("write \"1.5s\""));
        for text in ["", "s", "-1s", "1.0005s", "25h", "1.5ms", "1s2", "1 fortnight"] {
            assert!(time(text).is_err(), "{text}");
        }
        assert_eq!(Millis(1500).to_string(), "1.5s");
        assert_eq!(Millis(2000).to_string(), "2s");
    }

    #[test]
    fn ranges_go_forwards() {
        let range = TimeRange::from_text("0s..2.5s").unwrap();
        assert_eq!((range.from, range.to), (Millis(0), Millis(2500)));
        for text in ["2s..1s", "1s..1s", "1s", "1s-2s", "a..b", "1s..2"] {
            assert!(TimeRange::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn levels_and_sizes_keep_their_units() {
        assert_eq!(Decibels::from_text("-8dB"), Ok(Decibels(-8000)));
        assert_eq!(Decibels::from_text("-8db").unwrap_err().hint.unwrap(), "write \"-8dB\"");
        assert_eq!(Loudness::from_text("-14 LUFS"), Ok(Loudness(-1400)));
        assert_eq!(Loudness::from_text("-14").unwrap_err().hint.unwrap(), "write \"-14 LUFS\"");
        assert!(Loudness::from_text("3 LUFS").is_err());
        assert_eq!(TruePeak::from_text("-1.5dBTP"), Ok(TruePeak(-150)));
        assert_eq!(FileSize::from_text("1.5MB"), Ok(FileSize(1_500_000)));
        assert_eq!(FileSize::from_text("4GiB"), Ok(FileSize(4 << 30)));
        assert!(FileSize::from_text("0B").is_err());
    }
}
