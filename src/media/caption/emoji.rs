//! Which grapheme clusters ask to be drawn as colour pictures.

/// Characters below U+1F000 whose default presentation is emoji (`Emoji_Presentation` of Unicode's
/// emoji-data): first and last of each range.
#[rustfmt::skip]
const PICTURES: [(char, char); 42] = [
    ('⌚', '⌛'), ('⏩', '⏬'), ('⏰', '⏰'), ('⏳', '⏳'), ('◽', '◾'), ('☔', '☕'), ('♈', '♓'), ('♿', '♿'),
    ('⚓', '⚓'), ('⚡', '⚡'), ('⚪', '⚫'), ('⚽', '⚾'), ('⛄', '⛅'), ('⛎', '⛎'), ('⛔', '⛔'), ('⛪', '⛪'),
    ('⛲', '⛳'), ('⛵', '⛵'), ('⛺', '⛺'), ('⛽', '⛽'), ('✅', '✅'), ('✊', '✋'), ('✨', '✨'), ('❌', '❌'),
    ('❎', '❎'), ('❓', '❕'), ('❗', '❗'), ('➕', '➗'), ('➰', '➰'), ('➿', '➿'), ('⬛', '⬜'), ('⭐', '⭐'),
    ('⭕', '⭕'),
    // Above it nearly every character of these blocks is a picture.
    ('\u{1f004}', '\u{1f004}'), ('\u{1f0cf}', '\u{1f0cf}'), ('\u{1f18e}', '\u{1f19a}'),
    ('\u{1f1e6}', '\u{1f201}'), ('\u{1f21a}', '\u{1f21a}'), ('\u{1f22f}', '\u{1f265}'),
    ('\u{1f300}', '\u{1f64f}'), ('\u{1f680}', '\u{1f6ff}'), ('\u{1f7e0}', '\u{1faff}'),
];

/// Whether a grapheme cluster is shown as an emoji: by its first character's default, or because a
/// variation selector or a key cap asks for it.
pub fn is_emoji(cluster: &str) -> bool {
    let Some(first) = cluster.chars().next() else { return false };
    if cluster.contains('\u{fe0e}') {
        return false;
    }
    let plain = first.is_ascii_alphabetic() || first.is_whitespace();
    (cluster.contains(['\u{fe0f}', '\u{20e3}']) && !plain)
        || PICTURES.iter().any(|(from, to)| (*from..=*to).contains(&first))
}

#[cfg(test)]
mod tests {
    use super::is_emoji;

    #[test]
    fn presentation_follows_the_default_and_the_selector() {
        for cluster in ["😂", "👩🏽‍💻", "🇳🇴", "❤\u{fe0f}", "1\u{fe0f}\u{20e3}", "⭐", "🦀", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
        {
            assert!(is_emoji(cluster), "{cluster}");
        }
        for cluster in ["a", "1", "#", "❤", "😂\u{fe0e}", "→", "中", "©", ""] {
            assert!(!is_emoji(cluster), "{cluster}");
        }
    }
}
