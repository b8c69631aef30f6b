//! `memebuild graph`: the nodes and what they read.

use super::shared::{Globals, say, say_json};
use crate::diagnostic::Exit;
use crate::graph::draw::{Form, draw};
use crate::graph::select::select;
use clap::{Args, ValueEnum};
use serde_json::json;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Names of nodes, or globs over them [default: everything]
    targets: Vec<String>,
    /// Text, Graphviz dot or Mermaid
    #[arg(long = "as", value_enum, default_value_t = Drawing::Text)]
    form: Drawing,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Drawing {
    Text,
    Dot,
    Mermaid,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let graph = match project.open() {
        Ok(opened) => opened.graph,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    let wanted = match select(&graph, &arguments.targets) {
        Ok(wanted) => wanted,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    if globals.json() {
        let nodes: Vec<_> = graph
            .order()
            .iter()
            .filter(|index| wanted[index.index()])
            .map(|index| {
                let mut deps: Vec<_> =
                    graph.dependencies(*index).map(|dep| graph.entry(dep).name.clone()).collect();
                deps.sort();
                let entry = graph.entry(*index);
                json!({ "node": entry.name, "type": entry.node.type_name(), "reads": deps })
            })
            .collect();
        say_json(&json!({ "schemaVersion": 1, "nodes": nodes }));
        return Exit::Ok;
    }
    let form = match arguments.form {
        Drawing::Text => Form::Text,
        Drawing::Dot => Form::Dot,
        Drawing::Mermaid => Form::Mermaid,
    };
    say(&draw(&graph, &wanted, form));
    Exit::Ok
}
