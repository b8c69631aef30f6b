//! The default: the best of each search, and in later turns the next best.

use super::Chooser;
use crate::contract::decision::{Answer, Decision, Request, Usage};
use crate::diagnostic::Diagnostic;

pub struct Rules;

impl Chooser for Rules {
    /// Turn after turn, one slot moves on to its next candidate, each slot in turn, so that near
    /// combinations come first. What the composite says stays.
    fn choose(&self, request: &Request) -> Result<Answer, Diagnostic> {
        let later = request.turn as usize - 1;
        let slots = request.slots.len().max(1);
        let pick = |(place, (name, slot)): (usize, (&String, &crate::contract::decision::Slot))| {
            // Slots before this one have moved once more in an unfinished round.
            let moved = later / slots + usize::from(place < later % slots);
            let candidate = slot.candidates.get(moved % slot.candidates.len().max(1));
            let candidate = candidate.ok_or_else(|| nothing_found(name))?;
            Ok((name.clone(), candidate.id.clone()))
        };
        let picks = request.slots.iter().enumerate().map(pick);
        let picks = picks.collect::<Result<_, Diagnostic>>()?;
        let captions = request.captions.drafts.clone();
        Ok(Answer {
            chooser: "rules".to_owned(),
            model: None,
            decision: Decision { picks, captions, reason: None },
            usage: Usage::default(),
            response: None,
        })
    }
}

fn nothing_found(slot: &str) -> Diagnostic {
    Diagnostic::error("no-candidate", format!("nothing was found for `{slot}`"))
        .hint("widen the query of that slot; `memebuild search` shows what a query finds")
}
