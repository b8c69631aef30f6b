//! A folder of its own for each action: its document, its outputs, its scratch space.

use super::{Failure, Request};
use crate::store::error::StoreError;
use crate::store::session::Session;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const PARAMS: &str = "params.json";
const SCRATCH: &str = "scratch";

/// The folder of one action, in the session's. Removed when dropped, unless kept.
#[derive(Debug)]
pub struct Staging {
    dir: PathBuf,
    kept: bool,
}

/// Where the things of one action are for its program.
#[derive(Debug)]
pub(super) struct Places {
    /// Its home, its temporary files, and where it runs unless told otherwise. An empty folder if
    /// an argument names it, else the one in which the outputs are.
    pub scratch: PathBuf,
    pub params: PathBuf,
    pub outputs: BTreeMap<String, PathBuf>,
}

impl Staging {
    /// Makes the folder and writes the document.
    pub(super) fn make(session: &Session, request: &Request) -> Result<(Self, Places), Failure> {
        let dir = session.fresh("action")?;
        std::fs::create_dir(&dir).map_err(StoreError::io("make", &dir))?;
        let staging = Self { dir: dir.clone(), kept: false };
        let mut scratch = dir.clone();
        if request.args.iter().any(|arg| arg.contains("{scratch}")) {
            scratch.push(SCRATCH);
            std::fs::create_dir(&scratch).map_err(StoreError::io("make", &scratch))?;
        }
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
        Ok((staging, Places { scratch, params, outputs }))
    }

    /// Leaves the folder with the document in it, but nothing that was half written, so that a
    /// person can repeat the action. It is swept with the leftovers of killed processes.
    pub(super) fn keep_for_repeating(&mut self) {
        self.kept = true;
        for entry in std::fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let path = entry.path();
            // What cannot be removed stays until the sweep.
            let _ = match entry.file_type() {
                Ok(kind) if kind.is_dir() => std::fs::remove_dir_all(&path),
                _ if entry.file_name() == PARAMS => Ok(()),
                _ => std::fs::remove_file(&path),
            };
            if entry.file_name() == SCRATCH {
                let _ = std::fs::create_dir(&path);
            }
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Outputs that went into the store leave an empty folder behind, mostly.
        if !self.kept && std::fs::remove_dir(&self.dir).is_err() {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}
