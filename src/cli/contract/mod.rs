//! `memebuild contract`: the shapes that cross seams.

mod check;
mod diff;
mod export;
mod folder;
mod ls;
mod mock;

use super::shared::Globals;
use crate::contract::registry::{CONTRACTS, Described, find};
use crate::diagnostic::{Diagnostic, Exit};
use crate::memefile::nearest;
use clap::{Args, Subcommand};
use std::path::Path;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the contracts and their versions
    Ls,
    /// Print or write the JSON Schemas of contracts
    Export(export::Arguments),
    /// Check a document, or a folder of assets, against its contract
    Check(check::Arguments),
    /// Compare two versions of a contract: what breaks, and for whom
    Diff(diff::Arguments),
    /// Make documents of a contract; of a manifest, with media for it
    Mock(mock::Arguments),
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let ended = match &arguments.command {
        Command::Ls => Ok(ls::run(globals)),
        Command::Export(arguments) => export::run(globals, arguments),
        Command::Check(arguments) => check::run(globals, arguments),
        Command::Diff(arguments) => diff::run(globals, arguments),
        Command::Mock(arguments) => mock::run(globals, arguments),
    };
    ended.unwrap_or_else(|problem| globals.complain(&[problem]))
}

/// The contract of that name.
fn named(name: &str) -> Result<&'static Described, Diagnostic> {
    find(name).ok_or_else(|| {
        let names: Vec<&str> = CONTRACTS.iter().map(|contract| contract.name).collect();
        let message = format!("there is no contract `{}`", name.escape_debug());
        let problem = Diagnostic::usage("unknown-reference", message);
        match nearest(name, names.iter().copied()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.note(format!("there are {}", names.join(", "))),
        }
    })
}

/// A path as people would write it.
fn plain(path: &Path) -> std::path::Display<'_> {
    let rest = path.strip_prefix(".").ok().filter(|rest| !rest.as_os_str().is_empty());
    rest.unwrap_or(path).display()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let message = format!("cannot read `{}`: {error}", plain(path));
    Diagnostic::usage("unreadable-document", message)
}
