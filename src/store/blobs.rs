//! Blobs that have no durable name yet, and the hold that keeps a path readable meanwhile.
//!
//! A blob that this process stored lies in its session folder until [`super::commit`] has flushed
//! it. Whoever reads it in place holds it, and while it is held its path stays: the commit gives
//! such a blob its name by a hard link, and the session's name goes with the last hold.

use super::collect::{Collector, Wants};
use super::layout::Layout;
use super::stamp::Stamp;
use crate::contract::action::ActionResult;
use crate::contract::digest::{ActionKey, Digest};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A blob on its way into the store.
#[derive(Debug)]
pub(super) struct Pending {
    /// In the session folder.
    pub path: PathBuf,
    /// Of the file there, once it was whole.
    pub stamp: Stamp,
    pub holds: u32,
    pub stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not known to be durable.
    Written,
    /// Durable; held, and the file system has no hard links, so the name must wait.
    Flushed,
    /// It has its name; the session's name goes with the last hold.
    Linked,
    /// There is no room for it: it goes when nobody holds or needs it any more.
    Passing,
}

/// What the threads of a store share.
#[derive(Debug, Default)]
pub(super) struct State {
    pub pending: HashMap<Digest, Pending>,
    /// Pending blobs that the committer has not looked at.
    pub queue: Vec<Digest>,
    pub records: HashMap<ActionKey, Arc<ActionResult>>,
    /// Keys of `records`, oldest first.
    pub record_queue: Vec<ActionKey>,
    /// Blobs that this process wrote and named: what their files looked like then.
    pub named: HashMap<Digest, Stamp>,
    pub wants: Wants,
    /// The committer sleeps for want of work.
    pub asleep: bool,
    /// Callers that wait for everything to be durable.
    pub flushing: u32,
    /// The committer is at work on things it took from the queues.
    pub busy: bool,
    pub closing: bool,
    /// The cache cannot be written: nothing more is committed.
    pub broken: bool,
}

/// State, and what wakes those who wait for it.
#[derive(Debug)]
pub(super) struct Shared {
    pub layout: Layout,
    pub collector: Collector,
    state: Mutex<State>,
    /// There is work for the committer.
    pub work: Condvar,
    /// The committer has nothing left to do.
    pub idle: Condvar,
}

impl Shared {
    pub fn new(layout: Layout) -> Self {
        let state = Mutex::new(State::default());
        let collector = Collector::default();
        Self { layout, collector, state, work: Condvar::new(), idle: Condvar::new() }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the committer, unless it gathers or works and will look by itself.
    pub fn wake(&self, state: &State) {
        if state.asleep || state.flushing > 0 || state.closing {
            self.work.notify_all();
        }
    }
}

/// A blob's bytes at a path, for as long as this lives.
#[derive(Debug)]
pub struct InPlace {
    path: PathBuf,
    lasting: PathBuf,
    held: Option<(Arc<Shared>, Digest)>,
}

impl InPlace {
    /// Where the bytes can be read while this value lives.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the bytes will be once they are durable: for messages to people.
    pub fn lasting_path(&self) -> &Path {
        &self.lasting
    }

    /// Whether this process wrote the blob and keeps its path.
    pub(super) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// A blob that has its name.
    pub(super) fn named(shared: &Shared, digest: &Digest) -> Self {
        let path = shared.layout.blob(digest);
        Self { lasting: path.clone(), path, held: None }
    }

