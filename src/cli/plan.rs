//! `memebuild plan`: what a build would run.

use super::shared::{Globals, say, say_json};
use crate::diagnostic::Exit;
use crate::engine::plan::{Fate, Planned, plan};
use crate::graph::select::select;
use crate::report::text::{duration, shown};
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Names of nodes, or globs over them [default: everything]
    targets: Vec<String>,
    /// List nodes that are up to date too
    #[arg(long)]
    all: bool,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let opened = match project.open() {
        Ok(opened) => opened,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    let wanted = match select(&opened.graph, &arguments.targets) {
        Ok(wanted) => wanted,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    let planned = plan(&project, &opened, &wanted);
    if globals.json() {
        say_json(&document(&planned));
    } else {
        say(&text(&planned, arguments.all));
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

fn document(planned: &[Planned]) -> Value {
    let nodes: Vec<Value> = planned
        .iter()
        .map(|node| {
            let (fate, why) = words(&node.fate);
            json!({ "node": node.node, "fate": fate, "why": why, "last_ms": node.last_ms })
        })
        .collect();
    json!({ "schemaVersion": 1, "nodes": nodes })
}

fn text(planned: &[Planned], all: bool) -> String {
    let mut out = String::new();
    let mut counts = [0u64; 5];
    let mut expected = 0;
    let mut unknown = 0;
    for node in planned {
        let (word, why) = words(&node.fate);
        let at = ["run", "depends", "hit", "fresh", "broken"].iter().position(|w| *w == word);
        counts[at.unwrap_or(4)] += 1;
        if matches!(node.fate, Fate::Run(_) | Fate::Depends(_)) {
            expected += node.last_ms.unwrap_or(0);
            unknown += u64::from(node.last_ms.is_none());
        }
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
    let work = duration(expected);
    let _ = match (expected, unknown) {
        (0, 0) => Ok(()),
        (0, _) => write!(out, "; {unknown} never ran before"),
        (_, 0) => write!(out, "; at most {work}, by what it took before"),
        _ => write!(out, "; at most {work}, by what it took before, and {unknown} that never ran"),
    };
    out.push('\n');
    out
}
