//! A folder of its own for each action: its document, its outputs, its scratch space.
//!
//! Folders are used again, because removing one can take milliseconds (ext4 waits for its journal)
//! where a trivial action takes less than one in all. One that comes back is looked through first:
//! the next action finds nothing of the last.

use super::{Failure, Request};
use crate::store::error::StoreError;
use crate::store::session::Session;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const PARAMS: &str = "params.json";
const SCRATCH: &str = "scratch";

/// Empty folders, ready for use. As many as there were actions at a time.
#[derive(Debug)]
pub(super) struct Pool {
    session: Arc<Session>,
    ready: Mutex<Vec<PathBuf>>,
}

/// The folder of one action. It goes back when dropped, with all that is left in it removed.
#[derive(Debug)]
pub struct Staging {
    pool: Arc<Pool>,
    dir: PathBuf,
    kept: bool,
}

/// Where the things of one action are for its program.
#[derive(Debug)]
pub(super) struct Places {
    /// An empty folder: its home, its temporary files, and where it runs unless told otherwise.
    pub scratch: PathBuf,
    pub params: PathBuf,
    pub outputs: BTreeMap<String, PathBuf>,
    /// The folder that holds those of all actions of all processes.
    pub shared: PathBuf,
}

impl Pool {
    pub fn new(session: Arc<Session>) -> Arc<Self> {
        Arc::new(Self { session, ready: Mutex::default() })
    }

    /// Lays out an action: an empty folder with the document in it.
    pub fn stage(self: &Arc<Self>, request: &Request) -> Result<(Staging, Places), Failure> {
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let dir = match ready {
            Some(dir) => dir,
            None => {
                let dir = self.session.fresh("action")?;
                let scratch = dir.join(SCRATCH);
                std::fs::create_dir_all(&scratch).map_err(StoreError::io("make", &scratch))?;
                dir
            }
        };
        let staging = Staging { pool: self.clone(), dir: dir.clone(), kept: false };
        let params = dir.join(PARAMS);
        if let Some(document) = &request.params {
            std::fs::write(&params, document).map_err(StoreError::io("write", &params))?;
        }
        let mut taken = BTreeSet::from([PARAMS, SCRATCH, "", ".", ".."]);
        let mut outputs = BTreeMap::new();
        for (name, output) in &request.outputs {
            if output.file_name.contains(['/', '\0']) || !taken.insert(&output.file_name) {
                return Err(Failure::BadRequest(format!(
                    "output `{name}` cannot be called `{}`",
                    output.file_name.escape_debug()
                )));
            }
            outputs.insert(name.clone(), dir.join(&output.file_name));
        }
        let session = self.session.dir()?;
        let shared = session.parent().unwrap_or(session).to_owned();
        Ok((staging, Places { scratch: dir.join(SCRATCH), params, outputs, shared }))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for dir in self.ready.get_mut().unwrap_or_else(PoisonError::into_inner) {
            let _ = std::fs::remove_dir_all(dir);
        }
    }
}

impl Staging {
    /// Leaves the folder with the document in it, but nothing that was half written, so that a
    /// person can repeat the action. It is swept with the leftovers of killed processes.
    pub(super) fn keep_for_repeating(&mut self) {
        self.kept = true;
        // What cannot be removed stays until the sweep.
        let _ = clear(&self.dir, &[PARAMS]);
        let _ = std::fs::create_dir(self.dir.join(SCRATCH));
    }

    /// Whether the folder is as good as new.
    fn reset(&self) -> io::Result<bool> {
        clear(&self.dir, &[SCRATCH])?;
        Ok(std::fs::read_dir(self.dir.join(SCRATCH))?.next().is_none())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        if self.reset().unwrap_or(false) {
            let mut ready = self.pool.ready.lock().unwrap_or_else(PoisonError::into_inner);
            ready.push(std::mem::take(&mut self.dir));
        } else {
            // What a program made so that it cannot be removed is swept some day.
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// Removes everything in `dir` but entries of these names.
fn clear(dir: &Path, but: &[&str]) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if but.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
