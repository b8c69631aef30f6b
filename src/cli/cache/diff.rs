//! `memebuild cache diff KEY KEY`: what tells two keys apart, by name.

use super::show::find;
use crate::cli::shared::{Globals, say, say_json};
use crate::contract::action::ActionResult;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::engine::why::changes;
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
    let old = only(project, &arguments.old)?;
    let new = only(project, &arguments.new)?;
    let changes = changes(&old.manifest, &new.manifest);
    if globals.json() {
        let rows: Vec<_> = changes
            .iter()
            .map(|change| json!({ "what": change.what, "old": change.old, "new": change.new }))
            .collect();
        say_json(&json!({ "schemaVersion": 1, "changes": rows }));
        return Ok(Exit::Ok);
    }
    let mut out = String::new();
    for change in &changes {
        let _ = writeln!(out, "{}", shown(&change.to_string()));
    }
    if changes.is_empty() {
        out.push_str("the same key\n");
    }
    say(&out);
    Ok(Exit::Ok)
}

/// The one result that is meant.
fn only(project: &Project, what: &str) -> Result<ActionResult, Diagnostic> {
    let mut found = find(project, what)?;
    match found.len() {
        1 => Ok(found.remove(0)),
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
                .map(|result| format!("{} {}", result.key.short(), result.manifest.step))
                .collect();
            Err(Diagnostic::usage("ambiguous-key", message).note(keys.join("\n")))
        }
    }
}
