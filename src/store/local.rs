//! The store in a folder of this machine.

use super::blobs::{InPlace, Pending, Shared, Stage, State};
use super::commit::Committer;
use super::error::{Damage, StoreError};
use super::layout::Layout;
use super::memo::Memo;
use super::place::{copy_bytes, is_cross_device, place};
use super::session::Session;
use super::stamp::{Stamp, now_ns};
use super::{ActionCache, Cas, Lookup, Presence, hash, record};
use crate::contract::action::ActionResult;
use crate::contract::digest::{ActionKey, Digest};
use crate::diagnostic::{Diagnostic, Level};
use rustix::io::Errno;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Whether the store survives a power loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// What has a name was flushed before. The way to build.
    Flushed,
    /// Nothing is ever flushed: for tests and other stores that nobody will miss.
    None,
}

/// Blobs and records under `cache/`. Many threads may use it at once, and many processes may share
/// the folder. Dropping it waits until what was put is durable.
#[derive(Debug)]
pub struct LocalStore {
    shared: Arc<Shared>,
    session: Arc<Session>,
    durability: Durability,
    /// Blob → what its file looked like when its bytes were last known to be right.
    trusted: Memo,
    committer: Mutex<Option<JoinHandle<()>>>,
    warnings: Arc<Mutex<Vec<Diagnostic>>>,
    /// Blobs that were found damaged since it was opened, and how.
    condemned: Mutex<HashMap<Digest, Damage>>,
}

impl LocalStore {
    /// The store at `root`. Nothing is read or made before it is used.
    pub fn open(root: &Path, durability: Durability) -> Self {
        let layout = Layout::new(root);
        let session = Arc::new(Session::new(layout.tmp()));
        Self {
            trusted: Memo::new(layout.state("blobs"), session.clone()),
            shared: Arc::new(Shared::new(layout)),
            session,
            durability,
            committer: Mutex::new(None),
            warnings: Arc::default(),
            condemned: Mutex::default(),
        }
    }

    /// How a blob was damaged, if this process found it so.
    pub fn damage(&self, digest: &Digest) -> Option<Damage> {
        self.condemned.lock().unwrap_or_else(PoisonError::into_inner).get(digest).copied()
    }

    /// The folder for unfinished files, in the file system of the store.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.shared.layout
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Whether the file of a blob looks as it did when its bytes were known to be right.
    pub(super) fn is_trusted(&self, digest: &Digest, stamp: &Stamp) -> bool {
        stamp.size == digest.len
            && (self.shared.lock().named.get(digest) == Some(stamp)
                || self.trusted.get(&digest.hash, stamp).is_some())
    }

    /// Remembers that a blob's bytes were right when its file looked like this.
    pub(super) fn trust(&self, digest: &Digest, stamp: Stamp) {
        self.trusted.insert(&digest.hash, stamp, digest);
    }

    /// Whether a blob that somebody stores needs no storing: it is on its way, or there and trusted.
    fn has(&self, digest: &Digest) -> bool {
        // From now on it stays, and then it is looked for.
        self.shared.lock().wants.stored(digest);
        if InPlace::hold(&self.shared, digest).is_some() {
            return true;
        }
        let known =
            self.shared.lock().named.contains_key(digest) || self.trusted.knows(&digest.hash);
        known && Stamp::of(&self.layout().blob(digest)).is_ok_and(|s| self.is_trusted(digest, &s))
    }

    /// Takes a whole file into the session under its digest, and tells the committer.
    fn adopt(&self, file: &Path, digest: &Digest) -> Result<(), StoreError> {
        let path = self.session.dir()?.join(digest.hex());
        let broken = self.session.elsewhere().is_some();
        let mut state = self.shared.lock();
        if state.pending.contains_key(digest) {
            let _ = std::fs::remove_file(file);
            return Ok(());
        }
        std::fs::rename(file, &path).map_err(StoreError::io("move", file))?;
        let stamp = Stamp::of(&path).map_err(StoreError::io("read", &path))?;
        let pending = Pending { path, stamp, holds: 0, stage: Stage::Written };
        state.pending.insert(*digest, pending);
        state.queue.push(*digest);
        state.broken |= broken;
        self.commit_later(state);
        Ok(())
    }

