//! The up-to-date snapshot: what a build with nothing to do looks at, and all that it looks at.
//!
//! ```text
//! magic 8 | blake3 of the rest 32 | circumstances 32 | nodes u64 | saved ms u64 | looks u64
//! looks:  kind u8 | size u64 | mtime ns i64 | ctime ns i64 | ino u64 | dev u64 | path length u32 | path
//! ```
//!
//! After a build in which every node is up to date and accepted, the stat data of every file that
//! decided so is written down: the Memefile, the folders that globs walked, the user's files, what
//! we published, the tools. While all of it is the same, so is the answer, and nothing is parsed.
//! Stat data too fresh to be trusted are never written; the next full build finds them settled.

use crate::store::{Stamp, stamp};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"mbsnap03";
const LOOK: usize = 1 + 5 * 8 + 4;

/// Whether a path is a file, a folder, or not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File = 0,
    Folder = 1,
    Absent = 2,
}

/// What a null build says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpToDate {
    pub nodes: u64,
    pub saved_ms: u64,
}

/// Stat data of a path, in the order of the format.
type Look = [u64; 5];

fn look(metadata: &Metadata) -> Look {
    let ns = |seconds: i64, rest: i64| (seconds * 1_000_000_000 + rest).cast_unsigned();
    // A folder's size says nothing that its change time does not.
    let size = if metadata.is_dir() { 0 } else { metadata.len() };
    [
        size,
        ns(metadata.mtime(), metadata.mtime_nsec()),
        ns(metadata.ctime(), metadata.ctime_nsec()),
        metadata.ino(),
        metadata.dev(),
    ]
}

/// Collects what a snapshot will look at.
#[derive(Debug, Default)]
pub struct Recorder {
    paths: Vec<(PathBuf, Option<Stamp>)>,
}

impl Recorder {
    /// A file whose bytes were read under `stamp`, and must still be those.
    pub fn file(&mut self, path: PathBuf, stamp: Stamp) {
        self.paths.push((path, Some(stamp)));
    }

    /// A path that must stay as it is now: a folder, a tool, something that is not there.
    pub fn path(&mut self, path: PathBuf) {
        self.paths.push((path, None));
    }

    /// The snapshot, or `None` where something changed since it was read, or is too fresh to tell.
    /// Paths without a stamp of their own must not have changed since `began_ns` (nanoseconds since
    /// 1970), before which nothing of them was read.
    pub fn encode(
        mut self,
        circumstances: &[u8; 32],
        state: UpToDate,
        began_ns: i64,
    ) -> Option<Vec<u8>> {
        self.paths.sort_by(|a, b| a.0.cmp(&b.0));
        self.paths.dedup_by(|a, b| a.0 == b.0);
        let now = stamp::now_ns();
        let mut body = circumstances.to_vec();
        body.extend_from_slice(&state.nodes.to_le_bytes());
        body.extend_from_slice(&state.saved_ms.to_le_bytes());
        body.extend_from_slice(&(self.paths.len() as u64).to_le_bytes());
        for (path, stamped) in &self.paths {
            let (kind, fields) = match std::fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => {
                    let fields = look(&metadata);
                    let [_, mtime, ctime, ..] = fields.map(u64::cast_signed);
                    if stamp::settles_ns(mtime, ctime) > began_ns {
                        return None;
                    }
                    (Kind::Folder, fields)
                }
                Ok(metadata) => {
                    let fresh = Stamp::regular(&metadata).ok()?;
                    let trusted = match stamped {
                        Some(stamp) => *stamp == fresh && fresh.is_settled(now),
                        None => fresh.is_settled(began_ns),
                    };
                    if !trusted {
                        return None;
                    }
                    (Kind::File, look(&metadata))
                }
                Err(_) if stamped.is_none() => (Kind::Absent, [0; 5]),
                Err(_) => return None,
            };
            body.push(kind as u8);
            fields.iter().for_each(|field| body.extend_from_slice(&field.to_le_bytes()));
            let bytes = path.as_os_str().as_encoded_bytes();
            body.extend_from_slice(&u32::try_from(bytes.len()).ok()?.to_le_bytes());
            body.extend_from_slice(bytes);
        }
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(blake3::hash(&body).as_bytes());
        out.extend_from_slice(&body);
        Some(out)
    }
}

