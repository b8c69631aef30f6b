//! What font files say of themselves, remembered between runs.
//!
//! Reading the names of some hundred files takes longer than all else that a build with nothing to
//! do does. The index is only ever a shortcut: a file whose length or time differs is read again,
//! and which bytes a caption was drawn with is known from the bytes, never from here.

use super::super::faces::is_emoji_family;
use super::family;
use cosmic_text::fontdb::{self, Source, Style};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Raised when the index holds something else.
const VERSION: u32 = 1;

/// One face, as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Described {
    pub index: u32,
    /// With its width, where that is not normal.
    pub family: String,
    pub weight: u16,
    pub italic: bool,
    /// Steps of width from normal.
    pub stretch: u16,
}

impl Described {
    pub fn is_emoji(&self) -> bool {
        is_emoji_family(&self.family)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    len: u64,
    /// Nanoseconds since 1970.
    modified: u64,
    faces: Vec<Described>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    version: u32,
    files: BTreeMap<PathBuf, Known>,
}

/// The faces of each file, in the order of `files`; none of one that is not a font. What `index`
/// (a file, or nothing) knows is not read again, and what is new is written there; that it cannot
/// be is no error.
pub fn describe(files: &[PathBuf], index: Option<&Path>) -> Vec<Vec<Described>> {
    let old = index.map(load).unwrap_or_default();
    let known: Vec<Option<(Known, bool)>> = files
        .par_iter()
        .map(|file| {
            let (len, modified) = stat(file)?;
            let kept = old.files.get(file).filter(|k| k.len == len && k.modified == modified);
            let fresh = || Known { len, modified, faces: read(file) };
            Some((kept.cloned().unwrap_or_else(fresh), kept.is_none()))
        })
        .collect();
    let changed = known.iter().flatten().any(|(_, fresh)| *fresh)
        || known.iter().flatten().count() != old.files.len();
    if let Some(index) = index.filter(|_| changed) {
        let entry = |(file, known): (&PathBuf, &Option<(Known, bool)>)| {
            Some((file.clone(), known.as_ref()?.0.clone()))
        };
        let files = files.iter().zip(&known).filter_map(entry).collect();
        // Only a shortcut is lost if this fails.
        let _ = save(index, &Index { version: VERSION, files });
    }
    known.into_iter().map(|known| known.map_or(Vec::new(), |(known, _)| known.faces)).collect()
}

fn load(path: &Path) -> Index {
    let index: Option<Index> =
        std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    index.filter(|index| index.version == VERSION).unwrap_or_default()
}

fn save(path: &Path, index: &Index) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec(index)?)?;
    file.persist(path)?;
    Ok(())
}

fn stat(file: &Path) -> Option<(u64, u64)> {
    let stat = std::fs::metadata(file).ok()?;
    let modified = stat.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Some((stat.len(), u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX)))
}

fn read(file: &Path) -> Vec<Described> {
    let mut db = fontdb::Database::new();
    db.load_font_source(Source::File(file.to_owned()));
    db.faces()
        .filter_map(|info| {
            let (family, _) = info.families.first()?;
            Some(Described {
                index: info.index,
                family: family::with_width(family, info.stretch),
                weight: info.weight.0,
                italic: info.style != Style::Normal,
                stretch: info.stretch.to_number().abs_diff(5),
            })
        })
        .collect()
}
