//! What people who saw the film said of it.

use crate::contract::verdict::Decision;
use crate::critic::policy::{Policy, Strictness};
use crate::critic::rule::{Breach, Case, Judged, Rule};

pub static REVIEW: Rule = Rule {
    id: "review",
    what: "Nobody has rejected this very film in `reviews.toml`.",
    why: "A person sees what no rule does.",
    source: "`reviews.toml`, which the live page writes, and people do.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[],
    check: |case| match decision(case) {
        Said::Nothing | Said::OfAnother => Judged::NotApplicable,
        Said::Of(Decision::Accept, _) => Judged::PASS,
        Said::Of(Decision::Reject, note) => Judged::from(Some(Breach::new(
            "a person has rejected it",
            if note.is_empty() { "rejected, without a note" } else { note },
            "not rejected",
            "change what it is made of, or take the rejection back",
        ))),
    },
};

pub static APPROVAL: Rule = Rule {
    id: "approval",
    what: "A person has approved this very film in `reviews.toml`.",
    why: "Where somebody has to answer for what is released, no film is released unseen.",
    source: "`reviews.toml`, which the live page writes, and people do.",
    strictness: Strictness::Off,
    needs_input: true,
    thresholds: &[],
    check: |case| {
        let missing = |measured: &str| {
            Judged::from(Some(Breach::new(
                "nobody has approved it",
                measured,
                "approved",
                "look at it, and approve it on the live page or in reviews.toml",
            )))
        };
        match decision(case) {
            // It has no name under which anybody could.
            _ if case.film.is_none() || case.expected.is_none() => Judged::NotApplicable,
            Said::Of(Decision::Accept, _) => Judged::PASS,
            Said::Of(Decision::Reject, _) => missing("rejected"),
            Said::OfAnother => missing("an earlier film of it was reviewed"),
            Said::Nothing => missing("no review"),
        }
    },
};

/// Whether any rule asks what people said.
pub fn counts_reviews(policy: &Policy) -> bool {
    [&REVIEW, &APPROVAL].iter().any(|rule| policy.severity_of(rule).is_some())
}

/// What was said of a film.
enum Said<'a> {
    Nothing,
    /// Something, but of an earlier film.
    OfAnother,
    Of(Decision, &'a str),
}

fn decision<'a>(case: &Case<'a>) -> Said<'a> {
    let (Some(review), Some(film)) = (case.review, case.film) else { return Said::Nothing };
    match review.decision {
        None => Said::Nothing,
        Some(decision) if review.is_of(film.file.digest) => Said::Of(decision, &review.note),
        Some(_) => Said::OfAnother,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::digest::Digest;
    use crate::contract::review::Review;
    use crate::critic::sample::{Subject, breaks, passes, skips};

    fn said(decision: Decision, note: &'static str) -> impl Fn(&mut Subject) {
        move |subject| {
            let film = Some(subject.facts.file.digest);
            let decision = Some(decision);
            subject.facts.review = Some(Review { decision, note: note.to_owned(), film });
        }
    }

    fn of_another(subject: &mut Subject) {
        said(Decision::Accept, "")(subject);
        subject.facts.file.digest = Digest::of(b"made anew");
    }

    #[test]
    fn what_a_person_rejected_is_rejected() {
        passes(&REVIEW, said(Decision::Accept, ""));
        let breaches = breaks(&REVIEW, said(Decision::Reject, "the face is hidden"));
        assert_eq!(breaches[0].measured, "the face is hidden");
        skips(&REVIEW, |subject| subject.facts.review = None);
        skips(&REVIEW, of_another);
    }

    #[test]
    fn where_approval_is_needed_silence_is_none() {
        passes(&APPROVAL, said(Decision::Accept, "nice"));
        for (edit, measured) in [
            (Box::new(said(Decision::Reject, "")) as Box<dyn Fn(&mut Subject)>, "rejected"),
            (Box::new(of_another), "an earlier film of it was reviewed"),
            (Box::new(|subject: &mut Subject| subject.facts.review = None), "no review"),
        ] {
            assert_eq!(breaks(&APPROVAL, edit)[0].measured, measured);
        }
    }
}
