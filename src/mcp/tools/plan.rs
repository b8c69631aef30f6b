//! `plan`: what a build would run.

use super::told::{few, limit};
use crate::diagnostic::Diagnostic;
use crate::engine::plan::{Fate, Planned, WINDOW, plan};
use crate::mcp::answer::Answer;
use crate::mcp::bound::{LONGEST_TEXT, shorten};
use crate::mcp::page;
use crate::mcp::tool::{Call, Hints, Tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct Plan;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Names of nodes, or globs over them: `render:hello@tiny`, `render:launch/*`. Nothing for
    /// everything.
    targets: Option<Vec<String>>,
    /// List nodes that are up to date too.
    #[serde(default)]
    all: bool,
    /// Nodes of a page, 1 to 200; 50 where nothing is said.
    limit: Option<u32>,
    /// `next` of the page before, of the same plan.
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Nodes in all, on every page together.
    nodes: u64,
    /// How many of them are of which fate.
    by_fate: BTreeMap<&'static str, u64>,
    /// Dependencies first.
    list: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Milliseconds of work, as far as earlier builds tell.
    work_ms: u64,
    /// Actions that a build works on at once.
    slots: u64,
    /// Bytes that it would write.
    bytes: u64,
    /// Bytes that are free where it would write them.
    #[serde(skip_serializing_if = "Option::is_none")]
    free_bytes: Option<u64>,
    /// Nodes of a type that never ran here, of which nobody knows how long they take.
    unknown: u64,
    batches: Vec<Batch>,
    /// Directors whose runs are not over: what they come to is known when what is listed is built.
    directors: Vec<String>,
}

/// One node of a plan.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Line {
    node: String,
    /// `fresh`, `hit` (in the cache), `run`, `depends` (on what another node makes), `broken`.
    fate: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
    /// How long it took when it last ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_ms: Option<u64>,
}

/// A batch, and what is known of its cells.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Batch {
    batch: String,
    cells: u64,
    /// Assets that must be ingested before its cells are known.
    pending: u64,
}

fn line(planned: &Planned) -> Line {
    let (fate, why) = match &planned.fate {
        Fate::Fresh => ("fresh", ""),
        Fate::Hit => ("hit", ""),
        Fate::Run(why) => ("run", why.as_str()),
        Fate::Depends(node) => ("depends", node.as_str()),
        Fate::Broken(problem) => ("broken", problem.as_str()),
    };
    let why = shorten(why, LONGEST_TEXT);
    Line { node: planned.node.clone(), fate, why, last_ms: planned.last_ms }
}

impl Tool for Plan {
    const NAME: &'static str = "plan";
    const TITLE: &'static str = "Plan a build";
    const ABOUT: &'static str = "Tells what a build would run, why, how long it should take and how \
        much disk it needs. Runs nothing. A mistake in the Memefile is shown where it stands.";
    const HINTS: Hints = Hints::LOOKS;
    type Input = Input;
    type Output = Output;

    fn run(call: &Call<'_>, input: Input) -> Result<Answer<Output>, Vec<Diagnostic>> {
        let one = |problem: Diagnostic| vec![problem];
        let targets = few(input.targets)?;
        let limit = limit(input.limit, 50, 200)?;
        let of = targets.join("\n");
        let question = page::question(&["plan", &of, if input.all { "all" } else { "" }]);
        let told = page::told(&question, input.cursor.as_deref()).map_err(one)?;
        let project = call.host.project()?;
        // Only the page is kept: a plan may be larger than the memory.
        let (mut nodes, mut listed, mut list) = (0, 0, Vec::new());
        let mut by_fate: BTreeMap<&'static str, u64> = BTreeMap::new();
        let outlook = plan(&project, &targets, WINDOW, &mut |planned| {
            let line = line(planned);
            nodes += 1;
            *by_fate.entry(line.fate).or_default() += 1;
            if input.all || planned.fate != Fate::Fresh {
                if (told..told.saturating_add(limit)).contains(&listed) {
                    list.push(line);
                }
                listed += 1;
            }
        })?;
        let behind = told + list.len();
        let next = (behind < listed && !list.is_empty()).then(|| page::cursor(&question, behind));
        let batches = outlook.batches.iter().take(limit).map(|growth| Batch {
            batch: growth.batch.clone(),
            cells: growth.cells as u64,
            pending: growth.pending as u64,
        });
        let directors = outlook.directors.iter().take(limit).map(|on| on.director.clone());
        Ok(Output {
            nodes,
            by_fate,
            list,
            next,
            work_ms: outlook.estimate.work_ms,
            slots: call.host.slots as u64,
            bytes: outlook.estimate.bytes,
            free_bytes: project.free_bytes(),
            unknown: outlook.estimate.unknown,
            batches: batches.collect(),
            directors: directors.collect(),
        }
        .into())
    }
}
