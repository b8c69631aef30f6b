//! One build at a time in a project: an advisory lock that ends with the process that holds it.

use crate::diagnostic::Diagnostic;
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::path::Path;

/// Held until dropped, or until the process ends in whatever way.
pub struct ProjectLock {
    _file: Option<File>,
}

impl ProjectLock {
    /// Waits for another build of the project to end. `waiting` is called once if there is one.
    /// A cache that cannot be written cannot be locked either, and needs no lock.
    pub fn take(cache: &Path, waiting: &mut dyn FnMut()) -> Result<Self, Diagnostic> {
        let folder = cache.join("state");
        let opened = std::fs::create_dir_all(&folder).and_then(|()| {
            File::options().create(true).truncate(false).write(true).open(folder.join("lock"))
        });
        let Ok(file) = opened else { return Ok(Self { _file: None }) };
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            waiting();
            flock(&file, FlockOperation::LockExclusive).map_err(|error| {
                Diagnostic::error("lock", format!("cannot lock the project: {error}"))
            })?;
        }
        Ok(Self { _file: Some(file) })
    }
}
