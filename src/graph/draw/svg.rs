//! The graph as a picture of its own: layers from left to right, a box for each node, no other program
//! needed to see it.
//!
//! A node stands one layer behind the last that it reads. Within a layer, nodes stand where what they
//! read stands on average, which keeps most lines from crossing.

use crate::graph::Graph;
use petgraph::graph::NodeIndex;
use std::collections::HashMap;
use std::fmt::Write;

/// Pixels: height of a row and of a box, between layers, around everything, and of a letter.
const ROW: usize = 24;
const BOX: usize = 18;
const GAP: usize = 56;
const EDGE: usize = 12;
const LETTER: usize = 7;

/// Characters of a name that are shown; the whole name is the box's title.
const LONGEST: usize = 40;

/// How often rows are sorted by what stands before them.
const SWEEPS: usize = 4;

/// Fill and frame of types that are told apart also by those who see few colours, in their order of
/// appearance. After Okabe and Ito.
const COLOURS: [(&str, &str); 7] = [
    ("#e6f3fb", "#0072b2"),
    ("#fdf1dc", "#b87800"),
    ("#dff3ec", "#00795a"),
    ("#f9e9f2", "#a6507f"),
    ("#fbe8dd", "#b84c00"),
    ("#fbf9d9", "#7d7700"),
    ("#eeeeee", "#555555"),
];

/// A box.
#[derive(Clone, Copy)]
struct Place {
    x: usize,
    y: usize,
    width: usize,
}

/// Draws the nodes, which stand in the graph's order.
pub fn svg(graph: &Graph, nodes: &[NodeIndex]) -> String {
    let layers = layers(graph, nodes);
    let mut places: HashMap<NodeIndex, Place> = HashMap::new();
    let mut x = EDGE;
    for layer in &layers {
        let shown = |index: &NodeIndex| label(&graph.entry(*index).name).chars().count();
        let width = layer.iter().map(shown).max().unwrap_or(0) * LETTER + 12;
        for (row, index) in layer.iter().enumerate() {
            places.insert(*index, Place { x, y: EDGE + row * ROW, width });
        }
        x += width + GAP;
    }
    let width = (x + EDGE).saturating_sub(GAP);
    let height = layers.iter().map(Vec::len).max().unwrap_or(0) * ROW + 2 * EDGE;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" font-family=\"ui-monospace, monospace\" \
         font-size=\"11\">\n<title>{} nodes and what they read</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<g fill=\"none\" stroke=\"#b0b0b0\">\n",
        nodes.len()
    );
    for index in nodes {
        let mut deps: Vec<NodeIndex> = graph.dependencies(*index).collect();
        deps.sort();
        let to = places[index];
        for from in deps.iter().filter_map(|dep| places.get(dep)) {
            line(&mut out, *from, to);
        }
    }
    out.push_str("</g>\n");
    let mut types: Vec<&str> = Vec::new();
    for index in nodes {
        boxed(&mut out, graph, *index, places[index], &mut types);
    }
    out.push_str("</svg>\n");
    out
}

/// The nodes by their distance from what reads nothing, each layer in its order from top to bottom.
fn layers(graph: &Graph, nodes: &[NodeIndex]) -> Vec<Vec<NodeIndex>> {
    let mut depths: HashMap<NodeIndex, usize> = HashMap::new();
    let mut layers: Vec<Vec<NodeIndex>> = Vec::new();
    for index in nodes {
        let before = graph.dependencies(*index).filter_map(|dep| depths.get(&dep)).max();
        let depth = before.map_or(0, |before| before + 1);
        depths.insert(*index, depth);
        if layers.len() <= depth {
            layers.resize(depth + 1, Vec::new());
        }
        layers[depth].push(*index);
    }
    let mut rows: HashMap<NodeIndex, usize> = HashMap::new();
    for _ in 0..SWEEPS {
        for layer in &mut layers {
            let middle = |index: &NodeIndex| {
                let deps = graph.dependencies(*index).filter_map(|dep| rows.get(&dep));
                let (sum, count) = deps.fold((0, 0), |(sum, count), row| (sum + row, count + 1));
                // Thousandths of a row; a node that reads nothing stays where it is.
                (sum * 1000usize).checked_div(count)
            };
            let mut sorted: Vec<(usize, NodeIndex)> = layer
                .iter()
                .enumerate()
                .map(|(row, index)| (middle(index).unwrap_or(row * 1000), *index))
                .collect();
            sorted.sort_by_key(|(middle, _)| *middle);
            *layer = sorted.into_iter().map(|(_, index)| index).collect();
            rows.extend(layer.iter().enumerate().map(|(row, index)| (*index, row)));
        }
    }
    layers
}

fn line(out: &mut String, from: Place, to: Place) {
    let (x1, y1) = (from.x + from.width, from.y + BOX / 2);
    let (x2, y2) = (to.x, to.y + BOX / 2);
    let (c1, c2) = (x1 + GAP / 2, x2.saturating_sub(GAP / 2));
    let _ = writeln!(out, "<path d=\"M{x1} {y1}C{c1} {y1} {c2} {y2} {x2} {y2}\"/>");
}

fn boxed<'g>(
    out: &mut String,
    graph: &'g Graph,
    index: NodeIndex,
    place: Place,
    types: &mut Vec<&'g str>,
) {
    let entry = graph.entry(index);
    let of = entry.node.type_name();
    let number = types.iter().position(|known| *known == of).unwrap_or_else(|| {
        types.push(of);
        types.len() - 1
    });
    let (fill, frame) = COLOURS[number.min(COLOURS.len() - 1)];
    let Place { x, y, width } = place;
    let (title, shown) = (escaped(&entry.name), escaped(&label(&entry.name)));
    let _ = writeln!(
        out,
        "<g><title>{title}</title><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX}\" rx=\"3\" \
         fill=\"{fill}\" stroke=\"{frame}\"/><text x=\"{}\" y=\"{}\">{shown}</text></g>",
        x + 6,
        y + 13,
    );
}

/// A name, or as much of its begin and its end as is shown.
fn label(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= LONGEST {
        return name.to_owned();
    }
    let (head, tail) = (&letters[..LONGEST / 2], &letters[letters.len() - LONGEST / 2 + 1..]);
    head.iter().chain(['…'].iter()).chain(tail).collect()
}

/// Text in XML. What XML cannot hold at all is shown as a mark.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text() {
        assert_eq!(escaped("<script>&\"'\u{1b}"), "&lt;script&gt;&amp;&quot;&#39;\u{fffd}");
    }

    #[test]
    fn long_names_keep_both_ends() {
        let long = format!("render:{}@tiktok", "x".repeat(100));
        let short = label(&long);
        assert_eq!(short.chars().count(), LONGEST);
        assert!(short.starts_with("render:x") && short.ends_with("x@tiktok"), "{short}");
        assert_eq!(label("asset:music/rain"), "asset:music/rain");
    }
}
