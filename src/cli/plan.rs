//! `memebuild plan`: what a build would run.

use super::shared::{Globals, say, say_json};
use crate::diagnostic::Exit;
use crate::engine::estimate::{Estimate, estimate};
use crate::engine::plan::{Fate, Planned, plan};
use crate::graph::Graph;
use crate::graph::select::select;
use crate::node::expansion::Growth;
use crate::report::text::{bytes, duration, shown};
use clap::Args;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Names of nodes, or globs over them [default: everything]
    targets: Vec<String>,
    /// Plan with stand-ins for the assets of this source
    #[arg(long, value_name = "SOURCE")]
    mock: Vec<String>,
    /// List nodes that are up to date too
    #[arg(long)]
    all: bool,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let mut project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    project.mocked = arguments.mock.iter().cloned().collect();
    let opened = match project.open() {
        Ok(opened) => opened,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    let wanted = match select(&opened.graph, &arguments.targets) {
        Ok(wanted) => wanted,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    let planned = plan(&project, &opened, &wanted);
    let outlook = Outlook {
        estimate: estimate(&planned, &project.records()),
        slots: globals.slots(),
        free_bytes: project.free_bytes(),
        batches: &opened.loaded.graph.growth,
        captions: captions(&opened.graph),
    };
    if globals.json() {
        say_json(&document(&planned, &outlook));
    } else {
        say(&text(&planned, arguments.all));
        say(&outlook.text());
    }
    Exit::Ok
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

/// What is to be said of the plan as a whole.
struct Outlook<'a> {
    estimate: Estimate,
    slots: usize,
    /// Room on the disk that holds the cache; absent where it cannot be told.
    free_bytes: Option<u64>,
    batches: &'a [Growth],
    /// Captions, and how many of them say something that no other does.
    captions: (usize, usize),
}

/// How many captions there are, and how many differ: equal ones are drawn once.
fn captions(graph: &Graph) -> (usize, usize) {
    let nodes = graph.order().iter().map(|index| &graph.entry(*index).node);
    let captions: Vec<String> = nodes
        .filter(|node| node.type_name() == "caption")
        .map(|node| node.declaration().to_string())
        .collect();
    let distinct: HashSet<&String> = captions.iter().collect();
    (captions.len(), distinct.len())
}

impl Outlook<'_> {
    fn text(&self) -> String {
        let mut out = String::new();
        for Growth { batch, cells, pending } in self.batches {
            let name = shown(batch);
            let _ = match pending {
                0 => writeln!(out, "batch {name}: {cells} cells"),
                _ => writeln!(
                    out,
                    "batch {name}: its cells are known once {pending} assets are ingested"
                ),
            };
        }
        let (captions, distinct) = self.captions;
        if distinct < captions {
            let _ = writeln!(out, "{captions} captions share {distinct} drawings");
        }
        let Estimate { work_ms, bytes: made, unknown } = self.estimate;
        if work_ms > 0 {
            let slots = u64::try_from(self.slots).unwrap_or(1);
            let (wall, work) = (duration(work_ms / slots), duration(work_ms));
            let slots = if slots == 1 { "1 slot".to_owned() } else { format!("{slots} slots") };
            let _ = write!(out, "about {wall} with {slots} ({work} of work)");
            let _ = write!(out, ", and {} of disk", bytes(made));
            if let Some(free) = self.free_bytes {
                let _ = write!(out, " of {} that are free", bytes(free));
            }
            out.push('\n');
        }
        if unknown > 0 {
            let _ = writeln!(out, "{unknown} nodes are of a type that never ran here");
        }
        out
    }
}

fn document(planned: &[Planned], outlook: &Outlook<'_>) -> Value {
    let nodes: Vec<Value> = planned
        .iter()
        .map(|node| {
            let (fate, why) = words(&node.fate);
            json!({ "node": node.node, "fate": fate, "why": why, "last_ms": node.last_ms })
        })
        .collect();
    let batches: Vec<Value> = outlook
        .batches
        .iter()
        .map(|g| json!({ "batch": g.batch, "cells": g.cells, "pending": g.pending }))
        .collect();
    json!({
        "schemaVersion": 1,
        "nodes": nodes,
        "batches": batches,
        "work_ms": outlook.estimate.work_ms,
        "bytes": outlook.estimate.bytes,
        "unknown": outlook.estimate.unknown,
        "free_bytes": outlook.free_bytes,
    })
}

fn text(planned: &[Planned], all: bool) -> String {
    let mut out = String::new();
    let mut counts = [0u64; 5];
    for node in planned {
        let (word, why) = words(&node.fate);
        let at = ["run", "depends", "hit", "fresh", "broken"].iter().position(|w| *w == word);
        counts[at.unwrap_or(4)] += 1;
        if all || node.fate != Fate::Fresh {
            let gap = if why.is_empty() { "" } else { "  " };
            let _ = writeln!(out, "{word:>8} {}{gap}{}", shown(&node.node), shown(&why));
        }
    }
    let [run, depends, hit, fresh, broken] = counts;
    let _ = write!(out, "{} nodes: {run} to run", planned.len());
    for (count, what) in
        [(depends, "that may follow"), (hit, "in the cache"), (fresh, "fresh"), (broken, "broken")]
    {
        if count > 0 {
            let _ = write!(out, ", {count} {what}");
        }
    }
    out.push('\n');
    out
}
