//! The keyed layer: what is left of its screen.

use super::picture::video;
use super::stretches::in_ms;
use crate::contract::verdict::Severity;
use crate::critic::policy::Threshold;
use crate::critic::rule::{Breach, Judged, Rule};
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
    severity: Severity::Error,
    needs_input: true,
    thresholds: &[&MAX_GREEN],
    check: |case| {
        let pixels = case.film.and_then(|film| film.pixels);
        let layer = case.expected.and_then(|input| input.green_screen.as_ref());
        let (Some(pixels), Some(layer), Some(video)) = (pixels, layer, video(case)) else {
            return Judged::NotApplicable;
        };
        let measured =
            || pixels.samples.iter().filter_map(|s| Some((s.frame, u64::from(s.green_millionth?))));
        let most = case.policy.positive(&MAX_GREEN);
        let Some(worst) = measured().map(|(_, share)| share).max() else {
            return Judged::NotApplicable;
        };
        let over: Vec<u32> =
            measured().filter(|(_, share)| *share > most).map(|(frame, _)| frame).collect();
        let (Some(first), Some(last)) = (over.first(), over.last()) else { return Judged::PASS };
        let show = |share: u64| Unit::FineShare.show(i64::try_from(share).unwrap_or(i64::MAX));
        Some(
            Breach::new(
                "some of the screen is left",
                format!("{} of the layer's place", show(worst)),
                format!("at most {}", show(most)),
                "raise the key's `similarity`, crop the layer's edges, or use a clip whose screen \
                 is lit more evenly",
            )
            .during(in_ms([*first, last + 1], video.frame_rate))
            .at(layer.place),
        )
        .into()
    },
};

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

    #[test]
    fn without_a_keyed_layer_green_is_a_colour() {
        skips(&LEFT_OVER_GREEN, |s| {
            green(s, 7, 500_000);
            s.facts.expected.as_mut().expect("input").green_screen = None;
        });
    }
}
