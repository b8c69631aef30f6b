//! What was written of pages, so that `memebuild clean` knows it from files of people's own.

use super::FOLDER;
use crate::contract::digest::Digest;
use crate::engine::project::Project;
use crate::engine::state;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

fn receipt(project: &Project) -> PathBuf {
    project.cache.join("state/reports.json")
}

/// Writes a page, and remembers that it is ours.
///
/// # Errors
/// Its folder or file cannot be written.
pub fn write(project: &Project, path: &Path, bytes: &[u8]) -> io::Result<()> {
    state::replace_readable(path, bytes)?;
    let mut pages = pages(project);
    pages.insert(path.to_owned(), Digest::of(bytes));
    let bytes = serde_json::to_vec(&pages)?;
    state::replace(&receipt(project), &bytes)
}

/// The pages that were written, and what their files held then.
pub fn pages(project: &Project) -> BTreeMap<PathBuf, Digest> {
    let read = std::fs::read(receipt(project)).ok();
    read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Pictures that were placed for pages: each is called after its content.
pub fn pictures(project: &Project) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(project.root.join(FOLDER)).into_iter().flatten().flatten();
    let own = |path: &PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let read = || std::fs::read(path).ok();
        stem.len() == 12 && read().is_some_and(|bytes| Digest::of(&bytes).short() == stem)
    };
    entries.map(|entry| entry.path()).filter(own).collect()
}
