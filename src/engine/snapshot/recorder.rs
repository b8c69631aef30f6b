//! Writes a snapshot.

use super::{GROUP, Kind, LOOK, Look, MAGIC, UpToDate, folder};
use crate::store::{Stamp, stamp};
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

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
        self.paths.sort_by(|a, b| split(&a.0).cmp(&split(&b.0)));
        self.paths.dedup_by(|a, b| a.0 == b.0);
        let now = stamp::now_ns();
        let mut body = circumstances.to_vec();
        body.extend_from_slice(&state.nodes.to_le_bytes());
        body.extend_from_slice(&state.saved_ms.to_le_bytes());
        let of_one_folder = self.paths.chunk_by(|a, b| split(&a.0).0 == split(&b.0).0);
        for paths in of_one_folder.flat_map(|paths| paths.chunks(GROUP)) {
            let path = CString::new(split(&paths.first()?.0).0).ok()?;
            let open = folder(&path);
            let mut group = u32::try_from(paths.len()).ok()?.to_le_bytes().to_vec();
            text(&mut group, &path)?;
            for (path, stamped) in paths {
                let name = CString::new(split(path).1).ok()?;
                let look = match &open {
                    Ok(folder) => Look::at(folder, &name),
                    Err(_) => Look::ABSENT,
                };
                if !trusted(&look, stamped.as_ref(), now, began_ns) {
                    return None;
                }
                let start = group.len();
                group.push(look.kind as u8);
                look.fields.iter().for_each(|field| group.extend_from_slice(&field.to_le_bytes()));
                text(&mut group, &name)?;
                debug_assert_eq!(group.len() - start, LOOK + name.as_bytes().len() + 1);
            }
            body.extend_from_slice(&u32::try_from(group.len()).ok()?.to_le_bytes());
            body.append(&mut group);
        }
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(blake3::hash(&body).as_bytes());
        out.append(&mut body);
        Some(out)
    }
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
fn split(path: &Path) -> (&[u8], &[u8]) {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => (folder.as_os_str().as_bytes(), name.as_bytes()),
        _ => (path.as_os_str().as_bytes(), OsStr::new(".").as_bytes()),
    }
}

/// Length, text, NUL.
fn text(out: &mut Vec<u8>, text: &CString) -> Option<()> {
    out.extend_from_slice(&u32::try_from(text.as_bytes().len()).ok()?.to_le_bytes());
    out.extend_from_slice(text.as_bytes_with_nul());
    Some(())
}
