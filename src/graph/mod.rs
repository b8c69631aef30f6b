//! Nodes and edges: what depends on what, in which order, and what a target needs.
//!
//! Edges point from a dependency to the node that reads it. Names are resolved to dense indices
//! once, here; the engine works on indices.

mod cycle;
pub mod draw;
pub mod select;
pub mod taint;

use crate::diagnostic::{Diagnostic, Span};
use crate::memefile::nearest;
use crate::node::expansion::Expanded;
use crate::node::{Node, NodeName};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::HashMap;

/// A node in the graph.
pub struct Entry {
    pub name: NodeName,
    pub node: Box<dyn Node>,
}

/// All nodes of a project, acyclic.
pub struct Graph {
    dag: DiGraph<Entry, ()>,
    by_name: HashMap<NodeName, NodeIndex>,
    /// Dependencies before dependants; among equals, in declared order.
    order: Vec<NodeIndex>,
}

impl Graph {
    /// Resolves names, and finds unknown names, doubles and cycles, all of them in one go.
    pub fn new(declared: Vec<Expanded>) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let mut dag = DiGraph::with_capacity(declared.len(), declared.len() * 2);
        let mut by_name = HashMap::with_capacity(declared.len());
        let mut wanted = Vec::with_capacity(declared.len());
        for Expanded { name, node, deps } in declared {
            if by_name.contains_key(&name) {
                mistakes.push(labelled(
                    Diagnostic::usage("twice-declared", format!("`{name}` is declared twice")),
                    node.span(),
                    "the second",
                ));
                continue;
            }
            let index = dag.add_node(Entry { name: name.clone(), node });
            by_name.insert(name, index);
            wanted.push((index, deps));
        }
        for (index, deps) in wanted {
            let mut found = Vec::with_capacity(deps.len());
            for dep in deps {
                match by_name.get(&dep) {
                    Some(from) => found.push(*from),
                    None => mistakes.push(unknown(&dag[index], &dep, by_name.keys())),
                }
            }
            // Once each. To ask the graph whether an edge is there would walk all edges of a node
            // that thousands read.
            found.sort_unstable();
            found.dedup();
            for from in found {
                dag.add_edge(from, index, ());
            }
        }
        let order = cycle::order(&dag).unwrap_or_else(|mut cycles| {
            mistakes.append(&mut cycles);
            Vec::new()
        });
        if mistakes.is_empty() { Ok(Self { dag, by_name, order }) } else { Err(mistakes) }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.dag.node_count()
    }

    pub fn is_empty(&self) -> bool {
        self.dag.node_count() == 0
    }

    pub fn entry(&self, index: NodeIndex) -> &Entry {
        &self.dag[index]
    }

    pub fn find(&self, name: &str) -> Option<NodeIndex> {
        self.by_name.get(name).copied()
    }

    /// Every node, dependencies first.
    pub fn order(&self) -> &[NodeIndex] {
        &self.order
    }

    /// The nodes that `index` reads.
    pub fn dependencies(&self, index: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.dag.neighbors_directed(index, Direction::Incoming)
    }

    /// The nodes that read `index`.
    pub fn dependants(&self, index: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.dag.neighbors_directed(index, Direction::Outgoing)
    }
}

fn labelled(diagnostic: Diagnostic, span: Option<&Span>, text: &str) -> Diagnostic {
    match span {
        Some(span) => diagnostic.label(span, text),
        None => diagnostic,
    }
}

fn unknown<'a>(entry: &Entry, dep: &str, names: impl Iterator<Item = &'a NodeName>) -> Diagnostic {
    let message = format!("`{}` needs `{dep}`, which nothing declares", entry.name);
    let diagnostic =
        labelled(Diagnostic::usage("unknown-node", message), entry.node.span(), "declared here");
    match nearest(dep, names.map(String::as_str)) {
        Some(name) => diagnostic.hint(format!("did you mean `{name}`?")),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests;
