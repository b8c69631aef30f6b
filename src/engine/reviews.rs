//! What people say of renders: `reviews.toml`, changed.

use super::project::Project;
use crate::contract::digest::Digest;
use crate::contract::review::{FILE_NAME, LONGEST_NOTE, Review, write};
use crate::contract::verdict::Decision;
use crate::diagnostic::Diagnostic;
use crate::node::reviews;
use crate::source::lockfile;
use rustix::fs::{FlockOperation, flock};
use std::fs::File;

/// Says something of the film that is there now of a render (`launch/gorilla@tiktok`), in place of what
/// was said before; nothing at all takes that back.
///
/// # Errors
/// `unknown-render`: no film of it was judged yet; `bad-review`: the note is too long; `bad-reviews`, or
/// `io`: the file cannot be read or written.
pub fn say(
    project: &Project,
    render: &str,
    decision: Option<Decision>,
    note: &str,
) -> Result<(), Diagnostic> {
    let note = note.trim();
    if note.chars().count() > LONGEST_NOTE {
        let message = format!("a note has at most {LONGEST_NOTE} characters");
        return Err(Diagnostic::usage("bad-review", message));
    }
    let film = film(project, render).ok_or_else(|| {
        let message = format!("no film of `{}` is there", render.escape_debug());
        Diagnostic::usage("unknown-render", message).hint("build it first")
    })?;
    // Two who say something at once both do.
    let _turn = turn(project)
        .map_err(|error| Diagnostic::error("io", format!("cannot lock {FILE_NAME}: {error}")))?;
    let mut reviews = reviews::read(&project.root)?;
    match decision.is_some() || !note.is_empty() {
        true => {
            let review = Review { decision, note: note.to_owned(), film: Some(film) };
            reviews.renders.insert(render.to_owned(), review);
        }
        false => drop(reviews.renders.remove(render)),
    }
    lockfile::replace_text(&project.root, FILE_NAME, &write(&reviews))
}

/// The film that was made last of a render.
fn film(project: &Project, render: &str) -> Option<Digest> {
    let records = project.records();
    Some(records.get(&format!("render:{render}"))?.outputs.get("film")?.digest())
}

/// Held until dropped.
fn turn(project: &Project) -> std::io::Result<File> {
    let folder = project.cache.join("state");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("reviews.lock");
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    flock(&file, FlockOperation::LockExclusive)?;
    Ok(file)
}
