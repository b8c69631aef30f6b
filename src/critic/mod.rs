//! The critic: deterministic rules over facts of a finished file.
//!
//! Rules read facts ([`crate::contract::fact`]), never files, so a verdict can be derived again
//! from cached measures without decoding anything. A rule is one constant in a file under
//! [`rules`] and one line in [`RULES`]; its thresholds stand beside it, as integers, each with its
//! source, and [`Policy`] holds what a Memefile says otherwise.

pub mod lines;
mod mend;
pub mod policy;
pub mod rule;
pub mod rules;
pub mod unit;

#[cfg(test)]
pub(crate) mod sample;

pub use policy::{Policy, Strictness, Threshold};
pub use rule::{Breach, Case, Film, Judged, Rule};
pub use rules::RULES;
pub use rules::review::counts_reviews;
pub use unit::Unit;

use crate::contract::caption::CaptionFacts;
use crate::contract::digest::Digest;
use crate::contract::fact::RenderFacts;
use crate::contract::profile::OutputProfile;
use crate::contract::render_input::RenderInput;
use crate::contract::rights::Credit;
use crate::contract::verdict::{Decision, Finding, Outcome, RuleResult, Severity, Verdict};

/// Version of the rules and of their default thresholds as a set; raised with any change that can
/// change a verdict. It is part of the key of every judgement, so no verdict outlives its rules.
pub const RULES_VERSION: u32 = 7;

/// Judges one finished file.
///
/// `profile` is what the file is held to; with a render input in the facts it is usually that
/// input's own profile.
pub fn judge(facts: &RenderFacts, profile: &OutputProfile, policy: &Policy) -> Verdict {
    let case = Case {
        profile,
        policy,
        expected: facts.expected.as_ref(),
        captions: &facts.captions,
        credits: &facts.credits,
        review: facts.review.as_ref(),
        film: Some(Film {
            file: &facts.file,
            pixels: facts.pixels.as_ref(),
            audio: facts.audio.as_ref(),
            balance: facts.balance.as_ref(),
            subject: facts.subject.as_ref(),
        }),
    };
    verdict(facts.file.digest, &case)
}

/// What can be said before a frame is rendered: findings of the rules that need only the timeline,
/// the typeset captions and the rights to the assets. A composite with an error here cannot pass, so it need not be
/// rendered.
///
/// `subject` is the render input's own digest, since there is no film to name.
pub fn foresee(
    subject: Digest,
    input: &RenderInput,
    captions: &[CaptionFacts],
    credits: &[Credit],
    policy: &Policy,
) -> Verdict {
    let profile = &input.profile;
    let (expected, review) = (Some(input), None);
    let case = Case { profile, policy, expected, captions, credits, review, film: None };
    verdict(subject, &case)
}

fn verdict(subject: Digest, case: &Case<'_>) -> Verdict {
    let (findings, rules) = apply(case);
    let grave = findings.iter().any(|finding| finding.severity == Severity::Error);
    Verdict {
        subject,
        profile: case.profile.name.clone(),
        rules_version: RULES_VERSION,
        decision: if grave { Decision::Reject } else { Decision::Accept },
        findings,
        rules,
        credits: case.credits.to_vec(),
    }
}

