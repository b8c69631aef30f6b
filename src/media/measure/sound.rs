//! Sound: loudness by EBU R128, clipping, hum, and silence. What is heard as samples of 64 bits is
//! digested as such; measures are taken of whole numbers of 24 bits, and loudness by the meter.

use super::hum::Hum;
use super::resample::Resample;
use crate::contract::asset::AudioFacts;
use crate::contract::fingerprint::Fingerprint;
use ebur128::{EbuR128, Mode};
use std::fs::File;
use std::io::{self, Read};

/// Full scale.
const FULL: i32 = 1 << 23;

/// Level under which sound counts as silence: −50 dB of full scale.
const SILENT: i32 = 26_527;

/// From here on a sample is as loud as can be.
const CLIPPED: i32 = FULL - FULL / 10_000;

/// Blocks of the envelope, at most.
const MOST_BLOCKS: u64 = 500_000;

/// Milliseconds of silence that are a gap: shorter ones are rests.
const GAP_MS: u64 = 400;

/// What the sound is for: it decides what is kept for its fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Music,
    Effect,
    /// The sound of a film that is wanted for its pictures: digested only.
    Beside,
}

/// Decoded sound, digested and measured as it came.
#[derive(Debug)]
pub struct Sound {
    /// Hexadecimal blake3 over rate, channels, samples and times.
    pub digest: String,
    /// Of one channel.
    pub samples: u64,
    rate: u64,
    channels: usize,
    /// Samples in a block of the envelope.
    block: u64,
    /// Highest level of each block.
    envelope: Vec<i32>,
    clipped_runs: u64,
    /// Sums of squares of the first two channels, samples of 16 bits.
    energy: [u64; 2],
    hum: Option<u32>,
    loudness: Loudness,
    pub fingerprint: Option<Fingerprint>,
}

#[derive(Debug, Default)]
struct Loudness {
    integrated: Option<f64>,
    range: Option<f64>,
    true_peak: Option<f64>,
}

impl Sound {
    /// Reads interleaved 64-bit samples to the end.
    pub fn read(mut reader: File, facts: &AudioFacts, purpose: Purpose) -> io::Result<Self> {
        let channels = facts.channels.max(1) as usize;
        let rate = u64::from(facts.sample_rate.max(1));
        let expected = facts.duration_ms * rate / 1000;
        let mut sound = Self {
            digest: String::new(),
            samples: 0,
            rate,
            channels,
            block: (rate / 1000).max(expected / MOST_BLOCKS).max(1),
            envelope: Vec::new(),
            clipped_runs: 0,
            energy: [0; 2],
            hum: None,
            loudness: Loudness::default(),
            fingerprint: None,
        };
        let heard = purpose != Purpose::Beside;
        let mode = Mode::I | Mode::LRA | Mode::TRUE_PEAK | Mode::HISTOGRAM;
        let meter = || EbuR128::new(facts.channels, facts.sample_rate, mode).ok();
        let mut meter = heard.then(meter).flatten();
        let mut hum = Hum::new(rate);
        let mut kept = match purpose {
            Purpose::Music => Some(Resample::music(rate)),
            Purpose::Effect => Some(Resample::effect(rate)),
            Purpose::Beside => None,
        };
        let mut hasher = blake3::Hasher::new_derive_key("memebuild audio stream v1");
        hasher.update(&facts.sample_rate.to_le_bytes()).update(&facts.channels.to_le_bytes());
        let frame = 8 * channels;
        let mut bytes = vec![0u8; frame * 16_384];
        let mut samples = Vec::with_capacity(channels * 16_384);
        let mut runs = vec![0u32; channels];
        loop {
            let n = fill(&mut reader, &mut bytes)?;
            hasher.update(&bytes[..n]);
            if heard {
                samples.clear();
                samples.extend(bytes[..n / frame * frame].chunks_exact(8).map(|sample| {
                    let value = f64::from_le_bytes(sample.try_into().expect("eight bytes"));
                    if value.is_finite() { value } else { 0.0 }
                }));
                sound.take(&samples, &mut runs, |mono| {
                    hum.take(mono);
                    kept.iter_mut().for_each(|kept| kept.take(mono));
                });
                // A meter that fails once (it does for no rate or layout that decodes) says nothing.
                if meter.as_mut().is_some_and(|meter| meter.add_frames_f64(&samples).is_err()) {
                    meter = None;
                }
            } else {
                sound.samples += (n / frame) as u64;
            }
            if n < bytes.len() {
                break;
            }
        }
        if let Some(meter) = meter {
            let peaks = (0..facts.channels).filter_map(|channel| meter.true_peak(channel).ok());
            sound.loudness = Loudness {
                integrated: meter.loudness_global().ok().filter(|level| level.is_finite()),
                range: meter.loudness_range().ok().filter(|range| range.is_finite()),
                true_peak: peaks.reduce(f64::max).filter(|peak| *peak > 0.0),
            };
        }
        sound.hum = hum.finish();
        sound.fingerprint = kept.and_then(super::fingerprint::sound);
        sound.digest = hasher.finalize().to_hex().to_string();
        Ok(sound)
    }

    /// Adds the digest of the times at which the samples are heard.
    pub fn stamp(&mut self, times: &[u8; 32]) {
        let mut hasher = blake3::Hasher::new_derive_key("memebuild timed audio stream v1");
        hasher.update(self.digest.as_bytes()).update(times);
        self.digest = hasher.finalize().to_hex().to_string();
    }

