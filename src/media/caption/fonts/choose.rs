//! From families that are wished for and a text to the exact faces that will draw it.

use super::super::coverage::Coverage;
use super::super::itemize::{Chain, draws, itemize};
use super::super::text::{self, Prepared};
use super::{FaceRef, Library, Resolution, family};
use crate::contract::caption::{CaptionEngine, CaptionSpec};
use crate::diagnostic::Diagnostic;
use cosmic_text::fontdb;
use cosmic_text::skrifa::{FontRef, MetadataProvider, Tag};
use std::cell::OnceCell;
use std::collections::HashSet;
use unicode_segmentation::UnicodeSegmentation;

/// Most missing clusters that are told.
const MISSING_MAX: usize = 32;

/// Most that a face is made bolder, thousandths of the font size on every side.
const EMBOLDEN_MAX: u32 = 30;

impl Library {
    /// The faces that `spec` needs: the first family of the style that is installed, then only
    /// what its text needs besides. Deterministic, and blind to fonts that the text does not need.
    ///
    /// # Errors
    /// No font is installed at all.
    pub fn resolve(&self, spec: &CaptionSpec) -> Result<Resolution, Diagnostic> {
        let prepared = text::prepare(&spec.text, spec.style.uppercase);
        let chain = Families::new(self, spec, &prepared);
        if chain.len() == 0 {
            return Err(Diagnostic::error(
                "no-fonts",
                "no font is installed, so no caption can be set",
            )
            .hint("install fonts: apt-get install fonts-noto-core fonts-noto-color-emoji")
            .hint("or put font files into the project's `fonts/` folder"));
        }
        if spec.engine == CaptionEngine::Drawtext {
            return Ok(self.one_face(&prepared, &chain));
        }
        let mut used = vec![0];
        let mut missing: Vec<String> = Vec::new();
        for paragraph in &prepared.paragraphs {
            for run in itemize(paragraph, &chain) {
                match run.face {
                    Some(face) if !used.contains(&face) => used.push(face),
                    Some(_) => {}
                    None => missing.extend(paragraph[run.range].graphemes(true).map(str::to_owned)),
                }
            }
        }
        used.sort_unstable();
        let faces = used.iter().map(|n| self.face_ref(chain.family(*n), chain.weight)).collect();
        Ok(Resolution { faces, missing: distinct(missing) })
    }

    /// For `drawtext`, which knows one font: the first face of letters that has all of the text,
    /// or else the first of all.
    fn one_face(&self, prepared: &Prepared, chain: &Families<'_>) -> Resolution {
        let clusters = || prepared.paragraphs.iter().flat_map(|text| text.graphemes(true));
        let has_all = |n: &usize| !chain.is_emoji(*n) && clusters().all(|c| draws(chain, *n, c));
        let face = (0..chain.len()).find(has_all).unwrap_or(0);
        let missing = clusters().filter(|c| !draws(chain, face, c)).map(str::to_owned).collect();
        let faces = vec![self.face_ref(chain.family(face), chain.weight)];
        Resolution { faces, missing: distinct(missing) }
    }

    /// A family by its lower-case name.
    pub(super) fn family(&self, key: &str) -> Option<usize> {
        self.families.binary_search_by(|family| family.key.as_str().cmp(key)).ok()
    }

    /// The face of a family that comes nearest to a weight, by CSS's rule: upright before italic,
    /// normal width first, then heavier first for a bold wish and lighter first for a light one.
    fn nearest(&self, family: usize, weight: u32) -> usize {
        let distance = |n: usize| {
            let has = self.weight(n, weight);
            let right_way = if weight > 500 { has > weight } else { has < weight };
            (has != weight && !right_way, has.abs_diff(weight))
        };
        let faces = &self.families[family].faces;
        let best = faces.iter().copied().min_by_key(|n| {
            let face = &self.faces[*n].described;
            (face.italic, face.stretch, distance(*n), *n)
        });
        best.unwrap_or(faces[0])
    }

