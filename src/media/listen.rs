//! Listening to finished sound: one decode, folded as it comes.
//!
//! ffmpeg decodes to floating-point samples at the sound's own rate, so that a peak past full scale
//! is seen and not cut off; loudness and true peak are those of EBU R128 (ITU-R BS.1770). What is
//! kept is rounded to hundredths.

use super::ffmpeg::{Job, Program, input_at};
use crate::contract::asset::AudioFacts;
use crate::contract::fact::AudioMeasures;
use crate::diagnostic::Diagnostic;
use ebur128::{EbuR128, Mode};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Version of the measures; raised when the same file gives others.
pub const VERSION: u32 = 1;

/// −50 dBFS: what is lower in every channel is silence.
const SILENT: f32 = 0.003_162_277_7;

/// Silence that lasts less is a pause, milliseconds.
const SHORTEST_SILENCE_MS: u64 = 500;

/// Full scale, less a step of 16 bits.
const FULL: f32 = 32_767.0 / 32_768.0;

/// Samples in a row at full scale from which the waveform is cut off.
const CLIPPED_RUN: u32 = 3;

/// Samples decoded at a time, in each channel.
const BLOCK: usize = 4800;

/// Measures the first audio stream of a file whose demuxer and audio facts are known.
///
/// # Errors
/// Sound that ffmpeg cannot decode, and more than two channels or another rate than 16 Hz to 2822
/// kHz, which is no sound for people.
pub fn listen(path: &Path, demuxer: &str, audio: &AudioFacts) -> Result<AudioMeasures, Diagnostic> {
    let failed = |why: String| {
        Diagnostic::error("critic", format!("cannot listen to `{}`: {why}", path.display()))
    };
    let mut ears = Ears::new(audio.channels, audio.sample_rate).map_err(failed)?;
    let mut job = Job::new(Program::Ffmpeg).args(["-threads", "1"]).args(input_at(demuxer, path));
    let pipe = job.pipe().map_err(|e| failed(e.to_string()))?;
    let (channels, rate) = (audio.channels.to_string(), audio.sample_rate.to_string());
    job.push(["-map", "0:a:0", "-ac", &channels, "-ar", &rate]);
    job.push(["-c:a", "pcm_f32le", "-f", "f32le", &pipe.url]);
    let start = |e: &super::ffmpeg::Failure| {
        e.diagnose("critic", format!("cannot decode the sound of `{}`", path.display()))
    };
    let running = job.spawn().map_err(|e| start(&e))?;
    let (read, ended) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| samples(pipe.reader, &mut ears));
        let ended = running.finish();
        (reader.join(), ended)
    });
    ended.map_err(|e| start(&e))?;
    read.unwrap_or_else(|_| Err("the reader stopped".to_owned())).map_err(failed)?;
    ears.finish().map_err(failed)
}

/// Measures sound that is in memory: interleaved samples.
///
/// # Errors
/// As [`listen`], by message.
pub fn measure(interleaved: &[f32], channels: u32, rate: u32) -> Result<AudioMeasures, String> {
    let mut ears = Ears::new(channels, rate)?;
    for block in interleaved.chunks(BLOCK * channels as usize) {
        ears.hear(block)?;
    }
    ears.finish()
}

fn samples(pipe: File, ears: &mut Ears) -> Result<(), String> {
    let mut pipe = BufReader::with_capacity(1 << 18, pipe);
    let mut bytes = vec![0u8; BLOCK * ears.channels * 4];
    let mut block = Vec::with_capacity(BLOCK * ears.channels);
    loop {
        let mut filled = 0;
        while filled < bytes.len() {
            match pipe.read(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.to_string()),
            }
        }
        let whole = filled - filled % (ears.channels * 4);
        block.clear();
        block.extend(
            bytes[..whole]
                .chunks_exact(4)
                .map(|sample| f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]])),
        );
        ears.hear(&block)?;
        if filled < bytes.len() {
            return Ok(());
        }
    }
}

/// What was heard so far.
struct Ears {
    channels: usize,
    rate: u64,
    meter: EbuR128,
    frames: u64,
    sum: f64,
    /// Products of left and right: each with itself, and with the other.
    products: [f64; 3],
    /// Samples at full scale in a row, by channel.
    flat: Vec<u32>,
    clipped_runs: u32,
    /// Where the present silence began.
    silent_from: Option<u64>,
    silences: Vec<[u64; 2]>,
}

impl Ears {
    fn new(channels: u32, rate: u32) -> Result<Self, String> {
        let mode = Mode::I | Mode::LRA | Mode::TRUE_PEAK;
        let meter = EbuR128::new(channels, rate, mode)
            .map_err(|_| format!("{channels} channels at {rate} Hz"))?;
        Ok(Self {
            channels: channels as usize,
            rate: u64::from(rate),
            meter,
            frames: 0,
            sum: 0.0,
            products: [0.0; 3],
            flat: vec![0; channels as usize],
            clipped_runs: 0,
            silent_from: None,
            silences: Vec::new(),
        })
    }

    /// Takes in whole frames: a sample for each channel.
    fn hear(&mut self, block: &[f32]) -> Result<(), String> {
        self.meter.add_frames_f32(block).map_err(|e| e.to_string())?;
        for frame in block.chunks_exact(self.channels) {
            let mut loudest = 0f32;
            for (sample, flat) in frame.iter().zip(&mut self.flat) {
                self.sum += f64::from(*sample);
                loudest = loudest.max(sample.abs());
                *flat = if sample.abs() >= FULL { *flat + 1 } else { 0 };
                self.clipped_runs += u32::from(*flat == CLIPPED_RUN);
            }
            if let [left, right] = *frame {
                let (left, right) = (f64::from(left), f64::from(right));
                self.products[0] += left * left;
                self.products[1] += right * right;
                self.products[2] += left * right;
            }
            match (loudest < SILENT, self.silent_from) {
                (true, None) => self.silent_from = Some(self.frames),
                (false, Some(from)) => self.silence(from),
                _ => {}
            }
            self.frames += 1;
        }
        Ok(())
    }

