//! A snapshot with a few looks changed: the others hold, as somebody has just found out.

use super::read::{Recorded, Snapshot, open};
use super::recorder::{Watched, group, groups, seal, split};
use super::{GROUP, Head};
use crate::store::{Stamp, stamp};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ffi::{CStr, CString};
use std::path::PathBuf;

/// What is otherwise than a snapshot says.
#[derive(Debug, Default)]
pub struct Patch {
    files: Vec<Watched>,
    tables: Vec<Watched>,
    gone: Vec<PathBuf>,
}

impl Patch {
    /// A file whose bytes were read under `stamp`, and must still be those.
    pub fn file(&mut self, path: PathBuf, stamp: Stamp) {
        self.files.push((path, Some(stamp)));
    }

    /// A table of captions; all of them must be given.
    pub fn table(&mut self, path: PathBuf, stamp: Stamp) {
        self.tables.push((path, Some(stamp)));
    }

    /// A path that is not to be looked at any more.
    pub fn gone(&mut self, path: PathBuf) {
        self.gone.push(path);
    }
}

impl Snapshot<'_> {
    /// The snapshot with these changes. `None` where something changed since it was read, or is too
    /// fresh to tell.
    pub fn patched(&self, patch: Patch, circumstances: &[u8; 32], head: &Head) -> Option<Vec<u8>> {
        let changed = patch.files.iter().map(|(path, _)| path).chain(&patch.gone);
        let changed: HashSet<(&[u8], &[u8])> = changed.map(|path| split(path)).collect();
        let folders: HashSet<&[u8]> = changed.iter().map(|(folder, _)| *folder).collect();
        let now = stamp::now_ns();
        let added = groups(patch.files.clone(), now)?;
        let mut pending = Pending::new(&added)?;
        let mut rest: Vec<Cow<'_, [u8]>> = Vec::with_capacity(self.rest().len() + added.len());
        for old in self.rest() {
            let (folder, mut looks) = open(old)?;
            if !folders.contains(folder.to_bytes()) {
                rest.push(Cow::Borrowed(old));
                continue;
            }
            looks.retain(|look| !changed.contains(&(folder.to_bytes(), look.name.to_bytes())));
            pending.fill(folder, &mut looks);
            if !looks.is_empty() {
                let bytes = looks.iter().map(|look| look.bytes);
                rest.push(Cow::Owned(group(folder, bytes)));
            }
        }
        for (folder, looks) in &pending.folders {
            for looks in looks.chunks(GROUP) {
                rest.push(Cow::Owned(group(folder, looks.iter().map(|look| look.bytes))));
            }
        }
        let tables = groups(patch.tables, now)?;
        Some(seal(circumstances, head, &tables, rest.iter().map(|group| &**group)))
    }
}

/// Looks that are to find a group.
struct Pending<'b> {
    folders: BTreeMap<CString, Vec<Recorded<'b>>>,
}

impl<'b> Pending<'b> {
    fn new(groups: &'b [Vec<u8>]) -> Option<Self> {
        let mut folders: BTreeMap<CString, Vec<Recorded<'b>>> = BTreeMap::new();
        for group in groups {
            let (folder, looks) = open(group)?;
            folders.entry(folder.to_owned()).or_default().extend(looks);
        }
        Some(Self { folders })
    }

    /// Moves as many into a group of their folder as it takes.
    fn fill(&mut self, folder: &CStr, looks: &mut Vec<Recorded<'b>>) {
        let Some(waiting) = self.folders.get_mut(folder) else { return };
        let room = GROUP.saturating_sub(looks.len()).min(waiting.len());
        looks.extend(waiting.drain(..room));
    }
}
