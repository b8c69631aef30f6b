//! The documents that commands print for programs: their top-level keys.

use crate::project::Project;
use crate::samples::film;
use insta::assert_snapshot;
use serde_json::Value;
use std::collections::BTreeMap;

fn keys(document: &Value) -> String {
    let keys = document.as_object().expect("an object").keys();
    keys.cloned().collect::<Vec<_>>().join(", ")
}

/// The keys of the document, and those of the first element of each list of objects in it.
fn shape(project: &Project, args: &[&str]) -> String {
    let output = project.run(&[args, &["--format", "json"]].concat());
    let document: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{args:?}: {e}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(document["schemaVersion"], 1, "{args:?}");
    let mut lines = vec![format!("{}: {}", args.join(" "), keys(&document))];
    for (name, value) in document.as_object().expect("an object") {
        if let Some(first) =
            value.as_array().and_then(|list| list.first()).filter(|v| v.is_object())
        {
            lines.push(format!("  {name}: {}", keys(first)));
        }
    }
    lines.join("\n")
}

#[test]
fn documents_have_these_keys() {
    let project = film();
    let commands: [&[&str]; 10] = [
        &["build"],
        &["plan"],
        &["graph"],
        &["asset", "ls"],
        &["asset", "show", "clip"],
        &["check", "artefacts/renders/hello@tiny.mp4"],
        &["cache", "show", "render:hello@moving"],
        &["cache", "diff", "asset:music/beat", "asset:background/wall"],
        &["cache", "verify"],
        &["doctor"],
    ];
    let shapes: Vec<String> = commands.into_iter().map(|args| shape(&project, args)).collect();
    for args in [&["why", "render:hello@tiny"][..], &["cache", "stat"], &["cache", "ls"]] {
        shape(&project, args);
    }
    assert_snapshot!(shapes.join("\n"), @r"
    build: schemaVersion, nodes, fresh, hit, cutoff, ran, failed, skipped, waiting, actions_ran, rejected, mocks, wall_ms, saved_ms, results
      results: node, status, verdict, why, key, ms, outputs, files, notes, mock
    plan: schemaVersion, nodes, batches, waiting, directors, fetch, work_ms, bytes, unknown, free_bytes
      nodes: node, fate, why, last_ms
    graph: schemaVersion, nodes
      nodes: node, type, reads
    asset ls: schemaVersion, assets
      assets: id, kind, file, digest, facts, streams, quality, key, fingerprint
    asset show clip: schemaVersion, assets, scores
      assets: id, kind, file, digest, facts, streams, quality, key, fingerprint
      scores: kind, id, score, parts
    check artefacts/renders/hello@tiny.mp4: schemaVersion, subject, profile, rulesVersion, decision, findings, rules
      findings: rule, severity, message, measured, limit, hint
      rules: rule, outcome
    cache show render:hello@moving: schemaVersion, results
      results: key, manifest, outputs, wallMs, cpuMs, build, finishedMs, nodes, blobs, readers
    cache diff asset:music/beat asset:background/wall: schemaVersion, changes
      changes: step, what, old, new
    cache verify: schemaVersion, blobs, bytes, resumed, results, evicted, damaged, strays
    doctor: schemaVersion, healthy, checks
      checks: check, health, found, mend
    ");
}

#[test]
fn events_have_these_keys() {
    let project = film();
    let output = project.run(&["--events", "-"]);
    let mut events = BTreeMap::new();
    for line in String::from_utf8(output.stdout).expect("UTF-8").lines() {
        let event: Value = serde_json::from_str(line).expect("one event a line");
        let name = event["event"].as_str().expect("a name").to_owned();
        events.entry(name).or_insert_with(|| keys(&event));
    }
    // It is seen only where an action takes long enough.
    events.remove("action-progress");
    let lines: Vec<String> = events.iter().map(|(name, keys)| format!("{name}: {keys}")).collect();
    assert_snapshot!(lines.join("\n"), @r"
    action-decided: event, atMs, node, step, key, hit, why
    action-finished: event, atMs, node, step, key, ok, wallMs, cpuMs, message
    action-started: event, atMs, node, step, frames
    build-finished: event, atMs, exitCode, cancelled, fresh, savedMs
    build-started: event, schemaVersion, build, startedMs, version, targets, nodes, slots
    node-finished: event, atMs, node, status, why, cause, keys, outputs, files, wallMs, savedMs
    node-started: event, atMs, node
    ");
}
