//! `memebuild build`: build targets, and all that they need.

use super::shared::{Globals, say, say_json, talk};
use crate::diagnostic::{Diagnostic, Exit, Level};
use crate::engine::cache::Limit;
use crate::engine::project::{Request, build_project};
use crate::exec::Cancel;
use crate::report::progress::Progress;
use crate::report::{json, lines};
use clap::Args;
use std::io::IsTerminal;

#[derive(Debug, Default, Args)]
pub struct Arguments {
    /// Names of nodes, or globs over them [default: everything]
    pub targets: Vec<String>,
    /// Stop at the first failure
    #[arg(long)]
    pub fail_fast: bool,
    /// Go on past a failed node with everything that does not need it (the default)
    #[arg(short = 'k', long, conflicts_with = "fail_fast")]
    pub keep_going: bool,
    /// The most that the cache may take, instead of what the Memefile says: `10GB`, or `none`
    #[arg(long, value_name = "SIZE")]
    pub cache_max_size: Option<Limit>,
    /// Print the events of the build as JSON lines on standard output: `-`
    #[arg(long, value_name = "-", value_parser = ["-"], hide_possible_values = true)]
    pub events: Option<String>,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let listening = Cancel::survive_file_size_limit().and_then(|()| Cancel::on_signals());
    let cancel = match listening {
        Ok(cancel) => cancel,
        Err(error) => {
            let problem =
                Diagnostic::error("signals", format!("cannot listen to signals: {error}"));
            return globals.complain(&[problem]);
        }
    };
    let live = arguments.events.is_some();
    let request = Request {
        targets: arguments.targets.clone(),
        slots: globals.slots(),
        keep_going: !arguments.fail_fast,
        may_be_brief: !globals.json() && !live,
        limit: arguments.cache_max_size,
    };
    let terminal = std::io::stderr().is_terminal() && !live;
    let mut progress = Progress::new(terminal, globals.color(), talk);
    let ended = build_project(
        &project,
        &request,
        &cancel,
        &mut |event| {
            if live {
                let line = serde_json::to_string(event).expect("events serialise");
                say(&format!("{line}\n"));
            }
            progress.see(event);
        },
        &mut || talk("     waiting for another memebuild in this project to end"),
    );
    let ended = match ended {
        Ok(ended) => ended,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    if !ended.warnings.is_empty() {
        globals.complain(&ended.warnings);
    }
    if let Some(state) = ended.up_to_date {
        progress.print(&lines::up_to_date(state.nodes, state.saved_ms));
        return ended.exit;
    }
    let failures: Vec<Diagnostic> =
        ended.failures.into_iter().filter(|failure| failure.level == Level::Error).collect();
    if !failures.is_empty() {
        globals.complain(&failures);
    }
    if globals.json() {
        say_json(&json::document(&progress.fold));
    } else {
        progress.print(&lines::summary(&progress.fold));
    }
    ended.exit
}
