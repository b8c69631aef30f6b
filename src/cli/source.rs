//! `memebuild source`: what is fetched from elsewhere.

use super::shared::{Globals, say, say_json, talk};
use crate::contract::lock::SourceLock;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::due::due;
use crate::engine::sources::{self, Fetched, Listed, Outcome};
use crate::exec::Cancel;
use crate::report::progress::Progress;
use crate::report::text::{bytes, shown};
use crate::source::Mode;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::fmt::Write;
use std::io::IsTerminal;

/// How many files of each kind of change are named to people; `--format json` names all.
const SHOWN: usize = 30;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List sources that lie elsewhere, or the files that are pinned of some of them
    Ls {
        /// Sources whose files to list
        names: Vec<String>,
        /// That something would have to be fetched is an error
        #[arg(long)]
        offline: bool,
        /// That Memefile.lock would have to change is an error
        #[arg(long)]
        locked: bool,
    },
    /// Fetch anew, pin what is there now, and show what came, went or changed
    Update {
        /// Which sources [default: all]
        names: Vec<String>,
    },
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    match &arguments.command {
        Command::Ls { names, offline, locked } => {
            let mode = Mode { offline: *offline, locked: *locked, update: false };
            match sources::list(&project).and_then(|list| due(&project, mode).map(|_| list)) {
                Ok(list) => ls(globals, &list, names),
                Err(mistakes) => globals.complain(&mistakes),
            }
        }
        Command::Update { names } => update(globals, &project, names),
    }
}

fn ls(globals: &Globals, list: &[Listed], names: &[String]) -> Exit {
    if let Some(name) = names.iter().find(|name| !list.iter().any(|source| source.name == **name)) {
        let message = format!("there is no source `{}` that is fetched", name.escape_debug());
        return globals.complain(&[Diagnostic::usage("unknown-source", message)]);
    }
    let list: Vec<&Listed> =
        list.iter().filter(|source| names.is_empty() || names.contains(&source.name)).collect();
    if globals.json() {
        let rows: Vec<Value> = list.iter().map(|source| as_json(source)).collect();
        say_json(&json!({ "schemaVersion": 1, "sources": rows }));
    } else if names.is_empty() {
        say(&table(&list));
    } else {
        say(&list.iter().map(|source| files(source)).collect::<String>());
    }
    Exit::Ok
}

fn as_json(source: &Listed) -> Value {
    let items = source.pinned.iter().flat_map(|pinned| &pinned.items).map(|(key, pin)| {
        json!({
            "key": key,
            "path": pin.path(&source.name),
            "digest": pin.digest,
            "etag": pin.etag,
            "tags": pin.tags,
            "provenance": pin.provenance,
        })
    });
    json!({
        "name": source.name,
        "kind": source.kind,
        "from": source.from,
        "fetched": source.pinned.is_some(),
        "items": items.collect::<Vec<_>>(),
        "missing": reasons(&source.missing),
    })
}

/// Number, bytes and last day of what is pinned.
fn summary(pinned: &SourceLock) -> (usize, u64, String) {
    let total = pinned.items.values().map(|pin| pin.digest.len).sum();
    let last = pinned.items.values().filter_map(|pin| pin.provenance.acquired.as_deref()).max();
    (pinned.items.len(), total, last.unwrap_or_default().chars().take(10).collect())
}

fn table(list: &[&Listed]) -> String {
    if list.is_empty() {
        return "no source of this Memefile is fetched from elsewhere\n".to_owned();
    }
    let widest = list.iter().map(|source| source.name.len()).max().unwrap_or(0).max(6);
    let mut out = format!(
        "{:widest$}  {:8}{:>7}{:>10}  {:10}  FROM\n",
        "SOURCE", "KIND", "FILES", "SIZE", "LAST"
    );
    for source in list {
        let (count, size, last) = match &source.pinned {
            Some(pinned) => {
                let (count, size, last) = summary(pinned);
                (count.to_string(), bytes(size), last)
            }
            None => ("-".to_owned(), "-".to_owned(), "never".to_owned()),
        };
        let _ = write!(
            out,
            "{:widest$}  {:8}{count:>7}{size:>10}  {last:10}  {}",
            source.name,
            source.kind,
            shown(&source.from)
        );
        let _ = match source.missing.len() {
            0 => writeln!(out),
            missing => writeln!(out, "  ({missing} missing)"),
        };
    }
    out
}

