//! One build of the past, told from its event log.

use super::fold::Fold;
use crate::contract::event::{Event, Status};
use serde_json::{Value, json};

/// What a build came to.
#[derive(Debug, Clone, Default)]
pub struct Past {
    pub build: String,
    /// Milliseconds since 1970.
    pub started_ms: u64,
    pub targets: Vec<String>,
    pub fold: Fold,
    /// None: it was killed, or still runs.
    pub exit_code: Option<u8>,
    pub cancelled: bool,
    /// Nodes that were fresh: they have no line of their own.
    pub fresh: u64,
    pub saved_ms: u64,
    /// Actions that were looked up, and how many of them were found.
    pub lookups: (u64, u64),
    /// Actions that ran although they had run before, since their bytes were gone.
    pub again: u64,
}

impl Past {
    /// `None` if the log does not begin like one.
    pub fn tell(events: &[Event]) -> Option<Self> {
        let mut past = Self::default();
        for event in events {
            match event {
                Event::BuildStarted { build, started_ms, targets, .. } => {
                    past.build.clone_from(build);
                    past.started_ms = *started_ms;
                    past.targets.clone_from(targets);
                }
                Event::ActionDecided { hit, why, .. } => {
                    let again = !*hit && why.starts_with("its output ");
                    past.again += u64::from(again);
                    past.lookups.0 += u64::from(!again);
                    past.lookups.1 += u64::from(*hit);
                }
                Event::BuildFinished { exit_code, cancelled, fresh, saved_ms, .. } => {
                    past.exit_code = Some(*exit_code);
                    past.cancelled = *cancelled;
                    past.fresh = *fresh;
                    past.saved_ms = past.fold.saved_ms + saved_ms;
                }
                _ => {}
            }
            past.fold.add(event);
        }
        (!past.build.is_empty()).then_some(past)
    }

    /// Thousandths of the nodes that needed no work; none where there were none.
    pub fn hit_milli(&self) -> Option<u64> {
        let hits = self.fold.count(Status::Hit) + self.fold.count(Status::Cutoff) + self.fresh;
        (hits * 1000).checked_div(self.fold.nodes)
    }

    /// How many nodes ended so.
    pub fn count(&self, status: Status) -> u64 {
        match status {
            Status::Fresh => self.fresh,
            other => self.fold.count(other),
        }
    }

    /// How it ended, in a word.
    pub fn end(&self) -> String {
        match self.exit_code {
            None => "unfinished".to_owned(),
            Some(_) if self.cancelled => "cancelled".to_owned(),
            Some(code) => code.to_string(),
        }
    }

    /// Without its nodes.
    pub fn document(&self) -> Value {
        let counts: serde_json::Map<String, Value> = Status::ALL
            .iter()
            .map(|status| (status.as_str().to_owned(), self.count(*status).into()))
            .collect();
        json!({
            "build": self.build,
            "started_ms": self.started_ms,
            "targets": self.targets,
            "wall_ms": self.exit_code.map(|_| self.fold.wall_ms),
            "exit_code": self.exit_code,
            "cancelled": self.cancelled,
            "nodes": self.fold.nodes,
            "counts": counts,
            "rejected": self.fold.rejected,
            "actions_ran": self.fold.actions_ran,
            "actions_again": self.again,
            "lookups": self.lookups.0,
            "lookups_found": self.lookups.1,
            "saved_ms": self.saved_ms,
        })
    }
}
