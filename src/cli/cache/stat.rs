//! `memebuild cache stat`: sizes by step, the time that the cache stands for, and how well it does.

use crate::cli::shared::{Globals, say, say_json};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::cache::{Limit, declared_limit};
use crate::engine::log;
use crate::engine::project::Project;
use crate::engine::survey::Survey;
use crate::report::history::Past;
use crate::report::table::Table;
use crate::report::text::{bytes, duration, moment, shown};
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Hit rates of so many builds
    #[arg(long, value_name = "N", default_value_t = 10)]
    builds: usize,
}

#[derive(Default)]
struct Row {
    results: u64,
    bytes: u64,
    there: u64,
    wall_ms: u64,
}

pub fn run(
    globals: &Globals,
    project: &Project,
    arguments: &Arguments,
) -> Result<Exit, Diagnostic> {
    let survey = Survey::of(project)?;
    // A Memefile with mistakes does not keep anybody from looking.
    let cap = declared_limit(project, None::<Limit>).ok().flatten();
    let builds = log::builds(&project.cache).into_iter().take(arguments.builds);
    let past: Vec<Past> =
        builds.filter_map(|build| Past::tell(&log::read(&project.cache, &build).ok()?)).collect();
    let mut steps: BTreeMap<&str, Row> = BTreeMap::new();
    for kept in &survey.kept {
        let row = steps.entry(&kept.result.manifest.step).or_default();
        row.results += 1;
        row.bytes += kept.bytes;
        row.there += kept.there;
        row.wall_ms += kept.result.wall_ms;
    }
    if globals.json() {
        say_json(&document(&survey, cap, &steps, &past));
    } else {
        say(&text(&survey, cap, &steps, &past));
    }
    Ok(Exit::Ok)
}

fn document(
    survey: &Survey,
    cap: Option<u64>,
    steps: &BTreeMap<&str, Row>,
    past: &[Past],
) -> serde_json::Value {
    let held = survey.blob_bytes + survey.record_bytes;
    let steps: Vec<_> = steps
        .iter()
        .map(|(step, row)| {
            json!({
                "step": step,
                "node_type": node_type(step),
                "results": row.results,
                "bytes": row.bytes,
                "bytes_there": row.there,
                "wall_ms": row.wall_ms,
            })
        })
        .collect();
    json!({
        "schemaVersion": 1,
        "blobs": survey.blobs.len(),
        "bytes": survey.blob_bytes,
        "record_bytes": survey.record_bytes,
        "shared_bytes": survey.shared_bytes(),
        "results": survey.records,
        "wall_ms": survey.kept.iter().map(|kept| kept.result.wall_ms).sum::<u64>(),
        "max_bytes": cap,
        "free_bytes": cap.map(|cap| cap.saturating_sub(held)),
        "evictions": survey.evictions.0,
        "evicted_bytes": survey.evictions.1,
        "pinned": survey.pinned.len(),
        "steps": steps,
        "builds": past.iter().map(Past::document).collect::<Vec<_>>(),
    })
}

/// The type of the nodes that run a step.
fn node_type(step: &str) -> &str {
    step.split_once('/').map_or(step, |(head, _)| head)
}

fn text(survey: &Survey, cap: Option<u64>, steps: &BTreeMap<&str, Row>, past: &[Past]) -> String {
    let mut out = String::new();
    let mut table = Table::new(&["STEP", ">RESULTS", ">MADE", ">KEPT", ">TIME TO MAKE"]);
    for (step, row) in steps {
        table.row(vec![
            shown(step),
            row.results.to_string(),
            bytes(row.bytes),
            bytes(row.there),
            duration(row.wall_ms),
        ]);
    }
    if !table.is_empty() {
        let _ = writeln!(out, "{table}");
    }
    let wall_ms = survey.kept.iter().map(|kept| kept.result.wall_ms).sum();
    let held = survey.blob_bytes + survey.record_bytes;
    let mut fact = |name: &str, what: String| {
        let _ = writeln!(out, "{name:>10}  {what}");
    };
    fact("blobs", format!("{}, {}", survey.blobs.len(), bytes(survey.blob_bytes)));
    let records = bytes(survey.record_bytes);
    fact("results", format!("{}, {records}, {} to make", survey.records, duration(wall_ms)));
    if survey.shared_bytes() > 0 {
        fact("shared", format!("{} saved by equal content", bytes(survey.shared_bytes())));
    }
    match cap {
        Some(cap) => {
            let free = bytes(cap.saturating_sub(held));
            fact("limit", format!("{}, of which {free} are free", bytes(cap)));
        }
        None => fact("limit", "none".to_owned()),
    }
    if survey.evictions.0 > 0 {
        let (count, gone) = survey.evictions;
        fact("evicted", format!("{count} files, {}", bytes(gone)));
    }
    if !survey.pinned.is_empty() {
        fact("pinned", format!("{} files", survey.pinned.len()));
    }
    let mut table = Table::new(&["BUILD", "WHEN", ">NODES", ">UP TO DATE", ">AGAIN", ">SAVED"]);
    for build in past {
        let rate = build.hit_milli().filter(|_| build.exit_code.is_some());
        table.row(vec![
            build.build.clone(),
            moment(build.started_ms),
            build.fold.nodes.to_string(),
            rate.map_or("?".to_owned(), |milli| format!("{}.{} %", milli / 10, milli % 10)),
            build.again.to_string(),
            duration(build.saved_ms),
        ]);
    }
    if !table.is_empty() {
        let _ = write!(out, "\n{table}");
    }
    out
}
