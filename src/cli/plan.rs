//! `memebuild plan`: what a build would run.

use super::complete::nodes;
use super::shared::Globals;
use crate::contract::transcript::Line;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::due::{Due, due};
use crate::engine::estimate::Estimate;
use crate::engine::plan::{Fate, GoesOn, Outlook, Planned, WINDOW, plan};
use crate::engine::project::Project;
use crate::node::expansion::{Growth, Waiting};
use crate::node::known::Asking;
use crate::report::text::{bytes, duration, shown};
use crate::source::Mode;
use clap::Args;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Seek, Write};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Names of nodes, or globs over them [default: everything]
    #[arg(add = nodes())]
    targets: Vec<String>,
    /// Plan with stand-ins for the assets of this source
    #[arg(long, value_name = "SOURCE")]
    mock: Vec<String>,
    /// List nodes that are up to date too
    #[arg(long)]
    all: bool,
    /// Ask nobody over a network; that something would have to be fetched is an error
    #[arg(long)]
    offline: bool,
    /// That Memefile.lock would have to change is an error
    #[arg(long)]
    locked: bool,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let mut project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    project.mocked = arguments.mock.iter().cloned().collect();
    project.asking = Asking { locked: arguments.locked, offline: arguments.offline };
    match told(globals, arguments, &project) {
        Ok(Ok(())) => Exit::Ok,
        Ok(Err(mistakes)) => globals.complain(&mistakes),
        Err(error) => {
            let message = format!("cannot keep the plan until it is whole: {error}");
            globals.complain(&[Diagnostic::error("io", message)])
        }
    }
}

/// Plans into a temporary file, since a mistake in the last cell leaves nothing to be said of the
/// first, and a plan may be larger than the memory.
fn told(
    globals: &Globals,
    arguments: &Arguments,
    project: &Project,
) -> io::Result<Result<(), Vec<Diagnostic>>> {
    let mode = Mode { offline: arguments.offline, locked: arguments.locked, update: false };
    let due = match due(project, mode) {
        Ok(due) => due,
        Err(problems) => return Ok(Err(problems)),
    };
    let mut spool = BufWriter::new(tempfile::tempfile()?);
    let mut broken = Ok(());
    let mut counts = Counts::default();
    let planned = plan(project, &arguments.targets, WINDOW, &mut |planned| {
        let text = match globals.json() {
            true => element(planned, counts.nodes),
            false => line(planned, arguments.all),
        };
        counts.add(planned);
        if broken.is_ok() {
            broken = spool.write_all(text.as_bytes());
        }
    });
    let outlook = match planned {
        Ok(outlook) => outlook,
        Err(mistakes) => return Ok(Err(mistakes)),
    };
    broken?;
    let mut spool = spool.into_inner()?;
    spool.rewind()?;
    let room = Room { slots: globals.slots(), free_bytes: project.free_bytes() };
    let mut out = io::stdout().lock();
    // A reader that went away ends nothing.
    let _ = match globals.json() {
        true => {
            let (head, tail) = around(&outlook, &due, &room, counts.nodes);
            out.write_all(head.as_bytes())
                .and_then(|()| io::copy(&mut spool, &mut out).map(drop))
                .and_then(|()| out.write_all(tail.as_bytes()))
        }
        false => io::copy(&mut spool, &mut out).map(drop).and_then(|()| {
            out.write_all(counts.text().as_bytes())?;
            out.write_all(text(&outlook, &due, &room).as_bytes())
        }),
    };
    let _ = out.flush();
    Ok(Ok(()))
}

/// A word for programs, and what there is to say.
fn words(fate: &Fate) -> (&'static str, String) {
    match fate {
        Fate::Fresh => ("fresh", String::new()),
        Fate::Hit => ("hit", "in the cache".to_owned()),
        Fate::Run(why) => ("run", why.clone()),
        Fate::Depends(node) => ("depends", format!("on what {node} makes")),
        Fate::Broken(problem) => ("broken", problem.clone()),
    }
}

/// With what a plan would be built.
struct Room {
    slots: usize,
    /// On the disk that holds the cache; absent where it cannot be told.
    free_bytes: Option<u64>,
}

