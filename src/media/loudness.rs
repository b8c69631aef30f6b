//! Loudness of a finished sound, and mastering to a target: gain and limiting, encoded, decoded
//! and measured, until what a listener hears is right.
//!
//! It is measured after the encoder, since AAC overshoots: a peak that the limiter held below a
//! decibel comes back above it.

use super::filter::audio::RATE;
use super::limiter::limit;
use crate::contract::profile::LoudnessTarget;
use ebur128::{EbuR128, Mode};

/// Times that the encoder runs, at most.
const TRIES: u32 = 4;

/// Room that is left below the target's peak for what the encoder adds, dB.
const ENCODER_ROOM: f64 = 1.5;

/// How near is near enough, LU. A reader of the result allows 0.3.
const NEAR: f64 = 0.15;

/// Gain that is never exceeded, dB: what lies so low is noise.
const MOST_GAIN: f64 = 40.0;

/// Below this nothing is heard, but an offset would take room from everything else, hertz.
const LOWEST: f64 = 10.0;

/// Loudness of a sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Integrated loudness in LUFS (EBU R128); absent where all is below the gate.
    pub integrated: Option<f64>,
    /// Highest true peak in dBTP; minus infinity for digital silence.
    pub true_peak: f64,
}

/// Measures interleaved stereo at 48 kHz.
///
/// # Errors
/// The meter's own, which stereo at 48 kHz does not cause.
pub fn measure(stereo: &[f32]) -> Result<Level, ebur128::Error> {
    let mut meter = EbuR128::new(2, RATE, Mode::I | Mode::TRUE_PEAK)?;
    meter.add_frames_f32(stereo)?;
    let peak = meter.true_peak(0)?.max(meter.true_peak(1)?);
    let integrated = Some(meter.loudness_global()?).filter(|level| level.is_finite());
    Ok(Level { integrated, true_peak: decibel(peak) })
}

/// The integrated loudness alone: a third of the work.
fn integrated(stereo: &[f32]) -> Result<Option<f64>, ebur128::Error> {
    let mut meter = EbuR128::new(2, RATE, Mode::I)?;
    meter.add_frames_f32(stereo)?;
    Ok(Some(meter.loudness_global()?).filter(|level| level.is_finite()))
}

/// The sound centred on zero: a filter of the first order takes out what is below [`LOWEST`].
fn centred(stereo: &[f32]) -> Vec<f32> {
    let keep = 1.0 - std::f64::consts::TAU * LOWEST / f64::from(RATE);
    let mut before = [0.0f64; 2];
    let mut out = [0.0f64; 2];
    let mut centred = Vec::with_capacity(stereo.len());
    for pair in stereo.chunks_exact(2) {
        for channel in 0..2 {
            let sample = f64::from(pair[channel]);
            out[channel] = sample - before[channel] + keep * out[channel];
            before[channel] = sample;
            centred.push(out[channel] as f32);
        }
    }
    centred
}

/// A mastered sound as it left the encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Mastered<T> {
    pub encoded: T,
    pub level: Level,
    /// How often it was encoded.
    pub tries: u32,
}

/// Brings `stereo` to a target. `encode` returns the encoded sound and what a decoder makes of it.
/// Silence stays as it is. Where no try meets the target the nearest is returned: the critic
/// says so.
///
/// # Errors
/// Those of `encode`, and of the meter through `E`.
pub fn master<T, E>(
    stereo: &[f32],
    target: &LoudnessTarget,
    mut encode: impl FnMut(&[f32]) -> Result<(T, Vec<f32>), E>,
) -> Result<Mastered<T>, E>
where
    E: From<ebur128::Error>,
{
    let wanted = f64::from(target.integrated_clufs) / 100.0;
    let highest = f64::from(target.true_peak_cdbtp) / 100.0;
    let mut aim = wanted;
    let mut room = ENCODER_ROOM;
    let stereo = &centred(stereo)[..];
    let mut best: Option<(f64, Mastered<T>)> = None;
    for tries in 1..=TRIES {
        let prepared = prepare(stereo, aim, highest - room)?;
        let (encoded, decoded) = encode(&prepared)?;
        let level = measure(&decoded)?;
        let off = level.integrated.map_or(0.0, |found| found - wanted);
        let over = (level.true_peak - highest).max(0.0);
        // A peak too high is worse than a loudness beside the mark.
        let fault = off.abs() + if over > 0.0 { 100.0 + over } else { 0.0 };
        if best.as_ref().is_none_or(|(least, _)| fault < *least) {
            best = Some((fault, Mastered { encoded, level, tries }));
        }
        if fault <= NEAR {
            break;
        }
        aim -= off;
        if over > 0.0 {
            room += over + 0.2;
        }
    }
    let (_, mastered) = best.expect("at least one try");
    Ok(mastered)
}

