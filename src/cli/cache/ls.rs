//! `memebuild cache ls`: action results, and what they take.

use crate::cli::shared::{Globals, say, say_json};
use crate::contract::action::ActionResult;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::report::text::{bytes, duration, shown};
use crate::store::Lookup;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Only steps that begin so: `render`, `render/segment`
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    /// What comes first
    #[arg(long, value_enum, default_value_t = Order::Newest)]
    sort: Order,
    /// At most so many
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Order {
    Newest,
    Largest,
    Slowest,
}

/// Every result that can be believed, in the store's order.
pub fn results(project: &Project) -> Result<Vec<ActionResult>, Diagnostic> {
    let listing = project.store.list().map_err(|error| error.diagnostic())?;
    let whole = |entry| match project.store.record(entry) {
        Lookup::Hit(result) => Some(*result),
        Lookup::Missing | Lookup::Damaged(_) => None,
    };
    Ok(listing.records.iter().filter_map(whole).collect())
}

/// Bytes of a result's outputs.
pub fn size(result: &ActionResult) -> u64 {
    result.outputs.values().map(|digest| digest.len).sum()
}

pub fn run(
    globals: &Globals,
    project: &Project,
    arguments: &Arguments,
) -> Result<Exit, Diagnostic> {
    let mut found = results(project)?;
    if let Some(step) = &arguments.step {
        found.retain(|result| result.manifest.step.starts_with(step.as_str()));
    }
    found.sort_by_key(|result| {
        let first = match arguments.sort {
            Order::Newest => result.finished_ms,
            Order::Largest => size(result),
            Order::Slowest => result.wall_ms,
        };
        (std::cmp::Reverse(first), result.key)
    });
    found.truncate(arguments.limit.unwrap_or(usize::MAX));
    if globals.json() {
        let rows: Vec<_> = found
            .iter()
            .map(|result| {
                json!({
                    "key": result.key.to_string(),
                    "step": result.manifest.step,
                    "bytes": size(result),
                    "wall_ms": result.wall_ms,
                    "cpu_ms": result.cpu_ms,
                    "build": result.build,
                    "outputs": result.outputs,
                })
            })
            .collect();
        say_json(&json!({ "schemaVersion": 1, "results": rows }));
        return Ok(Exit::Ok);
    }
    let mut out = format!("{:12}  {:>10}  {:>12}  {:22}  BUILD\n", "KEY", "SIZE", "TOOK", "STEP");
    for result in &found {
        let _ = writeln!(
            out,
            "{:12}  {:>10}  {:>12}  {:22}  {}",
            result.key.short(),
            bytes(size(result)),
            duration(result.wall_ms),
            shown(&result.manifest.step),
            result.build
        );
    }
    say(&out);
    Ok(Exit::Ok)
}