    /// The silence that began at frame `from` ends here.
    fn silence(&mut self, from: u64) {
        self.silent_from = None;
        let range = [from * 1000 / self.rate, self.frames * 1000 / self.rate];
        if range[1] - range[0] >= SHORTEST_SILENCE_MS {
            self.silences.push(range);
        }
    }

    fn finish(mut self) -> Result<AudioMeasures, String> {
        if let Some(from) = self.silent_from {
            self.silence(from);
        }
        let told = |e: ebur128::Error| e.to_string();
        let integrated = self.meter.loudness_global().map_err(told)?;
        let range = self.meter.loudness_range().map_err(told)?;
        let mut peak = 0f64;
        for channel in 0..self.channels {
            let channel = u32::try_from(channel).unwrap_or(0);
            peak = peak.max(self.meter.true_peak(channel).map_err(told)?);
        }
        let samples = (self.frames * self.channels as u64).max(1) as f64;
        let power = (self.products[0] * self.products[1]).sqrt();
        let correlation = (self.channels == 2 && power > 0.0).then(|| self.products[2] / power);
        Ok(AudioMeasures {
            integrated_clufs: hundredths(integrated).filter(|clufs| *clufs > -7000),
            range_clu: hundredths(range).unwrap_or(0),
            true_peak_cdbtp: (peak > 0.0).then(|| hundredths(20.0 * peak.log10())).flatten(),
            clipped_runs: self.clipped_runs,
            dc_offset_millionth: rounded(self.sum / samples * 1e6).unwrap_or(0),
            correlation_milli: correlation.and_then(|c| rounded(c * 1000.0)),
            silences_ms: self.silences,
        })
    }
}

/// A finite number as hundredths.
fn hundredths(value: f64) -> Option<i32> {
    rounded(value * 100.0)
}

fn rounded(value: f64) -> Option<i32> {
    let value = value.round();
    let fits = value.is_finite() && value.abs() < f64::from(i32::MAX);
    fits.then_some(value as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    const RATE: u32 = 48_000;

    /// Stereo, `seconds` long, by the time in seconds.
    fn stereo(seconds: f32, at: impl Fn(f32) -> [f32; 2]) -> Vec<f32> {
        let frames = (seconds * RATE as f32) as u32;
        (0..frames).flat_map(|n| at(n as f32 / RATE as f32)).collect()
    }

    fn tone(level: f32) -> impl Fn(f32) -> [f32; 2] {
        move |t| [level * (TAU * 997.0 * t).sin(); 2]
    }

    #[test]
    fn a_full_scale_sine_in_both_channels_is_minus_zero_lufs() {
        // ITU-R BS.1770: a 997 Hz sine at 0 dBFS in one channel reads −3.01 LKFS; in two, 0.
        let measured = measure(&stereo(3.0, tone(0.1)), 2, RATE).expect("sound");
        assert!((-2010..=-1990).contains(&measured.integrated_clufs.expect("loud")));
        assert!((-2010..=-1990).contains(&measured.true_peak_cdbtp.expect("a peak")));
        assert_eq!(measured.correlation_milli, Some(1000));
        assert_eq!(measured.silences_ms, Vec::<[u64; 2]>::new());
        assert_eq!((measured.clipped_runs, measured.dc_offset_millionth), (0, 0));
    }

    #[test]
    fn silence_is_none_of_these() {
        let measured = measure(&stereo(1.0, |_| [0.0; 2]), 2, RATE).expect("sound");
        assert_eq!(measured.integrated_clufs, None);
        assert_eq!(measured.true_peak_cdbtp, None);
        assert_eq!(measured.correlation_milli, None);
        assert_eq!(measured.silences_ms, [[0, 1000]]);
        // Too short to be gated at all.
        assert_eq!(measure(&[0.5; 200], 2, RATE).expect("sound").integrated_clufs, None);
    }

    #[test]
    fn pauses_from_half_a_second_are_silences() {
        let paused = |pause: f32| {
            stereo(
                2.0,
                move |t| if (1.0..1.0 + pause).contains(&t) { [0.003; 2] } else { [0.1; 2] },
            )
        };
        let silences = |pause| measure(&paused(pause), 2, RATE).expect("sound").silences_ms;
        assert_eq!(silences(0.6), [[1000, 1600]]);
        assert_eq!(silences(0.4), Vec::<[u64; 2]>::new());
    }

    #[test]
    fn a_cut_wave_an_offset_and_opposite_channels_are_found() {
        let cut = stereo(1.0, |t| [(3.0 * (TAU * 100.0 * t).sin()).clamp(-1.0, 1.0), 0.0]);
        assert_eq!(measure(&cut, 2, RATE).expect("sound").clipped_runs, 200);
        let offset = stereo(1.0, |_| [0.02; 2]);
        assert_eq!(measure(&offset, 2, RATE).expect("sound").dc_offset_millionth, 20_000);
        let opposite =
            stereo(1.0, |t| [0.1 * (TAU * 50.0 * t).sin(), -0.1 * (TAU * 50.0 * t).sin()]);
        assert_eq!(measure(&opposite, 2, RATE).expect("sound").correlation_milli, Some(-1000));
        assert_eq!(measure(&[0.5; 48_000], 1, RATE).expect("sound").correlation_milli, None);
    }
}
