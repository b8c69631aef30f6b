//! `memebuild cache show NODE|KEY|DIGEST`.

use super::ls::results;
use crate::cli::shared::{Globals, say, say_json};
use crate::contract::action::ActionResult;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::report::text::{duration, shown};
use clap::Args;
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A node, or the first digits of a key or of a blob's digest
    what: String,
}

pub fn run(
    globals: &Globals,
    project: &Project,
    arguments: &Arguments,
) -> Result<Exit, Diagnostic> {
    let found = find(project, &arguments.what)?;
    if found.is_empty() {
        let message = format!("the cache knows no `{}`", arguments.what.escape_debug());
        return Err(Diagnostic::usage("unknown-key", message)
            .hint("`memebuild cache ls` lists the keys, `memebuild graph` the nodes"));
    }
    if globals.json() {
        let documents: Vec<_> = found
            .iter()
            .map(|result| serde_json::to_value(result).expect("results serialise"))
            .collect();
        say_json(&serde_json::json!({ "schemaVersion": 1, "results": documents }));
    } else {
        say(&found.iter().map(text).collect::<Vec<_>>().join("\n"));
    }
    Ok(Exit::Ok)
}

/// The results that a person may mean.
pub fn find(project: &Project, what: &str) -> Result<Vec<ActionResult>, Diagnostic> {
    let all = results(project)?;
    if let Some(record) = project.records().get(what) {
        let keys: Vec<_> = record.keys.iter().map(|(_, key)| *key).collect();
        let of = |key| all.iter().find(|result| result.key == key).cloned();
        return Ok(keys.into_iter().filter_map(of).collect());
    }
    let digits = what.split('/').next().unwrap_or_default();
    // Fewer digits than these would mean too many things.
    if digits.len() < 4 {
        return Ok(Vec::new());
    }
    let by_key = |result: &&ActionResult| result.key.to_string().starts_with(digits);
    let by_blob = |result: &&ActionResult| {
        result.outputs.values().any(|digest| digest.hex().starts_with(digits))
            || result.manifest.inputs.values().any(|input| input.digest.starts_with(digits))
    };
    let found: Vec<_> = all.iter().filter(by_key).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    Ok(all.iter().filter(by_blob).cloned().collect())
}

fn text(result: &ActionResult) -> String {
    let manifest = &result.manifest;
    let mut out = format!("{} {}\n", shown(&manifest.step), result.key);
    let _ = writeln!(
        out,
        "  made by build {}, in {} ({} of processor time)",
        result.build,
        duration(result.wall_ms),
        duration(result.cpu_ms)
    );
    let _ = writeln!(out, "  step version {}", manifest.version);
    let _ = writeln!(out, "  argv   {}", shown(&shell_words::join(&manifest.argv)));
    for (name, value) in &manifest.env {
        let _ = writeln!(out, "  env    {}={}", shown(name), shown(value));
    }
    if !manifest.params.is_null() {
        let _ = writeln!(out, "  params {}", shown(&manifest.params.to_string()));
    }
    for (name, input) in &manifest.inputs {
        let of = input.projection.as_ref().map_or(String::new(), |name| format!(" ({name})"));
        let _ = writeln!(out, "  in     {}: {}{of}", shown(name), input.digest);
    }
    for (name, digest) in &result.outputs {
        let _ = writeln!(out, "  out    {}: {digest}", shown(name));
    }
    for (name, identity) in &manifest.tools {
        let _ = writeln!(out, "  tool   {}: {}", shown(name), shown(identity));
    }
    out
}
