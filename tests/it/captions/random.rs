//! What must hold for any text and any style.

use super::{draw, facts, spec, style};
use memebuild::contract::caption::{
    Align, CaptionStyle, Outline, Plate, Rgba, Shadow, VerticalAlign,
};
use memebuild::contract::geometry::{Rect, Size};
use memebuild::media::caption::{PRESETS, preset};
use proptest::prelude::*;

#[test]
fn hostile_text_is_bounded() {
    let hostile = [
        String::new(),
        "\u{200b}\u{200d}\u{2060}\u{feff}".to_owned(),
        "\u{0}\u{1}\u{7f}\u{9f}\n\n\n".to_owned(),
        "x".repeat(100_000),
        "word ".repeat(20_000),
        "\n".repeat(50_000) + "a",
        "a\n".repeat(50_000),
        "🇳".repeat(5_000),
        "👩\u{200d}".repeat(3_000),
        format!("a{}", "\u{301}\u{489}".repeat(50_000)),
        "\u{202e}abc\u{2066}\u{2067}\u{202d}نعم\u{2069}".repeat(2_000),
        "\u{2067}\u{202b}".repeat(1_000) + "deep",
        "ﷺ".repeat(3_000),
        "क्ष".repeat(5_000),
        "\u{fdd0}\u{fffe}\u{ffff}\u{10ffff}\u{e000}\u{f8ff}".to_owned(),
        "x',drawtext=textfile=/etc/passwd:text='%{pts}\\:[a];[b]".to_owned(),
    ];
    for text in hostile {
        for (name, _) in PRESETS {
            let style = preset(name, Size { width: 160, height: 90 }).expect(name);
            let set = draw(&spec(&text, style, 160, 90));
            assert_eq!((set.bitmap.width, set.bitmap.height), (160, 90));
            assert!(set.facts.lines.len() <= 100 && set.facts.missing.len() <= 32);
            assert!(set.facts.clipped || text.len() < 9_000 || set.facts.ink.is_some());
        }
    }
    assert_eq!(facts("\u{200b}\u{200d}").ink, None);
}

fn any_style() -> impl Strategy<Value = CaptionStyle> {
    let color = any::<[u8; 4]>().prop_map(|[r, g, b, a]| Rgba(r, g, b, a));
    let outline = prop::option::of((0..6u32, color.clone()))
        .prop_map(|o| o.map(|(width, color)| Outline { width, color }));
    let shadow = prop::option::of((-5..6i32, -5..6i32, 0..8u32, color.clone()))
        .prop_map(|s| s.map(|(dx, dy, blur, color)| Shadow { dx, dy, blur, color }));
    let plate = prop::option::of((color.clone(), 0..8u32, 0..12u32))
        .prop_map(|p| p.map(|(color, padding, radius)| Plate { color, padding, radius }));
    let align = prop::sample::select(vec![Align::Start, Align::Center, Align::End]);
    let vertical = prop::sample::select(vec![
        VerticalAlign::Top,
        VerticalAlign::Middle,
        VerticalAlign::Bottom,
    ]);
    let sizes = (1..30u32, 1..30u32, 1..6u32, any::<bool>());
    (outline, shadow, plate, align, vertical, sizes, color).prop_map(
        |(outline, shadow, plate, align, vertical_align, sizes, color)| CaptionStyle {
            outline,
            shadow,
            plate,
            align,
            vertical_align,
            size_max: sizes.0.max(sizes.1),
            size_min: sizes.0.min(sizes.1),
            max_lines: sizes.2,
            uppercase: sizes.3,
            color,
            ..style()
        },
    )
}

/// Words of several scripts, emoji, marks and line breaks.
fn any_text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "a",
        "Ship",
        "it",
        "gyp",
        "ÅÉ",
        "نعم",
        "שלום",
        "जी",
        "ไทย",
        "😂",
        "👩🏽‍💻",
        "\n",
        "—",
        "3.14",
        "incomprehensibilities",
        "ﬁ",
        "ß",
        "e\u{301}",
        "\u{200f}",
        "中文",
    ]);
    prop::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn ink_lies_inside_the_area_or_is_said_to_be_cut(
        text in any_text(),
        style in any_style(),
        width in 1..160u32,
        height in 1..120u32,
    ) {
        let area = Rect { x: 10, y: 20, width, height };
        let set = draw(&spec(&text, style.clone(), width, height));
        let facts = &set.facts;
        prop_assert_eq!(set.bitmap.rgba.len() as u32, width * height * 4);
        if let Some(ink) = facts.ink {
            prop_assert!(area.contains(&ink));
            // A border of one transparent pixel shows that nothing was cut; only text that does
            // not fit at its smallest size may touch the edge.
            let inner = ink.x > area.x && ink.y > area.y
                && ink.right() < area.right() && ink.bottom() < area.bottom();
            let forced = facts.font_size == style.size_min;
            prop_assert!(inner || facts.clipped || forced, "{:?}", facts);
        }
        prop_assert!(facts.lines.iter().all(|line| area.contains(line)));
        prop_assert!((style.size_min..=style.size_max).contains(&facts.font_size));
        if !facts.clipped && style.color.3 > 0 {
            let (ink, n) = (facts.ink, facts.lines.len());
            prop_assert!(ink.is_some() == (n > 0), "{:?} {}", ink, n);
        }
    }

    #[test]
    fn more_room_never_makes_text_smaller(
        text in any_text(),
        style in any_style(),
        width in 20..160u32,
        height in 10..120u32,
        (wider, higher) in (0..60u32, 0..60u32),
    ) {
        let size = |width, height| draw(&spec(&text, style.clone(), width, height)).facts.font_size;
        prop_assert!(size(width + wider, height + higher) >= size(width, height));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in "\\PC{0,40}|[\\x00-\\u{ff}]{0,40}|[\\u{600}-\\u{6ff}\\u{900}-\\u{97f}\\u{1f1f0}-\\u{1f1f4}\\u{200b}-\\u{206f} ]{0,30}|.{0,30}") {
        let set = draw(&spec(&text, style(), 64, 32));
        prop_assert!(set.facts.ink.is_none_or(|ink| ink.width <= 64 && ink.height <= 32));
    }
}
