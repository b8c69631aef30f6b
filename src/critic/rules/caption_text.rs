//! Whether captions can be read: glyphs, size, lines, time.

use super::timing::SHORTEST;
use crate::critic::mend;
use crate::critic::policy::{Strictness, Threshold};
use crate::critic::rule::{Breach, Rule};
use crate::critic::unit::Unit;

pub static GLYPHS: Rule = Rule {
    id: "caption-glyphs",
    what: "Every character of a caption is drawn, by a font that has it.",
    why: "A missing glyph is an empty box on the screen.",
    source: "memebuild's own.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[],
    check: |case| {
        case.each_caption(|caption| {
            let missing = &caption.facts.missing;
            if !missing.is_empty() {
                let list: Vec<String> = missing
                    .iter()
                    .take(8)
                    .map(|cluster| {
                        let codes: Vec<String> =
                            cluster.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect();
                        codes.join("+")
                    })
                    .collect();
                return Some(Breach::new(
                    format!("{} has characters that no installed font can draw", caption.name()),
                    list.join(", "),
                    "none",
                    "install a font that has them (`memebuild doctor` lists some), or write \
                     something else",
                ));
            }
            let blank = caption.facts.ink.is_none() && !caption.text.trim().is_empty();
            blank.then(|| {
                Breach::new(
                    format!("{} draws nothing", caption.name()),
                    "no ink",
                    "some",
                    "look at the style's colours: all of them may be transparent",
                )
            })
        })
    },
};

static MIN_CAP_HEIGHT: Threshold = Threshold {
    key: "min-cap-height",
    unit: Unit::Share,
    default: Some(25),
    min: 0,
    max: 1000,
    what: "Least height of a capital letter, as a share of the canvas's short side.",
};

pub static SIZE: Rule = Rule {
    id: "caption-size",
    what: "A caption's capital letters are at least a fortieth of the canvas's short side high.",
    why: "Films are watched on phones: 27 pixels of 1080 are two millimetres there.",
    source: "memebuild's own; the BBC's subtitles are a twelfth of the height from line to line.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[&MIN_CAP_HEIGHT],
    check: |case| {
        let least = case.policy.positive(&MIN_CAP_HEIGHT);
        let side = u64::from(case.short_side());
        case.each_caption(|caption| {
            let height = u64::from(caption.facts.cap_height);
            (height * 1000 < side * least).then(|| {
                Breach::new(
                    format!("{} is too small to read", caption.name()),
                    format!("capitals of {height} px"),
                    format!("at least {} px", (side * least).div_ceil(1000)),
                    "shorten the text, give it a larger box or more lines, or raise the style's \
                     smallest size",
                )
                .mended_by(mend::enlarge(case, caption))
            })
        })
    },
};

static MAX_LINES: Threshold = Threshold {
    key: "max-lines",
    unit: Unit::Count,
    default: Some(4),
    min: 1,
    max: 100,
    what: "Most lines of one caption.",
};

pub static LINES: Rule = Rule {
    id: "caption-lines",
    what: "A caption has no more than four lines.",
    why: "More of them hide the picture, and nobody reads them.",
    source: "The BBC has two on 16:9, where lines are long; a 9:16 canvas breaks the same words \
             into twice as many.",
    strictness: Strictness::Warning,
    needs_input: true,
    thresholds: &[&MAX_LINES],
    check: |case| {
        let most = case.policy.positive(&MAX_LINES);
        case.each_caption(|caption| {
            let lines = caption.facts.lines.len();
            (lines as u64 > most).then(|| {
                Breach::new(
                    format!("{} has too many lines", caption.name()),
                    format!("{lines} lines"),
                    format!("at most {most}"),
                    "split it into captions that follow each other",
                )
            })
        })
    },
};

static MAX_LINE_LENGTH: Threshold = Threshold {
    key: "max-line-length",
    unit: Unit::Count,
    default: Some(42),
    min: 1,
    max: 1000,
    what: "Most characters in one line of a caption.",
};

pub static LINE_LENGTH: Rule = Rule {
    id: "caption-line-length",
    what: "A line of a caption has no more than 42 characters.",
    why: "The eye loses longer lines.",
    source: "Netflix timed-text style guide: 42 characters.",
    strictness: Strictness::Warning,
    needs_input: true,
    thresholds: &[&MAX_LINE_LENGTH],
    check: |case| {
        let most = case.policy.positive(&MAX_LINE_LENGTH);
        case.each_caption(|caption| {
            let longest = caption.facts.longest_line;
            (u64::from(longest) > most).then(|| {
                Breach::new(
                    format!("{} has a line that is too long", caption.name()),
                    format!("{longest} characters"),
                    format!("at most {most}"),
                    "break it, or make its box narrower",
                )
            })
        })
    },
};

