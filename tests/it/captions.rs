//! Captions, from a text and a style to pixels and facts. Uses the fonts that `make test` installs
//! (fonts-noto-core, fonts-noto-color-emoji).

mod drawtext;
mod fonts;
mod node;
mod random;

use memebuild::contract;
use memebuild::contract::caption::{
    Align, CaptionEngine, CaptionFacts, CaptionSpec, CaptionStyle, Outline, Rgba, VerticalAlign,
};
use memebuild::contract::geometry::{Rect, Size};
use memebuild::media::caption::{Library, PRESETS, Typeset, preset, typeset};
use std::path::Path;
use std::sync::LazyLock;

static FONTS: LazyLock<Library> =
    LazyLock::new(|| Library::of(Path::new("/nonexistent"), &["/usr/share/fonts".into()], None));

/// White text of 8 to 24 pixels on a small area.
fn style() -> CaptionStyle {
    CaptionStyle {
        families: vec!["Noto Sans".to_owned()],
        weight: 700,
        size_max: 24,
        size_min: 8,
        line_height_milli: 1_200,
        color: Rgba(255, 255, 255, 255),
        uppercase: false,
        outline: None,
        shadow: None,
        plate: None,
        align: Align::Center,
        vertical_align: VerticalAlign::Middle,
        max_lines: 3,
    }
}

fn spec(text: &str, style: CaptionStyle, width: u32, height: u32) -> CaptionSpec {
    CaptionSpec {
        text: text.to_owned(),
        engine: CaptionEngine::Typeset,
        style,
        canvas: Size { width: 1080, height: 1920 },
        area: Rect { x: 10, y: 20, width, height },
    }
}

fn draw(spec: &CaptionSpec) -> Typeset {
    let faces = FONTS.resolve(spec).expect("fonts are installed").faces;
    typeset(spec, &faces).expect("a caption is drawn")
}

fn facts(text: &str) -> CaptionFacts {
    draw(&spec(text, style(), 200, 100)).facts
}

#[test]
fn the_facts_are_those_of_the_pixels() {
    let mut style = style();
    style.outline = Some(Outline { width: 3, color: Rgba(0, 0, 0, 255) });
    let set = draw(&spec("Ship it\nnow", style, 200, 100));
    let bitmap = &set.bitmap;
    let visible = |x: u32, y: u32| bitmap.rgba[((y * bitmap.width + x) * 4 + 3) as usize] > 0;
    let ink = set.facts.ink.expect("there is ink");
    for y in 0..bitmap.height {
        for x in 0..bitmap.width {
            let at = Rect { x: x as i32 + 10, y: y as i32 + 20, width: 1, height: 1 };
            assert!(!visible(x, y) || ink.contains(&at), "ink at {at:?} outside {ink:?}");
        }
    }
    let lines = &set.facts.lines;
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| ink.contains(line)));
    assert_eq!(lines[0].y, ink.y);
    assert_eq!(lines[1].bottom(), ink.bottom());
    assert_eq!(lines.iter().map(|line| line.x).min(), Some(ink.x));
    assert_eq!((set.facts.graphemes, set.facts.longest_line), (10, 7));
    assert!(!set.facts.clipped);
    let bytes = contract::write(&set.facts);
    assert_eq!(contract::read::<CaptionFacts>(&bytes), Ok(set.facts));
}

#[test]
fn the_same_caption_has_the_same_bytes() {
    let canvas = Size { width: 216, height: 384 };
    for (name, _) in PRESETS {
        let style = preset(name, canvas).expect(name);
        let spec = spec("same bytes 😂 نعم जी", style, 200, 120);
        let png = |set: Typeset| set.bitmap.to_png().expect("a picture");
        assert_eq!(png(draw(&spec)), png(draw(&spec)), "{name}");
    }
}

#[test]
fn every_script_finds_its_face_and_joins() {
    let families = |text: &str| facts(text).families;
    assert_eq!(families("abc"), ["Noto Sans"]);
    assert_eq!(families("نعم"), ["Noto Sans Arabic"]);
    assert_eq!(families("जी"), ["Noto Sans Devanagari"]);
    assert_eq!(families("שלום"), ["Noto Sans Hebrew"]);
    assert_eq!(families("ok 😂"), ["Noto Sans", "Noto Color Emoji"]);
    // Letters that join are narrower than the same letters kept apart.
    let width = |text: &str| facts(text).ink.expect("ink").width;
    assert!(width("سلام") < width("س\u{200c}ل\u{200c}ا\u{200c}م"));
}

