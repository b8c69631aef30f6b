//! `director`: what came of choosing, rendering, judging, mending and revising.
//!
//! The attempts are nodes of their own ([`unroll`]); the director's node leaves the film that was
//! accepted under the director's name, and the record of the run beside it.

mod attempt;
mod unroll;

pub use attempt::Attempt;
pub use unroll::expand;

use super::plan::{Action, Bounds, Done, Finish, OutputKind, Plan, Program, Publish};
use super::tool::{Context, Step};
use super::{Deps, Node, Output, render};
use crate::contract;
use crate::contract::director::{DirectorRun, Origin, Outcome};
use crate::diagnostic::{Diagnostic, Span};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Raised when the same run comes to be told otherwise.
const VERSION: u32 = 1;

/// The output that is a [`DirectorRun`].
pub const OUTPUT: &str = "run";

/// `memebuild tool direct`.
pub static STEPS: [Step; 1] = [Step { name: "direct", run }];

/// The end of a director.
#[derive(Debug, Clone)]
pub struct DirectorNode {
    /// Without its type.
    pub name: String,
    /// None while somebody else has to decide first.
    pub run: Option<DirectorRun>,
    /// Profile → extension of its films.
    pub films: BTreeMap<String, String>,
    pub span: Span,
}

impl DirectorNode {
    fn is_accepted(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.outcome == Outcome::Accepted {})
    }

    /// The last attempt, as its nodes are called: `vogue/2@tiktok`.
    fn last(&self, profile: &str) -> String {
        let attempts = self.run.as_ref().map_or(0, |run| run.attempts.len());
        render::name(&unroll::attempt_name(&self.name, attempts), profile)
    }
}

impl Node for DirectorNode {
    fn type_name(&self) -> &'static str {
        "director"
    }

    fn span(&self) -> Option<&Span> {
        Some(&self.span)
    }

    fn declaration(&self) -> Value {
        json!({ "name": self.name, "run": self.run, "films": self.films })
    }

    fn lower(&self, _: &Deps<'_>) -> Result<Plan, Diagnostic> {
        let action = Action {
            step: "director/direct",
            version: VERSION,
            label: String::new(),
            program: Program::Tool { step: STEPS[0].name, uses: Vec::new() },
            args: Vec::new(),
            env: BTreeMap::new(),
            params: serde_json::to_value(&self.run).expect("runs serialise"),
            inputs: BTreeMap::new(),
            outputs: [(OUTPUT.to_owned(), OutputKind::document::<DirectorRun>())].into(),
            bounds: Bounds::default(),
            retries: 0,
            frames: None,
        };
        Ok(Plan { actions: vec![action] })
    }

    /// The accepted film is published under the director's name. Where none is, the last one that
    /// was stays.
    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let document = Output::Blob(done.actions[0][OUTPUT]);
        let path =
            |name: &str, ending: &str| PathBuf::from(format!("{}{name}.{ending}", render::FOLDER));
        let mut finish = Finish {
            publish: vec![Publish {
                content: document.clone(),
                path: path(&self.name, "director.json"),
            }],
            outputs: [(OUTPUT.to_owned(), document)].into(),
            accepted: Some(self.is_accepted()),
            notes: self.run.as_ref().map(told).into_iter().collect(),
            ..Finish::default()
        };
        for (profile, film) in &self.films {
            let name = render::name(&self.name, profile);
            let last = self.last(profile);
            let pictures = render::PICTURES.map(|(output, ending)| ("render", output, ending));
            let judged = [("render", "film", film.as_str()), ("critic", "verdict", "verdict.json")];
            for (node, output, ending) in judged.into_iter().chain(pictures) {
                if !self.is_accepted() {
                    finish.keep.push(path(&name, ending));
                } else if let Ok(content) = done.output(&format!("{node}:{last}"), output) {
                    let content = content.clone();
                    finish.publish.push(Publish { content, path: path(&name, ending) });
                }
            }
            if self.is_accepted() {
                let film = done.output(&format!("render:{last}"), "film")?.clone();
                finish.outputs.insert(format!("film-{profile}"), film);
            }
        }
        Ok(finish)
    }
}

/// One line: how it ended, after what.
fn told(run: &DirectorRun) -> String {
    let asked = run.attempts.iter().filter(|a| matches!(a.origin, Origin::Choice { .. })).count();
    let mended = run.attempts.len() - asked;
    let mut line = format!("{}, after {asked} asked and {mended} mended", run.outcome.told());
    let tokens = run.usage.input_tokens + run.usage.output_tokens;
    if tokens > 0 {
        line += &format!(", {tokens} tokens");
    }
    if run.cost_micros > 0 {
        line += &format!(
            ", {}.{:04} USD",
            run.cost_micros / 1_000_000,
            run.cost_micros % 1_000_000 / 100
        );
    }
    line
}

/// Writes the run that the params are.
fn run(context: &Context) -> Result<(), Diagnostic> {
    let run: DirectorRun = context.params()?;
    context.write(OUTPUT, &contract::write(&run))
}
