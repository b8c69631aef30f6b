//! Lengths, shares, factors, colours, frame rates and sizes of pictures, as people write them.

use super::Mistakes;
use super::number::{NotFixed, fixed, split_unit};
use super::reader::Value;
use super::suggest;
use super::value::{FromText, FromValue, Wrong};
use crate::contract::caption::Rgba;
use crate::contract::geometry::Size;
use crate::contract::units::Rational;
use toml::de::DeValue;

/// A length on a canvas that is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Length {
    /// Thousandths of the canvas's width or height, whichever the length lies along.
    Milli(i32),
    /// Pixels of a canvas whose shorter side has [`Length::REFERENCE`]; in proportion on others,
    /// so that one composite fits every profile.
    Px(i32),
}

impl Length {
    /// The shorter side of the canvas for which pixels are meant.
    pub const REFERENCE: u32 = 1080;

    /// Pixels along an axis of `canvas` that is `axis` pixels long, rounded to nearest.
    pub fn resolve(self, axis: u32, canvas: Size) -> i32 {
        let (value, whole, per) = match self {
            Self::Milli(milli) => (milli, axis, 1000),
            Self::Px(px) => (px, canvas.width.min(canvas.height), Self::REFERENCE),
        };
        let scaled = i128::from(value) * i128::from(whole);
        let per = i128::from(per);
        let nearest = (scaled + scaled.signum() * per / 2) / per;
        i32::try_from(nearest).unwrap_or(if nearest < 0 { i32::MIN } else { i32::MAX })
    }
}

impl FromText for Length {
    const EXPECTED: &'static str = "a length such as \"5%\" or \"40px\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let (number, unit) = split_unit(text);
        let (digits, bound) = match unit {
            "%" => (1, 10_000),
            "px" => (0, 20_000),
            _ if number.is_empty() || fixed(number, 9).is_err() => return Err(Wrong::default()),
            "" => {
                return Err(Wrong::because("it has no unit").hint(format!("write \"{number}px\"")));
            }
            _ => {
                let why = format!("unit `{}` is not one of %, px", unit.escape_debug());
                return Err(Wrong::because(why));
            }
        };
        let value = match fixed(number, digits) {
            Ok(value) => i32::try_from(value).ok().filter(|v| v.abs() <= bound),
            Err(NotFixed::TooFine) if unit == "%" => {
                return Err(Wrong::because("it is finer than a tenth of a percent"));
            }
            Err(NotFixed::TooFine) => return Err(Wrong::because("pixels are whole")),
            Err(NotFixed::TooLarge) => None,
            Err(NotFixed::NotANumber) => return Err(Wrong::default()),
        };
        let value =
            value.ok_or_else(|| Wrong::because("a length is at most \"1000%\" or \"20000px\""))?;
        Ok(if unit == "%" { Self::Milli(value) } else { Self::Px(value) })
    }

    fn with_unit(number: &str) -> Option<String> {
        Some(format!("{number}px"))
    }
}

/// Pixels of a source picture in tenths, from 0 to 50 px: `"1.5px"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct DeciPixels(pub u32);

impl FromText for DeciPixels {
    const EXPECTED: &'static str = "a number of pixels such as \"1.5px\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let (number, unit) = split_unit(text);
        let value = match (fixed(number, 1), unit) {
            (Ok(value), "px") => u32::try_from(value).ok().filter(|v| *v <= 500),
            (Ok(_), "") => {
                return Err(Wrong::because("it has no unit").hint(format!("write \"{number}px\"")));
            }
            (Err(NotFixed::TooFine), "px") => {
                return Err(Wrong::because("it is finer than a tenth of a pixel"));
            }
            _ => return Err(Wrong::default()),
        };
        value.map(Self).ok_or_else(|| Wrong::because("expected \"0px\" to \"50px\""))
    }

    fn with_unit(number: &str) -> Option<String> {
        Some(format!("{number}px"))
    }
}

/// A share of a whole in thousandths, 0 to 1000: `"40%"`, or a number from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Share(pub u32);

