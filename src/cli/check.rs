//! `memebuild check FILE`: the critic on any file.

use super::shared::{Globals, say, say_json};
use crate::contract::render_input::RenderInput;
use crate::contract::verdict::{Decision, Verdict};
use crate::critic::lines;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::media::caption::Library;
use crate::memefile::FILE_NAME;
use crate::node::catalogue::Catalogue;
use crate::node::critic::check::critic_check;
use crate::node::declare::{critic, profile};
use crate::report::text::shown;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A film, of memebuild's or of anybody's
    file: PathBuf,
    /// What it is held to: a built-in profile, or one of the project's
    #[arg(long, value_name = "PROFILE", default_value = "tiktok")]
    profile: String,
    /// What it was made from; without it, rules that need one say `not-applicable`
    #[arg(long, value_name = "FILE")]
    render_input: Option<PathBuf>,
    /// How strict the critic is: `default`, or one of the project's
    #[arg(long, value_name = "CRITIC", default_value = "default")]
    critic: String,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    match check(globals, arguments) {
        Ok(verdict) => {
            if globals.json() {
                let bytes = crate::contract::write(&verdict);
                say_json(&serde_json::from_slice(&bytes).expect("a verdict is JSON"));
            } else {
                let lines = lines::of_verdict(&verdict);
                say(&lines.iter().map(|line| shown(line) + "\n").collect::<String>());
            }
            match verdict.decision {
                Decision::Accept => Exit::Ok,
                Decision::Reject => Exit::Rejected,
            }
        }
        Err(problems) => globals.complain(&problems),
    }
}

fn check(globals: &Globals, arguments: &Arguments) -> Result<Verdict, Vec<Diagnostic>> {
    let one = |problem: Diagnostic| vec![problem];
    let catalogue = catalogue(globals)?;
    let held_to = profile::resolve(&arguments.profile, &catalogue).ok_or_else(|| {
        let message = format!("there is no profile `{}`", arguments.profile.escape_debug());
        one(Diagnostic::usage("unknown-reference", message)
            .hint("built in are tiktok, reels, shorts, square, landscape, gif, webm and preview"))
    })?;
    let policy = critic::resolve(&arguments.critic, &catalogue);
    let input = arguments.render_input.as_deref().map(|path| {
        let bytes = std::fs::read(path).map_err(|e| e.to_string());
        bytes
            .and_then(|bytes| {
                crate::contract::read::<RenderInput>(&bytes).map_err(|e| e.to_string())
            })
            .map_err(|why| {
                let message = format!("cannot use `{}`: {why}", path.display());
                one(Diagnostic::usage("bad-render-input", message))
            })
    });
    let input = input.transpose()?;
    let library = input.as_ref().map(|_| Library::scan(&globals.directory, None));
    let scratch = tempfile::tempdir().map_err(|e| {
        one(Diagnostic::error("io", format!("cannot make a temporary folder: {e}")))
    })?;
    let file = globals.directory.join(&arguments.file);
    critic_check(&file, &held_to, &policy, input, library.as_ref(), scratch.path()).map_err(one)
}

/// What the project declares; nothing where there is no project.
fn catalogue(globals: &Globals) -> Result<Catalogue, Vec<Diagnostic>> {
    let there = globals
        .directory
        .canonicalize()
        .is_ok_and(|start| start.ancestors().any(|folder| folder.join(FILE_NAME).is_file()));
    if !there {
        return Ok(Catalogue::default());
    }
    let project = Project::find(&globals.directory).map_err(|problem| vec![problem])?;
    Ok(project.open()?.loaded.catalogue)
}
