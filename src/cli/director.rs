//! `memebuild director`: what directors did, going on where one was killed, and the proof that a run
//! comes out the same.

use super::build::build;
use super::shared::{Globals, say, say_document};
use crate::contract::director::Origin;
use crate::contract::transcript::{DirectorList, LastLine, Line, Transcript};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::engine::request::Request;
use crate::engine::transcript;
use crate::memefile::{FILE_NAME, nearest};
use crate::node::declare::director::Director;
use crate::node::known::Asking;
use crate::report::table::Table;
use crate::report::text::shown;
use crate::source::Mode;
use clap::{Args, Subcommand};
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the directors, and how their last runs ended
    Ls,
    /// Tell what a director did in its last run
    Show {
        /// Which director
        name: String,
    },
    /// Go on where a run was killed, exactly as its transcript says
    Resume {
        /// Which director
        name: String,
    },
    /// Run everything of a run again, ask nobody, and compare the bytes
    Replay {
        /// Which director
        name: String,
    },
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let mut project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let names = match declared(&project) {
        Ok(names) => names,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    let name = match &arguments.command {
        Command::Ls => {
            ls(globals, &project, &names);
            return Exit::Ok;
        }
        Command::Show { name } | Command::Resume { name } | Command::Replay { name } => name,
    };
    if !names.contains(name) {
        let message = format!("there is no director `{}`", name.escape_debug());
        let problem = Diagnostic::usage("unknown-reference", message);
        return globals.complain(&[match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("`memebuild director ls` lists them"),
        }]);
    }
    let replay = matches!(arguments.command, Command::Replay { .. });
    if let Command::Show { .. } = arguments.command {
        show(globals, name, transcript::read(&project, name));
        return Exit::Ok;
    }
    project.asking = Asking { locked: replay, offline: replay };
    let request = Request {
        targets: vec![format!("director:{name}")],
        slots: globals.slots(),
        keep_going: true,
        may_be_brief: false,
        // All of it.
        recheck_milli: if replay { 1000 } else { 0 },
        limit: None,
        sources: Mode { offline: replay, locked: replay, update: false },
        release: false,
        strict: true,
        reads: false,
    };
    build(globals, &project, &request, false)
}

/// The names of all directors.
fn declared(project: &Project) -> Result<Vec<String>, Vec<Diagnostic>> {
    let catalogue = project.declarations()?;
    Ok(catalogue.iter::<Director>().map(|(name, _)| name.to_owned()).collect())
}

fn ls(globals: &Globals, project: &Project, names: &[String]) {
    let last = |name: &String| transcript::read(project, name).pop();
    if globals.json() {
        let row = |name: &String| LastLine { name: name.clone(), last: last(name) };
        return say_document(&DirectorList { directors: names.iter().map(row).collect() });
    }
    if names.is_empty() {
        return say(&format!("no director is declared in this {FILE_NAME}\n"));
    }
    let mut table = Table::new(&["DIRECTOR", "LAST"]);
    for name in names {
        let last = last(name).map_or("never ran".to_owned(), |line| told(&line));
        table.row(vec![shown(name), last]);
    }
    say(&table.to_string());
}

fn show(globals: &Globals, name: &str, lines: Vec<Line>) {
    if globals.json() {
        return say_document(&Transcript { name: name.to_owned(), transcript: lines });
    }
    if lines.is_empty() {
        return say(&format!(
            "director {name} never ran; `memebuild build director:{name}` runs it\n"
        ));
    }
    let mut out = String::new();
    for line in &lines {
        let _ = writeln!(out, "{}", told(line));
    }
    say(&out);
}

/// A line of a transcript, for people.
fn told(line: &Line) -> String {
    match line {
        Line::Asks { turn } => format!("turn {turn}: asks"),
        Line::Decided { turn, decision, usage } => {
            let tokens = usage.input_tokens + usage.output_tokens;
            let tokens = if tokens == 0 { String::new() } else { format!(" ({tokens} tokens)") };
            let why =
                decision.reason.as_deref().map_or(String::new(), |why| format!(": {}", shown(why)));
            format!("turn {turn}: {}{tokens}{why}", shown(&decision.told()))
        }
        Line::Declined { turn, why } => format!("turn {turn}: no decision: {}", shown(why)),
        Line::Renders { attempt, origin: Origin::Choice { .. }, .. } => {
            format!("attempt {attempt}: renders")
        }
        Line::Renders { attempt, patches, .. } => {
            let paths = patches.values().flatten().map(|patch| patch.path.trim_start_matches('/'));
            let paths: Vec<String> = paths.map(shown).collect();
            format!("attempt {attempt}: renders, mended at {}", paths.join(", "))
        }
        Line::Judged { attempt, profile, accepted: true, .. } => {
            format!("attempt {attempt}: {profile} accepted")
        }
        Line::Judged { attempt, profile, broken, .. } => {
            format!("attempt {attempt}: {profile} rejected: {}", broken.join(", "))
        }
        Line::Broke { attempt, why } => format!("attempt {attempt}: broke: {}", shown(why)),
        Line::Ended { outcome } => format!("ended: {}", outcome.told()),
    }
}
