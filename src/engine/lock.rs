//! One build at a time in a project: an advisory lock that ends with the process that holds it.

use crate::diagnostic::{Diagnostic, Exit};
use crate::exec::Cancel;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

/// How often a lock that somebody has is tried again.
const LOOK: Duration = Duration::from_millis(50);

/// Held until dropped, or until the process ends in whatever way.
pub struct ProjectLock {
    _file: Option<File>,
}

impl ProjectLock {
    /// Waits for another build of the project to end, or to be cancelled. `waiting` is called once if
    /// there is one. A cache that cannot be written cannot be locked either, and needs no lock.
    ///
    /// # Errors
    /// `cancelled`, while it waited; `lock`: the system has no lock to give.
    pub fn take(
        cache: &Path,
        cancel: Option<&Cancel>,
        waiting: &mut dyn FnMut(),
    ) -> Result<Self, Diagnostic> {
        let folder = cache.join("state");
        let opened = std::fs::create_dir_all(&folder).and_then(|()| {
            File::options().create(true).truncate(false).write(true).open(folder.join("lock"))
        });
        let Ok(file) = opened else { return Ok(Self { _file: None }) };
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            waiting();
            wait(&file, cancel)?;
        }
        Ok(Self { _file: Some(file) })
    }
}

fn wait(file: &File, cancel: Option<&Cancel>) -> Result<(), Diagnostic> {
    let failed = |error| Diagnostic::error("lock", format!("cannot lock the project: {error}"));
    let Some(cancel) = cancel else {
        return flock(file, FlockOperation::LockExclusive).map_err(failed);
    };
    // What waits in the kernel cannot be woken by a token.
    while let Err(error) = flock(file, FlockOperation::NonBlockingLockExclusive) {
        if !matches!(error, Errno::WOULDBLOCK | Errno::INTR) {
            return Err(failed(error));
        }
        if cancel.wait(LOOK) {
            let message = "cancelled while another memebuild worked in this project";
            let exit = Exit::Cancelled(cancel.signal().unwrap_or(0));
            return Err(Diagnostic::error("cancelled", message).exit(exit));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn whoever_waits_can_be_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let cancel = Cancel::new().unwrap();
        let held = ProjectLock::take(folder.path(), Some(&cancel), &mut || ()).unwrap();
        let start = Instant::now();
        // Called once it waits.
        let second = ProjectLock::take(folder.path(), Some(&cancel), &mut || cancel.cancel());
        assert_eq!(second.err().unwrap().code, "cancelled");
        assert!(start.elapsed() < Duration::from_secs(10));
        drop(held);
        assert!(ProjectLock::take(folder.path(), None, &mut || ()).is_ok());
    }
}
