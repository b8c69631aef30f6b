//! The score and its parts: pure functions of the measures, in whole numbers.
//!
//! Each measure that is rated is brought to 0…100 by a straight ramp between a bad and a good value;
//! that is a *part*. A part counts for the score with what its table leaves of it at the worst: zero
//! for what makes an asset useless, 60 for what is a pity. The score is the geometric mean of two
//! numbers: the worst part, and the geometric mean of all. So one fault cannot be hidden by many
//! virtues, and many small ones add up.
//!
//! The ends of the ramps are judgement, checked on ladders of synthetic faults: there is no corpus
//! of rated green screens that they could be fitted to.

mod tables;

use super::Measures;
use crate::contract::asset::AssetKind;
use tables::{Need, RAMPS};

/// How one measure is rated.
struct Ramp {
    part: &'static str,
    measure: &'static str,
    /// At this value, and beyond it, the part is 0.
    bad: i64,
    /// At this value, and beyond it, the part is 100.
    good: i64,
    /// What the part counts for at the worst.
    least: u32,
    /// How many times it counts in the mean.
    weight: u32,
    unit: Unit,
    /// What is measured.
    what: &'static str,
}

/// How a measure is written for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// What one of the measure's steps is, as a part: a thousand for thousandths.
    pub of: i64,
    pub name: &'static str,
}

impl Unit {
    /// `12.3 %`: three digits that matter, or all before the point.
    pub fn show(self, value: i64) -> String {
        let (whole, of) = (value.unsigned_abs() / self.of.unsigned_abs(), self.of.unsigned_abs());
        let sign = if value < 0 { "-" } else { "" };
        let digits = match (whole, of) {
            (_, 1) | (100.., _) => 0,
            (10.., _) => 1,
            (1.., _) => 2,
            (0, ..=1000) => 2,
            _ => 3,
        };
        let scale = 10u64.pow(digits);
        let rounded = (value.unsigned_abs() * scale + of / 2) / of;
        let number = match digits {
            0 => format!("{rounded}"),
            digits => format!("{}.{:0w$}", rounded / scale, rounded % scale, w = digits as usize),
        };
        let number = match number.split_once('.') {
            Some(_) => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
            None => number,
        };
        let space = if self.name.is_empty() { "" } else { " " };
        let sign = if number == "0" { "" } else { sign };
        format!("{sign}{number}{space}{}", self.name)
    }
}

/// One part of a score, with what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// In words of people, kebab case: `noise`, `watermark`.
    pub name: &'static str,
    /// The measure that it is made of.
    pub measure: &'static str,
    pub value: i64,
    pub unit: Unit,
    /// What is measured.
    pub what: &'static str,
    /// 0 to 100.
    pub part: u32,
    /// What it counts for in the score: no less than its table says.
    pub counts: u32,
    pub weight: u32,
    /// At this value, and beyond it, the part is 0, and 100.
    pub bad: i64,
    pub good: i64,
}

impl Part {
    /// What would be good: `at most 2 steps`.
    pub fn wanted(&self) -> String {
        let side = if self.good > self.bad { "at least" } else { "at most" };
        format!("{side} {}", self.unit.show(self.good))
    }
}

/// The parts of an asset of this kind, in the order of their table; those whose measure there is not
/// (the noise of silence, the compression of what is not compressed) are left out.
pub fn parts(kind: AssetKind, measures: &Measures) -> Vec<Part> {
    let table = RAMPS.iter().find(|table| table.kind == kind).map_or(&[][..], |t| t.ramps);
    let part = |ramp: &Ramp| {
        let value = *measures.get(ramp.measure)?;
        let part = share(ramp, value);
        Some(Part {
            name: ramp.part,
            measure: ramp.measure,
            value,
            unit: ramp.unit,
            what: ramp.what,
            part,
            counts: ramp.least + (100 - ramp.least) * part / 100,
            weight: ramp.weight,
            bad: ramp.bad,
            good: ramp.good,
        })
    };
    table.iter().filter_map(part).collect()
}

/// The score of an asset of this kind, from its measures alone: 0 to 100.
pub fn score(kind: AssetKind, measures: &Measures) -> u32 {
    let needs = RAMPS.iter().find(|table| table.kind == kind).map_or(&[][..], |t| t.needs);
    let has = |need: &Need| measures.get(need.measure).is_some_and(|value| *value >= need.least);
    if !needs.iter().all(has) {
        return 0;
    }
    let parts = parts(kind, measures);
    let worst = parts.iter().map(|part| part.counts).min().unwrap_or(0);
    let counts: Vec<(u32, u32)> = parts.iter().map(|part| (part.counts, part.weight)).collect();
    (worst * geometric_mean(&counts)).isqrt()
}

