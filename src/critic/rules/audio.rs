//! Whether there is sound, and whether its waveform is sound.

use super::timing::SHORTEST;
use crate::contract::fact::AudioMeasures;
use crate::contract::profile::AudioPolicy;
use crate::contract::render_input::{RenderInput, Track};
use crate::critic::mend;
use crate::critic::policy::{Strictness, Threshold};
use crate::critic::rule::{Breach, Case, Judged, Rule};
use crate::critic::unit::Unit;

/// A film whose true peak is lower has nothing to hear: hundredths of a dBTP.
const INAUDIBLE_CDBTP: i32 = -5000;

pub static PRESENCE: Rule = Rule {
    id: "audio-presence",
    what: "There is sound where the profile requires it, and none where it forbids it.",
    why: "Some platforms refuse a film without an audio stream, others one with it.",
    source: "Each profile's audio policy.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(film) = case.film else { return Judged::NotApplicable };
        match (case.profile.audio, film.file.media.audio.is_some()) {
            (AudioPolicy::Required, false) => Some(Breach::new(
                "there is no audio stream",
                "none",
                "one",
                "render with sound; silence will do where the composite has none",
            )),
            (AudioPolicy::Forbidden, true) => Some(Breach::new(
                "there is an audio stream",
                "one",
                "none",
                "render with a profile that has no sound",
            )),
            _ => None,
        }
        .into()
    },
};

pub static FORMAT: Rule = Rule {
    id: "audio-format",
    what: "Sound has one or two channels at 48 kHz or less.",
    why: "Platforms mix surround down badly, and resample the rest.",
    source: "Instagram: AAC, 48 kHz at most, one or two channels.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let audio = case.film.and_then(|film| film.file.media.audio.as_ref());
        let Some(audio) = audio else { return Judged::NotApplicable };
        let ok = audio.sample_rate <= 48_000 && (1..=2).contains(&audio.channels);
        Judged::require(ok, || {
            Breach::new(
                "the sound has another format than phones play",
                format!("{} channels at {} Hz", audio.channels, audio.sample_rate),
                "1 or 2 channels at 48000 Hz or less",
                "mix down to stereo at 48 kHz",
            )
        })
    },
};

pub static MUTE: Rule = Rule {
    id: "mute",
    what: "Something is heard where the composite has any sound.",
    why: "A mix that failed is silent, and every other rule of loudness is content with it.",
    source: "memebuild's own: nothing above −50 dBTP.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[],
    check: |case| {
        let (Some(audio), Some(input)) = (measures(case), case.expected) else {
            return Judged::NotApplicable;
        };
        if tracks(input).next().is_none() {
            return Judged::NotApplicable;
        }
        Judged::require(audible(audio), || {
            let peak = audio.true_peak_cdbtp;
            Breach::new(
                "nothing is heard although the composite has sound",
                peak.map_or("digital silence".to_owned(), |p| Unit::Dbtp.show(p.into())),
                format!("a peak above {}", Unit::Dbtp.show(INAUDIBLE_CDBTP.into())),
                "look at the tracks' `gain` and `start`: they may begin after their source ends",
            )
            .mended_by(mend::as_recorded(input))
        })
    },
};

static MAX_SILENCE: Threshold = Threshold {
    key: "max-silence",
    unit: Unit::Milliseconds,
    default: Some(1000),
    min: SHORTEST,
    max: 3_600_000,
    what: "Longest silence (under -50 dBFS) where music is declared to play.",
};

pub static SILENCE: Rule = Rule {
    id: "silence",
    what: "There is no silence while music is declared to play; a film whose composite has no \
           music may pause.",
    why: "Music that ends before the film does, or is turned down to nothing, sounds like a fault.",
    source: "memebuild's own.",
    strictness: Strictness::Warning,
    needs_input: false,
    thresholds: &[&MAX_SILENCE],
    check: |case| {
        let Some(audio) = measures(case) else { return Judged::NotApplicable };
        let music = match case.expected.map(|input| (input, input.audio.music.as_ref())) {
            None => [0, u64::MAX],
            Some((_, None)) => return Judged::NotApplicable,
            Some((input, Some(track))) => plays(track, input),
        };
        let most = case.policy.positive(&MAX_SILENCE);
        let breach = |silence: &[u64; 2]| {
            let range = [silence[0].max(music[0]), silence[1].min(music[1])];
            let lasted = range[1].saturating_sub(range[0]);
            (lasted > most).then(|| {
                Breach::new(
                    "there is silence",
                    format!("{lasted} ms under -50 dBFS"),
                    format!("at most {most} ms"),
                    "loop the music, start it elsewhere, or turn it down less",
                )
                .during(range)
                .mended_by(case.expected.and_then(|input| mend::let_hear(input, range)))
            })
        };
        Judged::Checked(audio.silences_ms.iter().filter_map(breach).collect())
    },
};

