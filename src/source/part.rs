//! A file that is on its way, and goes on after a kill where it was.

use super::folder::jot;
use crate::contract::digest::Digest;
use crate::contract::origin::Checksum;
use crate::store::hash;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes after which a part is flushed: what comes before such a mark survives a power loss.
const WINDOW: u64 = 8 << 20;

/// What is known of the whole while there is only a part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Head {
    /// Where it came from; a part of something else is of no use.
    pub origin: String,
    /// Length of the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// What the server calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which start of the machine wrote it: after another one, only what was flushed is believed.
    boot: String,
}

/// A file that grows.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    file: File,
    len: u64,
    flushed: u64,
    pub head: Head,
}

impl Part {
    /// The part at `path`, with what an earlier process left of it; else an empty one.
    pub fn open(path: &Path, origin: &str) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file =
            File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        let boot = boot();
        let head: Option<Head> =
            std::fs::read(head_path(path)).ok().and_then(|b| serde_json::from_slice(&b).ok());
        let mut len = file.metadata()?.len();
        let head = match head.filter(|head| head.origin == origin) {
            Some(head) if head.boot == boot => head,
            Some(head) => {
                len -= len % WINDOW;
                Head { boot, ..head }
            }
            None => {
                len = 0;
                Head { origin: origin.to_owned(), boot, ..Head::default() }
            }
        };
        file.set_len(len)?;
        let mut part = Self { path: path.to_owned(), file, len, flushed: len, head };
        part.file.seek(SeekFrom::Start(len))?;
        Ok(part)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are here.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether all bytes are here, as far as that can be told.
    pub fn is_whole(&self) -> bool {
        self.len > 0 && self.head.total == Some(self.len)
    }

    /// What tells a server which version this is a part of. Weak tags do not.
    pub fn validator(&self) -> Option<&str> {
        let strong = self.head.etag.as_deref().filter(|tag| !tag.starts_with("W/"));
        strong.or(self.head.modified.as_deref())
    }

    /// Forgets what is here.
    pub fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        (self.len, self.flushed) = (0, 0);
        let (origin, boot) = (self.head.origin.clone(), self.head.boot.clone());
        self.head = Head { origin, boot, ..Head::default() };
        Ok(())
    }

    /// Writes down what is known of the whole, before its bytes come.
    pub fn write_head(&self) -> io::Result<()> {
        let bytes = serde_json::to_vec(&self.head).expect("heads serialise");
        jot(&head_path(&self.path), &bytes)
    }

    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.len += bytes.len() as u64;
        if self.len - self.flushed >= WINDOW {
            self.file.sync_data()?;
            self.flushed = self.len;
        }
        Ok(())
    }

    /// Flushes and hashes the whole.
    pub fn finish(&mut self) -> io::Result<Digest> {
        self.file.sync_data()?;
        hash::open_file(&self.file, self.len)
    }

    /// Whether the whole has a checksum.
    pub fn has(&mut self, digest: &Digest, checksum: Checksum) -> io::Result<bool> {
        let wanted = match checksum {
            Checksum::Blake3(sum) => return Ok(digest.hash == sum),
            Checksum::Sha256(sum) => sum,
        };
        let mut hasher = ring::digest::Context::new(&ring::digest::SHA256);
        let mut buffer = vec![0; 128 << 10];
        self.file.seek(SeekFrom::Start(0))?;
        loop {
            match self.file.read(&mut buffer)? {
                0 => return Ok(hasher.finish().as_ref() == wanted),
                len => hasher.update(&buffer[..len]),
            }
        }
    }

    /// Takes away what stood beside it, once the file has its name.
    pub fn forget(path: &Path) {
        let _ = std::fs::remove_file(head_path(path));
    }

    /// Takes away all of it.
    pub fn discard(path: &Path) {
        let _ = std::fs::remove_file(path);
        Self::forget(path);
    }
}

fn head_path(path: &Path) -> PathBuf {
    path.with_extension("head")
}

/// Names this start of the machine; empty where the system does not say.
fn boot() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parts/a");
        let mut part = Part::open(&path, "http://a.test/x").unwrap();
        part.head.total = Some(6);
        part.head.etag = Some("\"1\"".to_owned());
        part.write_head().unwrap();
        part.push(b"abc").unwrap();
        drop(part);
        let mut part = Part::open(&path, "http://a.test/x").unwrap();
        assert_eq!((part.len(), part.validator()), (3, Some("\"1\"")));
        assert!(!part.is_whole());
        part.push(b"def").unwrap();
        assert!(part.is_whole());
        let digest = part.finish().unwrap();
        assert_eq!(digest, Digest::of(b"abcdef"));
        let sum = ring::digest::digest(&ring::digest::SHA256, b"abcdef");
        let sum = Checksum::Sha256(sum.as_ref().try_into().unwrap());
        assert!(part.has(&digest, sum).unwrap());
        assert!(!part.has(&digest, Checksum::Sha256([0; 32])).unwrap());
    }

    #[test]
    fn a_part_of_something_else_is_of_no_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut part = Part::open(&path, "one").unwrap();
        part.write_head().unwrap();
        part.push(b"abc").unwrap();
        assert_eq!(Part::open(&path, "two").unwrap().len(), 0);
    }

    #[test]
    fn after_another_start_only_what_was_flushed_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut part = Part::open(&path, "one").unwrap();
        part.head.boot = "another".to_owned();
        part.write_head().unwrap();
        part.push(&vec![7; 3 * WINDOW as usize / 2]).unwrap();
        drop(part);
        assert_eq!(Part::open(&path, "one").unwrap().len(), WINDOW);
    }
}