/// Runs every rule that is switched on; the findings gravest first, then in the registry's order,
/// then by time.
fn apply(case: &Case<'_>) -> (Vec<Finding>, Vec<RuleResult>) {
    let mut findings = Vec::new();
    let mut results = Vec::new();
    for rule in RULES {
        let outcome = match case.policy.severity_of(rule) {
            None => Outcome::Off,
            Some(severity) => match (rule.check)(case) {
                Judged::NotApplicable => Outcome::NotApplicable,
                Judged::Checked(breaches) if breaches.is_empty() => Outcome::Pass,
                Judged::Checked(breaches) => {
                    findings.extend(breaches.into_iter().map(|b| b.into_finding(rule, severity)));
                    Outcome::Finding
                }
            },
        };
        results.push(RuleResult { rule: rule.id.to_owned(), outcome });
    }
    let order = |finding: &Finding| {
        let place = RULES.iter().position(|rule| rule.id == finding.rule);
        (std::cmp::Reverse(finding.severity), place, finding.range_ms)
    };
    findings.sort_by_key(order);
    (findings, results)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;
    use std::collections::BTreeSet;

    #[test]
    fn a_sound_film_passes_every_rule() {
        let facts = sample::facts();
        let verdict = judge(&facts, &sample::profile(), &Policy::default());
        assert_eq!(verdict.findings, []);
        assert_eq!(verdict.decision, Decision::Accept);
        assert_eq!(verdict.rules.len(), RULES.len());
        contract::read::<Verdict>(&contract::write(&verdict)).expect("a verdict is its contract");
    }

    #[test]
    fn without_a_render_input_the_rules_that_need_one_say_so() {
        let mut facts = sample::facts();
        // Some rules look at nothing until they are told to.
        let mut policy = Policy::default();
        policy.set("rights", "deny-unknown").expect("a rule");
        policy.set("release-day", "2030-01-01").expect("a limit");
        policy.set("approval", "error").expect("a rule");
        let with = judge(&facts, &sample::profile(), &policy);
        facts.expected = None;
        facts.captions.clear();
        facts.credits.clear();
        facts.review = None;
        let without = judge(&facts, &sample::profile(), &policy);
        assert_eq!(without.decision, Decision::Accept);
        for ((rule, with), without) in RULES.iter().zip(with.rules).zip(without.rules) {
            let skipped =
                without.outcome == Outcome::NotApplicable && with.outcome == Outcome::Pass;
            assert_eq!(skipped, rule.needs_input, "`{}` is not what it says of itself", rule.id);
        }
    }

    #[test]
    fn what_needs_no_file_is_foreseen() {
        let mut facts = sample::facts();
        facts.captions[0].missing.push("\u{1F9EC}".to_owned());
        let input = facts.expected.as_ref().expect("the sample has one");
        let subject = Digest::of(b"a render input");
        let foreseen = foresee(subject, input, &facts.captions, &facts.credits, &Policy::default());
        let after = judge(&facts, &sample::profile(), &Policy::default());
        assert_eq!(foreseen.findings, after.findings);
        assert_eq!(foreseen.findings[0].rule, "caption-glyphs");
        assert_eq!((foreseen.decision, foreseen.subject), (Decision::Reject, subject));
        let asked = |verdict: &Verdict| {
            let silent = |outcome| matches!(outcome, Outcome::NotApplicable | Outcome::Off);
            let asked = verdict.rules.iter().filter(|r| !silent(r.outcome));
            asked.map(|r| r.rule.clone()).collect::<Vec<_>>()
        };
        let early = asked(&foreseen);
        let unseen = |rule: &String| rule.starts_with("caption-") || rule.starts_with("rights");
        assert!(early.iter().all(unseen), "{early:?}");
        assert!(asked(&after).len() > early.len());
    }

    #[test]
    fn a_rule_can_be_softened_or_switched_off() {
        let mut facts = sample::facts();
        facts.captions[0].clipped = true;
        let mut policy = Policy::default();
        policy.set_strictness("caption-clipped", Strictness::Warning).expect("a rule");
        let verdict = judge(&facts, &sample::profile(), &policy);
        assert_eq!(verdict.decision, Decision::Accept);
        assert_eq!(verdict.findings[0].severity, Severity::Warning);

        policy.set_strictness("caption-clipped", Strictness::Off).expect("a rule");
        let verdict = judge(&facts, &sample::profile(), &policy);
        assert_eq!(verdict.findings, []);
        let off = verdict.rules.iter().find(|r| r.rule == "caption-clipped").expect("listed");
        assert_eq!(off.outcome, Outcome::Off);
    }

    #[test]
    fn ids_and_threshold_keys_are_distinct_words() {
        let mut seen = BTreeSet::new();
        for rule in RULES {
            assert!(seen.insert(rule.id), "`{}` twice", rule.id);
            for text in [rule.what, rule.why, rule.source] {
                assert!(text.ends_with('.'), "`{}`: `{text}`", rule.id);
            }
            for threshold in rule.thresholds {
                assert!(seen.insert(threshold.key), "`{}` twice", threshold.key);
                let inside = |value| (threshold.min..=threshold.max).contains(&value);
                assert!(threshold.default.is_none_or(inside), "`{}`", threshold.key);
            }
        }
        let word = |id: &&str| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        assert!(seen.iter().all(word), "{seen:?}");
    }
}
