//! Where captions lie.

use crate::contract::geometry::Rect;
use crate::critic::mend;
use crate::critic::policy::Strictness;
use crate::critic::rule::{Breach, Judged, Rule, Shown};

pub static CANVAS: Rule = Rule {
    id: "caption-canvas",
    what: "All ink of a caption lies on the canvas.",
    why: "What hangs over the edge is not seen.",
    source: "The render input's canvas, and the exact ink box from typesetting.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[],
    check: |case| {
        let size = case.profile.canvas;
        let canvas = Rect { x: 0, y: 0, width: size.width, height: size.height };
        case.each_caption(|caption| {
            let ink = caption.facts.ink?;
            let hint = "make the caption's box smaller or move it in";
            let breach = outside(caption, ink, canvas, "hangs over the edge of the canvas", hint)?;
            Some(breach.mended_by(mend::move_in(case, caption, case.profile.safe_area)))
        })
    },
};

pub static SAFE_AREA: Rule = Rule {
    id: "caption-safe-area",
    what: "A caption's lines lie inside the profile's safe area.",
    why: "The platform's buttons, names and progress bar cover the rest.",
    source: "Each profile's safe area; for 9:16 the box x 120 to 888, y 288 to 1248 on 1080x1920 \
             that all platforms leave free.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[],
    check: |case| {
        case.each_caption(|caption| {
            let ink = lines_box(caption)?;
            let hint = "choose another `place`, or give it fewer words or a smaller size";
            let safe = case.profile.safe_area;
            let breach = outside(caption, ink, safe, "leaves the safe area", hint)?;
            Some(breach.mended_by(mend::move_in(case, caption, safe)))
        })
    },
};

pub static CLIPPED: Rule = Rule {
    id: "caption-clipped",
    what: "No ink of a caption is cut off at the edge of its box.",
    why: "Descenders, outlines and shadows get lost where a box is drawn too tight.",
    source: "moviepy issue 2268.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[],
    check: |case| {
        case.each_caption(|caption| {
            let area = caption.facts.ink.unwrap_or(Rect { x: 0, y: 0, width: 0, height: 0 });
            caption.facts.clipped.then(|| {
                Breach::new(
                    format!("{} is cut off at the edge of its box", caption.name()),
                    "ink beyond the box",
                    "all ink inside",
                    "make the box larger, lower the style's smallest size, or shorten the text",
                )
                .at(area)
                .mended_by(mend::enlarge(case, caption))
            })
        })
    },
};

pub static OVERLAP: Rule = Rule {
    id: "caption-overlap",
    what: "Captions that are shown together do not lie on each other.",
    why: "Neither can be read.",
    source: "memebuild's own.",
    strictness: Strictness::Error,
    needs_input: true,
    thresholds: &[],
    check: |case| {
        let shown = case.shown();
        if shown.is_empty() {
            return Judged::NotApplicable;
        }
        let mut breaches = Vec::new();
        for (at, first) in shown.iter().enumerate() {
            for second in &shown[at + 1..] {
                let range = [
                    first.range_ms[0].max(second.range_ms[0]),
                    first.range_ms[1].min(second.range_ms[1]),
                ];
                let common = lines_box(first)
                    .zip(lines_box(second))
                    .and_then(|(a, b)| intersection(a, b))
                    .filter(|_| range[0] < range[1]);
                if let Some(area) = common {
                    let pair = format!("{} and {}", first.name(), second.name());
                    breaches.push(
                        Breach::new(
                            format!("{pair} lie on each other"),
                            format!("{} x {} pixels in common", area.width, area.height),
                            "none",
                            "give them different places, or let one end before the other begins",
                        )
                        .during(range)
                        .at(area)
                        .mended_by(mend::make_way(case, second)),
                    );
                }
            }
        }
        Judged::Checked(breaches)
    },
};

/// The box of all lines: glyphs and what is drawn around them, without a shadow's faint end.
fn lines_box(caption: &Shown<'_>) -> Option<Rect> {
    caption.facts.lines.iter().copied().reduce(union).or(caption.facts.ink)
}

