//! What a build tells while it runs, for whoever looks on from another process.
//!
//! One file, `cache/state/now.jsonl`: the events of the build that runs, or of the last one, progress
//! included. The builder appends whole lines and reads nothing, so that nobody who looks on can hold
//! it up; it holds a lock on the file for as long as it lives, so that one that was killed is known to
//! be gone.

use crate::contract::event::{Event, Status};
use rustix::fs::{FlockOperation, flock};
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How often the progress of one action is told, milliseconds.
const EVERY_MS: u64 = 100;

/// Most bytes that are read of the file at once.
const MOST: u64 = 4 << 20;

fn path(cache: &Path) -> PathBuf {
    cache.join("state/now.jsonl")
}

/// Tells events as they happen. One that cannot be told is lost, and the build goes on.
pub struct Broadcast {
    out: Option<File>,
    /// When the progress of an action was told last, by node and step.
    told_ms: HashMap<(String, String), u64>,
}

impl Broadcast {
    /// Begins anew: whoever reads on what an earlier build told sees another file.
    pub fn begin(cache: &Path) -> Self {
        let path = path(cache);
        let _ = std::fs::remove_file(&path);
        let made = std::fs::create_dir_all(cache.join("state")).and_then(|()| {
            let file = File::create_new(&path)?;
            // Whoever looks whether it is alive has it for a moment.
            flock(&file, FlockOperation::LockShared)?;
            Ok(file)
        });
        Self { out: made.ok(), told_ms: HashMap::new() }
    }

    /// Appends one line. Nodes that were fresh have none, as in the log.
    pub fn tell(&mut self, event: &Event) {
        let dull = match event {
            Event::NodeFinished { status, .. } => *status == Status::Fresh,
            Event::ActionProgress { at_ms, node, step, .. } => {
                let last = self.told_ms.entry((node.clone(), step.clone())).or_insert(0);
                let dull = *at_ms < *last + EVERY_MS;
                *last = if dull { *last } else { *at_ms };
                dull
            }
            _ => false,
        };
        let Some(out) = self.out.as_mut().filter(|_| !dull) else { return };
        let mut line = serde_json::to_vec(event).expect("events serialise");
        line.push(b'\n');
        if out.write_all(&line).is_err() {
            self.out = None;
        }
    }
}

/// Whether a build runs in the project with this cache, and tells of itself.
pub fn is_running(cache: &Path) -> bool {
    File::open(path(cache)).is_ok_and(|file| is_held(&file))
}

/// Whether whoever tells is alive.
fn is_held(file: &File) -> bool {
    let held = flock(file, FlockOperation::NonBlockingLockExclusive).is_err();
    let _ = flock(file, FlockOperation::Unlock);
    held
}

/// What is new since the last look.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Another build began than the one that was looked at: what was told before is over.
    pub began: bool,
    /// Whole lines, each an event, without their ends.
    pub lines: Vec<String>,
    /// Whether whoever tells is alive.
    pub running: bool,
}

/// Looks on. Costs one `stat` where nothing happened.
pub struct Follower {
    path: PathBuf,
    file: Option<File>,
    /// Device and inode.
    which: (u64, u64),
    read: u64,
    /// Begin of a line whose end is not there yet.
    rest: Vec<u8>,
}

impl Follower {
    pub fn new(cache: &Path) -> Self {
        Self { path: path(cache), file: None, which: (0, 0), read: 0, rest: Vec::new() }
    }

    /// What was told since the last look.
    pub fn look(&mut self) -> News {
        let mut news = News::default();
        let Ok(about) = std::fs::metadata(&self.path) else { return news };
        let which = (about.dev(), about.ino());
        if self.file.is_none() || which != self.which {
            let Ok(file) = File::open(&self.path) else { return news };
            (self.file, self.which) = (Some(file), which);
            (self.read, self.rest) = (0, Vec::new());
            news.began = true;
        }
        let Some(file) = &self.file else { return news };
        // Asked before it is read: what one that has ended told is all there.
        news.running = is_held(file);
        let mut bytes = std::mem::take(&mut self.rest);
        let held = bytes.len();
        let mut file: &File = file;
        let got = file
            .seek(SeekFrom::Start(self.read))
            .and_then(|_| file.take(MOST).read_to_end(&mut bytes));
        self.read += got.map_or(bytes.len() - held, |count| count) as u64;
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        self.rest = bytes.split_off(end);
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        news.lines
            .extend(lines.filter_map(|line| std::str::from_utf8(line).ok().map(str::to_owned)));
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(at_ms: u64, frame: u32) -> Event {
        let (node, step) = ("render:a@tiktok".to_owned(), "render/segment 0".to_owned());
        Event::ActionProgress { at_ms, node, step, frame, speed_milli: None }
    }

    fn grew(nodes: u64) -> Event {
        Event::GraphGrew { at_ms: 1, nodes }
    }

    #[test]
    fn who_looks_on_sees_what_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut follower = Follower::new(folder.path());
        assert_eq!(follower.look(), News::default());
        let mut told = Broadcast::begin(folder.path());
        told.tell(&grew(1));
        let first = follower.look();
        assert!(first.began && first.running);
        assert_eq!(first.lines, [serde_json::to_string(&grew(1)).unwrap()]);
        told.tell(&grew(2));
        let second = follower.look();
        assert!(!second.began && second.running);
        assert_eq!(second.lines, [serde_json::to_string(&grew(2)).unwrap()]);
        drop(told);
        assert_eq!(follower.look(), News::default());
    }

    #[test]
    fn another_build_is_seen_to_begin() {
        let folder = tempfile::tempdir().unwrap();
        let mut follower = Follower::new(folder.path());
        let mut first = Broadcast::begin(folder.path());
        first.tell(&grew(1));
        follower.look();
        drop(first);
        let mut second = Broadcast::begin(folder.path());
        second.tell(&grew(2));
        let news = follower.look();
        assert!(news.began);
        assert_eq!(news.lines.len(), 1);
    }

    #[test]
    fn half_a_line_waits_for_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut follower = Follower::new(folder.path());
        let told = Broadcast::begin(folder.path());
        let mut out = told.out.as_ref().unwrap();
        out.write_all(b"{\"event\":").unwrap();
        assert!(follower.look().lines.is_empty());
        out.write_all(b"1}\n{").unwrap();
        assert_eq!(follower.look().lines, ["{\"event\":1}"]);
    }

    #[test]
    fn progress_is_told_now_and_then() {
        let folder = tempfile::tempdir().unwrap();
        let mut follower = Follower::new(folder.path());
        let mut told = Broadcast::begin(folder.path());
        (1000..2000).step_by(10).for_each(|at_ms| told.tell(&progress(at_ms, 1)));
        assert_eq!(follower.look().lines.len(), 10);
    }
}
