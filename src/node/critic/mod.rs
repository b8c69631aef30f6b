//! `critic`: what a finished render is, measured and judged.
//!
//! Lowers to one `critic/measure` for each segment of the film, one `critic/listen` for its sound,
//! one `critic/balance` that hears the clip's own sound and the music apart, one `critic/subject` that compares a few frames with the background behind them, and one
//! `critic/judge` that reads the finished file and joins the rest. A segment's measuring
//! is keyed by its bytes and by what should be seen in it, so that a changed caption measures its
//! own seconds again and nothing else; the facts are those of the whole file.
//!
//! A composite that cannot pass is not rendered ([`cannot_pass`]); then one `critic/judge` says why.
//!
//! The verdict is data: a rejection is a successful action. A critic that cannot judge fails.

mod balance;
pub mod check;
mod credits;
mod judge;
mod listen;
mod look;
mod measure;
mod subject;

use super::assets::node_name;
use super::plan::{
    Action, Bounds, Done, External, Finish, Input, OutputKind, Plan, Program, Publish,
};
use super::render::{self, Sounds, Source};
use super::tool::Step;
use super::{Deps, Node, NodeName, Output};
use crate::contract::asset::{AssetId, AssetKind};
use crate::contract::caption::CaptionFacts;
use crate::contract::digest::Digest;
use crate::contract::fact::{AudioMeasures, StretchPixels};
use crate::contract::profile::Container;
use crate::contract::render_input::RenderInput;
use crate::contract::review::Review;
use crate::contract::rights::{Credit, credits_text};
use crate::contract::verdict::{Decision, Verdict};
use crate::critic::{Policy, RULES_VERSION, foresee, lines};
use crate::diagnostic::{Diagnostic, Span};
use crate::media::{listen as ears, pixels, timeline};
use judge::{Joint, JudgeParams};
use look::Stretch;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Steps of `memebuild tool`.
pub static STEPS: [Step; 5] =
    [measure::STEP, listen::STEP, balance::STEP, subject::STEP, judge::STEP];

/// Raised when the same facts are joined or judged otherwise by the steps' own code; the rules
/// have a version of their own.
const VERSION: u32 = 2;

/// The output of judging that is pasted under the film; there where anything is to be said.
const CREDITS: &str = "credits";

/// Judges one render.
#[derive(Debug, Clone)]
pub struct CriticNode {
    /// The render's name without its type, as in `artefacts/renders/NAME.mp4`.
    pub name: String,
    pub render: NodeName,
    pub composite: NodeName,
    /// In the order of the render input's captions.
    pub captions: Vec<NodeName>,
    /// What is seen or heard in it, sorted, each once.
    pub assets: Vec<(AssetKind, AssetId)>,
    /// The render's background, to tell the subject from.
    pub background: Option<Source>,
    /// What is heard in the render.
    pub sounds: Sounds,
    pub container: Container,
    pub policy: Policy,
    /// What a person said of it, where the policy counts that.
    pub review: Option<Review>,
    /// The critic, where it is declared.
    pub policy_span: Option<Span>,
    pub span: Option<Span>,
}

impl CriticNode {
    /// The nodes that it reads.
    pub fn deps(&self) -> Vec<NodeName> {
        let mut deps = vec![self.render.clone(), self.composite.clone()];
        deps.extend(self.captions.iter().cloned());
        deps.extend(self.assets.iter().map(|(kind, id)| node_name(*kind, id)));
        let conformed = self.background.iter().chain(&self.sounds.music);
        deps.extend(conformed.map(|source| source.conform().name()));
        deps.sort();
        deps.dedup();
        deps
    }
}

