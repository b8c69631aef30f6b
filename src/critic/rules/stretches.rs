//! Stretches of the film in which something is wrong with the whole picture.

use super::picture::video;
use super::timing::SHORTEST;
use crate::contract::fact::PixelSample;
use crate::contract::render_input::{RenderInput, Repeat};
use crate::contract::units::Rational;
use crate::critic::policy::{Strictness, Threshold};
use crate::critic::rule::{Breach, Case, Judged, Rule};
use crate::critic::unit::Unit;

static MAX_BLACK: Threshold = Threshold {
    key: "max-black",
    unit: Unit::Milliseconds,
    default: Some(200),
    min: 0,
    max: 3_600_000,
    what: "Longest black stretch.",
};

static BLACK_SHARE: Threshold = Threshold {
    key: "black-share",
    unit: Unit::Share,
    default: Some(980),
    min: 1,
    max: 1000,
    what: "Share of dark pixels (luma under a tenth) from which a frame counts as black.",
};

pub static BLACK: Rule = Rule {
    id: "black",
    what: "No stretch of the film is black.",
    why: "A decoder or a layer that failed leaves black, and so does a background that fades in.",
    source: "ffmpeg's blackdetect: 98 % of pixels under 10 %; a fifth of a second.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[&MAX_BLACK, &BLACK_SHARE],
    check: |case| {
        let share = case.policy.positive(&BLACK_SHARE);
        let black = |s: &PixelSample| s.opaque_milli > 0 && u64::from(s.dark_milli) >= share;
        let most = case.policy.positive(&MAX_BLACK);
        each(
            case,
            most,
            |samples, end| runs(samples, end, black),
            |shown, limit| {
                Breach::new(
                    "the picture is black",
                    format!("{shown} ms of black"),
                    format!("at most {limit} ms"),
                    "start the background later in its source, or give the composite a background",
                )
            },
        )
    },
};

static MAX_EMPTY: Threshold = Threshold {
    key: "max-empty",
    unit: Unit::Milliseconds,
    default: Some(200),
    min: 0,
    max: 3_600_000,
    what: "Longest wholly transparent stretch.",
};

pub static EMPTY: Rule = Rule {
    id: "empty",
    what: "No stretch of a film with alpha is wholly transparent.",
    why: "A key that takes the subject away with the screen leaves nothing to see.",
    source: "memebuild's own; the length is that of `black`.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[&MAX_EMPTY],
    check: |case| {
        if video(case).is_none_or(|video| !video.alpha) {
            return Judged::NotApplicable;
        }
        let most = case.policy.positive(&MAX_EMPTY);
        each(
            case,
            most,
            |samples, end| runs(samples, end, |s| s.opaque_milli == 0),
            |shown, limit| {
                Breach::new(
                    "nothing is seen",
                    format!("{shown} ms without an opaque pixel"),
                    format!("at most {limit} ms"),
                    "lower the key's `similarity`, or loop the clip for the whole film",
                )
            },
        )
    },
};

static MAX_FROZEN: Threshold = Threshold {
    key: "max-frozen",
    unit: Unit::Milliseconds,
    default: Some(1000),
    min: SHORTEST,
    max: 3_600_000,
    what: "Longest stretch in which nothing moves although a film is on.",
};

static STILL_CHANGE: Threshold = Threshold {
    key: "still-change",
    unit: Unit::Steps,
    default: Some(2000),
    min: 0,
    max: 255_000,
    what: "Change of the most changed tile of the picture, in steps of luma, up to which two \
           samples count as the same picture.",
};

