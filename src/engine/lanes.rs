//! What can proceed now, and what truly waits for bytes.
//!
//! Where a node offers its output by a contract, a stand-in can be made from that alone, so that
//! whoever reads it need not wait. Two schedules are compared, both with as many slots as there is
//! work: one in which everybody waits for everything, and one in which nobody waits for what a
//! contract covers. Times are those that earlier builds recorded.

use super::plan::{Fate, Planned};
use super::record::Records;
use crate::graph::Graph;
use petgraph::graph::NodeIndex;
use std::collections::HashMap;

/// Whether a node can proceed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// All that it reads is there.
    Ready,
    /// All that it waits for is covered by contracts: the nodes, and the contracts.
    Against(Vec<(String, String)>),
    /// For bytes that no contract covers: of the nodes that make them, the one that ends last.
    Waits(String),
}

/// One node that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub node: String,
    pub standing: Standing,
    /// How long it takes; absent where none of its type ever ran.
    pub takes_ms: Option<u64>,
    /// When it can begin if everybody waits, and if contracts stand in.
    pub waiting_ms: u64,
    pub contracts_ms: u64,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lanes {
    /// Dependencies first.
    pub lanes: Vec<Lane>,
    /// Nodes that are up to date.
    pub done: usize,
    /// Most nodes at work at one time, without and with contracts.
    pub widths: (usize, usize),
    /// When the last node ends, without and with contracts.
    pub ends_ms: (u64, u64),
    /// Everything is up to date, and these are the lanes of a build from nothing.
    pub from_nothing: bool,
}

impl Lanes {
    /// Nodes that can proceed now, without and with contracts.
    pub fn now(&self) -> (usize, usize) {
        let count = |wanted: fn(&Standing) -> bool| {
            self.lanes.iter().filter(|lane| wanted(&lane.standing)).count()
        };
        let ready = count(|standing| matches!(standing, Standing::Ready));
        (ready, ready + count(|standing| matches!(standing, Standing::Against(_))))
    }

    /// The longest that a node need not wait.
    pub fn saved_ms(&self) -> u64 {
        let saved = self.lanes.iter().map(|lane| lane.waiting_ms - lane.contracts_ms);
        saved.max().unwrap_or(0)
    }
}

/// The lanes of the wanted nodes that a plan would run; of all, where it would run none.
pub fn lanes(graph: &Graph, planned: &[Planned], records: &Records) -> Lanes {
    let idle = |node: &&Planned| matches!(node.fate, Fate::Fresh | Fate::Hit);
    let from_nothing = planned.iter().all(|node| idle(&node));
    let times = Times::new(records);
    let mut lanes = Lanes { from_nothing, ..Lanes::default() };
    let mut ends: HashMap<NodeIndex, (u64, u64)> = HashMap::new();
    let mut spans: Vec<[(u64, u64); 2]> = Vec::new();
    for node in planned {
        let Some(index) = graph.find(&node.node) else { continue };
        if !from_nothing && idle(&node) {
            lanes.done += 1;
            continue;
        }
        let mut waits = (0, 0);
        let mut covered = Vec::new();
        let mut bytes: Option<(u64, &str)> = None;
        let mut deps: Vec<NodeIndex> = graph.dependencies(index).collect();
        deps.sort();
        for dep in deps {
            let Some(end) = ends.get(&dep) else { continue };
            let entry = graph.entry(dep);
            waits.0 = waits.0.max(end.0);
            match entry.node.seam() {
                Some(contract) => covered.push((entry.name.clone(), contract.to_owned())),
                None => {
                    waits.1 = waits.1.max(end.1);
                    if bytes.is_none_or(|(last, _)| end.1 > last) {
                        bytes = Some((end.1, &entry.name));
                    }
                }
            }
        }
        let takes_ms = times.of(&node.node);
        let takes = takes_ms.unwrap_or(0);
        ends.insert(index, (waits.0 + takes, waits.1 + takes));
        spans.push([(waits.0, waits.0 + takes), (waits.1, waits.1 + takes)]);
        let standing = match bytes {
            Some((_, node)) => Standing::Waits(node.to_owned()),
            None if covered.is_empty() => Standing::Ready,
            None => Standing::Against(covered),
        };
        lanes.lanes.push(Lane {
            node: node.node.clone(),
            standing,
            takes_ms,
            waiting_ms: waits.0,
            contracts_ms: waits.1,
        });
    }
    let widest = |which: usize| width(spans.iter().map(|both| both[which]));
    lanes.widths = (widest(0), widest(1));
    let last = |pick: fn(&(u64, u64)) -> u64| ends.values().map(pick).max().unwrap_or(0);
    lanes.ends_ms = (last(|end| end.0), last(|end| end.1));
    lanes
}

/// Most spans that share a moment. One that takes no time has its moment all the same.
fn width(spans: impl Iterator<Item = (u64, u64)>) -> usize {
    let mut moments: Vec<(u64, i32)> = Vec::new();
    for (from, to) in spans {
        moments.push((from, 1));
        moments.push((to.max(from + 1), -1));
    }
    // What ends makes room for what begins.
    moments.sort_unstable();
    let mut at_work = 0i64;
    let mut widest = 0;
    for (_, change) in moments {
        at_work += i64::from(change);
        widest = widest.max(at_work);
    }
    usize::try_from(widest).unwrap_or(0)
}

/// How long nodes took: each its own time, else the average of its type.
struct Times<'r> {
    records: &'r Records,
    types: HashMap<String, (u64, u64)>,
}

impl<'r> Times<'r> {
    fn new(records: &'r Records) -> Self {
        let mut types: HashMap<String, (u64, u64)> = HashMap::new();
        for (node, record) in records.iter() {
            let sum = types.entry(type_of(&node).to_owned()).or_default();
            sum.0 += 1;
            sum.1 += record.cost_ms;
        }
        Self { records, types }
    }

    fn of(&self, node: &str) -> Option<u64> {
        let own = self.records.get(node).map(|record| record.cost_ms);
        own.or_else(|| self.types.get(type_of(node)).map(|(nodes, ms)| ms / nodes))
    }
}

fn type_of(node: &str) -> &str {
    node.split(':').next().unwrap_or(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_only_touch_do_not_overlap() {
        assert_eq!(width([(0, 10), (10, 20)].into_iter()), 1);
        assert_eq!(width([(0, 10), (9, 20), (9, 9)].into_iter()), 3);
        assert_eq!(width(std::iter::empty()), 0);
    }
}
