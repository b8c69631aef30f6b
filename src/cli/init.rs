//! `memebuild init`: a Memefile to begin with.

use super::schema;
use super::shared::{Globals, say};
use crate::diagnostic::{Diagnostic, Exit};
use crate::memefile::FILE_NAME;
use std::fs::File;
use std::io::{ErrorKind, Write};

/// What a new project starts from: every part of it is used by the next, and a comment says what
/// to put where.
const TEMPLATE: &str = include_str!("init.toml");

pub fn run(globals: &Globals) -> Exit {
    match write(globals) {
        Ok(()) => {
            say(&format!(
                "wrote {FILE_NAME}; put clips, pictures and sounds where it says, then `memebuild`\n"
            ));
            Exit::Ok
        }
        Err(problem) => globals.complain(&[problem]),
    }
}

fn write(globals: &Globals) -> Result<(), Diagnostic> {
    let path = globals.directory.join(FILE_NAME);
    let cannot = |e: std::io::Error| {
        if e.kind() == ErrorKind::AlreadyExists {
            Diagnostic::usage("exists", format!("there is a `{}` already", path.display()))
                .hint("it is left as it is; move it away to begin anew")
        } else {
            Diagnostic::usage("io", format!("cannot write `{}`: {e}", path.display()))
        }
    };
    let mut file = File::create_new(&path).map_err(cannot)?;
    file.write_all(TEMPLATE.as_bytes()).map_err(cannot)?;
    schema::write(&globals.directory)?;
    for folder in ["green", "backgrounds", "music", "effects"] {
        std::fs::create_dir_all(globals.directory.join("media").join(folder)).map_err(cannot)?;
    }
    Ok(())
}