    /// Takes interleaved samples, and hands on the mean of the channels.
    fn take(&mut self, samples: &[f64], runs: &mut [u32], mut mono: impl FnMut(i32)) {
        let channels = runs.len();
        for heard in samples.chunks_exact(channels) {
            let (mut peak, mut sum) = (0, 0i64);
            for (channel, (sample, run)) in heard.iter().zip(runs.iter_mut()).enumerate() {
                // Saturates: a decoder of lossy sound goes beyond full scale.
                let sample = ((sample * f64::from(FULL)) as i32).clamp(-2 * FULL, 2 * FULL);
                let level = sample.abs();
                peak = peak.max(level);
                sum += i64::from(sample);
                *run = if level >= CLIPPED { run.saturating_add(1) } else { 0 };
                self.clipped_runs += u64::from(*run == 3);
                if let Some(energy) = self.energy.get_mut(channel) {
                    *energy = energy.saturating_add(u64::from((level >> 8).unsigned_abs()).pow(2));
                }
            }
            let block = usize::try_from(self.samples / self.block).unwrap_or(usize::MAX);
            if block >= self.envelope.len() {
                self.envelope.push(0);
            }
            if let Some(level) = self.envelope.last_mut() {
                *level = peak.max(*level);
            }
            self.samples += 1;
            mono((sum / channels as i64) as i32);
        }
    }

    fn peak(&self) -> i32 {
        self.envelope.iter().copied().max().unwrap_or(0)
    }

    fn ms(&self, blocks: usize) -> i64 {
        i64::try_from(blocks as u64 * self.block * 1000 / self.rate).unwrap_or(i64::MAX)
    }

    /// Blocks before the first that is as loud as `level`, and after the last.
    fn ends(&self, level: i32) -> (usize, usize) {
        let loud = |block: &i32| *block >= level.max(1);
        let length = self.envelope.len();
        let head = self.envelope.iter().position(loud).unwrap_or(length);
        let tail = self.envelope.iter().rev().position(loud).unwrap_or(length);
        (head, tail)
    }

    /// Thousandths of what is between its ends that are gaps of silence.
    fn gaps_milli(&self) -> Option<i64> {
        let (head, tail) = self.ends(SILENT);
        let inner = self.envelope.get(head..self.envelope.len() - tail)?;
        let gap = usize::try_from(GAP_MS * self.rate / 1000 / self.block).unwrap_or(usize::MAX);
        let runs = inner.split(|block| *block >= SILENT).map(<[i32]>::len);
        let silent: usize = runs.filter(|run| *run >= gap.max(1)).sum();
        i64::try_from(silent * 1000).ok()?.checked_div(i64::try_from(inner.len()).ok()?)
    }

    fn measure_common(&self, note: &mut impl FnMut(&str, i64)) {
        let length = u128::from(self.samples) * 1000 / u128::from(self.rate);
        note("durationMs", i64::try_from(length).unwrap_or(i64::MAX));
        note("sampleRateHz", i64::try_from(self.rate).unwrap_or(i64::MAX));
        note("clippedRuns", i64::try_from(self.clipped_runs).unwrap_or(i64::MAX));
        let each = u128::from(self.clipped_runs) * 60_000 / length.max(1000);
        note("clippedEachMinute", i64::try_from(each).unwrap_or(i64::MAX));
        let hundredths = |value: f64| (value * 100.0).round() as i64;
        if let Some(level) = self.loudness.integrated {
            note("integratedClufs", hundredths(level));
            if let Some(hum) = self.hum {
                let dbfs = 20.0 * (f64::from(hum.max(1)) / f64::from(FULL)).log10();
                note("humClu", hundredths(dbfs) - hundredths(level));
            }
        }
        if let Some(peak) = self.loudness.true_peak {
            note("truePeakCdbtp", hundredths(20.0 * peak.log10()));
        }
        note("gapsMilli", self.gaps_milli().unwrap_or(0));
    }

    /// Measures for music.
    pub fn measure_music(&self, note: &mut impl FnMut(&str, i64)) {
        self.measure_common(note);
        if let Some(range) = self.loudness.range {
            note("loudnessRangeClu", (range * 100.0).round() as i64);
        }
        if self.channels > 1 {
            let [more, less] =
                [self.energy[0].max(self.energy[1]), self.energy[0].min(self.energy[1])];
            let ratio = more.max(1) as f64 / less.max(1) as f64;
            note("imbalanceCdb", (1000.0 * ratio.log10()).round() as i64);
        }
        let (head, tail) = self.ends(SILENT);
        note("heardMs", self.ms(self.envelope.len().saturating_sub(head + tail)));
        note("headSilenceMs", self.ms(head));
        note("tailSilenceMs", self.ms(tail));
    }

    /// Measures for a sound effect: it must be heard at once, and end.
    pub fn measure_effect(&self, note: &mut impl FnMut(&str, i64)) {
        self.measure_common(note);
        let peak = self.peak();
        if peak > 0 {
            let level = f64::from(peak) / f64::from(FULL);
            note("peakCdbfs", (2000.0 * level.log10()).round() as i64);
            // Heard from 30 dB under its own peak on, and gone 40 dB under it.
            let part = |millionth: i64| (i64::from(peak) * millionth / 1_000_000) as i32;
            note("onsetMs", self.ms(self.ends(part(31_620)).0));
            note("tailMs", self.ms(self.ends(part(10_000)).1));
        }
    }
}

/// Reads until the buffer is full or the pipe ends.
fn fill(reader: &mut File, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match reader.read(&mut bytes[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}
