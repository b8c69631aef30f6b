//! `memebuild schema`: the Memefile as a JSON Schema, for editors.

use super::shared::{Globals, say};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::state;
use crate::memefile::json_schema::PATH;
use crate::node::registry::json_schema;
use clap::Args;
use std::path::Path;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Write it where the first line of a Memefile that `init` wrote says, instead of printing it
    #[arg(long)]
    write: bool,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    if !arguments.write {
        say(&text());
        return Exit::Ok;
    }
    match globals.project().map(|project| write(&project.root)) {
        Ok(Ok(())) => {
            say(&format!("wrote {PATH}\n"));
            Exit::Ok
        }
        Ok(Err(problem)) => globals.complain(&[problem]),
        Err(exit) => exit,
    }
}

/// As the file under `schemas/` is written.
pub fn text() -> String {
    serde_json::to_string_pretty(&json_schema()).expect("JSON values print") + "\n"
}

/// Writes the schema of a project, in place of one of an older memebuild.
pub(super) fn write(root: &Path) -> Result<(), Diagnostic> {
    let path = root.join(PATH);
    let failed = |error: std::io::Error| {
        Diagnostic::error("io", format!("cannot write `{}`: {error}", path.display()))
    };
    state::replace_readable(&path, text().as_bytes()).map_err(failed)
}
