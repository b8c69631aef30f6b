//! The built-in profiles, and where their numbers come from (`docs/memefile.md` shows them).
//!
//! - Safe areas: what YouTube, TikTok and Instagram all leave free on 1080×1920 is x 120–888,
//!   y 288–1248; Shorts alone leaves 288 px at the top, 672 at the bottom, 48 left and 192 right;
//!   Reels asks for 14 % at the top, 35 % at the bottom and 6 % at the sides. Wide pictures keep
//!   the 90 % title-safe area of television.
//! - Loudness: −14 LUFS is what the web platforms play at; −1 dBTP after the codec is EBU R128.
//! - Durations and sizes: TikTok 3–600 s and 500 MB (its rule for ads, the strictest), Reels
//!   3 s–15 min and 300 MB, Shorts up to 3 min. `tiktok` uses the box that is safe on all three
//!   platforms, so that its file can go anywhere.

use crate::contract::geometry::{Rect, Size};
use crate::contract::profile::{AudioPolicy, Container, LoudnessTarget, OutputProfile, Preset};
use crate::contract::units::Rational;
use crate::memefile::Millis;

/// The names, in the order of the docs.
pub const NAMES: [&str; 8] =
    ["tiktok", "reels", "shorts", "square", "landscape", "gif", "webm", "preview"];

const MB: u64 = 1_000_000;

/// A built-in profile by name.
pub fn built_in(name: &str) -> Option<OutputProfile> {
    let tall = Size { width: 1080, height: 1920 };
    let base = |name: &str, canvas: Size, safe_area: Rect| OutputProfile {
        name: name.to_owned(),
        container: Container::Mp4,
        canvas,
        frame_rate: Rational::new(30, 1),
        crf: 20,
        preset: Preset::Veryfast,
        segment_frames: 60,
        audio: AudioPolicy::Required,
        audio_bitrate: 192_000,
        loudness: LoudnessTarget { integrated_clufs: -1400, true_peak_cdbtp: -100 },
        safe_area,
        min_duration_ms: 0,
        max_duration_ms: 600_000,
        max_bytes: 500 * MB,
    };
    let everywhere = Rect { x: 120, y: 288, width: 768, height: 960 };
    Some(match name {
        "tiktok" => OutputProfile { min_duration_ms: 3000, ..base(name, tall, everywhere) },
        "reels" => OutputProfile {
            min_duration_ms: 3000,
            max_duration_ms: 900_000,
            max_bytes: 300 * MB,
            // 14 % of 1920 is 268.8, 35 % is 672, 6 % of 1080 is 64.8: rounded inwards.
            ..base(name, tall, Rect { x: 65, y: 269, width: 950, height: 979 })
        },
        "shorts" => OutputProfile {
            max_duration_ms: 180_000,
            ..base(name, tall, Rect { x: 48, y: 288, width: 840, height: 960 })
        },
        "square" => {
            let canvas = Size { width: 1080, height: 1080 };
            base(name, canvas, margin(canvas, 5))
        }
        "landscape" => {
            let canvas = Size { width: 1920, height: 1080 };
            base(name, canvas, margin(canvas, 5))
        }
        "gif" => {
            let canvas = Size { width: 360, height: 640 };
            OutputProfile {
                container: Container::Gif,
                frame_rate: Rational::new(15, 1),
                segment_frames: 30,
                audio: AudioPolicy::Forbidden,
                max_duration_ms: 15_000,
                max_bytes: 20 * MB,
                ..base(name, canvas, margin(canvas, 5))
            }
        }
        "webm" => OutputProfile {
            container: Container::Webm,
            crf: 30,
            audio_bitrate: 128_000,
            ..base(name, tall, everywhere)
        },
        "preview" => OutputProfile {
            frame_rate: Rational::new(15, 1),
            crf: 28,
            preset: Preset::Ultrafast,
            segment_frames: 30,
            audio_bitrate: 96_000,
            ..base(
                name,
                Size { width: 360, height: 640 },
                Rect { x: 40, y: 96, width: 256, height: 320 },
            )
        },
        _ => return None,
    })
}

/// The built-in profiles as a Markdown table, one column each.
pub(super) fn table() -> String {
    let all: Vec<OutputProfile> = NAMES.into_iter().filter_map(built_in).collect();
    let mut out = String::from("The built-in profiles:\n\n");
    let mut row = |head: &str, cell: &dyn Fn(&OutputProfile) -> String| {
        let cells: Vec<String> = all.iter().map(cell).collect();
        out.push_str(&format!("| {head} | {} |\n", cells.join(" | ")));
    };
    row("", &|p| format!("`{}`", p.name));
    row("---", &|_| "---".to_owned());
    row("size", &|p| format!("{}×{}", p.canvas.width, p.canvas.height));
    row("fps", &|p| p.frame_rate.to_string());
    row("container", &|p| p.container.extension().to_owned());
    row("crf", &|p| match p.container {
        Container::Gif => String::new(),
        _ => p.crf.to_string(),
    });
    row("preset", &|p| match p.container {
        Container::Mp4 => p.preset.as_str().to_owned(),
        _ => String::new(),
    });
    let sound = |p: &OutputProfile, text: String| match p.audio {
        AudioPolicy::Required => text,
        AudioPolicy::Forbidden => "none".to_owned(),
    };
    row("audio-bitrate", &|p| sound(p, (p.audio_bitrate / 1000).to_string()));
    row("loudness", &|p| sound(p, format!("{} LUFS", p.loudness.integrated_clufs / 100)));
    row("true-peak", &|p| sound(p, format!("{} dBTP", p.loudness.true_peak_cdbtp / 100)));
    row("safe-area", &|p| {
        let area = p.safe_area;
        format!("x {}–{}, y {}–{}", area.x, area.right(), area.y, area.bottom())
    });
    row("min-duration", &|p| Millis(p.min_duration_ms).to_string());
    row("max-duration", &|p| Millis(p.max_duration_ms).to_string());
    row("max-size", &|p| format!("{} MB", p.max_bytes / MB));
    out
}

/// What `percent` of margin on every side leaves.
pub fn margin(canvas: Size, percent: u32) -> Rect {
    let inset = |side: u32| side * percent / 100;
    let (x, y) = (inset(canvas.width), inset(canvas.height));
    Rect {
        x: i32::try_from(x).unwrap_or(0),
        y: i32::try_from(y).unwrap_or(0),
        width: canvas.width - 2 * x,
        height: canvas.height - 2 * y,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_sound_profile() {
        for name in NAMES {
            let profile = built_in(name).expect(name);
            let canvas =
                Rect { x: 0, y: 0, width: profile.canvas.width, height: profile.canvas.height };
            assert_eq!(profile.name, name);
            assert!(canvas.contains(&profile.safe_area), "{name}");
            assert_eq!(profile.segment_frames, 2 * profile.frame_rate.num, "{name}: two seconds");
            let even = |side: u32| side.is_multiple_of(2);
            assert!(even(profile.canvas.width) && even(profile.canvas.height), "{name}");
        }
        assert_eq!(built_in("tikok"), None);
    }
}
