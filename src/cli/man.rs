//! `memebuild man DIR`: a manual page for each command.

use super::shared::{Globals, talk};
use crate::diagnostic::{Diagnostic, Exit};
use clap::{Args, CommandFactory};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder for them: `man -l DIR/memebuild.1` shows the first
    folder: PathBuf,
}

pub fn run<C: CommandFactory>(globals: &Globals, arguments: &Arguments) -> Exit {
    let folder = globals.directory.join(&arguments.folder);
    let written = std::fs::create_dir_all(&folder)
        .and_then(|()| clap_mangen::generate_to(C::command(), &folder));
    match written {
        Ok(()) => {
            talk(&format!("the manual pages are in `{}`", folder.display()));
            Exit::Ok
        }
        Err(error) => {
            let message = format!("cannot write into `{}`: {error}", folder.display());
            globals.complain(&[Diagnostic::usage("io", message)])
        }
    }
}
