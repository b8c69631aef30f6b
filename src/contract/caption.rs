//! A caption before and after typesetting.

use super::Contract;
use super::geometry::{Rect, Size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Red, green, blue, alpha; 0 to 255, not premultiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Rgba(pub u8, pub u8, pub u8, pub u8);

/// Where lines stand between the left and right edge of the box. `start` and `end` follow the
/// direction of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Align {
    Start,
    Center,
    End,
}

/// Where the block of lines stands between the top and bottom edge of the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerticalAlign {
    Top,
    Middle,
    Bottom,
}

/// What draws the caption: our typesetter into a picture, or ffmpeg's `drawtext`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaptionEngine {
    Typeset,
    Drawtext,
}

/// The look of a caption, all lengths in pixels of the canvas it is made for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaptionStyle {
    /// Font families in order of preference; the first that is installed is used, and glyphs it
    /// lacks fall back further.
    pub families: Vec<String>,
    /// CSS weight, 100 to 900.
    pub weight: u32,
    /// Largest and smallest font size that auto-fit may choose.
    pub size_max: u32,
    pub size_min: u32,
    /// Distance between base lines, thousandths of the font size.
    pub line_height_milli: u32,
    pub color: Rgba,
    pub uppercase: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<Outline>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Shadow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<Plate>,
    pub align: Align,
    pub vertical_align: VerticalAlign,
    /// Most lines that auto-fit may use before it shrinks the text.
    pub max_lines: u32,
}

/// A line around every glyph. Its width scales with the chosen size: it is given for `size_max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Outline {
    pub width: u32,
    pub color: Rgba,
}

/// A blurred copy below the glyphs. Its lengths scale like those of [`Outline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shadow {
    pub dx: i32,
    pub dy: i32,
    /// How far the blur reaches.
    pub blur: u32,
    pub color: Rgba,
}

/// A filled box behind each line; those of lines that follow each other grow together. Its
/// lengths scale like those of [`Outline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plate {
    pub color: Rgba,
    pub padding: u32,
    pub radius: u32,
}

/// One caption, resolved: the typesetter needs nothing else but the fonts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaptionSpec {
    pub text: String,
    pub engine: CaptionEngine,
    pub style: CaptionStyle,
    /// The canvas, for the critic's relative measures.
    pub canvas: Size,
    /// The part of the canvas that the bitmap covers; all ink must lie inside.
    pub area: Rect,
}

impl Contract for CaptionSpec {
    const NAME: &'static str = "caption";
    const VERSION: u32 = 1;
}

/// What typesetting found out, for the critic. Boxes are in canvas pixels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaptionFacts {
    /// The exact box of all pixels that are not wholly transparent; absent if there are none.
    pub ink: Option<Rect>,
    /// Whether ink was cut off at the edge of the area.
    pub clipped: bool,
    /// The exact box of each line's letters and their outlines, without shadow and plate, top to
    /// bottom; lines without ink have none.
    pub lines: Vec<Rect>,
    /// The font size that auto-fit chose, pixels.
    pub font_size: u32,
    /// Height of a capital letter at that size, pixels.
    pub cap_height: u32,
    /// User-perceived characters, for reading speed.
    pub graphemes: u32,
    /// The longest line, in user-perceived characters.
    pub longest_line: u32,
    /// Clusters that no installed font can draw.
    pub missing: Vec<String>,
    /// Families that were really used, in order of first use.
    pub families: Vec<String>,
    /// Colours for the contrast rule.
    pub color: Rgba,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<Rgba>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<Rgba>,
}

impl Contract for CaptionFacts {
    const NAME: &'static str = "caption-facts";
    const VERSION: u32 = 1;
}
