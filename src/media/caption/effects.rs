//! The sizes of outline, shadow and plate at the font size that auto-fit chose.

use crate::contract::caption::CaptionStyle;

/// Effects grow and shrink with the text: a style gives them for its largest size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effects {
    /// How far the outline reaches beyond the glyph, pixels; 0 for none.
    pub outline: f32,
    pub shadow: Option<ShadowAt>,
    pub plate: Option<PlateAt>,
}

/// A shadow in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShadowAt {
    pub dx: i32,
    pub dy: i32,
    /// How far the blur reaches.
    pub blur: u32,
}

/// A plate in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlateAt {
    pub padding: f32,
    pub radius: f32,
}

/// How far effects reach beyond the glyphs on each side, and one pixel more, which stays
/// transparent so that a cut would be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Insets {
    pub left: f32,
    pub right: f32,
    pub top: f32,
    pub bottom: f32,
}

impl Insets {
    pub fn widest(&self) -> f32 {
        self.left.max(self.right).max(self.top).max(self.bottom)
    }
}

/// Longest length of an effect, pixels: what nobody means beyond it would only cost memory.
const LENGTH_MAX: f32 = 512.0;

impl Effects {
    /// The effects of `style` for text of `size` pixels.
    pub fn at(style: &CaptionStyle, size: u32) -> Self {
        let scale = size as f32 / style.size_max.max(1) as f32;
        let length = |px: u32| (px as f32 * scale).min(LENGTH_MAX);
        let offset = |px: i32| (px as f32 * scale).clamp(-LENGTH_MAX, LENGTH_MAX).round() as i32;
        let visible = |alpha: u8| alpha > 0;
        Self {
            outline: style.outline.filter(|o| visible(o.color.3)).map_or(0.0, |o| length(o.width)),
            shadow: style.shadow.filter(|s| visible(s.color.3)).map(|s| ShadowAt {
                dx: offset(s.dx),
                dy: offset(s.dy),
                blur: length(s.blur).round() as u32,
            }),
            plate: style
                .plate
                .filter(|p| visible(p.color.3))
                .map(|p| PlateAt { padding: length(p.padding), radius: length(p.radius) }),
        }
    }

    pub fn insets(&self) -> Insets {
        let outline = self.outline;
        let mut insets = Insets { left: outline, right: outline, top: outline, bottom: outline };
        if let Some(shadow) = self.shadow {
            let reach = outline + shadow.blur as f32;
            let (dx, dy) = (shadow.dx as f32, shadow.dy as f32);
            insets.left = insets.left.max(reach - dx);
            insets.right = insets.right.max(reach + dx);
            insets.top = insets.top.max(reach - dy);
            insets.bottom = insets.bottom.max(reach + dy);
        }
        if let Some(plate) = self.plate {
            // A plate begins and ends between pixels nowhere: up to one pixel more.
            let reach = outline + plate.padding + 1.0;
            insets.left = insets.left.max(reach);
            insets.right = insets.right.max(reach);
            insets.top = insets.top.max(reach);
            insets.bottom = insets.bottom.max(reach);
        }
        // One transparent pixel, and one for glyphs that begin between two pixels.
        let side = |px: f32| px.ceil() + 2.0;
        Insets {
            left: side(insets.left),
            right: side(insets.right),
            top: side(insets.top),
            bottom: side(insets.bottom),
        }
    }
}