fn union(a: Rect, b: Rect) -> Rect {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    span(x, y, a.right().max(b.right()), a.bottom().max(b.bottom()))
}

fn intersection(a: Rect, b: Rect) -> Option<Rect> {
    let (x, y) = (a.x.max(b.x), a.y.max(b.y));
    let common = span(x, y, a.right().min(b.right()), a.bottom().min(b.bottom()));
    (common.width > 0 && common.height > 0).then_some(common)
}

fn span(x: i32, y: i32, right: i64, bottom: i64) -> Rect {
    let length = |from: i32, to: i64| u32::try_from(to - i64::from(from)).unwrap_or(0);
    Rect { x, y, width: length(x, right), height: length(y, bottom) }
}

/// A breach if `ink` is not wholly inside `area`; it says how far it goes over on which side.
fn outside(caption: &Shown<'_>, ink: Rect, area: Rect, what: &str, hint: &str) -> Option<Breach> {
    if area.contains(&ink) {
        return None;
    }
    let sides = [
        (i64::from(area.x) - i64::from(ink.x), "left"),
        (i64::from(area.y) - i64::from(ink.y), "top"),
        (ink.right() - area.right(), "right"),
        (ink.bottom() - area.bottom(), "bottom"),
    ];
    let over: Vec<String> = sides
        .into_iter()
        .filter(|(by, _)| *by > 0)
        .map(|(by, side)| format!("{by} px at the {side}"))
        .collect();
    let limit = format!("x {} to {}, y {} to {}", area.x, area.right(), area.y, area.bottom());
    let message = format!("{} {what}", caption.name());
    Some(Breach::new(message, format!("{} over", over.join(", ")), limit, hint).at(ink))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critic::sample::{Subject, breaks, passes, skips};

    fn place(subject: &mut Subject, ink: Rect) {
        let facts = &mut subject.facts.captions[0];
        facts.ink = Some(ink);
        facts.lines = vec![ink];
    }

    #[test]
    fn captions_stay_on_the_canvas_and_in_the_safe_area() {
        passes(&CANVAS, |s| place(s, Rect { x: 0, y: 0, width: 1080, height: 1920 }));
        passes(&SAFE_AREA, |s| place(s, Rect { x: 120, y: 288, width: 768, height: 960 }));
        let over = breaks(&CANVAS, |s| place(s, Rect { x: -3, y: 40, width: 1090, height: 90 }));
        insta::assert_snapshot!(over[0].measured, @"3 px at the left, 7 px at the right over");
        let over =
            breaks(&SAFE_AREA, |s| place(s, Rect { x: 120, y: 200, width: 768, height: 90 }));
        insta::assert_snapshot!(over[0].message, @r#"caption 1 "when the build is cached" leaves the safe area"#);
        insta::assert_snapshot!(over[0].measured, @"88 px at the top over");
    }

    #[test]
    fn a_shadow_may_end_outside_the_safe_area() {
        passes(&SAFE_AREA, |s| {
            s.facts.captions[0].ink = Some(Rect { x: 100, y: 280, width: 800, height: 200 });
        });
    }

    #[test]
    fn cut_ink_is_found() {
        passes(&CLIPPED, |_| ());
        breaks(&CLIPPED, |s| s.facts.captions[0].clipped = true);
        skips(&CLIPPED, |s| s.facts.expected.as_mut().expect("input").captions.clear());
    }

    #[test]
    fn captions_at_one_time_need_two_places() {
        let second = |s: &mut Subject, from_frame, dy| {
            let mut facts = s.facts.captions[0].clone();
            facts.lines.iter_mut().for_each(|line| line.y += dy);
            s.facts.captions.push(facts);
            let input = s.facts.expected.as_mut().expect("input");
            let mut layer = input.captions[0].clone();
            (layer.from_frame, layer.to_frame) = (from_frame, 120);
            input.captions.push(layer);
        };
        passes(&OVERLAP, |s| second(s, 60, 400));
        let end = 75;
        passes(&OVERLAP, |s| second(s, end, 0));
        let breaches = breaks(&OVERLAP, |s| second(s, 60, 10));
        assert_eq!(breaches[0].range_ms, Some([2000, 2500]));
    }
}
