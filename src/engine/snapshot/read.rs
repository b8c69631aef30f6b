//! Reads a snapshot and looks whether everything is as it says.

use super::{Head, LOOK, Look, MAGIC, UpToDate, folder};
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Groups from which on another thread is worth its start.
const FEW: usize = 4;

/// Threads, at most: looking is the kernel's work, and more do not make it faster.
const MOST_THREADS: usize = 8;

/// A snapshot that is whole, and of these circumstances.
pub struct Snapshot<'b> {
    pub head: Head,
    /// What looks at tables, and then all else.
    groups: Vec<&'b [u8]>,
    tables: usize,
}

/// One look, where it lies.
pub(super) struct Recorded<'b> {
    pub name: &'b CStr,
    /// All of it, its name included.
    pub bytes: &'b [u8],
}

impl<'b> Snapshot<'b> {
    /// `None` where it is damaged, of another format or of other circumstances.
    pub fn read(bytes: &'b [u8], circumstances: &[u8; 32]) -> Option<Self> {
        let (checksum, body) = bytes.strip_prefix(MAGIC.as_slice())?.split_at_checked(32)?;
        let (found, mut rest) = body.split_at_checked(32)?;
        if found != circumstances || blake3::hash(body).as_bytes() != checksum {
            return None;
        }
        let state = UpToDate { nodes: number(&mut rest)?, saved_ms: number(&mut rest)? };
        let mut id = || take(&mut rest, 16)?.try_into().ok();
        let records = (id()?, id()?);
        let tables = take(&mut rest, 32)?.try_into().ok()?;
        let head = Head { state, records, tables };
        let tables = length(&mut rest)?;
        let mut groups = Vec::new();
        while !rest.is_empty() {
            let length = length(&mut rest)?;
            groups.push(take(&mut rest, length)?);
        }
        (tables <= groups.len()).then_some(Self { head, groups, tables })
    }

    /// Whether the tables of captions are as they were.
    pub fn tables_hold(&self) -> bool {
        all_as_recorded(&self.groups[..self.tables])
    }

    /// Whether everything else is.
    pub fn rest_holds(&self) -> bool {
        all_as_recorded(&self.groups[self.tables..])
    }

    /// The paths of the tables, sorted.
    pub fn tables(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for group in &self.groups[..self.tables] {
            let Some((folder, looks)) = open(group) else { continue };
            let folder = Path::new(OsStr::from_bytes(folder.to_bytes()));
            paths.extend(looks.iter().map(|l| folder.join(OsStr::from_bytes(l.name.to_bytes()))));
        }
        paths.sort();
        paths
    }

    /// The groups of all else.
    pub(super) fn rest(&self) -> &[&'b [u8]] {
        &self.groups[self.tables..]
    }
}

/// A group's folder and its looks; `None` where it is not of the format.
pub(super) fn open(mut group: &[u8]) -> Option<(&CStr, Vec<Recorded<'_>>)> {
    let count = length(&mut group)?;
    let folder = text(&mut group)?;
    let mut looks = Vec::new();
    for _ in 0..count {
        let whole = group;
        take(&mut group, LOOK - 4)?;
        let name = text(&mut group)?;
        looks.push(Recorded { name, bytes: &whole[..whole.len() - group.len()] });
    }
    Some((folder, looks))
}

fn all_as_recorded(groups: &[&[u8]]) -> bool {
    let (next, differs) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        while let Some(group) = groups.get(next.fetch_add(1, Relaxed)) {
            if differs.load(Relaxed) {
                return;
            }
            if as_recorded(group) != Some(true) {
                differs.store(true, Relaxed);
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(groups.len() / FEW).min(MOST_THREADS);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // Where no thread can be had, this one does it all.
            let _ = std::thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    !differs.into_inner()
}

/// `None` where the group is not of the format.
fn as_recorded(mut group: &[u8]) -> Option<bool> {
    let looks = length(&mut group)?;
    let folder = folder(text(&mut group)?);
    for _ in 0..looks {
        let head = take(&mut group, LOOK - 4)?;
        let name = text(&mut group)?;
        let look = folder.as_ref().map_or(Look::ABSENT, |folder| Look::at(folder, name));
        let same = head[0] == look.kind as u8
            && head[1..]
                .chunks_exact(8)
                .zip(look.fields)
                .all(|(old, new)| old == new.to_le_bytes());
        if !same {
            return Some(false);
        }
    }
    Some(true)
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(take(rest, 8)?.try_into().ok()?))
}

fn length(rest: &mut &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(take(rest, 4)?.try_into().ok()?)).ok()
}

fn text<'b>(rest: &mut &'b [u8]) -> Option<&'b CStr> {
    let length = length(rest)?;
    CStr::from_bytes_with_nul(take(rest, length + 1)?).ok()
}
