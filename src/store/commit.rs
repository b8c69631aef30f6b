//! Group commit: one thread makes many blobs and records durable at once.
//!
//! A round takes all that was written since the last one and, in this order:
//!
//! 1. flushes the blobs, which still lie in the session folder;
//! 2. gives them their names;
//! 3. writes the records whose blobs all have their names, into the session folder;
//! 4. flushes those records, and the folders in which names were given;
//! 5. gives the records their names.
//!
//! Whatever stops it between two of these, nothing has a name that could be believed wrongly. A
//! flush of a few files is one `fdatasync` each; of more, one `syncfs`, which costs about as much
//! as two of them.

use super::blobs::{Shared, Stage, State, in_folder};
use super::collect::Entry;
use super::error::StoreError;
use super::session::Session;
use super::{local::Durability, record};
use crate::contract::digest::{ActionKey, Digest};
use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use tracing::debug_span;

/// How long a round waits for more to come.
const GATHER: Duration = Duration::from_millis(100);

/// Up to this many files, flushing each is no dearer than flushing the file system, which would
/// wait for what others write there too.
const FEW: usize = 4;

/// The committing thread's view of a store.
pub(super) struct Committer {
    pub shared: Arc<Shared>,
    pub session: Arc<Session>,
    pub durability: Durability,
    /// Called once, if the cache turns out not to be writable.
    pub broken: Box<dyn Fn(&StoreError) + Send>,
}

impl Committer {
    /// Works until the store closes and nothing is left to do.
    pub fn run(self) {
        while let Some((blobs, records)) = self.next() {
            let committing = debug_span!("commit", blobs = blobs.len(), records = records.len());
            let done = committing.in_scope(|| self.round(&blobs, records));
            let mut state = self.shared.lock();
            state.busy = false;
            if let Err(error) = done {
                state.broken = true;
                drop(state);
                (self.broken)(&error);
            }
            self.shared.idle.notify_all();
        }
        self.shared.idle.notify_all();
    }