fn files(source: &Listed) -> String {
    let mut out = format!("{}\n", source.name);
    for (key, pin) in source.pinned.iter().flat_map(|pinned| &pinned.items) {
        let _ = writeln!(
            out,
            "  {}  {:>9}  {}  {}",
            pin.digest.short(),
            bytes(pin.digest.len),
            shown(&pin.file),
            shown(key)
        );
    }
    for (_, why) in &source.missing {
        let _ = writeln!(out, "  missing: {}", shown(why));
    }
    out
}

fn update(globals: &Globals, project: &crate::engine::project::Project, names: &[String]) -> Exit {
    let cancel = match Cancel::on_signals() {
        Ok(cancel) => cancel,
        Err(error) => {
            let problem =
                Diagnostic::error("signals", format!("cannot listen to signals: {error}"));
            return globals.complain(&[problem]);
        }
    };
    let mut progress = Progress::new(std::io::stderr().is_terminal(), globals.color(), talk);
    let fetched =
        sources::update(project, names, &cancel, &mut |event| progress.see(event), &mut || {
            talk("     waiting for another memebuild in this project to end")
        });
    let Fetched { failures, cancelled, sources, .. } = match fetched {
        Ok(fetched) => fetched,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    if !failures.is_empty() {
        globals.complain(&failures);
    }
    if globals.json() {
        let rows: Vec<Value> = sources.iter().map(outcome_json).collect();
        say_json(&json!({ "schemaVersion": 1, "sources": rows }));
    } else {
        say(&sources.iter().map(outcome).collect::<String>());
    }
    if cancelled {
        return Exit::Cancelled(cancel.signal().unwrap_or(0));
    }
    let whole = failures.is_empty()
        && sources.iter().all(|source| source.missing.is_empty() && source.stale.is_empty());
    if whole { Exit::Ok } else { Exit::Failed }
}

fn reasons(list: &[(String, String)]) -> Vec<Value> {
    list.iter().map(|(key, why)| json!({ "key": key, "why": why })).collect()
}

fn outcome_json(source: &Outcome) -> Value {
    json!({
        "name": source.name,
        "items": source.items,
        "came": source.came,
        "went": source.went,
        "changed": source.changed,
        "gone": source.gone,
        "stale": reasons(&source.stale),
        "missing": reasons(&source.missing),
        "fetched": source.fetched,
        "bytes": source.bytes,
        "notes": source.notes,
    })
}

fn outcome(source: &Outcome) -> String {
    let mut counts = vec![format!("{} pinned", source.items)];
    let lists = [
        ("+", "came", &source.came),
        ("~", "changed", &source.changed),
        ("-", "went", &source.went),
        ("?", "gone there, kept here", &source.gone),
    ];
    counts.extend(
        lists
            .iter()
            .filter(|(_, _, list)| !list.is_empty())
            .map(|(_, word, list)| format!("{} {word}", list.len())),
    );
    if counts.len() == 1 {
        counts.push("nothing new".to_owned());
    }
    let mut out = format!("{}: {}\n", source.name, counts.join(", "));
    for (sign, _, list) in lists {
        for key in list.iter().take(SHOWN) {
            let _ = writeln!(out, "  {sign} {}", shown(key));
        }
        if list.len() > SHOWN {
            let _ = writeln!(out, "  {sign} and {} more", list.len() - SHOWN);
        }
    }
    for (key, why) in &source.stale {
        let _ = writeln!(out, "  ! `{}` could not be looked at anew: {}", shown(key), shown(why));
    }
    for (_, why) in &source.missing {
        let _ = writeln!(out, "  ! {}", shown(why));
    }
    out
}
