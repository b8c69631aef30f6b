//! Topological order, or the cycles that forbid one.

use super::Entry;
use crate::diagnostic::Diagnostic;
use petgraph::Direction;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Dependencies first; of those that could come next, the one declared first. On a cycle, one
/// diagnostic for each, which names its members in order.
pub fn order(dag: &DiGraph<Entry, ()>) -> Result<Vec<NodeIndex>, Vec<Diagnostic>> {
    let mut missing: Vec<usize> = dag
        .node_indices()
        .map(|index| dag.neighbors_directed(index, Direction::Incoming).count())
        .collect();
    let mut ready: BinaryHeap<Reverse<NodeIndex>> =
        dag.node_indices().filter(|index| missing[index.index()] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(dag.node_count());
    while let Some(Reverse(index)) = ready.pop() {
        order.push(index);
        for dependant in dag.neighbors_directed(index, Direction::Outgoing) {
            missing[dependant.index()] -= 1;
            if missing[dependant.index()] == 0 {
                ready.push(Reverse(dependant));
            }
        }
    }
    if order.len() == dag.node_count() { Ok(order) } else { Err(cycles(dag)) }
}

fn cycles(dag: &DiGraph<Entry, ()>) -> Vec<Diagnostic> {
    let in_cycle =
        |group: &Vec<NodeIndex>| group.len() > 1 || dag.find_edge(group[0], group[0]).is_some();
    let mut groups: Vec<_> = tarjan_scc(dag).into_iter().filter(in_cycle).collect();
    groups.iter_mut().for_each(|group| group.sort());
    groups.sort();
    groups.iter().map(|group| describe(dag, &walk(dag, group))).collect()
}

/// A closed walk through a strongly connected group, from its first member back to it.
fn walk(dag: &DiGraph<Entry, ()>, group: &[NodeIndex]) -> Vec<NodeIndex> {
    let start = group[0];
    let mut trail = vec![start];
    let mut seen = vec![start];
    // Depth first, within the group, until an edge leads back to the start.
    while let Some(&at) = trail.last() {
        if dag.find_edge(at, start).is_some() {
            return trail;
        }
        let next = dag
            .neighbors_directed(at, Direction::Outgoing)
            .filter(|next| group.contains(next) && !seen.contains(next))
            .min();
        match next {
            Some(next) => {
                seen.push(next);
                trail.push(next);
            }
            None => {
                trail.pop();
            }
        }
    }
    group.to_vec()
}

fn describe(dag: &DiGraph<Entry, ()>, members: &[NodeIndex]) -> Diagnostic {
    let mut names: Vec<&str> = members.iter().map(|index| dag[*index].name.as_str()).collect();
    names.push(names[0]);
    let message = format!("a cycle: {}", names.join(" → "));
    let mut diagnostic = Diagnostic::usage("cycle", message)
        .hint("remove one of these dependencies; a node cannot need what is made from it");
    for index in members {
        let entry = &dag[*index];
        if let Some(span) = entry.node.span() {
            diagnostic = diagnostic.label(span, format!("`{}` is declared here", entry.name));
        }
    }
    diagnostic
}
