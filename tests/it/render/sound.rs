//! Sound: loudness met for mixes that differ, exact lengths, effects where they belong.

use super::support::*;
use memebuild::contract::profile::{Container, LoudnessTarget};
use memebuild::contract::render_input::Duck;
use memebuild::media::listen::listen;
use memebuild::media::mix::{Part, Score};
use memebuild::media::probe;
use memebuild::node::render::mix::{MixParams, STEP};
use memebuild::node::tool::Context;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn part(demuxer: &str, source_ms: u64) -> Part {
    Part {
        demuxer: demuxer.to_owned(),
        source_ms,
        start_ms: 0,
        at_ms: 0,
        gain_mdb: 0,
        fade_in_ms: 0,
        fade_out_ms: 0,
        repeat: false,
        speed_milli: 1000,
    }
}

/// Runs the step in a folder and returns the sound.
fn mixed(folder: &Path, container: Container, score: Score) -> PathBuf {
    let file = |name: &str| match name {
        "music" => folder.join("beat.mp3"),
        "clip" => folder.join("clip.wav"),
        _ => folder.join("boing.wav"),
    };
    let inputs: BTreeMap<String, PathBuf> =
        score.parts.iter().map(|(name, _)| (name.clone(), file(name))).collect();
    let scratch = tempfile::tempdir_in(folder).unwrap();
    let output = folder.join("mixed");
    let loudness = LoudnessTarget { integrated_clufs: -1400, true_peak_cdbtp: -100 };
    let params = MixParams { score, container, bitrate: 128_000, loudness };
    (STEP.run)(&Context {
        params: serde_json::to_value(params).unwrap(),
        inputs,
        outputs: [("audio".to_owned(), output.clone())].into(),
        scratch: scratch.path().to_owned(),
    })
    .unwrap_or_else(|d| panic!("{d:?}"));
    output
}

/// A second of hush, then speech-like bursts.
fn bursts(path: &Path) {
    let words = "-f lavfi -i aevalsrc=if(gt(t\\,1)\\,0.5*sin(500*t*2*PI)*gt(sin(t*9)\\,0)\\,0):\
                 s=48000:d=3 -c:a pcm_s16le -f wav";
    ffmpeg_words(words, path);
}

#[test]
fn every_mix_meets_its_loudness_and_its_length() {
    let folder = tempfile::tempdir().unwrap();
    song(&folder.path().join("beat.mp3"), 44_100, 2);
    sound(&folder.path().join("boing.wav"), 22_050);
    bursts(&folder.path().join("clip.wav"));
    let music = Part { gain_mdb: -9000, repeat: true, fade_out_ms: 500, ..part("mp3", 2000) };
    let voice = part("wav", 3000);
    let effect = |at_ms| Part { at_ms, ..part("wav", 400) };
    let duck = Duck { threshold_mdb: -30_000, ratio_milli: 6000, attack_ms: 10, release_ms: 200 };
    let named = |parts: &[(&str, &Part)]| {
        parts.iter().map(|(name, part)| ((*name).to_owned(), (*part).clone())).collect::<Vec<_>>()
    };
    let cases = [
        // Music alone, longer than its source and of an odd length.
        (named(&[("music", &music)]), None, 144_001),
        // Everything at once, ducked.
        (
            named(&[("clip", &voice), ("music", &music), ("effect0", &effect(300))]),
            Some(duck),
            144_144,
        ),
        // Clicks in silence: the limiter has much to do.
        (named(&[("effect0", &effect(100)), ("effect1", &effect(1900))]), None, 120_000),
    ];
    for container in [Container::Mp4, Container::Webm] {
        for (index, (parts, duck, samples)) in cases.iter().enumerate() {
            let score = Score { samples: *samples, parts: parts.clone(), duck: *duck };
            let path = mixed(folder.path(), container, score);
            let probed = probe::inspect(&path).unwrap_or_else(|d| panic!("{d:?}"));
            let audio = probed.media.audio.unwrap();
            let heard = listen(&path, &probed.media.demuxer, &audio).unwrap();
            let loudness = heard.integrated_clufs.unwrap();
            assert!((loudness + 1400).abs() <= 30, "case {index}: {loudness}");
            let peak = heard.true_peak_cdbtp.unwrap();
            assert!(peak <= -100, "case {index}: {peak}");
            if container == Container::Mp4 {
                let ms = (samples + 24) / 48;
                assert!(audio.duration_ms.abs_diff(ms) <= 1, "case {index}: {}", audio.duration_ms);
            }
        }
    }
}

#[test]
fn silence_is_mixed_where_there_is_no_sound() {
    let folder = tempfile::tempdir().unwrap();
    let score = Score { samples: 24_000, parts: Vec::new(), duck: None };
    let path = mixed(folder.path(), Container::Mp4, score);
    let audio = probe::inspect(&path).unwrap().media.audio.unwrap();
    assert_eq!((audio.duration_ms, audio.channels, audio.sample_rate), (500, 2, 48_000));
    assert_eq!(listen(&path, "mov", &audio).unwrap().integrated_clufs, None);
}

#[test]
fn an_effect_starts_on_its_sample() {
    let folder = tempfile::tempdir().unwrap();
    sound(&folder.path().join("boing.wav"), 48_000);
    let effect = Part { at_ms: 700, ..part("wav", 400) };
    let score = Score { samples: 96_000, parts: vec![("effect0".to_owned(), effect)], duck: None };
    let (graph, out) = score.graph().unwrap();
    let mut args = memebuild::media::ffmpeg::input("wav", "effect0");
    args.extend(memebuild::media::mix::to_samples(&graph, &[(out, "-")]));
    let paths = [("effect0".to_owned(), folder.path().join("boing.wav"))].into();
    let samples: Vec<f32> = ffmpeg(&substitute(&args, &paths))
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    assert_eq!(samples.len(), 2 * 96_000);
    let first = samples.iter().position(|sample| sample.abs() > 1e-4).unwrap() / 2;
    // The sound begins at zero and rises: its first sample is silent.
    assert!((33_600..33_604).contains(&first), "{first}");
}
