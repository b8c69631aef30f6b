//! Targets: which nodes a person asked for, and all that those need.

use super::Graph;
use crate::diagnostic::Diagnostic;
use crate::memefile::nearest;
use globset::{Glob, GlobBuilder, GlobMatcher};
use petgraph::graph::NodeIndex;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use std::collections::HashSet;

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
    with_needs(graph, &mut wanted);
    if mistakes.is_empty() { Ok(wanted) } else { Err(mistakes) }
}

/// Adds to what is wanted all that it needs.
pub fn with_needs(graph: &Graph, wanted: &mut [bool]) {
    // Dependants come after their dependencies in the order, so one backward walk is enough.
    for index in graph.order().iter().rev() {
        if wanted[index.index()] {
            graph.dependencies(*index).for_each(|dep| wanted[dep.index()] = true);
        }
    }
}

/// The nodes that one target names: exactly, by glob, or by the part after the colon.
pub fn matches(graph: &Graph, target: &str) -> Result<Vec<NodeIndex>, Diagnostic> {
    if let Some(index) = graph.find(target) {
        return Ok(vec![index]);
    }
    let glob = glob(target)?.compile_matcher();
    Ok(graph
        .order()
        .iter()
        .copied()
        .filter(|index| ways(&graph.entry(*index).name).any(|name| glob.is_match(name)))
        .collect())
}

fn glob(target: &str) -> Result<Glob, Diagnostic> {
    GlobBuilder::new(target).literal_separator(false).build().map_err(|e| {
        Diagnostic::usage("bad-target", format!("`{target}` is not a target: {}", e.kind()))
    })
}

/// Targets, to be compared with names of nodes that are not there yet.
pub struct Targets {
    names: HashSet<String>,
    globs: Vec<(GlobMatcher, DFA)>,
}

impl Targets {
    /// Those that are no targets are left out.
    pub fn new(targets: &[String]) -> Self {
        let automaton = |glob: &Glob| {
            let mut builder = DFA::builder();
            builder.syntax(syntax::Config::new().utf8(false)).build(glob.regex()).ok()
        };
        let globs = targets.iter().filter_map(|target| glob(target).ok());
        Self {
            names: targets.iter().cloned().collect(),
            globs: globs.filter_map(|g| Some((g.compile_matcher(), automaton(&g)?))).collect(),
        }
    }

    /// Means these nodes too.
    pub fn add(&mut self, names: &[String]) {
        self.names.extend(names.iter().cloned());
    }

    /// Whether one of them means the node of that name, as [`matches`] would.
    pub fn mean(&self, name: &str) -> bool {
        ways(name).any(|name| {
            self.names.contains(name) || self.globs.iter().any(|(glob, _)| glob.is_match(name))
        })
    }

    /// Whether one of them can mean a node with a name of that form.
    pub fn can_mean(&self, form: &[Piece<'_>]) -> bool {
        let mut short = form.to_vec();
        if let Some(Piece::Text(first)) = short.first_mut()
            && let Some((_, rest)) = first.split_once(':')
        {
            *first = rest;
        }
        [form, short.as_slice()].into_iter().any(|form| {
            self.names.iter().any(|name| has_form(name, form))
                || self.globs.iter().any(|(_, automaton)| meets(automaton, form) != Some(false))
        })
    }
}

/// A part of a name that is not there yet.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'t> {
    Text(&'t str),
    /// One digit or more.
    Number,
}

/// A name, and the name without its type.
fn ways(name: &str) -> impl Iterator<Item = &str> {
    std::iter::once(name).chain(name.split_once(':').map(|(_, rest)| rest))
}

fn has_form(name: &str, form: &[Piece<'_>]) -> bool {
    match form.split_first() {
        None => name.is_empty(),
        Some((Piece::Text(text), rest)) => {
            name.strip_prefix(text).is_some_and(|name| has_form(name, rest))
        }
        Some((Piece::Number, rest)) => {
            let behind = name.trim_start_matches(|c: char| c.is_ascii_digit());
            behind.len() < name.len() && has_form(behind, rest)
        }
    }
}

/// Whether a text of that form can match; none where the automaton grew too large to tell.
fn meets(automaton: &DFA, form: &[Piece<'_>]) -> Option<bool> {
    let mut cache = automaton.create_cache();
    let input = Input::new("").anchored(Anchored::Yes);
    let mut states = vec![automaton.start_state_forward(&mut cache, &input).ok()?];
    for piece in form {
        states = match piece {
            Piece::Text(text) => text.bytes().try_fold(states, |states, byte| {
                after(automaton, &mut cache, &states, byte..=byte)
            })?,
            Piece::Number => {
                let mut all = after(automaton, &mut cache, &states, b'0'..=b'9')?;
                let mut newest = all.clone();
                while !newest.is_empty() {
                    newest = after(automaton, &mut cache, &newest, b'0'..=b'9')?;
                    newest.retain(|state| !all.contains(state));
                    all.extend(&newest);
                }
                all
            }
        };
    }
    let mut ends = false;
    for state in states {
        ends |= automaton.next_eoi_state(&mut cache, state).ok()?.is_match();
    }
    Some(ends)
}

/// Where one of these bytes leads, each state once.
fn after(
    automaton: &DFA,
    cache: &mut Cache,
    states: &[LazyStateID],
    bytes: std::ops::RangeInclusive<u8>,
) -> Option<Vec<LazyStateID>> {
    let mut next = Vec::new();
    for state in states {
        for byte in bytes.clone() {
            let state = automaton.next_state(cache, *state, byte).ok()?;
            if !state.is_dead() && !next.contains(&state) {
                next.push(state);
            }
        }
    }
    Some(next)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(targets: &[&str]) -> Targets {
        Targets::new(&targets.iter().map(|target| (*target).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn targets_mean_what_they_would_match_once_it_is_there() {
        use Piece::{Number, Text};
        let named = targets(&["render:show/1@tiny", "other"]);
        assert!(named.mean("render:show/1@tiny") && named.mean("director:other"));
        assert!(!named.mean("render:show/2@tiny"));
        let attempt = |director| [Text(director), Number, Text("@tiny")];
        assert!(named.can_mean(&attempt("render:show/")));
        assert!(!named.can_mean(&attempt("render:shows/")));
        for (target, director, expected) in [
            ("render:{show,tell}*@tiny", "render:show/", true),
            ("render:{show,tell}*@tiny", "render:tell/", true),
            ("render:{show,tell}*@tiny", "render:shout/", false),
            ("render:{show,tell}*@tiny", "critic:show/", false),
            ("render:show/1?@tiny", "render:show/", true),
            ("render:show/[a-z]@tiny", "render:show/", false),
            ("show/*", "critic:show/", true),
            ("*@tiny", "critic:show/", true),
            ("*alone", "critic:show/", false),
            ("asset:*", "critic:show/", false),
            ("[not a glob", "critic:show/", false),
        ] {
            let found = targets(&[target]).can_mean(&attempt(director));
            assert_eq!(found, expected, "{target}: {director}");
        }
    }
}
