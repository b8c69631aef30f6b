//! Writes a snapshot.

use super::{GROUP, Head, Kind, LOOK, Look, MAGIC, folder};
use crate::store::{Stamp, stamp};
use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A path to look at, and the stamp under which its bytes were read, if they were.
pub(super) type Watched = (PathBuf, Option<Stamp>);

/// Moments (nanoseconds since 1970) before which nothing was read that a snapshot speaks of.
#[derive(Debug, Clone, Copy)]
pub struct Began {
    /// Programs are asked who they are once in a build, by its first round.
    pub asking_ns: i64,
    /// All else is read again by its last round.
    pub reading_ns: i64,
}

/// Collects what a snapshot will look at.
#[derive(Debug, Default)]
pub struct Recorder {
    paths: Vec<Watched>,
    tools: Vec<Watched>,
    tables: Vec<Watched>,
}

impl Recorder {
    /// A file whose bytes were read under `stamp`, and must still be those.
    pub fn file(&mut self, path: PathBuf, stamp: Stamp) {
        self.paths.push((path, Some(stamp)));
    }

    /// What tells whether a program is the one that ran.
    pub fn tool(&mut self, path: PathBuf) {
        self.tools.push((path, None));
    }

    /// A path that must stay as it is now: a folder, or something that is not there.
    pub fn path(&mut self, path: PathBuf) {
        self.paths.push((path, None));
    }

    /// A table of captions, whose change may be no more than that of some rows.
    pub fn table(&mut self, path: PathBuf, stamp: Option<Stamp>) {
        self.tables.push((path, stamp));
    }

    /// The snapshot, or `None` where something changed since it was read, or is too fresh to tell.
    /// Paths without a stamp of their own must not have changed since `began`.
    pub fn encode(self, circumstances: &[u8; 32], head: &Head, began: Began) -> Option<Vec<u8>> {
        let tables = groups(self.tables, began.reading_ns)?;
        let mut rest = groups(self.paths, began.reading_ns)?;
        rest.extend(groups(self.tools, began.asking_ns)?);
        Some(seal(circumstances, head, &tables, rest.iter().map(Vec::as_slice)))
    }
}

/// A snapshot of these groups.
pub(super) fn seal<'g>(
    circumstances: &[u8; 32],
    head: &Head,
    tables: &'g [Vec<u8>],
    rest: impl Iterator<Item = &'g [u8]>,
) -> Vec<u8> {
    // The magic and the checksum come before all else, once that is known.
    let mut out = vec![0; MAGIC.len() + 32];
    let body = out.len();
    out.extend_from_slice(circumstances);
    out.extend_from_slice(&head.state.nodes.to_le_bytes());
    out.extend_from_slice(&head.state.saved_ms.to_le_bytes());
    out.extend_from_slice(&head.records.0);
    out.extend_from_slice(&head.records.1);
    out.extend_from_slice(&head.tables);
    out.extend_from_slice(&short(tables.len()));
    for group in tables.iter().map(Vec::as_slice).chain(rest) {
        out.extend_from_slice(&short(group.len()));
        out.extend_from_slice(group);
    }
    let checksum = blake3::hash(&out[body..]);
    out[..MAGIC.len()].copy_from_slice(MAGIC);
    out[MAGIC.len()..body].copy_from_slice(checksum.as_bytes());
    out
}

/// A length as the format has it. Groups and names are far below its limit.
fn short(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

/// Looks at these paths, by folder; `None` where one of them cannot be trusted.
pub(super) fn groups(mut paths: Vec<Watched>, began_ns: i64) -> Option<Vec<Vec<u8>>> {
    paths.sort_by(|a, b| split(&a.0).cmp(&split(&b.0)));
    paths.dedup_by(|a, b| a.0 == b.0);
    let now = stamp::now_ns();
    let mut groups = Vec::new();
    let of_one_folder = paths.chunk_by(|a, b| split(&a.0).0 == split(&b.0).0);
    for paths in of_one_folder.flat_map(|paths| paths.chunks(GROUP)) {
        let path = CString::new(split(&paths.first()?.0).0).ok()?;
        let open = folder(&path);
        let mut looks = Vec::with_capacity(paths.len());
        for (path, stamped) in paths {
            let name = CString::new(split(path).1).ok()?;
            let look = match &open {
                Ok(folder) => Look::at(folder, &name),
                Err(_) => Look::ABSENT,
            };
            if !trusted(&look, stamped.as_ref(), now, began_ns) {
                return None;
            }
            let mut bytes = vec![look.kind as u8];
            look.fields.iter().for_each(|field| bytes.extend_from_slice(&field.to_le_bytes()));
            text(&mut bytes, &name);
            debug_assert_eq!(bytes.len(), LOOK + name.as_bytes().len() + 1);
            looks.push(bytes);
        }
        groups.push(group(&path, looks.iter().map(Vec::as_slice)));
    }
    Some(groups)
}

/// A group of looks that are made.
pub(super) fn group<'l>(folder: &CStr, looks: impl Iterator<Item = &'l [u8]>) -> Vec<u8> {
    let mut group = vec![0; 4];
    text(&mut group, folder);
    let mut count = 0;
    for look in looks {
        group.extend_from_slice(look);
        count += 1;
    }
    group[..4].copy_from_slice(&short(count));
    group
}

/// Whether what is there now is what the build read.
fn trusted(look: &Look, stamped: Option<&Stamp>, now_ns: i64, began_ns: i64) -> bool {
    let settles = stamp::settles_ns(look.mtime_ns(), look.ctime_ns());
    match (look.kind, stamped) {
        (Kind::File, Some(stamp)) => {
            let [size, _, _, ino, dev] = look.fields;
            let (mtime_ns, ctime_ns) = (look.mtime_ns(), look.ctime_ns());
            *stamp == Stamp { size, mtime_ns, ctime_ns, ino, dev } && settles <= now_ns
        }
        (Kind::File | Kind::Folder, None) => settles <= began_ns,
        (Kind::Absent, None) => true,
        _ => false,
    }
}

/// A path's folder, and its name therein.
pub(super) fn split(path: &Path) -> (&[u8], &[u8]) {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => (folder.as_os_str().as_bytes(), name.as_bytes()),
        _ => (path.as_os_str().as_bytes(), OsStr::new(".").as_bytes()),
    }
}

/// Length, text, NUL.
fn text(out: &mut Vec<u8>, text: &CStr) {
    out.extend_from_slice(&short(text.to_bytes().len()));
    out.extend_from_slice(text.to_bytes_with_nul());
}
