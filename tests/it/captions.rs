//! Captions, from a text and a style to pixels and facts. Uses the fonts that `make test` installs
//! (fonts-noto-core, fonts-noto-color-emoji).

use memebuild::contract::caption::{
    Align, CaptionEngine, CaptionSpec, CaptionStyle, Outline, Plate, Rgba, Shadow, VerticalAlign,
};
use memebuild::contract::digest::Digest;
use memebuild::contract::geometry::{Rect, Size};
use memebuild::contract::{self, caption::CaptionFacts};
use memebuild::diagnostic::Diagnostic;
use memebuild::media::caption::{Library, PRESETS, Typeset, drawtext, preset, typeset};
use memebuild::node::caption::{CaptionNode, STEP};
use memebuild::node::tool::Context;
use memebuild::node::{Blobs, Deps, Node};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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
fn a_font_that_is_not_needed_changes_nothing() {
    let noto = Path::new("/usr/share/fonts/truetype/noto");
    let folder = tempfile::tempdir().expect("a folder");
    let copy = |name: &str, to: &str| {
        std::fs::create_dir_all(folder.path().join(to)).expect("a folder");
        std::fs::copy(noto.join(name), folder.path().join(to).join(name)).expect("a font");
    };
    copy("NotoSans-Bold.ttf", "a");
    copy("NotoSansDevanagari-Bold.ttf", "a");
    let index = folder.path().join("index.json");
    let chosen = |text: &str| {
        let folders = [folder.path().join("a"), folder.path().join("b")];
        let library = Library::of(folder.path(), &folders, Some(&index));
        let faces = library.resolve(&spec(text, style(), 200, 100)).expect("fonts").faces;
        let name = |path: &Path| path.file_name().expect("a name").to_owned();
        faces.iter().map(|face| name(&face.path)).collect::<Vec<_>>()
    };
    assert_eq!(chosen("ship it"), ["NotoSans-Bold.ttf"]);
    let before = chosen("ship जी");
    copy("NotoSansArabic-Bold.ttf", "b");
    copy("NotoSans-Regular.ttf", "b");
    copy("NotoSerif-Bold.ttf", "b");
    assert_eq!(chosen("ship जी"), before);
    assert_eq!(chosen("نعم"), ["NotoSans-Bold.ttf", "NotoSansArabic-Bold.ttf"]);
    // The index is remembered, and what it remembers of a file that changed is not believed.
    std::fs::copy(noto.join("NotoSerif-Bold.ttf"), folder.path().join("a/NotoSans-Bold.ttf"))
        .expect("a font");
    assert_eq!(chosen("ship it"), ["NotoSans-Regular.ttf"]);
}

#[test]
fn a_lighter_face_is_made_bolder() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["NotoSans-Regular.ttf", "NotoSans-Bold.ttf"] {
        let from = Path::new("/usr/share/fonts/truetype/noto").join(name);
        std::fs::copy(from, folder.path().join(name)).expect("a font");
    }
    let library = Library::of(Path::new("/nonexistent"), &[folder.path().to_owned()], None);
    let face = |weight: u32| {
        let style = CaptionStyle { weight, ..style() };
        let face = library.resolve(&spec("a", style, 200, 100)).expect("fonts").faces.remove(0);
        let name = face.path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, face.embolden_milli)
    };
    assert_eq!(face(400), ("NotoSans-Regular.ttf".to_owned(), 0));
    assert_eq!(face(700), ("NotoSans-Bold.ttf".to_owned(), 0));
    assert_eq!(face(900), ("NotoSans-Bold.ttf".to_owned(), 14));
}

#[test]
fn a_font_that_is_missing_is_told_with_one_that_is_alike() {
    assert!(FONTS.require(&["Nonesuch".to_owned(), "Noto Sans".to_owned()]).is_ok());
    assert!(FONTS.require(&["sans-serif".to_owned()]).is_ok());
    let error = FONTS.require(&["Notto Sans".to_owned()]).expect_err("no such font");
    insta::assert_snapshot!(
        format!("{}\n{}", error.message, error.hints.join("\n")),
        @r"
    no installed font is called `Notto Sans`
    did you mean `Noto Sans`?
    put the font file into the project's `fonts/` folder, or install its package
    "
    );
    let none = Library::of(Path::new("/nonexistent"), &[], None);
    let error = none.resolve(&spec("a", style(), 200, 100)).expect_err("no fonts");
    assert_eq!(error.code, "no-fonts");
}

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