const SHARE: &str = "a share such as \"40%\" or 0.4";

impl FromValue for Share {
    fn from_value(value: &Value<'_>, mistakes: &Mistakes) -> Option<Self> {
        let milli = match (value.milli(), value.as_str().map(split_unit)) {
            (Some(milli), _) => milli.ok(),
            (None, Some((number, "%"))) => fixed(number, 1).ok(),
            (None, Some(_)) => None,
            (None, None) => return value.wrong_type(SHARE, mistakes),
        };
        match milli.and_then(|m| u32::try_from(m).ok()).filter(|m| *m <= 1000) {
            Some(milli) => Some(Self(milli)),
            None => {
                let label = format!("expected {SHARE}, from 0% to 100%, in steps of 0.1%");
                let diagnostic = value.wrong("out-of-range", SHARE, label, mistakes);
                mistakes.report(match value.get() {
                    DeValue::Integer(n) if n.radix() == 10 && n.as_str().len() <= 2 => {
                        diagnostic.hint(format!("write \"{n}%\""))
                    }
                    _ => diagnostic,
                });
                None
            }
        }
    }
}

/// How many times as fast, or as large, in thousandths; from 0.1 to 10: `1.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Factor(pub u32);

const FACTOR: &str = "a factor such as 1.5";

impl FromValue for Factor {
    fn from_value(value: &Value<'_>, mistakes: &Mistakes) -> Option<Self> {
        let Some(milli) = value.milli() else { return value.wrong_type(FACTOR, mistakes) };
        match milli.ok().and_then(|m| u32::try_from(m).ok()) {
            Some(milli) if (100..=10_000).contains(&milli) => Some(Self(milli)),
            _ => {
                let label = "expected a number from 0.1 to 10, in steps of 0.001";
                mistakes.report(value.wrong("out-of-range", FACTOR, label, mistakes));
                None
            }
        }
    }
}

/// Frames a second: `30`, or `"30000/1001"`; from 1 to 120.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameRate(pub Rational);

const FRAME_RATE: &str = "a frame rate such as 30 or \"30000/1001\"";

impl FromValue for FrameRate {
    fn from_value(value: &Value<'_>, mistakes: &Mistakes) -> Option<Self> {
        let rate = match (value.get(), value.as_str()) {
            (DeValue::Integer(number), _) => number.to_string().parse().ok().map(|n| (n, 1)),
            (_, Some(text)) => match text.split_once('/') {
                Some((num, den)) => num.trim().parse().ok().zip(den.trim().parse().ok()),
                None => text.trim().parse().ok().map(|n| (n, 1)),
            },
            _ => None,
        };
        let sane = |(num, den): &(u32, u32)| {
            *den > 0 && *den <= 10_000 && *num >= *den && u64::from(*num) <= 120 * u64::from(*den)
        };
        match rate.filter(sane) {
            Some((num, den)) => Some(Self(Rational::new(num, den))),
            None => {
                let label = format!("expected {FRAME_RATE}, from 1 to 120");
                let diagnostic = value.wrong("wrong-value", FRAME_RATE, label, mistakes);
                let broadcast = match value.get() {
                    DeValue::Float(f) if f.as_str().starts_with("29.97") => Some("30000/1001"),
                    DeValue::Float(f) if f.as_str().starts_with("23.9") => Some("24000/1001"),
                    DeValue::Float(f) if f.as_str().starts_with("59.94") => Some("60000/1001"),
                    _ => None,
                };
                mistakes.report(match broadcast {
                    Some(exact) => diagnostic.hint(format!("write \"{exact}\"")),
                    None => diagnostic,
                });
                None
            }
        }
    }
}

/// Width and height in pixels: `"1080x1920"`. Both even, from 16 to 8192.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PixelSize(pub Size);

