//! `memebuild choice`: what is to be chosen, what was, and choosing by hand.

use super::shared::{Globals, say, say_document, talk};
use crate::contract;
use crate::contract::choices::{ChoiceList, ChoiceState, ListedChoice, ShownChoice};
use crate::contract::decision::{Candidate, Decision, Request};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::choices::{self, Listed};
use crate::engine::project::Project;
use crate::report::table::Table;
use crate::report::text::{duration, shown};
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the choices, and who waits for one
    Ls,
    /// Show what is asked, and what was chosen
    Show {
        /// Which choice
        name: String,
    },
    /// Choose by hand: by a decision document, or by flags
    Submit(Submit),
    /// Have the next build ask anew
    Update {
        /// Which choices; the name of a director means all of its turns
        #[arg(required = true)]
        names: Vec<String>,
    },
}

#[derive(Debug, Args)]
struct Submit {
    /// Which choice
    name: String,
    /// The decision, as JSON; `-` for standard input
    #[arg(conflicts_with_all = ["pick", "caption"])]
    file: Option<PathBuf>,
    /// Fills a slot
    #[arg(long, value_name = "SLOT=ID")]
    pick: Vec<String>,
    /// Writes the next caption
    #[arg(long, value_name = "TEXT")]
    caption: Vec<String>,
    /// Why, for people
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let done = match &arguments.command {
        Command::Ls => choices::list(&project).map(|all| ls(globals, &all)),
        Command::Show { name } => {
            choices::find(&project, name).map(|choice| show(globals, &choice))
        }
        Command::Submit(submit) => self::submit(&project, submit),
        Command::Update { names } => update(&project, names),
    };
    match done {
        Ok(()) => Exit::Ok,
        Err(problems) => globals.complain(&problems),
    }
}

fn state(choice: &Listed) -> ChoiceState {
    match &choice.chosen {
        _ if choice.waits => ChoiceState::Waits,
        Some(_) => ChoiceState::Chosen,
        None => ChoiceState::NotAsked,
    }
}

fn ls(globals: &Globals, all: &[Listed]) {
    if globals.json() {
        let row = |choice: &Listed| ListedChoice {
            name: choice.name.clone(),
            chooser: choice.chooser.clone(),
            state: state(choice),
            decision: choice.chosen.as_ref().map(|chosen| chosen.answer.decision.clone()),
        };
        return say_document(&ChoiceList { choices: all.iter().map(row).collect() });
    }
    if all.is_empty() {
        return say("no choice is declared in this Memefile, or none is known yet\n");
    }
    let mut table = Table::new(&["CHOICE", "CHOOSER", "STATE", "WHAT"]);
    for choice in all {
        let chosen = choice.chosen.as_ref().filter(|_| !choice.waits);
        let what = chosen.map_or(String::new(), |chosen| words(&chosen.answer.decision));
        let name = shown(&choice.name);
        table.row(vec![name, choice.chooser.clone(), state(choice).as_str().to_owned(), what]);
    }
    say(&table.to_string());
}

fn words(decision: &Decision) -> String {
    let picks = decision.picks.values().map(|id| id.as_str().to_owned());
    let captions = decision.captions.iter().map(|text| shown(&format!("{text:?}")));
    picks.chain(captions).collect::<Vec<_>>().join(", ")
}

fn show(globals: &Globals, choice: &Listed) {
    if globals.json() {
        return say_document(&ShownChoice {
            name: choice.name.clone(),
            chooser: choice.chooser.clone(),
            state: state(choice),
            request: choice.request.clone(),
            answer: choice.chosen.as_ref().map(|chosen| chosen.answer.clone()),
        });
    }
    let mut out = format!(
        "choice {}: {}, by {}\n",
        shown(&choice.name),
        state(choice).as_str(),
        choice.chooser
    );
    if let Some(request) = &choice.request {
        asked(&mut out, request);
    }
    if let Some(chosen) = choice.chosen.as_ref().filter(|_| !choice.waits) {
        let _ = writeln!(out, "\nchosen");
        for (slot, id) in &chosen.answer.decision.picks {
            let _ = writeln!(out, "  {slot}: {id}");
        }
        for text in &chosen.answer.decision.captions {
            let _ = writeln!(out, "  {}", shown(&format!("{text:?}")));
        }
        if let Some(reason) = &chosen.answer.decision.reason {
            let _ = writeln!(out, "  because: {}", shown(reason));
        }
    }
    if choice.waits {
        let _ = writeln!(out, "\n{}", by_hand(choice));
    }
    say(&out);
}

