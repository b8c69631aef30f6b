//! Digests of the user's own files, hashed once and then known by their stat data.

use super::error::StoreError;
use super::memo::Memo;
use super::session::Session;
use super::stamp::{Stamp, now_ns};
use super::{hash, layout::Layout};
use crate::contract::digest::Digest;
use rayon::prelude::*;
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::trace_span;

/// A file that keeps changing is looked at this often before it is given up.
const LOOKS: u32 = 3;

/// Path → digest. Many threads may ask at once.
///
/// A digest is only given out, and remembered, under a stamp that had settled before the bytes
/// were read, so the stamp stands for these bytes: an action that reads the file in place read
/// them exactly if the stamp is the same afterwards (see [`super::Watch`]). A file that changed
/// within the last tick of the clock is waited for (20 ms).
#[derive(Debug)]
pub struct FileDigests {
    memo: Memo,
    /// Relative paths are relative to this.
    base: PathBuf,
}

impl FileDigests {
    /// The memo of the cache at `cache`, for paths relative to `base`.
    pub fn open(cache: &Path, session: Arc<Session>, base: &Path) -> Self {
        let memo = Memo::new(Layout::new(cache).state("files"), session);
        Self { memo, base: base.to_owned() }
    }

    /// The digest of a file and the stamp under which it was read.
    pub fn digest(&self, path: &Path) -> Result<(Digest, Stamp), StoreError> {
        let full = self.base.join(path);
        let io = |e| StoreError::io("read", &full)(e);
        let key = path.as_os_str().as_bytes();
        let stamp = Stamp::of(&full).map_err(io)?;
        if let Some(digest) = self.memo.get(key, &stamp) {
            return Ok((digest, stamp));
        }
        for _ in 0..LOOKS {
            let file = File::open(&full).map_err(io)?;
            let before = Stamp::regular(&file.metadata().map_err(io)?).map_err(io)?;
            if !before.is_settled(now_ns()) {
                before.settle();
                if Stamp::of(&full).map_err(io)? != before {
                    continue;
                }
            }
            let settled = before.is_settled(now_ns());
            let hashing = trace_span!("hash file", path = %path.display(), bytes = before.size);
            let digest = hashing.in_scope(|| hash::open_file(&file, before.size));
            if Stamp::of(&full).map_err(io)? != before {
                continue;
            }
            let digest = digest.map_err(io)?;
            if settled {
                self.memo.insert(key, before, &digest);
            }
            return Ok((digest, before));
        }
        Err(StoreError::Changed(full))
    }

    /// The digests of many files, hashed on all cores; in the order asked for.
    pub fn digest_all(&self, paths: &[PathBuf]) -> Vec<Result<(Digest, Stamp), StoreError>> {
        paths.par_iter().with_max_len(1).map(|path| self.digest(path)).collect()
    }

    /// Writes what was learnt, if anything was.
    pub fn save(&self) -> Result<(), StoreError> {
        self.memo.save(|key| self.base.join(OsStr::from_bytes(key)).exists())
    }
}
