//! `memebuild cache pin` and `unpin`: what stays whatever happens.

use super::show::{digits, unknown};
use crate::cli::shared::{Globals, say_json, talk};
use crate::contract::digest::Digest;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::cache::set_pin;
use crate::engine::project::Project;
use crate::engine::survey::Survey;
use crate::report::text::shown;
use clap::Args;
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A node, whose bytes stay as long as it is pinned, or the first digits of a blob's digest
    what: String,
}

pub fn run(
    globals: &Globals,
    project: &Project,
    arguments: &Arguments,
    pinned: bool,
) -> Result<Exit, Diagnostic> {
    let pin = meant(project, &arguments.what, pinned)?;
    let changed = set_pin(project, &pin, pinned)?;
    if globals.json() {
        let document =
            json!({ "schemaVersion": 1, "pin": pin, "pinned": pinned, "changed": changed });
        say_json(&document);
        return Ok(Exit::Ok);
    }
    let pin = shown(&pin);
    talk(&match (pinned, changed) {
        (true, true) => format!("pinned {pin}: the cache keeps it whatever its limit"),
        (true, false) => format!("{pin} is pinned already"),
        (false, true) => format!("unpinned {pin}"),
        (false, false) => format!("{pin} was not pinned"),
    });
    Ok(Exit::Ok)
}

/// The node or the one digest that somebody means.
fn meant(project: &Project, what: &str, pinning: bool) -> Result<String, Diagnostic> {
    let pins = project.store.pins();
    if pins.0.contains(what) || project.records().contains(what) {
        return Ok(what.to_owned());
    }
    let digits = digits(what).ok_or_else(|| unknown(what))?;
    let known: BTreeSet<Digest> = if pinning {
        let survey = Survey::of(project)?;
        survey.kept.iter().flat_map(|kept| kept.result.outputs.values().copied()).collect()
    } else {
        pins.0.iter().filter_map(|pin| pin.parse().ok()).collect()
    };
    let found: Vec<&Digest> = known.iter().filter(|d| d.hex().starts_with(digits)).collect();
    match found.as_slice() {
        [] => Err(unknown(what)),
        [only] => Ok(only.to_string()),
        many => {
            let message = format!("`{}` may mean {} blobs", what.escape_debug(), many.len());
            Err(Diagnostic::usage("ambiguous-digest", message).hint("give more digits"))
        }
    }
}
