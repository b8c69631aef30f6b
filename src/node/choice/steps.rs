//! The steps of a choice: `memebuild tool ask`, `keep` and `choose`.

use super::{OUTPUT, REQUEST};
use crate::chooser::{self, Setting};
use crate::contract::choice::{Chosen, question};
use crate::contract::decision::{Answer, Decision, Request, Usage};
use crate::contract::{self, Contract};
use crate::diagnostic::Diagnostic;
use crate::node::tool::{Context, Step};
use serde::{Deserialize, Serialize};
use std::path::Path;

pub static STEPS: [Step; 3] = [
    Step { name: "ask", run: ask },
    Step { name: "keep", run: keep },
    Step { name: CHOOSE, run: choose },
];

/// The name of the step that decides, or has somebody decide.
pub const CHOOSE: &str = "choose";

/// Raised when the same request comes to mean another question.
pub const VERSION: u32 = 1;

/// Inputs of `choose`: what a script plays, and what a program decided.
pub const TRAJECTORY: &str = "trajectory";
pub const DECISION: &str = "decision";

/// The variable that tells what came of the question already, as JSON.
pub const PIN: &str = "MEMEBUILD_PIN";

/// The variable that tells how a model is reached, as JSON.
pub const REACH: &str = "MEMEBUILD_REACH";

/// Times that a model may be asked until it decides.
pub const EXCHANGES: u32 = chooser::EXCHANGES;

/// Whom to ask.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChooseParams {
    pub setting: Setting,
    pub draw: u32,
}

/// Writes the request that the params are.
fn ask(context: &Context) -> Result<(), Diagnostic> {
    let request: Request = context.params()?;
    request.check().map_err(|why| Diagnostic::error("contract-break", why))?;
    context.write(REQUEST, &contract::write(&request))
}

/// Writes the choice that the params are.
fn keep(context: &Context) -> Result<(), Diagnostic> {
    let chosen: Chosen = context.params()?;
    context.write(OUTPUT, &contract::write(&chosen))
}

fn choose(context: &Context) -> Result<(), Diagnostic> {
    let ChooseParams { setting, draw } = context.params()?;
    let request: Request = read(context.input(REQUEST)?)?;
    let pinned =
        std::env::var(PIN).ok().and_then(|told| serde_json::from_str::<Chosen>(&told).ok());
    if let Some(pinned) = pinned {
        return context.write(OUTPUT, &contract::write(&pinned));
    }
    let answer = match context.inputs.get(DECISION) {
        Some(path) => decided(path, &request)?,
        None => {
            let trajectory = context.inputs.get(TRAJECTORY).map(|path| bytes(path)).transpose()?;
            let reach = std::env::var(REACH).ok();
            let reach = reach.and_then(|told| serde_json::from_str(&told).ok());
            let chooser = chooser::chooser(&setting, trajectory.as_deref(), reach.as_ref())?;
            chooser.choose(&request)?
        }
    };
    let setting = serde_json::to_value(&setting).expect("settings serialise");
    let chosen = Chosen { question: question(&request, &setting, draw), answer };
    context.write(OUTPUT, &contract::write(&chosen))
}

/// What a program decided.
fn decided(path: &Path, request: &Request) -> Result<Answer, Diagnostic> {
    let raw = bytes(path)?;
    let decision: Decision =
        contract::read(&raw).map_err(|e| Diagnostic::error("chooser-malformed", e.to_string()))?;
    decision.answers(request).map_err(|why| {
        Diagnostic::error(
            "chooser-malformed",
            format!("what the program decided is no answer: {why}"),
        )
    })?;
    Ok(Answer {
        chooser: "command".to_owned(),
        model: None,
        decision,
        usage: Usage { calls: 1, ..Usage::default() },
        response: Some(blake3::hash(&raw).to_hex().to_string()),
    })
}

fn bytes(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    std::fs::read(path).map_err(|e| Diagnostic::error("io", format!("cannot read an input: {e}")))
}

fn read<T: Contract>(path: &Path) -> Result<T, Diagnostic> {
    contract::read(&bytes(path)?).map_err(|e| Diagnostic::error("contract-break", e.to_string()))
}