/// Whether everything is as the snapshot says. `None` where anything differs, or the snapshot is
/// damaged, of another format or of other circumstances.
pub fn check(bytes: &[u8], circumstances: &[u8; 32]) -> Option<UpToDate> {
    let (checksum, body) = bytes.strip_prefix(MAGIC.as_slice())?.split_at_checked(32)?;
    if blake3::hash(body).as_bytes() != checksum {
        return None;
    }
    let (found, mut rest) = body.split_at_checked(32)?;
    if found != circumstances {
        return None;
    }
    let mut number = || {
        let (head, tail) = rest.split_at_checked(8)?;
        rest = tail;
        Some(u64::from_le_bytes(head.try_into().ok()?))
    };
    let state = UpToDate { nodes: number()?, saved_ms: number()? };
    let looks = number()?;
    for _ in 0..looks {
        let (head, tail) = rest.split_at_checked(LOOK)?;
        let length = u32::from_le_bytes(head[LOOK - 4..].try_into().ok()?);
        let (path, tail) = tail.split_at_checked(usize::try_from(length).ok()?)?;
        rest = tail;
        if !as_recorded(head, path) {
            return None;
        }
    }
    Some(state)
}

fn as_recorded(head: &[u8], path: &[u8]) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(path));
    let Ok(metadata) = std::fs::metadata(path) else { return head[0] == Kind::Absent as u8 };
    let kind = if metadata.is_dir() { Kind::Folder } else { Kind::File };
    let fields = look(&metadata);
    head[0] == kind as u8
        && head[1..LOOK - 4].chunks_exact(8).zip(fields).all(|(old, new)| old == new.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CIRCUMSTANCES: [u8; 32] = [7; 32];
    const STATE: UpToDate = UpToDate { nodes: 3, saved_ms: 9 };

    /// A folder with a settled file, and its snapshot.
    fn snapshot() -> (tempfile::TempDir, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("in/clip.mp4");
        std::fs::create_dir(folder.path().join("in")).unwrap();
        std::fs::write(&file, "frames").unwrap();
        let stamp = Stamp::of(&file).unwrap();
        stamp.settle();
        let mut recorder = Recorder::default();
        recorder.file(file, stamp);
        recorder.path(folder.path().join("in"));
        recorder.path(folder.path().join("fonts"));
        let bytes = recorder.encode(&CIRCUMSTANCES, STATE, stamp::now_ns()).unwrap();
        (folder, bytes)
    }

    #[test]
    fn an_untouched_project_is_up_to_date() {
        let (_folder, bytes) = snapshot();
        assert_eq!(check(&bytes, &CIRCUMSTANCES), Some(STATE));
        assert_eq!(check(&bytes, &[8; 32]), None);
    }

    #[test]
    fn any_change_shows() {
        type Edit = fn(&Path);
        let edits: [Edit; 5] = [
            |root| std::fs::write(root.join("in/clip.mp4"), "FRAMES").unwrap(),
            |root| std::fs::write(root.join("in/new.mp4"), "x").unwrap(),
            |root| std::fs::remove_file(root.join("in/clip.mp4")).unwrap(),
            |root| std::fs::create_dir(root.join("fonts")).unwrap(),
            |root| {
                // Same size and modification time: the change time tells.
                let file = root.join("in/clip.mp4");
                let modified = std::fs::metadata(&file).unwrap().modified().unwrap();
                std::fs::write(&file, "FRAMES").unwrap();
                std::fs::File::options()
                    .write(true)
                    .open(&file)
                    .unwrap()
                    .set_modified(modified)
                    .unwrap();
            },
        ];
        for edit in edits {
            let (folder, bytes) = snapshot();
            edit(folder.path());
            assert_eq!(check(&bytes, &CIRCUMSTANCES), None);
        }
    }

    #[test]
    fn a_damaged_snapshot_proves_nothing() {
        let (_folder, bytes) = snapshot();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert_eq!(check(&flipped, &CIRCUMSTANCES), None);
            assert_eq!(check(&bytes[..at], &CIRCUMSTANCES), None);
        }
    }

    #[test]
    fn what_is_too_fresh_is_not_written_down() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut recorder = Recorder::default();
        recorder.file(file.path().to_owned(), Stamp::of(file.path()).unwrap());
        assert_eq!(recorder.encode(&CIRCUMSTANCES, STATE, stamp::now_ns()), None);
    }

    #[test]
    fn what_changed_after_it_was_read_is_not_written_down() {
        let folder = tempfile::tempdir().unwrap();
        let began = stamp::now_ns();
        std::fs::write(folder.path().join("Memefile.toml"), "").unwrap();
        Stamp::of(&folder.path().join("Memefile.toml")).unwrap().settle();
        for path in ["Memefile.toml", ""] {
            let mut recorder = Recorder::default();
            recorder.path(folder.path().join(path));
            assert_eq!(recorder.encode(&CIRCUMSTANCES, STATE, began), None);
        }
    }
}
