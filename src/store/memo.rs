//! A persisted table from (key, stamp) to digest: what was hashed once need not be hashed again.
//!
//! Only stamps that had settled when the bytes were read may be entered. Damaged entries, and those
//! of another format, count as none, which costs time and nothing else.

use super::Stamp;
use super::error::StoreError;
use super::session::Session;
use super::table::{Changes, Table};
use crate::contract::digest::Digest;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

const MAGIC: &[u8; 16] = b"memebuild stats2";

/// Many threads may read and write it at once.
#[derive(Debug)]
pub struct Memo {
    file: PathBuf,
    session: Arc<Session>,
    state: OnceLock<State>,
    dirty: AtomicBool,
}

#[derive(Debug)]
struct State {
    stored: Table,
    /// Whether this process asked for an entry of `stored`, by its number.
    asked: Vec<AtomicBool>,
    /// What this process entered, or took away (none).
    fresh: RwLock<HashMap<Box<[u8]>, Option<Entry>>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    stamp: Stamp,
    hash: [u8; 32],
}

impl Memo {
    /// The memo kept in `file`; looked into at the first question.
    pub fn new(file: PathBuf, session: Arc<Session>) -> Self {
        Self { file, session, state: OnceLock::new(), dirty: AtomicBool::new(false) }
    }

    fn state(&self) -> &State {
        self.state.get_or_init(|| {
            let stored = Table::open(&self.file, MAGIC);
            let mut asked = Vec::new();
            asked.resize_with(stored.bound(), AtomicBool::default);
            State { stored, asked, fresh: RwLock::default() }
        })
    }

    fn find(&self, key: &[u8]) -> Option<Entry> {
        let state = self.state();
        let fresh = state.fresh.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = fresh.get(key) {
            return *entry;
        }
        let entry = decode(state.stored.get(key)?)?;
        state.stored.number(key).into_iter().for_each(|at| {
            state.asked[at].store(true, Ordering::Relaxed);
        });
        Some(entry)
    }

    /// The digest of the bytes behind `key`, if its stamp is the one remembered.
    pub fn get(&self, key: &[u8], stamp: &Stamp) -> Option<Digest> {
        let entry = self.find(key).filter(|entry| entry.stamp == *stamp)?;
        Some(Digest { hash: entry.hash, len: stamp.size })
    }

    /// Whether anything at all is remembered of `key`.
    pub fn knows(&self, key: &[u8]) -> bool {
        self.find(key).is_some()
    }

    /// Remembers. The stamp must have settled before the bytes were read.
    pub fn insert(&self, key: &[u8], stamp: Stamp, digest: &Digest) {
        debug_assert_eq!(stamp.size, digest.len);
        self.enter(key, Some(Entry { stamp, hash: digest.hash }));
    }

    pub fn remove(&self, key: &[u8]) {
        if self.knows(key) {
            self.enter(key, None);
        }
    }

    fn enter(&self, key: &[u8], entry: Option<Entry>) {
        let mut fresh = self.state().fresh.write().unwrap_or_else(PoisonError::into_inner);
        fresh.insert(key.into(), entry);
        self.dirty.store(true, Ordering::Relaxed);
    }

    /// Writes the memo, if it changed: whole or not at all. `alive` says whether a key's file still
    /// exists; it is asked only when so much changed that all is written anew.
    pub fn save(&self, alive: impl Fn(&[u8]) -> bool) -> Result<(), StoreError> {
        if !self.dirty.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        self.session.dir()?;
        if self.session.elsewhere().is_some() {
            return Ok(());
        }
        let state = self.state();
        let fresh = state.fresh.read().unwrap_or_else(PoisonError::into_inner);
        let changes: Changes =
            fresh.iter().map(|(key, entry)| (key.to_vec(), entry.as_ref().map(encode))).collect();
        drop(fresh);
        let keep = |key: &[u8]| {
            let number = state.stored.number(key);
            number.is_some_and(|at| state.asked[at].load(Ordering::Relaxed)) || alive(key)
        };
        // What another process wrote meanwhile is forgotten, unless it lies in the same file.
        let saved = state.stored.save(&self.file, MAGIC, &changes, &keep);
        saved.map_err(StoreError::io("write", &self.file))
    }
}

