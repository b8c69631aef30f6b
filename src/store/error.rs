//! What can go wrong between a digest and its bytes, as data and in words for people.

use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use rustix::io::Errno;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why bytes could not be stored or had.
#[derive(Debug)]
pub enum StoreError {
    /// No such blob: never stored, evicted, or deleted.
    Missing(Digest),
    /// The blob's file was not what its name says. It has been removed from the cache.
    Damaged { digest: Digest, found: Damage },
    /// What was to be stored is not a regular file.
    NotAFile(PathBuf),
    /// A file changed while it was read.
    Changed(PathBuf),
    /// The operating system said no.
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

/// In which way a blob was damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// It is this many bytes long.
    Length(u64),
    /// The length holds, and the bytes hash to something else.
    Bytes,
    /// A folder or a device stands in its place.
    NotAFile,
    /// It cannot be read.
    Unreadable(io::ErrorKind),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(len) => write!(f, "it is {len} bytes long"),
            Self::Bytes => f.write_str("its bytes do not hash to its name"),
            Self::NotAFile => f.write_str("it is not a regular file"),
            Self::Unreadable(kind) => write!(f, "it cannot be read ({kind})"),
        }
    }
}

impl StoreError {
    /// Wraps an error of the operating system; `doing` completes "cannot …".
    pub fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    /// Whether running the action again can help: the blob is not there, or was damaged.
    pub fn is_miss(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Damaged { .. })
    }

    /// In words for people, with what to do next.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Missing(_) => Diagnostic::error("cache-missing", self.to_string())
                .hint("build again: what is missing from the cache is made anew"),
            Self::Damaged { .. } => Diagnostic::error("cache-damaged", self.to_string())
                .note("the damaged file was removed")
                .hint("build again: what is missing from the cache is made anew")
                .hint("run `memebuild cache verify` to check the rest of the cache"),
            Self::NotAFile(_) => Diagnostic::error("not-a-file", self.to_string()),
            Self::Changed(_) => Diagnostic::error("changed-while-read", self.to_string())
                .hint("build again once nothing writes to it any more"),
            Self::Io { source, path, .. } => {
                explain_io(Diagnostic::error(io_code(source), self.to_string()), source, path)
            }
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(digest) => write!(f, "blob {} is not in the cache", digest.short()),
            Self::Damaged { digest, found } => {
                write!(f, "blob {} was damaged in the cache: {found}", digest.short())
            }
            Self::NotAFile(path) => write!(f, "`{}` is not a regular file", path.display()),
            Self::Changed(path) => write!(f, "`{}` changed while it was read", path.display()),
            Self::Io { doing, path, source } => {
                write!(f, "cannot {doing} `{}`: {source}", path.display())
            }
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<StoreError> for Diagnostic {
    fn from(error: StoreError) -> Self {
        error.diagnostic()
    }
}

/// Whether the disk, a quota or a limit on file sizes is used up.
pub fn is_full(error: &io::Error) -> bool {
    let full = [Errno::NOSPC, Errno::DQUOT, Errno::FBIG].map(Errno::raw_os_error);
    error.raw_os_error().is_some_and(|code| full.contains(&code))
}

/// Whether writing is not allowed here.
pub fn is_read_only(error: &io::Error) -> bool {
    let denied = [Errno::ROFS, Errno::ACCESS, Errno::PERM].map(Errno::raw_os_error);
    error.raw_os_error().is_some_and(|code| denied.contains(&code))
}

/// The stable word for an error of the operating system.
pub fn io_code(error: &io::Error) -> &'static str {
    if is_full(error) {
        "disk-full"
    } else if is_read_only(error) {
        "read-only"
    } else {
        "io"
    }
}

/// Adds what to do about an error of the operating system at `path`.
pub fn explain_io(diagnostic: Diagnostic, error: &io::Error, path: &Path) -> Diagnostic {
    if is_full(error) {
        let diagnostic = match free_bytes(path) {
            Some(free) => diagnostic.note(format!("{} MiB are free there", free >> 20)),
            None => diagnostic,
        };
        diagnostic
            .hint("free some space or raise the quota or file-size limit, then build again")
            .hint("`cache/` and `artefacts/` may be deleted: they come back, at the cost of time")
    } else if is_read_only(error) {
        diagnostic.hint(format!(
            "make `{}` writable for this user",
            path.parent().unwrap_or(path).display()
        ))
    } else if error.raw_os_error() == Some(Errno::XDEV.raw_os_error()) {
        diagnostic.hint("keep all of `cache/` on one file system: move the whole folder instead")
    } else {
        diagnostic
    }
}

/// Space left for this user in the file system of the nearest folder that exists.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|p| p.exists())?;
    let stat = rustix::fs::statvfs(there).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}
