//! The command line: one file per command, and what they share.
//!
//! Standard output is the result, standard error is the talk. Exit codes are those of
//! [`crate::diagnostic::Exit`].

mod asset;
mod build;
mod builds;
mod cache;
mod check;
mod choice;
mod clean;
mod complete;
mod completions;
mod contract;
mod credits;
mod demo;
mod director;
mod doctor;
mod graph;
mod init;
mod logging;
mod man;
mod mcp;
mod plan;
mod provider;
mod report;
mod schema;
mod search;
mod serve;
mod shared;
mod source;
mod thumbnails;
mod token;
mod tool;
mod watch;
mod why;

use crate::diagnostic::Exit;
use clap::{Parser, Subcommand};
use shared::Globals;

/// A declarative build graph, make-style, for media.
#[derive(Debug, Parser)]
#[command(
    name = "memebuild",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true,
    after_help = "Exit codes: 0 built and accepted, 1 an action failed, 2 usage or Memefile, \
                  3 the critic rejected something, 4 waiting for a choice, 5 a contract break or \
                  a failed verify, 70 a bug in memebuild, 130 and 143 cancelled."
)]
struct CommandLine {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    build: build::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build targets, and all that they need (the default)
    Build(build::Arguments),
    /// Show what a build would run, and run nothing
    Plan(plan::Arguments),
    /// Say why a node was a hit, was cut off or ran
    Why(why::Arguments),
    /// Draw the graph
    Graph(graph::Arguments),
    /// List and show what was ingested
    Asset(asset::Arguments),
    /// Find assets
    Search(search::Arguments),
    /// Answer searches for the project's assets over HTTP
    Serve(serve::Arguments),
    /// Serve the project to agents: tools and resources of the Model Context Protocol
    Mcp(mcp::Arguments),
    /// Fill and check whoever answers searches
    Provider(provider::Arguments),
    /// List what is fetched from elsewhere, and fetch it anew
    Source(source::Arguments),
    /// Show what is to be chosen, and choose it
    Choice(choice::Arguments),
    /// Show what directors did, go on, and prove that it comes out the same
    Director(director::Arguments),
    /// Let the critic judge any file
    Check(check::Arguments),
    /// Write the page that shows what was built
    Report(report::Arguments),
    /// Say whom to credit for the renders, and whose rights are not known
    Credits(credits::Arguments),
    /// List, export, check, compare and mock the contracts between the halves
    Contract(contract::Arguments),
    /// Look into the cache
    Cache(cache::Arguments),
    /// Look into earlier builds
    Builds(builds::Arguments),
    /// Write a Memefile to begin with
    Init,
    /// Make a small project out of nothing, and build it
    Demo(demo::Arguments),
    /// Check that this machine has what memebuild needs
    Doctor,
    /// Remove what memebuild wrote
    Clean(clean::Arguments),
    /// Print completions for a shell, which know the project's nodes
    Completions(completions::Arguments),
    /// Print the JSON Schema of the Memefile, for editors
    Schema(schema::Arguments),
    /// Write a manual page for each command
    Man(man::Arguments),
    /// Run one of memebuild's own steps
    #[command(hide = true)]
    Tool(tool::Arguments),
}

/// Parses the arguments of this process, runs, and says how it ended.
pub fn main() -> Exit {
    complete::answer::<CommandLine>();
    let arguments = match CommandLine::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
            // A closed pipe is no reason to end differently.
            let _ = error.print();
            return exit;
        }
    };
    let globals = arguments.globals;
    let trace = match &arguments.command {
        None => arguments.build.trace.as_deref(),
        Some(Command::Build(arguments)) => arguments.trace.as_deref(),
        Some(_) => None,
    };
    let logging = match logging::begin(&globals, trace) {
        Ok(logging) => logging,
        Err(problem) => return globals.complain(&[problem]),
    };
    let exit = run(&globals, arguments.command, &arguments.build);
    match logging.finish() {
        Ok(()) => exit,
        Err(problem) => exit.min(globals.complain(&[problem])),
    }
}

fn run(globals: &Globals, command: Option<Command>, build: &build::Arguments) -> Exit {
    match command {
        None => build::run(globals, build),
        Some(Command::Build(arguments)) => build::run(globals, &arguments),
        Some(Command::Plan(arguments)) => plan::run(globals, &arguments),
        Some(Command::Why(arguments)) => why::run(globals, &arguments),
        Some(Command::Graph(arguments)) => graph::run(globals, &arguments),
        Some(Command::Asset(arguments)) => asset::run(globals, &arguments),
        Some(Command::Search(arguments)) => search::run(globals, &arguments),
        Some(Command::Serve(arguments)) => serve::run(globals, &arguments),
        Some(Command::Mcp(arguments)) => mcp::run(globals, &arguments),
        Some(Command::Provider(arguments)) => provider::run(globals, &arguments),
        Some(Command::Source(arguments)) => source::run(globals, &arguments),
        Some(Command::Choice(arguments)) => choice::run(globals, &arguments),
        Some(Command::Director(arguments)) => director::run(globals, &arguments),
        Some(Command::Check(arguments)) => check::run(globals, &arguments),
        Some(Command::Report(arguments)) => report::run(globals, &arguments),
        Some(Command::Credits(arguments)) => credits::run(globals, &arguments),
        Some(Command::Contract(arguments)) => contract::run(globals, &arguments),
        Some(Command::Cache(arguments)) => cache::run(globals, &arguments),
        Some(Command::Builds(arguments)) => builds::run(globals, &arguments),
        Some(Command::Init) => init::run(globals),
        Some(Command::Demo(arguments)) => demo::run(globals, &arguments),
        Some(Command::Doctor) => doctor::run(globals),
        Some(Command::Clean(arguments)) => clean::run(globals, &arguments),
        Some(Command::Completions(arguments)) => completions::run(globals, &arguments),
        Some(Command::Schema(arguments)) => schema::run(globals, &arguments),
        Some(Command::Man(arguments)) => man::run::<CommandLine>(globals, &arguments),
        Some(Command::Tool(arguments)) => tool::run(globals, &arguments),
    }
}
