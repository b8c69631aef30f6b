//! Builds of the past, newest first. What a finished one came to never changes, so it is told once and
//! remembered; its log is read again only by those who look into it.

use crate::contract::event::{Event, Status};
use crate::contract::page::BuildCard;
use crate::engine::log;
use crate::engine::project::Project;
use crate::engine::state;
use crate::report::history::Past;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a build's log has to say of actions, and what it comes to.
const ACTIONS: [&str; 3] = ["action-started", "action-finished", "build-finished"];
const SUMS: [&str; 6] = [
    "build-started",
    "graph-grew",
    "action-decided",
    "action-finished",
    "node-finished",
    "build-finished",
];

/// All builds whose logs are kept.
pub struct History {
    cache: PathBuf,
    pub builds: Vec<Told>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub card: BuildCard,
    /// Whether any action ran.
    pub acted: bool,
    pub targets: Vec<String>,
}

impl Told {
    /// Whether it looked at every node of the project, and reached each.
    pub fn is_whole(&self) -> bool {
        let reached = matches!(self.card.exit_code, Some(0 | 3 | 4));
        self.targets.is_empty() && reached && !self.card.cancelled
    }
}

/// What is remembered: of this version of memebuild, by the build's name.
#[derive(Default, Serialize, Deserialize)]
struct Memory {
    version: String,
    told: BTreeMap<String, Told>,
}

impl History {
    pub fn read(project: &Project) -> Self {
        let cache = project.cache.clone();
        let path = cache.join("state/builds.json");
        let mut memory = recall(&path);
        let mut builds = Vec::new();
        let mut learnt = false;
        for name in log::builds(&cache) {
            if let Some(told) = memory.remove(&name) {
                builds.push(told);
            } else if let Some(told) = tell(&cache, &name) {
                learnt |= told.card.wall_ms.is_some();
                builds.push(told);
            }
        }
        if learnt || !memory.is_empty() {
            remember(&path, &builds);
        }
        Self { cache, builds }
    }

    pub fn cards(&self) -> Vec<BuildCard> {
        self.builds.iter().map(|told| told.card.clone()).collect()
    }

    /// How nodes ended in a build, oldest first, of those that are wanted; nodes that were fresh have no
    /// line.
    pub fn ends(&self, at: usize, wanted: &(dyn Fn(&str) -> bool + Sync)) -> Vec<Event> {
        log::read_ends(&self.cache, &self.builds[at].card.build, wanted).unwrap_or_default()
    }

    /// The actions of the newest build in which any ran.
    pub fn actions(&self) -> Vec<Event> {
        let build = self.acted().map(|at| &self.builds[at].card.build);
        let read = build.and_then(|build| log::read_kinds(&self.cache, build, &ACTIONS).ok());
        read.unwrap_or_default()
    }

    /// The newest build in which any action ran.
    pub fn acted(&self) -> Option<usize> {
        self.builds.iter().position(|told| told.acted)
    }
}

fn tell(cache: &Path, build: &str) -> Option<Told> {
    let events = log::read_kinds(cache, build, &SUMS).ok()?;
    let past = Past::tell(&events)?;
    let acted = events.iter().any(|event| matches!(event, Event::ActionFinished { .. }));
    let counts: BTreeMap<Status, u64> = Status::ALL
        .into_iter()
        .map(|status| (status, past.count(status)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let card = BuildCard {
        build: past.build.clone(),
        started_ms: past.started_ms,
        wall_ms: past.exit_code.map(|_| past.fold.wall_ms),
        exit_code: past.exit_code,
        cancelled: past.cancelled,
        nodes: past.fold.nodes,
        counts,
        rejected: past.fold.rejected,
        actions_ran: past.fold.actions_ran,
        lookups: past.lookups.0,
        lookups_found: past.lookups.1,
        saved_ms: past.saved_ms,
    };
    Some(Told { card, acted, targets: past.targets })
}

fn recall(path: &Path) -> BTreeMap<String, Told> {
    let memory = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let memory: Memory = memory.unwrap_or_default();
    if memory.version == env!("CARGO_PKG_VERSION") { memory.told } else { BTreeMap::new() }
}

/// A build that has not ended may say more.
fn remember(path: &Path, builds: &[Told]) {
    let ended = builds.iter().filter(|told| told.card.wall_ms.is_some());
    let told = ended.map(|told| (told.card.build.clone(), told.clone())).collect();
    let memory = Memory { version: env!("CARGO_PKG_VERSION").to_owned(), told };
    if let Ok(bytes) = serde_json::to_vec(&memory) {
        // It is told again where it cannot be kept.
        let _ = state::replace(path, &bytes);
    }
}
