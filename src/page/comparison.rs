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
    // The newest end of each node since then; an older one may know what it came from.
    let mut since = BTreeMap::new();
    let add = |since: &mut BTreeMap<String, End>, at| {
        for (node, end) in ends(history, at, &|_| true) {
            since.entry(node).or_insert(end);
        }
    };
    if let Some(build) = against {
        let older = history.builds.iter().position(|told| told.card.build == build)?;
        (0..older).for_each(|at| add(&mut since, at));
        return with(scene, history, renders, older, &since);
    }
    let furthest = history.acted().unwrap_or(0) + 1;
    let mut last = None;
    for older in 1..=furthest.min(history.builds.len()) {
        add(&mut since, older - 1);
        let Some(comparison) = with(scene, history, renders, older, &since) else { break };
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
    since: &BTreeMap<String, End>,
) -> Option<Comparison> {
    let name = |at: usize| history.builds.get(at).map(|told| told.card.build.clone());
    let (before, after) = (name(older)?, name(0)?);
    let is_gone = |node: &str| scene.find(node).is_none();
    let told = ends(history, older, &|node| since.contains_key(node) || is_gone(node));
    let (mut was, gone): (HashMap<_, _>, HashMap<_, _>) =
        told.into_iter().partition(|(node, _)| since.contains_key(node));
    look_back(history, older, since, &mut was);
    let mut changes: Vec<Change> = Vec::new();
    for (node, end) in since {
        let here = scene.find(node).is_some();
        let Some(what) = difference(was.get(node), end, here) else { continue };
        let (cause, why) = root(since, node);
        let poster_before = was.get(node).and_then(|end| end.outputs.get("poster"));
        changes.push(Change {
            node: node.clone(),
            what,
            cause,
            why,
            poster_before: poster_before.and_then(|digest| pictures::place(scene.project, digest)),
            poster_after: poster(renders, node),
        });
    }
    if older > 0 {
        changes.extend(gone.into_iter().filter_map(|(node, end)| removed(scene, node, &end)));
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

/// Adds to what nodes `was` in the build of that number what logs before it tell of the others of `since`.
fn look_back(
    history: &History,
    older: usize,
    since: &BTreeMap<String, End>,
    was: &mut HashMap<String, End>,
) {
    let upto = history.builds.len().min(older + SEARCHED);
    for at in older + 1..upto {
        if was.len() == since.len() {
            break;
        }
        let wanted = |node: &str| since.contains_key(node) && !was.contains_key(node);
        let found = ends(history, at, &wanted);
        was.extend(found);
    }
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

/// A node that the older build tells of, and that is there no more; none where it had left nothing.
fn removed(scene: &Scene<'_>, node: String, end: &End) -> Option<Change> {
    let poster = end.outputs.get("poster");
    (!end.outputs.is_empty()).then(|| Change {
        node,
        what: Changed::Removed,
        cause: None,
        why: "nothing declares it any more".to_owned(),
        poster_before: poster.and_then(|digest| pictures::place(scene.project, digest)),
        poster_after: None,
    })
}
