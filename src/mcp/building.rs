//! The build that runs here: one at a time, seen by whoever asks.

use super::progress::{Meter, Progress};
use crate::contract::event::Event;
use crate::diagnostic::Diagnostic;
use crate::report::fold::Fold;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// A build, as far as it has told.
#[derive(Debug, Default)]
pub struct Building {
    told: Mutex<So>,
}

/// What is known of it so far.
#[derive(Debug, Clone, Default)]
pub struct So {
    /// Its name, once it has one.
    pub build: Option<String>,
    /// Milliseconds since 1970.
    pub started_ms: u64,
    pub targets: Vec<String>,
    pub fold: Fold,
    meter: Meter,
}

impl Building {
    fn lock(&self) -> MutexGuard<'_, So> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an event in; what there is to say of it to whoever waits.
    pub fn see(&self, event: &Event) -> Option<Progress> {
        let mut so = self.lock();
        if let Event::BuildStarted { build, started_ms, targets, .. } = event {
            so.build = Some(build.clone());
            so.started_ms = *started_ms;
            so.targets.clone_from(targets);
        }
        so.fold.add(event);
        let ended = so.fold.results.len();
        let nodes = so.fold.nodes;
        so.meter.see(event, ended, nodes)
    }

    /// Another memebuild works in the project first.
    pub fn waits(&self) -> Progress {
        self.lock().meter.waits()
    }

    pub fn so_far(&self) -> So {
        self.lock().clone()
    }
}

/// Room for one build.
#[derive(Debug, Default)]
pub struct Slot {
    running: Mutex<Option<Arc<Building>>>,
    ended: Notify,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<Building>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the room until the place is dropped.
    ///
    /// # Errors
    /// `busy`: a build runs already.
    pub fn take(&self) -> Result<Place<'_>, Diagnostic> {
        let mut running = self.lock();
        free(&running)?;
        let building = Arc::new(Building::default());
        *running = Some(Arc::clone(&building));
        Ok(Place { slot: self, building })
    }

    /// Whether no build runs.
    ///
    /// # Errors
    /// `busy`: one does.
    pub fn free(&self) -> Result<(), Diagnostic> {
        free(&self.lock())
    }

    /// The build that runs.
    pub fn running(&self) -> Option<Arc<Building>> {
        self.lock().clone()
    }

    /// Waits until none does.
    pub async fn idle(&self) {
        loop {
            let ended = self.ended.notified();
            if self.running().is_none() {
                return;
            }
            ended.await;
        }
    }
}

fn free(running: &Option<Arc<Building>>) -> Result<(), Diagnostic> {
    match running {
        None => Ok(()),
        Some(_) => Err(Diagnostic::error("busy", "a build of this server is running")
            .hint("`status` tells how far it is; ask again once it ended")),
    }
}

/// A build that has the room.
#[derive(Debug)]
pub struct Place<'a> {
    slot: &'a Slot,
    pub building: Arc<Building>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.slot.lock() = None;
        self.slot.ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_build_runs_at_a_time() {
        let slot = Slot::default();
        let place = slot.take().unwrap();
        assert_eq!(slot.take().unwrap_err().code, "busy");
        assert!(slot.running().is_some());
        drop(place);
        assert!(slot.running().is_none() && slot.take().is_ok());
    }
}
