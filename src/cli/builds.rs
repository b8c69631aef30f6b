//! `memebuild builds`: what earlier builds did, told from their event logs.

use super::shared::{Globals, say, say_json};
use crate::contract::event::Status;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::log;
use crate::engine::project::Project;
use crate::report::fold::NodeResult;
use crate::report::history::Past;
use crate::report::table::Table;
use crate::report::text::{duration, moment, shown};
use clap::{Args, Subcommand};
use serde_json::json;
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List builds, the newest first
    Ls {
        /// At most so many
        #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
        limit: usize,
    },
    /// Show a build: its nodes, and why each of them ran
    Show {
        /// The first characters of its name [default: the last build]
        build: Option<String>,
    },
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let ended = match &arguments.command {
        Command::Ls { limit } => ls(globals, &project, *limit),
        Command::Show { build } => show(globals, &project, build.as_deref()),
    };
    ended.unwrap_or_else(|problem| globals.complain(&[problem]))
}

fn past(project: &Project, build: &str) -> Option<Past> {
    Past::tell(&log::read(&project.cache, build).ok()?)
}

fn ls(globals: &Globals, project: &Project, limit: usize) -> Result<Exit, Diagnostic> {
    let builds = log::builds(&project.cache);
    let past: Vec<Past> =
        builds.iter().filter_map(|build| past(project, build)).take(limit).collect();
    if globals.json() {
        let builds: Vec<_> = past.iter().map(Past::document).collect();
        say_json(&json!({ "schemaVersion": 1, "builds": builds }));
        return Ok(Exit::Ok);
    }
    let mut table = Table::new(&[
        "BUILD",
        "WHEN",
        ">TOOK",
        ">NODES",
        ">RAN",
        ">HIT",
        ">CUT OFF",
        ">FRESH",
        ">FAILED",
        ">SKIPPED",
        ">REJECTED",
        ">EXIT",
    ]);
    for build in &past {
        let count = |status| match build.fold.count(status) {
            0 => "-".to_owned(),
            count => count.to_string(),
        };
        let some = |count: u64| if count == 0 { "-".to_owned() } else { count.to_string() };
        table.row(vec![
            build.build.clone(),
            moment(build.started_ms),
            build.exit_code.map_or("?".to_owned(), |_| duration(build.fold.wall_ms)),
            build.fold.nodes.to_string(),
            count(Status::Ran),
            count(Status::Hit),
            count(Status::Cutoff),
            some(build.fresh),
            count(Status::Failed),
            count(Status::Skipped),
            some(build.fold.rejected),
            build.end(),
        ]);
    }
    say(&if table.is_empty() { "no build has left a log\n".to_owned() } else { table.to_string() });
    Ok(Exit::Ok)
}

fn show(globals: &Globals, project: &Project, build: Option<&str>) -> Result<Exit, Diagnostic> {
    let name = log::find(&project.cache, build)?;
    let Some(past) = past(project, &name) else {
        let message = format!("the log of build {name} cannot be read");
        return Err(Diagnostic::error("bad-log", message));
    };
    if globals.json() {
        let mut document = past.document();
        document["schemaVersion"] = 1.into();
        let node = |node: &NodeResult| {
            json!({
                "node": node.node,
                "status": node.status.as_str(),
                "accepted": node.accepted,
                "why": node.why,
                "ms": node.wall_ms,
                "files": node.files,
                "notes": node.notes,
                "mock": node.mock,
            })
        };
        document["results"] = past.fold.results.values().map(node).collect();
        say_json(&document);
    } else {
        say(&text(&past));
    }
    Ok(Exit::Ok)
}

fn text(past: &Past) -> String {
    let mut out = format!("build {}, {}\n", past.build, moment(past.started_ms));
    let targets: Vec<String> = past.targets.iter().map(|target| shown(target)).collect();
    let targets = if targets.is_empty() { "everything".to_owned() } else { targets.join(" ") };
    let _ = writeln!(out, "  wanted {targets}: {} nodes, {} fresh", past.fold.nodes, past.fresh);
    let _ = match past.exit_code {
        None => writeln!(out, "  never finished: it was killed, or still runs"),
        Some(code) => {
            let how = if past.cancelled { "cancelled" } else { "took" };
            let took = duration(past.fold.wall_ms);
            let saved = duration(past.saved_ms);
            writeln!(out, "  {how} {took}, exit code {code}; the cache saved {saved}")
        }
    };
    let _ = writeln!(
        out,
        "  {} actions ran, {} of them for bytes that were gone; {} of {} look-ups found",
        past.fold.actions_ran, past.again, past.lookups.1, past.lookups.0
    );
    let mut table = Table::new(&["STATUS", ">TOOK", "NODE", "WHY"]);
    for node in past.fold.results.values() {
        let status = match node.accepted {
            Some(false) => "rejected",
            _ => node.status.as_str(),
        };
        table.row(vec![
            status.to_owned(),
            duration(node.wall_ms),
            shown(&node.node),
            shown(&node.why),
        ]);
    }
    if !table.is_empty() {
        let _ = write!(out, "\n{table}");
    }
    out
}