static MAX_CLIPPED_RUNS: Threshold = Threshold {
    key: "max-clipped-runs",
    unit: Unit::Count,
    default: Some(0),
    min: 0,
    max: 1_000_000,
    what: "Most runs of three or more samples at full scale.",
};

pub static CLIPPING: Rule = Rule {
    id: "clipping",
    what: "The waveform is not cut off at full scale.",
    why: "A flat top crackles.",
    source: "Three samples in a row at full scale, as astats' flat factor.",
    strictness: Strictness::Warning,
    needs_input: false,
    thresholds: &[&MAX_CLIPPED_RUNS],
    check: |case| {
        let Some(audio) = measures(case) else { return Judged::NotApplicable };
        let most = case.policy.positive(&MAX_CLIPPED_RUNS);
        Judged::require(u64::from(audio.clipped_runs) <= most, || {
            Breach::new(
                "the sound is clipped",
                format!("{} runs at full scale", audio.clipped_runs),
                format!("at most {most}"),
                "use a source that is not clipped already",
            )
        })
    },
};

static MAX_DC: Threshold = Threshold {
    key: "max-dc-offset",
    unit: Unit::FineShare,
    default: Some(10_000),
    min: 0,
    max: 1_000_000,
    what: "Largest mean of the waveform, as a share of full scale.",
};

pub static DC_OFFSET: Rule = Rule {
    id: "dc-offset",
    what: "The waveform is centred on zero.",
    why: "An offset clicks at every cut and takes away headroom.",
    source: "One per cent of full scale.",
    strictness: Strictness::Warning,
    needs_input: false,
    thresholds: &[&MAX_DC],
    check: |case| {
        let Some(audio) = measures(case) else { return Judged::NotApplicable };
        let (found, most) = (audio.dc_offset_millionth, case.policy.positive(&MAX_DC));
        Judged::require(u64::from(found.unsigned_abs()) <= most, || {
            let limit = Unit::FineShare.show(i64::try_from(most).unwrap_or(i64::MAX));
            Breach::new(
                "the waveform is not centred on zero",
                Unit::FineShare.show(found.into()),
                format!("at most {limit} either way"),
                "use a source without an offset, or remove it with a high-pass filter",
            )
        })
    },
};

static MIN_CORRELATION: Threshold = Threshold {
    key: "min-correlation",
    unit: Unit::Milli,
    default: Some(-500),
    min: -1000,
    max: 1000,
    what: "Least correlation of left and right.",
};

pub static MONO: Rule = Rule {
    id: "mono",
    what: "Left and right do not cancel each other.",
    why: "A phone has one speaker, and what is out of phase is silent there.",
    source: "A correlation of −0.5.",
    strictness: Strictness::Warning,
    needs_input: false,
    thresholds: &[&MIN_CORRELATION],
    check: |case| {
        let Some(found) = measures(case).and_then(|audio| audio.correlation_milli) else {
            return Judged::NotApplicable;
        };
        let least = case.policy.limit(&MIN_CORRELATION);
        Judged::require(i64::from(found) >= least, || {
            Breach::new(
                "left and right cancel each other in mono",
                format!("correlation {}", Unit::Milli.show(found.into())),
                format!("at least {}", Unit::Milli.show(least)),
                "invert one channel of the source that is out of phase",
            )
        })
    },
};

/// The film's measured sound.
pub(super) fn measures<'a>(case: &Case<'a>) -> Option<&'a AudioMeasures> {
    case.film.and_then(|film| film.audio)
}

/// Whether there is anything to hear.
pub(super) fn audible(audio: &AudioMeasures) -> bool {
    audio.true_peak_cdbtp.is_some_and(|peak| peak > INAUDIBLE_CDBTP)
}

/// All sounds of a composite.
pub(super) fn tracks(input: &RenderInput) -> impl Iterator<Item = &Track> {
    let audio = &input.audio;
    audio.clip.iter().chain(&audio.music).chain(&audio.effects)
}

