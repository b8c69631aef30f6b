//! What is rated for each kind of asset, and how.

use super::{Ramp, Unit};
use crate::contract::asset::AssetKind;

/// A measure without which, or below which, an asset is useless.
pub(super) struct Need {
    pub measure: &'static str,
    pub least: i64,
}

pub(super) struct Table {
    pub kind: AssetKind,
    pub needs: &'static [Need],
    pub ramps: &'static [Ramp],
}

pub(super) const RAMPS: &[Table] = &[
    Table {
        kind: AssetKind::GreenScreen,
        needs: &[
            Need { measure: "ringShareMilli", least: 0 },
            Need { measure: "subjectShareMilli", least: 1 },
        ],
        ramps: &GREEN,
    },
    Table {
        kind: AssetKind::Background,
        needs: &[Need { measure: "sharpnessMilli", least: 1 }],
        ramps: &BACKGROUND,
    },
    Table {
        kind: AssetKind::Music,
        needs: &[Need { measure: "integratedClufs", least: i64::MIN }],
        ramps: &MUSIC,
    },
    Table {
        kind: AssetKind::SoundEffect,
        needs: &[Need { measure: "peakCdbfs", least: i64::MIN }],
        ramps: &EFFECT,
    },
];

const PERCENT: Unit = Unit { of: 10, name: "%" };
const PERCENT_OF_MILLION: Unit = Unit { of: 10_000, name: "%" };
const DEGREES: Unit = Unit { of: 1, name: "°" };
const MILLIDEGREES: Unit = Unit { of: 1000, name: "°" };
const STEPS: Unit = Unit { of: 1000, name: "steps" };
const PIXELS: Unit = Unit { of: 1, name: "px" };
const MILLIPIXELS: Unit = Unit { of: 1000, name: "px" };
const RATE: Unit = Unit { of: 1000, name: "fps" };
const SECONDS: Unit = Unit { of: 1000, name: "s" };
const LUFS: Unit = Unit { of: 100, name: "LUFS" };
const LU: Unit = Unit { of: 100, name: "LU" };
const DECIBELS: Unit = Unit { of: 100, name: "dB" };
const HERTZ: Unit = Unit { of: 1, name: "Hz" };
const RUNS: Unit = Unit { of: 1, name: "a minute" };
const VARIANCE: Unit = Unit { of: 1000, name: "steps²" };

/// A part: its measure, the two ends of its ramp, and what it counts for at the worst.
const fn ramp(
    (part, measure): (&'static str, &'static str),
    (bad, good): (i64, i64),
    least: u32,
    unit: Unit,
    what: &'static str,
) -> Ramp {
    Ramp { part, measure, bad, good, least, weight: 1, unit, what }
}

const fn twice(ramp: Ramp) -> Ramp {
    Ramp { weight: 2, ..ramp }
}

const GREEN: [Ramp; 16] = [
    twice(ramp(("screen", "ringShareMilli"), (200, 800), 0, PERCENT, "border that is screen")),
    ramp(("corners", "worstCornerMilli"), (0, 900), 40, PERCENT, "worst corner that is screen"),
    ramp(("hue", "hueOffDeg"), (45, 0), 0, DEGREES, "screen's hue off green or blue"),
    ramp(
        ("saturation", "screenSaturationMilli"),
        (250, 550),
        20,
        PERCENT,
        "saturation of the screen",
    ),
    ramp(
        ("evenness", "screenHueStdMilli"),
        (12_000, 3_000),
        20,
        MILLIDEGREES,
        "deviation of the screen's hue",
    ),
    ramp(("light", "screenLumaStdMilli"), (32_000, 8_000), 20, STEPS, "deviation of its light"),
    ramp(("noise", "noiseMilli"), (14_000, 2_000), 20, STEPS, "noise on the screen"),
    ramp(
        ("watermark", "marksMillionth"),
        (4_000, 100),
        20,
        PERCENT_OF_MILLION,
        "marks that stand on the screen",
    ),
    ramp(("sharpness", "edgeWidthMilli"), (16_000, 4_500), 20, MILLIPIXELS, "width of the outline"),
    ramp(("spill", "spillMilli"), (45_000, 8_000), 20, STEPS, "screen's light on the subject"),
    ramp(("compression", "blockStepsMilli"), (4_000, 1_200), 20, STEPS, "by how much blocks show"),
    ramp(("resolution", "shortSidePx"), (90, 720), 50, PIXELS, "short side"),
    ramp(("subject", "subjectShareMilli"), (0, 20), 20, PERCENT, "picture that is subject"),
    ramp(("motion", "frozenMilli"), (1_000, 200), 40, PERCENT, "frames that only repeat"),
    ramp(("frame-rate", "frameRateMilli"), (5_000, 20_000), 60, RATE, "frames a second"),
    ramp(("length", "durationMs"), (0, 1_000), 60, SECONDS, "length"),
];

