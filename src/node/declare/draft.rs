//! Drafts: every meme in the profile `preview` too, whatever its declaration says, to be looked at before
//! the rest is there.

use super::batch::Batch;
use super::render::Render;
use crate::memefile::At;
use crate::node::catalogue::Catalogue;

/// The profile of drafts. A section `[profile.preview]` makes it another one.
pub const PROFILE: &str = "preview";

/// Adds the draft to whatever is rendered and has none.
pub fn add(catalogue: &mut Catalogue) {
    catalogue.for_each(|render: &mut Render| add_to(&mut render.profiles));
    catalogue.for_each(|batch: &mut Batch| add_to(&mut batch.profiles));
}

fn add_to(profiles: &mut Vec<At<String>>) {
    let Some(first) = profiles.first() else { return };
    if profiles.iter().all(|profile| profile.value != PROFILE) {
        // What is wrong with a draft is wrong with what it is a draft of.
        profiles.push(At { value: PROFILE.to_owned(), span: first.span.clone() });
    }
}

/// The name of the node that is the draft of a render: `render:a@preview` of `render:a@tiktok`.
pub fn of(render: &str) -> Option<String> {
    let (name, _) = render.strip_prefix("render:")?.rsplit_once('@')?;
    Some(format!("render:{name}@{PROFILE}"))
}

/// Whether a node is a draft.
pub fn is_one(node: &str) -> bool {
    of(node).is_some_and(|draft| draft == node)
}
