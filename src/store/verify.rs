//! Hashes everything again: `cache verify`.
//!
//! What was found is noted in `state/verified` as it is found, a line each, so that a verification
//! that is killed goes on where it stood. A file counts as verified only while its stat data are
//! those under which it was hashed. The notes go once everything was looked at.

use super::error::{Damage, StoreError};
use super::layout::Layout;
use super::local::LocalStore;
use super::stamp::{Stamp, now_ns};
use super::walk::{BlobEntry, RecordEntry};
use super::{Lookup, hash};
use crate::contract::digest::Digest;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyProgress {
    pub done_bytes: u64,
    pub total_bytes: u64,
}

/// A file of the store that was damaged, and has been removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedFile {
    pub path: PathBuf,
    /// In which way, for people.
    pub why: String,
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    pub blobs: u64,
    /// Of all blobs together.
    pub bytes: u64,
    /// Blobs that an earlier verification, which did not end, had found sound.
    pub resumed: u64,
    pub records: u64,
    /// Records of whose blobs some are not there. They still prove that their actions are up to
    /// date; it is no damage.
    pub evicted: u64,
    /// Sorted by path.
    pub damaged: Vec<DamagedFile>,
    /// Files that have no business in the store. They are left alone.
    pub strays: Vec<PathBuf>,
}

impl LocalStore {
    /// Hashes every blob and checks every record, on all cores. What is damaged is removed and
    /// reported: it is a miss from then on. `restart`: forget how far an earlier one came.
    pub fn verify(
        &self,
        restart: bool,
        progress: &(dyn Fn(VerifyProgress) + Sync),
    ) -> Result<VerifyReport, StoreError> {
        let listing = self.list()?;
        let total_bytes = listing.blobs.iter().map(|blob| blob.stamp.size).sum();
        let (notes, earlier) = Notes::open(self.layout(), restart);
        let resumed = AtomicU64::new(0);
        let done = AtomicU64::new(0);
        let mut damaged: Vec<DamagedFile> = listing
            .blobs
            .par_iter()
            .with_max_len(1)
            .filter_map(|blob| {
                let found = if earlier.sound.get(&blob.digest.hash) == Some(&blob.stamp) {
                    resumed.fetch_add(1, Ordering::Relaxed);
                    None
                } else {
                    let settled = blob.stamp.is_settled(now_ns());
                    let found = self.verify_blob(blob, &notes);
                    if found.is_none() && settled {
                        notes.write(&Note::Sound(blob.digest, blob.stamp));
                    }
                    found
                };
                let size = blob.stamp.size;
                let done_bytes = done.fetch_add(size, Ordering::Relaxed) + size;
                progress(VerifyProgress { done_bytes, total_bytes });
                found
            })
            .collect();

        let records: Vec<_> = listing.records.par_iter().map(|r| self.verify_record(r)).collect();
        let mut evicted = 0;
        for found in records {
            match found {
                Ok(whole) => evicted += u64::from(!whole),
                Err(file) => damaged.push(file),
            }
        }
        damaged.extend(earlier.damaged);
        damaged.sort_by(|a, b| a.path.cmp(&b.path));
        damaged.dedup_by(|a, b| a.path == b.path);
        notes.finish();
        Ok(VerifyReport {
            blobs: listing.blobs.len() as u64,
            bytes: total_bytes,
            resumed: resumed.into_inner(),
            records: listing.records.len() as u64,
            evicted,
            damaged,
            strays: listing.strays,
        })
    }

    fn verify_blob(&self, blob: &BlobEntry, notes: &Notes) -> Option<DamagedFile> {
        let damaged = |digest: &Digest, found: Damage| {
            let file = DamagedFile { path: blob.path.clone(), why: found.to_string() };
            // Noted before it is removed: nothing goes untold.
            notes.write(&Note::Damaged(file.clone()));
            self.condemn(digest, found);
            Some(file)
        };
        let stamp = Stamp::of(&blob.path).ok()?;
        let settled = stamp.is_settled(now_ns());
        match hash::file(&blob.path) {
            Ok(found) if found.hash == blob.digest.hash => {
                if settled && Stamp::of(&blob.path).is_ok_and(|now| now == stamp) {
                    self.trust(&found, stamp);
                }
                None
            }
            // A build that runs meanwhile may have replaced or removed it.
            _ if !Stamp::of(&blob.path).is_ok_and(|now| now == stamp) => None,
            Ok(_) => damaged(&blob.digest, Damage::Bytes),
            Err(e) => damaged(&blob.digest, Damage::Unreadable(e.kind())),
        }
    }

    /// Whether all blobs of a record are there.
    fn verify_record(&self, entry: &RecordEntry) -> Result<bool, DamagedFile> {
        match self.record(entry) {
            Lookup::Hit(result) => Ok(result.outputs.values().all(|digest| {
                let found = Stamp::of(&self.layout().blob(digest));
                found.is_ok_and(|stamp| stamp.size == digest.len)
            })),
            Lookup::Missing => Ok(true),
            Lookup::Damaged(why) => {
                let _ = std::fs::remove_file(&entry.path);
                Err(DamagedFile { path: entry.path.clone(), why })
            }
        }
    }
}

/// A line of `state/verified`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Note {
    Sound(Digest, Stamp),
    Damaged(DamagedFile),
}

/// What an earlier verification noted.
#[derive(Default)]
struct Earlier {
    sound: HashMap<[u8; 32], Stamp>,
    damaged: Vec<DamagedFile>,
}

/// The open notes. Without them a verification works as well, and cannot be resumed.
struct Notes {
    path: PathBuf,
    file: Mutex<Option<File>>,
}

impl Notes {
    fn open(layout: &Layout, restart: bool) -> (Self, Earlier) {
        let path = layout.state("verified");
        let mut earlier = Earlier::default();
        if restart {
            let _ = std::fs::remove_file(&path);
        } else {
            for line in std::fs::read(&path).unwrap_or_default().split(|byte| *byte == b'\n') {
                // A line that a kill cut short is passed over.
                match serde_json::from_slice(line) {
                    Ok(Note::Sound(digest, stamp)) => {
                        earlier.sound.insert(digest.hash, stamp);
                    }
                    Ok(Note::Damaged(file)) => earlier.damaged.push(file),
                    Err(_) => {}
                }
            }
        }
        // A cache that is not there has nothing to note.
        if layout.cas().is_dir()
            && let Some(folder) = path.parent()
        {
            let _ = std::fs::create_dir_all(folder);
        }
        let file = File::options().create(true).append(true).open(&path).ok();
        (Self { path, file: Mutex::new(file) }, earlier)
    }

    fn write(&self, note: &Note) {
        let Ok(line) = serde_json::to_vec(note) else { return };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = file.as_mut()
            // The line before may have been cut short.
            && open.write_all(&[b"\n".as_slice(), &line, b"\n"].concat()).is_err()
        {
            *file = None;
        }
    }

    fn finish(self) {
        let _ = std::fs::remove_file(self.path);
    }
}
