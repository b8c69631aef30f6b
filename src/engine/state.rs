//! Small files, replaced whole: those under `cache/state/`, which are forgotten at no cost but time, and
//! some for people.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Replaces a file of its owner's alone by rename. Not flushed: after a power loss it may be gone or
/// garbled, which its reader finds out.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_as(path, bytes, 0o600)
}

/// The same for a file that is no secret.
pub fn replace_readable(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_as(path, bytes, 0o644)
}

fn replace_as(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut temp = tempfile::NamedTempFile::new_in(folder)?;
    temp.write_all(bytes)?;
    temp.as_file().set_permissions(Permissions::from_mode(mode))?;
    temp.persist(path).map_err(|error| error.error)?;
    Ok(())
}
