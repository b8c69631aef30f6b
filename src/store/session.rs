//! The folder of this process under `cache/tmp`, where everything is written before it has a name.
//!
//! Its name is taken by `mkdir`, so it is unique whatever process ids mean here, and the process
//! holds a `flock` on it, which needs no unlocking. Leftovers of killed processes are swept once
//! they are a day old and nobody holds their lock. If the cache cannot be written, the folder is
//! made among the system's temporary files instead: the build goes on and nothing is kept.

use super::error::{StoreError, explain_io, io_code};
use crate::diagnostic::{Diagnostic, Level};
use rustix::fs::{FlockOperation, flock};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

/// Age from which leftovers may be swept.
const LEFTOVER_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder for unfinished files. Made at the first use, so that a build with nothing to do does
/// not touch the disk; gone when dropped, but for what was left in it on purpose.
#[derive(Debug)]
pub struct Session {
    tmp: PathBuf,
    made: OnceLock<io::Result<Made>>,
    next: AtomicU64,
    /// A folder in each file system into which files were placed since the last flush.
    placed: Mutex<BTreeMap<u64, File>>,
}

#[derive(Debug)]
struct Made {
    dir: PathBuf,
    /// Holds the lock.
    handle: File,
    /// Why it is not in the cache.
    elsewhere: Option<Diagnostic>,
}

impl Session {
    /// A session under the folder `tmp` of a cache; nothing is made yet.
    pub fn new(tmp: PathBuf) -> Self {
        Self { tmp, made: OnceLock::new(), next: AtomicU64::new(0), placed: Mutex::default() }
    }

    /// The folder.
    pub fn dir(&self) -> Result<&Path, StoreError> {
        self.made().map(|made| made.dir.as_path())
    }

    /// The open folder, to flush its file system by.
    pub(super) fn handle(&self) -> Result<&File, StoreError> {
        self.made().map(|made| &made.handle)
    }

    /// Whether no other process that lives has a folder beside this one.
    pub(super) fn is_alone(&self) -> bool {
        let own = self.made.get().and_then(|made| made.as_ref().ok()).map(|made| &made.dir);
        let Ok(entries) = std::fs::read_dir(&self.tmp) else { return true };
        entries.flatten().map(|entry| entry.path()).filter(|path| Some(path) != own).all(|path| {
            File::open(&path)
                .is_ok_and(|other| flock(&other, FlockOperation::NonBlockingLockExclusive).is_ok())
        })
    }

