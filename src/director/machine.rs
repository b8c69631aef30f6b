//! What comes next, from what has happened.

use super::mend::mends;
use crate::contract::decision::{Complaint, Decision, Turn, Usage};
use crate::contract::director::{Attempt, Budget, Limit, Origin, Outcome};
use crate::contract::verdict::{Finding, Patch, Severity, Verdict};
use std::collections::BTreeMap;

/// Mends of one decision in a row, at most: then somebody should think.
const MENDS: usize = 2;

/// What came of one attempt, as far as it is known. An attempt is asked for, then rendered, then
/// judged; each of these may not have happened yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub origin: Origin,
    pub choice: Choice,
    /// Profile → its verdict; none where it is not known yet.
    pub verdicts: BTreeMap<String, Option<Verdict>>,
    /// What is mended in each profile.
    pub patches: BTreeMap<String, Vec<Patch>>,
    /// Why a render or a critic failed.
    pub broken: Option<String>,
    /// What its nodes took, milliseconds.
    pub wall_ms: u64,
}

/// What a chooser came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Not asked yet, or not answered.
    Open,
    Made {
        decision: Decision,
        usage: Usage,
    },
    /// It will not.
    Refused(String),
    Failed(String),
}

/// What a director does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask for a decision, with what came of the last one.
    Choose {
        turn: u32,
        last: Option<Turn>,
    },
    /// Render the last decision again, mended: profile → all that is mended in it.
    Mend {
        patches: BTreeMap<String, Vec<Patch>>,
    },
    /// Wait until the last attempt is chosen, rendered and judged.
    Wait,
    End(Outcome),
}

/// What comes after `history`.
pub fn next(budget: &Budget, history: &[Event]) -> Step {
    let Some(last) = history.last() else { return Step::Choose { turn: 1, last: None } };
    let decision = match &last.choice {
        Choice::Open => return Step::Wait,
        Choice::Refused(why) => return end(Outcome::Rejected { why: why.clone() }),
        Choice::Failed(why) => return end(Outcome::Failed { why: why.clone() }),
        Choice::Made { decision, .. } => decision,
    };
    if is_repeated(history, decision) {
        return end(Outcome::NoProgress {});
    }
    if let Some(why) = &last.broken {
        return end(Outcome::Failed { why: why.clone() });
    }
    let verdicts: Option<BTreeMap<&String, &Verdict>> =
        last.verdicts.iter().map(|(name, verdict)| Some((name, verdict.as_ref()?))).collect();
    let Some(verdicts) = verdicts else {
        // A decision that would be one render too many is not rendered.
        return match u32::try_from(history.len()).unwrap_or(u32::MAX) > budget.renders {
            true => end(Outcome::Exhausted { limit: Limit::Renders }),
            false => Step::Wait,
        };
    };
    if verdicts.values().all(|verdict| is_accepted(verdict)) {
        return end(Outcome::Accepted {});
    }
    if let Some(limit) = spent(budget, history) {
        return end(Outcome::Exhausted { limit });
    }
    let in_a_row = history.iter().rev().take_while(|event| event.origin == Origin::Mend {}).count();
    if in_a_row < MENDS
        && let Some(patches) = mends(&verdicts, &last.patches)
    {
        return Step::Mend { patches };
    }
    let turns = turns(history);
    if turns >= budget.turns {
        return end(Outcome::Exhausted { limit: Limit::Turns });
    }
    let findings = verdicts.values().flat_map(|verdict| &verdict.findings);
    let last = Turn { decision: decision.clone(), findings: complaints(findings) };
    Step::Choose { turn: turns + 1, last: Some(last) }
}

fn end(outcome: Outcome) -> Step {
    Step::End(outcome)
}

pub(super) fn is_accepted(verdict: &Verdict) -> bool {
    verdict.decision == crate::contract::verdict::Decision::Accept
}

/// Whether the last decision was asked for and is one that was tried before.
fn is_repeated(history: &[Event], decision: &Decision) -> bool {
    let (last, earlier) = history.split_last().expect("there is a last one");
    let chosen = |event: &&Event| matches!(event.origin, Origin::Choice { .. });
    chosen(&last)
        && earlier.iter().filter(chosen).any(|event| match &event.choice {
            Choice::Made { decision: tried, .. } => tried.same_as(decision),
            _ => false,
        })
}

fn turns(history: &[Event]) -> u32 {
    let asked = history.iter().filter(|event| matches!(event.origin, Origin::Choice { .. }));
    u32::try_from(asked.count()).unwrap_or(u32::MAX)
}

/// What was used, over all attempts that asked.
pub fn usage(history: &[Event]) -> Usage {
    let asked = history.iter().filter(|event| matches!(event.origin, Origin::Choice { .. }));
    asked.fold(Usage::default(), |sum, event| match &event.choice {
        Choice::Made { usage, .. } => sum + *usage,
        _ => sum,
    })
}

/// The part of the budget that lets nothing more be tried, mended or chosen.
fn spent(budget: &Budget, history: &[Event]) -> Option<Limit> {
    let usage = usage(history);
    let tokens = usage.input_tokens.saturating_add(usage.output_tokens);
    let over = |limit: Option<u64>, spent: u64| limit.is_some_and(|limit| spent >= limit);
    if u32::try_from(history.len()).unwrap_or(u32::MAX) >= budget.renders {
        Some(Limit::Renders)
    } else if over(budget.tokens, tokens) {
        Some(Limit::Tokens)
    } else if over(budget.cost_micros, budget.cost_micros(&usage)) {
        Some(Limit::Cost)
    } else if over(budget.wall_ms, history.iter().map(|event| event.wall_ms).sum()) {
        Some(Limit::Time)
    } else {
        None
    }
}

/// Errors and warnings as a chooser is told them, gravest first, each once.
fn complaints<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<Complaint> {
    let mut grave: Vec<&Finding> = findings.filter(|f| f.severity > Severity::Info).collect();
    grave.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut complaints: Vec<Complaint> = Vec::new();
    for finding in grave {
        let complaint = Complaint {
            rule: finding.rule.clone(),
            message: finding.message.clone(),
            measured: finding.measured.clone(),
            limit: finding.limit.clone(),
            hint: finding.hint.clone(),
        };
        if !complaints.contains(&complaint) {
            complaints.push(complaint);
        }
    }
    complaints
}

/// An attempt as the record of a run tells it; none while it is open.
pub fn attempt(event: &Event) -> Option<Attempt> {
    let Choice::Made { decision, usage } = &event.choice else { return None };
    let verdicts: Vec<&Verdict> = event.verdicts.values().flatten().collect();
    let broken = broken(verdicts.iter().copied());
    let judged = verdicts.len() == event.verdicts.len();
    Some(Attempt {
        origin: event.origin.clone(),
        decision: decision.clone(),
        usage: *usage,
        patches: event.patches.clone(),
        accepted: judged && event.broken.is_none() && verdicts.iter().all(|v| is_accepted(v)),
        broken,
    })
}

/// Rules that were broken, gravest first; each once.
pub(super) fn broken<'v>(verdicts: impl Iterator<Item = &'v Verdict>) -> Vec<String> {
    let mut broken: Vec<String> = Vec::new();
    let errors = verdicts.flat_map(|verdict| &verdict.findings);
    for finding in errors.filter(|finding| finding.severity == Severity::Error) {
        if !broken.contains(&finding.rule) {
            broken.push(finding.rule.clone());
        }
    }
    broken
}
