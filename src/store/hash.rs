//! blake3 of files, on all cores.
//!
//! The tree of a large file is cut into pieces that each core reads and hashes for itself, through
//! a buffer that stays in its cache. Reading costs a few percent more than mapping, and a file that
//! somebody truncates meanwhile is an error instead of a SIGBUS.

use crate::contract::digest::Digest;
use blake3::Hasher;
use blake3::hazmat::{
    ChainingValue, HasherExt, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
};
use rustix::fs::{Advice, fadvise};
use rustix::io::{ReadWriteFlags, preadv2};
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes that one core reads and hashes at a time; a power of two, as the tree wants it.
const PIECE: usize = 128 << 10;

/// Bytes that are fetched from the disk at a time; a power of two as well.
const WINDOW: u64 = 64 << 20;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The digest of a file as it is now. One that shrinks meanwhile is an error; for one that may
/// be written to meanwhile, compare a [`super::Stamp`] before and after.
pub fn file(path: &Path) -> io::Result<Digest> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    open_file(&file, len)
}

/// The digest of the first `len` bytes of an open file.
pub fn open_file(file: &File, len: u64) -> io::Result<Digest> {
    let hash = if len <= PIECE as u64 {
        with_piece(file, 0, len, blake3::hash)?
    } else {
        let (left, right) = halves(file, 0, len)?;
        merge_subtrees_root(&left, &right, Mode::Hash)
    };
    Ok(Digest { hash: *hash.as_bytes(), len })
}

fn halves(file: &File, offset: u64, len: u64) -> io::Result<(ChainingValue, ChainingValue)> {
    let left = left_subtree_len(len);
    let (a, b) =
        rayon::join(|| subtree(file, offset, left), || subtree(file, offset + left, len - left));
    Ok((a?, b?))
}

fn subtree(file: &File, offset: u64, len: u64) -> io::Result<ChainingValue> {
    if len <= PIECE as u64 {
        return with_piece(file, offset, len, |bytes| {
            Hasher::new().set_input_offset(offset).update(bytes).finalize_non_root()
        });
    }
    let (left, right) = halves(file, offset, len)?;
    Ok(merge_subtrees_non_root(&left, &right, Mode::Hash))
}

/// Reads `len` (at most [`PIECE`]) bytes at `offset` into this thread's buffer.
fn with_piece<T>(
    file: &File,
    offset: u64,
    len: u64,
    hash: impl FnOnce(&[u8]) -> T,
) -> io::Result<T> {
    BUFFER.with_borrow_mut(|buffer| {
        if buffer.len() < PIECE {
            buffer.resize(PIECE, 0);
        }
        let piece = &mut buffer[..usize::try_from(len).unwrap_or(PIECE).min(PIECE)];
        if !offset.is_multiple_of(WINDOW) || !read_or_announce(file, offset, piece) {
            file.read_exact_at(piece, offset)?;
        }
        Ok(hash(piece))
    })
}

/// Reads a piece that is in memory. If it is not, has the kernel fetch its whole window in large
/// reads: cores that each read a part of their own look like random access to its own guess, and
/// a cold disk would be twice as slow.
fn read_or_announce(file: &File, offset: u64, piece: &mut [u8]) -> bool {
    let wanted = piece.len();
    let at_once = preadv2(file, &mut [IoSliceMut::new(piece)], offset, ReadWriteFlags::NOWAIT);
    let read = at_once == Ok(wanted);
    if !read {
        // Not every file system cares to.
        let _ = fadvise(file, offset, NonZeroU64::new(WINDOW), Advice::WillNeed);
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn any_length_hashes_as_blake3_says() {
        let piece = PIECE;
        for len in [0, 1, 1024, piece - 1, piece, piece + 1, 3 * piece, 5 * piece + 1025, 1 << 21] {
            let bytes: Vec<u8> = (0..len).map(|i| (i * 31 % 251) as u8).collect();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            let digest = open_file(&file, len as u64).unwrap();
            assert_eq!(digest, Digest::of(&bytes), "{len} bytes");
        }
    }

    #[test]
    fn a_file_that_shrank_is_an_error() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(PIECE as u64 * 2).unwrap();
        let error = open_file(&file, PIECE as u64 * 3).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
