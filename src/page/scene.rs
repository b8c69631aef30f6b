//! What all parts of the page look at: the graph, and what is known of each of its nodes, read once.

use crate::contract::page::{AxisCard, BatchCard};
use crate::engine::project::Project;
use crate::engine::record::{NodeRecord, Records};
use crate::graph::Graph;
use crate::graph::taint::tainted;
use crate::node::batch::Laid;
use petgraph::graph::NodeIndex;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// A project, and its nodes by their place in the order of the graph.
pub struct Scene<'a> {
    pub project: &'a Project,
    pub graph: &'a Graph,
    pub all_records: Records,
    pub nodes: Vec<Known<'a>>,
    /// By the graph's index.
    places: Vec<u32>,
    batches: Vec<BatchCard>,
    cells: HashMap<String, Cell>,
}

/// One node.
pub struct Known<'a> {
    pub name: &'a str,
    pub index: NodeIndex,
    /// Of the last time that it was done.
    pub record: Option<NodeRecord>,
    pub mock: bool,
}

/// Where a render lies on the axes of its batch.
pub struct Cell {
    pub batch: u32,
    pub values: Vec<String>,
}

impl<'a> Scene<'a> {
    pub fn new(project: &'a Project, graph: &'a Graph, laid: &[Laid]) -> Self {
        let records = project.records();
        let tainted = tainted(graph);
        let known = |index: &NodeIndex| {
            let name = graph.entry(*index).name.as_str();
            let record = records.get(name).map(std::borrow::Cow::into_owned);
            Known { name, index: *index, record, mock: tainted[index.index()] }
        };
        let nodes = graph.order().par_iter().map(known).collect();
        let mut places = vec![0; graph.len()];
        for (place, index) in (0..).zip(graph.order()) {
            places[index.index()] = place;
        }
        let (batches, cells) = cells(laid);
        Self { project, graph, all_records: records, nodes, places, batches, cells }
    }

    /// The place of a node.
    pub fn place(&self, index: NodeIndex) -> u32 {
        self.places[index.index()]
    }

    /// The place of a node that the graph has.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.graph.find(name).map(|index| self.place(index))
    }

    /// A node that the graph has.
    pub fn node(&self, name: &str) -> Option<&Known<'a>> {
        self.find(name).map(|place| &self.nodes[place as usize])
    }

    /// What is known of a node from the last time that it was done.
    pub fn record(&self, name: &str) -> Option<&NodeRecord> {
        self.node(name)?.record.as_ref()
    }

    /// The cell that a render is, whatever its profile.
    pub fn cell(&self, render: &str) -> Option<&Cell> {
        self.cells.get(render)
    }

    pub fn batches(&self) -> Vec<BatchCard> {
        self.batches.clone()
    }

    pub fn batch(&self, cell: &Cell) -> &BatchCard {
        &self.batches[cell.batch as usize]
    }
}

/// The batches, and which cell each render is. An axis has the values that any cell has there, in the
/// axis' own order.
fn cells(laid: &[Laid]) -> (Vec<BatchCard>, HashMap<String, Cell>) {
    let mut cells = HashMap::new();
    let cards = (0..).zip(laid).map(|(batch, laid)| {
        let mut seen: Vec<HashSet<&str>> = vec![HashSet::new(); laid.axes.len()];
        for (render, values) in laid.cells() {
            for (seen, value) in seen.iter_mut().zip(&values) {
                seen.insert(value);
            }
            let values = values.into_iter().map(str::to_owned).collect();
            cells.insert(render, Cell { batch, values });
        }
        let axes = laid.axes.iter().zip(&laid.values).zip(seen).map(|((name, values), seen)| {
            let values = values.iter().filter(|value| seen.contains(&***value));
            AxisCard { name: (*name).to_owned(), values: values.map(|v| v.to_string()).collect() }
        });
        BatchCard { name: laid.name.clone(), axes: axes.collect() }
    });
    let cards: Vec<BatchCard> = cards.collect();
    (cards, cells)
}