#[test]
fn text_is_read_in_the_direction_of_its_paragraph() {
    let mut start = style();
    start.align = Align::Start;
    let ink = |text: &str| draw(&spec(text, start.clone(), 200, 60)).facts.ink.expect("ink");
    assert!(ink("abc").x < 20);
    assert!(ink("שלום").right() > 200);
    // The second line begins with Latin letters and is still one of a Hebrew paragraph.
    start.max_lines = 2;
    let set = draw(&spec("שלום שלום שלום\u{a0}ש abc abc abc", start, 200, 60));
    assert_eq!(set.facts.lines.len(), 2);
    assert!(set.facts.lines.iter().all(|line| line.right() > 200), "{:?}", set.facts.lines);
}

#[test]
fn emoji_are_whole_pictures_in_colour() {
    let one = facts("👩").ink.expect("ink");
    for sequence in ["👩🏽‍💻", "🇳🇴", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"] {
        let set = draw(&spec(sequence, style(), 200, 100));
        let ink = set.facts.ink.expect("ink");
        assert!(ink.width.abs_diff(one.width) <= 6, "{sequence}: {ink:?}, {one:?}");
        assert!(set.facts.missing.is_empty() && !set.facts.clipped);
        let grey = |pixel: &[u8]| pixel[0] == pixel[1] && pixel[1] == pixel[2];
        assert!(set.bitmap.rgba.chunks_exact(4).any(|pixel| pixel[3] > 0 && !grey(pixel)));
    }
}

#[test]
fn what_no_font_has_is_reported_and_seen() {
    let text = "a\u{10fff0}b\u{e123}";
    let resolution = FONTS.resolve(&spec(text, style(), 200, 100)).expect("fonts");
    assert_eq!(resolution.missing, ["\u{10fff0}", "\u{e123}"]);
    let set = facts(text);
    assert_eq!(set.missing, ["\u{10fff0}", "\u{e123}"]);
    assert!(set.ink.expect("ink").width > facts("ab").ink.expect("ink").width);
}

#[test]
fn lines_are_balanced() {
    let style = CaptionStyle { size_max: 14, ..style() };
    let facts = draw(&spec("when the build is cached and green", style, 190, 100)).facts;
    assert_eq!(facts.lines.len(), 2);
    let widths: Vec<u32> = facts.lines.iter().map(|line| line.width).collect();
    assert!(widths[0].abs_diff(widths[1]) < 60, "{widths:?}");
}

#[test]
fn words_break_only_where_nothing_else_helps() {
    let whole = facts("incomprehensibilities");
    assert_eq!(whole.lines.len(), 1);
    let broken = facts(&"a".repeat(60));
    assert!(broken.lines.len() > 1 && broken.font_size == 8 && !broken.clipped);
    let over = facts(&"word ".repeat(300));
    assert!(over.clipped && over.ink.expect("ink").height <= 100);
}

#[test]
fn captions_that_follow_each_other_stand_still() {
    for vertical_align in [VerticalAlign::Top, VerticalAlign::Middle, VerticalAlign::Bottom] {
        let style = CaptionStyle { vertical_align, ..style() };
        let bottom = |text: &str| {
            draw(&spec(text, style.clone(), 200, 100)).facts.ink.expect("ink").bottom()
        };
        assert_eq!(bottom("mill"), bottom("HILL"), "{vertical_align:?}");
        assert!(bottom("pill") > bottom("mill"));
    }
}

#[test]
fn an_area_without_pixels_or_with_too_many_is_refused() {
    for (width, height) in [(0, 10), (10, 0), (100_000, 100_000)] {
        let spec = spec("a", style(), width, height);
        let faces = FONTS.resolve(&spec).expect("fonts").faces;
        assert_eq!(typeset(&spec, &faces).expect_err("refused").code, "caption-area");
    }
}