impl FromText for PixelSize {
    const EXPECTED: &'static str = "a size in pixels such as \"1080x1920\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let parsed = text
            .split_once(['x', '×'])
            .and_then(|(w, h)| w.trim().parse().ok().zip(h.trim().parse().ok()));
        let Some((width, height)) = parsed else { return Err(Wrong::default()) };
        if [width, height]
            .iter()
            .any(|side: &u32| !(16..=8192).contains(side) || !side.is_multiple_of(2))
        {
            return Err(Wrong::because("width and height are even and lie from 16 to 8192"));
        }
        Ok(Self(Size { width, height }))
    }
}

/// A colour: `"#rrggbb"`, `"#rrggbbaa"`, or one of a few names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color(pub Rgba);

const NAMES: [(&str, Rgba); 12] = [
    ("black", Rgba(0, 0, 0, 255)),
    ("blue", Rgba(0, 0, 255, 255)),
    ("cyan", Rgba(0, 255, 255, 255)),
    ("gray", Rgba(128, 128, 128, 255)),
    ("green", Rgba(0, 128, 0, 255)),
    ("lime", Rgba(0, 255, 0, 255)),
    ("magenta", Rgba(255, 0, 255, 255)),
    ("orange", Rgba(255, 165, 0, 255)),
    ("red", Rgba(255, 0, 0, 255)),
    ("transparent", Rgba(0, 0, 0, 0)),
    ("white", Rgba(255, 255, 255, 255)),
    ("yellow", Rgba(255, 255, 0, 255)),
];

impl FromText for Color {
    const EXPECTED: &'static str = "a colour such as \"#ffcc00\", \"#ffcc0080\" or \"white\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        if let Some((_, color)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(Self(*color));
        }
        if let Some(hex) = text.strip_prefix('#') {
            let digits: Option<Vec<u8>> =
                hex.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
            let byte = |pair: &[u8]| pair[0] * 16 + pair[1];
            return match digits.as_deref() {
                Some([r, g, b]) => Ok(Self(Rgba(r * 17, g * 17, b * 17, 255))),
                Some(d) if d.len() == 6 || d.len() == 8 => {
                    let alpha = d.get(6..8).map_or(255, byte);
                    Ok(Self(Rgba(byte(&d[0..2]), byte(&d[2..4]), byte(&d[4..6]), alpha)))
                }
                _ => Err(Wrong::because("expected three, six or eight hexadecimal digits")),
            };
        }
        let hint = suggest::nearest(text, NAMES.iter().map(|(name, _)| *name))
            .map(|name| format!("did you mean \"{name}\"?"));
        Err(Wrong { why: None, hint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_follow_the_canvas() {
        let small = Size { width: 360, height: 640 };
        assert_eq!(Length::from_text("5%").unwrap().resolve(640, small), 32);
        assert_eq!(Length::from_text("-30px").unwrap().resolve(360, small), -10);
        assert_eq!(Length::from_text("12.5%"), Ok(Length::Milli(125)));
        assert_eq!(Length::from_text("40").unwrap_err().hint.unwrap(), "write \"40px\"");
        for text in ["", "px", "1.5px", "5em", "5.25%", "9999%", "%"] {
            assert!(Length::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn colours_are_hexadecimal_or_named() {
        assert_eq!(Color::from_text("#fc0"), Ok(Color(Rgba(255, 204, 0, 255))));
        assert_eq!(Color::from_text("#ffcc0080"), Ok(Color(Rgba(255, 204, 0, 128))));
        assert_eq!(Color::from_text("white"), Ok(Color(Rgba(255, 255, 255, 255))));
        assert_eq!(
            Color::from_text("yelow").unwrap_err().hint.unwrap(),
            "did you mean \"yellow\"?"
        );
        for text in ["", "#", "#ff", "#gggggg", "#ffcc0", "#é00"] {
            assert!(Color::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn pictures_have_even_sides() {
        assert_eq!(
            PixelSize::from_text("1080x1920"),
            Ok(PixelSize(Size { width: 1080, height: 1920 }))
        );
        for text in ["1080", "1081x1920", "0x0", "10000x16", "ax b"] {
            assert!(PixelSize::from_text(text).is_err(), "{text}");
        }
    }
}
