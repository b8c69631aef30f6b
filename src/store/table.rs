//! Bytes by key in files that are read where they lie: what a huge project remembers is looked up
//! without reading all of it, and a small change writes little.
//!
//! ```text
//! FILE       sorted entries, as a whole build leaves them
//! FILE.over  what came after, while that is little: it names the FILE that it lies over
//!
//! magic 16 | over 16 | entries | offset of each entry u64 | entries u64 | id 16
//! entry: checksum 16 | key's length u32 | value's length u32 | key | value; no value: the key is gone
//! ```
//!
//! Every entry carries a checksum, so a damaged file loses what is damaged and tells no lies. The id
//! is the hash of those checksums: equal ids, equal entries. A file over another one than it names
//! counts as empty, so replacing a FILE drops what lay over it in the same instant. Nothing is
//! flushed: after a power loss a table may be forgotten, which costs time.

mod file;

use file::{Sorted, Writer};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// One part in so many of a table may lie over it before it is written anew.
const OVER: usize = 8;

/// So many entries may always lie over it.
const FEW: usize = 4096;

/// blake3, truncated: of an entry, or of the checksums of all.
pub type Id = [u8; 16];

/// What is to be entered (a value) or taken away (none), by key.
pub type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A table as it was when it was opened; later writes of it are not seen.
#[derive(Debug, Default)]
pub struct Table {
    base: Sorted,
    over: Sorted,
}

impl Table {
    /// Opens a table. One that is not there, or of another format, is empty.
    pub fn open(path: &Path, magic: &[u8; 16]) -> Self {
        let base = Sorted::open(path, magic);
        let over = Sorted::open(&beside(path), magic);
        let over = if over.over() == base.id() { over } else { Sorted::default() };
        Self { base, over }
    }

    /// Equal for tables with equal entries in equal files; empty tables are all zeros.
    pub fn id(&self) -> (Id, Id) {
        (self.base.id(), self.over.id())
    }

    /// Entries in its files; those that are gone count too.
    pub fn bound(&self) -> usize {
        self.base.len() + self.over.len()
    }

    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        match self.over.get(key) {
            Some((_, value)) => value,
            None => self.base.get(key)?.1,
        }
    }

    /// A number below [`Self::bound`] that is the key's own; none where nothing is known of it.
    pub fn number(&self, key: &[u8]) -> Option<usize> {
        match self.over.get(key) {
            Some((at, value)) => value.map(|_| self.base.len() + at),
            None => self.base.get(key).map(|(at, _)| at),
        }
    }

    /// The entries whose keys begin so, sorted by key.
    pub fn under<'t>(&'t self, prefix: &'t [u8]) -> impl Iterator<Item = (&'t [u8], &'t [u8])> {
        let merged = Merged::new(self.base.from(prefix), self.over.from(prefix));
        let begins = move |(key, _): &(&[u8], _)| key.starts_with(prefix);
        merged.take_while(begins).filter_map(|(key, value)| Some((key, value?)))
    }

    /// Writes the table with these changes: beside it where they are few, else as [`Self::rewrite`]
    /// does.
    pub fn save(
        &self,
        path: &Path,
        magic: &[u8; 16],
        changes: &Changes,
        keep: &dyn Fn(&[u8]) -> bool,
    ) -> io::Result<()> {
        let few = (self.base.len() / OVER).max(FEW);
        if self.base.is_empty() || self.over.len() + changes.len() > few {
            return self.rewrite(path, magic, changes, keep);
        }
        let mut writer = Writer::create(&beside(path), magic, self.base.id())?;
        for (key, value) in Merged::new(self.over.from(&[]), sorted(changes)) {
            writer.add(key, value)?;
        }
        writer.place()
    }

    /// Writes the table anew with these changes, without the keys of before that `keep` declines.
    pub fn rewrite(
        &self,
        path: &Path,
        magic: &[u8; 16],
        changes: &Changes,
        keep: &dyn Fn(&[u8]) -> bool,
    ) -> io::Result<()> {
        let mut writer = Writer::create(path, magic, Id::default())?;
        let stored = Merged::new(self.base.from(&[]), self.over.from(&[]));
        for (key, value) in Merged::new(stored, sorted(changes)) {
            if value.is_some() && (changes.contains_key(key) || keep(key)) {
                writer.add(key, value)?;
            }
        }
        writer.place()?;
        // It lies over nothing any more; where it cannot be removed it counts for nothing either.
        let _ = std::fs::remove_file(beside(path));
        Ok(())
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".over");
    name.into()
}

fn sorted(changes: &Changes) -> impl Iterator<Item = Pair<'_>> {
    changes.iter().map(|(key, value)| (key.as_slice(), value.as_deref()))
}

/// A key and its value; none: it is gone.
type Pair<'t> = (&'t [u8], Option<&'t [u8]>);

/// Two sorted lists as one; where both have a key, the second knows better.
struct Merged<A: Iterator, B: Iterator> {
    below: std::iter::Peekable<A>,
    above: std::iter::Peekable<B>,
}

impl<'t, A: Iterator<Item = Pair<'t>>, B: Iterator<Item = Pair<'t>>> Merged<A, B> {
    fn new(below: A, above: B) -> Self {
        Self { below: below.peekable(), above: above.peekable() }
    }
}

impl<'t, A: Iterator<Item = Pair<'t>>, B: Iterator<Item = Pair<'t>>> Iterator for Merged<A, B> {
    type Item = Pair<'t>;

    fn next(&mut self) -> Option<Pair<'t>> {
        match (self.below.peek(), self.above.peek()) {
            (Some((below, _)), Some((above, _))) if below < above => self.below.next(),
            (Some((below, _)), Some((above, _))) => {
                if below == above {
                    self.below.next();
                }
                self.above.next()
            }
            (Some(_), None) => self.below.next(),
            _ => self.above.next(),
        }
    }
}

#[cfg(test)]
mod tests;
