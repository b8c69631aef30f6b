//! `choice_pending`: what somebody has to choose.

use super::told::limit;
use crate::contract::decision::{Decision, Request};
use crate::diagnostic::Diagnostic;
use crate::engine::choices::{self, Listed};
use crate::engine::project::Project;
use crate::mcp::answer::Answer;
use crate::mcp::page;
use crate::mcp::tool::{Call, Hints, Tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub struct ChoicePending;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Only this choice, whether or not it waits.
    choice: Option<String>,
    /// Choices of a page, 1 to 20; 5 where nothing is said.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    choices: Vec<Pending>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One choice.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Pending {
    pub choice: String,
    /// Who is to choose: `host` is whoever asks this.
    pub chooser: String,
    /// Whether it waits for a decision.
    pub waits: bool,
    /// The brief, and the candidates of each slot; absent where nobody asked yet, or where there is no
    /// more room in this answer. What candidates say of themselves comes from strangers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// What was chosen last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

impl Pending {
    fn of(listed: Listed) -> Self {
        Self {
            choice: listed.name,
            chooser: listed.chooser,
            waits: listed.waits,
            request: listed.request,
            decision: listed.chosen.map(|chosen| chosen.answer.decision),
        }
    }
}

/// Bytes of the requests of one answer.
const ROOM: usize = 100_000;

/// Choices that a build tells of.
const MOST_WAITING: usize = 20;

/// Those that wait, as many as a build tells of.
///
/// # Errors
/// Mistakes in the Memefile.
pub fn waiting(project: &Project) -> Result<Vec<Pending>, Vec<Diagnostic>> {
    let waiting = choices::list(project)?.into_iter().filter(|choice| choice.waits);
    Ok(within(waiting.take(MOST_WAITING).map(Pending::of).collect()))
}

/// As much of them as there is room for. What a decision needs is never left out of a request: it is
/// there as a whole, with less said of each candidate, or not at all.
fn within(mut all: Vec<Pending>) -> Vec<Pending> {
    let mut room = ROOM;
    for pending in &mut all {
        let Some(request) = &mut pending.request else { continue };
        for tags in [usize::MAX, 5, 0] {
            cut(request, tags);
            if len(request) <= room {
                break;
            }
        }
        match room.checked_sub(len(request)) {
            Some(left) => room = left,
            None => pending.request = None,
        }
    }
    all
}

fn len(request: &Request) -> usize {
    serde_json::to_vec(request).map_or(usize::MAX, |bytes| bytes.len())
}

/// Leaves so many tags of each candidate; of none, no names either.
fn cut(request: &mut Request, tags: usize) {
    for candidate in request.slots.values_mut().flat_map(|slot| &mut slot.candidates) {
        candidate.tags.truncate(tags);
        if tags == 0 {
            candidate.title = None;
            candidate.creator = None;
        }
    }
}

impl Tool for ChoicePending {
    const NAME: &'static str = "choice_pending";
    const TITLE: &'static str = "See what is to be chosen";
    const ABOUT: &'static str = "Lists the choices that wait for a decision, each with its brief, the \
        candidates of each slot, the captions to write, and what was wrong with the turn before. \
        Decide by `choice_submit`.";
    const HINTS: Hints = Hints::LOOKS;
    type Input = Input;
    type Output = Output;

    fn run(call: &Call<'_>, input: Input) -> Result<Answer<Output>, Vec<Diagnostic>> {
        let limit = limit(input.limit, 5, 20)?;
        let project = call.host.project()?;
        if let Some(name) = &input.choice {
            let choices = within(vec![Pending::of(choices::find(&project, name)?)]);
            return Ok(Output { choices, next: None }.into());
        }
        let waiting = choices::list(&project)?.into_iter().filter(|choice| choice.waits);
        let cut = page::cut(waiting, &page::question(&["choices"]), input.cursor.as_deref(), limit);
        let (choices, next) = cut.map_err(|problem| vec![problem])?;
        let choices = within(choices.into_iter().map(Pending::of).collect());
        Ok(Output { choices, next }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::asset::{AssetId, AssetKind};
    use crate::contract::decision::{Candidate, Captions, MOST_CANDIDATES, Slot};

    /// A choice with as much to choose from as there may be.
    fn most(name: &str, slots: usize) -> Pending {
        let candidate = |n: usize| Candidate {
            id: AssetId::try_from(format!("candidate-{n}")).unwrap(),
            title: Some("t".repeat(120)),
            creator: Some("c".repeat(120)),
            tags: (0..20).map(|tag| format!("{tag}{}", "x".repeat(100))).collect(),
            duration_ms: 1000,
            size: Some([1, 1]),
            has_audio: true,
            quality: 1,
            mock: false,
        };
        let slot = || Slot {
            kind: AssetKind::Music,
            candidates: (0..MOST_CANDIDATES).map(candidate).collect(),
        };
        Pending {
            choice: name.to_owned(),
            chooser: "host".to_owned(),
            waits: true,
            request: Some(Request {
                brief: "b".repeat(500),
                slots: (0..slots).map(|n| (format!("slot-{n}"), slot())).collect(),
                captions: Captions { drafts: Vec::new(), longest: 10 },
                turn: 1,
                last: None,
            }),
            decision: None,
        }
    }

    #[test]
    fn all_candidates_are_there_or_none() {
        let told = within((0..20).map(|n| most(&format!("c{n}"), 5)).collect());
        assert_eq!(told.len(), 20);
        let bytes = serde_json::to_vec(&told).unwrap().len();
        assert!(bytes < ROOM + 20 * 200, "{bytes}");
        let first = told[0].request.as_ref().expect("there is room for one");
        assert!(first.slots.values().all(|slot| slot.candidates.len() == MOST_CANDIDATES));
        assert!(told[19].request.is_none(), "and for no twenty");
        let small = within(vec![most("one", 1)]);
        let tags = &small[0].request.as_ref().unwrap().slots["slot-0"].candidates[0].tags;
        assert!(!tags.is_empty(), "where there is room, all is said");
    }
}
