//! A persisted table from (key, stamp) to digest: what was hashed once need not be hashed again.
//!
//! Only stamps that had settled when the bytes were read may be entered. The file carries a
//! checksum; a damaged, older or newer one counts as empty, which costs time and nothing else.

use super::Stamp;
use super::error::StoreError;
use super::session::Session;
use crate::contract::digest::Digest;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

const MAGIC: &[u8] = b"memebuild stat memo 1\n";

/// Entries that no build asked for are dropped, if their file is gone, once there are more than
/// these.
const IDLE_ENTRIES: usize = 4096;

/// Many threads may read and write it at once.
#[derive(Debug)]
pub struct Memo {
    file: PathBuf,
    session: Arc<Session>,
    table: OnceLock<RwLock<HashMap<Box<[u8]>, Entry>>>,
    dirty: AtomicBool,
}

#[derive(Debug)]
struct Entry {
    stamp: Stamp,
    hash: [u8; 32],
    /// Asked for in this process.
    used: AtomicBool,
}

impl Memo {
    /// The memo kept in `file`; read at the first question.
    pub fn new(file: PathBuf, session: Arc<Session>) -> Self {
        Self { file, session, table: OnceLock::new(), dirty: AtomicBool::new(false) }
    }

    fn table(&self) -> &RwLock<HashMap<Box<[u8]>, Entry>> {
        self.table.get_or_init(|| {
            RwLock::new(std::fs::read(&self.file).ok().and_then(|b| decode(&b)).unwrap_or_default())
        })
    }

    /// The digest of the bytes behind `key`, if its stamp is the one remembered.
    pub fn get(&self, key: &[u8], stamp: &Stamp) -> Option<Digest> {
        let table = self.table().read().unwrap_or_else(PoisonError::into_inner);
        let entry = table.get(key).filter(|entry| entry.stamp == *stamp)?;
        entry.used.store(true, Ordering::Relaxed);
        Some(Digest { hash: entry.hash, len: stamp.size })
    }

    /// Whether anything at all is remembered of `key`.
    pub fn knows(&self, key: &[u8]) -> bool {
        self.table().read().unwrap_or_else(PoisonError::into_inner).contains_key(key)
    }

    /// Remembers. The stamp must have settled before the bytes were read.
    pub fn insert(&self, key: &[u8], stamp: Stamp, digest: &Digest) {
        debug_assert_eq!(stamp.size, digest.len);
        let entry = Entry { stamp, hash: digest.hash, used: AtomicBool::new(true) };
        self.table().write().unwrap_or_else(PoisonError::into_inner).insert(key.into(), entry);
        self.dirty.store(true, Ordering::Relaxed);
    }

    pub fn remove(&self, key: &[u8]) {
        let mut table = self.table().write().unwrap_or_else(PoisonError::into_inner);
        if table.remove(key).is_some() {
            self.dirty.store(true, Ordering::Relaxed);
        }
    }

    /// Writes the memo, if it changed: whole or not at all. `alive` says whether a key's file still
    /// exists; it is asked only when idle entries have piled up.
    pub fn save(&self, alive: impl Fn(&[u8]) -> bool) -> Result<(), StoreError> {
        if !self.dirty.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let bytes = {
            let mut table = self.table().write().unwrap_or_else(PoisonError::into_inner);
            let idle = table.values().filter(|e| !e.used.load(Ordering::Relaxed)).count();
            if idle > IDLE_ENTRIES {
                table.retain(|key, entry| entry.used.load(Ordering::Relaxed) || alive(key));
            }
            encode(&table)
        };
        let temp = self.session.fresh("memo")?;
        if self.session.elsewhere().is_some() {
            return Ok(());
        }
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder).map_err(StoreError::io("make", folder))?;
        }
        std::fs::write(&temp, bytes)
            .and_then(|()| std::fs::rename(&temp, &self.file))
            .inspect_err(|_| drop(std::fs::remove_file(&temp)))
            .map_err(StoreError::io("write", &self.file))
    }
}

fn encode(table: &HashMap<Box<[u8]>, Entry>) -> Vec<u8> {
    let mut sorted: Vec<_> = table.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    let mut bytes = MAGIC.to_vec();
    for (key, entry) in sorted {
        let Stamp { size, mtime_ns, ctime_ns, ino, dev } = entry.stamp;
        bytes.extend((key.len() as u64).to_le_bytes());
        bytes.extend_from_slice(key);
        for number in [size, mtime_ns.cast_unsigned(), ctime_ns.cast_unsigned(), ino, dev] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(entry.hash);
    }
    let checksum = blake3::hash(&bytes);
    bytes.extend(checksum.as_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<HashMap<Box<[u8]>, Entry>> {
    let (body, checksum) = bytes.split_last_chunk::<32>()?;
    if blake3::hash(body) != *checksum {
        return None;
    }
    let mut rest = body.strip_prefix(MAGIC)?;
    let mut table = HashMap::new();
    while !rest.is_empty() {
        let len = usize::try_from(take_number(&mut rest)?).ok()?;
        let (key, after) = rest.split_at_checked(len)?;
        rest = after;
        let stamp = Stamp {
            size: take_number(&mut rest)?,
            mtime_ns: take_number(&mut rest)?.cast_signed(),
            ctime_ns: take_number(&mut rest)?.cast_signed(),
            ino: take_number(&mut rest)?,
            dev: take_number(&mut rest)?,
        };
        let (hash, after) = rest.split_first_chunk::<32>()?;
        rest = after;
        table.insert(key.into(), Entry { stamp, hash: *hash, used: AtomicBool::new(false) });
    }
    Some(table)
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

        let whole = std::fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(decode(&flipped).is_none(), "byte {at}");
            assert!(decode(&whole[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn piled_up_entries_of_files_that_are_gone_are_dropped() {
        let cache = tempfile::tempdir().unwrap();
        let file = cache.path().join("state/files");
        let open = || Memo::new(file.clone(), Arc::new(Session::new(cache.path().join("tmp"))));
        let memo = open();
        for i in 0..=IDLE_ENTRIES {
            memo.insert(format!("gone/{i}").as_bytes(), STAMP, &Digest::of(b"meme"));
        }
        memo.insert(b"here", STAMP, &Digest::of(b"meme"));
        memo.save(|_| false).unwrap();

        let again = open();
        assert!(again.knows(b"gone/0"), "used in the build that entered them");
        again.insert(b"new", STAMP, &Digest::of(b"meme"));
        again.save(|key| key == b"here").unwrap();
        let last = open();
        assert!(last.knows(b"here") && last.knows(b"new") && !last.knows(b"gone/0"));
    }
}
