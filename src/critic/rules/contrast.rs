//! Whether captions stand out from what is really around them.

use super::stretches::in_ms;
use crate::critic::mend;
use crate::critic::policy::{Strictness, Threshold};
use crate::critic::rule::{Breach, Judged, Rule, Shown};
use crate::critic::unit::Unit;

static MIN_CONTRAST: Threshold = Threshold {
    key: "min-contrast",
    unit: Unit::Ratio,
    default: Some(4500),
    min: 1000,
    max: 21_000,
    what: "Least contrast of a caption's letters with what surrounds them.",
};

static MIN_CONTRAST_LARGE: Threshold = Threshold {
    key: "min-contrast-large",
    unit: Unit::Ratio,
    default: Some(3000),
    min: 1000,
    max: 21_000,
    what: "The same for large letters.",
};

static LARGE_TEXT: Threshold = Threshold {
    key: "large-text",
    unit: Unit::Share,
    default: Some(62),
    min: 0,
    max: 1000,
    what: "Font size from which letters are large, as a share of the canvas's short side.",
};

pub static CONTRAST: Rule = Rule {
    id: "caption-contrast",
    what: "For nine tenths of a caption's time, 95 % of its letters' edges border on something that \
           differs from them by a WCAG contrast of 4.5:1, or 3:1 for large letters. A plate or an \
           outline counts by being seen around the letters.",
    why: "White on a bright sky is not read; nor is a caption that the film has lost.",
    source: "WCAG 2.x 1.4.3; large is 24 CSS pixels, on a phone whose short side has 390 of them \
             6.2 %.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[&MIN_CONTRAST, &MIN_CONTRAST_LARGE, &LARGE_TEXT],
    check: |case| {
        let pixels = case.film.and_then(|film| film.pixels);
        let (Some(pixels), Some(input)) = (pixels, case.expected) else {
            return Judged::NotApplicable;
        };
        let ratios = |index: usize| -> Vec<(u32, u32)> {
            let of = |c: &crate::contract::fact::CaptionContrast| c.caption as usize == index;
            let samples = pixels.samples.iter();
            samples
                .filter_map(|s| Some((s.frame, s.contrast.iter().find(|c| of(c))?.ratio_milli)))
                .collect()
        };
        let shown: Vec<(Shown<'_>, Vec<(u32, u32)>)> = case
            .shown()
            .into_iter()
            .map(|caption| (caption, ratios(caption.index)))
            .filter(|(_, ratios)| !ratios.is_empty())
            .collect();
        if shown.is_empty() {
            return Judged::NotApplicable;
        }
        let side = u64::from(case.short_side());
        let breach = |(caption, ratios): &(Shown<'_>, Vec<(u32, u32)>)| {
            let size = u64::from(caption.facts.font_size) * 1000;
            let large = size >= side * case.policy.positive(&LARGE_TEXT);
            let threshold = if large { &MIN_CONTRAST_LARGE } else { &MIN_CONTRAST };
            let least = case.policy.positive(threshold);
            let mut sorted: Vec<u32> = ratios.iter().map(|(_, ratio)| *ratio).collect();
            sorted.sort_unstable();
            let tenth = sorted[sorted.len() / 10];
            if u64::from(tenth) >= least {
                return None;
            }
            let low = || ratios.iter().filter(|(_, r)| u64::from(*r) < least).map(|(f, _)| *f);
            let frames = [low().min().unwrap_or(0), low().max().unwrap_or(0) + 1];
            let show = |value: u64| Unit::Ratio.show(i64::try_from(value).unwrap_or(i64::MAX));
            let breach = Breach::new(
                format!("{} does not stand out from what is around it", caption.name()),
                show(u64::from(tenth) / 10 * 10),
                format!("at least {}", show(least)),
                "give its style an outline or a plate, another colour, or another place",
            )
            .during(in_ms(frames, input.frame_rate()))
            .mended_by(mend::stand_out(case, caption));
            Some(match caption.facts.ink {
                Some(ink) => breach.at(ink),
                None => breach,
            })
        };
        Judged::Checked(shown.iter().filter_map(breach).collect())
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::fact::CaptionContrast;
    use crate::critic::sample::{Subject, breaks, passes, skips};

    /// The caption is shown in 25 samples; sets `count` of them.
    fn contrast(subject: &mut Subject, count: usize, ratio_milli: u32) {
        let samples = &mut subject.facts.pixels.as_mut().expect("pixels").samples;
        for sample in &mut samples[..count] {
            sample.contrast = vec![CaptionContrast { caption: 0, ratio_milli }];
        }
    }

    #[test]
    fn letters_stand_out_for_nine_tenths_of_their_time() {
        passes(&CONTRAST, |s| contrast(s, 2, 1000));
        let breaches = breaks(&CONTRAST, |s| contrast(s, 3, 1640));
        assert_eq!(breaches[0].measured, "1.64:1");
        assert_eq!(breaches[0].range_ms, Some([0, 233]));
    }

    #[test]
    fn large_letters_need_less() {
        let size = |s: &mut Subject, font_size| {
            contrast(s, 25, 3000);
            s.facts.captions[0].font_size = font_size;
        };
        passes(&CONTRAST, |s| size(s, 67));
        breaks(&CONTRAST, |s| size(s, 66));
    }

    #[test]
    fn what_was_not_measured_is_not_judged() {
        skips(&CONTRAST, |s| {
            let pixels = s.facts.pixels.as_mut().expect("pixels");
            pixels.samples.iter_mut().for_each(|sample| sample.contrast.clear());
        });
    }
}
