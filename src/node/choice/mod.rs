//! `choice`: the one step that need not come out the same twice, made to.
//!
//! What a chooser is shown is a document: the brief, and of each slot the best candidates that a search
//! found. Its bytes, with what of the chooser's setting can change an answer, name the question. An
//! answer is checked against the document, recorded under that question, and pinned in `Memefile.lock`.
//!
//! ```text
//! ask ─▶ request ─▶ pinned, and it still answers? ── yes ─▶ that is the choice
//!                        │ no
//!                        ├─▶ rules, script, model: choose ─▶ choice
//!                        ├─▶ program: run, choose ─────────▶ choice
//!                        └─▶ host: wait
//! ```
//!
//! A pin that answers a question which has changed is kept (*soft*), and a note says so; a pin that
//! does not is asked anew.

mod expand;
mod steps;

pub use expand::{Asked, add, expand, filled, roles};
pub use steps::STEPS;

use super::asset::METADATA;
use super::assets::node_name;
use super::declare::chooser::Chooser;
use super::known::Asking;
use super::plan::{Action, Bounds, Done, Finish, Input, OutputKind, Plan, Program};
use super::{Deps, Node, Output};
use crate::chooser::{KeySource, Setting};
use crate::contract::asset::{AssetId, AssetKind, SeedAsset};
use crate::contract::choice::{ChoicePin, Chosen, question};
use crate::contract::decision::{Candidate, Captions, Decision, Request, Slot, Turn};
use crate::diagnostic::{Diagnostic, Span};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use steps::{ChooseParams, VERSION};

/// The part before the colon of its nodes' names.
pub const TYPE: &str = "choice";

/// The output that is a [`Chosen`].
pub const OUTPUT: &str = "choice";

/// The output that is a [`Request`].
pub const REQUEST: &str = "request";

/// What may fill a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidates {
    pub kind: AssetKind,
    /// Sorted, each once.
    pub ids: Vec<AssetId>,
    /// So many of the best of them are shown.
    pub shown: usize,
}

/// One choice, or one turn of a director's.
#[derive(Debug, Clone)]
pub struct ChoiceNode {
    /// Without its type.
    pub name: String,
    pub brief: String,
    /// By the name of the slot.
    pub slots: BTreeMap<String, Candidates>,
    pub captions: Captions,
    pub turn: u32,
    /// What came of the turn before.
    pub last: Option<Turn>,
    pub chooser: Chooser,
    pub pin: ChoicePin,
    pub asking: Asking,
    /// Whether a director tells what became of it.
    pub is_told: bool,
    pub span: Span,
}

impl ChoiceNode {
    /// What the chooser is shown: of those candidates that could be ingested, the best of each slot.
    fn request(&self, deps: &Deps<'_>) -> Result<Request, Diagnostic> {
        let slot = |slot: &Candidates| -> Result<Slot, Diagnostic> {
            let mut assets = Vec::new();
            for id in &slot.ids {
                let node = node_name(slot.kind, id);
                if deps.outputs.contains_key(node.as_str()) {
                    assets.push(deps.read::<SeedAsset>(&node, METADATA)?);
                }
            }
            assets.sort_by(|a, b| (b.quality.score, &a.id).cmp(&(a.quality.score, &b.id)));
            let candidates = assets.iter().take(slot.shown).map(Candidate::of).collect();
            Ok(Slot { kind: slot.kind, candidates })
        };
        let slots =
            self.slots.iter().map(|(name, candidates)| Ok((name.clone(), slot(candidates)?)));
        Ok(Request {
            brief: self.brief.clone(),
            slots: slots.collect::<Result<_, Diagnostic>>()?,
            captions: self.captions.clone(),
            turn: self.turn,
            last: self.last.clone(),
        })
    }

    fn setting(&self) -> Value {
        serde_json::to_value(&self.chooser.setting).expect("settings serialise")
    }

    /// Whether the setting asks over a network.
    fn is_remote(&self) -> bool {
        matches!(self.chooser.setting, Setting::Openai(_) | Setting::Anthropic(_))
    }

