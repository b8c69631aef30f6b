//! Whether what is said is heard over the music.

use crate::contract::fact::Balance;
use crate::critic::mend;
use crate::critic::policy::{Strictness, Threshold};
use crate::critic::rule::{Breach, Judged, Rule};
use crate::critic::unit::Unit;

static MIN_OVER_MUSIC: Threshold = Threshold {
    key: "min-speech-over-music",
    unit: Unit::Lu,
    default: Some(400),
    min: -2000,
    max: 4000,
    what: "How much louder the clip's own sound is at least than the music meanwhile.",
};

pub static DROWNED: Rule = Rule {
    id: "speech-drowned",
    what: "The clip's own sound, which is where speech is, is at least 4 LU louder than the music, in \
           each stretch in which it is heard, three seconds of it at a time.",
    why: "Of what is said under louder music nobody understands a word.",
    source: "The least that UK broadcasters ask for is 4 LU (DPP). Listeners prefer 10 LU over music \
             (Torcoli et al., JAES 67(12), 2019), and WCAG 2 asks for 20 dB at level AAA (1.4.7).",
    // Not every clip's own sound is speech.
    strictness: Strictness::Warning,
    needs_input: true,
    thresholds: &[&MIN_OVER_MUSIC],
    check: |case| {
        let balance = case.film.and_then(|film| film.balance);
        let (Some(balance), Some(input)) = (balance, case.expected) else {
            return Judged::NotApplicable;
        };
        let Some((worst, over)) = worst(&balance.stretches) else { return Judged::NotApplicable };
        let least = case.policy.limit(&MIN_OVER_MUSIC);
        // Music that is silent meanwhile drowns nothing.
        Judged::require(over.is_none_or(|over| over >= least), || {
            let over = over.unwrap_or(least);
            Breach::new(
                "the clip's own sound is drowned by the music",
                told(over),
                format!("at least {}", told(least)),
                "lower the music's `gain`, or let it `duck`",
            )
            .during(worst.range_ms)
            .mended_by(mend::set_apart(input, least - over))
        })
    },
};

/// The stretch that is heard worst, and how far it stands above the music, hundredths of a LU; none
/// where the music is silent. The music's gain is one for the whole film, so that mending this one
/// mends all.
fn worst(stretches: &[Balance]) -> Option<(&Balance, Option<i64>)> {
    let over = |stretch: &Balance| {
        stretch.music_clufs.map(|music| i64::from(stretch.speech_clufs) - i64::from(music))
    };
    let each = stretches.iter().map(|stretch| (stretch, over(stretch)));
    each.min_by_key(|(_, over)| over.unwrap_or(i64::MAX))
}

fn told(over_clu: i64) -> String {
    match over_clu {
        0.. => format!("{} louder than the music", Unit::Lu.show(over_clu)),
        _ => format!("{} softer than the music", Unit::Lu.show(-over_clu)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critic::sample::{Subject, breaks, passes, skips};

    fn stretches(subject: &mut Subject) -> &mut Vec<Balance> {
        &mut subject.facts.balance.as_mut().expect("both are heard").stretches
    }

    /// The film with the clip's own sound and music at these gains.
    fn gains(subject: &mut Subject, clip: i32, music: i32) {
        let mix = &mut subject.facts.expected.as_mut().expect("input").audio;
        mix.clip.clone_from(&mix.music);
        mix.clip.as_mut().expect("a clip").gain_mdb = clip;
        mix.music.as_mut().expect("music").gain_mdb = music;
    }

    fn patches(breaches: &[Breach]) -> Vec<String> {
        let patches = breaches.iter().flat_map(|breach| &breach.patch);
        patches.map(|patch| format!("{} {}", patch.path, patch.value)).collect()
    }

    #[test]
    fn speech_stands_four_lu_above_the_music() {
        passes(&DROWNED, |s| stretches(s)[1].music_clufs = Some(-2200));
        let breaches = breaks(&DROWNED, |s| stretches(s)[1].music_clufs = Some(-2199));
        insta::assert_snapshot!(breaches[0].measured, @"3.99 LU louder than the music");
        insta::assert_snapshot!(breaches[0].limit, @"at least 4 LU louder than the music");
        assert_eq!(breaches[0].range_ms, Some([3100, 4000]));
        let breaches = breaks(&DROWNED, |s| stretches(s)[0].music_clufs = Some(-1500));
        insta::assert_snapshot!(breaches[0].measured, @"3 LU softer than the music");
        passes(&DROWNED, |s| {
            stretches(s)[0].music_clufs = Some(-1500);
            s.policy.set("min-speech-over-music", "-3 LU").expect("a limit");
        });
        breaks(&DROWNED, |s| s.policy.set("min-speech-over-music", "20 LU").expect("a limit"));
    }

    #[test]
    fn silent_music_drowns_nothing_and_what_says_nothing_is_not_drowned() {
        passes(&DROWNED, |s| stretches(s).iter_mut().for_each(|part| part.music_clufs = None));
        skips(&DROWNED, |s| stretches(s).clear());
        skips(&DROWNED, |s| s.facts.balance = None);
        skips(&DROWNED, |s| s.facts.expected = None);
    }

    #[test]
    fn the_music_is_lowered_by_what_is_missing_in_the_worst_stretch() {
        let breaches = breaks(&DROWNED, |s| {
            gains(s, 0, -2000);
            stretches(s)[0].music_clufs = Some(-1900);
            stretches(s)[1].music_clufs = Some(-1550);
        });
        // 6.5 LU, and a little for what rounding takes.
        assert_eq!(patches(&breaches), ["/music/gainMdb -8550"]);
    }

    #[test]
    fn music_that_would_be_lost_stays_and_the_clips_own_sound_is_raised() {
        let breaches = breaks(&DROWNED, |s| {
            gains(s, -30_000, -12_000);
            stretches(s)[0].music_clufs = Some(-1000);
        });
        assert_eq!(patches(&breaches), ["/clipAudio/gainMdb -17950"]);
    }
}