/// When a track plays, milliseconds of the film.
fn plays(track: &Track, input: &RenderInput) -> [u64; 2] {
    let end = input.frame_rate().ms_of(input.frames);
    let source = track.source_ms.saturating_sub(track.start_ms);
    let length = source * 1000 / u64::from(track.speed_milli.max(1));
    [track.at_ms, if track.repeat { end } else { end.min(track.at_ms + length) }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critic::sample::{Subject, breaks, passes, skips};

    fn audio(subject: &mut Subject) -> &mut AudioMeasures {
        subject.facts.audio.as_mut().expect("audio")
    }

    fn no_tracks(subject: &mut Subject) {
        let mix = &mut subject.facts.expected.as_mut().expect("input").audio;
        (mix.clip, mix.music) = (None, None);
        mix.effects.clear();
    }

    #[test]
    fn the_profile_says_whether_there_is_sound() {
        passes(&PRESENCE, |_| ());
        breaks(&PRESENCE, |s| s.facts.file.media.audio = None);
        breaks(&PRESENCE, |s| s.profile.audio = AudioPolicy::Forbidden);
        passes(&PRESENCE, |s| {
            s.facts.file.media.audio = None;
            s.profile.audio = AudioPolicy::Forbidden;
        });
    }

    #[test]
    fn phones_play_stereo_at_48_khz() {
        let format = |s: &mut Subject, channels, rate| {
            let audio = s.facts.file.media.audio.as_mut().expect("audio");
            (audio.channels, audio.sample_rate) = (channels, rate);
        };
        passes(&FORMAT, |s| format(s, 1, 44_100));
        breaks(&FORMAT, |s| format(s, 6, 48_000));
        breaks(&FORMAT, |s| format(s, 2, 96_000));
    }

    #[test]
    fn a_silent_mix_of_sounds_is_a_fault_and_declared_silence_is_not() {
        passes(&MUTE, |_| ());
        breaks(&MUTE, |s| audio(s).true_peak_cdbtp = None);
        breaks(&MUTE, |s| audio(s).true_peak_cdbtp = Some(-5000));
        skips(&MUTE, |s| {
            no_tracks(s);
            audio(s).true_peak_cdbtp = None;
        });
    }

    #[test]
    fn music_does_not_pause_for_longer_than_a_second() {
        let silent = |s: &mut Subject, to| audio(s).silences_ms = vec![[1000, to]];
        passes(&SILENCE, |s| silent(s, 2000));
        let breaches = breaks(&SILENCE, |s| silent(s, 2001));
        assert_eq!(breaches[0].range_ms, Some([1000, 2001]));
        // Music that is declared to end at 1.5 s may be followed by silence.
        passes(&SILENCE, |s| {
            silent(s, 4000);
            let input = s.facts.expected.as_mut().expect("input");
            let music = input.audio.music.as_mut().expect("music");
            (music.repeat, music.source_ms, music.start_ms) = (false, 13_500, 12_000);
        });
        skips(&SILENCE, |s| {
            silent(s, 4000);
            no_tracks(s);
        });
    }

    #[test]
    fn music_that_is_not_heard_is_turned_up_or_begins_where_it_is_heard() {
        let silent = |silence, gain, source| {
            let breaches = breaks(&SILENCE, |s| {
                audio(s).silences_ms = vec![silence];
                let input = s.facts.expected.as_mut().expect("input");
                let music = input.audio.music.as_mut().expect("music");
                (music.gain_mdb, music.start_ms, music.source_ms) = (gain, 12_000, source);
            });
            let patches = breaches.into_iter().flat_map(|breach| breach.patch);
            patches.map(|patch| format!("{} {}", patch.path, patch.value)).collect::<Vec<_>>()
        };
        assert_eq!(silent([0, 3000], -8000, 60_000), ["/music/startMs 15000"]);
        assert_eq!(silent([0, 3000], -60_000, 60_000), ["/music/gainMdb 0"]);
        // It has nothing more, or a pause of its own.
        assert_eq!(silent([0, 3000], -8000, 14_000), [""; 0]);
        assert_eq!(silent([500, 3000], -8000, 60_000), [""; 0]);
    }

    #[test]
    fn what_is_not_heard_is_as_it_was_recorded() {
        let breaches = breaks(&MUTE, |s| {
            audio(s).true_peak_cdbtp = None;
            let mix = &mut s.facts.expected.as_mut().expect("input").audio;
            mix.music.as_mut().expect("music").gain_mdb = -90_000;
            let mut late = mix.music.clone().expect("music");
            (late.start_ms, late.source_ms, late.gain_mdb) = (900, 700, -95_000);
            mix.effects = vec![late];
        });
        let patches =
            breaches[0].patch.iter().map(|patch| format!("{} {}", patch.path, patch.value));
        assert_eq!(
            patches.collect::<Vec<_>>(),
            ["/music/gainMdb 0", "/effects/0/gainMdb -5000", "/effects/0/startMs 0"]
        );
    }

    #[test]
    fn the_waveform_is_whole_centred_and_in_phase() {
        passes(&CLIPPING, |_| ());
        breaks(&CLIPPING, |s| audio(s).clipped_runs = 1);
        passes(&DC_OFFSET, |s| audio(s).dc_offset_millionth = -10_000);
        breaks(&DC_OFFSET, |s| audio(s).dc_offset_millionth = -10_001);
        passes(&MONO, |s| audio(s).correlation_milli = Some(-500));
        breaks(&MONO, |s| audio(s).correlation_milli = Some(-501));
        skips(&MONO, |s| audio(s).correlation_milli = None);
    }
}
