//! Sound: loudness by EBU R128, clipping, and the silence at either end.

use crate::contract::asset::AudioFacts;
use ebur128::{EbuR128, Mode};
use std::fs::File;
use std::io::{self, Read};

/// Level under which sound counts as silence: −50 dB of full scale.
const SILENT: f64 = 0.003_162;

/// From here on a sample is at full scale.
const FULL: f64 = 0.999_9;

/// Blocks of the envelope, at most.
const MOST_BLOCKS: u64 = 500_000;

/// Decoded sound, digested and measured as it came.
#[derive(Debug)]
pub struct Sound {
    /// Hexadecimal blake3 over rate, channels, samples and times.
    pub digest: String,
    /// Of one channel.
    pub samples: u64,
    rate: u64,
    /// Samples in a block of the envelope.
    block: u64,
    /// Highest level of each block.
    envelope: Vec<f32>,
    clipped_runs: u64,
    loudness: Loudness,
}

#[derive(Debug, Default)]
struct Loudness {
    integrated: Option<f64>,
    range: Option<f64>,
    true_peak: Option<f64>,
}

impl Sound {
    /// Reads interleaved 64-bit samples to the end.
    pub fn read(mut reader: File, facts: &AudioFacts) -> io::Result<Self> {
        let channels = facts.channels.max(1) as usize;
        let rate = u64::from(facts.sample_rate.max(1));
        let expected = facts.duration_ms * rate / 1000;
        let mut sound = Self {
            digest: String::new(),
            samples: 0,
            rate,
            block: (rate / 1000).max(expected / MOST_BLOCKS).max(1),
            envelope: Vec::new(),
            clipped_runs: 0,
            loudness: Loudness::default(),
        };
        let mode = Mode::I | Mode::LRA | Mode::TRUE_PEAK | Mode::HISTOGRAM;
        let mut meter = EbuR128::new(facts.channels, facts.sample_rate, mode).ok();
        let mut hasher = blake3::Hasher::new_derive_key("memebuild audio stream v1");
        hasher.update(&facts.sample_rate.to_le_bytes()).update(&facts.channels.to_le_bytes());
        let frame = 8 * channels;
        let mut bytes = vec![0u8; frame * 16_384];
        let mut samples = Vec::with_capacity(channels * 16_384);
        let mut runs = vec![0u32; channels];
        loop {
            let n = fill(&mut reader, &mut bytes)?;
            hasher.update(&bytes[..n]);
            samples.clear();
            samples.extend(bytes[..n / frame * frame].chunks_exact(8).map(|sample| {
                let value = f64::from_le_bytes(sample.try_into().expect("eight bytes"));
                if value.is_finite() { value } else { 0.0 }
            }));
            sound.take(&samples, channels, &mut runs);
            // A meter that fails once (it does for no rate or layout that decodes) says nothing.
            if meter.as_mut().is_some_and(|meter| meter.add_frames_f64(&samples).is_err()) {
                meter = None;
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
        sound.digest = hasher.finalize().to_hex().to_string();
        Ok(sound)
    }

    /// Adds the digest of the times at which the samples are heard.
    pub fn stamp(&mut self, times: &[u8; 32]) {
        let mut hasher = blake3::Hasher::new_derive_key("memebuild timed audio stream v1");
        hasher.update(self.digest.as_bytes()).update(times);
        self.digest = hasher.finalize().to_hex().to_string();
    }

    fn take(&mut self, samples: &[f64], channels: usize, runs: &mut [u32]) {
        for heard in samples.chunks_exact(channels) {
            let mut peak = 0.0f64;
            for (sample, run) in heard.iter().zip(runs.iter_mut()) {
                let level = sample.abs();
                peak = peak.max(level);
                *run = if level >= FULL { run.saturating_add(1) } else { 0 };
                self.clipped_runs += u64::from(*run == 3);
            }
            let block = usize::try_from(self.samples / self.block).unwrap_or(usize::MAX);
            if block >= self.envelope.len() {
                self.envelope.push(0.0);
            }
            if let Some(level) = self.envelope.last_mut() {
                *level = level.max(peak as f32);
            }
            self.samples += 1;
        }
    }

    fn peak(&self) -> f64 {
        f64::from(self.envelope.iter().copied().fold(0.0, f32::max))
    }

    fn ms(&self, blocks: usize) -> i64 {
        i64::try_from(blocks as u64 * self.block * 1000 / self.rate).unwrap_or(i64::MAX)
    }

    /// Time before the first block as loud as `level`, and after the last.
    fn ends(&self, level: f64) -> (i64, i64) {
        let loud = |block: &f32| f64::from(*block) >= level;
        let length = self.envelope.len();
        let head = self.envelope.iter().position(loud).unwrap_or(length);
        let tail = self.envelope.iter().rev().position(loud).unwrap_or(length);
        (self.ms(head), self.ms(tail))
    }

    fn measure_common(&self, note: &mut impl FnMut(&str, i64)) {
        let length = u128::from(self.samples) * 1000 / u128::from(self.rate);
        note("durationMs", i64::try_from(length).unwrap_or(i64::MAX));
        note("clippedRuns", i64::try_from(self.clipped_runs).unwrap_or(i64::MAX));
        let hundredths = |value: f64| (value * 100.0).round() as i64;
        if let Some(level) = self.loudness.integrated {
            note("integratedClufs", hundredths(level));
        }
        if let Some(peak) = self.loudness.true_peak {
            note("truePeakCdbtp", hundredths(20.0 * peak.log10()));
        }
    }

    /// Measures for music.
    pub fn measure_music(&self, note: &mut impl FnMut(&str, i64)) {
        self.measure_common(note);
        if let Some(range) = self.loudness.range {
            note("loudnessRangeClu", (range * 100.0).round() as i64);
        }
        let (head, tail) = self.ends(SILENT);
        note("headSilenceMs", head);
        note("tailSilenceMs", tail);
    }

    /// Measures for a sound effect: it must be heard at once, and end.
    pub fn measure_effect(&self, note: &mut impl FnMut(&str, i64)) {
        self.measure_common(note);
        let peak = self.peak();
        if peak > 0.0 {
            note("peakCdbfs", (2000.0 * peak.log10()).round() as i64);
            // Heard from 30 dB under its own peak on, and gone 40 dB under it.
            note("onsetMs", self.ends(peak * 0.031_62).0);
            note("tailMs", self.ends(peak * 0.01).1);
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
