//! Why a node ended as it did, told from the event log of a build.

use super::text::{duration, shown};
use crate::contract::event::{Event, Status};
use std::fmt::Write;

/// The end of a node in one build, and what led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub node: String,
    pub build: String,
    pub status: Status,
    pub why: String,
    /// Each action, whether it was found, and why not.
    pub actions: Vec<(String, bool, String)>,
    pub wall_ms: u64,
    pub notes: Vec<String>,
}

/// The last end of `node` among `events`; `None` if that build found it fresh, or did not want it.
pub fn tell(events: &[Event], node: &str) -> Option<Told> {
    let build = events.iter().find_map(|event| match event {
        Event::BuildStarted { build, .. } => Some(build.clone()),
        _ => None,
    })?;
    let mut actions = Vec::new();
    let mut told = None;
    for event in events {
        match event {
            Event::ActionDecided { node: of, step, hit, why, .. } if of == node => {
                actions.push((step.clone(), *hit, why.clone()));
            }
            Event::NodeFinished { node: of, status, why, wall_ms, notes, .. } if of == node => {
                told = Some(Told {
                    node: node.to_owned(),
                    build: build.clone(),
                    status: *status,
                    why: why.clone(),
                    actions: std::mem::take(&mut actions),
                    wall_ms: *wall_ms,
                    notes: notes.clone(),
                });
            }
            _ => {}
        }
    }
    told
}

/// For people: the one cause first, then each action.
pub fn text(told: &Told) -> String {
    let mut out = String::new();
    let what = match told.status {
        Status::Ran => "ran",
        Status::Hit => "came from the cache",
        Status::Cutoff => "was cut off",
        Status::Failed => "failed",
        Status::Skipped => "was skipped",
        Status::Fresh => "was fresh",
        Status::Waiting => "waits for a choice",
    };
    let _ = writeln!(out, "{} {what}: {}", shown(&told.node), shown(&told.why));
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
