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
}

impl Checkpoint {
    /// `path`: where to; none: nobody looks on.
    pub fn new(path: Option<PathBuf>) -> Self {
        Self { path, due: Instant::now() + EVERY }
    }

    /// A node ended. Where it cannot be written, nobody sees it, and the build goes on.
    pub fn after(&mut self, records: &Records) {
        let Some(path) = self.path.as_ref().filter(|_| Instant::now() >= self.due) else { return };
        let began = Instant::now();
        let _ = records.write_whole(path);
        self.due = Instant::now() + EVERY.max(began.elapsed() * SHARE);
    }
}
