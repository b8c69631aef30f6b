//! Targets: which nodes a person asked for, and all that those need.

use super::Graph;
use crate::diagnostic::Diagnostic;
use crate::memefile::nearest;
use globset::GlobBuilder;
use petgraph::graph::NodeIndex;

/// The nodes that match `targets` (names, globs over names, or names without their type), and
/// everything that they need; all nodes where there are no targets. A flag for each node index.
///
/// # Errors
/// One diagnostic for each target that matches nothing.
pub fn select(graph: &Graph, targets: &[String]) -> Result<Vec<bool>, Vec<Diagnostic>> {
    if targets.is_empty() {
        return Ok(vec![true; graph.len()]);
    }
    let mut wanted = vec![false; graph.len()];
    let mut mistakes = Vec::new();
    for target in targets {
        match matches(graph, target) {
            Ok(found) if found.is_empty() => mistakes.push(nothing_matches(graph, target)),
            Ok(found) => found.iter().for_each(|index| wanted[index.index()] = true),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    // Dependants come after their dependencies in the order, so one backward walk is enough.
    for index in graph.order().iter().rev() {
        if wanted[index.index()] {
            graph.dependencies(*index).for_each(|dep| wanted[dep.index()] = true);
        }
    }
    if mistakes.is_empty() { Ok(wanted) } else { Err(mistakes) }
}

/// The nodes that one target names: exactly, by glob, or by the part after the colon.
pub fn matches(graph: &Graph, target: &str) -> Result<Vec<NodeIndex>, Diagnostic> {
    if let Some(index) = graph.find(target) {
        return Ok(vec![index]);
    }
    let glob = GlobBuilder::new(target)
        .literal_separator(false)
        .build()
        .map_err(|e| {
            Diagnostic::usage("bad-target", format!("`{target}` is not a target: {}", e.kind()))
        })?
        .compile_matcher();
    let short = |name: &str| name.split_once(':').is_some_and(|(_, rest)| glob.is_match(rest));
    Ok(graph
        .order()
        .iter()
        .copied()
        .filter(|index| {
            let name = &graph.entry(*index).name;
            glob.is_match(name) || short(name)
        })
        .collect())
}

fn nothing_matches(graph: &Graph, target: &str) -> Diagnostic {
    let diagnostic = Diagnostic::usage("unknown-target", format!("no node matches `{target}`"));
    let names = graph.order().iter().map(|index| graph.entry(*index).name.as_str());
    match nearest(target, names) {
        Some(name) => diagnostic.hint(format!("did you mean `{name}`?")),
        None => diagnostic
            .hint("`memebuild graph` lists every node, and `memebuild --help` every command"),
    }
}
