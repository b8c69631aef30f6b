//! `[style.NAME]`: the look of captions.

use crate::contract::caption::{Align, CaptionStyle, Outline, Plate, Rgba, Shadow, VerticalAlign};
use crate::contract::geometry::Size;
use crate::media::caption::preset;
use crate::memefile::{At, Color, Factor, KeyDoc, Length, Mistakes, Reader, Section, SectionDoc};
use crate::node::catalogue::{Catalogue, Declared, unknown};
use crate::node::expansion::Expansion;
use crate::node::registry::NodeType;

/// The styles that need no section.
pub const NAMES: [&str; 3] = ["impact", "tiktok", "subtitle"];

/// What a `[style.NAME]` overrides of its base. Lengths are relative until a canvas is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// A built-in style.
    pub base: At<String>,
    pub families: Option<Vec<String>>,
    pub weight: Option<u32>,
    pub size: Option<Length>,
    pub size_min: Option<Length>,
    pub line_height_milli: Option<u32>,
    pub color: Option<Rgba>,
    pub uppercase: Option<bool>,
    /// `Some(None)` switches it off.
    pub outline: Option<Option<OutlineDecl>>,
    pub shadow: Option<Option<ShadowDecl>>,
    pub plate: Option<Option<PlateDecl>>,
    pub align: Option<Align>,
    pub vertical_align: Option<VerticalAlign>,
    pub max_lines: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutlineDecl {
    pub width: Length,
    pub color: Rgba,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShadowDecl {
    pub x: Length,
    pub y: Length,
    pub blur: Length,
    pub color: Rgba,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlateDecl {
    pub color: Rgba,
    pub padding: Length,
    pub radius: Length,
}

impl Declared for Style {
    const SECTION: &'static str = "style";
    const BUILT_IN: &'static [&'static str] = &NAMES;
}

/// The style of a name on a canvas: declared, else built in.
pub fn resolve(name: &str, catalogue: &Catalogue, canvas: Size) -> Option<CaptionStyle> {
    match catalogue.get::<Style>(name) {
        Some(style) => Some(style.over(preset(&style.base.value, canvas)?, canvas)),
        None => preset(name, canvas),
    }
}

impl Style {
    /// The style on a canvas, over `base`, the built-in style on the same canvas.
    pub fn over(&self, base: CaptionStyle, canvas: Size) -> CaptionStyle {
        let px = |length: Length| u32::try_from(length.resolve(canvas.height, canvas)).unwrap_or(0);
        let signed = |length: Length| length.resolve(canvas.height, canvas);
        let size_max = self.size.map_or(base.size_max, px).max(1);
        let size_min = match (self.size_min, self.size) {
            (Some(least), _) => px(least),
            // A style with its own size shrinks as far as its base does, in proportion.
            (None, Some(_)) => size_max * base.size_min / base.size_max.max(1),
            (None, None) => base.size_min,
        };
        CaptionStyle {
            families: self.families.clone().unwrap_or(base.families),
            weight: self.weight.unwrap_or(base.weight),
            size_max,
            size_min: size_min.clamp(1, size_max),
            line_height_milli: self.line_height_milli.unwrap_or(base.line_height_milli),
            color: self.color.unwrap_or(base.color),
            uppercase: self.uppercase.unwrap_or(base.uppercase),
            outline: match self.outline {
                Some(own) => own.map(|o| Outline { width: px(o.width), color: o.color }),
                None => base.outline,
            },
            shadow: match self.shadow {
                Some(own) => own.map(|s| Shadow {
                    dx: signed(s.x),
                    dy: signed(s.y),
                    blur: px(s.blur),
                    color: s.color,
                }),
                None => base.shadow,
            },
            plate: match self.plate {
                Some(own) => own.map(|p| Plate {
                    color: p.color,
                    padding: px(p.padding),
                    radius: px(p.radius),
                }),
                None => base.plate,
            },
            align: self.align.unwrap_or(base.align),
            vertical_align: self.vertical_align.unwrap_or(base.vertical_align),
            max_lines: self.max_lines.unwrap_or(base.max_lines),
        }
    }
}

const OUTLINE: &[KeyDoc] = &[
    KeyDoc::new("width", "length", "\"0.4%\"", "For text of the largest size; shrinks with it."),
    KeyDoc::new("color", "colour", "\"black\"", ""),
];
const SHADOW: &[KeyDoc] = &[
    KeyDoc::new("x", "length", "\"0%\"", "To the right."),
    KeyDoc::new("y", "length", "\"0.3%\"", "Downwards."),
    KeyDoc::new("blur", "length", "\"0.4%\"", "Radius."),
    KeyDoc::new("color", "colour", "\"#000000a0\"", ""),
];
const PLATE: &[KeyDoc] = &[
    KeyDoc::new("color", "colour", "\"#000000c0\"", ""),
    KeyDoc::new("padding", "length", "\"0.8%\"", "Around each line."),
    KeyDoc::new("radius", "length", "\"0.8%\"", "Of its corners."),
];

static DOC: SectionDoc = SectionDoc {
    kind: "style",
    named: true,
    about: "The look of captions. Built in are `impact` (heavy white capitals with a thick black \
outline), `tiktok` (bold white letters on rounded dark plates) and `subtitle` (white letters with a \
thin outline and a soft shadow); a style of your own begins as a copy of one of these. Lengths in percent \
are of the canvas's height.",
    keys: &[
        KeyDoc::new(
            "base",
            "name of a built-in style",
            "\"impact\"",
            "Where all values come from \
             that are not set here.",
        ),
        KeyDoc::new(
            "fonts",
            "list of strings",
            "",
            "Families in order of preference; the first \
             that is installed is used.",
        ),
        KeyDoc::new("weight", "whole number, 100 to 900", "", "400 is regular, 700 is bold."),
        KeyDoc::new("size", "length", "", "The largest font size; long texts are set smaller."),
        KeyDoc::new("min-size", "length", "", "The smallest font size."),
        KeyDoc::new("line-height", "factor", "", "Distance of the base lines, in font sizes."),
        KeyDoc::new("color", "colour", "", "Of the text."),
        KeyDoc::new("uppercase", "`true` or `false`", "", "Sets everything in capitals."),
        KeyDoc::new("outline", "table or `false`", "", "A line around every letter.")
            .table(OUTLINE),
        KeyDoc::new("shadow", "table or `false`", "", "A blurred copy below the letters.")
            .table(SHADOW),
        KeyDoc::new("plate", "table or `false`", "", "A filled box behind each line.").table(PLATE),
        KeyDoc::new(
            "align",
            "`start`, `center` or `end`",
            "",
            "Where lines stand in the box; \
             `start` follows the direction of the text.",
        ),
        KeyDoc::new(
            "vertical-align",
            "`top`, `middle` or `bottom`",
            "",
            "Where the block of lines \
             stands in the box.",
        ),
        KeyDoc::new(
            "max-lines",
            "whole number, 1 to 20",
            "",
            "More are only used at the smallest \
             size.",
        ),
    ],
    example: r##"
[style.loud]
base = "impact"
color = "#ffee00"
size = "7%"
outline = { width = "8px", color = "black" }
shadow = false"##,
};

pub struct StyleType;

impl NodeType for StyleType {
    fn name(&self) -> &'static str {
        "style"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let before = mistakes.len();
        let style = read(&reader, section.name);
        if mistakes.len() == before {
            catalogue.insert(section.name, section.span(mistakes), style);
        }
    }

    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        for (_, entry) in catalogue.iter::<Style>() {
            let base = &entry.value.base;
            if !NAMES.contains(&base.value.as_str()) {
                expansion.check(Err(unknown(
                    "built-in style",
                    base,
                    "not built in",
                    NAMES.into_iter(),
                )));
            }
        }
    }
}

