//! The machine against worlds that answer as they like.

use super::{Choice, Event, Step, attempt, next, usage};
use crate::contract;
use crate::contract::asset::AssetId;
use crate::contract::decision::{Decision, Usage};
use crate::contract::digest::Digest;
use crate::contract::director::{Budget, DirectorRun, Limit, Origin, Outcome};
use crate::contract::verdict::{self, Finding, Patch, Severity, Verdict};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn verdict(findings: Vec<Finding>) -> Verdict {
    let grave = findings.iter().any(|finding| finding.severity == Severity::Error);
    Verdict {
        subject: Digest::of(b""),
        profile: "tiktok".to_owned(),
        rules_version: 1,
        decision: if grave { verdict::Decision::Reject } else { verdict::Decision::Accept },
        findings,
        rules: Vec::new(),
        credits: Vec::new(),
    }
}

fn finding(rule: &str, patch: Vec<Patch>) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity: Severity::Error,
        message: "it is wrong".to_owned(),
        measured: "2".to_owned(),
        limit: "1".to_owned(),
        range_ms: None,
        area: None,
        hint: "make it right".to_owned(),
        patch,
    }
}

fn decision(pick: u8) -> Decision {
    let id = AssetId::try_from(format!("asset-{pick}")).unwrap();
    Decision { picks: [("music".to_owned(), id)].into(), ..Decision::default() }
}

fn made(pick: u8, tokens: u64) -> Choice {
    let usage = Usage { calls: 1, input_tokens: tokens, output_tokens: 0 };
    Choice::Made { decision: decision(pick), usage }
}

fn budget(turns: u32, renders: u32) -> Budget {
    Budget { turns, renders, tokens: None, cost_micros: None, prices_micros: None, wall_ms: None }
}

fn chosen(turn: u32, choice: Choice, verdict: Option<Verdict>) -> Event {
    Event {
        origin: Origin::Choice { turn },
        choice,
        verdicts: [("tiktok".to_owned(), verdict)].into(),
        patches: BTreeMap::new(),
        broken: None,
        wall_ms: 0,
    }
}

fn rejected() -> Verdict {
    verdict(vec![finding("contrast", Vec::new())])
}

#[test]
fn it_chooses_first_and_waits_for_what_is_open() {
    let budget = budget(3, 3);
    assert_eq!(next(&budget, &[]), Step::Choose { turn: 1, last: None });
    assert_eq!(next(&budget, &[chosen(1, Choice::Open, None)]), Step::Wait);
    assert_eq!(next(&budget, &[chosen(1, made(1, 0), None)]), Step::Wait);
    let accepted = chosen(1, made(1, 0), Some(verdict(Vec::new())));
    assert_eq!(next(&budget, &[accepted]), Step::End(Outcome::Accepted {}));
}

#[test]
fn a_rejection_is_mended_where_that_takes_no_thought_and_revised_where_it_does() {
    let budget = budget(3, 9);
    let lower = Patch::replace("/music/gainMdb", -3000);
    let loud = verdict(vec![finding("loudness", vec![lower.clone()])]);
    let first = chosen(1, made(1, 0), Some(loud.clone()));
    let Step::Mend { patches } = next(&budget, std::slice::from_ref(&first)) else { panic!() };
    assert_eq!(patches["tiktok"], [lower]);
    // The same mend again would change nothing: somebody has to think.
    let mended = Event { origin: Origin::Mend {}, patches, ..chosen(1, made(1, 0), Some(loud)) };
    let Step::Choose { turn: 2, last: Some(last) } = next(&budget, &[first, mended]) else {
        panic!()
    };
    assert_eq!((last.decision, last.findings.len()), (decision(1), 1));
    assert_eq!(last.findings[0].hint, "make it right");
}

#[test]
fn of_two_mends_of_one_place_the_graver_is_done() {
    let one = finding("a", vec![Patch::replace("/captions/0/atMs", 1)]);
    let two = finding("b", vec![Patch::replace("/captions/0/atMs/1", 2)]);
    let other = finding("c", vec![Patch::replace("/captions/1/atMs", 3)]);
    let event = chosen(1, made(1, 0), Some(verdict(vec![one.clone(), two, other.clone()])));
    let Step::Mend { patches } = next(&budget(3, 3), &[event]) else { panic!() };
    assert_eq!(patches["tiktok"], [one.patch, other.patch].concat());
}

