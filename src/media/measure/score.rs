//! The score: 0 to 100, a pure function of the measures, in whole numbers.
//!
//! Each measure is brought to 0…1000 by a straight ramp between a bad and a good value; the score
//! is the geometric mean, so that one fault cannot be hidden by many virtues. The ends of the
//! ramps are judgement: there is no corpus of rated green screens that they could be fitted to.

use super::Measures;
use crate::contract::asset::AssetKind;

/// One measure's part: thousandths.
struct Ramp {
    measure: &'static str,
    /// At this value, and beyond it, the part is the least.
    bad: i64,
    /// At this value, and beyond it, the part is 1000.
    good: i64,
    /// What is left at the worst: zero for what makes an asset useless.
    least: u64,
    /// How many times it counts.
    weight: u32,
}

const fn ramp(measure: &'static str, bad: i64, good: i64, least: u64) -> Ramp {
    Ramp { measure, bad, good, least, weight: 1 }
}

const GREEN: [Ramp; 10] = [
    Ramp { measure: "ringShareMilli", bad: 200, good: 800, least: 0, weight: 3 },
    ramp("worstCornerMilli", 0, 900, 200),
    ramp("screenHueStdMilli", 12_000, 3_000, 100),
    ramp("screenLumaStdMilli", 45_000, 8_000, 100),
    ramp("temporalNoiseMilli", 14_000, 2_000, 100),
    ramp("edgeWidthMilli", 5_000, 1_000, 100),
    ramp("spillMilli", 45_000, 8_000, 100),
    ramp("bitsPerPixelMilli", 0, 10, 100),
    ramp("blockinessMilli", 2_500, 1_200, 100),
    ramp("shortSidePx", 120, 720, 100),
];

const BACKGROUND: [Ramp; 4] = [
    ramp("sharpnessMilli", 0, 150_000, 100),
    ramp("shortSidePx", 120, 1_080, 100),
    ramp("clippedShareMilli", 1_000, 100, 0),
    ramp("lumaMeanMilli", 16_000, 60_000, 100),
];

const MUSIC: [Ramp; 5] = [
    ramp("integratedClufs", -5_000, -2_500, 0),
    ramp("clippedRuns", 2_000, 0, 200),
    ramp("headSilenceMs", 5_000, 500, 200),
    ramp("tailSilenceMs", 10_000, 2_000, 300),
    ramp("durationMs", 1_000, 20_000, 100),
];

const EFFECT: [Ramp; 5] = [
    ramp("peakCdbfs", -5_000, -1_200, 0),
    ramp("clippedRuns", 500, 0, 200),
    ramp("onsetMs", 1_000, 50, 100),
    ramp("tailMs", 5_000, 500, 200),
    ramp("durationMs", 30_000, 5_000, 100),
];

/// Measures without which an asset is useless: a green screen without a screen, silent music.
fn needed(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::GreenScreen => "ringShareMilli",
        AssetKind::Background => "sharpnessMilli",
        AssetKind::Music => "integratedClufs",
        AssetKind::SoundEffect => "peakCdbfs",
    }
}

/// Hues that count as a screen: greens, and blues, degrees.
const SCREENS: [std::ops::RangeInclusive<i64>; 2] = [75..=170, 190..=260];

/// The score of an asset of this kind, from its measures alone.
pub fn score(kind: AssetKind, measures: &Measures) -> u32 {
    let ramps: &[Ramp] = match kind {
        AssetKind::GreenScreen => &GREEN,
        AssetKind::Background => &BACKGROUND,
        AssetKind::Music => &MUSIC,
        AssetKind::SoundEffect => &EFFECT,
    };
    let off_hue = kind == AssetKind::GreenScreen
        && !measures.get("keyHueDeg").is_some_and(|hue| SCREENS.iter().any(|s| s.contains(hue)));
    if off_hue || !measures.contains_key(needed(kind)) {
        return 0;
    }
    let parts: Vec<(u64, u32)> = ramps
        .iter()
        .filter_map(|ramp| {
            measures.get(ramp.measure).map(|value| (part(ramp, *value), ramp.weight))
        })
        .collect();
    geometric_mean(&parts)
}

fn part(ramp: &Ramp, value: i64) -> u64 {
    let (span, done) = (ramp.good - ramp.bad, value.saturating_sub(ramp.bad));
    let (span, done) = if span < 0 { (-span, -done) } else { (span, done) };
    let share = u64::try_from(done.clamp(0, span) * 1000 / span).unwrap_or(0);
    ramp.least + (1000 - ramp.least) * share / 1000
}

/// The largest score whose power is not above the product of the parts, each taken as often as it
/// counts; twelve at most, so that the product fits.
fn geometric_mean(parts: &[(u64, u32)]) -> u32 {
    let count = parts.iter().map(|(_, weight)| weight).sum();
    let product: u128 = parts.iter().map(|(part, weight)| u128::from(*part).pow(*weight)).product();
    (1..=100).rev().find(|score| (u128::from(*score) * 10).pow(count) <= product).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn measures(values: &[(&str, i64)]) -> Measures {
        values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    #[test]
    fn perfect_is_a_hundred_and_useless_is_nothing() {
        let good = |ramps: &[Ramp]| {
            let mut all: Vec<_> = ramps.iter().map(|ramp| (ramp.measure, ramp.good)).collect();
            all.push(("keyHueDeg", 120));
            measures(&all)
        };
        assert_eq!(score(AssetKind::GreenScreen, &good(&GREEN)), 100);
        assert_eq!(score(AssetKind::Background, &good(&BACKGROUND)), 100);
        assert_eq!(score(AssetKind::Music, &good(&MUSIC)), 100);
        assert_eq!(score(AssetKind::SoundEffect, &good(&EFFECT)), 100);
        let mut red = good(&GREEN);
        red.insert("keyHueDeg".to_owned(), 10);
        assert_eq!(score(AssetKind::GreenScreen, &red), 0);
        assert_eq!(score(AssetKind::Music, &measures(&[("durationMs", 60_000)])), 0, "silent");
    }

    proptest! {
        #[test]
        fn nothing_gets_better_by_getting_worse(
            which in 0..GREEN.len(), from in -100_000i64..100_000, by in 0i64..50_000,
        ) {
            let ramp = &GREEN[which];
            let mut all: Vec<_> = GREEN.iter().map(|ramp| (ramp.measure, ramp.good)).collect();
            all.push(("keyHueDeg", 120));
            let worse = if ramp.good > ramp.bad { from - by } else { from + by };
            all[which].1 = from;
            let before = score(AssetKind::GreenScreen, &measures(&all));
            all[which].1 = worse;
            prop_assert!(score(AssetKind::GreenScreen, &measures(&all)) <= before);
        }
    }
}
