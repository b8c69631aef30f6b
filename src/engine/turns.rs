//! Who runs an action that builds of several projects want at the same time.
//!
//! They share a store and know nothing of each other. Before one runs an action it takes the
//! action's turn, an flock on a small file, and looks once more whether the result is there by now.
//! The kernel gives the turn back when its holder dies, so nothing ever needs unlocking by hand.

use crate::contract::digest::ActionKey;
use crate::exec::Cancel;
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often to ask for a turn that somebody else has.
const PATIENCE: Duration = Duration::from_millis(20);

/// The folder of the turns of one store.
#[derive(Debug)]
pub struct Turns {
    folder: PathBuf,
}

/// A turn; it is over when this is dropped.
#[derive(Debug)]
pub struct Turn {
    file: Option<File>,
    path: PathBuf,
}

impl Turns {
    pub fn new(store: &Path) -> Self {
        Self { folder: store.join("state/turns") }
    }

    /// Waits for the turn to run an action. Where the file system cannot lock, or the build is
    /// cancelled, there is nothing to wait for: then the work is done twice at worst.
    pub fn take(&self, key: &ActionKey, cancel: &Cancel) -> Turn {
        let path = self.folder.join(key.to_string());
        loop {
            match self.attempt(&path) {
                Attempt::Mine(file) => return Turn { file: Some(file), path },
                Attempt::Taken if !cancel.is_cancelled() => std::thread::sleep(PATIENCE),
                Attempt::Gone => {}
                Attempt::Taken | Attempt::Impossible => return Turn { file: None, path },
            }
        }
    }

    fn attempt(&self, path: &Path) -> Attempt {
        let open = || File::options().create(true).append(true).open(path);
        let opened = open().or_else(|_| {
            std::fs::create_dir_all(&self.folder)?;
            open()
        });
        let Ok(file) = opened else { return Attempt::Impossible };
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Attempt::Taken,
            Err(_) => return Attempt::Impossible,
        }
        // Whoever had it before may have removed the file that was opened here.
        let named = std::fs::metadata(path).map(|there| there.ino());
        match (named, file.metadata().map(|held| held.ino())) {
            (Ok(there), Ok(held)) if there == held => Attempt::Mine(file),
            _ => Attempt::Gone,
        }
    }
}

enum Attempt {
    Mine(File),
    Taken,
    /// What was locked has no name any more.
    Gone,
    Impossible,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.file.is_some() {
            // Removed while it is still locked, so that nobody else's file goes.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
