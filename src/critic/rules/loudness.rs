//! How loud the film is.

use super::audio::{audible, measures, tracks};
use crate::contract::fact::AudioMeasures;
use crate::contract::verdict::Patch;
use crate::critic::mend;
use crate::critic::policy::{Strictness, Threshold};
use crate::critic::rule::{Breach, Case, Judged, Rule};
use crate::critic::unit::Unit;

/// Shortest film whose loudness can be measured, milliseconds.
const SHORTEST_MS: u64 = 500;

/// A film whose peaks are so far below its ceiling, hundredths of a decibel, is held down by nothing:
/// its mix was softer than mastering can raise.
const UNHELD_CDB: i32 = 300;

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
            let breach = Breach::new("the sound is too quiet to measure", measured, limit, hint);
            return Some(breach.mended_by(measurable(case))).into();
        };
        Judged::require((least..=most).contains(&found), || {
            let (message, hint) = if found > most {
                (
                    "the film is too loud",
                    "lower the profile's `loudness`, to which the mix is brought",
                )
            } else {
                (
                    "the film is too quiet",
                    "raise the tracks' `gain`, or the profile's `loudness`; where one peak holds \
                     the rest down, lower that one",
                )
            };
            Breach::new(message, show(found), limit, hint).mended_by(mended(case, audio, found))
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
                "lower the profile's `true-peak`, or its `loudness`",
            )
            .mended_by(case.expected.and_then(|input| mend::hold_down(input, most)))
        })
    },
};

/// A loudness within the limits: by another target where the limits are not the profile's, or by a
/// louder mix where it was too soft for mastering.
fn mended(case: &Case<'_>, audio: &AudioMeasures, found: i64) -> Vec<Patch> {
    let Some(input) = case.expected else { return Vec::new() };
    let (least, most) = (case.policy.find(&MIN_LOUDNESS), case.policy.find(&MAX_LOUDNESS));
    if let Some(aimed) = mend::aim(input, least, most) {
        return vec![aimed];
    }
    let target = &input.profile.loudness;
    let missing_clu = i64::from(target.integrated_clufs) - found;
    let unheld = target.true_peak_cdbtp - UNHELD_CDB;
    match i32::try_from(missing_clu * 10) {
        Ok(by) if by > 0 && audio.true_peak_cdbtp.is_some_and(|peak| peak < unheld) => {
            mend::louder(input, by)
        }
        _ => Vec::new(),
    }
}

/// A film whose loudness can be measured: longer, or with its tracks as loud as they were recorded.
fn measurable(case: &Case<'_>) -> Vec<Patch> {
    let Some(input) = case.expected else { return Vec::new() };
    match input.frame_rate().ms_of(input.frames) < SHORTEST_MS {
        true => vec![mend::last_at_least(input.frame_rate(), SHORTEST_MS)],
        false => mend::as_recorded(input),
    }
}

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

    fn paths(breaches: &[Breach]) -> Vec<(&str, i64)> {
        let patches = breaches.iter().flat_map(|breach| &breach.patch);
        patches
            .map(|patch| (patch.path.as_str(), patch.value.as_i64().expect("a number")))
            .collect()
    }

    #[test]
    fn limits_that_are_not_the_profiles_are_what_mastering_should_aim_at() {
        let target = "/profile/loudness/integratedClufs";
        let loud =
            breaks(&LOUDNESS, |s| s.policy.set("max-loudness", "-18 LUFS").expect("a limit"));
        assert_eq!(paths(&loud), [(target, -1830)]);
        let quiet =
            breaks(&LOUDNESS, |s| s.policy.set("min-loudness", "-10 LUFS").expect("a limit"));
        assert_eq!(paths(&quiet), [(target, -970)]);
        let between = breaks(&LOUDNESS, |s| {
            s.policy.set("max-loudness", "-18 LUFS").expect("a limit");
            s.policy.set("min-loudness", "-18.2 LUFS").expect("a limit");
        });
        assert_eq!(paths(&between), [(target, -1810)]);
        let high =
            breaks(&TRUE_PEAK, |s| s.policy.set("max-true-peak", "-6 dBTP").expect("a limit"));
        assert_eq!(paths(&high), [("/profile/loudness/truePeakCdbtp", -600)]);
        // Nothing is as loud as that.
        let never =
            breaks(&LOUDNESS, |s| s.policy.set("min-loudness", "-1 LUFS").expect("a limit"));
        assert_eq!(paths(&never), []);
        // A target that was missed would be missed again.
        let missed = breaks(&LOUDNESS, |s| audio(s).integrated_clufs = Some(-1120));
        assert_eq!(paths(&missed), []);
        assert_eq!(paths(&breaks(&TRUE_PEAK, |s| audio(s).true_peak_cdbtp = Some(-99))), []);
    }

    #[test]
    fn a_mix_that_was_too_soft_for_mastering_is_raised_in_its_balance() {
        let soft = |s: &mut Subject, peak| {
            (audio(s).integrated_clufs, audio(s).true_peak_cdbtp) = (Some(-2000), Some(peak));
            let mix = &mut s.facts.expected.as_mut().expect("input").audio;
            mix.music.as_mut().expect("music").gain_mdb = -40_000;
            mix.clip.clone_from(&mix.music);
            mix.clip.as_mut().expect("a clip").gain_mdb = -50_000;
        };
        let breaches = breaks(&LOUDNESS, |s| soft(s, -900));
        assert_eq!(
            paths(&breaches),
            [("/clipAudio/gainMdb", -44_000), ("/music/gainMdb", -34_000)]
        );
        // Where a peak holds it down, all of it louder is the same film.
        assert_eq!(paths(&breaks(&LOUDNESS, |s| soft(s, -250))), []);
    }

    #[test]
    fn what_cannot_be_measured_lasts_longer_or_is_as_it_was_recorded() {
        let gain = |s: &mut Subject, clip, music| {
            audio(s).integrated_clufs = None;
            let mix = &mut s.facts.expected.as_mut().expect("input").audio;
            mix.music.as_mut().expect("music").gain_mdb = music;
            mix.clip.clone_from(&mix.music);
            mix.clip.as_mut().expect("a clip").gain_mdb = clip;
        };
        let soft = breaks(&LOUDNESS, |s| gain(s, -70_000, -60_000));
        assert_eq!(paths(&soft), [("/clipAudio/gainMdb", -10_000), ("/music/gainMdb", 0)]);
        assert_eq!(paths(&breaks(&LOUDNESS, |s| gain(s, 0, -60_000))), []);
        let short = breaks(&LOUDNESS, |s| {
            gain(s, 0, 0);
            s.facts.expected.as_mut().expect("input").frames = 9;
        });
        assert_eq!(paths(&short), [("/durationMs", 500)]);
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
