//! A limiter that looks ahead, and hears between the samples.
//!
//! Gain falls before a peak comes and never leaves one above the ceiling: for every sample, the
//! gain that keeps its neighbourhood below the ceiling is held over the look-ahead (a sliding
//! minimum), let go slowly, and smoothed by a mean over the same look-ahead, so that no step is
//! heard and none is late. One thread and plain arithmetic: the same everywhere.

use super::filter::audio::RATE;
use std::collections::VecDeque;

/// Samples of look-ahead: five milliseconds.
const AHEAD: usize = RATE as usize / 200;

/// Share of the way back to full gain in one sample: half of it takes some 40 ms.
const RELEASE: f64 = 1.0 / (0.06 * RATE as f64);

/// Interpolation to four times the rate (ITU-R BS.1770-4, annex 2): three phases between two
/// samples; the fourth is next to the sample itself.
const PHASES: [[f64; 12]; 4] = [
    [
        0.001_708_984_375,
        0.010_986_328_125,
        -0.019_653_320_312_5,
        0.033_203_125,
        -0.059_448_242_187_5,
        0.137_329_101_562_5,
        0.972_167_968_75,
        -0.102_294_921_875,
        0.047_607_421_875,
        -0.026_611_328_125,
        0.014_892_578_125,
        -0.008_300_781_25,
    ],
    [
        -0.029_174_804_687_5,
        0.029_296_875,
        -0.051_757_812_5,
        0.089_111_328_125,
        -0.166_503_906_25,
        0.465_087_890_625,
        0.779_785_156_25,
        -0.200_317_382_812_5,
        0.101_562_5,
        -0.058_227_539_062_5,
        0.033_081_054_687_5,
        -0.018_920_898_437_5,
    ],
    [
        -0.018_920_898_437_5,
        0.033_081_054_687_5,
        -0.058_227_539_062_5,
        0.101_562_5,
        -0.200_317_382_812_5,
        0.779_785_156_25,
        0.465_087_890_625,
        -0.166_503_906_25,
        0.089_111_328_125,
        -0.051_757_812_5,
        0.029_296_875,
        -0.029_174_804_687_5,
    ],
    [
        -0.008_300_781_25,
        0.014_892_578_125,
        -0.026_611_328_125,
        0.047_607_421_875,
        -0.102_294_921_875,
        0.972_167_968_75,
        0.137_329_101_562_5,
        -0.059_448_242_187_5,
        0.033_203_125,
        -0.019_653_320_312_5,
        0.010_986_328_125,
        0.001_708_984_375,
    ],
];

/// `stereo` (interleaved) times `gain`, with no peak above `ceiling`, both linear.
pub fn limit(stereo: &[f32], gain: f64, ceiling: f64) -> Vec<f32> {
    let wanted = wanted_gain(stereo, gain, ceiling);
    let smooth = hold_and_release(&wanted);
    stereo
        .chunks_exact(2)
        .zip(smooth)
        .flat_map(|(pair, limited)| {
            let factor = gain * limited;
            [(f64::from(pair[0]) * factor) as f32, (f64::from(pair[1]) * factor) as f32]
        })
        .collect()
}

/// For each sample, the factor that brings what is heard around it to the ceiling; at most one.
fn wanted_gain(stereo: &[f32], gain: f64, ceiling: f64) -> Vec<f64> {
    let samples = stereo.len() / 2;
    let mut wanted = vec![1.0f64; samples];
    for channel in 0..2 {
        let at = |n: usize| f64::from(stereo[n * 2 + channel]) * gain;
        for (n, factor) in wanted.iter_mut().enumerate() {
            let mut peak = at(n).abs();
            // Between two samples that are both far below the ceiling nothing rises above it.
            let next = if n + 1 < samples { at(n + 1).abs() } else { 0.0 };
            if peak.max(next) > ceiling * 0.5 && n >= 6 && n + 6 < samples {
                for phase in &PHASES {
                    let between: f64 =
                        phase.iter().enumerate().map(|(tap, c)| c * at(n + 6 - tap)).sum();
                    peak = peak.max(between.abs());
                }
            }
            if peak > ceiling {
                *factor = factor.min(ceiling / peak);
            }
        }
    }
    // What is heard between two samples is held down at both.
    for n in (1..samples).rev() {
        wanted[n] = wanted[n].min(wanted[n - 1]);
    }
    wanted
}

/// The least factor of the look-ahead, released slowly, averaged over the look-ahead.
fn hold_and_release(wanted: &[f64]) -> Vec<f64> {
    let mut held = vec![1.0f64; wanted.len()];
    let mut window: VecDeque<usize> = VecDeque::new();
    for n in (0..wanted.len()).rev() {
        while window.back().is_some_and(|last| wanted[*last] >= wanted[n]) {
            window.pop_back();
        }
        window.push_back(n);
        if window.front().is_some_and(|first| *first >= n + AHEAD) {
            window.pop_front();
        }
        held[n] = window.front().map_or(1.0, |first| wanted[*first]);
    }
    let mut released = 1.0f64;
    for factor in &mut held {
        released = (released + (1.0 - released) * RELEASE).min(*factor);
        *factor = released;
    }
    // Before the start it stood at full gain only if nothing was wanted there.
    let first = held.first().copied().unwrap_or(1.0);
    let mut smooth = Vec::with_capacity(held.len());
    let mut total = first * AHEAD as f64;
    for n in 0..held.len() {
        total += held[n] - if n >= AHEAD { held[n - AHEAD] } else { first };
        smooth.push((total / AHEAD as f64).min(1.0));
    }
    smooth
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, level: f64, seconds: f64) -> Vec<f32> {
        let samples = (seconds * f64::from(RATE)) as usize;
        (0..samples)
            .flat_map(|n| {
                let at = n as f64 / f64::from(RATE) * hz * std::f64::consts::TAU;
                let value = (at.sin() * level) as f32;
                [value, value]
            })
            .collect()
    }

    fn peak(samples: &[f32]) -> f64 {
        samples.iter().fold(0.0, |peak, sample| f64::from(sample.abs()).max(peak))
    }

    #[test]
    fn nothing_stands_above_the_ceiling() {
        let mut loud = tone(997.0, 0.2, 0.5);
        let burst = tone(3000.0, 0.9, 0.01);
        loud[20_000..20_000 + burst.len()].copy_from_slice(&burst);
        let limited = limit(&loud, 3.0, 0.8);
        assert!(peak(&limited) <= 0.8, "{}", peak(&limited));
        assert!(peak(&limited) > 0.7, "it reaches for the ceiling: {}", peak(&limited));
    }

    #[test]
    fn peaks_between_samples_are_heard() {
        // At a quarter of the rate and 45 degrees, every sample is 3 dB below the true peak.
        let samples: Vec<f32> = (0..9600)
            .flat_map(|n| {
                let at = (f64::from(n) / 4.0 + 0.125) * std::f64::consts::TAU;
                [(at.sin()) as f32; 2]
            })
            .collect();
        assert!(peak(&samples) < 0.71);
        let limited = limit(&samples, 1.0, 0.8);
        assert!(peak(&limited[4000..8000]) < 0.6, "{}", peak(&limited));
    }

    #[test]
    fn what_is_quiet_only_gets_its_gain() {
        let quiet = tone(440.0, 0.1, 0.1);
        let limited = limit(&quiet, 2.0, 0.8);
        for (before, after) in quiet.iter().zip(&limited) {
            assert!((f64::from(*before) * 2.0 - f64::from(*after)).abs() < 1e-6);
        }
    }
}
