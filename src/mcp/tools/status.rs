//! `status`: the build that runs, or one that ended.

use super::told::{Counts, NodeLine, gravest_first, limit};
use crate::contract::event::Status as NodeStatus;
use crate::diagnostic::Diagnostic;
use crate::engine::log;
use crate::engine::project::Project;
use crate::mcp::answer::Answer;
use crate::mcp::page;
use crate::mcp::tool::{Call, Hints, Tool};
use crate::report::fold::Fold;
use crate::report::history::Past;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub struct Status;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The first characters of a build's name. Nothing for the build that runs here, else for the
    /// last one.
    build: Option<String>,
    /// Nodes of a page, 1 to 200; 40 where nothing is said.
    limit: Option<u32>,
    /// `next` of the page before, of the same build.
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    build: Option<String>,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_ms: Option<u64>,
    /// None: everything.
    targets: Vec<String>,
    #[serde(flatten)]
    counts: Counts,
    /// As `memebuild build` exited; absent where it has not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<u8>,
    wall_ms: u64,
    saved_ms: u64,
    /// Nodes that did something, what matters most first.
    results: Vec<NodeLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// How a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing was ever built.
    Never,
    /// This server is building.
    Running,
    /// It was killed, or runs elsewhere.
    Unfinished,
    Cancelled,
    Ended,
}

/// A build, wherever it is told of.
struct Seen {
    state: State,
    build: Option<String>,
    started_ms: Option<u64>,
    targets: Vec<String>,
    fold: Fold,
    exit_code: Option<u8>,
    saved_ms: u64,
}

impl Tool for Status {
    const NAME: &'static str = "status";
    const TITLE: &'static str = "Status of a build";
    const ABOUT: &'static str = "Tells how far the running build is, or what the last build came to: \
        counts, and each node that did something, failures first. `why` tells the cause of one.";
    const HINTS: Hints = Hints::LOOKS;
    type Input = Input;
    type Output = Output;

    fn run(call: &Call<'_>, input: Input) -> Result<Answer<Output>, Vec<Diagnostic>> {
        let one = |problem: Diagnostic| vec![problem];
        let limit = limit(input.limit, 40, 200)?;
        let project = call.host.project()?;
        let seen = match (call.host.building.running(), &input.build) {
            (Some(building), None) => {
                let so = building.so_far();
                Seen {
                    state: State::Running,
                    started_ms: so.build.as_ref().map(|_| so.started_ms),
                    saved_ms: so.fold.saved_ms,
                    build: so.build,
                    targets: so.targets,
                    fold: so.fold,
                    exit_code: None,
                }
            }
            (_, wanted) => past(&project, wanted.as_deref()).map_err(one)?,
        };
        let question = page::question(&["status", seen.build.as_deref().unwrap_or_default()]);
        let did = gravest_first(&seen.fold);
        let did = did.into_iter().filter(|result| result.status != NodeStatus::Fresh);
        let cut = page::cut(did, &question, input.cursor.as_deref(), limit);
        let (results, next) = cut.map_err(one)?;
        Ok(Output {
            state: seen.state,
            counts: Counts::of(&seen.fold),
            wall_ms: seen.fold.wall_ms,
            saved_ms: seen.saved_ms,
            results: results.into_iter().map(NodeLine::of).collect(),
            next,
            build: seen.build,
            started_ms: seen.started_ms,
            targets: seen.targets,
            exit_code: seen.exit_code,
        }
        .into())
    }
}

/// A build that left a log: of that name, or the last.
fn past(project: &Project, wanted: Option<&str>) -> Result<Seen, Diagnostic> {
    let begin = wanted.unwrap_or_default();
    let mut names = log::builds(&project.cache).into_iter().filter(|name| name.starts_with(begin));
    let past = names.find_map(|name| Past::tell(&log::read(&project.cache, &name).ok()?));
    let Some(past) = past else {
        let Some(wanted) = wanted else { return Ok(never()) };
        let message = format!("there is no log of a build `{}`", wanted.escape_debug());
        let hint = "the logs of the last 200 builds are kept; without `build` the last one is told";
        return Err(Diagnostic::usage("no-build", message).hint(hint));
    };
    Ok(Seen {
        state: match past.exit_code {
            None => State::Unfinished,
            Some(_) if past.cancelled => State::Cancelled,
            Some(_) => State::Ended,
        },
        build: Some(past.build),
        started_ms: Some(past.started_ms),
        targets: past.targets,
        fold: past.fold,
        exit_code: past.exit_code,
        saved_ms: past.saved_ms,
    })
}

fn never() -> Seen {
    Seen {
        state: State::Never,
        build: None,
        started_ms: None,
        targets: Vec::new(),
        fold: Fold::default(),
        exit_code: None,
        saved_ms: 0,
    }
}
