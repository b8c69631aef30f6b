//! Which chooser, and how it is set: what of that can change its answer, and what cannot.

use crate::contract::decision::HOST;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What of a chooser can change its answer: part of the key of every question it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Setting {
    /// The first of each search.
    Rules,
    /// What was written down: a [`Trajectory`](crate::contract::decision::Trajectory), which is an
    /// input of its own.
    Script,
    /// A program of the user's, and its arguments.
    Command { run: Vec<String> },
    /// Whoever builds, or a client of theirs.
    Host,
    /// An endpoint that speaks as OpenAI's chat completions do.
    Openai(Model),
    /// Anthropic's messages.
    Anthropic(Model),
}

impl Setting {
    /// As in [`Answer::chooser`](crate::contract::decision::Answer::chooser).
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Script => "script",
            Self::Command { .. } => "command",
            Self::Host => HOST,
            Self::Openai(_) => "openai",
            Self::Anthropic(_) => "anthropic",
        }
    }
}

/// A model, and how it is sampled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Model {
    pub model: String,
    /// Thousandths; the endpoint's own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_milli: Option<u32>,
    /// Most tokens of an answer.
    pub max_tokens: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    pub answer_by: AnswerBy,
}

/// How a model is made to answer in the shape of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerBy {
    /// It calls a tool whose argument is the decision.
    #[default]
    Tool,
    /// Its text is held to the decision's schema.
    Schema,
}

/// How a model is reached. No part of a key: the same model elsewhere gives the same answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reach {
    /// The address below which the endpoint lies: `https://api.example/v1`.
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeySource>,
    /// Patience with one question, tries and waits together.
    pub patience_ms: u64,
}

/// Where the key is. The key itself is never written anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeySource {
    /// The name of an environment variable.
    Env(String),
    /// A file that holds nothing else.
    File(PathBuf),
}