pub static FROZEN: Rule = Rule {
    id: "frozen",
    what: "The picture moves wherever the composite shows a film; a composite of photos may stand.",
    why: "A clip that ended early or failed to decode stands still in silence.",
    source: "One second is memebuild's own. The step is measured: photographs coded by x264 at CRF \
             20 to 28 change by up to 1.3 from one key frame to the next, a talking head by 35 and \
             more.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[&MAX_FROZEN, &STILL_CHANGE],
    check: |case| {
        let moving = case.expected.map(moving_until);
        if moving == Some(0) {
            return Judged::NotApplicable;
        }
        let still = case.policy.positive(&STILL_CHANGE);
        let most = case.policy.positive(&MAX_FROZEN);
        let frozen = |samples: &[PixelSample], end: u32| -> Vec<[u32; 2]> {
            let same = |s: &PixelSample| s.change_milli.is_some_and(|c| u64::from(c) <= still);
            // A run of unchanged samples began at the sample before it.
            let before = |frame: u32| {
                let at = samples.partition_point(|s| s.frame < frame);
                samples[at.saturating_sub(1)].frame
            };
            let last = samples.last().map_or(0, |s| s.frame);
            runs(samples, end, same)
                .into_iter()
                // What ends a run is a changed sample: the picture stood until the one before.
                .map(|[from, to]| [before(from), if to > last { to } else { before(to) }])
                .map(|[from, to]| [from, to.min(moving.unwrap_or(u32::MAX))])
                .filter(|[from, to]| from < to)
                .collect()
        };
        each(case, most, frozen, |shown, limit| {
            Breach::new(
                "the picture stands still although a film is on",
                format!("{shown} ms without movement"),
                format!("under {limit} ms"),
                "loop the clip, start it elsewhere in its source, or look whether it decodes",
            )
        })
    },
};

/// The frame up to which some layer of the composite moves; zero for photos alone.
fn moving_until(input: &RenderInput) -> u32 {
    let rate = input.frame_rate();
    let last = |repeat: Repeat, still: bool, source_ms: u64, start_ms: u64, speed_milli: u32| {
        let left = source_ms.saturating_sub(start_ms) * 1000 / u64::from(speed_milli.max(1));
        match repeat {
            _ if still => 0,
            Repeat::Loop => input.frames,
            Repeat::Freeze | Repeat::Once => input.frames.min(rate.frames_in(left)),
        }
    };
    let background = input.background.as_ref().map_or(0, |layer| {
        let video = &layer.video;
        last(layer.repeat, video.is_still(), video.duration_ms, layer.start_ms, 1000)
    });
    let green = input.green_screen.as_ref().map_or(0, |layer| {
        let video = &layer.video;
        last(layer.repeat, video.is_still(), video.duration_ms, layer.start_ms, layer.speed_milli)
    });
    background.max(green)
}

/// Breaches for the stretches (frames) that last longer than `most` milliseconds.
fn each(
    case: &Case<'_>,
    most: u64,
    find: impl Fn(&[PixelSample], u32) -> Vec<[u32; 2]>,
    breach: impl Fn(u64, u64) -> Breach,
) -> Judged {
    let pixels = case.film.and_then(|film| film.pixels);
    let (Some(pixels), Some(video)) = (pixels, video(case)) else {
        return Judged::NotApplicable;
    };
    let stretches = find(&pixels.samples, video.frames).into_iter().map(|stretch| {
        let range = in_ms(stretch, video.frame_rate);
        (range, range[1] - range[0])
    });
    let breaches = stretches
        .filter(|(_, shown)| *shown > most)
        .map(|(range, shown)| breach(shown, most).during(range));
    Judged::Checked(breaches.collect())
}

/// Frames as milliseconds.
pub(super) fn in_ms(frames: [u32; 2], rate: Rational) -> [u64; 2] {
    frames.map(|frame| rate.ms_of(frame))
}

