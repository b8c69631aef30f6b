//! The graph as text, Graphviz dot, Mermaid or SVG.

mod svg;

use super::Graph;
use petgraph::graph::NodeIndex;
use std::fmt::Write;

/// A form that `memebuild graph --as` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    Dot,
    Mermaid,
    Svg,
}

/// Draws the nodes whose flag in `wanted` is set.
pub fn draw(graph: &Graph, wanted: &[bool], form: Form) -> String {
    let nodes: Vec<NodeIndex> =
        graph.order().iter().copied().filter(|index| wanted[index.index()]).collect();
    match form {
        Form::Text => text(graph, &nodes),
        Form::Dot => dot(graph, &nodes),
        Form::Mermaid => mermaid(graph, &nodes),
        Form::Svg => svg::svg(graph, &nodes),
    }
}

/// One line a node, and beneath it what it reads.
fn text(graph: &Graph, nodes: &[NodeIndex]) -> String {
    let mut out = String::new();
    for index in nodes {
        let _ = writeln!(out, "{}", graph.entry(*index).name);
        let mut deps: Vec<_> = graph.dependencies(*index).collect();
        deps.sort();
        for (at, dep) in deps.iter().enumerate() {
            let branch = if at + 1 == deps.len() { "└──" } else { "├──" };
            let _ = writeln!(out, "  {branch} {}", graph.entry(*dep).name);
        }
    }
    out
}

fn edges<'a>(
    graph: &'a Graph,
    nodes: &'a [NodeIndex],
) -> impl Iterator<Item = (NodeIndex, NodeIndex)> + 'a {
    nodes.iter().flat_map(move |index| {
        let mut deps: Vec<_> = graph.dependencies(*index).collect();
        deps.sort();
        deps.into_iter().map(move |dep| (dep, *index))
    })
}

fn dot(graph: &Graph, nodes: &[NodeIndex]) -> String {
    let mut out = String::from("digraph memebuild {\n  rankdir=LR;\n  node [shape=box];\n");
    for index in nodes {
        let name = graph.entry(*index).name.replace('\\', "\\\\").replace('"', "\\\"");
        let _ = writeln!(out, "  n{} [label=\"{name}\"];", index.index());
    }
    for (from, to) in edges(graph, nodes) {
        let _ = writeln!(out, "  n{} -> n{};", from.index(), to.index());
    }
    out.push_str("}\n");
    out
}

fn mermaid(graph: &Graph, nodes: &[NodeIndex]) -> String {
    let mut out = String::from("flowchart LR\n");
    for index in nodes {
        let name = graph.entry(*index).name.replace('"', "#quot;");
        let _ = writeln!(out, "  n{}[\"{name}\"]", index.index());
    }
    for (from, to) in edges(graph, nodes) {
        let _ = writeln!(out, "  n{} --> n{}", from.index(), to.index());
    }
    out
}
