//! `reviews.toml`, read.

use crate::contract::review::{FILE_NAME, Reviews, parse};
use crate::diagnostic::Diagnostic;
use std::io::ErrorKind;
use std::path::Path;

/// What people said of the renders of the project in this folder; nothing where nobody said anything.
///
/// # Errors
/// `bad-reviews`: the file cannot be read.
pub fn read(root: &Path) -> Result<Reviews, Diagnostic> {
    let read = match std::fs::read_to_string(root.join(FILE_NAME)) {
        Ok(text) => parse(&text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Reviews::default()),
        Err(error) => Err(error.to_string()),
    };
    read.map_err(|why| {
        Diagnostic::usage("bad-reviews", format!("cannot read {FILE_NAME}: {why}"))
            .hint("mend it, or take it back from version control")
    })
}
