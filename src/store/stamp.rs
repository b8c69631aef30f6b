//! Stat data that stands for bytes, and when it may.
//!
//! Git's racy-clean rule: if a file was looked at soon after it changed, it may have changed again
//! within the same tick of the clock that stamps it, and its stat data would look the same. So a
//! stamp stands for bytes only if they were read at least one tick after the last change. The
//! change time decides: nobody can set it, and renames, links, writes and mode changes all move it.

use serde::{Deserialize, Serialize};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longest tick of the clock by which file systems stamp: 10 ms at 100 Hz, and as much again.
const TICK_NS: i64 = 20_000_000;

/// File systems that keep whole seconds, even ones: FAT, old NFS.
const COARSE_TICK_NS: i64 = 2_000_000_000;

/// What `stat` says of a file. If it is the same, and the racy-clean rule holds, so are the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Nanoseconds since 1970.
    pub ctime_ns: i64,
    pub ino: u64,
    pub dev: u64,
}

impl Stamp {
    /// The stamp of a regular file, links followed; anything else is an error.
    pub fn of(path: &Path) -> io::Result<Self> {
        Self::regular(&std::fs::metadata(path)?)
    }

    /// The stamp in `metadata`, if it speaks of a regular file.
    pub fn regular(metadata: &Metadata) -> io::Result<Self> {
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Self {
            size: metadata.len(),
            mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            ino: metadata.ino(),
            dev: metadata.dev(),
        })
    }

    /// The first moment (nanoseconds since 1970) at which another change would show.
    pub fn settles_ns(&self) -> i64 {
        settles_ns(self.mtime_ns, self.ctime_ns)
    }

    /// Whether bytes read at `now_ns` are those that this stamp stands for ever after.
    pub fn is_settled(&self, now_ns: i64) -> bool {
        self.settles_ns() <= now_ns
    }

    /// Sleeps until the stamp settles, a bounded time: a clock that was set back is not waited for.
    pub fn settle(&self) {
        let wait = self.settles_ns().saturating_sub(now_ns()).clamp(0, COARSE_TICK_NS);
        if wait > 0 {
            std::thread::sleep(Duration::from_nanos(wait.unsigned_abs()));
        }
    }

    /// Whether it is the same file with the same bytes, a rename or a new link aside.
    pub fn same_but_for_ctime(&self, other: &Self) -> bool {
        Self { ctime_ns: 0, ..*self } == Self { ctime_ns: 0, ..*other }
    }
}

/// When times of a file or a folder begin to stand for its content: the first moment at which
/// another change would show in them. All in nanoseconds since 1970.
pub fn settles_ns(mtime_ns: i64, ctime_ns: i64) -> i64 {
    const SECOND: i64 = 1_000_000_000;
    let coarse = ctime_ns % SECOND == 0 && mtime_ns % SECOND == 0;
    ctime_ns.saturating_add(if coarse { COARSE_TICK_NS } else { TICK_NS })
}

fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

/// Nanoseconds since 1970, by the clock of this machine.
pub fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Watches files that an action reads in place: taken before it runs, asked after. If one of them
/// changed meanwhile, what the action made belongs to no key and must not be stored.
#[derive(Debug, Default)]
pub struct Watch {
    files: Vec<(PathBuf, Stamp)>,
}

impl Watch {
    /// Remembers that the bytes of `path` were hashed under `stamp`.
    pub fn add(&mut self, path: PathBuf, stamp: Stamp) {
        self.files.push((path, stamp));
    }

    /// The first file that is no longer as it was hashed.
    pub fn changed(&self) -> Option<&Path> {
        self.files
            .iter()
            .find(|(path, stamp)| Stamp::of(path).ok() != Some(*stamp))
            .map(|(path, _)| path.as_path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_change_is_not_settled_and_an_old_one_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let stamp = Stamp::of(file.path()).unwrap();
        assert!(!stamp.is_settled(stamp.ctime_ns + TICK_NS - 1));
        assert!(stamp.is_settled(stamp.ctime_ns + TICK_NS));
        let whole_seconds = Stamp { ctime_ns: 7_000_000_000, mtime_ns: 7_000_000_000, ..stamp };
        assert!(!whole_seconds.is_settled(8_999_999_999));
        assert!(whole_seconds.is_settled(9_000_000_000));
    }

    #[test]
    fn a_future_mtime_does_not_matter_and_a_folder_has_no_stamp() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let far = SystemTime::now() + Duration::from_secs(1_000_000);
        file.as_file().set_modified(far).unwrap();
        let stamp = Stamp::of(file.path()).unwrap();
        stamp.settle();
        assert!(stamp.is_settled(now_ns()));
        assert!(Stamp::of(&std::env::temp_dir()).is_err());
    }

    #[test]
    fn a_watch_names_the_file_that_changed() {
        let folder = tempfile::tempdir().unwrap();
        let mut watch = Watch::default();
        for name in ["a", "b"] {
            let path = folder.path().join(name);
            std::fs::write(&path, name).unwrap();
            watch.add(path.clone(), Stamp::of(&path).unwrap());
        }
        assert_eq!(watch.changed(), None);
        std::fs::write(folder.path().join("b"), "longer").unwrap();
        assert_eq!(watch.changed(), Some(folder.path().join("b").as_path()));
        std::fs::remove_file(folder.path().join("a")).unwrap();
        assert_eq!(watch.changed(), Some(folder.path().join("a").as_path()));
    }
}
