//! Files of one folder, and nothing else of the disk.

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use std::fs::File;
use std::os::fd::AsFd;

/// The file at a path below a folder and its length, if it is a regular one. The kernel resolves the
/// path, and lets no link lead out of the folder.
pub fn open(folder: impl AsFd, path: &str) -> Option<(File, u64)> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let within = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let file = File::from(openat2(folder, path, flags, Mode::empty(), within).ok()?);
    let about = file.metadata().ok()?;
    about.is_file().then_some((file, about.len()))
}
