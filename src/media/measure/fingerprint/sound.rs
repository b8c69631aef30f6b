//! Chromaprint: which notes sound, one word for each step of time.

use crate::contract::fingerprint::{Fingerprint, SHORT_SOUND, SOUND};
use crate::media::measure::resample::Resample;
use rusty_chromaprint::{Configuration, Fingerprinter};

/// Silence laid on both sides of a slowed effect, samples: two seconds, which is what chromaprint
/// must hear before its first word.
const AROUND: usize = 22_050;

/// An effect is cut to what is louder than a hundredth of its peak: −40 dB.
const QUIET: u32 = 100;

/// The fingerprint of the beginning of a sound; none where it is silent or too short.
pub fn sound(heard: Resample) -> Option<Fingerprint> {
    let mut samples = heard.samples;
    let peak = samples.iter().map(|sample| u32::from(sample.unsigned_abs())).max()?;
    if peak < 8 {
        return None;
    }
    if heard.slowed {
        let loud = |sample: &i16| u32::from(sample.unsigned_abs()) * QUIET >= peak;
        let from = samples.iter().position(loud)?;
        let to = samples.iter().rposition(loud)?;
        let silence = || std::iter::repeat_n(0, AROUND);
        samples = silence().chain(samples[from..=to].iter().copied()).chain(silence()).collect();
    }
    let configuration = Configuration::preset_test2();
    let mut printer = Fingerprinter::new(&configuration);
    // It is refused for no rate over a thousand.
    printer.start(configuration.sample_rate(), 1).ok()?;
    printer.consume(&samples);
    printer.finish();
    let words: Vec<u64> = printer.fingerprint().iter().copied().map(u64::from).collect();
    let algorithm = if heard.slowed { SHORT_SOUND } else { SOUND };
    (!words.is_empty()).then(|| Fingerprint::new(algorithm, &words))
}
