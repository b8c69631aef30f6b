//! Reads a snapshot and looks whether everything is as it says.

use super::{LOOK, Look, MAGIC, UpToDate, folder};
use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Groups from which on another thread is worth its start.
const FEW: usize = 4;

/// Threads, at most: looking is the kernel's work, and more do not make it faster.
const MOST_THREADS: usize = 8;

/// Whether everything is as the snapshot says. `None` where anything differs, or the snapshot is
/// damaged, of another format or of other circumstances.
pub fn check(bytes: &[u8], circumstances: &[u8; 32]) -> Option<UpToDate> {
    let (checksum, body) = bytes.strip_prefix(MAGIC.as_slice())?.split_at_checked(32)?;
    let (found, mut rest) = body.split_at_checked(32)?;
    if found != circumstances || blake3::hash(body).as_bytes() != checksum {
        return None;
    }
    let state = UpToDate { nodes: number(&mut rest)?, saved_ms: number(&mut rest)? };
    let mut groups = Vec::new();
    while !rest.is_empty() {
        let length = length(&mut rest)?;
        groups.push(take(&mut rest, length)?);
    }
    all_as_recorded(&groups).then_some(state)
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
