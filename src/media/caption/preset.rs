//! Built-in caption styles, made for a canvas.

use crate::contract::caption::{Align, CaptionStyle, Outline, Plate, Rgba, Shadow, VerticalAlign};
use crate::contract::geometry::Size;

/// Names of the built-in styles, with a line on each for people.
pub const PRESETS: [(&str, &str); 3] = [
    ("impact", "the classic meme: heavy white capitals with a thick black outline"),
    ("tiktok", "bold white letters on rounded dark plates that follow the lines"),
    ("subtitle", "white letters with a thin outline and a soft shadow, at the bottom"),
];

const WHITE: Rgba = Rgba(255, 255, 255, 255);
const BLACK: Rgba = Rgba(0, 0, 0, 255);

/// A built-in style for a canvas; `None` for a name that is none of [`PRESETS`].
///
/// Sizes follow the short side, so that lines hold about as many letters on every canvas, but are
/// never so small that a capital is less than 2.5 % of the canvas high, where the critic would
/// call it too small to read on a telephone.
pub fn preset(name: &str, canvas: Size) -> Option<CaptionStyle> {
    let short = canvas.width.min(canvas.height);
    // Thousandths of the short side, or of the height where that is more.
    let size = |of_short: u32, of_height: u32| {
        (share(short, of_short)).max(share(canvas.height, of_height)).max(1)
    };
    let style = match name {
        "impact" => {
            let size_max = size(130, 60);
            CaptionStyle {
                families: names(&[
                    "Impact",
                    "Anton",
                    "Noto Sans ExtraCondensed",
                    "Bebas Neue",
                    "Open Sans Condensed",
                    "Noto Sans",
                ]),
                weight: 900,
                size_max,
                size_min: share(canvas.height, 38).clamp(1, size_max),
                line_height_milli: 1_120,
                color: WHITE,
                uppercase: true,
                outline: Some(Outline { width: share(size_max, 60).max(1), color: BLACK }),
                shadow: None,
                plate: None,
                align: Align::Center,
                vertical_align: VerticalAlign::Top,
                max_lines: 4,
            }
        }
        "tiktok" => {
            let size_max = size(70, 44);
            CaptionStyle {
                families: names(&["TikTok Sans", "Proxima Nova", "Noto Sans"]),
                weight: 700,
                size_max,
                size_min: share(canvas.height, 36).clamp(1, size_max),
                line_height_milli: 1_300,
                color: WHITE,
                uppercase: false,
                outline: None,
                shadow: None,
                plate: Some(Plate {
                    color: Rgba(0, 0, 0, 217),
                    padding: share(size_max, 220),
                    radius: share(size_max, 240),
                }),
                align: Align::Center,
                vertical_align: VerticalAlign::Middle,
                max_lines: 4,
            }
        }
        "subtitle" => {
            let size_max = size(55, 42);
            CaptionStyle {
                families: names(&["Noto Sans"]),
                weight: 600,
                size_max,
                size_min: share(canvas.height, 36).clamp(1, size_max),
                line_height_milli: 1_250,
                color: WHITE,
                uppercase: false,
                outline: Some(Outline { width: share(size_max, 45).max(1), color: BLACK }),
                shadow: Some(Shadow {
                    dx: 0,
                    dy: i32::try_from(share(size_max, 40)).unwrap_or(0),
                    blur: share(size_max, 120),
                    color: Rgba(0, 0, 0, 160),
                }),
                plate: None,
                align: Align::Center,
                vertical_align: VerticalAlign::Bottom,
                max_lines: if canvas.width > canvas.height { 2 } else { 3 },
            }
        }
        _ => return None,
    };
    Some(style)
}

fn share(of: u32, milli: u32) -> u32 {
    u32::try_from((u64::from(of) * u64::from(milli) + 500) / 1000).unwrap_or(u32::MAX)
}

fn names(families: &[&str]) -> Vec<String> {
    families.iter().map(|family| (*family).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_made_for_any_canvas() {
        for (width, height) in [(1080, 1920), (1920, 1080), (1080, 1080), (96, 160), (1, 1)] {
            for (name, _) in PRESETS {
                let style = preset(name, Size { width, height }).expect(name);
                assert!(1 <= style.size_min && style.size_min <= style.size_max);
            }
        }
        assert_eq!(preset("comic", Size { width: 1, height: 1 }), None);
    }
}