    /// That nobody may be asked.
    fn refusal(&self) -> Option<Diagnostic> {
        let name = &self.name;
        let (code, why, hint) = match self.asking {
            Asking { locked: true, .. } => (
                "locked",
                "Memefile.lock pins no answer to what it asks",
                "build once without `--locked`",
            ),
            Asking { offline: true, .. } if self.is_remote() => {
                ("offline", "its chooser is asked over a network", "build once without `--offline`")
            }
            _ => return None,
        };
        let problem = Diagnostic::error(code, format!("`choice:{name}` would have to be asked"));
        Some(problem.label(&self.span, why).hint(hint))
    }

    /// Adds the actions that decide. What is pinned is no part of their keys: it is what they came to.
    fn choose(
        &self,
        deps: &Deps<'_>,
        pin: Option<&Chosen>,
        plan: &mut Plan,
    ) -> Result<(), Diagnostic> {
        let earlier = |action, output: &str| Input::Earlier { action, output: output.to_owned() };
        let mut inputs = BTreeMap::from([(REQUEST.to_owned(), earlier(0, REQUEST))]);
        if let Some(trajectory) = &self.chooser.trajectory {
            let file = deps.file(&PathBuf::from(&trajectory.value))?;
            inputs.insert(steps::TRAJECTORY.to_owned(), Input::Whole(file));
        }
        if let Some((program, args)) = &self.chooser.program {
            let mut words = Vec::with_capacity(args.len());
            for argument in args {
                argument.expand(1, 1, &mut words).map_err(|why| {
                    Diagnostic::usage("no-such-input", why)
                        .label(&self.span, "asked by this choice")
                })?;
            }
            let run = Action {
                program: Program::User(program.value.clone()),
                args: words,
                inputs: [("0".to_owned(), earlier(0, REQUEST))].into(),
                outputs: [("0".to_owned(), OutputKind::document::<Decision>())].into(),
                ..action("choice/run", Value::Null)
            };
            plan.actions.push(run);
            inputs.insert(steps::DECISION.to_owned(), earlier(1, "0"));
        }
        let params = ChooseParams { setting: self.chooser.setting.clone(), draw: self.pin.draw };
        let params = serde_json::to_value(params).expect("params serialise");
        let outputs = [(OUTPUT.to_owned(), OutputKind::document::<Chosen>())].into();
        let mut choose = Action { inputs, outputs, ..action("choice/choose", params) };
        let mut told = BTreeMap::new();
        let mut secret = None;
        if let Some(pin) = pin {
            let pin = serde_json::to_string(pin).expect("choices serialise");
            told.insert(steps::PIN.to_owned(), pin);
        } else if let Some(reach) = &self.chooser.reach {
            let text = serde_json::to_string(reach).expect("a reach serialises");
            told.insert(steps::REACH.to_owned(), text);
            if let Some(KeySource::Env(name)) = &reach.key {
                secret = Some(name.clone());
            }
            // Every exchange may take all of the patience.
            let patience = Duration::from_millis(reach.patience_ms);
            choose.bounds.wall = patience * steps::EXCHANGES + Duration::from_secs(30);
        }
        choose.program = Program::Asking { step: steps::CHOOSE, reach: told, secret };
        plan.actions.push(choose);
        Ok(())
    }
}

/// An action of a choice: `memebuild tool STEP` without inputs, which the caller makes what it is.
fn action(step: &'static str, params: Value) -> Action {
    let (_, tool) = step.split_once('/').unwrap_or(("", step));
    Action {
        step,
        version: VERSION,
        label: String::new(),
        program: Program::Tool { step: tool, uses: Vec::new() },
        args: Vec::new(),
        env: BTreeMap::new(),
        params,
        inputs: BTreeMap::new(),
        outputs: BTreeMap::new(),
        bounds: Bounds::default(),
        retries: 0,
        frames: None,
    }
}