const BACKGROUND: [Ramp; 8] = [
    ramp(("sharpness", "sharpnessMilli"), (0, 150_000), 20, VARIANCE, "variance of edges"),
    ramp(("resolution", "shortSidePx"), (120, 1_080), 30, PIXELS, "short side"),
    ramp(("clipping", "clippedShareMilli"), (1_000, 100), 0, PERCENT, "pixels black or white"),
    ramp(("brightness", "lumaMeanMilli"), (16_000, 60_000), 20, STEPS, "mean luma"),
    ramp(("noise", "noiseMilli"), (12_000, 2_500), 30, STEPS, "noise where it is calmest"),
    ramp(("compression", "blockStepsMilli"), (4_000, 1_200), 20, STEPS, "by how much blocks show"),
    ramp(
        ("calm", "calmerBandStdMilli"),
        (90_000, 45_000),
        70,
        STEPS,
        "unrest where captions may stand",
    ),
    ramp(("motion", "frozenMilli"), (1_000, 300), 80, PERCENT, "frames that only repeat"),
];

const MUSIC: [Ramp; 9] = [
    ramp(("loudness", "integratedClufs"), (-5_000, -2_500), 0, LUFS, "loudness"),
    ramp(("clipping", "clippedEachMinute"), (600, 0), 20, RUNS, "times that it clips"),
    ramp(("hum", "humClu"), (-1_500, -3_500), 20, LU, "mains hum, over its loudness"),
    ramp(("gaps", "gapsMilli"), (500, 50), 20, PERCENT, "silence within"),
    ramp(("start", "headSilenceMs"), (5_000, 500), 20, SECONDS, "silence before"),
    ramp(("end", "tailSilenceMs"), (10_000, 2_000), 30, SECONDS, "silence after"),
    ramp(("balance", "imbalanceCdb"), (3_000, 900), 50, DECIBELS, "difference of the channels"),
    ramp(("bandwidth", "sampleRateHz"), (8_000, 32_000), 40, HERTZ, "samples a second"),
    ramp(("length", "heardMs"), (1_000, 20_000), 30, SECONDS, "length without silent ends"),
];

const EFFECT: [Ramp; 8] = [
    ramp(("loudness", "peakCdbfs"), (-5_000, -1_200), 0, DECIBELS, "peak"),
    ramp(("clipping", "clippedEachMinute"), (6_000, 0), 20, RUNS, "times that it clips"),
    ramp(("hum", "humClu"), (-500, -2_500), 40, LU, "mains hum, over its loudness"),
    ramp(("gaps", "gapsMilli"), (700, 200), 40, PERCENT, "silence within"),
    ramp(("start", "onsetMs"), (1_000, 50), 20, SECONDS, "time until it is heard"),
    ramp(("end", "tailMs"), (5_000, 500), 30, SECONDS, "silence after"),
    ramp(("bandwidth", "sampleRateHz"), (6_000, 22_050), 40, HERTZ, "samples a second"),
    ramp(("length", "durationMs"), (30_000, 10_000), 30, SECONDS, "length"),
];
