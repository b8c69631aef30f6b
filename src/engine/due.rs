//! What would have to be fetched, without fetching it: for those who only look.

use super::project::Project;
use super::sources::{Declared, declared, forget_others};
use crate::contract::lock::{Pin, SourceLock};
use crate::contract::origin::selection;
use crate::diagnostic::Diagnostic;
use crate::source::{Mode, lockfile};

/// What is to be fetched of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub source: String,
    /// Files that are pinned and not here.
    pub files: usize,
}

/// Sources of which files are to be fetched. Sizes are looked at and no content is read, so that
/// looking is quick; a build looks more closely. Of a source that was never fetched nobody knows
/// which files it has, and expansion says so.
///
/// # Errors
/// `locked`, `offline`: the mode forbids what would have to be done; or the lock cannot be read.
pub fn due(project: &Project, mode: Mode) -> Result<Vec<Due>, Vec<Diagnostic>> {
    let one = |problem: Diagnostic| vec![problem];
    let (declared, seed) = declared(project).unwrap_or_default();
    let mut lock = lockfile::read(&project.root).map_err(one)?;
    forget_others(&declared, &mut lock, mode).map_err(one)?;
    let mut due = Vec::new();
    // Of what stand-ins are made for, nothing is fetched.
    for Declared { name, origin, terms, .. } in declared.into_iter().filter(|one| !one.mocked) {
        let pinned = lock.sources.get(&name);
        let selection = selection(&origin, &terms, seed);
        if mode.locked && pinned.is_none_or(|pinned| pinned.selection != selection) {
            let why = match pinned {
                None => "nothing of it is pinned",
                Some(_) => "what is declared is not what is pinned",
            };
            let message = format!("source `{name}` does not fit Memefile.lock: {why}");
            let hint = format!("`memebuild source update {name}` pins it anew");
            return Err(vec![Diagnostic::usage("locked", message).hint(hint)]);
        }
        let files = pinned.map_or(0, |pinned| missing(project, &name, pinned));
        if mode.offline && (pinned.is_none() || files > 0) {
            let what = match pinned {
                None => "was never fetched".to_owned(),
                Some(pinned) => format!("lacks {files} of its {} files", pinned.items.len()),
            };
            let message = format!("source `{name}` {what}, and `--offline` asks nobody");
            return Err(vec![Diagnostic::error("offline", message)]);
        }
        if files > 0 {
            due.push(Due { source: name, files });
        }
    }
    Ok(due)
}

/// How many pinned files are not here.
fn missing(project: &Project, name: &str, pinned: &SourceLock) -> usize {
    let is_missing = |pin: &&Pin| {
        let about = std::fs::symlink_metadata(project.root.join(pin.path(name)));
        !about.is_ok_and(|about| about.is_file() && about.len() == pin.digest.len)
    };
    pinned.items.values().filter(is_missing).count()
}
