//! `memebuild cache diff KEY KEY`: what tells two keys apart, by name.

use super::show::find;
use crate::cli::shared::{Globals, say, say_json};
use crate::contract::action::ActionResult;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::engine::survey::Survey;
use crate::engine::why::{Change, changes};
use crate::report::text::shown;
use clap::Args;
use serde_json::json;
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The first digits of a key, or a node with one action
    old: String,
    /// Another
    new: String,
}

pub fn run(
    globals: &Globals,
    project: &Project,
    arguments: &Arguments,
) -> Result<Exit, Diagnostic> {
    compare(globals, project, &arguments.old, &arguments.new)
}

/// Tells two keys apart, or two nodes action by action.
pub fn compare(
    globals: &Globals,
    project: &Project,
    old: &str,
    new: &str,
) -> Result<Exit, Diagnostic> {
    let records = project.records();
    let survey = Survey::of(project)?;
    let pairs: Vec<(&ActionResult, &ActionResult)> = match (records.get(old), records.get(new)) {
        (Some(_), Some(_)) => {
            let (old, new) = (find(project, &survey, old), find(project, &survey, new));
            old.into_iter().zip(new).map(|(old, new)| (&old.result, &new.result)).collect()
        }
        _ => vec![(only(project, &survey, old)?, only(project, &survey, new)?)],
    };
    let differ = pairs.iter().map(|(old, new)| {
        let step = new.manifest.step.clone();
        (step, changes(&old.manifest, &new.manifest))
    });
    let differ: Vec<_> = differ.filter(|(_, changes)| !changes.is_empty()).collect();
    if globals.json() {
        let row = |(step, change): (&String, &Change)| json!({ "step": step, "what": change.name(), "old": change.old, "new": change.new });
        let changes = differ.iter().flat_map(|(step, all)| all.iter().map(move |c| (step, c)));
        let rows: Vec<_> = changes.map(row).collect();
        say_json(&json!({ "schemaVersion": 1, "changes": rows }));
        return Ok(Exit::Ok);
    }
    let mut out = String::new();
    for (step, changes) in &differ {
        if pairs.len() > 1 {
            let _ = writeln!(out, "{}", shown(step));
        }
        let indent = if pairs.len() > 1 { "  " } else { "" };
        for change in changes {
            let _ = writeln!(out, "{indent}{}", shown(&change.to_string()));
        }
    }
    if differ.is_empty() {
        out.push_str(if pairs.len() > 1 { "the same keys\n" } else { "the same key\n" });
    }
    say(&out);
    Ok(Exit::Ok)
}

/// The one result that is meant.
fn only<'a>(
    project: &Project,
    survey: &'a Survey,
    what: &str,
) -> Result<&'a ActionResult, Diagnostic> {
    let found = find(project, survey, what);
    match found.len() {
        1 => Ok(&found[0].result),
        0 => {
            let message = format!("the cache knows no `{}`", what.escape_debug());
            Err(Diagnostic::usage("unknown-key", message)
                .hint("`memebuild cache ls` lists the keys"))
        }
        many => {
            let message = format!("`{}` may mean {many} keys", what.escape_debug());
            let keys: Vec<String> = found
                .iter()
                .take(8)
                .map(|kept| &kept.result)
                .map(|result| format!("{} {}", result.key.short(), result.manifest.step))
                .collect();
            Err(Diagnostic::usage("ambiguous-key", message).note(keys.join("\n")))
        }
    }
}
