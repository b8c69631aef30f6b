//! The clip's own sound against the music, each heard alone: how far speech stands above what plays
//! under it.
//!
//! Both are measured as they go into the mix: cut, faded, at their gains, the music ducked. Mastering
//! comes later and changes both alike. Loudness is that of ITU-R BS.1770 in blocks of 400 ms, a new
//! one every 100 ms (EBU Tech 3341: momentary), and what counts of the clip's own sound is found as
//! integrated loudness finds it, by two gates. The blocks that count are taken together in stretches of
//! at most three seconds (the window of short-term loudness), since music that comes up in the middle
//! of a film drowns one sentence and not another.

use super::ffmpeg::{Job, Pipe, Program, input_at};
use super::filter::audio::RATE;
use super::mix::{Score, from_raw, most_bytes, to_samples};
use crate::contract::fact::{Balance, SoundBalance};
use crate::diagnostic::{Diagnostic, Exit};
use ebur128::{EbuR128, Mode};
use std::io::Read;
use std::path::Path;

/// Version of the measures; raised when the same sounds give others.
pub const VERSION: u32 = 1;

/// A new block begins so often, milliseconds.
const HOP_MS: u64 = 100;

/// A block is as long as so many hops.
const HOPS: usize = 4;

/// Nothing softer is heard (ITU-R BS.1770), LUFS.
const SILENT: f64 = -70.0;

/// Nor what is so far below the rest (ITU-R BS.1770), LU.
const BELOW_THE_REST: f64 = -10.0;

/// A sound that is softer as a whole is the noise of the room that a clip was filmed in, and nobody
/// need hear it, LUFS.
const ROOM: f64 = -40.0;

/// Blocks that begin further apart have a pause between them, hops.
const PAUSE: usize = 5;

/// Longest stretch, milliseconds.
const LONGEST_MS: u64 = 3000;

/// Measures what is left of a film when only the clip's own sound and the music are heard; `sounds`
/// are the inputs of the score, in its order.
///
/// # Errors
/// Sounds that ffmpeg cannot decode.
pub fn measure(score: &Score, sounds: &[&Path]) -> Result<SoundBalance, Diagnostic> {
    let failed =
        |why: String| Diagnostic::error("critic", format!("cannot hear the sounds apart: {why}"));
    let (graph, pads) = score.graph_apart().ok_or_else(|| {
        Diagnostic::error("bug", "a score without music and a clip's own sound").exit(Exit::Bug)
    })?;
    let mut job = Job::new(Program::Ffmpeg);
    for ((_, part), path) in score.parts.iter().zip(sounds) {
        job.push(["-threads", "1"]);
        job.push(input_at(&part.demuxer, path));
    }
    let speech = job.pipe().map_err(|e| failed(e.to_string()))?;
    let music = job.pipe().map_err(|e| failed(e.to_string()))?;
    job.push(to_samples(&graph, &[(pads[0], &speech.url), (pads[1], &music.url)]));
    let told = |e: &super::ffmpeg::Failure| e.diagnose("critic", "the sounds could not be decoded");
    let running = job.spawn().map_err(|e| told(&e))?;
    let read = |pipe: Pipe| {
        let mut bytes = Vec::new();
        let most = most_bytes(score.samples) as u64;
        let read = pipe.reader.take(most).read_to_end(&mut bytes);
        read.map(|_| from_raw(&bytes, score.samples)).map_err(|e| e.to_string())
    };
    let (ended, speech, music) = std::thread::scope(|scope| {
        let (speech, music) = (scope.spawn(|| read(speech)), scope.spawn(|| read(music)));
        (running.finish(), speech.join(), music.join())
    });
    ended.map_err(|e| told(&e))?;
    let whole = |read: std::thread::Result<Result<Vec<f32>, String>>| {
        read.unwrap_or_else(|_| Err("the reader stopped".to_owned())).map_err(failed)
    };
    balance(&whole(speech)?, &whole(music)?).map_err(|e| failed(e.to_string()))
}

/// Two sounds of the same length, interleaved stereo at 48 kHz.
fn balance(speech: &[f32], music: &[f32]) -> Result<SoundBalance, ebur128::Error> {
    let (speech, music) = (blocks(speech)?, blocks(music)?);
    let heard = heard(&speech);
    let stretches = stretches(&heard).into_iter().map(|stretch| {
        let (first, last) = (stretch[0] as u64, stretch[stretch.len() - 1] as u64);
        let loudness = |of: &[f64]| loudness(mean(stretch.iter().map(|block| of[*block])));
        Balance {
            range_ms: [first * HOP_MS, (last + HOPS as u64) * HOP_MS],
            speech_clufs: clufs(loudness(&speech)),
            music_clufs: Some(loudness(&music)).filter(|level| *level > SILENT).map(clufs),
        }
    });
    Ok(SoundBalance { stretches: stretches.collect() })
}

/// The power of each block.
fn blocks(stereo: &[f32]) -> Result<Vec<f64>, ebur128::Error> {
    let mut meter = EbuR128::new(2, RATE, Mode::M)?;
    let hop = RATE as usize * HOP_MS as usize / 1000 * 2;
    let mut blocks = Vec::new();
    for (index, samples) in stereo.chunks_exact(hop).enumerate() {
        meter.add_frames_f32(samples)?;
        if index + 1 >= HOPS {
            blocks.push(power(meter.loudness_momentary()?));
        }
    }
    Ok(blocks)
}