    /// That face, made bolder where it is lighter than wished for. A family of one weight is as
    /// bold as its designer wants it to be, and pictures have no weight.
    fn face_ref(&self, family: usize, weight: u32) -> FaceRef {
        let n = self.nearest(family, weight);
        let face = &self.faces[n];
        let one_weight = self.families[family]
            .faces
            .iter()
            .all(|other| self.faces[*other].described.weight == face.described.weight);
        let lacks = weight.saturating_sub(self.weight(n, weight));
        let bolder = lacks >= 200 && !one_weight && !face.described.is_emoji();
        FaceRef {
            path: face.path.clone(),
            index: face.described.index,
            embolden_milli: if bolder { (lacks * 7 / 100).min(EMBOLDEN_MAX) } else { 0 },
        }
    }

    /// The weight that a face can be set to, as near to a wish as it can be.
    fn weight(&self, n: usize, wish: u32) -> u32 {
        let face = &self.faces[n];
        let has = u32::from(face.described.weight);
        if has == wish {
            return has;
        }
        let weights = face.weights.get_or_init(|| {
            self.with_data(n, |data, index| {
                let font = FontRef::from_index(data, index).ok()?;
                let axis = font.axes().get_by_tag(Tag::new(b"wght"))?;
                Some((axis.min_value(), axis.max_value()))
            })?
        });
        weights.map_or(has, |(min, max)| (wish as f32).clamp(min, max.max(min)) as u32)
    }

    fn coverage(&self, n: usize) -> &Coverage {
        let face = &self.faces[n];
        face.coverage.get_or_init(|| self.with_data(n, Coverage::of).unwrap_or_default())
    }

    /// Maps a face's file for as long as `f` looks at it.
    fn with_data<T>(&self, n: usize, f: impl FnOnce(&[u8], u32) -> T) -> Option<T> {
        let face = &self.faces[n];
        let mut db = fontdb::Database::new();
        let ids = db.load_font_source(fontdb::Source::File(face.file.clone()));
        db.with_face_data(*ids.first()?, |data, _| f(data, face.described.index))
    }
}

/// Without repetition, and no more than people read.
fn distinct(mut clusters: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    clusters.retain(|cluster| seen.insert(cluster.clone()));
    clusters.truncate(MISSING_MAX);
    clusters
}

/// Families for one text, in order of preference: those of the style, then the plain ones, then
/// those of Han characters in the likeliest language, then all others by rank and name. A family
/// may come twice; its characters are read only if the text asks for them.
struct Families<'a> {
    library: &'a Library,
    weight: u32,
    /// Those before the common rest, and their faces once asked.
    head: Vec<(usize, OnceCell<usize>)>,
}

impl<'a> Families<'a> {
    fn new(library: &'a Library, spec: &CaptionSpec, prepared: &Prepared) -> Self {
        let wished = spec.style.families.iter().flat_map(|name| family::expand(name));
        let head = wished
            .filter_map(|key| library.family(&key))
            .chain(family::PLAIN.iter().filter_map(|key| library.family(key)))
            .chain(family::han(&prepared.paragraphs).iter().filter_map(|key| library.family(key)))
            .map(|family| (family, OnceCell::new()))
            .collect();
        Self { library, weight: spec.style.weight, head }
    }

    fn family(&self, n: usize) -> usize {
        match self.head.get(n) {
            Some((family, _)) => *family,
            None => self.library.fallback[n - self.head.len()],
        }
    }
}

impl Chain for Families<'_> {
    fn len(&self) -> usize {
        self.head.len() + self.library.fallback.len()
    }

    fn is_emoji(&self, n: usize) -> bool {
        let faces = &self.library.families[self.family(n)].faces;
        self.library.faces[faces[0]].described.is_emoji()
    }

    fn has(&self, n: usize, c: char) -> bool {
        let nearest = || self.library.nearest(self.family(n), self.weight);
        let face = self.head.get(n).map_or_else(nearest, |(_, face)| *face.get_or_init(nearest));
        self.library.coverage(face).has(c)
    }
}
