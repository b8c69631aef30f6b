//! Frames and time.

use super::picture::{same_rate, video};
use crate::contract::profile::Container;
use crate::contract::units::Rational;
use crate::critic::mend;
use crate::critic::policy::{Strictness, Threshold};
use crate::critic::rule::{Breach, Judged, Rule};
use crate::critic::unit::Unit;

/// The least that a limit on time may be: one millisecond.
pub(super) const SHORTEST: i64 = 1;

/// The whole frames in `ms`, rounded to nearest.
pub(super) fn ms_in_frames(ms: u64, rate: Rational) -> u32 {
    rate.frames_in(ms)
}

pub static FRAME_RATE: Rule = Rule {
    id: "frame-rate",
    what: "The film has the profile's frame rate.",
    why: "Another rate is resampled by the platform, which judders.",
    source: "Each profile's rate; Instagram and TikTok take 23 to 60 frames a second. GIF counts \
             hundredths of a second and WebM thousandths, so there one per cent is let pass.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(video) = video(case) else { return Judged::NotApplicable };
        let wanted = case.profile.frame_rate;
        let tolerance = if case.profile.container == Container::Mp4 { 0 } else { 10 };
        Judged::require(same_rate(video.frame_rate, wanted, tolerance), || {
            Breach::new(
                "the film has another frame rate",
                format!("{} frames/s", video.frame_rate),
                format!("{wanted} frames/s"),
                "convert with the `fps` filter",
            )
        })
    },
};

pub static CONSTANT_RATE: Rule = Rule {
    id: "constant-frame-rate",
    what: "In MP4 every frame lasts equally long.",
    why: "Editors and platforms drop or double frames of a variable rate, and sound drifts.",
    source: "Instagram and TikTok: constant frame rate. GIF and WebM round each frame's time and \
             cannot say it.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(video) = video(case) else { return Judged::NotApplicable };
        if case.film.is_none_or(|film| film.file.iso.is_none()) {
            return Judged::NotApplicable;
        }
        Judged::require(video.constant_rate, || {
            Breach::new(
                "frames last unequally long",
                "a variable rate",
                "a constant rate",
                "convert with the `fps` filter",
            )
        })
    },
};

pub static DURATION: Rule = Rule {
    id: "duration",
    what: "The film is no shorter and no longer than the profile's platform takes.",
    why: "An upload of another length is refused or cut.",
    source: "Each profile's limits: Reels 3 s to 15 min, TikTok 3 s to 10 min.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(video) = video(case) else { return Judged::NotApplicable };
        let (least, most) = (case.profile.min_duration_ms, case.profile.max_duration_ms);
        let found = video.duration_ms;
        if found < least {
            return Some(
                Breach::new(
                    "the film is too short",
                    format!("{found} ms"),
                    format!("at least {least} ms"),
                    "lengthen the composite's `duration`",
                )
                .mended_by([mend::last_at_least(case.profile.frame_rate, least)]),
            )
            .into();
        }
        Judged::require(found <= most, || {
            Breach::new(
                "the film is too long",
                format!("{found} ms"),
                format!("at most {most} ms"),
                "shorten the composite's `duration`, or choose another profile",
            )
            .mended_by([mend::last_at_most(case.profile.frame_rate, most)])
        })
    },
};

pub static FRAME_COUNT: Rule = Rule {
    id: "frame-count",
    what: "The film has exactly the frames that the composite asks for.",
    why: "Frames get lost in silence where segments are joined.",
    source: "Av1an issues 699, 140 and 250.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[],
    check: |case| {
        let (Some(video), Some(input)) = (video(case), case.expected) else {
            return Judged::NotApplicable;
        };
        Judged::require(video.frames == input.frames, || {
            Breach::new(
                "the film has not the frames that were asked for",
                format!("{} frames", video.frames),
                format!("{} frames", input.frames),
                "render again; if it happens twice it is a bug of memebuild",
            )
        })
    },
};

pub static AV_LENGTH: Rule = Rule {
    id: "av-length",
    what: "Picture and sound end together: to within one frame, and the sound may last one coded \
           block longer.",
    why: "A longer sound plays over a frozen picture, a shorter one ends in silence, and a loop \
          stutters.",
    source: "A coded block of AAC has 1024 samples.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let media = case.film.map(|film| &film.file.media);
        let Some((video, audio)) =
            media.and_then(|media| Some((media.video.as_ref()?, media.audio.as_ref()?)))
        else {
            return Judged::NotApplicable;
        };
        let frame = video.frame_rate.ms_of(1).max(1);
        let block = (1024u64 * 1000).div_ceil(u64::from(audio.sample_rate.max(1)));
        let (picture, sound) = (video.duration_ms, audio.duration_ms);
        let ok = sound + frame >= picture && sound <= picture + frame + block;
        Judged::require(ok, || {
            Breach::new(
                "picture and sound are not equally long",
                format!("picture {picture} ms, sound {sound} ms"),
                format!(
                    "sound {} to {} ms",
                    picture.saturating_sub(frame),
                    picture + frame + block
                ),
                "cut or pad the sound to the picture's length",
            )
        })
    },
};

