//! `memebuild cache gc`: let go of what is worth least.

use crate::cli::shared::{Globals, say, say_json, talk};
use crate::contract::digest::Digest;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::cache::{Limit, collect, declared_limit};
use crate::engine::project::Project;
use crate::engine::survey::Survey;
use crate::report::table::Table;
use crate::report::text::{bytes, duration, shown};
use crate::store::collect::{Collected, Gone};
use clap::Args;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Args)]
pub struct Arguments {
    /// How much may stay, instead of what the Memefile says: `10GB`
    #[arg(long, value_name = "SIZE")]
    max_size: Option<Limit>,
    /// Say what would go, and let nothing go
    #[arg(long)]
    dry_run: bool,
}

pub fn run(globals: &Globals, project: &Project, arguments: &Arguments) -> Exit {
    match try_run(globals, project, arguments) {
        Ok(exit) => exit,
        Err(problems) => globals.complain(&problems),
    }
}

fn try_run(
    globals: &Globals,
    project: &Project,
    arguments: &Arguments,
) -> Result<Exit, Vec<Diagnostic>> {
    let Some(max_bytes) = declared_limit(project, arguments.max_size)? else {
        let problem = Diagnostic::usage("no-limit", "the cache has no limit".to_owned())
            .hint("say how much may stay: `memebuild cache gc --max-size 10GB`")
            .hint("or for every build: `max-size = \"10 GB\"` in `[cache]`");
        return Err(vec![problem]);
    };
    let survey = Survey::of(project).map_err(|problem| vec![problem])?;
    let mut waiting = || talk("     waiting for another memebuild in this project to end");
    let collected = collect(project, max_bytes, arguments.dry_run, &mut waiting)
        .map_err(|problem| vec![problem])?;
    if globals.json() {
        say_json(&document(&collected, max_bytes, arguments.dry_run));
    } else {
        say(&text(&collected, &survey, max_bytes, arguments.dry_run));
    }
    Ok(Exit::Ok)
}

/// Why nothing goes that could.
const BUSY: &str =
    "nothing goes while another project that shares the cache builds; try again then";

fn document(collected: &Collected, max_bytes: u64, dry_run: bool) -> serde_json::Value {
    let let_go: Vec<_> = collected
        .let_go
        .iter()
        .map(|gone| {
            let (kind, name) = match gone.gone {
                Gone::Blob(digest) => ("blob", digest.to_string()),
                Gone::Result(key) => ("result", key.to_string()),
            };
            json!({ kind: name, "bytes": gone.bytes, "wall_ms": gone.cost_ms })
        })
        .collect();
    json!({
        "schemaVersion": 1,
        "dry_run": dry_run,
        "max_bytes": max_bytes,
        "before_bytes": collected.before_bytes,
        "after_bytes": collected.after_bytes,
        "busy": collected.busy,
        "let_go": let_go,
    })
}

fn text(collected: &Collected, survey: &Survey, max_bytes: u64, dry_run: bool) -> String {
    let mut steps: HashMap<&Digest, &str> = HashMap::new();
    for kept in &survey.kept {
        let step = kept.result.manifest.step.as_str();
        steps.extend(kept.result.outputs.values().map(|digest| (digest, step)));
    }
    let mut rows: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    for gone in &collected.let_go {
        let step = match &gone.gone {
            Gone::Blob(digest) => steps.get(digest).copied().unwrap_or("of no known step"),
            Gone::Result(_) => "results",
        };
        let row = rows.entry(step).or_default();
        *row = (row.0 + 1, row.1 + gone.bytes, row.2 + gone.cost_ms);
    }
    let mut table = Table::new(&["STEP", ">FILES", ">SIZE", ">TIME TO MAKE AGAIN"]);
    for (step, (count, size, cost_ms)) in &rows {
        table.row(vec![shown(step), count.to_string(), bytes(*size), duration(*cost_ms)]);
    }
    let (before, after) = (bytes(collected.before_bytes), bytes(collected.after_bytes));
    let cap = bytes(max_bytes);
    if table.is_empty() {
        let over = collected.after_bytes > max_bytes;
        let why = match (over, collected.busy) {
            (true, true) => BUSY,
            (true, false) => "what is over it is pinned",
            (false, _) => "nothing has to go",
        };
        return format!("the cache holds {before}, its limit is {cap}: {why}\n");
    }
    let verb = if dry_run { "would go down" } else { "went down" };
    let over = match (collected.after_bytes > max_bytes, collected.busy) {
        (true, true) => format!(", and {BUSY}"),
        (true, false) => ", and what is over it is pinned".to_owned(),
        (false, _) => String::new(),
    };
    format!("{table}\nthe cache {verb} from {before} to {after}; its limit is {cap}{over}\n")
}
