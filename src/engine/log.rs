//! The event log of one build: `cache/log/<build>.jsonl`, a line an event.
//!
//! Progress is not kept, and neither are nodes that were fresh: a node of the build without a line
//! was.

use crate::contract::event::{Event, Status};
use crate::diagnostic::Diagnostic;
use rayon::prelude::*;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Logs of this many builds are kept.
const KEPT: usize = 200;

/// Writes events; one that cannot be written is lost, and the build goes on.
pub struct EventLog {
    out: Option<BufWriter<File>>,
}

impl EventLog {
    /// Starts the log of `build`, and drops the oldest ones.
    pub fn create(cache: &Path, build: &str) -> Self {
        let folder = cache.join("log");
        let out = std::fs::create_dir_all(&folder)
            .and_then(|()| File::create_new(path(cache, build)))
            .ok()
            .map(BufWriter::new);
        if out.is_some() {
            prune(&folder);
        }
        Self { out }
    }

    pub fn write(&mut self, event: &Event) {
        let dull = matches!(event, Event::ActionProgress { .. } | Event::SourceProgress { .. })
            || matches!(event, Event::NodeFinished { status: Status::Fresh, .. });
        let Some(out) = self.out.as_mut().filter(|_| !dull) else { return };
        let written = serde_json::to_writer(&mut *out, event)
            .map_err(std::io::Error::from)
            .and_then(|()| out.write_all(b"\n"));
        if written.is_err() {
            self.out = None;
        }
    }
}

/// Build names begin with their time, so the smallest are the oldest.
fn prune(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    names.sort();
    let excess = names.len().saturating_sub(KEPT);
    for old in &names[..excess] {
        let _ = std::fs::remove_file(old);
    }
}

/// The events of a build, oldest first; lines that a kill left half written are passed over.
pub fn read(cache: &Path, build: &str) -> io::Result<Vec<Event>> {
    read_lines(cache, build, |_| true)
}

/// Those of a build's events that are of some kinds (`node-finished`), oldest first: no other line is
/// read further than its beginning.
pub fn read_kinds(cache: &Path, build: &str, kinds: &[&str]) -> io::Result<Vec<Event>> {
    read_lines(cache, build, |line| kinds.contains(&kind(line)))
}

/// How these nodes ended in a build, oldest first; of others, no more than the name is read.
pub fn read_ends(
    cache: &Path,
    build: &str,
    wanted: &(dyn Fn(&str) -> bool + Sync),
) -> io::Result<Vec<Event>> {
    read_lines(cache, build, |line| {
        kind(line) == "node-finished" && node(line).is_some_and(|node| wanted(&node))
    })
}

fn read_lines(
    cache: &Path,
    build: &str,
    is_wanted: impl Fn(&str) -> bool + Sync,
) -> io::Result<Vec<Event>> {
    let text = std::fs::read_to_string(path(cache, build))?;
    let lines: Vec<&str> = text.lines().collect();
    let wanted = lines.into_par_iter().filter(|line| is_wanted(line));
    Ok(wanted.filter_map(|line| serde_json::from_str(line).ok()).collect())
}

fn path(cache: &Path, build: &str) -> PathBuf {
    cache.join("log").join(format!("{build}.jsonl"))
}

/// The node that a line is about: its first field of that name, before which no text stands that could
/// look like it.
fn node(line: &str) -> Option<String> {
    const FIELD: &str = "\"node\":";
    let value = &line[line.find(FIELD)? + FIELD.len()..];
    serde_json::Deserializer::from_str(value).into_iter().next()?.ok()
}

/// Every line begins with its kind, as [`EventLog`] writes it.
fn kind(line: &str) -> &str {
    let rest = line.strip_prefix("{\"event\":\"");
    rest.and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

/// The build whose name begins so; the last one where nothing is said.
///
/// # Errors
/// `no-build`; `ambiguous-build`, where several begin so.
pub fn find(cache: &Path, begin: Option<&str>) -> Result<String, Diagnostic> {
    let all = builds(cache);
    let mut found = all.iter().filter(|name| name.starts_with(begin.unwrap_or_default()));
    match (found.next(), begin) {
        (None, None) => Err(Diagnostic::usage("no-build", "no build has left a log".to_owned())),
        (None, Some(build)) => {
            let message = format!("there is no log of a build `{}`", build.escape_debug());
            Err(Diagnostic::usage("no-build", message)
                .hint("`memebuild builds ls` lists them; the logs of the last 200 are kept"))
        }
        (Some(first), None) => Ok(first.clone()),
        (Some(first), Some(build)) => match found.count() {
            0 => Ok(first.clone()),
            more => {
                let message = format!("`{}` may mean {} builds", build.escape_debug(), more + 1);
                Err(Diagnostic::usage("ambiguous-build", message)
                    .hint("give more of its name; `memebuild builds ls` lists them"))
            }
        },
    }
}

/// The builds whose logs are kept, newest first.
pub fn builds(cache: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(cache.join("log")) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".jsonl").map(str::to_owned))
        .collect();
    names.sort_by(|a, b| b.cmp(a));
    names
}
