//! Hashes everything again: `cache verify`.

use super::error::{Damage, StoreError};
use super::local::LocalStore;
use super::stamp::{Stamp, now_ns};
use super::walk::{BlobEntry, RecordEntry};
use super::{Lookup, hash};
use crate::contract::digest::Digest;
use rayon::prelude::*;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyProgress {
    pub done_bytes: u64,
    pub total_bytes: u64,
}

/// A file of the store that was damaged, and has been removed.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// reported: it is a miss from then on.
    pub fn verify(
        &self,
        progress: &(dyn Fn(VerifyProgress) + Sync),
    ) -> Result<VerifyReport, StoreError> {
        let listing = self.list()?;
        let total_bytes = listing.blobs.iter().map(|blob| blob.stamp.size).sum();
        let done = AtomicU64::new(0);
        let mut damaged: Vec<DamagedFile> = listing
            .blobs
            .par_iter()
            .with_max_len(1)
            .filter_map(|blob| {
                let found = self.verify_blob(blob);
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
        damaged.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(VerifyReport {
            blobs: listing.blobs.len() as u64,
            bytes: total_bytes,
            records: listing.records.len() as u64,
            evicted,
            damaged,
            strays: listing.strays,
        })
    }

    fn verify_blob(&self, blob: &BlobEntry) -> Option<DamagedFile> {
        let damaged = |digest: &Digest, found: Damage| {
            self.condemn(digest, found);
            Some(DamagedFile { path: blob.path.clone(), why: found.to_string() })
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