    /// Holds a pending blob whose file is still as it was written. One that is not is let go: the
    /// caller finds it missing or damaged.
    pub(super) fn hold(shared: &Arc<Shared>, digest: &Digest) -> Option<Self> {
        let mut state = shared.lock();
        let pending = state.pending.get_mut(digest)?;
        let intact =
            Stamp::of(&pending.path).is_ok_and(|now| now.same_but_for_ctime(&pending.stamp));
        if !intact {
            let _ = std::fs::remove_file(&pending.path);
            state.pending.remove(digest);
            return None;
        }
        pending.holds += 1;
        let (path, lasting) = (pending.path.clone(), shared.layout.blob(digest));
        Some(Self { path, lasting, held: Some((shared.clone(), *digest)) })
    }
}

impl Drop for InPlace {
    fn drop(&mut self) {
        let Some((shared, digest)) = self.held.take() else { return };
        let mut state = shared.lock();
        let needed = state.wants.is_needed(&digest);
        let Some(pending) = state.pending.get_mut(&digest) else { return };
        pending.holds = pending.holds.saturating_sub(1);
        if pending.holds > 0 {
            return;
        }
        match pending.stage {
            Stage::Written => {}
            Stage::Passing if needed => {}
            Stage::Passing => state.drop_passing(&digest),
            Stage::Flushed => {
                state.queue.push(digest);
                shared.wake(&state);
            }
            Stage::Linked => {
                let _ = std::fs::remove_file(&pending.path);
                let was = pending.stamp;
                state.pending.remove(&digest);
                state.remember_named(&shared.layout, digest, &was);
            }
        }
    }
}

impl State {
    /// Remembers the stamp of a blob that just got its name, if the file there is the one written.
    pub fn remember_named(&mut self, layout: &Layout, digest: Digest, was: &Stamp) {
        if let Ok(now) = Stamp::of(&layout.blob(&digest))
            && now.same_but_for_ctime(was)
        {
            self.named.insert(digest, now);
        }
    }

    /// There is no room for a blob: it stays where it is, and goes with its last reader.
    pub fn keep_out(&mut self, digest: &Digest) {
        let Some(pending) = self.pending.get_mut(digest) else { return };
        pending.stage = Stage::Passing;
        self.wants.gone.insert(*digest);
        self.wants.unkept.0 += 1;
        self.wants.unkept.1 += digest.len;
    }

    /// Removes a blob that is not kept, once nobody holds it.
    pub fn drop_passing(&mut self, digest: &Digest) {
        let idle = |pending: &Pending| pending.stage == Stage::Passing && pending.holds == 0;
        if self.pending.get(digest).is_some_and(idle)
            && let Some(pending) = self.pending.remove(digest)
        {
            let _ = std::fs::remove_file(pending.path);
        }
    }

    /// Gives a durable blob its name. Called with the lock held, so that nobody is handed the old
    /// path meanwhile.
    pub fn name_blob(&mut self, layout: &Layout, digest: &Digest) -> io::Result<()> {
        let Some(pending) = self.pending.get_mut(digest) else { return Ok(()) };
        let intact =
            Stamp::of(&pending.path).is_ok_and(|now| now.same_but_for_ctime(&pending.stamp));
        if !intact {
            let _ = std::fs::remove_file(&pending.path);
            self.pending.remove(digest);
            return Ok(());
        }
        let name = layout.blob(digest);
        if pending.holds == 0 {
            in_folder(&name, |name| std::fs::rename(&pending.path, name))?;
            let was = pending.stamp;
            self.pending.remove(digest);
            self.remember_named(layout, *digest, &was);
            return Ok(());
        }
        // What has the name already was not trusted, or this blob would not be here.
        let linked = in_folder(&name, |name| {
            match std::fs::remove_file(name) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                done => done?,
            }
            std::fs::hard_link(&pending.path, name)
        });
        pending.stage = if linked.is_ok() { Stage::Linked } else { Stage::Flushed };
        Ok(())
    }
}

/// Does something to `path`, and again after making its folder, or after clearing away what has no
/// business there: a folder in its place, a file in its folder's place.
pub(super) fn in_folder(path: &Path, act: impl Fn(&Path) -> io::Result<()>) -> io::Result<()> {
    let Err(error) = act(path) else { return Ok(()) };
    let Some(folder) = path.parent() else { return Err(error) };
    match error.kind() {
        io::ErrorKind::NotFound => {}
        io::ErrorKind::NotADirectory if folder.is_file() => std::fs::remove_file(folder)?,
        io::ErrorKind::IsADirectory | io::ErrorKind::DirectoryNotEmpty => {
            std::fs::remove_dir_all(path)?;
        }
        _ => return Err(error),
    }
    std::fs::create_dir_all(folder)?;
    act(path)
}
