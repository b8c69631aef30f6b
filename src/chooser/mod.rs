//! Who decides: the one step that need not come out the same twice.
//!
//! A chooser gets a [`Request`](crate::contract::decision::Request) and gives an
//! [`Answer`](crate::contract::decision::Answer). Everything around it is deterministic: the request
//! is made of a search, the answer is checked against the request, recorded under the request's
//! bytes and pinned. Whoever answers, be it a rule, a recorded trajectory or a model, is behind one
//! trait, and a new one is a file here and a line in [`Setting`]. Two decide outside: a program of the
//! user's, which is run like any other command, and whoever builds.
//!
//! ```text
//! Request ─▶ rules | script ─────────────────────────▶ Answer
//!         ─▶ prompt ─▶ openai | anthropic ─▶ reading ─▶ Answer
//!                 ▲         http                 │
//!                 └──── what was wrong with it ◀─┘   a few times, then it is a failure
//! ```
//!
//! What a model says is never trusted: it may name what it was shown, and nothing else comes of it.
//! Refusals and answers that were cut off are failures, so that they are never recorded.

mod anthropic;
mod conversation;
mod http;
mod openai;
mod prompt;
mod rules;
mod script;
mod setting;

pub use conversation::EXCHANGES;
pub use setting::{AnswerBy, KeySource, Model, Reach, Setting};

use crate::contract::decision::{Answer, Request};
use crate::diagnostic::{Diagnostic, Exit};

/// Decides.
pub trait Chooser {
    /// # Errors
    /// `chooser-refused`, `chooser-truncated`, `chooser-malformed`, `chooser-limited`,
    /// `chooser-unreachable`, `chooser-key`, `script-ended`.
    fn choose(&self, request: &Request) -> Result<Answer, Diagnostic>;
}

/// The chooser of a setting. `trajectory` is what a script plays; `reach` is how a model is reached.
///
/// # Errors
/// A trajectory that breaks its contract; a key that is not where it should be.
pub fn chooser(
    setting: &Setting,
    trajectory: Option<&[u8]>,
    reach: Option<&Reach>,
) -> Result<Box<dyn Chooser>, Diagnostic> {
    Ok(match setting {
        Setting::Rules => Box::new(rules::Rules),
        Setting::Command { .. } | Setting::Host => {
            let message = format!("chooser `{}` decides outside of memebuild", setting.name());
            return Err(Diagnostic::error("bug", message).exit(Exit::Bug));
        }
        Setting::Script => Box::new(script::Script::read(trajectory.unwrap_or_default())?),
        Setting::Openai(model) => Box::new(conversation::Conversation {
            dialect: openai::OpenAi,
            model: model.clone(),
            line: http::Line::open(reach)?,
        }),
        Setting::Anthropic(model) => Box::new(conversation::Conversation {
            dialect: anthropic::Anthropic,
            model: model.clone(),
            line: http::Line::open(reach)?,
        }),
    })
}
