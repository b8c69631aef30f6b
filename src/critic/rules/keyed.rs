//! The keyed layer: what is left of its screen, and of its subject.

use super::picture::video;
use super::stretches::in_ms;
use crate::contract::fact::SubjectMoment;
use crate::critic::mend;
use crate::critic::policy::{Strictness, Threshold};
use crate::critic::rule::{Breach, Case, Judged, Rule};
use crate::critic::unit::Unit;

static MAX_GREEN: Threshold = Threshold {
    key: "max-left-over-green",
    unit: Unit::FineShare,
    default: Some(1000),
    min: 0,
    max: 1_000_000,
    what: "Largest share of the keyed layer's place that still has the screen's colour.",
};

pub static LEFT_OVER_GREEN: Rule = Rule {
    id: "left-over-green",
    what: "Where the keyed layer lies, nothing has the screen's colour.",
    why: "Patches of screen are the first thing that people see of a bad key.",
    source: "A thousandth of the layer's place; the colour is the clip's own, calibrated at \
             ingest.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[&MAX_GREEN],
    check: |case| {
        let pixels = case.film.and_then(|film| film.pixels);
        let layer = case.expected.and_then(|input| input.green_screen.as_ref());
        let (Some(pixels), Some(layer), Some(video)) = (pixels, layer, video(case)) else {
            return Judged::NotApplicable;
        };
        let most = case.policy.positive(&MAX_GREEN);
        let shares: Vec<(u32, u64)> = match moments(case) {
            // A background that is as green itself is told from a screen where it can be compared.
            Some(moments) if moments.iter().any(|m| own_green(m) > most / 2) => {
                moments.iter().map(|m| (m.frame, u64::from(m.green_millionth))).collect()
            }
            _ => {
                let samples = pixels.samples.iter();
                samples.filter_map(|s| Some((s.frame, u64::from(s.green_millionth?)))).collect()
            }
        };
        let Some(worst) = shares.iter().map(|(_, share)| *share).max() else {
            return Judged::NotApplicable;
        };
        let over: Vec<u32> =
            shares.iter().filter(|(_, share)| *share > most).map(|(frame, _)| *frame).collect();
        let (Some(first), Some(last)) = (over.first(), over.last()) else { return Judged::PASS };
        Some(
            Breach::new(
                "some of the screen is left",
                format!("{} of the layer's place", show(worst)),
                format!("at most {}", show(most)),
                "raise the key's `similarity`, crop the layer's edges, or use a clip whose screen \
                 is lit more evenly",
            )
            .during(in_ms([*first, last + 1], video.frame_rate))
            .at(layer.place)
            .mended_by(case.expected.map(mend::tighten).unwrap_or_default()),
        )
        .into()
    },
};

static MIN_SUBJECT: Threshold = Threshold {
    key: "min-subject",
    unit: Unit::FineShare,
    default: Some(2000),
    min: 0,
    max: 1_000_000,
    what: "Least share of the keyed layer's place that its subject fills, where it fills most.",
};

pub static SUBJECT_SEEN: Rule = Rule {
    id: "subject-seen",
    what: "Something of the keyed clip is seen over the background.",
    why: "A key that takes the subject away with its screen leaves a film of the background.",
    source: "memebuild's own: 0.2 % of the layer's place, at the best of up to six moments. \
             Measurable where the render's background is at hand.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[&MIN_SUBJECT],
    check: |case| {
        let (Some(moments), Some(input)) = (moments(case), case.expected) else {
            return Judged::NotApplicable;
        };
        let least = case.policy.positive(&MIN_SUBJECT);
        let most = moments.iter().map(|m| u64::from(m.subject_millionth)).max().unwrap_or(0);
        Judged::require(most >= least, || {
            let breach = Breach::new(
                "nothing of the keyed clip is seen",
                format!("{} of the layer's place differs from the background", show(most)),
                format!("at least {}", show(least)),
                "lower the key's `similarity`, or look where the layer lies and when the clip starts",
            );
            match &input.green_screen {
                Some(layer) => breach.at(layer.place),
                None => breach,
            }
        })
    },
};

static MAX_HOLES: Threshold = Threshold {
    key: "max-holes",
    unit: Unit::FineShare,
    default: Some(5000),
    min: 0,
    max: 1_000_000,
    what: "Largest share of the subject through which the background shines in specks.",
};

