//! What `memebuild choice` tells of choices to programs.

use super::Contract;
use super::decision::{Answer, Decision, Request};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a choice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChoiceState {
    /// For somebody to choose by hand.
    Waits,
    Chosen,
    /// No build has come so far.
    NotAsked,
}

impl ChoiceState {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Chosen => "chosen",
            Self::NotAsked => "not asked",
        }
    }
}

/// The choices of a Memefile, as far as builds know of them: `choice ls`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChoiceList {
    pub choices: Vec<ListedChoice>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListedChoice {
    /// Without its type: `place`, and `show/2` for a director's second turn.
    pub name: String,
    /// `rules`, `script`, `command`, `openai`, `anthropic`, `host`.
    pub chooser: String,
    pub state: ChoiceState,
    /// What was chosen last, also where it waits for another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

impl Contract for ChoiceList {
    const NAME: &'static str = "choice-list";
    const VERSION: u32 = 1;
}

/// One choice with its question and its answer: `choice show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShownChoice {
    /// Without its type.
    pub name: String,
    /// `rules`, `script`, `command`, `openai`, `anthropic`, `host`.
    pub chooser: String,
    pub state: ChoiceState,
    /// What was asked last; none where nothing was yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// What was chosen last, also where it waits for another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

impl Contract for ShownChoice {
    const NAME: &'static str = "choice-shown";
    const VERSION: u32 = 1;

    fn check(&self) -> Result<(), String> {
        self.request.as_ref().map_or(Ok(()), Contract::check)
    }
}