fn asked(out: &mut String, request: &Request) {
    let _ = writeln!(out, "\nbrief\n  {}", shown(&request.brief));
    for (name, slot) in &request.slots {
        let mut table = Table::new(&["ID", ">QUALITY", ">LENGTH", "TITLE", "TAGS"]);
        for candidate in &slot.candidates {
            table.row(row(candidate));
        }
        let _ = writeln!(out, "\n{name}");
        for line in table.to_string().lines() {
            let _ = writeln!(out, "  {line}");
        }
    }
    if !request.captions.drafts.is_empty() {
        let _ = writeln!(out, "\ncaptions, at most {} characters each", request.captions.longest);
        for draft in &request.captions.drafts {
            let _ = writeln!(out, "  now {}", shown(&format!("{draft:?}")));
        }
    }
    if let Some(last) = &request.last {
        let _ =
            writeln!(out, "\nturn {}; what was wrong with {}", request.turn, words(&last.decision));
        for finding in &last.findings {
            let _ = writeln!(out, "  {}: {}", finding.rule, shown(&finding.message));
        }
    }
}

fn row(candidate: &Candidate) -> Vec<String> {
    let length = match candidate.duration_ms {
        0 => "still".to_owned(),
        ms => duration(ms),
    };
    vec![
        candidate.id.to_string(),
        candidate.quality.to_string(),
        length,
        shown(candidate.title.as_deref().unwrap_or_default()),
        shown(&candidate.tags.join(", ")),
    ]
}

/// The command that chooses.
fn by_hand(choice: &Listed) -> String {
    let Some(request) = &choice.request else { return String::new() };
    let mut words = format!("memebuild choice submit {}", choice.name);
    for slot in request.slots.keys() {
        let _ = write!(words, " --pick {slot}=ID");
    }
    for _ in &request.captions.drafts {
        words += " --caption TEXT";
    }
    words
}

fn submit(project: &Project, submit: &Submit) -> Result<(), Vec<Diagnostic>> {
    let decision = match &submit.file {
        Some(file) => document(file),
        None => by_flags(submit),
    };
    let decision = decision.map_err(|problem| vec![problem])?;
    let waiting = || talk("     waiting for another memebuild in this project to end");
    choices::submit(project, &submit.name, decision, None, &mut { waiting })
}

fn document(file: &Path) -> Result<Decision, Diagnostic> {
    let mut bytes = Vec::new();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().lock().read_to_end(&mut bytes).map(drop),
        false => std::fs::read(file).map(|read| bytes = read),
    };
    read.map_err(|e| {
        Diagnostic::usage("bad-decision", format!("cannot read `{}`: {e}", file.display()))
    })?;
    contract::read(&bytes).map_err(|e| {
        Diagnostic::usage("bad-decision", e.to_string())
            .hint("`memebuild contract export decision` has its shape")
    })
}

fn by_flags(submit: &Submit) -> Result<Decision, Diagnostic> {
    let mut picks = BTreeMap::new();
    for pick in &submit.pick {
        let pair = pick
            .split_once('=')
            .and_then(|(slot, id)| Some((slot.to_owned(), id.to_owned().try_into().ok()?)));
        let (slot, id) = pair.ok_or_else(|| {
            Diagnostic::usage("bad-argument", format!("`{}` is not SLOT=ID", pick.escape_debug()))
        })?;
        picks.insert(slot, id);
    }
    Ok(Decision { picks, captions: submit.caption.clone(), reason: submit.reason.clone() })
}

fn update(project: &Project, names: &[String]) -> Result<(), Vec<Diagnostic>> {
    let all = choices::list(project)?;
    let mut meant = Vec::new();
    for name in names {
        let turns = format!("{name}/");
        let own = |choice: &&Listed| choice.name == *name || choice.name.starts_with(&turns);
        let found: Vec<String> = all.iter().filter(own).map(|choice| choice.name.clone()).collect();
        if found.is_empty() {
            choices::find(project, name)?;
        }
        meant.extend(found);
    }
    choices::ask_anew(project, &meant).map_err(|problem| vec![problem])?;
    for name in &meant {
        talk(&format!("       asked anew {name}, by the next build"));
    }
    Ok(())
}
