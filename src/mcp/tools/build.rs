//! `build`: builds, tells how far it is, and says what waits for a choice.

use super::choice_pending::{Pending, waiting};
use super::told::{Counts, NodeLine, few, gravest_first};
use crate::contract::event::Event;
use crate::diagnostic::{Diagnostic, Exit, Level};
use crate::engine::request::{BuildEnd, Request, build_project};
use crate::mcp::answer::{Answer, Problem};
use crate::mcp::building::So;
use crate::mcp::resources::{self, Link};
use crate::mcp::tool::{Call, Hints, Tool};
use crate::node::known::Asking;
use crate::report::fold::Fold;
use crate::source::Mode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub struct Build;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Names of nodes, or globs over them: `render:hello@tiny`, `render:launch/*`. Nothing for
    /// everything.
    targets: Option<Vec<String>>,
    /// Stop at the first failure, in place of going on with what does not need it.
    #[serde(default)]
    fail_fast: bool,
    /// Ask nobody over a network: use what is pinned and here.
    #[serde(default)]
    offline: bool,
    /// Use what `Memefile.lock` pins; that it would have to change is an error.
    #[serde(default)]
    locked: bool,
    /// Sources to make stand-ins for, whatever they declare.
    #[serde(default)]
    mock: Vec<String>,
    /// Refuse what descends from a stand-in.
    #[serde(default)]
    release: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    outcome: Outcome,
    /// As `memebuild build` would exit.
    exit_code: u8,
    /// The name of its log, for `status` and `why`.
    #[serde(skip_serializing_if = "Option::is_none")]
    build: Option<String>,
    #[serde(flatten)]
    counts: Counts,
    wall_ms: u64,
    /// Time that the cache saved.
    saved_ms: u64,
    /// Nodes, what matters most first: failures, choices, verdicts.
    results: Vec<NodeLine>,
    /// Nodes that are not told of here; `status` has them.
    more: u64,
    /// Choices that wait for somebody: answer each by `choice_submit`, then build again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs_choice: Vec<Pending>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Problem>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Problem>,
}

/// What a build came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All of it is built, and the critic accepted all films.
    Accepted,
    /// The critic rejected a film: `critic_report` says why.
    Rejected,
    NeedsChoice,
    Failed,
    Cancelled,
}

impl Outcome {
    fn of(exit: Exit) -> Self {
        match exit {
            Exit::Ok => Self::Accepted,
            Exit::Rejected => Self::Rejected,
            Exit::Waiting => Self::NeedsChoice,
            Exit::Cancelled(_) => Self::Cancelled,
            Exit::Bug | Exit::Usage | Exit::Failed | Exit::Broken => Self::Failed,
        }
    }
}

/// Nodes of one answer, failures, and films that are linked to.
const MOST_RESULTS: usize = 40;
const MOST_FAILURES: usize = 20;
const MOST_FILMS: usize = 10;

impl Tool for Build {
    const NAME: &'static str = "build";
    const TITLE: &'static str = "Build";
    const ABOUT: &'static str = "Brings everything, or the targets, up to date: ingests, renders, \
        and lets the critic judge each film. Tells its progress, and can be cancelled. Where \
        `outcome` is `needs_choice`, pick among the candidates by `choice_submit` and build again.";
    // What it replaces comes back from the cache; it runs the Memefile's own commands and fetches
    // its sources.
    const HINTS: Hints =
        Hints { read_only: false, destructive: false, idempotent: true, open_world: true };
    const LONG: bool = true;
    type Input = Input;
    type Output = Output;

    fn run(call: &Call<'_>, input: Input) -> Result<Answer<Output>, Vec<Diagnostic>> {
        let targets = few(input.targets)?;
        let place = call.host.building.take().map_err(|problem| vec![problem])?;
        let mut project = call.host.project()?;
        project.mocked = few(Some(input.mock))?.into_iter().collect();
        project.asking = Asking { locked: input.locked, offline: input.offline };
        let request = Request {
            targets,
            slots: call.host.slots,
            keep_going: !input.fail_fast,
            // Whoever asks wants to know of which films.
            may_be_brief: false,
            recheck_milli: 0,
            limit: None,
            sources: Mode { offline: input.offline, locked: input.locked, update: false },
            release: input.release,
            strict: false,
            reads: false,
        };
        let mut emit = |event: &Event| {
            if let Some(progress) = place.building.see(event) {
                (call.hears)(progress);
            }
        };
        let mut waits = || (call.hears)(place.building.waits());
        let end = build_project(&project, &request, call.cancel, &mut emit, &mut waits)?;
        let so = place.building.so_far();
        let needs_choice = match end.exit {
            Exit::Waiting => waiting(&project)?,
            _ => Vec::new(),
        };
        let links = films(&project.root, &so.fold);
        let document = told(so, &end, needs_choice);
        let failed = document.outcome == Outcome::Failed;
        Ok(Answer { document, links, failed })
    }
}

fn told(so: So, end: &BuildEnd, needs_choice: Vec<Pending>) -> Output {
    let graven = gravest_first(&so.fold);
    let results: Vec<NodeLine> =
        graven.iter().take(MOST_RESULTS).map(|result| NodeLine::of(result)).collect();
    let problems = |all: &[Diagnostic], level: Level| -> Vec<Problem> {
        let own = all.iter().filter(|problem| problem.level == level);
        own.take(MOST_FAILURES).map(Problem::of).collect()
    };
    Output {
        outcome: Outcome::of(end.exit),
        exit_code: end.exit.code(),
        more: (graven.len() - results.len()) as u64,
        counts: Counts::of(&so.fold),
        wall_ms: so.fold.wall_ms,
        saved_ms: so.fold.saved_ms,
        results,
        needs_choice,
        failures: problems(&end.failures, Level::Error),
        warnings: problems(&end.warnings, Level::Warning),
        build: so.build,
    }
}

/// Links to what lies of the films that were judged: rejected ones first, as they are told.
fn films(root: &std::path::Path, fold: &Fold) -> Vec<Link> {
    let judged = gravest_first(fold).into_iter().filter_map(|result| {
        let name = result.node.strip_prefix("critic:")?;
        Some(match result.accepted? {
            true => name.to_owned(),
            false => format!("{name}.rejected"),
        })
    });
    judged.take(MOST_FILMS).flat_map(|name| resources::of_render(root, &name)).collect()
}
