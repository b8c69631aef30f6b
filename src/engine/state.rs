//! Small files under `cache/state/`: replaced whole, and forgotten at no cost but time.

use std::io::{self, Write};
use std::path::Path;

/// Replaces a file by rename. Not flushed: after a power loss it may be gone or garbled, which its
/// reader finds out by its checksum.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut temp = tempfile::NamedTempFile::new_in(folder)?;
    temp.write_all(bytes)?;
    temp.persist(path).map_err(|error| error.error)?;
    Ok(())
}