impl Node for CriticNode {
    fn type_name(&self) -> &'static str {
        "critic"
    }

    fn span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    fn place(&self, pointer: &str) -> Option<&Span> {
        let policy = self.policy_span.as_ref().filter(|_| pointer.starts_with("/policy"));
        policy.or(self.span.as_ref())
    }

    fn declaration(&self) -> Value {
        serde_json::json!({
            "name": self.name,
            "render": self.render,
            "composite": self.composite,
            "captions": self.captions,
            "assets": self.assets,
            "background": self.background,
            "sounds": self.sounds,
            "container": self.container,
            "policy": self.policy,
            "review": self.review,
        })
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        let input: RenderInput = deps.read(&self.composite, "render-input")?;
        let film = deps.outputs.get(self.render.as_str()).and_then(|render| render.get("film"));
        let mut plan = Plan::default();
        let mut judged: BTreeMap<String, Input> = BTreeMap::new();
        let mut joints = Vec::new();
        let stretches = film.map(|film| self.stretches(deps, &input, film)).transpose()?;
        for (index, (stretch, media)) in stretches.unwrap_or_default().into_iter().enumerate() {
            joints.push(Joint { first_frame: stretch.range.start, captions: stretch.numbers() });
            plan.actions.push(self.measure(deps, &stretch, media)?);
            let earlier = Input::Earlier { action: index, output: "pixels".to_owned() };
            judged.insert(format!("pixels{index}"), earlier);
        }
        if let Ok(sound) = deps.output(&self.render, "audio") {
            plan.actions.push(listen(sound));
            let action = plan.actions.len() - 1;
            let earlier = Input::Earlier { action, output: "audio".to_owned() };
            judged.insert("audio".to_owned(), earlier);
            if let Some(action) = balance::action(self, deps, &input)? {
                plan.actions.push(action);
                let action = plan.actions.len() - 1;
                let earlier = Input::Earlier { action, output: "balance".to_owned() };
                judged.insert("balance".to_owned(), earlier);
            }
        }
        let compared = film.map(|_| subject::action(self, deps, &input)).transpose()?;
        if let Some(action) = compared.flatten() {
            plan.actions.push(action);
            let action = plan.actions.len() - 1;
            let earlier = Input::Earlier { action, output: "subject".to_owned() };
            judged.insert("subject".to_owned(), earlier);
        }
        for (index, caption) in self.captions.iter().enumerate() {
            let facts = deps.output(caption, "facts")?;
            judged.insert(format!("caption{index}"), Input::Whole(facts.clone()));
        }
        if let Some(film) = film {
            judged.insert("film".to_owned(), Input::Whole(film.clone()));
        }
        let document = deps.output(&self.composite, "render-input")?;
        judged.insert("render-input".to_owned(), Input::Whole(document.clone()));
        let credits = credits::credits(deps, &self.assets)?;
        plan.actions.push(self.judge(joints, credits, judged));
        Ok(plan)
    }

    /// An accepted film is published under its name; a rejected one beside it, and then the last
    /// accepted one stays where it is.
    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let last = done.actions.len().saturating_sub(1);
        let verdict: Verdict = done.read(last, "verdict")?;
        let accepted = verdict.decision == Decision::Accept;
        let path = |name: &str, extension: &str| {
            PathBuf::from(format!("{}{name}.{extension}", render::FOLDER))
        };
        let film = self.container.extension();
        let rejected = format!("{}.rejected", self.name);
        let name = if accepted { &self.name } else { &rejected };
        let document = Output::Blob(done.actions[last]["verdict"]);
        let mut publish =
            vec![Publish { content: document.clone(), path: path(name, "verdict.json") }];
        // None of them is there if the composite could not pass.
        for (output, extension) in [("film", film)].into_iter().chain(render::PICTURES) {
            if let Ok(content) = done.output(&self.render, output) {
                publish.push(Publish { content: content.clone(), path: path(name, extension) });
            }
        }
        if let Some(text) = done.actions[last].get(CREDITS) {
            let content = Output::Blob(*text);
            publish.push(Publish { content, path: path(name, "credits.txt") });
        }
        let pictures = render::PICTURES.map(|(_, extension)| extension);
        let kept = [film, "verdict.json", "credits.txt"].into_iter().chain(pictures);
        let kept = kept.map(|extension| path(&self.name, extension));
        Ok(Finish {
            outputs: BTreeMap::from([("verdict".to_owned(), document)]),
            publish,
            keep: if accepted { Vec::new() } else { kept.collect() },
            accepted: Some(accepted),
            waits: None,
            notes: lines::of_grave(&verdict),
        })
    }
}

