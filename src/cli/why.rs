//! `memebuild why NODE`: why a node was a hit, was cut off or ran. `memebuild why A B`: what tells
//! two nodes, or two keys, apart.

use super::complete::nodes;
use super::shared::{Globals, say, say_json};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::log;
use crate::memefile::nearest;
use crate::report::text::shown;
use crate::report::why::{Link, Told, tell, text};
use clap::Args;
use serde_json::json;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The node
    #[arg(add = nodes())]
    node: String,
    /// Compare with this node, or this key
    #[arg(add = nodes())]
    other: Option<String>,
    /// In this build, or the newest before it that did something to the node [default: the last]
    #[arg(long, value_name = "BUILD", conflicts_with = "other")]
    build: Option<String>,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    if let Some(other) = &arguments.other {
        let compared = super::cache::compare(globals, &project, &arguments.node, other);
        return compared.unwrap_or_else(|problem| globals.complain(&[problem]));
    }
    let records = project.records();
    let mut builds = log::builds(&project.cache);
    if let Some(upto) = &arguments.build {
        builds.retain(|build| build <= upto || build.starts_with(upto));
    }
    let events = |build: &String| log::read(&project.cache, build).unwrap_or_default();
    let told = builds.iter().find_map(|build| tell(&events(build), &arguments.node));
    let record = records.get(&arguments.node);
    if told.is_none() && record.is_none() {
        let message = format!("no build knows a node `{}`", arguments.node.escape_debug());
        let problem = Diagnostic::usage("unknown-target", message);
        let names = records.names("");
        let near = nearest(&arguments.node, names.iter().map(String::as_str));
        return globals.complain(&[match near {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("`memebuild graph` lists every node; build it first"),
        }]);
    }
    let last = builds.first();
    let fresh_since = told.as_ref().filter(|told| last.is_some_and(|last| *last != told.build));
    if globals.json() {
        say_json(&document(&arguments.node, told.as_ref(), fresh_since.is_some()));
        return Exit::Ok;
    }
    let mut out = String::new();
    if let (Some(_), Some(last)) = (fresh_since, last) {
        out += &format!("{} was fresh in the last build, {last}\n", shown(&arguments.node));
        out += "before that, ";
    }
    out += &match &told {
        Some(told) => text(told),
        None => format!(
            "{} is fresh since build {}, whose log is gone\n",
            shown(&arguments.node),
            record.as_ref().map_or("", |record| &record.build)
        ),
    };
    say(&out);
    Exit::Ok
}

fn document(node: &str, told: Option<&Told>, fresh_now: bool) -> serde_json::Value {
    json!({
        "schemaVersion": 1,
        "node": node,
        "fresh_in_last_build": fresh_now,
        "build": told.map(|told| &told.build),
        "status": told.map(|told| told.status.as_str()),
        "why": told.map(|told| &told.why),
        "cause": told.and_then(Told::root),
        "chain": told.map(|told| {
            let link = |link: &Link| json!({ "node": link.node, "status": link.status, "cause": link.cause });
            told.chain.iter().map(link).collect::<Vec<_>>()
        }),
        "actions": told.map(|told| {
            let action = |(step, hit, why): &(String, bool, String)| {
                json!({ "step": step, "hit": hit, "why": why })
            };
            told.actions.iter().map(action).collect::<Vec<_>>()
        }),
    })
}