pub static SUBJECT_HOLES: Rule = Rule {
    id: "subject-holes",
    what: "The background does not shine through the subject in specks.",
    why: "What is as green as the screen (a shirt, a reflection) is keyed away with it.",
    source: "memebuild's own: 0.5 % of the subject, at half or more of up to six moments. A region \
             over 1 % of the subject is taken for an opening that it really has. Measurable where \
             the render's background is at hand.",
    strictness: Strictness::Warning,
    needs_input: true,
    thresholds: &[&MAX_HOLES],
    check: |case| {
        let (Some(moments), Some(input)) = (moments(case), case.expected) else {
            return Judged::NotApplicable;
        };
        let most = case.policy.positive(&MAX_HOLES);
        let mut shares: Vec<u64> =
            moments.iter().map(|moment| u64::from(moment.holes_millionth)).collect();
        shares.sort_unstable();
        let median = shares[(shares.len() - 1) / 2];
        Judged::require(median <= most, || {
            let breach = Breach::new(
                "the background shines through the subject",
                format!("{} of the subject", show(median)),
                format!("at most {}", show(most)),
                "lower the key's `similarity` or `blend`, or use a clip without the screen's \
                 colour on its subject",
            );
            match &input.green_screen {
                Some(layer) => breach.at(layer.place),
                None => breach,
            }
        })
    },
};

/// The frames that were compared with their background.
fn moments<'a>(case: &Case<'a>) -> Option<&'a [SubjectMoment]> {
    let subject = case.film.and_then(|film| film.subject)?;
    (!subject.moments.is_empty()).then_some(&subject.moments)
}

fn own_green(moment: &SubjectMoment) -> u64 {
    u64::from(moment.background_green_millionth)
}

fn show(share: u64) -> String {
    Unit::FineShare.show(i64::try_from(share).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critic::sample::{Subject, breaks, passes, skips};

    fn green(subject: &mut Subject, sample: usize, share: u32) {
        let pixels = subject.facts.pixels.as_mut().expect("pixels");
        pixels.samples[sample].green_millionth = Some(share);
    }

    #[test]
    fn a_patch_of_screen_is_found_and_placed() {
        passes(&LEFT_OVER_GREEN, |s| green(s, 7, 1000));
        let breaches = breaks(&LEFT_OVER_GREEN, |s| {
            green(s, 7, 1001);
            green(s, 9, 25_000);
        });
        assert_eq!(breaches[0].measured, "2.5 % of the layer's place");
        assert_eq!(breaches[0].range_ms, Some([700, 933]));
        assert!(breaches[0].area.is_some());
    }

    /// Sets every moment.
    fn at_all(subject: &mut Subject, edit: impl Fn(&mut SubjectMoment)) {
        let facts = subject.facts.subject.as_mut().expect("subject");
        facts.moments.iter_mut().for_each(edit);
    }

    #[test]
    fn a_green_background_is_no_screen() {
        let meadow = |s: &mut Subject, left| {
            green(s, 7, 60_000);
            at_all(s, |m| (m.green_millionth, m.background_green_millionth) = (left, 60_000));
        };
        passes(&LEFT_OVER_GREEN, |s| meadow(s, 1000));
        let breaches = breaks(&LEFT_OVER_GREEN, |s| meadow(s, 1001));
        assert_eq!(breaches[0].range_ms, Some([0, 2033]));
        breaks(&LEFT_OVER_GREEN, |s| {
            meadow(s, 0);
            s.facts.subject = None;
        });
    }

    #[test]
    fn something_of_the_clip_is_seen_at_some_moment() {
        let seen = |s: &mut Subject, first, rest| {
            at_all(s, |m| m.subject_millionth = if m.frame == 0 { first } else { rest });
        };
        passes(&SUBJECT_SEEN, |s| seen(s, 0, 2000));
        let breaches = breaks(&SUBJECT_SEEN, |s| seen(s, 1999, 0));
        assert_eq!(
            breaches[0].measured,
            "0.1999 % of the layer's place differs from the background"
        );
        skips(&SUBJECT_SEEN, |s| s.facts.subject = None);
    }

    #[test]
    fn specks_are_holes_if_they_stay() {
        let holes = |s: &mut Subject, first, rest| {
            at_all(s, |m| m.holes_millionth = if m.frame == 0 { first } else { rest });
        };
        passes(&SUBJECT_HOLES, |s| holes(s, 50_000, 5000));
        breaks(&SUBJECT_HOLES, |s| holes(s, 50_000, 5001));
        skips(&SUBJECT_HOLES, |s| s.facts.subject = None);
    }

    #[test]
    fn without_a_keyed_layer_green_is_a_colour() {
        skips(&LEFT_OVER_GREEN, |s| {
            green(s, 7, 500_000);
            s.facts.expected.as_mut().expect("input").green_screen = None;
        });
    }
}
