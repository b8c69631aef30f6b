//! Building again and again, as what is read changes.
//!
//! ```text
//!         ┌──────────────── a change of what the last build read ───────────────┐
//! build ──┴─▶ ended ─▶ watch what it read ─▶ quiet for 25 ms ─▶ build, with what is in the cache
//! ```
//!
//! A change while a build runs cancels it: what it would come to is not wanted any more. What it finished
//! is in the cache, and films are made in segments, so that little is lost. Each build is the one that a
//! person gets on a command line, and proves that it is up to date in the same way; watching only says
//! when to look. Mistakes in the Memefile are told and waited out.

mod notice;
mod reads;

pub use reads::Reads;

use super::project::Project;
use super::request::{BuildEnd, Request, build_project};
use crate::contract::digest::Digest;
use crate::contract::event::Event;
use crate::contract::lock;
use crate::diagnostic::Diagnostic;
use crate::exec::Cancel;
use crate::store::stamp;
use notice::Notices;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often to look whether watching is over, where nobody would say so.
const LOOK: Duration = Duration::from_millis(200);

/// What those who watch are told, from the thread that watches.
pub enum Happening<'a> {
    /// A build begins. `changed` are absolute paths, none for the first build.
    Begun { changed: &'a [PathBuf] },
    /// Of the build that runs.
    Event(&'a Event),
    /// It waits for another memebuild in this project to end.
    Waiting,
    /// The build ended because something changed; another one begins.
    Superseded,
    /// The build ended, or there are mistakes in the Memefile.
    Ended(Result<BuildEnd, Vec<Diagnostic>>),
    /// It waits for changes, in so many folders.
    Watching { folders: usize },
}

/// Builds, and builds again whenever something changed, until it is cancelled. The first build looks at
/// all of the project, whatever the request says of brevity, to learn what is read; those after it say
/// only what they did.
///
/// # Errors
/// Changes cannot be heard of. What is wrong with a build is told, and ends nothing.
pub fn watch(
    project: &Project,
    request: &Request,
    cancel: &Cancel,
    happened: &mut dyn FnMut(Happening<'_>),
) -> Result<(), Diagnostic> {
    let mut notices = Notices::new(Reads::nothing(&project.root))?;
    let own = token()?;
    std::thread::scope(|scope| {
        let (over, stopper) = (own.clone(), notices.stopper());
        scope.spawn(move || {
            while !cancel.wait(LOOK) && !over.is_cancelled() {}
            stopper.stop();
        });
        let ended = rounds(project, request, cancel, &mut notices, happened);
        own.cancel();
        ended
    })
}

fn rounds(
    project: &Project,
    request: &Request,
    cancel: &Cancel,
    notices: &mut Notices,
    happened: &mut dyn FnMut(Happening<'_>),
) -> Result<(), Diagnostic> {
    let root = &project.root;
    let mut request = Request { may_be_brief: false, reads: true, ..request.clone() };
    let mut changed = Vec::new();
    loop {
        happened(Happening::Begun { changed: &changed });
        // What one build knows is on the disk; the next one reads what it needs of it.
        let project = project.again();
        let stop = token()?;
        notices.begin(&stop);
        let began_ns = stamp::now_ns();
        let told = RefCell::new(&mut *happened);
        let ended = build_project(
            &project,
            &request,
            &stop,
            &mut |event| (told.borrow_mut())(Happening::Event(event)),
            &mut || (told.borrow_mut())(Happening::Waiting),
        );
        let left = lock_of(root);
        notices.end();
        let mut reads = notices.reads();
        match &ended {
            Ok(BuildEnd { reads: Some(new), .. }) => {
                reads.take(new.clone());
                request.may_be_brief = true;
            }
            Ok(_) => {}
            Err(_) => reads.look_at(project.looked_at()),
        }
        drop(project);
        notices.read(reads, began_ns)?;
        let superseded = stop.is_cancelled() && !cancel.is_cancelled();
        happened(if superseded { Happening::Superseded } else { Happening::Ended(ended) });
        if !superseded && !notices.is_pending() {
            happened(Happening::Watching { folders: notices.folders() });
        }
        changed = loop {
            let Some(paths) = notices.next() else { return Ok(()) };
            if !is_own_lock(root, &paths, left) {
                break paths;
            }
        };
    }
}

fn token() -> Result<Cancel, Diagnostic> {
    Cancel::new().map_err(|error| {
        Diagnostic::error("watch", format!("cannot make a pair of sockets: {error}"))
    })
}

/// The content of the file of decisions.
fn lock_of(root: &Path) -> Option<Digest> {
    std::fs::read(root.join(lock::FILE_NAME)).ok().map(|bytes| Digest::of(&bytes))
}

/// Whether nothing changed but the file of decisions, and that is as the last build left it.
fn is_own_lock(root: &Path, paths: &[PathBuf], left: Option<Digest>) -> bool {
    let own = root.join(lock::FILE_NAME);
    paths.iter().all(|path| *path == own) && lock_of(root) == left
}
