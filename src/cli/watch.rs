//! `memebuild build --watch`: build again whenever something changed.

use super::build::{WAITING, cancel, progress, see, tell};
use super::shared::{Globals, talk};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::engine::request::Request;
use crate::engine::watch::{Happening, watch};
use crate::report::text::shown;
use std::path::{Path, PathBuf};

/// Paths that are named of a change.
const NAMED: usize = 3;

/// Builds until somebody ends it. `live`: with lines of events on standard output.
pub fn run(globals: &Globals, project: &Project, request: &Request, live: bool) -> Exit {
    if globals.json() {
        let problem = Diagnostic::usage("watch", "`--watch` has no one result to print as JSON");
        let hint = "`--events -` prints what happens as JSON lines";
        return globals.complain(&[problem.hint(hint)]);
    }
    let cancel = match cancel() {
        Ok(cancel) => cancel,
        Err(problem) => return globals.complain(&[problem]),
    };
    let mut seen = progress(globals, live);
    let ended = watch(project, request, &cancel, &mut |happening| match happening {
        Happening::Begun { changed } => {
            if !changed.is_empty() {
                talk(&format!("{:>12} {}", "changed", names(&project.root, changed)));
            }
        }
        Happening::Event(event) => see(&mut seen, event, live),
        Happening::Waiting => talk(WAITING),
        // What is known of a build of many nodes takes a tenth of a second to forget: that is done now,
        // and not when somebody waits for the next one.
        Happening::Superseded => {
            talk(&format!("{:>12} the build: something changed", "ended"));
            seen = progress(globals, live);
        }
        Happening::Ended(ended) => {
            tell(globals, &seen, ended);
            seen = progress(globals, live);
        }
        Happening::Watching { folders } => {
            let folders =
                if folders == 1 { "1 folder".to_owned() } else { format!("{folders} folders") };
            talk(&format!("{:>12} for changes in {folders}; Ctrl-C ends it", "waiting"));
        }
    });
    match ended {
        Ok(()) => Exit::Cancelled(cancel.signal().unwrap_or(0)),
        Err(problem) => globals.complain(&[problem]),
    }
}

/// Some of the paths, as somebody in the project would write them.
fn names(root: &Path, changed: &[PathBuf]) -> String {
    let name = |path: &PathBuf| shown(&path.strip_prefix(root).unwrap_or(path).to_string_lossy());
    let mut names: Vec<String> = changed.iter().take(NAMED).map(name).collect();
    if changed.len() > NAMED {
        names.push(format!("{} more", changed.len() - NAMED));
    }
    names.join(", ")
}
