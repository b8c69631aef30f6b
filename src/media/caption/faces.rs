//! The faces of one caption, loaded: shaping, metrics, outlines and colour pictures of glyphs.

use super::coverage::Coverage;
use super::fonts::FaceRef;
use super::itemize::Chain;
use crate::diagnostic::Diagnostic;
use cosmic_text::fontdb::{self, FaceInfo, ID, Language, Source, Stretch, Style, Weight};
use cosmic_text::{Fallback, Font, FontSystem};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use swash::scale::image::Content;
use swash::scale::outline::Outline;
use swash::scale::{ScaleContext, Scaler, StrikeWith};
use unicode_script::Script;

/// Font units per em of the outlines that extents are read from: exact enough for any size.
const PROBE: f32 = 1000.0;

/// Faces in order of preference. Each is known to the shaper by a family name of its own, so that
/// a run of text gets exactly the face that was chosen for it.
pub struct Faces {
    pub system: FontSystem,
    loaded: Vec<Loaded>,
    weight: Weight,
    scale: ScaleContext,
    extents: HashMap<(ID, u16), Option<Extent>>,
    pictures: HashMap<(ID, u16), Option<Rc<Picture>>>,
}

struct Loaded {
    id: ID,
    /// What the shaper calls it.
    name: String,
    /// What people call it.
    family: String,
    emoji: bool,
    font: Arc<Font>,
    index: u32,
    /// How much bolder it is drawn, in units of the font size.
    embolden: f32,
    coverage: OnceCell<Coverage>,
}

/// How far a glyph's ink reaches from its origin on the base line, in units of the font size:
/// `left` and `right` to the right, `top` up, `bottom` down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    pub left: f32,
    pub right: f32,
    pub top: f32,
    pub bottom: f32,
}

/// A glyph as a picture: straight RGBA, made for a font size of `ppem` pixels, its top left corner
/// `left` to the right of and `top` above the origin.
pub struct Picture {
    pub ppem: f32,
    pub left: f32,
    pub top: f32,
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

/// No fallback of the shaper's own: what is chosen is declared.
struct NoFallback;

impl Fallback for NoFallback {
    fn common_fallback(&self) -> &[&'static str] {
        &[]
    }
    fn forbidden_fallback(&self) -> &[&'static str] {
        &[]
    }
    fn script_fallback(&self, _: Script, _: &str) -> &[&'static str] {
        &[]
    }
}

impl Faces {
    /// Opens the files. A variable font is set to `weight` (CSS, 1 to 1000).
    pub fn load(faces: &[FaceRef], weight: u32) -> Result<Self, Diagnostic> {
        let weight = Weight(weight.clamp(1, 1000) as u16);
        let mut db = fontdb::Database::new();
        let mut known = Vec::new();
        for (n, face) in faces.iter().enumerate() {
            let info = face_info(face).ok_or_else(|| bad_font(face))?;
            let family = info.families.first().map_or(String::new(), |(name, _)| name.clone());
            let name = format!("f{n}");
            let id = db.push_face_info(FaceInfo {
                families: vec![(name.clone(), Language::English_UnitedStates)],
                post_script_name: name.clone(),
                style: Style::Normal,
                weight,
                stretch: Stretch::Normal,
                monospaced: false,
                ..info
            });
            known.push((id, name, family));
        }
        if known.is_empty() {
            return Err(Diagnostic::error("no-fonts", "a caption needs at least one font"));
        }
        let mut system =
            FontSystem::new_with_locale_and_db_and_fallback("en-US".to_owned(), db, NoFallback);
        let mut loaded = Vec::new();
        for ((id, name, family), face) in known.into_iter().zip(faces) {
            let font = system.get_font(id, weight).ok_or_else(|| bad_font(face))?;
            let emoji = is_emoji_family(&family);
            let embolden = face.embolden_milli.min(100) as f32 / 1000.0;
            let (index, coverage) = (face.index, OnceCell::new());
            loaded.push(Loaded { id, name, family, emoji, font, index, embolden, coverage });
        }
        let scale = ScaleContext::new();
        let (extents, pictures) = (HashMap::new(), HashMap::new());
        Ok(Self { system, loaded, weight, scale, extents, pictures })
    }

    /// What the shaper calls a face.
    pub fn name(&self, face: usize) -> &str {
        &self.loaded[face].name
    }

    /// What people call the face with this id.
    pub fn family(&self, id: ID) -> Option<&str> {
        self.loaded.iter().find(|face| face.id == id).map(|face| face.family.as_str())
    }

    /// How much bolder than it is a face is drawn, on every side, in units of the font size.
    pub fn embolden(&self, id: ID) -> f32 {
        self.loaded.iter().find(|face| face.id == id).map_or(0.0, |face| face.embolden)
    }

    pub fn weight(&self) -> Weight {
        self.weight
    }

    /// Height of a capital letter of the first face, in units of the font size.
    pub fn cap_height(&mut self) -> f32 {
        self.reference('H').map_or(0.7, |extent| extent.top)
    }

    /// How far small letters of the first face reach above and below the base line, in units of
    /// the font size.
    pub fn reach(&mut self) -> (f32, f32) {
        let above = self.reference('l').map_or(0.7, |extent| extent.top);
        let below = self.reference('p').map_or(0.2, |extent| extent.bottom);
        (above, below)
    }

