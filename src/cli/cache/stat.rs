//! `memebuild cache stat`: sizes by step, and the time that the cache stands for.

use super::ls::{results, size};
use crate::cli::shared::{Globals, say, say_json};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::report::text::{bytes, duration, shown};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;

#[derive(Default)]
struct Row {
    results: u64,
    bytes: u64,
    wall_ms: u64,
}

pub fn run(globals: &Globals, project: &Project) -> Result<Exit, Diagnostic> {
    let listing = project.store.list().map_err(|error| error.diagnostic())?;
    let held: u64 = listing.blobs.iter().map(|blob| blob.stamp.size).sum();
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for result in results(project)? {
        let row = rows.entry(result.manifest.step.clone()).or_default();
        row.results += 1;
        row.bytes += size(&result);
        row.wall_ms += result.wall_ms;
    }
    let named: u64 = rows.values().map(|row| row.bytes).sum();
    let shared = named.saturating_sub(held);
    let wall_ms = rows.values().map(|row| row.wall_ms).sum();
    if globals.json() {
        let steps: Vec<_> = rows
            .iter()
            .map(|(step, row)| {
                json!({
                    "step": step,
                    "results": row.results,
                    "bytes": row.bytes,
                    "wall_ms": row.wall_ms,
                })
            })
            .collect();
        say_json(&json!({
            "schemaVersion": 1,
            "blobs": listing.blobs.len(),
            "bytes": held,
            "shared_bytes": shared,
            "results": listing.records.len(),
            "wall_ms": wall_ms,
            "steps": steps,
        }));
        return Ok(Exit::Ok);
    }
    let mut out =
        format!("{:24}  {:>8}  {:>10}  {:>13}\n", "STEP", "RESULTS", "SIZE", "TIME TO MAKE");
    for (step, row) in &rows {
        let _ = writeln!(
            out,
            "{:24}  {:>8}  {:>10}  {:>13}",
            shown(step),
            row.results,
            bytes(row.bytes),
            duration(row.wall_ms)
        );
    }
    let _ = writeln!(
        out,
        "\n{} blobs, {}; {} results, which took {} to make; {} shared by equal content",
        listing.blobs.len(),
        bytes(held),
        listing.records.len(),
        duration(wall_ms),
        bytes(shared)
    );
    say(&out);
    Ok(Exit::Ok)
}
