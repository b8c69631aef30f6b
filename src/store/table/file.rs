//! One sorted file of a table.

use super::{Id, Pair};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Bytes before the first entry.
const HEAD: usize = 16 + 16;

/// Bytes behind the offsets.
const FOOT: usize = 8 + 16;

/// Bytes of an entry before its key.
const LEAD: usize = 16 + 4 + 4;

/// The length of a value that is not there.
const GONE: u32 = u32::MAX;

/// A file, mapped; empty where there is none.
#[derive(Debug, Default)]
pub struct Sorted {
    map: Option<memmap2::Mmap>,
    len: usize,
    id: Id,
}

impl Sorted {
    pub fn open(path: &Path, magic: &[u8; 16]) -> Self {
        Self::try_open(path, magic).unwrap_or_default()
    }

    fn try_open(path: &Path, magic: &[u8; 16]) -> Option<Self> {
        let file = File::open(path).ok()?;
        // SAFETY: a table is written under another name and renamed, never written to in place. A
        // program that truncates it all the same ends this one by a signal and spoils nothing.
        #[allow(unsafe_code)]
        let map = unsafe { memmap2::Mmap::map(&file).ok()? };
        let rest = map.strip_prefix(magic.as_slice())?;
        let foot = rest.get(rest.len().checked_sub(FOOT)?..)?;
        let len = usize::try_from(u64::from_le_bytes(foot[..8].try_into().ok()?)).ok()?;
        let id = foot[8..].try_into().ok()?;
        let offsets = len.checked_mul(8)?;
        map.len().checked_sub(HEAD + FOOT)?.checked_sub(offsets)?;
        Some(Self { map: Some(map), len, id })
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn id(&self) -> Id {
        self.id
    }

    /// The id of the file that it lies over.
    pub fn over(&self) -> Id {
        let head = self.map.as_ref().and_then(|map| map.get(16..HEAD)?.try_into().ok());
        head.unwrap_or_default()
    }

    /// The entry of that number; none where it is damaged.
    fn entry(&self, at: usize) -> Option<Pair<'_>> {
        let (key, value, checksum, body) = self.raw(at)?;
        (self::checksum(body) == *checksum).then_some((key, value))
    }

    /// Key, value, checksum and what that is of; the key is not proven.
    #[allow(clippy::type_complexity)]
    fn raw(&self, at: usize) -> Option<(&[u8], Option<&[u8]>, &[u8; 16], &[u8])> {
        let map = self.map.as_ref()?;
        let end = map.len() - FOOT - 8 * self.len;
        let offset = map.get(end + 8 * at..)?.first_chunk::<8>()?;
        let offset = usize::try_from(u64::from_le_bytes(*offset)).ok()?;
        let entry = map.get(offset..end)?;
        let checksum = entry.first_chunk::<16>()?;
        let length = |at: usize| Some(u32::from_le_bytes(*entry.get(at..)?.first_chunk::<4>()?));
        let (key, value) = (length(16)?, length(20)?);
        let key_end = LEAD.checked_add(usize::try_from(key).ok()?)?;
        let value_len = if value == GONE { 0 } else { usize::try_from(value).ok()? };
        let body = entry.get(16..key_end.checked_add(value_len)?)?;
        let (key, rest) = body.get(8..)?.split_at_checked(key_end - LEAD)?;
        Some((key, (value != GONE).then_some(rest), checksum, body))
    }

    /// The number of the first entry whose key is not below this one.
    fn search(&self, key: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = low + (high - low) / 2;
            // A damaged entry leads astray at worst: then nothing is found.
            match self.raw(middle) {
                Some((found, ..)) if found < key => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    /// An entry's number, and its value.
    pub fn get(&self, key: &[u8]) -> Option<(usize, Option<&[u8]>)> {
        let at = self.search(key);
        let (found, value) = if at < self.len { self.entry(at)? } else { return None };
        (found == key).then_some((at, value))
    }

    /// The entries from a key on.
    pub fn from(&self, key: &[u8]) -> impl Iterator<Item = Pair<'_>> {
        (self.search(key)..self.len).filter_map(|at| self.entry(at))
    }
}

/// Of all of an entry behind the checksum.
fn checksum(body: &[u8]) -> Id {
    let mut id = Id::default();
    id.copy_from_slice(&blake3::hash(body).as_bytes()[..16]);
    id
}

/// Writes a file: whole or not at all. Keys must come sorted.
pub struct Writer {
    out: BufWriter<NamedTempFile>,
    path: PathBuf,
    offsets: Vec<u64>,
    end: u64,
    checksums: blake3::Hasher,
    body: Vec<u8>,
}

impl Writer {
    pub fn create(path: &Path, magic: &[u8; 16], over: Id) -> io::Result<Self> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut out = BufWriter::with_capacity(1 << 20, NamedTempFile::new_in(folder)?);
        out.write_all(magic)?;
        out.write_all(&over)?;
        let (offsets, body) = (Vec::new(), Vec::new());
        let checksums = blake3::Hasher::new();
        Ok(Self { out, path: path.to_owned(), offsets, end: HEAD as u64, checksums, body })
    }

    pub fn add(&mut self, key: &[u8], value: Option<&[u8]>) -> io::Result<()> {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(io::Error::other);
        self.body.clear();
        self.body.extend(length(key)?.to_le_bytes());
        self.body.extend(value.map_or(Ok(GONE), length)?.to_le_bytes());
        self.body.extend_from_slice(key);
        self.body.extend_from_slice(value.unwrap_or_default());
        let sum = checksum(&self.body);
        self.checksums.update(&sum);
        self.out.write_all(&sum)?;
        self.out.write_all(&self.body)?;
        self.offsets.push(self.end);
        self.end += (sum.len() + self.body.len()) as u64;
        Ok(())
    }

    pub fn place(mut self) -> io::Result<()> {
        for offset in &self.offsets {
            self.out.write_all(&offset.to_le_bytes())?;
        }
        self.out.write_all(&(self.offsets.len() as u64).to_le_bytes())?;
        self.out.write_all(&self.checksums.finalize().as_bytes()[..16])?;
        let file = self.out.into_inner().map_err(|error| error.into_error())?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}