/// Gain and limiting that bring a sound to `aim` LUFS before the encoder.
fn prepare(stereo: &[f32], aim: f64, ceiling: f64) -> Result<Vec<f32>, ebur128::Error> {
    let ceiling = linear(ceiling);
    let Some(found) = integrated(stereo)? else {
        return Ok(limit(stereo, 1.0, ceiling));
    };
    let mut gain = (aim - found).clamp(-MOST_GAIN, MOST_GAIN);
    let mut prepared = limit(stereo, linear(gain), ceiling);
    // The limiter takes some loudness away: give it back, until it has no more to give.
    for _ in 0..4 {
        let Some(reached) = integrated(&prepared)? else { break };
        let missing = aim - reached;
        let raised = (gain + missing).clamp(-MOST_GAIN, MOST_GAIN);
        if missing.abs() < 0.05 || raised == gain {
            break;
        }
        gain = raised;
        prepared = limit(stereo, linear(gain), ceiling);
    }
    Ok(prepared)
}

fn linear(decibel: f64) -> f64 {
    10f64.powf(decibel / 20.0)
}

fn decibel(linear: f64) -> f64 {
    20.0 * linear.log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: LoudnessTarget =
        LoudnessTarget { integrated_clufs: -1400, true_peak_cdbtp: -100 };

    /// Three seconds of a tone with a click every half second.
    fn clicks(level: f64) -> Vec<f32> {
        (0..RATE * 3)
            .flat_map(|n| {
                let at = f64::from(n) / f64::from(RATE) * 440.0 * std::f64::consts::TAU;
                let click = if n % (RATE / 2) < 30 { 20.0 } else { 1.0 };
                [(at.sin() * level * click) as f32; 2]
            })
            .collect()
    }

    fn exact(prepared: &[f32]) -> Result<((), Vec<f32>), ebur128::Error> {
        Ok(((), prepared.to_vec()))
    }

    #[test]
    fn a_sound_with_peaks_meets_its_target() {
        for level in [0.01, 0.05, 0.9] {
            let mastered = master(&clicks(level), &TARGET, exact).unwrap();
            let found = mastered.level.integrated.unwrap();
            assert!((found + 14.0).abs() <= NEAR, "{level}: {found}");
            assert!(mastered.level.true_peak <= -1.0, "{level}: {}", mastered.level.true_peak);
        }
    }

    #[test]
    fn an_encoder_that_overshoots_is_given_more_room() {
        let mut runs = 0;
        let mastered = master(&clicks(0.05), &TARGET, |prepared: &[f32]| {
            runs += 1;
            let louder = prepared.iter().map(|sample| sample * 1.26).collect();
            Ok::<_, ebur128::Error>(((), louder))
        })
        .unwrap();
        assert!(mastered.level.true_peak <= -1.0, "{:?}", mastered.level);
        assert!((mastered.level.integrated.unwrap() + 14.0).abs() <= 0.3, "{:?}", mastered.level);
        assert!(runs > 1 && runs <= TRIES);
    }

    #[test]
    fn an_offset_is_taken_out() {
        let leaning: Vec<f32> = clicks(0.05).iter().map(|sample| sample + 0.2).collect();
        let mut heard = Vec::new();
        master(&leaning, &TARGET, |prepared: &[f32]| {
            heard = prepared.to_vec();
            exact(prepared)
        })
        .unwrap();
        let mean = heard.iter().map(|sample| f64::from(*sample)).sum::<f64>() / heard.len() as f64;
        assert!(mean.abs() < 0.005, "{mean}");
    }

    #[test]
    fn silence_stays_silent() {
        let mastered = master(&vec![0.0; 96_000], &TARGET, exact).unwrap();
        assert_eq!(mastered.level.integrated, None);
        assert_eq!(mastered.tries, 1);
    }
}
