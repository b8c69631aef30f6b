//! Reads and replaces `Memefile.lock`.

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
pub fn replace(root: &Path, lock: &Lock) -> Result<(), Diagnostic> {
    let (path, text) = (root.join(FILE_NAME), write(lock));
    if std::fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    let written = tempfile::Builder::new()
        .prefix(".Memefile.lock.")
        // It is a file for people, and no secret.
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(root)
        .and_then(|mut temp| {
            temp.write_all(text.as_bytes())?;
            temp.as_file().sync_all()?;
            temp.persist(&path).map(drop).map_err(|error| error.error)
        });
    written.map_err(|error| {
        Diagnostic::error("io", format!("cannot write {FILE_NAME}: {error}"))
            .hint("what was fetched is kept, and the next build pins it")
    })
}
