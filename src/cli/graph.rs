//! `memebuild graph`: the nodes and what they read.

use super::complete::nodes;
use super::shared::{Globals, say, say_json};
use crate::diagnostic::Exit;
use crate::engine::lanes::{Lane, Lanes, Standing, lanes};
use crate::engine::plan::plan;
use crate::graph::draw::{Form, draw};
use crate::graph::select::select;
use crate::report::table::Table;
use crate::report::text::{duration, shown};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Names of nodes, or globs over them [default: everything]
    #[arg(add = nodes())]
    targets: Vec<String>,
    /// Show what can proceed now against contracts, what waits for bytes, and the wait that the
    /// contracts save
    #[arg(long, conflicts_with = "form")]
    lanes: bool,
    /// Make stand-ins for the assets of this source
    #[arg(long, value_name = "SOURCE")]
    mock: Vec<String>,
    /// Text, Graphviz dot, Mermaid or a picture
    #[arg(long = "as", value_enum, default_value_t = Drawing::Text)]
    form: Drawing,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Drawing {
    Text,
    Dot,
    Mermaid,
    Svg,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let mut project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    project.mocked = arguments.mock.iter().cloned().collect();
    let opened = match project.open() {
        Ok(opened) => opened,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    let graph = &opened.graph;
    let wanted = match select(graph, &arguments.targets) {
        Ok(wanted) => wanted,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    if arguments.lanes {
        let mut planned = Vec::new();
        // A window without end: lanes are compared over the whole graph.
        let told = plan(&project, &arguments.targets, usize::MAX, &mut |node| {
            planned.push(node.clone());
        });
        if let Err(mistakes) = told {
            return globals.complain(&mistakes);
        }
        let found = lanes(graph, &planned, &project.records());
        if globals.json() {
            say_json(&lanes_document(&found));
        } else {
            say(&lanes_text(&found));
        }
        return Exit::Ok;
    }
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
        Drawing::Svg => Form::Svg,
    };
    say(&draw(graph, &wanted, form));
    Exit::Ok
}

/// A word for programs, and what there is to say.
fn words(standing: &Standing) -> (&'static str, String) {
    match standing {
        Standing::Ready => ("ready", String::new()),
        Standing::Against(covered) => {
            let mut contracts: Vec<&str> =
                covered.iter().map(|(_, contract)| contract.as_str()).collect();
            contracts.sort_unstable();
            contracts.dedup();
            ("against", format!("the contract {}", contracts.join(", ")))
        }
        Standing::Waits(node) => ("waits", format!("for bytes of {node}")),
    }
}

fn lanes_document(found: &Lanes) -> Value {
    let lane = |lane: &Lane| {
        let (standing, why) = words(&lane.standing);
        let covered = match &lane.standing {
            Standing::Against(covered) => covered.as_slice(),
            _ => &[],
        };
        let covered: Vec<Value> = covered
            .iter()
            .map(|(node, contract)| json!({ "node": node, "contract": contract }))
            .collect();
        json!({
            "node": lane.node,
            "standing": standing,
            "why": why,
            "covered": covered,
            "takes_ms": lane.takes_ms,
            "begins_ms": { "waiting": lane.waiting_ms, "contracts": lane.contracts_ms },
        })
    };
    let both = |(waiting, contracts): (usize, usize)| json!({ "waiting": waiting, "contracts": contracts });
    json!({
        "schemaVersion": 1,
        "from_nothing": found.from_nothing,
        "done": found.done,
        "now": both(found.now()),
        "width": both(found.widths),
        "ends_ms": { "waiting": found.ends_ms.0, "contracts": found.ends_ms.1 },
        "saved_ms": found.saved_ms(),
        "lanes": found.lanes.iter().map(lane).collect::<Vec<_>>(),
    })
}

fn lanes_text(found: &Lanes) -> String {
    let mut out = String::new();
    if found.from_nothing {
        out += "everything is up to date; from nothing, it would go so:\n";
    }
    let mut table =
        Table::new(&["LANE", "NODE", ">TAKES", ">BEGINS AFTER", ">WITH CONTRACTS", "WHY"]);
    let order = |standing: &Standing| match standing {
        Standing::Ready => 0,
        Standing::Against(_) => 1,
        Standing::Waits(_) => 2,
    };
    let mut lanes: Vec<&Lane> = found.lanes.iter().collect();
    lanes.sort_by_key(|lane| order(&lane.standing));
    for lane in lanes {
        let (standing, why) = words(&lane.standing);
        table.row(vec![
            standing.to_owned(),
            shown(&lane.node),
            lane.takes_ms.map_or("?".to_owned(), duration),
            duration(lane.waiting_ms),
            duration(lane.contracts_ms),
            shown(&why),
        ]);
    }
    let _ = write!(out, "{table}");
    let (alone, with) = found.now();
    let _ = writeln!(
        out,
        "{} nodes are to be made: {alone} can proceed now, {with} with the contracts",
        found.lanes.len()
    );
    let (narrow, wide) = found.widths;
    let _ = writeln!(out, "the widest moment: {narrow} at work, {wide} with the contracts");
    let (late, early) = found.ends_ms;
    let _ = writeln!(
        out,
        "the last ends after {}, {} with the contracts: they save up to {} of waiting",
        duration(late),
        duration(early),
        duration(found.saved_ms())
    );
    out
}
