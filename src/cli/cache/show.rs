//! `memebuild cache show NODE|KEY|DIGEST`: all that is known of it.

use crate::cli::shared::{Globals, say, say_json};
use crate::contract::digest::Digest;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::engine::survey::{Kept, Survey};
use crate::report::text::{duration, moment, shown};
use clap::Args;
use serde_json::json;
use std::collections::BTreeSet;
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
    let survey = Survey::of(project)?;
    let found = find(project, &survey, &arguments.what);
    if found.is_empty() {
        return Err(unknown(&arguments.what));
    }
    if globals.json() {
        let documents: Vec<_> = found.iter().map(|kept| document(&survey, kept)).collect();
        say_json(&json!({ "schemaVersion": 1, "results": documents }));
    } else {
        let texts: Vec<String> = found.iter().map(|kept| text(&survey, kept)).collect();
        say(&texts.join("\n"));
    }
    Ok(Exit::Ok)
}

pub fn unknown(what: &str) -> Diagnostic {
    let message = format!("the cache knows no `{}`", what.escape_debug());
    Diagnostic::usage("unknown-key", message)
        .hint("`memebuild cache ls` lists the keys, `memebuild graph` the nodes")
}

/// The results that a person may mean: those of a node, else by key, else those that make or read a
/// blob.
pub fn find<'a>(project: &Project, survey: &'a Survey, what: &str) -> Vec<&'a Kept> {
    if let Some(record) = project.records().get(what) {
        let of = |key| survey.kept.iter().find(|kept| kept.result.key == key);
        return record.keys.iter().filter_map(|(_, key)| of(*key)).collect();
    }
    let Some(digits) = digits(what) else { return Vec::new() };
    let by_key = |kept: &&Kept| kept.result.key.to_string().starts_with(digits);
    let found: Vec<_> = survey.kept.iter().filter(by_key).collect();
    if !found.is_empty() {
        return found;
    }
    let by_blob = |kept: &&Kept| {
        kept.result.outputs.values().any(|digest| digest.hex().starts_with(digits))
            || kept.result.manifest.inputs.values().any(|input| input.digest.starts_with(digits))
    };
    survey.kept.iter().filter(by_blob).collect()
}

/// The first digits of a hash; fewer than these would mean too many things.
pub fn digits(what: &str) -> Option<&str> {
    let digits = what.split('/').next().unwrap_or_default();
    (digits.len() >= 4 && digits.bytes().all(|b| b.is_ascii_hexdigit())).then_some(digits)
}

/// What became of a blob's bytes.
fn whereabouts(survey: &Survey, digest: &Digest) -> String {
    let pinned = if survey.pinned.contains(digest) { ", pinned" } else { "" };
    match (survey.has(digest), survey.grave(digest)) {
        (true, _) => format!("there{pinned}"),
        (false, Some(tombstone)) => tombstone.to_string(),
        (false, None) => "not there".to_owned(),
    }
}

/// Steps and nodes that read what a result made.
fn readers(survey: &Survey, kept: &Kept) -> BTreeSet<(String, String)> {
    let mut readers = BTreeSet::new();
    for digest in kept.result.outputs.values() {
        for reader in survey.readers(digest) {
            let step = reader.result.manifest.step.clone();
            match reader.nodes.as_slice() {
                [] => drop(readers.insert((step, String::new()))),
                nodes => readers.extend(nodes.iter().map(|node| (step.clone(), node.clone()))),
            }
        }
    }
    readers
}

fn document(survey: &Survey, kept: &Kept) -> serde_json::Value {
    let mut document = serde_json::to_value(&kept.result).expect("results serialise");
    let blobs: serde_json::Map<_, _> = kept
        .result
        .outputs
        .iter()
        .map(|(name, digest)| {
            let blob = json!({
                "digest": digest,
                "there": survey.has(digest),
                "pinned": survey.pinned.contains(digest),
                "unused_for": survey.uses.unused_for(&digest.hash),
                "evicted": survey.grave(digest),
            });
            (name.clone(), blob)
        })
        .collect();
    let readers: Vec<_> = readers(survey, kept)
        .into_iter()
        .map(|(step, node)| json!({ "step": step, "node": node }))
        .collect();
    document["nodes"] = json!(kept.nodes);
    document["blobs"] = blobs.into();
    document["readers"] = json!(readers);
    document
}

fn text(survey: &Survey, kept: &Kept) -> String {
    let result = &kept.result;
    let manifest = &result.manifest;
    let mut out = format!("{}  {}\n", shown(&manifest.step), result.key);
    let mut line = |name: &str, what: &str| {
        let _ = writeln!(out, "  {name:8} {}", shown(what));
    };
    line("made", &format!("{} by build {}", moment(result.finished_ms), result.build));
    let (wall, cpu) = (duration(result.wall_ms), duration(result.cpu_ms));
    line("took", &format!("{wall}, {cpu} of processor time"));
    match kept.unused_for {
        Some(0) => line("wanted", "by the last build that used the cache"),
        Some(1) => line("wanted", "by the last build but one"),
        Some(builds) => line("wanted", &format!("{builds} builds ago")),
        None => {}
    }
    for node in &kept.nodes {
        line("node", node);
    }
    line("version", &manifest.version.to_string());
    line("argv", &shell_words::join(&manifest.argv));
    for (name, value) in &manifest.env {
        line("env", &format!("{name}={value}"));
    }
    if !manifest.params.is_null() {
        line("params", &manifest.params.to_string());
    }
    for (name, identity) in &manifest.tools {
        line("tool", &format!("{name}: {identity}"));
    }
    for (name, input) in &manifest.inputs {
        let of = input.projection.as_ref().map_or(String::new(), |name| format!(" ({name})"));
        let maker = survey
            .kept
            .iter()
            .find(|kept| kept.result.outputs.values().any(|digest| digest.hex() == input.digest));
        let by = maker
            .map_or(String::new(), |maker| format!("  from {}", super::ls::nodes(&maker.nodes)));
        line("in", &format!("{name}: {}{of}{by}", &input.digest));
    }
    for (name, digest) in &result.outputs {
        line("out", &format!("{name}: {digest}"));
        line("", &whereabouts(survey, digest));
    }
    for (step, node) in readers(survey, kept) {
        line("read by", format!("{step}  {node}").trim_end());
    }
    out
}
