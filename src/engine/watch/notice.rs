//! Hears of changes on the disk, and says when it is quiet again.

use super::reads::Reads;
use crate::diagnostic::Diagnostic;
use crate::exec::Cancel;
use crate::store::stamp;
use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use notify::{Config, Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A change is told once nothing more came for so long: editors write a file, then another, then
/// rename. It is a little more than the tick within which stat data cannot be believed, which a build
/// would wait for anyway.
const QUIET: Duration = Duration::from_millis(25);

/// It is told after so long even if there is no quiet.
const PATIENCE: Duration = Duration::from_millis(250);

/// Hears of changes of what is read.
pub struct Notices {
    shared: Arc<Shared>,
    watcher: RecommendedWatcher,
    /// Folder → device and inode, as they were when it was begun to be watched.
    watched: BTreeMap<PathBuf, (u64, u64)>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    reads: Reads,
    /// What changed and was not told yet.
    paths: BTreeSet<PathBuf>,
    /// When the first and the last of it did.
    first: Option<Instant>,
    last: Option<Instant>,
    /// The build that runs: any change makes it useless.
    running: Option<Cancel>,
    over: bool,
}

impl Notices {
    /// # Errors
    /// The system cannot tell of changes.
    pub fn new(reads: Reads) -> Result<Self, Diagnostic> {
        let shared = Arc::new(Shared::default());
        let ears = shared.clone();
        let hear = move |heard: notify::Result<Event>| ears.hear(heard);
        let watcher = RecommendedWatcher::new(hear, Config::default()).map_err(|e| deaf(&e))?;
        let mut notices = Self { shared, watcher, watched: BTreeMap::new() };
        notices.read(reads, stamp::now_ns())?;
        Ok(notices)
    }

    /// What is read from now on. What was not watched so far counts as changed if it is not as it was at
    /// `since_ns` (nanoseconds since 1970), when it was read.
    ///
    /// # Errors
    /// A folder cannot be watched.
    pub fn read(&mut self, reads: Reads, since_ns: i64) -> Result<(), Diagnostic> {
        let folders = reads.watched();
        self.shared.lock().reads = reads.clone();
        let gone: Vec<PathBuf> = self
            .watched
            .iter()
            .filter(|(folder, was)| !folders.contains(*folder) || identity(folder) != Some(**was))
            .map(|(folder, _)| folder.clone())
            .collect();
        for folder in gone {
            self.watched.remove(&folder);
            // A folder that was removed is watched no more as it is.
            let _ = self.watcher.unwatch(&folder);
        }
        let mut added = BTreeSet::new();
        for folder in folders {
            let Some(identity) = identity(&folder) else { continue };
            if !self.watched.contains_key(&folder) {
                let begun = self.watcher.watch(&folder, RecursiveMode::NonRecursive);
                begun.map_err(|error| deaf(&error))?;
                self.watched.insert(folder.clone(), identity);
                added.insert(folder);
            }
        }
        let late = reads.changed_in(&added, since_ns);
        if !late.is_empty() {
            self.shared.lock().note(late);
        }
        Ok(())
    }

    /// What is read, to be changed.
    pub fn reads(&self) -> Reads {
        self.shared.lock().reads.clone()
    }

    pub fn folders(&self) -> usize {
        self.watched.len()
    }

    /// A build begins: whatever changes from now on cancels it.
    pub fn begin(&self, cancel: &Cancel) {
        let mut state = self.shared.lock();
        if state.over || !state.paths.is_empty() {
            cancel.cancel();
        }
        state.running = Some(cancel.clone());
    }

    /// The build has ended.
    pub fn end(&self) {
        self.shared.lock().running = None;
    }

    /// Whether something changed that was not told yet.
    pub fn is_pending(&self) -> bool {
        !self.shared.lock().paths.is_empty()
    }

    /// What ends it from another thread.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.shared.clone())
    }

    /// Sleeps until something changed and it was quiet then; `None` once it is over.
    pub fn next(&self) -> Option<Vec<PathBuf>> {
        let mut state = self.shared.lock();
        loop {
            if state.over {
                return None;
            }
            let Some((first, last)) = state.first.zip(state.last) else {
                let woken = self.shared.changed.wait(state);
                state = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let until = (last + QUIET).min(first + PATIENCE);
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                (state.first, state.last) = (None, None);
                return Some(std::mem::take(&mut state.paths).into_iter().collect());
            }
            let woken = self.shared.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Ends the wait for changes, and the build that runs.
pub struct Stopper(Arc<Shared>);

impl Stopper {
    pub fn stop(&self) {
        let mut state = self.0.lock();
        state.over = true;
        state.running.iter().for_each(Cancel::cancel);
        drop(state);
        self.0.changed.notify_all();
    }
}

impl State {
    /// Something changed, which nobody was told yet.
    fn note(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        let now = Instant::now();
        self.paths.extend(paths);
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.running.iter().for_each(Cancel::cancel);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, heard: notify::Result<Event>) {
        let mut state = self.lock();
        let paths: Vec<PathBuf> = match heard {
            // More happened than the system could tell: all of it, perhaps.
            Ok(event) if event.need_rescan() => state.reads.watched().into_iter().collect(),
            Ok(event) if is_change(&event.kind) => {
                let runs = state.running.is_some();
                let reads = &state.reads;
                // While a build runs, it is the one who writes the lock.
                let of_interest =
                    |path: &PathBuf| reads.concerns(path) && !(runs && reads.is_lock(path));
                event.paths.into_iter().filter(of_interest).collect()
            }
            Ok(_) => return,
            // What the system could not tell is looked for.
            Err(error) => error.paths,
        };
        if !paths.is_empty() {
            state.note(paths);
            drop(state);
            self.changed.notify_all();
        }
    }
}

/// Whether bytes or names changed. That a file was opened, read or linked is none of it.
fn is_change(kind: &EventKind) -> bool {
    match kind {
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Any | EventKind::Other => true,
        EventKind::Modify(how) => !matches!(how, ModifyKind::Metadata(_)),
        EventKind::Access(how) => *how == AccessKind::Close(AccessMode::Write),
    }
}

fn identity(folder: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(folder).ok().map(|meta| (meta.dev(), meta.ino()))
}

fn deaf(error: &notify::Error) -> Diagnostic {
    let problem =
        Diagnostic::error("watch", format!("the system does not tell of changes: {error}"));
    match error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            problem.hint("raise `sysctl fs.inotify.max_user_watches`, then watch again")
        }
        _ => problem.hint("`memebuild` builds once without watching"),
    }
}
