//! The shape and coding of the picture.

use super::timing::{SHORTEST, ms_in_frames};
use crate::contract::asset::VideoFacts;
use crate::contract::profile::Container;
use crate::contract::units::Rational;
use crate::critic::policy::{Strictness, Threshold};
use crate::critic::rule::{Breach, Case, Judged, Rule};
use crate::critic::unit::Unit;

/// The film's picture, where there is a film and it has one.
pub(super) fn video<'a>(case: &Case<'a>) -> Option<&'a VideoFacts> {
    case.film.and_then(|film| film.file.media.video.as_ref())
}

pub static DIMENSIONS: Rule = Rule {
    id: "dimensions",
    what: "The picture has the profile's width and height, and is not turned by a rotation tag.",
    why: "Another size is cropped, letterboxed or scaled by the platform, captions and all.",
    source: "Each profile's canvas.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        if case.film.is_none() {
            return Judged::NotApplicable;
        }
        let canvas = case.profile.canvas;
        let wanted = format!("{}x{}", canvas.width, canvas.height);
        let Some(video) = video(case) else {
            let hint = "render again; a film without a picture is no film";
            return Some(Breach::new("there is no picture", "none", wanted, hint)).into();
        };
        let mut measured = format!("{}x{}", video.width, video.height);
        if video.rotation != 0 {
            measured.push_str(&format!(" turned by {}°", video.rotation));
        }
        Judged::require(measured == wanted, || {
            let hint = format!("scale to {wanted}, or check against a profile of that size");
            Breach::new("the picture has another size", &measured, &wanted, hint)
        })
    },
};

pub static SQUARE_PIXELS: Rule = Rule {
    id: "square-pixels",
    what: "The sample aspect ratio is 1:1.",
    why: "Some players ignore it, and the film is squeezed there.",
    source: "Every platform's specification assumes square pixels.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(video) = video(case) else { return Judged::NotApplicable };
        let ratio = video.sample_aspect_ratio;
        Judged::require(ratio.num == ratio.den || ratio.num == 0, || {
            Breach::new(
                "pixels are not square",
                format!("{}:{}", ratio.num, ratio.den),
                "1:1",
                "scale to square pixels and set `setsar=1`",
            )
        })
    },
};

pub static PIXEL_FORMAT: Rule = Rule {
    id: "pixel-format",
    what: "MP4 is 8-bit 4:2:0, WebM carries alpha, GIF a palette.",
    why: "Phones decode no other H.264 in hardware, and a WebM profile is chosen for its alpha.",
    source: "Instagram: 4:2:0.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(video) = video(case) else { return Judged::NotApplicable };
        let format = video.pixel_format.as_str();
        if format.is_empty() {
            return Judged::NotApplicable;
        }
        let (ok, wanted) = match case.profile.container {
            Container::Mp4 => (format == "yuv420p", "yuv420p"),
            Container::Gif => (matches!(format, "pal8" | "bgra" | "rgba"), "a palette"),
            Container::Webm => {
                (video.alpha && matches!(format, "yuv420p" | "yuva420p"), "yuva420p")
            }
        };
        Judged::require(ok, || {
            let alpha = if case.profile.container == Container::Webm && !video.alpha {
                " without alpha"
            } else {
                ""
            };
            Breach::new(
                "the picture has another pixel format",
                format!("{format}{alpha}"),
                wanted,
                format!("encode as {wanted}"),
            )
        })
    },
};

pub static COLOR_TAGS: Rule = Rule {
    id: "color-tags",
    what: "An MP4 says that its colours are BT.709 in limited range.",
    why: "Untagged colours are guessed, and players guess differently.",
    source: "ITU-R BT.709 is what browsers and phones assume for HD.",
    strictness: Strictness::Warning,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let iso = case.film.and_then(|film| film.file.iso.as_ref());
        let Some(iso) = iso.filter(|_| video(case).is_some()) else {
            return Judged::NotApplicable;
        };
        let measured = match iso.color {
            Some([1, 1, 1, 0]) => return Judged::PASS,
            Some([primaries, transfer, matrix, full]) => {
                let range = if full == 0 { "limited" } else { "full" };
                format!("{primaries}/{transfer}/{matrix}, {range} range")
            }
            None => "untagged".to_owned(),
        };
        Some(Breach::new(
            "the colours are not tagged as BT.709",
            measured,
            "1/1/1, limited range",
            "encode with `-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range \
             tv`",
        ))
        .into()
    },
};

static MAX_GOP: Threshold = Threshold {
    key: "max-gop",
    unit: Unit::Milliseconds,
    default: Some(2000),
    min: SHORTEST,
    max: 60_000,
    what: "Longest time from one key frame to the next.",
};

