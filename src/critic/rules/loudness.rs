//! How loud the film is.

use super::audio::{audible, measures, tracks};
use crate::contract::fact::AudioMeasures;
use crate::critic::policy::{Strictness, Threshold};
use crate::critic::rule::{Breach, Case, Judged, Rule};
use crate::critic::unit::Unit;

static TOLERANCE: Threshold = Threshold {
    key: "loudness-tolerance",
    unit: Unit::Lu,
    default: Some(100),
    min: 0,
    max: 2000,
    what: "How far the loudness may be from the profile's target, either way.",
};

static MAX_LOUDNESS: Threshold = Threshold {
    key: "max-loudness",
    unit: Unit::Lufs,
    default: None,
    min: -7000,
    max: 0,
    what: "Highest loudness; else the profile's target and the tolerance.",
};

static MIN_LOUDNESS: Threshold = Threshold {
    key: "min-loudness",
    unit: Unit::Lufs,
    default: None,
    min: -7000,
    max: 0,
    what: "Lowest loudness; else the profile's target less the tolerance.",
};

pub static LOUDNESS: Rule = Rule {
    id: "loudness",
    what: "The integrated loudness is the profile's target to within one LU. A composite without \
           any sound is exempt.",
    why: "Platforms turn loud films down and leave quiet ones quiet.",
    source: "EBU R128 for the measure; −14 LUFS is what YouTube, TikTok and Reels are known to \
             play at.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[&TOLERANCE, &MAX_LOUDNESS, &MIN_LOUDNESS],
    check: |case| {
        let Some(audio) = heard(case) else { return Judged::NotApplicable };
        let target = i64::from(case.profile.loudness.integrated_clufs);
        let tolerance = case.policy.limit(&TOLERANCE);
        let most = case.policy.limit_or(&MAX_LOUDNESS, target + tolerance);
        let least = case.policy.limit_or(&MIN_LOUDNESS, target - tolerance);
        let show = |value| Unit::Lufs.show(value);
        let limit = format!("{} to {}", show(least), show(most));
        let Some(found) = audio.integrated_clufs.map(i64::from) else {
            let hint = "raise the tracks' `gain`, or let the film last half a second";
            let measured = "under the gate of -70 LUFS";
            return Some(Breach::new("the sound is too quiet to measure", measured, limit, hint))
                .into();
        };
        Judged::require((least..=most).contains(&found), || {
            let (message, hint) = if found > most {
                ("the film is too loud", "lower the tracks' `gain` or the profile's target")
            } else {
                (
                    "the film is too quiet",
                    "raise the tracks' `gain`; where one peak holds the rest down, lower that one",
                )
            };
            Breach::new(message, show(found), limit, hint)
        })
    },
};

static MAX_TRUE_PEAK: Threshold = Threshold {
    key: "max-true-peak",
    unit: Unit::Dbtp,
    default: None,
    min: -7000,
    max: 600,
    what: "Highest true peak; else the profile's.",
};

pub static TRUE_PEAK: Rule = Rule {
    id: "true-peak",
    what: "The true peak, after the audio encoder, is no higher than the profile's.",
    why: "What a converter makes of samples can go past full scale, and then it distorts.",
    source: "EBU R128: −1 dBTP; encoders overshoot the limiter, so it is measured after them.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[&MAX_TRUE_PEAK],
    check: |case| {
        let Some(peak) = measures(case).and_then(|audio| audio.true_peak_cdbtp) else {
            return Judged::NotApplicable;
        };
        let profile = i64::from(case.profile.loudness.true_peak_cdbtp);
        let most = case.policy.limit_or(&MAX_TRUE_PEAK, profile);
        Judged::require(i64::from(peak) <= most, || {
            Breach::new(
                "the sound peaks too high",
                Unit::Dbtp.show(peak.into()),
                format!("at most {}", Unit::Dbtp.show(most)),
                "lower the loudest track, or the profile's loudness target",
            )
        })
    },
};

/// The measured sound, where there is something to hear and the composite means it to be heard.
fn heard<'a>(case: &Case<'a>) -> Option<&'a AudioMeasures> {
    let meant = case.expected.is_none_or(|input| tracks(input).next().is_some());
    measures(case).filter(|audio| meant && audible(audio))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critic::sample::{Subject, breaks, passes, skips};

    fn audio(subject: &mut Subject) -> &mut AudioMeasures {
        subject.facts.audio.as_mut().expect("audio")
    }

    #[test]
    fn loudness_is_the_target_to_within_one_lu() {
        for clufs in [-1500, -1400, -1300] {
            passes(&LOUDNESS, |s| audio(s).integrated_clufs = Some(clufs));
        }
        let loud = breaks(&LOUDNESS, |s| audio(s).integrated_clufs = Some(-1120));
        insta::assert_snapshot!(loud[0].measured, @"-11.2 LUFS");
        insta::assert_snapshot!(loud[0].limit, @"-15 LUFS to -13 LUFS");
        breaks(&LOUDNESS, |s| audio(s).integrated_clufs = Some(-1501));
        breaks(&LOUDNESS, |s| audio(s).integrated_clufs = None);
        passes(&LOUDNESS, |s| {
            audio(s).integrated_clufs = Some(-1120);
            s.policy.set("max-loudness", "-11 LUFS").expect("a limit");
        });
    }

    #[test]
    fn a_declared_silence_is_exempt() {
        skips(&LOUDNESS, |s| {
            let mix = &mut s.facts.expected.as_mut().expect("input").audio;
            (mix.clip, mix.music) = (None, None);
            mix.effects.clear();
        });
        // A mix that failed is the business of `mute`.
        skips(&LOUDNESS, |s| audio(s).true_peak_cdbtp = None);
    }

    #[test]
    fn the_true_peak_has_a_ceiling() {
        passes(&TRUE_PEAK, |s| audio(s).true_peak_cdbtp = Some(-100));
        breaks(&TRUE_PEAK, |s| audio(s).true_peak_cdbtp = Some(-99));
        skips(&TRUE_PEAK, |s| audio(s).true_peak_cdbtp = None);
    }
}
