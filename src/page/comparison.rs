//! The newest build beside an older one: which nodes are not what they were, what somebody changed,
//! and what it looked like before.
//!
//! Logs tell of what changed, so the difference of two builds is what the logs after the older one speak
//! of, held against the last that the older ones had to say of the same nodes.

use super::builds::History;
use super::pictures;
use super::scene::Scene;
use super::standing::is_bad;
use crate::contract::cause::Cause;
use crate::contract::digest::Digest;
use crate::contract::event::Event;
use crate::contract::page::{Change, Changed, Comparison, RenderCard};
use std::collections::{BTreeMap, HashMap};

/// Older logs that are searched for what a node was, at most.
const SEARCHED: usize = 50;

/// The end of a node in one build.
struct End {
    bad: bool,
    why: String,
    cause: Option<Cause>,
    outputs: BTreeMap<String, Digest>,
}

/// Compares with the build of that name; where none is given, with the newest that anything differs
/// from, as far back as the one before the newest in which anything ran. None where there is no such
/// build.
pub fn of(
    scene: &Scene<'_>,
    history: &History,
    renders: &[RenderCard],
    against: Option<&str>,
) -> Option<Comparison> {
    let compared = |older| with(scene, history, renders, older);
    if let Some(build) = against {
        let mut builds = history.builds.iter();
        return compared(builds.position(|told| told.card.build == build)?);
    }
    let furthest = history.acted().unwrap_or(0) + 1;
    let mut last = None;
    for older in 1..=furthest {
        let Some(comparison) = compared(older) else { break };
        if !comparison.changes.is_empty() {
            return Some(comparison);
        }
        last = Some(comparison);
    }
    last
}

/// Compares with the build of that number.
fn with(
    scene: &Scene<'_>,
    history: &History,
    renders: &[RenderCard],
    older: usize,
) -> Option<Comparison> {
    let name = |at: usize| history.builds.get(at).map(|told| told.card.build.clone());
    let (before, after) = (name(older)?, name(0)?);
    // The newest end of each node since then; an older one may know what it came from.
    let mut since: BTreeMap<String, End> = BTreeMap::new();
    for at in 0..older {
        for (node, end) in ends(history, at, &|_| true) {
            since.entry(node).or_insert(end);
        }
    }
    let was = past(history, older, &since);
    let mut changes: Vec<Change> = Vec::new();
    for (node, end) in &since {
        let here = scene.find(node).is_some();
        let Some(what) = difference(was.get(node), end, here) else { continue };
        let (cause, why) = root(&since, node);
        let poster_before = was.get(node).and_then(|end| end.outputs.get("poster"));
        changes.push(Change {
            node: node.clone(),
            what,
            cause,
            why,
            poster_before: poster_before.and_then(|digest| pictures::place(scene.project, digest)),
            poster_after: poster(renders, node).filter(|_| here),
        });
    }
    if older > 0 {
        changes.extend(removed(scene, &since, history, older));
    }
    changes.sort_by(|a, b| a.node.cmp(&b.node));
    Some(Comparison { before, after, changes })
}

/// How nodes that are wanted ended in a build.
fn ends(
    history: &History,
    at: usize,
    wanted: &(dyn Fn(&str) -> bool + Sync),
) -> HashMap<String, End> {
    let mut ends = HashMap::new();
    for event in history.ends(at, wanted) {
        let Event::NodeFinished { node, status, why, cause, outputs, accepted, .. } = event else {
            continue;
        };
        let bad = is_bad(status) || accepted == Some(false);
        ends.insert(node, End { bad, why, cause, outputs });
    }
    ends
}

/// What the nodes of `since` were in the build of that number, as far as logs of that time tell.
fn past(history: &History, older: usize, since: &BTreeMap<String, End>) -> HashMap<String, End> {
    let mut past: HashMap<String, End> = HashMap::new();
    let upto = history.builds.len().min(older + SEARCHED);
    for at in older..upto {
        if past.len() == since.len() {
            break;
        }
        let wanted = |node: &str| since.contains_key(node) && !past.contains_key(node);
        let found = ends(history, at, &wanted);
        past.extend(found);
    }
    past
}

fn difference(was: Option<&End>, end: &End, here: bool) -> Option<Changed> {
    match was {
        None => here.then_some(Changed::Added),
        Some(_) if !here => Some(Changed::Removed),
        Some(was) if was.bad != end.bad => {
            Some(if end.bad { Changed::Worse } else { Changed::Better })
        }
        // A node that failed has nothing to compare.
        Some(was) if was.outputs.is_empty() || end.outputs.is_empty() => None,
        Some(was) => (was.outputs != end.outputs).then_some(Changed::Different),
    }
}

/// What somebody changed, in the end, and in one sentence.
fn root(since: &BTreeMap<String, End>, node: &str) -> (Option<Cause>, String) {
    let mut at = node;
    let mut passed = vec![node];
    while let Some(Cause::Upstream { node: next }) =
        since.get(at).and_then(|end| end.cause.as_ref())
        && since.contains_key(next)
        && !passed.contains(&next.as_str())
    {
        at = next;
        passed.push(next);
    }
    let cause = since.get(at).and_then(|end| end.cause.clone());
    let why = match &cause {
        Some(cause) => cause.to_string(),
        None => since.get(node).map_or_else(String::new, |end| end.why.clone()),
    };
    (cause, why)
}

/// The picture that a render has now.
fn poster(renders: &[RenderCard], node: &str) -> Option<String> {
    let name = node.strip_prefix("render:")?;
    let at = renders.binary_search_by(|card| card.name.as_str().cmp(name)).ok()?;
    renders[at].poster.clone()
}

/// Nodes that the older build tells of, and that there are no more.
fn removed(
    scene: &Scene<'_>,
    since: &BTreeMap<String, End>,
    history: &History,
    older: usize,
) -> Vec<Change> {
    let gone = |node: &str| scene.find(node).is_none() && !since.contains_key(node);
    let gone = ends(history, older, &gone).into_iter().filter(|(_, end)| !end.outputs.is_empty());
    gone.map(|(node, end)| {
        let poster = end.outputs.get("poster");
        Change {
            what: Changed::Removed,
            cause: None,
            why: "nothing declares it any more".to_owned(),
            poster_before: poster.and_then(|digest| pictures::place(scene.project, digest)),
            poster_after: None,
            node,
        }
    })
    .collect()
}
