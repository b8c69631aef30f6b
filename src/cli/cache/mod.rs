//! `memebuild cache`: what is in the cache, and whether it is sound.

mod diff;
mod gc;
mod ls;
mod pin;
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
    /// Sizes by kind of step, the time that the cache stands for, and how well it does
    Stat(stat::Arguments),
    /// List action results
    Ls(ls::Arguments),
    /// Show what is known of a node, a key or a blob
    Show(show::Arguments),
    /// Say what tells two keys apart
    Diff(diff::Arguments),
    /// Hash everything again; what is damaged is removed and named
    Verify(verify::Arguments),
    /// Let go of what is worth least
    Gc(gc::Arguments),
    /// Keep a node's bytes, or a blob, whatever the limit
    Pin(pin::Arguments),
    /// Take a pin away
    Unpin(pin::Arguments),
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let ended = match &arguments.command {
        Command::Stat(arguments) => stat::run(globals, &project, arguments),
        Command::Ls(arguments) => ls::run(globals, &project, arguments),
        Command::Show(arguments) => show::run(globals, &project, arguments),
        Command::Diff(arguments) => diff::run(globals, &project, arguments),
        Command::Verify(arguments) => verify::run(globals, &project, arguments),
        Command::Gc(arguments) => Ok(gc::run(globals, &project, arguments)),
        Command::Pin(arguments) => pin::run(globals, &project, arguments, true),
        Command::Unpin(arguments) => pin::run(globals, &project, arguments, false),
    };
    ended.unwrap_or_else(|problem| globals.complain(&[problem]))
}
