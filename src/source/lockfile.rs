//! Reads and replaces `Memefile.lock`, and replaces what else stands beside the Memefile.

use crate::contract::lock::{FILE_NAME, Lock, parse, write};
use crate::diagnostic::Diagnostic;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// The lock of a project; an empty one where there is none.
pub fn read(root: &Path) -> Result<Lock, Diagnostic> {
    let problem = match std::fs::read_to_string(root.join(FILE_NAME)) {
        Ok(text) => match parse(&text) {
            Ok(lock) => return Ok(lock),
            Err(why) => why,
        },
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lock::default()),
        Err(error) => error.to_string(),
    };
    let message = format!("cannot read {FILE_NAME}: {problem}");
    Err(Diagnostic::usage("bad-lock", message).hint("take it back from version control"))
}

/// Replaces the lock whole, if it says something else than the file does.
///
/// # Errors
/// `io`: it cannot be written.
pub fn replace(root: &Path, lock: &Lock) -> Result<(), Diagnostic> {
    replace_text(root, FILE_NAME, &write(lock))
        .map_err(|problem| problem.hint("what was fetched is kept, and the next build pins it"))
}

/// Replaces a file whole that people keep beside the Memefile, if it says something else.
///
/// # Errors
/// `io`: it cannot be written.
pub fn replace_text(root: &Path, name: &str, text: &str) -> Result<(), Diagnostic> {
    let path = root.join(name);
    if std::fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    let written = tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        // It is a file for people, and no secret.
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(root)
        .and_then(|mut temp| {
            temp.write_all(text.as_bytes())?;
            temp.as_file().sync_all()?;
            temp.persist(&path).map(drop).map_err(|error| error.error)
        });
    written.map_err(|error| Diagnostic::error("io", format!("cannot write {name}: {error}")))
}