fn read(reader: &Reader<'_, '_>, name: &str) -> Style {
    let own = if NAMES.contains(&name) { name } else { "impact" };
    let u32_of = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let base = At { value: own.to_owned(), span: reader.span() };
    Style {
        base: reader.get("base").unwrap_or(base),
        families: reader.get("fonts"),
        weight: reader.int("weight", 100..=900).map(u32_of),
        size: reader.get("size"),
        size_min: reader.get("min-size"),
        line_height_milli: reader.get("line-height").map(|Factor(milli)| milli),
        color: color(reader, "color"),
        uppercase: reader.get("uppercase"),
        outline: part(reader, "outline", |table| OutlineDecl {
            width: table.get("width").unwrap_or(Length::Milli(4)),
            color: color(table, "color").unwrap_or(Rgba(0, 0, 0, 255)),
        }),
        shadow: part(reader, "shadow", |table| ShadowDecl {
            x: table.get("x").unwrap_or(Length::Milli(0)),
            y: table.get("y").unwrap_or(Length::Milli(3)),
            blur: table.get("blur").unwrap_or(Length::Milli(4)),
            color: color(table, "color").unwrap_or(Rgba(0, 0, 0, 0xa0)),
        }),
        plate: part(reader, "plate", |table| PlateDecl {
            color: color(table, "color").unwrap_or(Rgba(0, 0, 0, 0xc0)),
            padding: table.get("padding").unwrap_or(Length::Milli(8)),
            radius: table.get("radius").unwrap_or(Length::Milli(8)),
        }),
        align: reader.get("align"),
        vertical_align: reader.get("vertical-align"),
        max_lines: reader.int("max-lines", 1..=20).map(u32_of),
    }
}

