//! How many bytes the store holds, shared by all processes that store into it.
//!
//! One small file, `state/room`, is both the lock and the account. Whoever gives a blob or a record
//! its name holds the lock, and the account is raised before the name is given; it is lowered after
//! something was removed. So whatever a kill interrupts, the account says too much and never too
//! little. Each process counts the files once before it relies on the account, which mends what
//! kills, power losses and people's own hands did to it.

use crate::store::layout::Layout;
use crate::store::walk::Listing;
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

const MAGIC: &[u8; 8] = b"meme-rm1";
const LEN: usize = 32;

/// The locked account. The lock goes when this does, or with the process.
#[derive(Debug)]
pub struct Room {
    file: File,
    total: u64,
    /// The cap that was last enforced.
    cap: u64,
    /// The account was read and holds.
    known: bool,
}

impl Room {
    /// Waits for the lock, and reads the account.
    pub fn lock(layout: &Layout) -> io::Result<Self> {
        let path = layout.state("room");
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut open = File::options();
        let file = open.create(true).truncate(false).read(true).write(true).open(path)?;
        flock(&file, FlockOperation::LockExclusive)?;
        let read = read(&file);
        let (total, cap) = read.unwrap_or_default();
        Ok(Self { file, total, cap, known: read.is_some() })
    }

    /// Takes what is there in place of what the account says; `cap` is enforced from now on.
    pub fn recount(&mut self, listing: &Listing, cap: u64) -> io::Result<()> {
        let blobs: u64 = listing.blobs.iter().map(|blob| blob.stamp.size).sum();
        let records: u64 = listing.records.iter().map(|record| record.stamp.size).sum();
        self.cap = cap;
        self.set(blobs + records)
    }

    pub fn is_known(&self) -> bool {
        self.known
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    /// Writes the account.
    pub fn set(&mut self, total: u64) -> io::Result<()> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(total.to_le_bytes());
        bytes.extend(self.cap.to_le_bytes());
        let checksum = blake3::hash(&bytes);
        bytes.extend(&checksum.as_bytes()[..8]);
        self.file.write_all_at(&bytes, 0)?;
        self.total = total;
        self.known = true;
        Ok(())
    }
}

/// The account and the cap that was enforced last, for those who only look.
pub fn last(layout: &Layout) -> Option<(u64, u64)> {
    read(&File::open(layout.state("room")).ok()?)
}

fn read(file: &File) -> Option<(u64, u64)> {
    let mut bytes = [0; LEN];
    file.read_exact_at(&mut bytes, 0).ok()?;
    let (body, checksum) = bytes.split_last_chunk::<8>()?;
    if blake3::hash(body).as_bytes()[..8] != *checksum {
        return None;
    }
    let numbers = body.strip_prefix(MAGIC.as_slice())?;
    let (total, cap) = numbers.split_first_chunk::<8>()?;
    Some((u64::from_le_bytes(*total), u64::from_le_bytes(cap.try_into().ok()?)))
}
