//! Puts a verified copy of a file somewhere, whole or not at all.

use super::error::StoreError;
use super::session::Session;
use super::{Stamp, hash};
use crate::contract::digest::Digest;
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file that is removed unless it was given its name.
struct Temp(PathBuf);

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Copies `source` to `dest`, replacing a file that is there. `None`: the bytes of the copy are
/// not those of `expected`, and `dest` was not touched.
///
/// Shares blocks where the file system can (reflink). The copy grows in `session` if that is on the
/// same file system, else beside `dest` under a name that begins with a dot. A file that is
/// replaced is only let go once the new bytes are durable; others are durable after
/// [`super::ActionCache::flush`].
pub fn place(
    session: &Session,
    source: &Path,
    expected: &Digest,
    dest: &Path,
) -> Result<Option<Stamp>, StoreError> {
    let folder = match dest.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(StoreError::io("make", folder))?;
    if same_file_system(session.dir()?, folder) {
        let temp = Temp(session.fresh("place")?);
        match place_by(&temp, source, expected, dest) {
            // A mount point within one file system: rename cannot cross it.
            Err(StoreError::Io { source, .. }) if is_cross_device(&source) => {}
            done => return note(session, folder, done?),
        }
    }
    let done = place_by(&Temp(beside(folder)), source, expected, dest)?;
    note(session, folder, done)
}

fn note(
    session: &Session,
    folder: &Path,
    placed: Option<Stamp>,
) -> Result<Option<Stamp>, StoreError> {
    if let Some(stamp) = placed {
        session.note_placed(stamp.dev, folder).map_err(StoreError::io("open", folder))?;
    }
    Ok(placed)
}

fn place_by(
    temp: &Temp,
    source: &Path,
    expected: &Digest,
    dest: &Path,
) -> Result<Option<Stamp>, StoreError> {
    let temp = temp.0.as_path();
    let from = File::open(source).map_err(StoreError::io("read", source))?;
    let to = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(temp)
        .map_err(StoreError::io("make", temp))?;
    copy_bytes(&from, &to).map_err(StoreError::io("write", dest))?;
    let len = to.metadata().map_err(StoreError::io("read", temp))?.len();
    if len != expected.len
        || hash::open_file(&to, len).map_err(StoreError::io("read", temp))? != *expected
    {
        return Ok(None);
    }
    if std::fs::symlink_metadata(dest).is_ok() {
        to.sync_data().map_err(StoreError::io("flush", dest))?;
    }
    std::fs::rename(temp, dest).map_err(StoreError::io("write", dest))?;
    let placed = to.metadata().and_then(|m| Stamp::regular(&m));
    placed.map(Some).map_err(StoreError::io("read", dest))
}

/// Copies all bytes from the start of `from`: by sharing blocks, else within the kernel.
pub(super) fn copy_bytes(from: &File, to: &File) -> io::Result<()> {
    if rustix::fs::ioctl_ficlone(to, from).is_ok() {
        return Ok(());
    }
    let (mut reader, mut writer) = (from, to);
    io::copy(&mut reader, &mut writer).map(drop)
}

pub(super) fn is_cross_device(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::XDEV.raw_os_error())
}

fn same_file_system(a: &Path, b: &Path) -> bool {
    let device = |path: &Path| std::fs::metadata(path).map(|m| m.dev()).ok();
    device(a).is_some_and(|dev| Some(dev) == device(b))
}

fn beside(folder: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!(".memebuild-{}-{number}.tmp", std::process::id()))
}
