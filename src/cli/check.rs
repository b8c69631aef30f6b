//! `memebuild check FILE`: the critic on any file.

use super::shared::{Globals, say, say_json};
use crate::contract::profile::OutputProfile;
use crate::contract::render_input::RenderInput;
use crate::contract::verdict::{Decision, Outcome, Verdict};
use crate::contract::{self, Contract};
use crate::critic::lines;
use crate::diagnostic::{Diagnostic, Exit};
use crate::media::caption::Library;
use crate::memefile::{FILE_NAME, Text, nearest};
use crate::node::catalogue::Catalogue;
use crate::node::critic::check::critic_check;
use crate::node::declare::critic::Critic;
use crate::node::declare::profile::Profile;
use crate::node::declare::{critic, profile, profiles};
use crate::node::registry;
use crate::report::text::shown;
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A film, of memebuild's or of anybody's
    file: PathBuf,
    /// What it is held to: a built-in profile, or one of the project's [default: the render
    /// input's, else tiktok]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// What it was made from; without it, rules that need one say `not-applicable`
    #[arg(long, value_name = "FILE")]
    render_input: Option<PathBuf>,
    /// How strict the critic is: `default`, or one of the project's
    #[arg(long, value_name = "CRITIC", default_value = "default")]
    critic: String,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let verdict = match check(&globals.directory, arguments) {
        Ok(verdict) => verdict,
        Err(problems) => return globals.complain(&problems),
    };
    if globals.json() {
        let document = serde_json::from_slice(&contract::write(&verdict));
        say_json(&document.expect("a verdict is JSON"));
    } else {
        say(&text(&verdict));
    }
    match verdict.decision {
        Decision::Accept => Exit::Ok,
        Decision::Reject => Exit::Rejected,
    }
}

fn check(directory: &Path, arguments: &Arguments) -> Result<Verdict, Vec<Diagnostic>> {
    let one = |problem: Diagnostic| vec![problem];
    let root = project(directory);
    let catalogue = root.as_deref().map_or(Ok(Catalogue::default()), declared)?;
    let input = arguments.render_input.as_ref().map(|path| document(&directory.join(path)));
    let input: Option<RenderInput> = input.transpose().map_err(one)?;
    let profile = match (&arguments.profile, &input) {
        (Some(name), _) => find_profile(name, &catalogue).map_err(one)?,
        (None, Some(input)) => input.profile.clone(),
        (None, None) => find_profile("tiktok", &catalogue).map_err(one)?,
    };
    if !catalogue.knows::<Critic>(&arguments.critic) {
        let names: Vec<&str> =
            catalogue.iter::<Critic>().map(|(name, _)| name).chain(["default"]).collect();
        return Err(vec![unknown("critic", &arguments.critic, &names)]);
    }
    let policy = critic::resolve(&arguments.critic, &catalogue);
    let scratch = tempfile::tempdir().map_err(|e| {
        vec![Diagnostic::error("io", format!("cannot make a temporary folder: {e}"))]
    })?;
    let fonts = input.as_ref().filter(|input| !input.captions.is_empty()).map(|_| {
        let index = root.as_ref().map(|root| root.join("cache/state/fonts.json"));
        Library::scan(root.as_deref().unwrap_or(directory), index.as_deref())
    });
    let film = directory.join(&arguments.file);
    critic_check(&film, &profile, &policy, input, fonts.as_ref(), scratch.path()).map_err(one)
}

/// The nearest folder upwards that has a Memefile.
fn project(directory: &Path) -> Option<PathBuf> {
    let start = directory.canonicalize().ok()?;
    let mut folders = start.ancestors();
    folders.find(|folder| folder.join(FILE_NAME).is_file()).map(Path::to_path_buf)
}

/// What its Memefile declares. Its assets are not looked for.
fn declared(root: &Path) -> Result<Catalogue, Vec<Diagnostic>> {
    let path = root.join(FILE_NAME);
    let text = std::fs::read_to_string(&path).map_err(|e| {
        let message = format!("cannot read `{}`: {e}", path.display());
        vec![Diagnostic::usage("unreadable-memefile", message)]
    })?;
    registry::declarations(&Text::new(FILE_NAME, text))
}

fn find_profile(name: &str, catalogue: &Catalogue) -> Result<OutputProfile, Diagnostic> {
    profile::resolve(name, catalogue).ok_or_else(|| {
        let own = catalogue.iter::<Profile>().map(|(name, _)| name);
        let names: Vec<&str> = profiles::NAMES.into_iter().chain(own).collect();
        unknown("profile", name, &names)
    })
}

fn unknown(kind: &str, name: &str, known: &[&str]) -> Diagnostic {
    let message = format!("there is no {kind} `{}`", name.escape_debug());
    let problem = Diagnostic::usage("unknown-reference", message);
    match nearest(name, known.iter().copied()) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.note(format!("there are {}", known.join(", "))),
    }
}

fn document<T: Contract>(path: &Path) -> Result<T, Diagnostic> {
    let bytes = std::fs::read(path).map_err(|e| {
        Diagnostic::usage("unreadable-document", format!("cannot read `{}`: {e}", path.display()))
    })?;
    contract::read(&bytes).map_err(|e| {
        let message = format!("`{}`: {e}", path.display());
        Diagnostic::error("contract-break", message).exit(Exit::Broken)
    })
}

/// The findings, and how many rules there was something to say of.
fn text(verdict: &Verdict) -> String {
    let count = |outcome| verdict.rules.iter().filter(|rule| rule.outcome == outcome).count();
    let mut lines = lines::of_verdict(verdict);
    let number =
        |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let mut last = number(count(Outcome::Pass), "rule holds", "rules hold");
    for (outcome, one, many) in [
        (Outcome::NotApplicable, "does not apply", "do not apply"),
        (Outcome::Off, "is off", "are off"),
    ] {
        if count(outcome) > 0 {
            last.push_str(", ");
            last.push_str(&number(count(outcome), one, many));
        }
    }
    lines.push(last);
    lines.iter().map(|line| shown(line) + "\n").collect()
}