/// The largest number whose power is not above the product of the parts, each taken as often as it
/// counts: 19 times at most, so that the product fits.
fn geometric_mean(parts: &[(u32, u32)]) -> u32 {
    let count = parts.iter().map(|(_, weight)| weight).sum();
    let product: u128 = parts.iter().map(|(part, weight)| u128::from(*part).pow(*weight)).product();
    (1..=100).rev().find(|mean: &u32| u128::from(*mean).pow(count) <= product).unwrap_or(0)
}

/// Where a value lies on its ramp.
fn share(ramp: &Ramp, value: i64) -> u32 {
    let (span, done) = (ramp.good - ramp.bad, value.saturating_sub(ramp.bad));
    let (span, done) = if span < 0 { (-span, done.saturating_neg()) } else { (span, done) };
    u32::try_from(done.clamp(0, span) * 100 / span).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All measures of a kind as good as they can be.
    fn perfect(kind: AssetKind) -> Measures {
        let table = RAMPS.iter().find(|table| table.kind == kind).unwrap();
        let needs = table.needs.iter().map(|need| (need.measure.to_owned(), need.least));
        let good = table.ramps.iter().map(|ramp| (ramp.measure.to_owned(), ramp.good));
        needs.chain(good).collect()
    }

    #[test]
    fn perfect_is_a_hundred_and_useless_is_nothing() {
        for kind in AssetKind::ALL {
            assert_eq!(score(kind, &perfect(kind)), 100, "{kind}");
            assert_eq!(score(kind, &Measures::new()), 0, "{kind}");
            assert!(parts(kind, &perfect(kind)).iter().all(|part| part.part == 100));
        }
        let mut red = perfect(AssetKind::GreenScreen);
        red.insert("hueOffDeg".to_owned(), 90);
        assert_eq!(score(AssetKind::GreenScreen, &red), 0);
        let mut empty = perfect(AssetKind::GreenScreen);
        empty.insert("subjectShareMilli".to_owned(), 0);
        assert_eq!(score(AssetKind::GreenScreen, &empty), 0);
        let mut silent = perfect(AssetKind::Music);
        silent.remove("integratedClufs");
        assert_eq!(score(AssetKind::Music, &silent), 0);
    }

    #[test]
    fn tables_are_sound() {
        for table in RAMPS {
            let weights: u32 = table.ramps.iter().map(|ramp| ramp.weight).sum();
            assert!(weights <= 19, "{}: the product of its parts does not fit", table.kind);
            let mut names: Vec<_> = table.ramps.iter().map(|ramp| ramp.part).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.ramps.len(), "{}: a part twice", table.kind);
            for ramp in table.ramps {
                assert!(ramp.bad != ramp.good && ramp.least < 100, "{}", ramp.part);
                assert!(ramp.part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
            }
        }
    }

    #[test]
    fn values_are_written_with_their_unit() {
        let show = |of, name, value| Unit { of, name }.show(value);
        assert_eq!(show(10, "%", 987), "98.7 %");
        assert_eq!(show(10, "%", 1000), "100 %");
        assert_eq!(show(1000, "steps", 1234), "1.23 steps");
        assert_eq!(show(100, "LUFS", -1405), "-14.1 LUFS");
        assert_eq!(show(1, "px", 720), "720 px");
        assert_eq!(show(1000, "s", 120_400), "120 s");
        assert_eq!(show(1000, "s", 0), "0 s");
        assert_eq!(show(10_000, "%", 42), "0.004 %");
        assert_eq!(show(100, "LU", -1), "-0.01 LU");
    }

    proptest! {
        #[test]
        fn nothing_gets_better_by_getting_worse(
            kind in prop::sample::select(&AssetKind::ALL), which in 0usize..20,
            from in -100_000i64..200_000, by in 0i64..50_000,
        ) {
            let mut all = perfect(kind);
            let parts = parts(kind, &all);
            let part = &parts[which % parts.len()];
            let worse = if part.good > part.bad { from - by } else { from + by };
            all.insert(part.measure.to_owned(), from);
            let before = score(kind, &all);
            all.insert(part.measure.to_owned(), worse);
            prop_assert!(score(kind, &all) <= before);
        }
    }
}