static MAX_START: Threshold = Threshold {
    key: "max-start-offset",
    unit: Unit::Milliseconds,
    default: Some(22),
    min: 0,
    max: 1000,
    what: "Latest start of the picture and of the sound, after edit lists.",
};

pub static AV_START: Rule = Rule {
    id: "av-start",
    what: "Picture and sound start at zero.",
    why: "An offset puts the sound out of step with the picture, most of all in a loop.",
    source: "One block of AAC priming, 1024 samples at 48 kHz, is 21.3 ms.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[&MAX_START],
    check: |case| {
        let Some(iso) = case.film.and_then(|film| film.file.iso.as_ref()) else {
            return Judged::NotApplicable;
        };
        let most = case.policy.positive(&MAX_START);
        let late = |start: i64| start.unsigned_abs() > most * 1000;
        let parts = [("picture", Some(iso.video_start_us)), ("sound", iso.audio_start_us)];
        let breach = |(what, start): (&str, Option<i64>)| {
            let start = start.filter(|start| late(*start))?;
            Some(Breach::new(
                format!("the {what} does not start at zero"),
                format!("{} ms", start / 1000),
                format!("at most {most} ms"),
                "reset timestamps with `setpts=PTS-STARTPTS` or `asetpts=PTS-STARTPTS`",
            ))
        };
        Judged::Checked(parts.into_iter().filter_map(breach).collect())
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::asset::VideoFacts;
    use crate::critic::sample::{Subject, breaks, passes};

    fn picture(subject: &mut Subject) -> &mut VideoFacts {
        subject.facts.file.media.video.as_mut().expect("video")
    }

    fn sound_lasts(subject: &mut Subject, ms: u64) {
        subject.facts.file.media.audio.as_mut().expect("audio").duration_ms = ms;
    }

    #[test]
    fn the_rate_is_exact_in_mp4_and_near_in_gif() {
        passes(&FRAME_RATE, |_| ());
        breaks(&FRAME_RATE, |s| picture(s).frame_rate = Rational::new(30000, 1001));
        passes(&FRAME_RATE, |s| {
            s.profile.container = Container::Gif;
            picture(s).frame_rate = Rational::new(30000, 1001);
        });
        breaks(&FRAME_RATE, |s| {
            s.profile.container = Container::Gif;
            picture(s).frame_rate = Rational::new(100, 3);
        });
    }

    #[test]
    fn frames_last_equally_long() {
        passes(&CONSTANT_RATE, |_| ());
        breaks(&CONSTANT_RATE, |s| picture(s).constant_rate = false);
    }

    #[test]
    fn the_profile_bounds_the_length() {
        passes(&DURATION, |s| s.profile.min_duration_ms = 4000);
        breaks(&DURATION, |s| s.profile.min_duration_ms = 4001);
        passes(&DURATION, |s| s.profile.max_duration_ms = 4000);
        breaks(&DURATION, |s| s.profile.max_duration_ms = 3999);
    }

    #[test]
    fn another_length_is_asked_for_in_whole_frames_so_that_none_is_missing() {
        let asked_for = |edit: fn(&mut Subject)| {
            let breaches = breaks(&DURATION, edit);
            let [patch] = &breaches[0].patch[..] else { panic!("one patch") };
            patch.value.as_u64().expect("milliseconds")
        };
        // Of 30 a second, 120 last 4000 ms, and 121 last 4033 ms.
        assert_eq!(asked_for(|s| s.profile.min_duration_ms = 4010), 4033);
        assert_eq!(asked_for(|s| s.profile.min_duration_ms = 4030), 4033);
        assert_eq!(asked_for(|s| s.profile.min_duration_ms = 5000), 5000);
        assert_eq!(asked_for(|s| s.profile.max_duration_ms = 3990), 3967);
        assert_eq!(asked_for(|s| s.profile.max_duration_ms = 3000), 3000);
    }

    #[test]
    fn one_lost_frame_is_found() {
        passes(&FRAME_COUNT, |_| ());
        breaks(&FRAME_COUNT, |s| picture(s).frames -= 1);
    }

    #[test]
    fn sound_may_last_a_block_longer_and_no_more() {
        // 4000 ms of picture at 30 frames a second, sound at 48 kHz.
        for ms in [3967, 4000, 4055] {
            passes(&AV_LENGTH, |s| sound_lasts(s, ms));
        }
        for ms in [3966, 4056] {
            breaks(&AV_LENGTH, |s| sound_lasts(s, ms));
        }
    }

    #[test]
    fn a_late_start_is_found_in_either_stream() {
        let iso = |s: &mut Subject, video, audio| {
            let iso = s.facts.file.iso.as_mut().expect("iso");
            (iso.video_start_us, iso.audio_start_us) = (video, audio);
        };
        passes(&AV_START, |s| iso(s, 0, Some(21_333)));
        breaks(&AV_START, |s| iso(s, 66_667, Some(0)));
        breaks(&AV_START, |s| iso(s, 0, Some(-22_001)));
        passes(&AV_START, |s| iso(s, 0, None));
    }
}
