//! `choice_submit`: decides.

use crate::contract::asset::AssetId;
use crate::contract::decision::Decision;
use crate::diagnostic::Diagnostic;
use crate::engine::choices;
use crate::mcp::answer::Answer;
use crate::mcp::tool::{Call, Hints, Tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct ChoiceSubmit;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Which choice, as `choice_pending` names it.
    choice: String,
    /// Name of each slot → the id of one of its candidates.
    #[serde(default)]
    picks: BTreeMap<String, AssetId>,
    /// As many texts as the request has drafts, none longer than it says.
    #[serde(default)]
    captions: Vec<String>,
    /// Why, for people. Changes nothing.
    reason: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    choice: String,
    /// What is pinned in `Memefile.lock` now.
    decision: Decision,
}

impl Tool for ChoiceSubmit {
    const NAME: &'static str = "choice_submit";
    const TITLE: &'static str = "Choose";
    const ABOUT: &'static str = "Decides a choice: checks the decision against what was asked, and \
        pins it in Memefile.lock. Only candidates that were shown can be picked. Then `build` goes \
        on. Replaces an earlier decision of the same choice.";
    // The decision that was pinned before is gone.
    const HINTS: Hints =
        Hints { read_only: false, destructive: true, idempotent: true, open_world: false };
    type Input = Input;
    type Output = Output;

    fn run(call: &Call<'_>, input: Input) -> Result<Answer<Output>, Vec<Diagnostic>> {
        // It would have to wait until the build is over.
        call.host.building.free().map_err(|problem| vec![problem])?;
        let project = call.host.project()?;
        let Input { choice, picks, captions, reason } = input;
        let decision = Decision { picks, captions, reason };
        choices::submit(&project, &choice, decision.clone(), Some(call.cancel), &mut || ())?;
        Ok(Output { choice, decision }.into())
    }
}