fn encode(entry: &Entry) -> Vec<u8> {
    let Stamp { size, mtime_ns, ctime_ns, ino, dev } = entry.stamp;
    let numbers = [size, mtime_ns.cast_unsigned(), ctime_ns.cast_unsigned(), ino, dev];
    let mut bytes = Vec::with_capacity(5 * 8 + 32);
    numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.extend(entry.hash);
    bytes
}

fn decode(mut bytes: &[u8]) -> Option<Entry> {
    let stamp = Stamp {
        size: take_number(&mut bytes)?,
        mtime_ns: take_number(&mut bytes)?.cast_signed(),
        ctime_ns: take_number(&mut bytes)?.cast_signed(),
        ino: take_number(&mut bytes)?,
        dev: take_number(&mut bytes)?,
    };
    Some(Entry { stamp, hash: bytes.try_into().ok()? })
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let (number, after) = rest.split_first_chunk::<8>()?;
    *rest = after;
    Some(u64::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp { size: 4, mtime_ns: -1, ctime_ns: 2, ino: 3, dev: 4 };

    #[test]
    fn it_comes_back_and_another_stamp_or_a_damaged_file_says_nothing() {
        let cache = tempfile::tempdir().unwrap();
        let file = cache.path().join("state/files");
        let open = || Memo::new(file.clone(), Arc::new(Session::new(cache.path().join("tmp"))));
        let memo = open();
        memo.insert(b"clip.mp4", STAMP, &Digest::of(b"meme"));
        memo.insert(b"\xff not utf-8", STAMP, &Digest::of(b"dogs"));
        memo.save(|_| true).unwrap();

        let again = open();
        assert_eq!(again.get(b"clip.mp4", &STAMP), Some(Digest::of(b"meme")));
        assert_eq!(again.get(b"\xff not utf-8", &STAMP), Some(Digest::of(b"dogs")));
        assert_eq!(again.get(b"clip.mp4", &Stamp { ctime_ns: 5, ..STAMP }), None);

        again.remove(b"clip.mp4");
        again.save(|_| true).unwrap();
        assert!(!open().knows(b"clip.mp4") && open().knows(b"\xff not utf-8"));

        std::fs::write(&file, "garbage").unwrap();
        assert!(!open().knows(b"\xff not utf-8"));
    }

    #[test]
    fn piled_up_entries_of_files_that_are_gone_are_dropped() {
        let cache = tempfile::tempdir().unwrap();
        let file = cache.path().join("state/files");
        let open = || Memo::new(file.clone(), Arc::new(Session::new(cache.path().join("tmp"))));
        let memo = open();
        memo.insert(b"gone", STAMP, &Digest::of(b"meme"));
        memo.insert(b"here", STAMP, &Digest::of(b"meme"));
        memo.insert(b"asked", STAMP, &Digest::of(b"meme"));
        memo.save(|_| false).unwrap();

        let again = open();
        assert!(again.knows(b"asked"), "used in the build that entered it");
        again.insert(b"new", STAMP, &Digest::of(b"meme"));
        again.save(|key| key == b"here").unwrap();
        assert!(open().knows(b"gone"), "little changed");

        let more = open();
        assert!(more.knows(b"asked"));
        for i in 0..=4096 {
            more.insert(format!("new/{i}").as_bytes(), STAMP, &Digest::of(b"meme"));
        }
        more.save(|key| key == b"here").unwrap();
        let last = open();
        assert!(last.knows(b"here") && last.knows(b"asked") && last.knows(b"new/0"));
        assert!(!last.knows(b"gone") && !last.knows(b"new"));
    }
}
