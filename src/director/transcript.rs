//! What a director did, told in order: the same history gives the same lines, and a longer one the
//! same lines and more.

use super::machine::{Choice, Event, Step, broken, is_accepted, next};
use crate::contract::director::{Budget, Origin};
use crate::contract::transcript::Line;

/// The lines of a run, as far as it went.
pub fn transcript(budget: &Budget, history: &[Event]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, event) in history.iter().enumerate() {
        let attempt = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if let Origin::Choice { turn } = event.origin {
            lines.push(Line::Asks { turn });
            lines.extend(answered(turn, &event.choice));
        }
        // Whether it was rendered is what came next when nothing was judged yet.
        let unjudged = Event {
            verdicts: event.verdicts.keys().map(|profile| (profile.clone(), None)).collect(),
            broken: None,
            ..event.clone()
        };
        let before: Vec<Event> = history[..index].iter().cloned().chain([unjudged]).collect();
        let made = matches!(event.choice, Choice::Made { .. });
        if made && next(budget, &before) == Step::Wait {
            let (origin, patches) = (event.origin.clone(), event.patches.clone());
            lines.push(Line::Renders { attempt, origin, patches });
            lines.extend(judged(attempt, event));
        }
    }
    if let Step::End(outcome) = next(budget, history) {
        lines.push(Line::Ended { outcome });
    }
    lines
}

fn answered(turn: u32, choice: &Choice) -> Option<Line> {
    match choice {
        Choice::Open => None,
        Choice::Made { decision, usage } => {
            Some(Line::Decided { turn, decision: decision.clone(), usage: *usage })
        }
        Choice::Refused(why) | Choice::Failed(why) => {
            Some(Line::Declined { turn, why: why.clone() })
        }
    }
}

fn judged(attempt: u32, event: &Event) -> impl Iterator<Item = Line> {
    let verdicts = event.verdicts.iter().filter_map(move |(profile, verdict)| {
        let verdict = verdict.as_ref()?;
        Some(Line::Judged {
            attempt,
            profile: profile.clone(),
            subject: verdict.subject,
            accepted: is_accepted(verdict),
            broken: broken(std::iter::once(verdict)),
        })
    });
    let broke = event.broken.iter().map(move |why| Line::Broke { attempt, why: why.clone() });
    verdicts.chain(broke)
}
