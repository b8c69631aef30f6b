//! What lies in the store, for `cache ls` and `cache stat`.

use super::error::StoreError;
use super::layout::Layout;
use super::local::LocalStore;
use super::stamp::Stamp;
use super::{Lookup, record};
use crate::contract::digest::{ActionKey, Digest};
use rayon::prelude::*;
use std::io;
use std::path::{Path, PathBuf};

/// A blob: its name, and as many bytes as its file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobEntry {
    pub digest: Digest,
    pub path: PathBuf,
    pub stamp: Stamp,
}

/// An action's record; its `size` is that of the record itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordEntry {
    pub key: ActionKey,
    pub path: PathBuf,
    pub stamp: Stamp,
}

/// Everything that has a name in the store. Each list is sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    pub blobs: Vec<BlobEntry>,
    pub records: Vec<RecordEntry>,
    /// What has no business there.
    pub strays: Vec<PathBuf>,
}

impl Listing {
    /// What lies in the folders of a store. What disappears meanwhile is left out.
    pub(super) fn of(layout: &Layout) -> Result<Self, StoreError> {
        let mut listing = Self::default();
        let mut strays = Vec::new();
        for (hex, path, stamp) in files(&layout.cas(), &mut strays)? {
            match hex.parse::<ActionKey>() {
                Ok(ActionKey(hash)) => {
                    let digest = Digest { hash, len: stamp.size };
                    listing.blobs.push(BlobEntry { digest, path, stamp });
                }
                Err(_) => strays.push(path),
            }
        }
        for (hex, path, stamp) in files(&layout.ac(), &mut strays)? {
            match hex.parse() {
                Ok(key) => listing.records.push(RecordEntry { key, path, stamp }),
                Err(_) => strays.push(path),
            }
        }
        listing.blobs.sort_by_key(|blob| blob.digest);
        listing.records.sort_by_key(|record| record.key);
        strays.sort();
        listing.strays = strays;
        Ok(listing)
    }
}

/// How much there is in the store, whatever it is called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub blobs: u64,
    pub blob_bytes: u64,
    pub records: u64,
}

impl LocalStore {
    /// Counts what [`Self::list`] lists, without putting it together: a look at each file by all cores.
    pub fn tally(&self) -> Result<Tally, StoreError> {
        let (blobs, blob_bytes) = count(&self.layout().cas())?;
        let (records, _) = count(&self.layout().ac())?;
        Ok(Tally { blobs, blob_bytes, records })
    }

    /// Lists the store.
    pub fn list(&self) -> Result<Listing, StoreError> {
        Listing::of(self.layout())
    }

    /// The record of an entry, checked as [`super::ActionCache::get`] checks it.
    pub fn record(&self, entry: &RecordEntry) -> Lookup {
        record::read(&entry.path, &entry.key)
    }
}

/// Files of the folders in `root`, and their bytes. What disappears meanwhile is left out.
fn count(root: &Path) -> Result<(u64, u64), StoreError> {
    let folder = |folder: &PathBuf| {
        let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let files = found.filter_map(|entry| entry.metadata().ok()).filter(|found| found.is_file());
        files.fold((0, 0), |(files, bytes), found| (files + 1, bytes + found.len()))
    };
    let folders = entries(root)?;
    let counted = folders.par_iter().map(folder);
    Ok(counted.reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1)))
}

/// The files of the folders in `root`: folder name and file name joined, path, stamp.
fn files(
    root: &Path,
    strays: &mut Vec<PathBuf>,
) -> Result<Vec<(String, PathBuf, Stamp)>, StoreError> {
    let mut files = Vec::new();
    for folder in entries(root)? {
        if !folder.is_dir() {
            strays.push(folder);
            continue;
        }
        for path in entries(&folder)? {
            let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned());
            let (Some(head), Some(tail)) = (name(&folder), name(&path)) else { continue };
            match Stamp::of(&path) {
                Ok(stamp) if head.len() == 2 => files.push((head + &tail, path, stamp)),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                _ => strays.push(path),
            }
        }
    }
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let io = |e| StoreError::io("list", folder)(e);
    match std::fs::read_dir(folder) {
        Ok(entries) => {
            entries.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>().map_err(io)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(io(e)),
    }
}