    /// Wakes or starts the committing thread, now that there is work for it.
    fn commit_later(&self, state: MutexGuard<'_, State>) {
        self.shared.wake(&state);
        let broken = state.broken;
        drop(state);
        if broken {
            return;
        }
        let mut committer = self.committer.lock().unwrap_or_else(PoisonError::into_inner);
        if committer.is_some() {
            return;
        }
        let warnings = self.warnings.clone();
        let thread = Committer {
            shared: self.shared.clone(),
            session: self.session.clone(),
            durability: self.durability,
            broken: Box::new(move |error| warn(&warnings, not_kept(error))),
        };
        let spawned = std::thread::Builder::new().name("commit".to_owned()).spawn(|| thread.run());
        match spawned {
            Ok(handle) => *committer = Some(handle),
            Err(e) => {
                self.shared.lock().broken = true;
                let error = StoreError::io("start a thread for", self.layout().root())(e);
                warn(&self.warnings, not_kept(&error));
            }
        }
    }

    /// Removes a damaged blob and says so.
    pub(super) fn condemn(&self, digest: &Digest, found: Damage) -> StoreError {
        let name = self.layout().blob(digest);
        let mut state = self.shared.lock();
        if let Some(pending) = state.pending.remove(digest) {
            let _ = std::fs::remove_file(pending.path);
        }
        state.named.remove(digest);
        drop(state);
        let mut condemned = self.condemned.lock().unwrap_or_else(PoisonError::into_inner);
        condemned.insert(*digest, found);
        drop(condemned);
        self.trusted.remove(&digest.hash);
        // Where it cannot be removed it stays untrusted, and is verified or replaced each time.
        let _ = match found {
            Damage::NotAFile if name.is_dir() => std::fs::remove_dir_all(&name),
            _ => std::fs::remove_file(&name),
        };
        StoreError::Damaged { digest: *digest, found }
    }

    /// Where a blob's bytes are, their length checked and nothing else.
    fn locate(&self, digest: &Digest) -> Result<(InPlace, Stamp), StoreError> {
        let at = InPlace::hold(&self.shared, digest)
            .unwrap_or_else(|| InPlace::named(&self.shared, digest));
        match Stamp::of(at.path()) {
            Ok(stamp) if stamp.size == digest.len => {
                self.shared.lock().wants.use_of(digest);
                Ok((at, stamp))
            }
            Ok(stamp) => Err(self.condemn(digest, Damage::Length(stamp.size))),
            Err(e) => Err(self.unreadable(digest, e, at.path())),
        }
    }

    /// A blob could not be read: missing, damaged, or this process has run out of something.
    fn unreadable(&self, digest: &Digest, error: io::Error, path: &Path) -> StoreError {
        let ours = [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::AGAIN];
        match error.kind() {
            io::ErrorKind::NotFound => StoreError::Missing(*digest),
            io::ErrorKind::NotADirectory => StoreError::Missing(*digest),
            io::ErrorKind::IsADirectory | io::ErrorKind::InvalidInput => {
                self.condemn(digest, Damage::NotAFile)
            }
            _ if ours.iter().any(|e| Some(e.raw_os_error()) == error.raw_os_error()) => {
                StoreError::io("read", path)(error)
            }
            kind => self.condemn(digest, Damage::Unreadable(kind)),
        }
    }