/// Whether a composite cannot pass, whatever its film will look like: its captions are too small,
/// too fast, out of place, or an asset may not be shown. Such a composite is not worth rendering.
///
/// # Errors
/// A document that breaks its contract.
pub fn cannot_pass(
    deps: &Deps<'_>,
    input: &RenderInput,
    captions: &[NodeName],
    assets: &[(AssetKind, AssetId)],
    policy: &Policy,
) -> Result<bool, Diagnostic> {
    let facts = captions.iter().map(|caption| deps.read(caption, "facts"));
    let facts: Vec<CaptionFacts> = facts.collect::<Result<_, _>>()?;
    let credits = credits::credits(deps, assets)?;
    let nothing = Digest::of(b"");
    Ok(foresee(nothing, input, &facts, &credits, policy).decision == Decision::Reject)
}

impl CriticNode {
    /// The film's stretches, each with the file that shows it.
    fn stretches<'d>(
        &self,
        deps: &'d Deps<'_>,
        input: &RenderInput,
        film: &'d Output,
    ) -> Result<Vec<(Stretch, &'d Output)>, Diagnostic> {
        if self.container != Container::Mp4 {
            return Ok(vec![(Stretch::new(input, 0..input.frames), film)]);
        }
        timeline::segments(input.frames, input.profile.segment_frames)
            .into_iter()
            .enumerate()
            .map(|(index, range)| {
                let segment = deps.output(&self.render, &format!("segment-{index}"))?;
                Ok((Stretch::new(input, range), segment))
            })
            .collect()
    }

    fn measure(
        &self,
        deps: &Deps<'_>,
        stretch: &Stretch,
        media: &Output,
    ) -> Result<Action, Diagnostic> {
        let mut inputs = BTreeMap::from([("film".to_owned(), Input::Whole(media.clone()))]);
        for (position, number) in stretch.captions.iter().enumerate() {
            let bitmap = deps.output(&self.captions[*number], "bitmap")?;
            inputs.insert(format!("caption{position}"), Input::Whole(bitmap.clone()));
        }
        Ok(Action {
            step: "critic/measure",
            version: pixels::VERSION,
            label: format!("from frame {}", stretch.range.start),
            program: Program::Tool {
                step: measure::STEP.name,
                uses: vec![External::Ffmpeg, External::Ffprobe],
            },
            args: Vec::new(),
            env: BTreeMap::new(),
            params: serde_json::to_value(&stretch.look).expect("a look serialises"),
            inputs,
            outputs: [("pixels".to_owned(), OutputKind::document::<StretchPixels>())].into(),
            bounds: Bounds { wall: Duration::from_secs(1800), ..Bounds::default() },
            retries: 0,
            frames: None,
        })
    }

    fn judge(
        &self,
        joints: Vec<Joint>,
        credits: Vec<Credit>,
        inputs: BTreeMap<String, Input>,
    ) -> Action {
        let verdict = ("verdict".to_owned(), OutputKind::document::<Verdict>());
        let text = (CREDITS.to_owned(), OutputKind::Bytes("text/plain"));
        let said = credits_text(&credits).map(|_| text);
        let (policy, review) = (self.policy.clone(), self.review.clone());
        let params = JudgeParams { policy, joints, credits, review };
        Action {
            step: "critic/judge",
            // Both in one number, since either can change a verdict.
            version: VERSION * 10_000 + RULES_VERSION,
            label: String::new(),
            program: Program::Tool { step: judge::STEP.name, uses: vec![External::Ffprobe] },
            args: Vec::new(),
            env: BTreeMap::new(),
            params: serde_json::to_value(params).expect("params serialise"),
            inputs,
            outputs: std::iter::once(verdict).chain(said).collect(),
            bounds: Bounds::default(),
            retries: 0,
            frames: None,
        }
    }
}

fn listen(sound: &Output) -> Action {
    Action {
        step: "critic/listen",
        version: ears::VERSION,
        label: String::new(),
        program: Program::Tool {
            step: listen::STEP.name,
            uses: vec![External::Ffmpeg, External::Ffprobe],
        },
        args: Vec::new(),
        env: BTreeMap::new(),
        params: Value::Null,
        inputs: [("sound".to_owned(), Input::Whole(sound.clone()))].into(),
        outputs: [("audio".to_owned(), OutputKind::document::<AudioMeasures>())].into(),
        bounds: Bounds::default(),
        retries: 0,
        frames: None,
    }
}