impl Node for ChoiceNode {
    fn type_name(&self) -> &'static str {
        TYPE
    }

    fn span(&self) -> Option<&Span> {
        Some(&self.span)
    }

    fn declaration(&self) -> Value {
        let program = self.chooser.program.as_ref().map(|(program, _)| &program.value);
        json!({
            "brief": self.brief,
            "slots": self.slots,
            "captions": self.captions,
            "turn": self.turn,
            "last": self.last,
            "setting": self.setting(),
            "trajectory": self.chooser.trajectory.as_ref().map(|file| &file.value),
            "program": program,
            "pin": self.pin,
        })
    }

    fn files(&self) -> Vec<PathBuf> {
        self.chooser.trajectory.iter().map(|file| PathBuf::from(&file.value)).collect()
    }

    fn programs(&self) -> Vec<String> {
        self.chooser.program.iter().map(|(program, _)| program.value.clone()).collect()
    }

    /// A candidate that cannot be ingested is not shown, and that is all.
    fn needs_every_dependency(&self) -> bool {
        false
    }

    fn failure_is_told(&self) -> bool {
        self.is_told
    }

    fn seam(&self) -> Option<&str> {
        Some("decision")
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        let request = self.request(deps)?;
        if let Some((name, _)) = request.slots.iter().find(|(_, slot)| slot.candidates.is_empty()) {
            let message = format!("nothing is left to choose from for `{name}`");
            return Err(Diagnostic::error("no-candidate", message)
                .label(&self.span, "in this choice")
                .hint("widen the slot's query; `memebuild search` shows what a query finds"));
        }
        let params = serde_json::to_value(&request).expect("requests serialise");
        let outputs = [(REQUEST.to_owned(), OutputKind::document::<Request>())].into();
        let mut plan = Plan { actions: vec![Action { outputs, ..action("choice/ask", params) }] };
        let question = question(&request, &self.setting(), self.pin.draw);
        let pinned = self.pin.chosen.as_ref();
        // A program would be run in vain, and a host has no step of its own.
        let outside = matches!(self.chooser.setting, Setting::Command { .. } | Setting::Host);
        let exact = pinned.filter(|chosen| chosen.question == question);
        let soft = pinned.filter(|chosen| chosen.answer.decision.answers(&request).is_ok());
        if let (Some(pin), false) = (exact, outside) {
            self.choose(deps, Some(pin), &mut plan)?;
        } else if let Some(chosen) = soft {
            let params = serde_json::to_value(chosen).expect("choices serialise");
            let outputs = [(OUTPUT.to_owned(), OutputKind::document::<Chosen>())].into();
            plan.actions.push(Action { outputs, ..action("choice/keep", params) });
        } else if self.chooser.setting != Setting::Host {
            if let Some(refusal) = self.refusal() {
                return Err(refusal);
            }
            self.choose(deps, None, &mut plan)?;
        }
        Ok(plan)
    }

    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let request = Output::Blob(done.actions[0][REQUEST]);
        let mut finish =
            Finish { outputs: [(REQUEST.to_owned(), request)].into(), ..Finish::default() };
        let last = done.actions.len() - 1;
        let Some(chosen) = done.actions[last].get(OUTPUT) else {
            let name = &self.name;
            finish.waits = Some(format!("somebody has to choose: `memebuild choice show {name}`"));
            return Ok(finish);
        };
        finish.outputs.insert(OUTPUT.to_owned(), Output::Blob(*chosen));
        let chosen: Chosen = done.read(last, OUTPUT)?;
        finish.notes.push(described(&chosen));
        let asked: Request = done.read(0, REQUEST)?;
        if chosen.question != question(&asked, &self.setting(), self.pin.draw) {
            let name = &self.name;
            finish.notes.push(format!(
                "stale: what it was shown has changed since; `memebuild choice update {name}` asks anew"
            ));
        }
        Ok(finish)
    }
}

/// One line: who picked what.
fn described(chosen: &Chosen) -> String {
    let answer = &chosen.answer;
    let who = answer.model.as_ref().map_or(String::new(), |model| format!(" {model}"));
    format!("{}{who} chose {}", answer.chooser, answer.decision.told())
}
