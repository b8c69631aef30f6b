//! Choices that wait for a person, and what there is to look at and to hear before choosing.

use super::assets::file;
use super::scene::Scene;
use crate::contract::page::PendingChoice;
use crate::engine::choices::{Listed, list_of};
use crate::node::assets::node_name;

/// Sorted by name.
pub fn of(scene: &Scene<'_>) -> Vec<PendingChoice> {
    let all = list_of(scene.project, scene.graph, &scene.all_records);
    let waiting = all.into_iter().filter(|choice| choice.waits);
    let mut pending: Vec<PendingChoice> =
        waiting.filter_map(|choice| card(scene, choice)).collect();
    pending.sort_by(|a, b| a.name.cmp(&b.name));
    pending
}

fn card(scene: &Scene<'_>, choice: Listed) -> Option<PendingChoice> {
    let request = choice.request?;
    let candidates = request
        .slots
        .values()
        .flat_map(|slot| slot.candidates.iter().map(|candidate| (slot.kind, &candidate.id)));
    let files = candidates.filter_map(|(kind, id)| {
        let file = file(scene, scene.record(&node_name(kind, id))?)?;
        Some((format!("{kind}/{id}"), file))
    });
    let files = files.collect();
    Some(PendingChoice { name: choice.name, files, request })
}
