//! What descends from a stand-in: worked out from the edges, and never part of a key, so that a mock
//! that is replaced by the same thing changes nothing.

use super::Graph;
use crate::diagnostic::{Diagnostic, Exit};
use petgraph::graph::NodeIndex;

/// Most nodes that are named in a message.
const SHOWN: usize = 5;

/// For each node, whether it or something that it needs is a stand-in.
pub fn tainted(graph: &Graph) -> Vec<bool> {
    let mut tainted = vec![false; graph.len()];
    for index in graph.order() {
        tainted[index.index()] = graph.entry(*index).node.is_mock()
            || graph.dependencies(*index).any(|dep| tainted[dep.index()]);
    }
    tainted
}

/// Whether anything wanted descends from a stand-in.
pub fn any(graph: &Graph, wanted: &[bool]) -> bool {
    tainted(graph).into_iter().zip(wanted).any(|(tainted, wanted)| tainted && *wanted)
}

/// Refuses to release anything wanted that descends from a stand-in.
pub fn refuse(graph: &Graph, wanted: &[bool]) -> Result<(), Vec<Diagnostic>> {
    let tainted = tainted(graph);
    let bad: Vec<NodeIndex> = graph
        .order()
        .iter()
        .copied()
        .filter(|index| wanted[index.index()] && tainted[index.index()])
        .collect();
    if bad.is_empty() {
        return Ok(());
    }
    let is_mock = |index: &&NodeIndex| graph.entry(**index).node.is_mock();
    let mocks: Vec<NodeIndex> = bad.iter().filter(is_mock).copied().collect();
    // What people would release is what nothing else reads.
    let ends = bad.iter().filter(|index| {
        !graph.dependants(**index).any(|reader| wanted[reader.index()] && tainted[reader.index()])
    });
    let ends: Vec<NodeIndex> = ends.copied().collect();
    let message = format!("{} cannot be released: they descend from mocks", count(bad.len()));
    let mut problem = Diagnostic::usage("mock-in-release", message).exit(Exit::Usage);
    for index in ends.iter().filter(|index| !mocks.contains(index)).take(SHOWN) {
        let from = origin(graph, *index);
        problem = problem.note(format!("`{}` comes from `{from}`", graph.entry(*index).name));
    }
    for index in mocks.iter().take(SHOWN) {
        let entry = graph.entry(*index);
        let what = format!("`{}` stands in for what is not there", entry.name);
        problem = match entry.node.span() {
            Some(span) if problem.labels.is_empty() => problem.label(span, what),
            _ => problem.note(what),
        };
    }
    Err(vec![problem.hint("give its source the real files, or build without `--release`")])
}

fn count(nodes: usize) -> String {
    if nodes == 1 { "1 node".to_owned() } else { format!("{nodes} nodes") }
}

/// The first stand-in that a node descends from.
fn origin(graph: &Graph, mut index: NodeIndex) -> &str {
    let tainted = tainted(graph);
    while !graph.entry(index).node.is_mock() {
        let next = graph.dependencies(index).filter(|dep| tainted[dep.index()]).min();
        let Some(next) = next else { break };
        index = next;
    }
    &graph.entry(index).name
}