/// Runs of samples that satisfy `holds`, each from its first sample's frame to the frame of the
/// first sample that does not, or to `end`.
pub(super) fn runs(
    samples: &[PixelSample],
    end: u32,
    holds: impl Fn(&PixelSample) -> bool,
) -> Vec<[u32; 2]> {
    let mut found = Vec::new();
    let mut open = None;
    for sample in samples {
        match (open, holds(sample)) {
            (None, true) => open = Some(sample.frame),
            (Some(from), false) => {
                found.push([from, sample.frame]);
                open = None;
            }
            _ => {}
        }
    }
    found.extend(open.map(|from| [from, end.max(from)]));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critic::sample::{Subject, breaks, passes, skips};

    fn samples(subject: &mut Subject) -> &mut Vec<PixelSample> {
        &mut subject.facts.pixels.as_mut().expect("pixels").samples
    }

    fn input(subject: &mut Subject) -> &mut RenderInput {
        subject.facts.expected.as_mut().expect("input")
    }

    #[test]
    fn black_is_told_from_night() {
        let darken = |s: &mut Subject, count: usize, share| {
            samples(s)[5..5 + count].iter_mut().for_each(|x| x.dark_milli = share);
        };
        passes(&BLACK, |s| darken(s, 2, 1000));
        passes(&BLACK, |s| darken(s, 9, 979));
        let breaches = breaks(&BLACK, |s| darken(s, 3, 980));
        assert_eq!(breaches[0].range_ms, Some([500, 800]));
        // To the very end of the film.
        let breaches = breaks(&BLACK, |s| {
            samples(s).iter_mut().skip(30).for_each(|x| x.dark_milli = 1000);
        });
        assert_eq!(breaches[0].range_ms, Some([3000, 4000]));
    }

    #[test]
    fn emptiness_is_a_matter_of_alpha() {
        let empty = |s: &mut Subject| {
            s.facts.file.media.video.as_mut().expect("video").alpha = true;
            samples(s)[..4].iter_mut().for_each(|x| x.opaque_milli = 0);
        };
        skips(&EMPTY, |_| ());
        let breaches = breaks(&EMPTY, empty);
        assert_eq!(breaches[0].range_ms, Some([0, 400]));
        passes(&EMPTY, |s| {
            empty(s);
            s.policy.set("max-empty", "400ms").expect("a limit");
        });
        // What is not there is not black.
        passes(&BLACK, |s| {
            empty(s);
            samples(s)[..4].iter_mut().for_each(|x| x.dark_milli = 1000);
        });
    }

    #[test]
    fn a_film_that_stands_for_longer_than_a_second_is_frozen() {
        let still = |s: &mut Subject, count: usize| {
            samples(s)[10..10 + count].iter_mut().for_each(|x| x.change_milli = Some(0));
        };
        passes(&FROZEN, |s| still(s, 10));
        let breaches = breaks(&FROZEN, |s| still(s, 11));
        assert_eq!(breaches[0].range_ms, Some([900, 2000]));
        let breaches = breaks(&FROZEN, |s| still(s, 30));
        assert_eq!(breaches[0].range_ms, Some([900, 4000]), "to the end");
    }

    #[test]
    fn photos_may_stand_and_clips_may_end() {
        let still = |s: &mut Subject| {
            samples(s)[20..].iter_mut().for_each(|x| x.change_milli = Some(0));
        };
        let only_photos = |s: &mut Subject| {
            input(s).green_screen = None;
            let background = input(s).background.as_mut().expect("background");
            background.video.frame_rate = Rational { num: 0, den: 1 };
        };
        skips(&FROZEN, |s| {
            only_photos(s);
            still(s);
        });
        // Both layers are declared to end at 2 s and at 2.5 s, and the picture stands from 1.9 s.
        let ending = |s: &mut Subject| {
            still(s);
            let background = input(s).background.as_mut().expect("background");
            (background.repeat, background.video.duration_ms) = (Repeat::Freeze, 2000);
            let green = input(s).green_screen.as_mut().expect("green screen");
            (green.repeat, green.video.duration_ms) = (Repeat::Freeze, 2500);
        };
        passes(&FROZEN, ending);
        breaks(&FROZEN, |s| {
            ending(s);
            s.policy.set("max-frozen", "0.5s").expect("a limit");
        });
    }
}