    /// Waits for work and takes it. `None` once the store is closed.
    fn next(&self) -> Option<(Vec<Digest>, Vec<ActionKey>)> {
        let mut state = self.shared.lock();
        let mut gather_until = None;
        loop {
            let has_work = !state.broken && state.has_work();
            let hurry = state.flushing > 0 || state.closing;
            if has_work && hurry {
                break;
            }
            if state.closing {
                return None;
            }
            if !has_work {
                self.shared.idle.notify_all();
                state.asleep = true;
                state = self.shared.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.asleep = false;
                continue;
            }
            let until = *gather_until.get_or_insert_with(|| Instant::now() + GATHER);
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.shared.work.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.busy = true;
        let blobs = std::mem::take(&mut state.queue);
        Some((blobs, std::mem::take(&mut state.record_queue)))
    }

    fn round(&self, blobs: &[Digest], records: Vec<ActionKey>) -> Result<(), StoreError> {
        let paths: Vec<PathBuf> = {
            let state = self.shared.lock();
            let written = |digest| {
                let pending = state.pending.get(digest)?;
                (pending.stage == Stage::Written).then(|| pending.path.clone())
            };
            blobs.iter().filter_map(written).collect()
        };
        let layout = &self.shared.layout;
        self.flush(paths.iter().map(PathBuf::as_path))?;
        let mut folders = BTreeSet::new();
        let mut entry = Entry::open(&self.shared, &self.session)?;
        for digest in blobs {
            let name = layout.blob(digest);
            let old = len(&name);
            if let Some(entry) = &mut entry {
                if !self.shared.lock().pending.contains_key(digest) {
                    continue;
                }
                if !entry.admit(digest.len)? {
                    entry.keep_out(digest)?;
                    continue;
                }
            }
            let named = self.shared.lock().name_blob(layout, digest);
            named.map_err(StoreError::io("write", &name))?;
            match &mut entry {
                None => {}
                // It has to wait for its name, and is admitted anew then.
                Some(entry) if self.shared.lock().waits(digest) => entry.give_back(digest.len)?,
                Some(entry) => entry.stored(*digest, old)?,
            }
            // The folder may be new itself.
            folders.extend(name.ancestors().skip(1).take(2).map(Path::to_owned));
        }

        // Others may give names while these records are written.
        drop(entry);

        let ready = self.take_ready(records);
        let mut written = Vec::with_capacity(ready.len());
        for (key, bytes) in ready {
            let temp = self.session.fresh("record")?;
            std::fs::write(&temp, bytes).map_err(StoreError::io("write", &temp))?;
            written.push((key, temp));
        }
        if written.is_empty() {
            return Ok(());
        }
        let temps = written.iter().map(|(_, temp)| temp.as_path());
        self.flush(temps.chain(folders.iter().map(PathBuf::as_path)))?;
        let mut entry = Entry::open(&self.shared, &self.session)?;
        for (key, temp) in written {
            let name = layout.record(&key);
            let (new, old) = (len(&temp), len(&name));
            if let Some(entry) = &mut entry
                && !entry.admit(new)?
            {
                // This build still knows it.
                let _ = std::fs::remove_file(&temp);
                continue;
            }
            in_folder(&name, |name| std::fs::rename(&temp, name))
                .map_err(StoreError::io("write", &name))?;
            let result = self.shared.lock().records.remove(&key);
            if let (Some(entry), Some(result)) = (&mut entry, result) {
                entry.recorded(key, new, result.wall_ms, old)?;
            }
        }
        Ok(())
    }

    /// The records whose blobs all have their names and their lengths. Those that wait for a blob
    /// go back into the queue; those that lost one (somebody deleted it) are forgotten.
    fn take_ready(&self, keys: Vec<ActionKey>) -> Vec<(ActionKey, Vec<u8>)> {
        let mut checked = HashSet::new();
        let mut ready = Vec::new();
        for key in keys {
            let result = {
                let mut state = self.shared.lock();
                let Some(result) = state.records.get(&key).cloned() else { continue };
                if result.outputs.values().any(|digest| state.waits(digest)) {
                    state.record_queue.push(key);
                    continue;
                }
                result
            };
            let whole = result.outputs.values().all(|digest| {
                // A record outlives what was let go.
                checked.contains(digest) || self.shared.lock().wants.gone.contains(digest) || {
                    let found = std::fs::symlink_metadata(self.shared.layout.blob(digest));
                    let whole = found.is_ok_and(|m| m.is_file() && m.len() == digest.len);
                    whole && checked.insert(*digest)
                }
            });
            if whole {
                ready.push((key, record::encode(&result)));
            } else {
                self.shared.lock().records.remove(&key);
            }
        }
        ready
    }

    /// Makes files and folders durable.
    fn flush<'a>(&self, paths: impl Iterator<Item = &'a Path>) -> Result<(), StoreError> {
        if self.durability == Durability::None {
            return Ok(());
        }
        let paths: Vec<&Path> = paths.collect();
        if paths.len() > FEW {
            let dir = self.session.dir()?;
            return rustix::fs::syncfs(self.session.handle()?)
                .map_err(|e| StoreError::io("flush", dir)(e.into()));
        }
        for path in paths {
            match File::open(path).and_then(|file| file.sync_data()) {
                // Somebody deleted it; the next step sees that.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                done => done.map_err(StoreError::io("flush", path))?,
            }
        }
        Ok(())
    }
}

impl State {
    /// Whether a round would get anything done.
    pub fn has_work(&self) -> bool {
        let ready = |key: &ActionKey| {
            let result = self.records.get(key);
            result.is_none_or(|r| !r.outputs.values().any(|digest| self.waits(digest)))
        };
        !self.queue.is_empty() || self.record_queue.iter().any(ready)
    }

    /// Whether a blob is still without its name.
    fn waits(&self, digest: &Digest) -> bool {
        let stage = self.pending.get(digest).map(|pending| pending.stage);
        stage.is_some_and(|stage| !matches!(stage, Stage::Linked | Stage::Passing))
    }
}

/// Bytes of a file; none if it is not there.
fn len(path: &Path) -> u64 {
    std::fs::symlink_metadata(path).map_or(0, |metadata| metadata.len())
}