static MIN_TIME: Threshold = Threshold {
    key: "min-caption-time",
    unit: Unit::Milliseconds,
    default: Some(833),
    min: 0,
    max: 60_000,
    what: "Shortest time for which a caption is shown.",
};

pub static TIME: Rule = Rule {
    id: "caption-time",
    what: "A caption is shown for at least five sixths of a second.",
    why: "The eye needs that long to find it.",
    source: "Netflix timed-text style guide: 5/6 s.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[&MIN_TIME],
    check: |case| {
        let least = case.policy.positive(&MIN_TIME);
        case.each_caption(|caption| {
            let shown = caption.shown_ms();
            (shown < least).then(|| {
                Breach::new(
                    format!("{} is gone too soon", caption.name()),
                    format!("shown for {shown} ms"),
                    format!("at least {least} ms"),
                    "lengthen its `at`",
                )
                .mended_by(mend::lengthen(case, caption, least))
            })
        })
    },
};

static MAX_SPEED: Threshold = Threshold {
    key: "max-reading-speed",
    unit: Unit::Speed,
    default: Some(20_000),
    min: SHORTEST,
    max: 1_000_000,
    what: "Most characters a second that a reader is asked for.",
};

pub static READING_SPEED: Rule = Rule {
    id: "caption-reading-speed",
    what: "A caption is shown long enough to be read: no more than 20 characters a second.",
    why: "Half the readers do not finish it otherwise.",
    source: "Netflix timed-text style guide: 20 characters a second for adults, 17 for children.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[&MAX_SPEED],
    check: |case| {
        let most = case.policy.positive(&MAX_SPEED);
        case.each_caption(|caption| {
            let (graphemes, shown) = (u64::from(caption.facts.graphemes), caption.shown_ms());
            let speed = graphemes * 1_000_000 / shown.max(1);
            (speed > most).then(|| {
                let show = |value| Unit::Speed.show(i64::try_from(value).unwrap_or(i64::MAX));
                let needed = (graphemes * 1_000_000).div_ceil(most.max(1));
                Breach::new(
                    format!("{} cannot be read in its time", caption.name()),
                    show(speed / 100 * 100),
                    format!("at most {}", show(most)),
                    format!("show it for {needed} ms or longer, or shorten it"),
                )
                .mended_by(mend::lengthen(case, caption, needed))
            })
        })
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::caption::CaptionFacts;
    use crate::contract::geometry::Rect;
    use crate::critic::sample::{Subject, breaks, passes};

    fn caption(subject: &mut Subject) -> &mut CaptionFacts {
        &mut subject.facts.captions[0]
    }

    fn show(subject: &mut Subject, from: u32, to: u32) {
        let layer = &mut subject.facts.expected.as_mut().expect("input").captions[0];
        (layer.from_frame, layer.to_frame) = (from, to);
    }

    #[test]
    fn missing_glyphs_are_named_by_code_point() {
        passes(&GLYPHS, |_| ());
        let breaches = breaks(&GLYPHS, |s| {
            caption(s).missing = vec!["\u{1F9EC}".to_owned(), "e\u{0301}".to_owned()];
        });
        assert_eq!(breaches[0].measured, "U+1F9EC, U+0065+U+0301");
        breaks(&GLYPHS, |s| caption(s).ink = None);
        passes(&GLYPHS, |s| {
            caption(s).ink = None;
            s.facts.expected.as_mut().expect("input").captions[0].spec.text = " ".to_owned();
        });
    }

    #[test]
    fn capitals_are_a_fortieth_of_the_short_side() {
        passes(&SIZE, |s| caption(s).cap_height = 27);
        let breaches = breaks(&SIZE, |s| caption(s).cap_height = 26);
        assert_eq!(breaches[0].limit, "at least 27 px");
    }

    #[test]
    fn lines_are_few_and_short() {
        let line = Rect { x: 200, y: 300, width: 600, height: 80 };
        passes(&LINES, |s| caption(s).lines = vec![line; 4]);
        breaks(&LINES, |s| caption(s).lines = vec![line; 5]);
        passes(&LINE_LENGTH, |s| caption(s).longest_line = 42);
        breaks(&LINE_LENGTH, |s| caption(s).longest_line = 43);
    }

    #[test]
    fn a_caption_stays_long_enough_to_find_and_to_read() {
        passes(&TIME, |s| show(s, 10, 35));
        breaks(&TIME, |s| show(s, 10, 34));
        let speed = |s: &mut Subject, graphemes| {
            show(s, 0, 30);
            caption(s).graphemes = graphemes;
        };
        passes(&READING_SPEED, |s| speed(s, 20));
        let breaches = breaks(&READING_SPEED, |s| speed(s, 21));
        assert_eq!(breaches[0].range_ms, Some([0, 1000]));
        insta::assert_snapshot!(breaches[0].hint, @"show it for 1050 ms or longer, or shorten it");
    }
}
