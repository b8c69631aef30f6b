//! `memebuild build`: build targets, and all that they need.

use super::complete::nodes;
use super::shared::{Globals, say, talk};
use super::watch;
use crate::contract;
use crate::contract::event::Event;
use crate::diagnostic::{Diagnostic, Exit, Level};
use crate::engine::cache::Limit;
use crate::engine::project::Project;
use crate::engine::recheck::{Class, Rechecked};
use crate::engine::request::{BuildEnd, Request, build_project};
use crate::exec::Cancel;
use crate::node::known::Asking;
use crate::report::progress::Progress;
use crate::report::{json, lines};
use crate::source::Mode;
use clap::Args;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

#[derive(Debug, Default, Args)]
pub struct Arguments {
    /// Names of nodes, or globs over them [default: everything]
    #[arg(add = nodes())]
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
    /// Run this share of the nodes again when all is up to date, and compare: `5%`
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub verify_sample: Option<u32>,
    /// Ask nobody over a network: use what is pinned and here
    #[arg(long)]
    pub offline: bool,
    /// Use what Memefile.lock pins; that it would have to change is an error
    #[arg(long)]
    pub locked: bool,
    /// Make stand-ins for the assets of this source, whatever it declares; what is made of them is
    /// marked
    #[arg(long, value_name = "SOURCE")]
    pub mock: Vec<String>,
    /// Refuse what descends from a mock
    #[arg(long)]
    pub release: bool,
    /// Print the events of the build as JSON lines on standard output: `-`
    #[arg(long, value_name = "-", value_parser = ["-"], hide_possible_values = true)]
    pub events: Option<String>,
    /// Render everything in the profile `preview` first, whether or not the Memefile asks for it
    #[arg(long)]
    pub draft: bool,
    /// Stay, and build again whenever a file, a table or the Memefile changed
    #[arg(long, conflicts_with = "verify_sample")]
    pub watch: bool,
    /// Write down what each thread did when, for chrome://tracing and ui.perfetto.dev
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
}

/// Thousandths.
fn share(text: &str) -> Result<u32, String> {
    let percent = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    match percent.map(|percent| (percent * 10.0).ceil()) {
        Some(milli) if (0.0..=1000.0).contains(&milli) => Ok(milli as u32),
        _ => Err("it is not a share from 0% to 100%".to_owned()),
    }
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let mut project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    project.mocked = arguments.mock.iter().cloned().collect();
    project.drafts = arguments.draft;
    project.asking = Asking { locked: arguments.locked, offline: arguments.offline };
    let live = arguments.events.is_some();
    let request = Request {
        targets: arguments.targets.clone(),
        slots: globals.slots(),
        keep_going: !arguments.fail_fast,
        may_be_brief: !globals.json() && !live && arguments.verify_sample.is_none(),
        recheck_milli: arguments.verify_sample.unwrap_or(0),
        limit: arguments.cache_max_size,
        sources: Mode { offline: arguments.offline, locked: arguments.locked, update: false },
        release: arguments.release,
        strict: false,
        reads: false,
    };
    match arguments.watch {
        true => watch::run(globals, &project, &request, live),
        false => build(globals, &project, &request, live),
    }
}

/// Builds what is asked, and tells of it. `live`: as lines of events on standard output.
pub fn build(globals: &Globals, project: &Project, request: &Request, live: bool) -> Exit {
    let cancel = match cancel() {
        Ok(cancel) => cancel,
        Err(problem) => return globals.complain(&[problem]),
    };
    let mut progress = progress(globals, live);
    let ended = build_project(
        project,
        request,
        &cancel,
        &mut |event| see(&mut progress, event, live),
        &mut || talk(WAITING),
    );
    tell(globals, &progress, ended)
}

/// While somebody else builds.
pub(super) const WAITING: &str = "     waiting for another memebuild in this project to end";

/// Cancelled by the signals that end a process.
pub(super) fn cancel() -> Result<Cancel, Diagnostic> {
    let listening = Cancel::survive_file_size_limit().and_then(|()| Cancel::on_signals());
    listening
        .map_err(|error| Diagnostic::error("signals", format!("cannot listen to signals: {error}")))
}

/// What people see of one build.
pub(super) fn progress(globals: &Globals, live: bool) -> Progress {
    // Bars and lines that others write there would overwrite each other.
    let terminal = std::io::stderr().is_terminal() && !live && globals.log.is_none();
    Progress::new(terminal, globals.color(), talk)
}

/// An event, for people and where it is wanted for programs.
pub(super) fn see(progress: &mut Progress, event: &Event, live: bool) {
    if live {
        let line = serde_json::to_string(event).expect("events serialise");
        say(&format!("{line}\n"));
    }
    progress.see(event);
}

/// How a build ended.
pub(super) fn tell(
    globals: &Globals,
    progress: &Progress,
    ended: Result<BuildEnd, Vec<Diagnostic>>,
) -> Exit {
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
        say(&String::from_utf8_lossy(&contract::write(&json::document(&progress.fold))));
    } else {
        progress.print(&lines::summary(&progress.fold));
        rechecked(&ended.rechecked).iter().for_each(|line| progress.print(line));
    }
    ended.exit
}

/// What running nodes again came to, by their type: `verified 12 render: 11 the same bytes, 1 the
/// same when decoded`.
fn rechecked(all: &[Rechecked]) -> Vec<String> {
    let mut types: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for Rechecked { node, class } in all {
        let class = match class {
            Class::Divergent(_) => "different".to_owned(),
            class => class.to_string(),
        };
        let of = node.split(':').next().unwrap_or(node);
        *types.entry(of).or_default().entry(class).or_default() += 1;
    }
    let line = |(of, classes): (&str, BTreeMap<String, u64>)| {
        let count: u64 = classes.values().sum();
        let each: Vec<String> = classes.iter().map(|(class, n)| format!("{n} {class}")).collect();
        format!("{:>12} {count} {of}: {}", "run again", each.join(", "))
    };
    types.into_iter().map(line).collect()
}
