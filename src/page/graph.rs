//! The graph, and the nodes that the newest build's length hung on.

use super::scene::Scene;
use super::standing::Standing;
use super::timeline::Spans;
use crate::contract::page::{GraphNode, GraphPicture};

/// The picture of the whole graph.
pub fn of(scene: &Scene<'_>, standing: &[Standing], spans: &Spans) -> GraphPicture {
    let nodes = scene.nodes.iter().zip(standing).map(|(node, standing)| {
        let mut reads: Vec<u32> =
            scene.graph.dependencies(node.index).map(|dep| scene.place(dep)).collect();
        reads.sort_unstable();
        GraphNode {
            name: node.name.to_owned(),
            status: standing.status,
            took_ms: node.record.as_ref().map_or(0, |record| record.cost_ms),
            reads,
            mock: node.mock,
        }
    });
    let nodes: Vec<GraphNode> = nodes.collect();
    let critical = critical(&nodes, spans);
    GraphPicture { nodes, critical }
}

/// The path through the graph whose nodes took longest together, first to last. It begins and ends with
/// nodes that ran; of equals, those that come first.
fn critical(nodes: &[GraphNode], spans: &Spans) -> Vec<u32> {
    // The length of the longest path that ends with a node, and what comes before it there.
    let mut longest: Vec<(u64, Option<u32>)> = Vec::with_capacity(nodes.len());
    let mut last: Option<u32> = None;
    for (place, node) in (0..).zip(nodes) {
        let mut before: Option<u32> = None;
        for dep in &node.reads {
            let length = longest[*dep as usize].0;
            if length > before.map_or(0, |best| longest[best as usize].0) {
                before = Some(*dep);
            }
        }
        let length = before.map_or(0, |dep| longest[dep as usize].0);
        longest.push((length + spans.get(&place).copied().unwrap_or(0), before));
        if longest[place as usize].0 > last.map_or(0, |best| longest[best as usize].0) {
            last = Some(place);
        }
    }
    let mut path = Vec::new();
    while let Some(place) = last {
        path.push(place);
        last = longest[place as usize].1;
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::event::Status;

    fn node(reads: &[u32]) -> GraphNode {
        GraphNode {
            name: String::new(),
            status: Status::Ran,
            took_ms: 0,
            reads: reads.to_vec(),
            mock: false,
        }
    }

    #[test]
    fn the_critical_path_is_the_longest_in_time() {
        let nodes = [node(&[]), node(&[]), node(&[0]), node(&[1, 2]), node(&[3])];
        let spans = |took: &[(u32, u64)]| took.iter().copied().collect();
        assert_eq!(critical(&nodes, &spans(&[(0, 5), (1, 7), (3, 1)])), [1, 3]);
        // What took no time may lie between, but neither first nor last.
        assert_eq!(critical(&nodes, &spans(&[(0, 5), (1, 4), (3, 1)])), [0, 2, 3]);
        assert_eq!(critical(&nodes, &spans(&[])), [0u32; 0]);
    }
}