#[test]
fn an_area_without_pixels_or_with_too_many_is_refused() {
    for (width, height) in [(0, 10), (10, 0), (100_000, 100_000)] {
        let spec = spec("a", style(), width, height);
        let faces = FONTS.resolve(&spec).expect("fonts").faces;
        assert_eq!(typeset(&spec, &faces).expect_err("refused").code, "caption-area");
    }
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

/// A store that holds nothing: captions read no blobs.
struct NoBlobs;

impl Blobs for NoBlobs {
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, Diagnostic> {
        Err(Diagnostic::error("bug", format!("no blob {digest}")))
    }
}

#[test]
fn a_caption_node_declares_its_fonts_and_draws_what_it_was_told() {
    let caption = spec("ship it 😂", style(), 200, 100);
    let node = CaptionNode::new(caption.clone(), None, &FONTS).expect("fonts");
    let files = node.files();
    assert_eq!(files.len(), 2);
    let digest = |path: &PathBuf| (path.clone(), Digest::of(path.as_os_str().as_encoded_bytes()));
    let deps = Deps {
        outputs: BTreeMap::new(),
        files: files.iter().map(digest).collect(),
        blobs: &NoBlobs,
    };
    let plan = node.lower(&deps).expect("a plan");
    let [action] = plan.actions.as_slice() else { panic!("one action") };
    assert_eq!(action.inputs.keys().collect::<Vec<_>>(), ["font-0", "font-1"]);
    assert_eq!(action.outputs.keys().collect::<Vec<_>>(), ["bitmap", "facts"]);
    assert_eq!(action.params, node.declaration());

    let folder = tempfile::tempdir().expect("a folder");
    let output = |name: &str| (name.to_owned(), folder.path().join(name));
    let context = Context {
        params: action.params.clone(),
        inputs: files.iter().enumerate().map(|(n, p)| (format!("font-{n}"), p.clone())).collect(),
        outputs: BTreeMap::from([output("bitmap"), output("facts")]),
        scratch: folder.path().to_owned(),
    };
    (STEP.run)(&context).expect("it draws");
    let png = std::fs::read(folder.path().join("bitmap")).expect("a picture");
    let facts = std::fs::read(folder.path().join("facts")).expect("facts");
    let set = draw(&caption);
    assert_eq!(png, set.bitmap.to_png().expect("a picture"));
    assert_eq!(contract::read::<CaptionFacts>(&facts), Ok(set.facts));
    let decoded = image::load_from_memory(&png).expect("a PNG").into_rgba8();
    assert_eq!((decoded.dimensions(), decoded.into_raw()), ((200, 100), set.bitmap.rgba));
}

fn draw_by_ffmpeg(text: &str, style: CaptionStyle) -> Typeset {
    let spec = CaptionSpec { engine: CaptionEngine::Drawtext, ..spec(text, style, 200, 100) };
    let faces = FONTS.resolve(&spec).expect("fonts").faces;
    assert_eq!(faces.len(), 1, "drawtext knows one font");
    // A folder whose name means much to a filter graph.
    let folder = tempfile::tempdir().expect("a folder");
    let scratch = folder.path().join("it's:a,[b];c\\");
    std::fs::create_dir(&scratch).expect("a folder");
    drawtext::draw(&spec, &faces, &scratch).expect("ffmpeg draws it")
}

#[test]
fn drawtext_draws_nearly_what_we_do_and_is_measured_like_us() {
    let mut style = style();
    style.outline = Some(Outline { width: 2, color: Rgba(0, 0, 0, 255) });
    for (align, vertical_align) in [
        (Align::Start, VerticalAlign::Top),
        (Align::Center, VerticalAlign::Middle),
        (Align::End, VerticalAlign::Bottom),
    ] {
        let style = CaptionStyle { align, vertical_align, ..style.clone() };
        let text = "when the build is cached";
        let theirs = draw_by_ffmpeg(text, style.clone());
        let ours = draw(&spec(text, style, 200, 100));
        assert_eq!(theirs.facts.font_size, ours.facts.font_size);
        assert_eq!(theirs.facts.lines.len(), ours.facts.lines.len());
        let (a, b) = (theirs.facts.ink.expect("ink"), ours.facts.ink.expect("ink"));
        let near = |a: i64, b: i64| (a - b).abs() <= 8;
        let edges = [(a.x, b.x), (a.y, b.y)].map(|(a, b)| (i64::from(a), i64::from(b)));
        let far = [(a.right(), b.right()), (a.bottom(), b.bottom())];
        assert!(edges.into_iter().chain(far).all(|(a, b)| near(a, b)), "{a:?} {b:?}");
        let white = |pixel: &[u8]| pixel == [255, 255, 255, 255];
        assert!(theirs.bitmap.rgba.chunks_exact(4).any(white));
        assert!(!theirs.facts.clipped);
    }
}

#[test]
fn drawtext_takes_text_for_text() {
    // Short, so that a single character that is dropped or expanded is seen in the width.
    for text in ["it's", "%{pts}", "a: b", "50% off", "\\:'", "[a];[b]", "x',drawtext=", "%{e\\:0}"]
    {
        let theirs = draw_by_ffmpeg(text, style()).facts.ink.expect("ink");
        let ours = facts(text).ink.expect("ink");
        // It rounds every advance to a pixel.
        let slack = 2 + text.len() as u32 / 3;
        assert!(theirs.width.abs_diff(ours.width) <= slack, "{text}: {theirs:?} {ours:?}");
    }
    assert_eq!(draw_by_ffmpeg("नमस्ते", style()).facts.families, ["Noto Sans Devanagari"]);
    assert_eq!(draw_by_ffmpeg("ok 🧌", style()).facts.missing, ["🧌"]);
    assert_eq!(draw_by_ffmpeg("\u{200b}", style()).facts.ink, None);
}
