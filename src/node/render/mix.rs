//! `memebuild tool mix`: the sound of a film, mixed, mastered to the profile's loudness and encoded.

use crate::contract::profile::{Container, LoudnessTarget};
use crate::diagnostic::{Diagnostic, Exit};
use crate::media::encode::{self, Args};
use crate::media::ffmpeg::{self, Job, Program};
use crate::media::filter::audio::RATE;
use crate::media::loudness::master;
use crate::media::mix::{STANDARD_OUTPUT, Score, from_raw, most_bytes, raw_output, to_samples};
use crate::node::tool::{Context, Step};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Raised when the same score gives other bytes.
pub const VERSION: u32 = 2;

/// `memebuild tool mix`.
pub const STEP: Step = Step { name: "mix", run };

/// What the step is told besides its sounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MixParams {
    pub score: Score,
    pub container: Container,
    /// Bits a second.
    pub bitrate: u32,
    pub loudness: LoudnessTarget,
}

/// What may go wrong while the sound is mastered.
enum Trouble {
    Told(Diagnostic),
    Meter(ebur128::Error),
}

impl From<ebur128::Error> for Trouble {
    fn from(error: ebur128::Error) -> Self {
        Self::Meter(error)
    }
}

impl From<Diagnostic> for Trouble {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Told(diagnostic)
    }
}

fn run(context: &Context) -> Result<(), Diagnostic> {
    let params: MixParams = context.params()?;
    let samples = mixed(context, &params.score)?;
    let mut tries = 0;
    let mastered = master(&samples, &params.loudness, |prepared: &[f32]| {
        tries += 1;
        let file = context.scratch.join(format!("try{tries}"));
        encode(context, prepared, &params, &file)?;
        let demuxer = if params.container == Container::Webm { "matroska" } else { "mov" };
        let mut job = Job::new(Program::Ffmpeg).args(ffmpeg::input_at(demuxer, &file));
        job.push(raw_output(STANDARD_OUTPUT));
        Ok::<_, Trouble>((file, decoded(job, params.score.samples)?))
    });
    let mastered = mastered.map_err(|trouble| match trouble {
        Trouble::Told(diagnostic) => diagnostic,
        Trouble::Meter(error) => {
            Diagnostic::error("bug", format!("the loudness meter: {error}")).exit(Exit::Bug)
        }
    })?;
    let moved = std::fs::copy(&mastered.encoded, context.output("audio")?);
    moved.map_err(|e| io("write the sound", &e))?;
    Ok(())
}

fn io(what: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("io", format!("cannot {what}: {error}"))
}

/// Every sound of the score, summed; silence where there is none.
fn mixed(context: &Context, score: &Score) -> Result<Vec<f32>, Diagnostic> {
    let Some((graph, out)) = score.graph() else {
        let length = usize::try_from(score.samples * 2).unwrap_or(0);
        return Ok(vec![0.0; length]);
    };
    let mut job = Job::new(Program::Ffmpeg);
    for (name, part) in &score.parts {
        job.push(["-threads", "1"]);
        job.push(ffmpeg::input_at(&part.demuxer, context.input(name)?));
    }
    job.push(to_samples(&graph, &[(out, STANDARD_OUTPUT)]));
    decoded(job, score.samples)
}

/// Raw samples from a run of ffmpeg: stereo, exactly `samples` long.
fn decoded(job: Job, samples: u64) -> Result<Vec<f32>, Diagnostic> {
    let ended = job
        .output(most_bytes(samples))
        .map_err(|failure| failure.diagnose("render", "the sound could not be decoded"))?;
    Ok(from_raw(&ended.stdout, samples))
}

/// Encodes samples to a file of their own.
fn encode(
    context: &Context,
    samples: &[f32],
    params: &MixParams,
    file: &Path,
) -> Result<(), Diagnostic> {
    let raw = context.scratch.join("prepared");
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    std::fs::write(&raw, bytes).map_err(|e| io("write the mix", &e))?;
    let rate = RATE.to_string();
    let encoder: Args = match params.container {
        Container::Webm => encode::opus(params.bitrate),
        _ => encode::aac(params.bitrate),
    };
    let mut job = Job::new(Program::Ffmpeg);
    job.push(["-protocol_whitelist", "file", "-f", "f32le", "-ar", &rate, "-ac", "2", "-i"]);
    job.push([ffmpeg::file_url(raw.as_os_str())]);
    job.push(encode::bit_exact());
    job.push(encoder);
    job.push(["-y"]);
    job.push([ffmpeg::file_url(file.as_os_str())]);
    job.output(0)
        .map_err(|failure| failure.diagnose("render", "the sound could not be encoded"))?;
    Ok(())
}
