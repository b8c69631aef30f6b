//! `memebuild tool judge`: facts joined, and the rules asked.

use crate::contract::caption::CaptionFacts;
use crate::contract::digest::Digest;
use crate::contract::fact::{
    AudioMeasures, FileFacts, RenderFacts, SoundBalance, StretchPixels, SubjectFacts,
};
use crate::contract::render_input::RenderInput;
use crate::contract::review::Review;
use crate::contract::rights::{Credit, credits_text};
use crate::contract::verdict::{Decision, Verdict};
use crate::contract::{self, Contract};
use crate::critic::{Policy, foresee, judge};
use crate::diagnostic::{Diagnostic, Exit};
use crate::media::{pixels, probe};
use crate::node::tool::{Context, Step};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::Path;

pub const STEP: Step = Step { name: "judge", run };

/// What the step is told besides its inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JudgeParams {
    pub policy: Policy,
    /// How `pixels0`, `pixels1`, … follow each other.
    pub joints: Vec<Joint>,
    /// What is known of the rights to what is seen and heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// What a person said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
}

/// Where a stretch lies in the film, and what the film calls its captions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Joint {
    pub first_frame: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<u32>,
}

/// Writes the verdict, and what is to be said under the film if anything is.
fn run(context: &Context) -> Result<(), Diagnostic> {
    let params: JudgeParams = context.params()?;
    if let Some(text) = credits_text(&params.credits) {
        context.write(super::CREDITS, text.as_bytes())?;
    }
    context.write("verdict", &contract::write(&verdict(context, params)?))
}

/// Judges `film` against `render-input`, with the facts in `pixels0`, `pixels1`, …, `audio`,
/// `balance`, `subject` and `caption0`, `caption1`, …. Without a film, what speaks against rendering it.
fn verdict(context: &Context, params: JudgeParams) -> Result<Verdict, Diagnostic> {
    let written = context.input("render-input")?;
    let input: RenderInput = document(written)?;
    let captions: Vec<CaptionFacts> =
        context.input_list("caption").into_iter().map(document).collect::<Result<_, _>>()?;
    let Some(film) = context.inputs.get("film") else {
        let (credits, policy) = (&params.credits, &params.policy);
        let verdict = foresee(digest(written)?, &input, &captions, credits, policy);
        if verdict.decision == Decision::Accept {
            let message = "there is no film, and nothing speaks against rendering it";
            return Err(Diagnostic::error("bug", message).exit(Exit::Bug));
        }
        return Ok(verdict);
    };
    let stretches: Vec<StretchPixels> =
        context.input_list("pixels").into_iter().map(document).collect::<Result<_, _>>()?;
    let parts = stretches.iter().zip(&params.joints).map(|(stretch, joint)| pixels::Part {
        stretch,
        first_frame: joint.first_frame,
        captions: joint.captions.clone(),
    });
    let pixels = pixels::join(parts).map_err(|e| Diagnostic::error("critic", e))?;
    let audio: Option<AudioMeasures> =
        context.inputs.get("audio").map(|path| document(path)).transpose()?;
    let balance: Option<SoundBalance> =
        context.inputs.get("balance").map(|path| document(path)).transpose()?;
    let subject: Option<SubjectFacts> =
        context.inputs.get("subject").map(|path| document(path)).transpose()?;
    let profile = input.profile.clone();
    let facts = RenderFacts {
        file: file_facts(film)?,
        pixels: (!stretches.is_empty()).then_some(pixels),
        audio,
        balance,
        subject,
        captions,
        credits: params.credits,
        review: params.review,
        expected: Some(input),
    };
    Ok(judge(&facts, &profile, &params.policy))
}

/// What a file is: its bytes' digest, and what its container says.
pub(super) fn file_facts(path: &Path) -> Result<FileFacts, Diagnostic> {
    let digest = digest(path)?;
    let probed = probe::inspect(path)?;
    Ok(FileFacts { digest, media: probed.media, iso: probed.iso })
}

fn digest(path: &Path) -> Result<Digest, Diagnostic> {
    let mut hasher = blake3::Hasher::new();
    let read = File::open(path).and_then(|file| hasher.update_reader(&file).map(drop));
    read.map_err(|e| Diagnostic::error("io", format!("cannot read `{}`: {e}", path.display())))?;
    Ok(Digest { hash: *hasher.finalize().as_bytes(), len: hasher.count() })
}

fn document<T: Contract>(path: &Path) -> Result<T, Diagnostic> {
    let bytes = std::fs::read(path)
        .map_err(|e| Diagnostic::error("io", format!("cannot read a {} document: {e}", T::NAME)))?;
    contract::read(&bytes).map_err(|e| Diagnostic::error("contract-break", e.to_string()))
}
