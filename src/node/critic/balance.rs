//! `memebuild tool balance`: the clip's own sound against the music, where a film has both.

use super::CriticNode;
use crate::contract;
use crate::contract::fact::SoundBalance;
use crate::contract::render_input::RenderInput;
use crate::diagnostic::Diagnostic;
use crate::media::balance;
use crate::media::mix::Score;
use crate::node::Deps;
use crate::node::plan::{Action, Bounds, External, OutputKind, Program};
use crate::node::tool::{Context, Step};
use std::collections::BTreeMap;
use std::path::Path;

pub const STEP: Step = Step { name: "balance", run };

/// Measures the sounds of the score in the params to `balance`.
fn run(context: &Context) -> Result<(), Diagnostic> {
    let score: Score = context.params()?;
    let sounds = score.parts.iter().map(|(name, _)| context.input(name));
    let sounds: Vec<&Path> = sounds.collect::<Result<_, _>>()?;
    context.write("balance", &contract::write(&balance::measure(&score, &sounds)?))
}

/// The action that measures; none where the clip's own sound or music is missing, which costs
/// nothing then. It is keyed by what is heard and neither by loudness nor by encoder, so that
/// profiles share it.
pub(super) fn action(
    node: &CriticNode,
    deps: &Deps<'_>,
    input: &RenderInput,
) -> Result<Option<Action>, Diagnostic> {
    let Some(score) = Score::of_speech(input) else { return Ok(None) };
    let inputs = node.sounds.inputs(deps, score.parts.iter().map(|(name, _)| name.as_str()))?;
    Ok(Some(Action {
        step: "critic/balance",
        version: balance::VERSION,
        label: String::new(),
        program: Program::Tool { step: STEP.name, uses: vec![External::Ffmpeg] },
        args: Vec::new(),
        env: BTreeMap::new(),
        params: serde_json::to_value(score).expect("a score serialises"),
        inputs,
        outputs: [("balance".to_owned(), OutputKind::document::<SoundBalance>())].into(),
        bounds: Bounds::default(),
        retries: 0,
        frames: None,
    }))
}