    fn reference(&mut self, c: char) -> Option<Extent> {
        let first = &self.loaded[0];
        let glyph = first.font.as_swash().charmap().map(c);
        let id = first.id;
        (glyph != 0).then(|| self.extent(id, glyph)).flatten()
    }

    /// How far a glyph's ink reaches; `None` for one without ink.
    pub fn extent(&mut self, id: ID, glyph: u16) -> Option<Extent> {
        if let Some(known) = self.extents.get(&(id, glyph)) {
            return *known;
        }
        let extent = self.measure(id, glyph);
        self.extents.insert((id, glyph), extent);
        extent
    }

    fn measure(&mut self, id: ID, glyph: u16) -> Option<Extent> {
        if let Some(picture) = self.picture(id, glyph) {
            return Some(Extent {
                left: picture.left / picture.ppem,
                right: (picture.left + picture.width as f32) / picture.ppem,
                top: picture.top / picture.ppem,
                bottom: (picture.height as f32 - picture.top) / picture.ppem,
            });
        }
        let bounds = self.outline(id, glyph, PROBE)?.bounds();
        let bolder = self.embolden(id);
        (bounds.width() > 0.0 && bounds.height() > 0.0).then(|| Extent {
            left: bounds.min.x / PROBE - bolder,
            right: bounds.max.x / PROBE + bolder,
            top: bounds.max.y / PROBE + bolder,
            bottom: -bounds.min.y / PROBE + bolder,
        })
    }

    /// The outline of a glyph at a font size in pixels, y upwards; for a glyph of coloured layers
    /// (COLR) all layers.
    pub fn outline(&mut self, id: ID, glyph: u16, size: f32) -> Option<Outline> {
        self.with_scaler(id, size, |scaler| {
            scaler.scale_outline(glyph).or_else(|| scaler.scale_color_outline(glyph))
        })
        .filter(|outline| !outline.is_empty())
    }

    fn with_scaler<T>(
        &mut self,
        id: ID,
        size: f32,
        f: impl FnOnce(&mut Scaler<'_>) -> Option<T>,
    ) -> Option<T> {
        let font = self.loaded.iter().find(|face| face.id == id)?.font.clone();
        let font = font.as_swash();
        let builder = self.scale.builder(font).size(size).hint(false);
        let wght = swash::Tag::from_be_bytes(*b"wght");
        let mut scaler = match font.variations().find_by_tag(wght) {
            Some(axis) => {
                let value = f32::from(self.weight.0).clamp(axis.min_value(), axis.max_value());
                builder.normalized_coords(font.variations().normalized_coords([(wght, value)]))
            }
            None => builder,
        }
        .build();
        f(&mut scaler)
    }

    /// The largest colour picture of a glyph; `None` where the face has none.
    pub fn picture(&mut self, id: ID, glyph: u16) -> Option<Rc<Picture>> {
        if let Some(known) = self.pictures.get(&(id, glyph)) {
            return known.clone();
        }
        let picture = self.read_picture(id, glyph).map(Rc::new);
        self.pictures.insert((id, glyph), picture.clone());
        picture
    }

    fn read_picture(&mut self, id: ID, glyph: u16) -> Option<Picture> {
        let font = self.loaded.iter().find(|face| face.id == id)?.font.clone();
        let ppem = font.as_swash().color_strikes().find_by_largest_ppem(glyph)?.ppem();
        // A size of nothing asks for the picture as it is stored.
        let image = self.with_scaler(id, 0.0, |scaler| {
            scaler.scale_color_bitmap(glyph, StrikeWith::LargestSize)
        })?;
        let (width, height) = (image.placement.width, image.placement.height);
        let whole = image.data.len() == width as usize * height as usize * 4;
        (ppem > 0 && width > 0 && height > 0 && whole && image.content == Content::Color).then(
            || Picture {
                ppem: f32::from(ppem),
                left: image.placement.left as f32,
                top: image.placement.top as f32,
                width,
                height,
                rgba: image.data,
            },
        )
    }
}

impl Chain for Faces {
    fn len(&self) -> usize {
        self.loaded.len()
    }

    fn is_emoji(&self, face: usize) -> bool {
        self.loaded[face].emoji
    }

    fn has(&self, face: usize, c: char) -> bool {
        let face = &self.loaded[face];
        face.coverage.get_or_init(|| Coverage::of(face.font.data(), face.index)).has(c)
    }
}

/// Whether a family holds colour pictures, by its name: no table of a font says so.
pub fn is_emoji_family(family: &str) -> bool {
    family.to_ascii_lowercase().contains("emoji")
}

fn face_info(face: &FaceRef) -> Option<FaceInfo> {
    let mut db = fontdb::Database::new();
    let ids = db.load_font_source(Source::File(face.path.clone()));
    ids.iter().filter_map(|id| db.face(*id)).find(|info| info.index == face.index).cloned()
}

fn bad_font(face: &FaceRef) -> Diagnostic {
    let message = format!("`{}` is not a font (face {})", face.path.display(), face.index);
    Diagnostic::error("bad-font", message)
}
