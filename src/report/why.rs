//! Why a node ended as it did, told from the event log of a build.

use super::text::{duration, shown};
use crate::contract::cause::Cause;
use crate::contract::event::{Event, Status};
use std::collections::HashMap;
use std::fmt::Write;

/// The end of a node in one build, and what led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub node: String,
    pub build: String,
    pub status: Status,
    pub why: String,
    /// The node itself, then what it followed from, down to what somebody changed.
    pub chain: Vec<Link>,
    /// Each action, whether it was found, and why not.
    pub actions: Vec<(String, bool, String)>,
    pub wall_ms: u64,
    pub notes: Vec<String>,
}

/// A node on the way to the root of a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub node: String,
    pub status: Status,
    pub cause: Option<Cause>,
}

impl Told {
    /// What somebody changed.
    pub fn root(&self) -> Option<&Cause> {
        self.chain.last()?.cause.as_ref()
    }
}

/// The last end of `node` among `events`; `None` if that build found it fresh, or did not want it.
pub fn tell(events: &[Event], node: &str) -> Option<Told> {
    let build = events.iter().find_map(|event| match event {
        Event::BuildStarted { build, .. } => Some(build.clone()),
        _ => None,
    })?;
    let mut ends: HashMap<&str, &Event> = HashMap::new();
    let mut actions: Vec<(String, bool, String)> = Vec::new();
    for event in events {
        match event {
            // A build whose graph grows meets what it made in one round in the next.
            Event::ActionDecided { node: of, step, .. }
                if of == node && actions.iter().any(|(known, ..)| known == step) => {}
            Event::ActionDecided { node: of, step, hit, why, .. } if of == node => {
                actions.push((step.clone(), *hit, why.clone()));
            }
            Event::NodeFinished { node: of, .. } => drop(ends.insert(of, event)),
            _ => {}
        }
    }
    let Event::NodeFinished { status, why, wall_ms, notes, .. } = *ends.get(node)? else {
        return None;
    };
    Some(Told {
        node: node.to_owned(),
        build,
        status: *status,
        why: why.clone(),
        chain: chain(&ends, node),
        actions,
        wall_ms: *wall_ms,
        notes: notes.clone(),
    })
}

/// Follows causes from node to node, as far as this build tells.
fn chain(ends: &HashMap<&str, &Event>, node: &str) -> Vec<Link> {
    let mut chain: Vec<Link> = Vec::new();
    let mut at = node;
    while let Some(Event::NodeFinished { status, cause, .. }) = ends.get(at).copied() {
        if chain.iter().any(|link| link.node == at) {
            break;
        }
        chain.push(Link { node: at.to_owned(), status: *status, cause: cause.clone() });
        match cause {
            Some(Cause::Upstream { node }) => at = node,
            _ => break,
        }
    }
    chain
}

/// For people: the one cause first, then the way down to it, then each action.
pub fn text(told: &Told) -> String {
    let mut out = String::new();
    let node = shown(&told.node);
    match (told.status, told.root()) {
        (Status::Ran, Some(Cause::NeverBuilt)) if told.chain.len() == 1 => {
            let _ = writeln!(out, "{node} ran: it was never built");
        }
        (Status::Ran, Some(root)) => {
            let (word, name) = again(&node);
            let _ = writeln!(out, "{word} {name}: {}", shown(&root.to_string()));
        }
        _ => {
            let _ = writeln!(out, "{node} {}: {}", what(told.status), shown(&told.why));
        }
    }
    if told.chain.len() > 1 {
        for link in &told.chain {
            let cause = link.cause.as_ref().map_or(String::new(), Cause::to_string);
            let _ =
                writeln!(out, "  {} {}: {}", shown(&link.node), what(link.status), shown(&cause));
        }
    }
    let _ = writeln!(out, "  in build {}, in {}", told.build, duration(told.wall_ms));
    for (step, hit, why) in &told.actions {
        let mark = if *hit { "hit" } else { "ran" };
        let _ = writeln!(out, "  {mark}  {}: {}", shown(step), shown(why));
    }
    for note in &told.notes {
        let _ = writeln!(out, "  {}", shown(note));
    }
    out
}

/// `re-render launch/0007@tiktok`.
fn again(node: &str) -> (&str, &str) {
    match node.split_once(':') {
        Some(("render", name)) => ("re-render", name),
        _ => ("re-run", node),
    }
}

fn what(status: Status) -> &'static str {
    match status {
        Status::Ran => "ran",
        Status::Hit => "came from the cache",
        Status::Cutoff => "was cut off",
        Status::Failed => "failed",
        Status::Skipped => "was skipped",
        Status::Fresh => "was fresh",
        Status::Waiting => "waits for a choice",
    }
}
