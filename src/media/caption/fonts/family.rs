//! Names of families: generic ones, ones with a width in them, and the order of fallback.

use super::super::faces::is_emoji_family;
use cosmic_text::fontdb::Stretch;
use std::ops::RangeInclusive;

/// Families that stand in for CSS's generic ones.
const SANS: [&str; 4] = ["Noto Sans", "DejaVu Sans", "Open Sans", "Liberation Sans"];
/// The plain families that every text may fall back to before any other.
pub const PLAIN: [&str; 1] = ["noto sans"];

const SERIF: [&str; 3] = ["Noto Serif", "DejaVu Serif", "Liberation Serif"];
const MONO: [&str; 3] = ["Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono"];

/// The real families behind a name: itself, unless it is a generic one.
pub fn expand(name: &str) -> Vec<String> {
    let list: &[&str] = match name.to_lowercase().as_str() {
        "sans-serif" | "system-ui" => &SANS,
        "serif" => &SERIF,
        "monospace" => &MONO,
        _ => return vec![name.to_lowercase()],
    };
    list.iter().map(|family| family.to_lowercase()).collect()
}

/// A family whose faces are not of normal width, as people call it: `Noto Sans ExtraCondensed`.
pub fn with_width(family: &str, stretch: Stretch) -> String {
    let width = match stretch {
        Stretch::UltraCondensed => "UltraCondensed",
        Stretch::ExtraCondensed => "ExtraCondensed",
        Stretch::Condensed => "Condensed",
        Stretch::SemiCondensed => "SemiCondensed",
        Stretch::Normal => return family.to_owned(),
        Stretch::SemiExpanded => "SemiExpanded",
        Stretch::Expanded => "Expanded",
        Stretch::ExtraExpanded => "ExtraExpanded",
        Stretch::UltraExpanded => "UltraExpanded",
    };
    if family.to_lowercase().ends_with(&width.to_lowercase()) {
        return family.to_owned();
    }
    format!("{family} {width}")
}

/// Families of Han characters, the likeliest language of the text first: kana is Japanese, hangul
/// Korean, bopomofo Taiwanese, anything else is taken for simplified Chinese.
pub fn han(paragraphs: &[String]) -> [&'static str; 5] {
    let any = |range: RangeInclusive<char>| {
        paragraphs.iter().flat_map(|text| text.chars()).any(|c| range.contains(&c))
    };
    const JAPANESE: &str = "noto sans cjk jp";
    const KOREAN: &str = "noto sans cjk kr";
    const SIMPLIFIED: &str = "noto sans cjk sc";
    const TRADITIONAL: &str = "noto sans cjk tc";
    const PLAIN: &str = "wenquanyi zen hei";
    if any('\u{3040}'..='\u{30ff}') {
        [JAPANESE, SIMPLIFIED, TRADITIONAL, KOREAN, PLAIN]
    } else if any('\u{ac00}'..='\u{d7a3}') || any('\u{1100}'..='\u{11ff}') {
        [KOREAN, TRADITIONAL, JAPANESE, SIMPLIFIED, PLAIN]
    } else if any('\u{3100}'..='\u{312f}') {
        [TRADITIONAL, SIMPLIFIED, JAPANESE, KOREAN, PLAIN]
    } else {
        [SIMPLIFIED, JAPANESE, TRADITIONAL, KOREAN, PLAIN]
    }
}

/// How early a family is asked in fallback; families of one rank are asked by name. Text faces
/// with a plain style come first, decorative ones and those made for narrow uses last.
pub fn rank(family: &str) -> u32 {
    let narrow = ["mono", "ui", "display", "condensed", "expanded", "looped", "unjoined"];
    if family == "noto color emoji" {
        0
    } else if is_emoji_family(family) {
        1
    } else if !family.starts_with("noto sans") {
        if ["noto naskh", "dejavu sans"].iter().any(|f| family.starts_with(f)) { 3 } else { 5 }
    } else if family.split(' ').any(|word| narrow.iter().any(|n| word.ends_with(n))) {
        4
    } else {
        2
    }
}