/// What is to be said of the plan as a whole.
fn text(outlook: &Outlook, due: &[Due], room: &Room) -> String {
    let mut out = String::new();
    for Due { source, files } in due {
        let files = if *files == 1 { "1 file".to_owned() } else { format!("{files} files") };
        let _ = writeln!(out, "source {}: {files} to fetch", shown(source));
    }
    for Growth { batch, cells, pending } in &outlook.batches {
        let name = shown(batch);
        let _ = match pending {
            0 => writeln!(out, "batch {name}: {cells} cells"),
            _ => writeln!(
                out,
                "batch {name}: its cells are known once {pending} assets are ingested"
            ),
        };
    }
    for Waiting { render, films, pending } in &outlook.waiting {
        let films = if *films == 1 { "one film".to_owned() } else { format!("{films} films") };
        let once = match pending {
            0 => "its choice is made".to_owned(),
            _ => format!("{pending} assets are ingested"),
        };
        let _ = writeln!(out, "render {}: {films} once {once}", shown(render));
    }
    for GoesOn { director, at } in &outlook.directors {
        let next = match at {
            None => "asks once its candidates are ingested".to_owned(),
            Some(Line::Asks { turn }) => format!("turn {turn} is asked, and then it goes on"),
            Some(_) => "goes on once its last attempt is judged".to_owned(),
        };
        let _ = writeln!(out, "director {}: {next}", shown(director));
    }
    let (captions, distinct) = outlook.captions;
    if distinct < captions {
        let _ = writeln!(out, "{captions} captions share {distinct} drawings");
    }
    let Estimate { work_ms, bytes: made, unknown } = outlook.estimate;
    if work_ms > 0 {
        let slots = u64::try_from(room.slots).unwrap_or(1);
        let (wall, work) = (duration(work_ms / slots), duration(work_ms));
        let slots = if slots == 1 { "1 slot".to_owned() } else { format!("{slots} slots") };
        let _ = write!(out, "about {wall} with {slots} ({work} of work)");
        let _ = write!(out, ", and {} of disk", bytes(made));
        if let Some(free) = room.free_bytes {
            let _ = write!(out, " of {} that are free", bytes(free));
        }
        out.push('\n');
    }
    if unknown > 0 {
        let _ = writeln!(out, "{unknown} nodes are of a type that never ran here");
    }
    out
}

/// One node in the list of a JSON document.
fn element(planned: &Planned, before: usize) -> String {
    let (fate, why) = words(&planned.fate);
    let value = json!({
        "node": planned.node, "fate": fate, "why": why, "last_ms": planned.last_ms,
    });
    let text = serde_json::to_string_pretty(&value).expect("JSON values print");
    let comma = if before == 0 { "" } else { "," };
    format!("{comma}\n    {}", text.replace('\n', "\n    "))
}

/// What stands before and behind the nodes in a JSON document.
fn around(outlook: &Outlook, due: &[Due], room: &Room, nodes: usize) -> (String, String) {
    let due: Vec<Value> =
        due.iter().map(|d| json!({ "source": d.source, "files": d.files })).collect();
    let batches: Vec<Value> = outlook
        .batches
        .iter()
        .map(|g| json!({ "batch": g.batch, "cells": g.cells, "pending": g.pending }))
        .collect();
    let waiting: Vec<Value> = outlook
        .waiting
        .iter()
        .map(|w| json!({ "render": w.render, "films": w.films, "pending": w.pending }))
        .collect();
    let directors: Vec<Value> =
        outlook.directors.iter().map(|d| json!({ "director": d.director, "at": d.at })).collect();
    let rest = json!({
        "batches": batches,
        "waiting": waiting,
        "directors": directors,
        "fetch": due,
        "work_ms": outlook.estimate.work_ms,
        "bytes": outlook.estimate.bytes,
        "unknown": outlook.estimate.unknown,
        "free_bytes": room.free_bytes,
    });
    let rest = serde_json::to_string_pretty(&rest).expect("JSON values print");
    let end = if nodes == 0 { "]" } else { "\n  ]" };
    let head = "{\n  \"schemaVersion\": 1,\n  \"nodes\": [".to_owned();
    (head, format!("{end},{}\n", rest.trim_start_matches('{')))
}

/// A node's line; none where nothing is to be said of it.
fn line(planned: &Planned, all: bool) -> String {
    if !all && planned.fate == Fate::Fresh {
        return String::new();
    }
    let (word, why) = words(&planned.fate);
    let gap = if why.is_empty() { "" } else { "  " };
    format!("{word:>8} {}{gap}{}\n", shown(&planned.node), shown(&why))
}

/// How many nodes, and of which fate.
#[derive(Default)]
struct Counts {
    nodes: usize,
    by_word: HashMap<&'static str, u64>,
}

impl Counts {
    fn add(&mut self, planned: &Planned) {
        self.nodes += 1;
        *self.by_word.entry(words(&planned.fate).0).or_default() += 1;
    }

    fn text(&self) -> String {
        let count = |word: &str| self.by_word.get(word).copied().unwrap_or(0);
        let mut out = format!("{} nodes: {} to run", self.nodes, count("run"));
        for (word, what) in [
            ("depends", "that may follow"),
            ("hit", "in the cache"),
            ("fresh", "fresh"),
            ("broken", "broken"),
        ] {
            if count(word) > 0 {
                let _ = write!(out, ", {} {what}", count(word));
            }
        }
        out.push('\n');
        out
    }
}
