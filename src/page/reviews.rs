//! What people said of renders.

use super::scene::Scene;
use crate::contract::page::{RenderCard, ReviewShown};
use crate::diagnostic::Diagnostic;
use crate::node::{Output, reviews};

/// Puts what was said on the cards, and whether it was said of the film that is there.
///
/// # Errors
/// `bad-reviews`: the file cannot be read.
pub fn add(scene: &Scene<'_>, cards: &mut [RenderCard]) -> Result<(), Diagnostic> {
    let reviews = reviews::read(&scene.project.root)?;
    for card in cards {
        let Some(review) = reviews.renders.get(&card.name) else { continue };
        let record = scene.record(&format!("render:{}", card.name));
        let film = record.and_then(|record| record.outputs.get("film")).map(Output::digest);
        let current = film.is_some_and(|film| review.is_of(film));
        let (decision, note) = (review.decision, review.note.clone());
        card.review = Some(ReviewShown { decision, note, current });
    }
    Ok(())
}