#[test]
fn it_ends_when_nothing_new_comes_or_nobody_will_or_something_breaks() {
    let budget = budget(5, 5);
    let first = chosen(1, made(1, 0), Some(rejected()));
    let again = chosen(2, made(1, 0), None);
    assert_eq!(next(&budget, &[first.clone(), again]), Step::End(Outcome::NoProgress {}));
    let refused = chosen(2, Choice::Refused("no".to_owned()), None);
    let end = next(&budget, &[first.clone(), refused]);
    assert_eq!(end, Step::End(Outcome::Rejected { why: "no".to_owned() }));
    let broken = Event { broken: Some("ffmpeg".to_owned()), ..chosen(2, made(2, 0), None) };
    let end = next(&budget, &[first, broken]);
    assert_eq!(end, Step::End(Outcome::Failed { why: "ffmpeg".to_owned() }));
}

#[test]
fn tokens_and_money_end_too() {
    let spent =
        |budget: &Budget, tokens| next(budget, &[chosen(1, made(1, tokens), Some(rejected()))]);
    let tokens = Budget { tokens: Some(1000), ..budget(5, 5) };
    assert!(matches!(spent(&tokens, 999), Step::Choose { .. }));
    assert_eq!(spent(&tokens, 1000), Step::End(Outcome::Exhausted { limit: Limit::Tokens }));
    let money = Budget {
        cost_micros: Some(5000),
        prices_micros: Some([2_500_000, 10_000_000]),
        ..budget(5, 5)
    };
    assert!(matches!(spent(&money, 1999), Step::Choose { .. }));
    assert_eq!(spent(&money, 2000), Step::End(Outcome::Exhausted { limit: Limit::Cost }));
    let usage = Usage { calls: 1, input_tokens: 1, output_tokens: 1 };
    assert_eq!(money.cost_micros(&usage), 13, "rounded up");
}

proptest! {
    #[test]
    fn whatever_the_world_does_it_ends_within_its_budget(
        turns in 1u32..6,
        renders in 1u32..8,
        tokens in proptest::option::of(1u64..500),
        world in proptest::collection::vec((0u8..6, 0u64..200, 0u8..10), 20),
    ) {
        let budget = Budget { tokens, ..budget(turns, renders) };
        let mut history: Vec<Event> = Vec::new();
        let mut world = world.into_iter();
        let outcome = loop {
            // Each step asks for one thing; a machine that does not end runs out of world.
            let (pick, used, judged) = world.next().expect("it ends");
            let judge = |done: &BTreeMap<String, Vec<Patch>>| match judged {
                0..=1 => verdict(Vec::new()),
                2..=5 => rejected(),
                _ => {
                    let times = done.values().map(Vec::len).sum::<usize>() + 1;
                    verdict(vec![finding("loudness", vec![Patch::replace("/gain", times)])])
                }
            };
            let event = match next(&budget, &history) {
                Step::End(outcome) => break outcome,
                Step::Wait => unreachable!("everything is answered"),
                Step::Choose { turn, last } => {
                    prop_assert_eq!(last.is_some(), turn > 1);
                    let choice = match pick {
                        5 => Choice::Refused("no".to_owned()),
                        pick => made(pick, used),
                    };
                    chosen(turn, choice, Some(judge(&BTreeMap::new())))
                }
                Step::Mend { patches } => Event {
                    origin: Origin::Mend {},
                    verdicts: [("tiktok".to_owned(), Some(judge(&patches)))].into(),
                    choice: history.last().unwrap().choice.clone(),
                    patches,
                    broken: None,
                    wall_ms: 0,
                },
            };
            history.push(event);
        };
        let asked = history.iter().filter(|event| event.origin != Origin::Mend {}).count();
        prop_assert!(asked <= turns as usize, "{} turns of {}", asked, turns);
        // The last decision of a machine that ends otherwise was not rendered.
        let rendered = match outcome {
            Outcome::Accepted {} | Outcome::Exhausted { .. } => history.len(),
            _ => history.len() - 1,
        };
        prop_assert!(rendered <= renders as usize, "{} renders of {}", rendered, renders);
        let accepted = |event: &Event| attempt(event).is_some_and(|attempt| attempt.accepted);
        let run = DirectorRun {
            attempts: history.iter().filter_map(attempt).collect(),
            usage: usage(&history),
            cost_micros: 0,
            outcome: outcome.clone(),
        };
        if outcome == (Outcome::Accepted {}) {
            prop_assert!(accepted(history.last().unwrap()));
            prop_assert!(contract::read::<DirectorRun>(&contract::write(&run)).is_ok());
        }
        prop_assert!(history.iter().rev().skip(1).all(|event| !accepted(event)), "it went on");
    }
}
