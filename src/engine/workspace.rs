//! The project's folder: the user's files, and those we leave for people.

use super::services::Workspace;
use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use crate::node::Output;
use crate::store::{Cas, FileDigests, LocalStore, place};
use std::path::{Component, Path};

/// Files below the project's root.
pub struct ProjectFiles<'a> {
    pub root: &'a Path,
    pub store: &'a LocalStore,
    pub digests: &'a FileDigests,
}

impl Workspace for ProjectFiles<'_> {
    fn digest(&self, path: &Path) -> Result<Digest, Diagnostic> {
        let digest = self.digests.digest(path).map_err(|error| error.diagnostic())?;
        Ok(digest.0)
    }

    fn holds(&self, path: &Path, content: &Digest) -> bool {
        let full = self.root.join(path);
        let there = std::fs::symlink_metadata(&full);
        // Of another length or kind it cannot be; that spares hashing.
        there.is_ok_and(|metadata| metadata.is_file() && metadata.len() == content.len)
            && self.digests.digest(path).is_ok_and(|(digest, _)| digest == *content)
    }

    fn publish(&self, content: &Output, path: &Path) -> Result<(), Diagnostic> {
        let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            let message = format!("`{}` is not a path inside the project", path.display());
            return Err(Diagnostic::usage("outside", message));
        }
        let dest = self.root.join(path);
        // A folder where the file should be is ours to remove only while it is empty.
        let _ = std::fs::remove_dir(&dest);
        let placed = match content {
            Output::Blob(digest) => self.store.copy_out(digest, &dest).map(drop),
            Output::File { path: source, digest } => {
                let source = self.root.join(source);
                match place::place(self.store.session(), &source, digest, &dest) {
                    Ok(Some(_)) => Ok(()),
                    Ok(None) => return Err(changed(&source)),
                    Err(error) => Err(error),
                }
            }
        };
        placed.map_err(|error| error.diagnostic())
    }

    fn retract(&self, path: &Path, content: &Digest) {
        if self.holds(path, content) {
            // Best effort: a file that stays is found by `clean`.
            let _ = std::fs::remove_file(self.root.join(path));
        }
    }
}

fn changed(path: &Path) -> Diagnostic {
    let message = format!("`{}` changed while it was being read", path.display());
    Diagnostic::error("changed", message).hint("build again once nothing writes to it")
}
