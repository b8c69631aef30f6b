//! `memebuild cache`: what is in the cache, and whether it is sound.

mod diff;
mod ls;
mod show;
mod stat;
mod verify;

pub use diff::compare;

use super::shared::Globals;
use crate::diagnostic::Exit;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sizes by kind of step, and the time that the cache stands for
    Stat,
    /// List action results
    Ls(ls::Arguments),
    /// Show what is known of a node, a key or a blob
    Show(show::Arguments),
    /// Say what tells two keys apart
    Diff(diff::Arguments),
    /// Hash everything again; what is damaged is removed and named
    Verify,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let ended = match &arguments.command {
        Command::Stat => stat::run(globals, &project),
        Command::Ls(arguments) => ls::run(globals, &project, arguments),
        Command::Show(arguments) => show::run(globals, &project, arguments),
        Command::Diff(arguments) => diff::run(globals, &project, arguments),
        Command::Verify => verify::run(globals, &project),
    };
    ended.unwrap_or_else(|problem| globals.complain(&[problem]))
}