fn color(reader: &Reader<'_, '_>, key: &'static str) -> Option<Rgba> {
    reader.get(key).map(|Color(rgba)| rgba)
}

/// A table, or `false` to switch the part off.
fn part<'d, 'm, T>(
    reader: &Reader<'d, 'm>,
    key: &'static str,
    read: impl FnOnce(&Reader<'d, 'm>) -> T,
) -> Option<Option<T>> {
    let value = reader.value(key)?;
    if let Some(table) = value.table(reader.keys_of(key), reader.mistakes()) {
        return Some(Some(read(&table)));
    }
    match value.get() {
        toml::de::DeValue::Boolean(false) => Some(None),
        _ => value.wrong_type("a table or `false`", reader.mistakes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::caption::PRESETS;

    #[test]
    fn the_built_in_styles_are_the_presets() {
        assert_eq!(NAMES, PRESETS.map(|(name, _)| name));
    }

    #[test]
    fn a_style_overrides_its_base_and_follows_the_canvas() {
        let tall = Size { width: 1080, height: 1920 };
        let small = Size { width: 360, height: 640 };
        let span = crate::diagnostic::Span {
            source: std::sync::Arc::new(crate::diagnostic::Source {
                name: String::new(),
                text: "".into(),
            }),
            range: 0..0,
        };
        let style = Style {
            base: At { value: "impact".to_owned(), span: span.clone() },
            families: None,
            weight: Some(400),
            size: Some(Length::Milli(50)),
            size_min: None,
            line_height_milli: None,
            color: None,
            uppercase: Some(false),
            outline: Some(Some(OutlineDecl { width: Length::Px(9), color: Rgba(1, 2, 3, 255) })),
            shadow: None,
            plate: Some(None),
            align: None,
            vertical_align: None,
            max_lines: None,
        };
        let mut catalogue = Catalogue::default();
        catalogue.insert("own", span, style);
        let base = preset("impact", tall).unwrap();
        let own = resolve("own", &catalogue, tall).unwrap();
        assert_eq!((own.size_max, own.weight, own.uppercase), (96, 400, false));
        assert_eq!(own.outline, Some(Outline { width: 9, color: Rgba(1, 2, 3, 255) }));
        assert_eq!((own.families, own.max_lines), (base.families, base.max_lines));
        assert!(own.size_min <= own.size_max);
        let own = resolve("own", &catalogue, small).unwrap();
        assert_eq!((own.size_max, own.outline.unwrap().width), (32, 3));
        assert_eq!(resolve("impact", &catalogue, tall), preset("impact", tall));
        assert_eq!(resolve("other", &catalogue, tall), None);
    }
}
