//! How each node stands: the newest that any build had to say of it.
//!
//! A build is silent about nodes that were fresh, and about those that it did not want or never came
//! to. So builds are asked from the newest on, up to the first that looked at everything: what even
//! that one does not speak of was fresh.

use super::builds::History;
use super::scene::Scene;
use crate::contract::event::{Event, Status};
use crate::report::fold::stays;

/// Builds that are asked, at most: beyond, what is recorded of a node is believed.
const ASKED: usize = 20;

/// How a node stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub status: Status,
    /// One sentence.
    pub why: String,
}

/// In the order of the scene's nodes.
pub fn of(scene: &Scene<'_>, history: &History) -> Vec<Standing> {
    let mut found: Vec<Option<Standing>> = vec![None; scene.nodes.len()];
    for (at, told) in history.builds.iter().enumerate().take(ASKED) {
        let open = |place: u32| found[place as usize].is_none();
        for (place, standing) in ends(scene, history, at, &open) {
            let done_since = scene.nodes[place].record.as_ref().filter(|record| {
                // Names of builds begin with their time.
                is_bad(standing.status) && record.build > told.card.build
            });
            if done_since.is_none() {
                found[place] = Some(standing);
            }
        }
        if told.is_whole() || found.iter().all(Option::is_some) {
            break;
        }
    }
    let silent = |place: usize| match &scene.nodes[place].record {
        Some(_) => Standing { status: Status::Fresh, why: "up to date".to_owned() },
        None => Standing { status: Status::Skipped, why: "nothing built it yet".to_owned() },
    };
    let found = found.into_iter().enumerate();
    found.map(|(place, standing)| standing.unwrap_or_else(|| silent(place))).collect()
}

/// Whether a node has nothing to show for it.
pub fn is_bad(status: Status) -> bool {
    matches!(status, Status::Failed | Status::Skipped)
}

/// The graver, the greater.
pub fn gravity(status: Status) -> u8 {
    match status {
        Status::Fresh => 0,
        Status::Cutoff => 1,
        Status::Hit => 2,
        Status::Ran => 3,
        Status::Waiting => 4,
        Status::Skipped => 5,
        Status::Failed => 6,
    }
}

/// How nodes at `wanted` places ended in one build. Of two ends the last counts, unless
/// it [stays] what it was.
fn ends(
    scene: &Scene<'_>,
    history: &History,
    at: usize,
    wanted: &(dyn Fn(u32) -> bool + Sync),
) -> Vec<(usize, Standing)> {
    let mut ends: Vec<Option<Standing>> = vec![None; scene.nodes.len()];
    for event in history.ends(at, &|node| scene.find(node).is_some_and(wanted)) {
        let Event::NodeFinished { node, status, why, .. } = event else { continue };
        let Some(place) = scene.find(&node) else { continue };
        let end = &mut ends[place as usize];
        if !end.as_ref().is_some_and(|end| stays(end.status, status)) {
            *end = Some(Standing { status, why });
        }
    }
    let ends = ends.into_iter().enumerate();
    ends.filter_map(|(place, end)| Some((place, end?))).collect()
}
