//! The up-to-date snapshot: what a build with nothing to do looks at, and all that it looks at.
//!
//! ```text
//! magic 8 | blake3 of the rest 32 | circumstances 32 | nodes u64 | saved ms u64
//!         | id of the records 32 | blake3 of what the tables said 32 | groups of tables u32 | groups
//! group:  bytes u32 | looks u32 | folder's length u32 | folder NUL | looks
//! look:   kind u8 | size u64 | mtime ns i64 | ctime ns i64 | ino u64 | dev u64 | name's length u32 | name NUL
//! ```
//!
//! After a build in which every node is up to date and accepted, the stat data of every file that
//! decided so is written down: the Memefile, the folders that globs walked, the user's files, what
//! we published, the tools. While all of it is the same, so is the answer, and nothing is parsed.
//! Stat data too fresh to be trusted are never written; the next full build finds them settled.
//!
//! The file is mapped, and read where it lies. Looks of one folder stand together: the kernel finds
//! a name in an open folder in half the time that it takes to walk a path from the root, and groups
//! are what threads share out among themselves.
//!
//! Tables of captions come first. Where only they differ, the rows that changed are built and the
//! snapshot is patched (`engine/rows.rs`): it names the records and the rows that it speaks of.

mod patch;
mod read;
mod recorder;

pub use patch::Patch;
pub use read::Snapshot;
pub use recorder::{Began, Recorder};

use super::record::RecordsId;
use rustix::fs::{AtFlags, FileType, Stat, statat};
use rustix::io;
use std::ffi::CStr;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;

const MAGIC: &[u8; 8] = b"mbsnap05";

/// Bytes of a look before its name.
const LOOK: usize = 1 + 5 * 8 + 4;

/// Looks in a group, at most: enough to make opening the folder cheap, few enough to share out.
const GROUP: usize = 512;

/// What a null build says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpToDate {
    pub nodes: u64,
    pub saved_ms: u64,
}

/// What a snapshot speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub state: UpToDate,
    pub records: RecordsId,
    /// blake3 of `cache/state/rows`.
    pub tables: [u8; 32],
}

/// Maps a snapshot; `None` where there is none.
pub fn map(path: &Path) -> Option<memmap2::Mmap> {
    let file = File::open(path).ok()?;
    // SAFETY: a snapshot is written under another name and renamed, never written to in place. A
    // program that truncates it all the same ends this one by a signal and spoils nothing.
    #[allow(unsafe_code)]
    unsafe {
        memmap2::Mmap::map(&file).ok()
    }
}

/// Whether a path is a file, a folder, or not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File = 0,
    Folder = 1,
    Absent = 2,
    /// A device, a pipe: nothing that stands for bytes.
    Other = 3,
}

/// What there is to see of a path: stat data, in the order of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    kind: Kind,
    fields: [u64; 5],
}

impl Look {
    const ABSENT: Self = Self { kind: Kind::Absent, fields: [0; 5] };

    /// Of a name in an open folder; links are followed.
    fn at(folder: impl AsFd, name: &CStr) -> Self {
        match statat(folder, name, AtFlags::empty()) {
            Ok(stat) => Self::of(&stat),
            Err(_) => Self::ABSENT,
        }
    }

    fn of(stat: &Stat) -> Self {
        let ns = |seconds: i64, rest: u64| {
            seconds.wrapping_mul(1_000_000_000).cast_unsigned().wrapping_add(rest)
        };
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            _ => Kind::Other,
        };
        // A folder's size says nothing that its change time does not.
        let size = if kind == Kind::Folder { 0 } else { stat.st_size.cast_unsigned() };
        let mtime = ns(stat.st_mtime, stat.st_mtime_nsec);
        let ctime = ns(stat.st_ctime, stat.st_ctime_nsec);
        Self { kind, fields: [size, mtime, ctime, stat.st_ino, stat.st_dev] }
    }

    fn mtime_ns(&self) -> i64 {
        self.fields[1].cast_signed()
    }

    fn ctime_ns(&self) -> i64 {
        self.fields[2].cast_signed()
    }
}

/// Opens a folder to look into.
fn folder(path: &CStr) -> io::Result<rustix::fd::OwnedFd> {
    use rustix::fs::{Mode, OFlags};
    rustix::fs::open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

#[cfg(test)]
mod tests;