    /// Waits until the blobs that this process wrote could not change unnoticed any more, and
    /// remembers what their files look like.
    fn settle(&self) -> Result<(), StoreError> {
        let named = self.shared.lock().named.clone();
        if let Some(last) = named.values().max_by_key(|stamp| stamp.settles_ns()) {
            last.settle();
        }
        let mut state = self.shared.lock();
        for (digest, stamp) in named {
            let now = now_ns();
            if Stamp::of(&self.layout().blob(&digest)).is_ok_and(|found| found == stamp)
                && stamp.is_settled(now)
            {
                self.trust(&digest, stamp);
                state.named.remove(&digest);
            }
        }
        drop(state);
        self.trusted.save(|hash| {
            let digest = <[u8; 32]>::try_from(hash).map(|hash| Digest { hash, len: 0 });
            digest.is_ok_and(|digest| self.layout().blob(&digest).exists())
        })
    }
}

impl Cas for LocalStore {
    fn contains(&self, digest: &Digest) -> Presence {
        if InPlace::hold(&self.shared, digest).is_some() {
            return Presence::Present;
        }
        match Stamp::of(&self.layout().blob(digest)) {
            Ok(stamp) if stamp.size == digest.len => Presence::Present,
            Ok(stamp) => Presence::WrongLength(stamp.size),
            Err(_) => Presence::Missing,
        }
    }

    fn put_bytes(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        if !self.has(&digest) {
            let temp = self.session.fresh("bytes")?;
            std::fs::write(&temp, bytes)
                .inspect_err(|_| drop(std::fs::remove_file(&temp)))
                .map_err(StoreError::io("write", &temp))?;
            self.adopt(&temp, &digest)?;
        }
        Ok(digest)
    }

    fn put_file(&self, path: &Path) -> Result<Digest, StoreError> {
        let io = |e| StoreError::io("read", path)(e);
        let metadata = std::fs::symlink_metadata(path).map_err(io)?;
        if !metadata.is_file() {
            return Err(StoreError::NotAFile(path.to_owned()));
        }
        let file = File::open(path).map_err(io)?;
        let before = Stamp::regular(&file.metadata().map_err(io)?).map_err(io)?;
        let digest = hash::open_file(&file, before.size).map_err(io)?;
        if Stamp::regular(&file.metadata().map_err(io)?).map_err(io)? != before {
            return Err(StoreError::Changed(path.to_owned()));
        }
        if self.has(&digest) {
            std::fs::remove_file(path).map_err(StoreError::io("remove", path))?;
            return Ok(digest);
        }
        // Another name of the same file could be written to later: such a file is copied.
        if metadata.nlink() == 1 {
            match self.adopt(path, &digest) {
                Err(StoreError::Io { source, .. }) if is_cross_device(&source) => {}
                done => return done.map(|()| digest),
            }
        }
        let copy = self.copy_in(&file, &digest, path)?;
        self.adopt(&copy, &digest)?;
        std::fs::remove_file(path).map_err(StoreError::io("remove", path))?;
        Ok(digest)
    }

    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let (at, _) = self.locate(digest)?;
        match std::fs::read(at.path()) {
            Ok(bytes) if Digest::of(&bytes) == *digest => Ok(bytes),
            Ok(_) => Err(self.condemn(digest, Damage::Bytes)),
            Err(e) => Err(self.unreadable(digest, e, at.path())),
        }
    }

    fn copy_out(&self, digest: &Digest, dest: &Path) -> Result<Stamp, StoreError> {
        let (at, _) = self.locate(digest)?;
        match place(&self.session, at.path(), digest, dest) {
            Ok(Some(stamp)) => Ok(stamp),
            Ok(None) => Err(self.condemn(digest, Damage::Bytes)),
            Err(StoreError::Io { path, source, .. }) if path == at.path() => {
                Err(self.unreadable(digest, source, &path))
            }
            Err(error) => Err(error),
        }
    }

    fn in_place(&self, digest: &Digest) -> Result<InPlace, StoreError> {
        loop {
            let (at, stamp) = self.locate(digest)?;
            if at.is_held() || self.is_trusted(digest, &stamp) {
                return Ok(at);
            }
            let settled = stamp.is_settled(now_ns());
            let found = hash::file(at.path());
            if !Stamp::of(at.path()).is_ok_and(|now| now == stamp) {
                continue;
            }
            return match found {
                Ok(found) if found == *digest => {
                    if settled {
                        self.trust(digest, stamp);
                    }
                    Ok(at)
                }
                Ok(_) => Err(self.condemn(digest, Damage::Bytes)),
                Err(e) => Err(self.unreadable(digest, e, at.path())),
            };
        }
    }
}