/// The blocks in which something is heard.
fn heard(blocks: &[f64]) -> Vec<usize> {
    let above = |gate: f64| {
        let loud = blocks.iter().enumerate().filter(move |(_, power)| **power > gate);
        loud.map(|(block, _)| block).collect::<Vec<usize>>()
    };
    let mean_of = |heard: &[usize]| mean(heard.iter().map(|block| blocks[*block]));
    let gate = mean_of(&above(power(SILENT))) * power(BELOW_THE_REST);
    let heard = above(gate.max(power(SILENT)));
    if loudness(mean_of(&heard)) < ROOM { Vec::new() } else { heard }
}

/// Blocks taken together: up to a pause, and what lasts long in parts of about the same length.
fn stretches(heard: &[usize]) -> Vec<&[usize]> {
    let most = (LONGEST_MS / HOP_MS) as usize - HOPS + 1;
    heard
        .chunk_by(|before, after| after - before <= PAUSE)
        .flat_map(|together| {
            let first = together[0];
            let spanned = together[together.len() - 1] - first + 1;
            let part = spanned.div_ceil(spanned.div_ceil(most));
            together.chunk_by(move |a, b| (a - first) / part == (b - first) / part)
        })
        .collect()
}

/// Zero of nothing.
fn mean(powers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = powers.len().max(1) as f64;
    powers.sum::<f64>() / count
}

fn power(loudness: f64) -> f64 {
    10f64.powf(loudness / 10.0)
}

fn loudness(power: f64) -> f64 {
    10.0 * power.log10()
}

/// Hundredths of a LUFS. What is measured here is heard, so that it is a number of few digits.
fn clufs(loudness: f64) -> i32 {
    (loudness * 100.0).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    /// A tone of 997 Hz in both channels, whose amplitude is `at` a time in seconds; 0.1 is −20 LUFS.
    fn tone(seconds: f32, at: impl Fn(f32) -> f32) -> Vec<f32> {
        let frames = (seconds * RATE as f32) as u32;
        let sample = |n: u32| {
            let time = n as f32 / RATE as f32;
            [at(time) * (TAU * 997.0 * time).sin(); 2]
        };
        (0..frames).flat_map(sample).collect()
    }

    fn measured(speech: &[f32], music: &[f32]) -> Vec<Balance> {
        balance(speech, music).expect("sounds").stretches
    }

    #[test]
    fn speech_and_music_are_measured_while_there_is_speech() {
        let speech = tone(4.0, |t| if (1.0..2.5).contains(&t) { 0.1 } else { 0.0 });
        // The music is loud before and after.
        let music = tone(4.0, |t| if (0.6..2.9).contains(&t) { 0.05 } else { 0.5 });
        let [found] = measured(&speech, &music)[..] else { panic!("one stretch") };
        assert!(found.range_ms[0].abs_diff(1000) <= 400, "{found:?}");
        assert!(found.range_ms[1].abs_diff(2500) <= 400, "{found:?}");
        // Its beginning and end are in blocks that are partly silent.
        assert!((-2150..=-2000).contains(&found.speech_clufs), "{found:?}");
        assert!((-2610..=-2590).contains(&found.music_clufs.expect("music")), "{found:?}");
    }

    #[test]
    fn what_lasts_is_measured_in_parts_of_three_seconds_at_most() {
        let speech = tone(8.0, |_| 0.1);
        // It comes up in the last third.
        let music = tone(8.0, |t| if t < 5.6 { 0.02 } else { 0.2 });
        let found = measured(&speech, &music);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().all(|part| part.range_ms[1] - part.range_ms[0] <= 3000), "{found:?}");
        assert!(found.iter().all(|part| (-2005..=-1995).contains(&part.speech_clufs)), "{found:?}");
        assert!(
            found[0].music_clufs < Some(-3300) && found[2].music_clufs > Some(-1600),
            "{found:?}"
        );
        assert_eq!((found[0].range_ms[0], found[2].range_ms[1]), (0, 8000));
    }

    #[test]
    fn a_pause_parts_what_is_said() {
        let speech = tone(4.0, |t| if (1.5..2.5).contains(&t) { 0.0 } else { 0.1 });
        let found = measured(&speech, &tone(4.0, |_| 0.1));
        assert_eq!(found.len(), 2, "{found:?}");
        let breath = tone(2.0, |t| if (0.9..1.1).contains(&t) { 0.0 } else { 0.1 });
        assert_eq!(measured(&breath, &tone(2.0, |_| 0.1)).len(), 1);
    }

    #[test]
    fn the_noise_of_a_room_is_nothing_that_is_said() {
        let music = tone(2.0, |_| 0.1);
        assert_eq!(measured(&tone(2.0, |_| 0.009), &music), []);
        assert_eq!(measured(&tone(2.0, |_| 0.0), &music), []);
        assert_eq!(measured(&tone(0.3, |_| 0.1), &music), [], "too short to be measured");
        assert_eq!(measured(&tone(2.0, |_| 0.011), &music).len(), 1);
    }

    #[test]
    fn music_that_is_silent_meanwhile_has_no_loudness() {
        let found = measured(&tone(1.0, |_| 0.1), &tone(1.0, |_| 0.0));
        assert_eq!(found[0].music_clufs, None);
    }
}
