//! Captions that ffmpeg draws.

use super::{FONTS, draw, facts, spec, style};
use memebuild::contract::caption::{
    Align, CaptionEngine, CaptionSpec, CaptionStyle, Outline, Rgba, VerticalAlign,
};
use memebuild::media::caption::{Typeset, drawtext};

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