impl ActionCache for LocalStore {
    fn get(&self, key: &ActionKey) -> Lookup {
        let mut state = self.shared.lock();
        state.wants.use_of_result(key);
        if let Some(result) = state.records.get(key) {
            return Lookup::Hit(Box::new(ActionResult::clone(result)));
        }
        drop(state);
        record::read(&self.layout().record(key), key)
    }

    fn put(&self, result: ActionResult) {
        let key = result.key;
        // A folder is needed even if every blob was there already.
        let broken = self.session.dir().is_err() || self.session.elsewhere().is_some();
        let mut state = self.shared.lock();
        state.wants.claimed(&result);
        state.records.insert(key, Arc::new(result));
        state.record_queue.push(key);
        state.broken |= broken;
        self.commit_later(state);
    }

    fn flush(&self) {
        let mut state = self.shared.lock();
        state.flushing += 1;
        self.shared.work.notify_all();
        while state.busy || (!state.broken && state.has_work()) {
            state = self.shared.idle.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.flushing -= 1;
        drop(state);
        if self.durability == Durability::Flushed
            && let Err(error) = self.session.flush_placed()
        {
            let error = StoreError::io("flush what was placed from", self.layout().root())(error);
            warn(&self.warnings, warning(&error));
        }
        let kept = self.settle().and_then(|()| self.keep_cap()).and_then(|()| self.save_uses());
        if let Err(error) = kept {
            warn(&self.warnings, not_kept(&error));
        }
    }

    fn warnings(&self) -> Vec<Diagnostic> {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        warnings.extend(self.session.elsewhere().cloned());
        warnings.extend(self.unkept_warning());
        warnings
    }
}

impl LocalStore {
    /// Copies an open file into the session, verified.
    fn copy_in(&self, file: &File, digest: &Digest, path: &Path) -> Result<PathBuf, StoreError> {
        let temp = self.session.fresh("copy")?;
        let copied =
            File::options().read(true).write(true).create_new(true).open(&temp).and_then(|copy| {
                copy_bytes(file, &copy)?;
                hash::open_file(&copy, copy.metadata()?.len())
            });
        match copied {
            Ok(found) if found == *digest => Ok(temp),
            other => {
                let _ = std::fs::remove_file(&temp);
                let error = other.map_err(StoreError::io("write", &temp));
                Err(error.err().unwrap_or_else(|| StoreError::Changed(path.to_owned())))
            }
        }
    }
}

impl Drop for LocalStore {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closing = true;
        self.shared.work.notify_all();
        drop(state);
        let thread = self.committer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        for pending in self.shared.lock().pending.values() {
            let _ = std::fs::remove_file(&pending.path);
        }
    }
}

/// Adds a warning, once for each kind.
fn warn(warnings: &Mutex<Vec<Diagnostic>>, warning: Diagnostic) {
    let mut warnings = warnings.lock().unwrap_or_else(PoisonError::into_inner);
    if warnings.iter().all(|w| w.code != warning.code) {
        warnings.push(warning);
    }
}

fn warning(error: &StoreError) -> Diagnostic {
    Diagnostic { level: Level::Warning, ..error.diagnostic() }
}

fn not_kept(error: &StoreError) -> Diagnostic {
    let mut warning = warning(error);
    warning.message = format!("nothing more of this build is kept in the cache: {error}");
    warning
}
