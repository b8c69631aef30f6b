//! `memebuild cache ls`: action results, what they take, and who wants them.

use crate::cli::shared::{Globals, say, say_json};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::cache::Limit;
use crate::engine::project::Project;
use crate::engine::survey::{Kept, Survey};
use crate::report::table::Table;
use crate::report::text::{bytes, duration, moment, shown};
use clap::{Args, ValueEnum};
use globset::{Glob, GlobMatcher};
use serde_json::json;
use std::cmp::Reverse;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Only results of nodes that match this name or glob
    node: Option<String>,
    /// Only steps that begin so: `render`, `render/segment`
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    /// Only results that take at least so much: `10MB`
    #[arg(long, value_name = "SIZE")]
    min_size: Option<Limit>,
    /// Only results that no build wanted for at least so many builds
    #[arg(long, value_name = "BUILDS")]
    unused_for: Option<u32>,
    /// Only results whose bytes are gone
    #[arg(long)]
    evicted: bool,
    /// Only results that are pinned
    #[arg(long)]
    pinned: bool,
    /// What comes first: the largest, the dearest, the newest, what was unused for longest
    #[arg(long, value_enum, default_value_t = Order::Age)]
    sort: Order,
    /// The other way round
    #[arg(long, short)]
    reverse: bool,
    /// At most so many
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Order {
    Size,
    Cost,
    Age,
    Use,
}

pub fn run(
    globals: &Globals,
    project: &Project,
    arguments: &Arguments,
) -> Result<Exit, Diagnostic> {
    let survey = Survey::of(project)?;
    let found = select(&survey, arguments)?;
    if globals.json() {
        let rows: Vec<_> = found.iter().map(|kept| document(kept)).collect();
        say_json(&json!({ "schemaVersion": 1, "results": rows }));
    } else {
        say(&text(&found));
    }
    Ok(Exit::Ok)
}

fn select<'a>(survey: &'a Survey, arguments: &Arguments) -> Result<Vec<&'a Kept>, Diagnostic> {
    let glob = arguments.node.as_deref().map(glob).transpose()?;
    let least = arguments.min_size.and_then(|Limit(bytes)| bytes).unwrap_or(0);
    let mut found: Vec<&Kept> = survey
        .kept
        .iter()
        .filter(|kept| {
            let step = arguments.step.as_deref().unwrap_or_default();
            let unused = arguments.unused_for.unwrap_or(0);
            kept.result.manifest.step.starts_with(step)
                && kept.bytes >= least
                && kept.unused_for.is_none_or(|builds| builds >= unused)
                && (!arguments.evicted || kept.is_evicted())
                && (!arguments.pinned || kept.pinned)
                && glob.as_ref().is_none_or(|glob| kept.nodes.iter().any(|n| matches(glob, n)))
        })
        .collect();
    found.sort_by_key(|kept| {
        let first = match arguments.sort {
            Order::Size => kept.bytes,
            Order::Cost => kept.result.wall_ms,
            Order::Age => kept.result.finished_ms,
            Order::Use => kept.unused_for.map_or(u64::MAX, u64::from),
        };
        (Reverse(first), kept.result.key)
    });
    if arguments.reverse {
        found.reverse();
    }
    found.truncate(arguments.limit.unwrap_or(usize::MAX));
    Ok(found)
}

fn glob(text: &str) -> Result<GlobMatcher, Diagnostic> {
    let glob = Glob::new(text).map_err(|error| {
        let message = format!("`{}` is not a glob: {}", text.escape_debug(), error.kind());
        Diagnostic::usage("bad-glob", message)
    })?;
    Ok(glob.compile_matcher())
}

/// A name as a target names it: with its type or without.
fn matches(glob: &GlobMatcher, node: &str) -> bool {
    glob.is_match(node) || node.split_once(':').is_some_and(|(_, rest)| glob.is_match(rest))
}

fn document(kept: &Kept) -> serde_json::Value {
    json!({
        "key": kept.result.key.to_string(),
        "step": kept.result.manifest.step,
        "nodes": kept.nodes,
        "bytes": kept.bytes,
        "bytes_there": kept.there,
        "evicted": kept.is_evicted(),
        "pinned": kept.pinned,
        "unused_for": kept.unused_for,
        "wall_ms": kept.result.wall_ms,
        "cpu_ms": kept.result.cpu_ms,
        "build": kept.result.build,
        "finished_ms": kept.result.finished_ms,
        "outputs": kept.result.outputs,
    })
}

fn text(found: &[&Kept]) -> String {
    let mut table = Table::new(&["KEY", ">SIZE", "", ">TOOK", "MADE", ">UNUSED", "STEP", "NODE"]);
    for kept in found {
        let mark = match (kept.is_evicted(), kept.pinned) {
            (true, _) => "gone",
            (false, true) => "pinned",
            (false, false) => "",
        };
        table.row(vec![
            kept.result.key.short(),
            bytes(kept.bytes),
            mark.to_owned(),
            duration(kept.result.wall_ms),
            moment(kept.result.finished_ms),
            kept.unused_for.map_or("?".to_owned(), |builds| builds.to_string()),
            shown(&kept.result.manifest.step),
            nodes(&kept.nodes),
        ]);
    }
    if table.is_empty() {
        return "nothing in the cache is like that\n".to_owned();
    }
    table.to_string()
}

/// The first of a result's nodes, and how many more there are.
pub fn nodes(nodes: &[String]) -> String {
    match nodes {
        [] => "-".to_owned(),
        [only] => shown(only),
        [first, rest @ ..] => format!("{} and {} more", shown(first), rest.len()),
    }
}