    /// A path in the folder that nobody used before.
    pub fn fresh(&self, prefix: &str) -> Result<PathBuf, StoreError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Ok(self.dir()?.join(format!("{prefix}{number}")))
    }

    /// Remembers that a file was placed in `folder`, which lies on device `dev`.
    pub(super) fn note_placed(&self, dev: u64, folder: &Path) -> io::Result<()> {
        let mut placed = self.placed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Vacant(entry) = placed.entry(dev) {
            entry.insert(File::open(folder)?);
        }
        Ok(())
    }

    /// Makes all files that were placed durable.
    pub(super) fn flush_placed(&self) -> io::Result<()> {
        let placed =
            std::mem::take(&mut *self.placed.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(placed.values().try_for_each(rustix::fs::syncfs)?)
    }

    /// Why nothing can be kept: the cache could not be written, and the folder is elsewhere.
    pub fn elsewhere(&self) -> Option<&Diagnostic> {
        self.made.get()?.as_ref().ok()?.elsewhere.as_ref()
    }

    fn made(&self) -> Result<&Made, StoreError> {
        self.made.get_or_init(|| make(&self.tmp)).as_ref().map_err(|error| {
            let error = match error.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => error.kind().into(),
            };
            StoreError::io("make a folder in", &self.tmp)(error)
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(Ok(made)) = self.made.get() {
            // Nobody can be told. What was kept on purpose keeps the folder, until the sweep.
            let _ = match made.elsewhere {
                None => std::fs::remove_dir(&made.dir),
                Some(_) => std::fs::remove_dir_all(&made.dir),
            };
        }
    }
}

fn make(tmp: &Path) -> io::Result<Made> {
    let in_cache = std::fs::create_dir_all(tmp).and_then(|()| make_in(tmp));
    match in_cache {
        Ok((dir, handle)) => {
            sweep(tmp);
            Ok(Made { dir, handle, elsewhere: None })
        }
        Err(error) => {
            // The folder's own error says more than that of the fallback.
            let Ok((dir, handle)) = make_in(&std::env::temp_dir()) else { return Err(error) };
            Ok(Made { dir, handle, elsewhere: Some(not_kept(&error, tmp)) })
        }
    }
}

fn make_in(parent: &Path) -> io::Result<(PathBuf, File)> {
    let pid = std::process::id();
    for attempt in 0u32.. {
        let dir = parent.join(format!("memebuild-{pid}-{attempt}"));
        match std::fs::create_dir(&dir) {
            Ok(()) => {
                let handle = File::open(&dir)?;
                flock(&handle, FlockOperation::NonBlockingLockExclusive)?;
                return Ok((dir, handle));
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn not_kept(error: &io::Error, tmp: &Path) -> Diagnostic {
    let message = format!("the cache cannot be written, so nothing of this build is kept: {error}");
    let mut warning = explain_io(Diagnostic::error(io_code(error), message), error, tmp)
        .note(format!("tried to make a folder in `{}`", tmp.display()));
    warning.level = Level::Warning;
    warning
}

/// Removes leftovers of processes that are no more. Best effort: what cannot be removed stays.
fn sweep(tmp: &Path) {
    let Ok(entries) = std::fs::read_dir(tmp) else { return };
    for entry in entries.flatten() {
        let old = entry.metadata().and_then(|m| m.modified()).is_ok_and(|modified| {
            SystemTime::now().duration_since(modified).is_ok_and(|age| age > LEFTOVER_AGE)
        });
        if !old {
            continue;
        }
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let Ok(handle) = File::open(&path) else { continue };
            if flock(&handle, FlockOperation::NonBlockingLockExclusive).is_ok() {
                let _ = std::fs::remove_dir_all(&path);
            }
        } else {
            let _ = std::fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(path: &Path, by: Duration) {
        File::open(path).unwrap().set_modified(SystemTime::now() - by).unwrap();
    }

    #[test]
    fn only_old_folders_that_nobody_holds_are_swept() {
        let cache = tempfile::tempdir().unwrap();
        let tmp = cache.path().join("tmp");
        let two_days = LEFTOVER_AGE * 2;

        let alive = Session::new(tmp.clone());
        std::fs::write(alive.fresh("x").unwrap(), "in use").unwrap();
        age(alive.dir().unwrap(), two_days);
        for (name, by) in [("dead", two_days), ("young", LEFTOVER_AGE / 2)] {
            std::fs::create_dir(tmp.join(name)).unwrap();
            std::fs::write(tmp.join(name).join("leftover"), "").unwrap();
            age(&tmp.join(name), by);
        }

        let other = Session::new(tmp.clone());
        assert_ne!(other.dir().unwrap(), alive.dir().unwrap());
        assert!(alive.dir().unwrap().join("x0").exists());
        assert!(!tmp.join("dead").exists());
        assert!(tmp.join("young").exists());
    }

    #[test]
    fn an_unused_session_makes_nothing_and_a_used_one_leaves_nothing() {
        let cache = tempfile::tempdir().unwrap();
        let tmp = cache.path().join("tmp");
        drop(Session::new(tmp.clone()));
        assert!(!tmp.exists());
        let session = Session::new(tmp.clone());
        assert!(session.dir().unwrap().starts_with(&tmp));
        drop(session);
        assert_eq!(std::fs::read_dir(&tmp).unwrap().count(), 0);
    }

    #[test]
    fn without_a_cache_the_folder_is_elsewhere_and_says_so() {
        let cache = tempfile::tempdir().unwrap();
        let tmp = cache.path().join("tmp");
        std::fs::write(&tmp, "a file where the folder should be").unwrap();
        let session = Session::new(tmp.clone());
        let dir = session.dir().unwrap().to_owned();
        assert!(!dir.starts_with(&tmp) && dir.exists());
        let warning = session.elsewhere().unwrap();
        assert_eq!(warning.level, Level::Warning);
        assert!(warning.message.starts_with("the cache cannot be written"), "{warning}");
        drop(session);
        assert!(!dir.exists());
    }
}
