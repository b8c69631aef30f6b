//! What is known of nodes while a build runs, for whoever looks on: the records proper are written once
//! the build has ended, when everything that they speak of is durable.

use crate::engine::record::Records;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Not more often than this.
const EVERY: Duration = Duration::from_secs(1);

/// And so much of the time, at most, goes into it: one part of this many.
const SHARE: u32 = 50;

/// Writes records now and then.
pub struct Checkpoint {
    path: Option<PathBuf>,
    due: Instant,
    /// Nodes ended since it was written.
    is_behind: bool,
}

impl Checkpoint {
    /// `path`: where to; none: nobody looks on.
    pub fn new(path: Option<PathBuf>) -> Self {
        Self { path, due: Instant::now() + EVERY, is_behind: false }
    }

    /// A node ended.
    pub fn after(&mut self, records: &Records) {
        self.is_behind = self.path.is_some();
        self.catch_up(records);
    }

    /// Writes what ended since, if it is time. Where it cannot be written, nobody sees it, and the build
    /// goes on.
    pub fn catch_up(&mut self, records: &Records) {
        let began = Instant::now();
        let Some(path) = self.path.as_ref().filter(|_| self.is_behind && began >= self.due) else {
            return;
        };
        let _ = records.write_whole(path);
        self.is_behind = false;
        self.due = Instant::now() + EVERY.max(began.elapsed() * SHARE);
    }

    /// How long until it is time; none where nothing is to be written.
    pub fn wait(&self) -> Option<Duration> {
        self.is_behind.then(|| self.due.saturating_duration_since(Instant::now()))
    }
}