pub static CLOSED_GOP: Rule = Rule {
    id: "closed-gop",
    what: "Groups of pictures are closed and no longer than two seconds.",
    why: "Seeking and looping are exact only then, and platforms re-cut films at key frames.",
    source: "Instagram: closed GOP of 2 to 5 seconds; YouTube: closed GOP of half the frame rate.",
    strictness: Strictness::Warning,
    needs_input: false,
    thresholds: &[&MAX_GOP],
    check: |case| {
        let Some(video) = video(case) else { return Judged::NotApplicable };
        let iso = case.film.and_then(|film| film.file.iso.as_ref());
        let Some(longest) = iso.and_then(|iso| iso.longest_gop).or(video.longest_gop) else {
            return Judged::NotApplicable;
        };
        let mut breaches = Vec::new();
        if iso.and_then(|iso| iso.closed_gop) == Some(false) {
            breaches.push(Breach::new(
                "a group of pictures is open",
                "frames shown before the key frame that they follow",
                "closed groups",
                "encode with `open-gop=0`",
            ));
        }
        let most = case.policy.positive(&MAX_GOP);
        if ms_in_frames(most, video.frame_rate) < longest {
            breaches.push(Breach::new(
                "key frames are too far apart",
                format!("{longest} frames"),
                format!("at most {most} ms"),
                "encode with a `keyint` of two seconds",
            ));
        }
        Judged::Checked(breaches)
    },
};

/// Whether two rates are the same to within `tolerance_milli` thousandths.
pub(super) fn same_rate(a: Rational, b: Rational, tolerance_milli: u64) -> bool {
    let (left, right) = (u64::from(a.num) * u64::from(b.den), u64::from(b.num) * u64::from(a.den));
    left.abs_diff(right).saturating_mul(1000) <= right.saturating_mul(tolerance_milli)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critic::sample::{Subject, breaks, passes};

    fn picture(subject: &mut Subject) -> &mut VideoFacts {
        subject.facts.file.media.video.as_mut().expect("video")
    }

    fn iso(subject: &mut Subject) -> &mut crate::contract::fact::IsoFacts {
        subject.facts.file.iso.as_mut().expect("iso")
    }

    #[test]
    fn the_size_is_the_canvas() {
        passes(&DIMENSIONS, |_| ());
        breaks(&DIMENSIONS, |s| picture(s).width += 2);
        breaks(&DIMENSIONS, |s| s.facts.file.media.video = None);
        let turned = breaks(&DIMENSIONS, |s| picture(s).rotation = 90);
        insta::assert_snapshot!(turned[0].measured, @"1080x1920 turned by 90°");
    }

    #[test]
    fn pixels_are_square_or_unsaid() {
        passes(&SQUARE_PIXELS, |s| picture(s).sample_aspect_ratio = Rational { num: 0, den: 1 });
        breaks(&SQUARE_PIXELS, |s| picture(s).sample_aspect_ratio = Rational { num: 4, den: 3 });
    }

    #[test]
    fn each_container_has_its_pixel_format() {
        passes(&PIXEL_FORMAT, |_| ());
        breaks(&PIXEL_FORMAT, |s| picture(s).pixel_format = "yuv444p".to_owned());
        breaks(&PIXEL_FORMAT, |s| s.profile.container = Container::Webm);
        passes(&PIXEL_FORMAT, |s| {
            s.profile.container = Container::Webm;
            picture(s).alpha = true;
        });
        passes(&PIXEL_FORMAT, |s| {
            s.profile.container = Container::Gif;
            picture(s).pixel_format = "bgra".to_owned();
        });
    }

    #[test]
    fn colours_are_tagged() {
        passes(&COLOR_TAGS, |_| ());
        breaks(&COLOR_TAGS, |s| iso(s).color = None);
        let full = breaks(&COLOR_TAGS, |s| iso(s).color = Some([1, 1, 1, 1]));
        insta::assert_snapshot!(full[0].measured, @"1/1/1, full range");
    }

    #[test]
    fn groups_are_closed_and_short() {
        passes(&CLOSED_GOP, |s| iso(s).longest_gop = Some(60));
        breaks(&CLOSED_GOP, |s| iso(s).longest_gop = Some(61));
        breaks(&CLOSED_GOP, |s| iso(s).closed_gop = Some(false));
        passes(&CLOSED_GOP, |s| {
            iso(s).longest_gop = Some(61);
            s.policy.set("max-gop", "3s").expect("a limit");
        });
    }
}
