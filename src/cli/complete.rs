//! What a shell is told when somebody presses Tab: commands and flags, and the names of the project's
//! nodes. The scripts of `memebuild completions` ask memebuild itself each time.

use crate::engine::project::Project;
use crate::memefile::FILE_NAME;
use clap::CommandFactory;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::CompleteEnv;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::SystemTime;

/// The variable by which a script asks, and says which shell it is of.
pub const VARIABLE: &str = "MEMEBUILD_COMPLETE";

/// Answers a script that asks, and ends the process then.
pub fn answer<C: CommandFactory>() {
    CompleteEnv::with_factory(C::command).var(VARIABLE).complete();
}

/// Completes names of nodes.
pub fn nodes() -> ArgValueCompleter {
    ArgValueCompleter::new(|begun: &OsStr| {
        let names = begun.to_str().and_then(names).unwrap_or_default();
        names.into_iter().map(CompletionCandidate::new).collect::<Vec<_>>()
    })
}

/// The names that begin so: those that the last build knew, or those of a Memefile that was changed
/// since, if it has no mistakes.
fn names(begun: &str) -> Option<Vec<String>> {
    let project = Project::find(&folder(std::env::args_os())).ok()?;
    let changed = |path: &std::path::Path| path.metadata().and_then(|meta| meta.modified()).ok();
    let built: Option<SystemTime> = changed(&project.records_path());
    let known = project.records().names(begun);
    if !known.is_empty() && changed(&project.root.join(FILE_NAME)) <= built {
        return Some(known);
    }
    let Ok(opened) = project.open() else { return Some(known) };
    let names = opened.graph.order().iter().map(|index| &opened.graph.entry(*index).name);
    let mut names: Vec<String> = names.filter(|name| name.starts_with(begun)).cloned().collect();
    names.sort();
    Some(names)
}

/// The folder of the command that is being typed.
fn folder(words: impl Iterator<Item = OsString>) -> PathBuf {
    let mut words = words.skip_while(|word| word != "--");
    let flag = words.find(|word| word == "-C" || word == "--directory");
    flag.and_then(|_| words.next()).map_or_else(|| PathBuf::from("."), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_that_of_the_typed_command() {
        let words = |line: &str| folder(line.split(' ').map(OsString::from));
        assert_eq!(words("memebuild -- memebuild -C demo why "), PathBuf::from("demo"));
        assert_eq!(words("memebuild -C wrong -- memebuild why "), PathBuf::from("."));
        assert_eq!(words("memebuild -- memebuild --directory a/b"), PathBuf::from("a/b"));
    }
}
