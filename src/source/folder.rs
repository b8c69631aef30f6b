//! What is kept of one source: `cache/sources/NAME/`.
//!
//! ```text
//! files/HASH/NAME   whole files, by their content    parts/   files that are on their way
//! receipts/         what each file was when it came  raw/     what downloaders leave
//! missing.json      what was wanted and did not come
//! ```

use crate::contract::lock::{Missing, Pin, SourceLock, folder, missing_path};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Longest receipt that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// The folder of one source.
#[derive(Debug, Clone)]
pub struct Folder {
    project: PathBuf,
    source: String,
    root: PathBuf,
}

/// What a file was when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Receipt {
    pub key: String,
    pub pin: Pin,
    /// What a downloader called it, and its stat data then: what spares hashing it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<(String, [u64; 3])>,
}

/// By key.
pub type Receipts = BTreeMap<String, Receipt>;

/// A name for a key that is safe as a file's.
pub fn name_of(key: &str) -> String {
    blake3::hash(key.as_bytes()).to_hex()[..24].to_owned()
}

impl Folder {
    pub fn new(project: &Path, source: &str) -> Self {
        let root = project.join(folder(source));
        Self { project: project.to_owned(), source: source.to_owned(), root }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file of a source is, relative to the project.
    pub fn path(&self, pin: &Pin) -> String {
        pin.path(&self.source)
    }

    /// Whether a file is here, by its length.
    pub fn holds(&self, pin: &Pin) -> bool {
        let meta = std::fs::metadata(self.project.join(self.path(pin)));
        meta.is_ok_and(|meta| meta.is_file() && meta.len() == pin.digest.len)
    }

    /// Where the part of a file is that is on its way.
    pub fn part(&self, key: &str) -> PathBuf {
        self.root.join("parts").join(name_of(key))
    }

    fn receipt(&self, key: &str) -> PathBuf {
        self.root.join("receipts").join(format!("{}.json", name_of(key)))
    }

    /// All receipts. One that is damaged is none: its file comes again.
    pub fn receipts(&self) -> Receipts {
        let entries = std::fs::read_dir(self.root.join("receipts")).into_iter().flatten().flatten();
        let read = |path: PathBuf| -> Option<Receipt> {
            if path.extension().is_none_or(|extension| extension != "json") {
                // What a kill left of one that was being written.
                let _ = std::fs::remove_file(path);
                return None;
            }
            let small = std::fs::metadata(&path).is_ok_and(|meta| meta.len() <= LONGEST);
            let bytes = small.then(|| std::fs::read(&path).ok()).flatten()?;
            let receipt: Receipt = serde_json::from_slice(&bytes).ok()?;
            crate::contract::lock::is_plain_name(&receipt.pin.file).then_some(receipt)
        };
        let receipts = entries.filter_map(|entry| read(entry.path()));
        receipts.map(|receipt| (receipt.key.clone(), receipt)).collect()
    }

    /// Gives a whole, flushed file its name. The receipt comes first, so that a file which has its
    /// name is known; one that was killed in between is named by [`Folder::recover`].
    pub fn keep(&self, file: &Path, receipt: &Receipt) -> io::Result<()> {
        self.write_receipt(receipt)?;
        let dest = self.project.join(self.path(&receipt.pin));
        make_folder(&dest)?;
        std::fs::rename(file, dest)
    }

    /// The same for a file that stays where it is too: as a second link, or as a copy.
    pub fn keep_link(&self, file: &Path, receipt: &Receipt) -> io::Result<()> {
        self.write_receipt(receipt)?;
        let dest = self.project.join(self.path(&receipt.pin));
        make_folder(&dest)?;
        let temp = self.part(&format!("link {}", receipt.key));
        make_folder(&temp)?;
        let _ = std::fs::remove_file(&temp);
        if std::fs::hard_link(file, &temp).is_err() {
            std::fs::copy(file, &temp)?;
            File::open(&temp)?.sync_all()?;
        }
        std::fs::rename(temp, dest)
    }

    pub fn write_receipt(&self, receipt: &Receipt) -> io::Result<()> {
        let bytes = serde_json::to_vec(receipt).expect("receipts serialise");
        replace(&self.receipt(&receipt.key), &bytes)
    }

    /// Names a file that was whole when a kill came before it had its name.
    pub fn recover(&self, key: &str, pin: &Pin) -> bool {
        let part = self.part(key);
        let whole = std::fs::metadata(&part).is_ok_and(|meta| meta.len() == pin.digest.len)
            && crate::store::hash::file(&part).is_ok_and(|digest| digest == pin.digest);
        let dest = self.project.join(self.path(pin));
        whole && make_folder(&dest).and_then(|()| std::fs::rename(part, dest)).is_ok()
    }

    pub fn missing(&self) -> Missing {
        let bytes = std::fs::read(self.project.join(missing_path(&self.source)));
        bytes.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Writes down what did not come. Best effort: without it, it is wanted again all the same.
    pub fn write_missing(&self, missing: &Missing) {
        let path = self.project.join(missing_path(&self.source));
        if missing.is_empty() {
            let _ = std::fs::remove_file(path);
            return;
        }
        let bytes = serde_json::to_vec_pretty(missing).expect("names serialise");
        if std::fs::read(&path).map_or(true, |old| old != bytes) {
            let _ = replace(&path, &bytes);
        }
    }

    /// Takes away what is left of files that were on their way, once all of them are here.
    pub fn clear_parts(&self) {
        let _ = std::fs::remove_dir_all(self.root.join("parts"));
    }

    /// Removes files and receipts that the lock does not speak of any more.
    pub fn prune(&self, lock: &SourceLock) {
        let kept: BTreeSet<PathBuf> =
            lock.items.values().map(|pin| self.project.join(self.path(pin))).collect();
        for folder in std::fs::read_dir(self.root.join("files")).into_iter().flatten().flatten() {
            for file in std::fs::read_dir(folder.path()).into_iter().flatten().flatten() {
                if !kept.contains(&file.path()) {
                    let _ = std::fs::remove_file(file.path());
                }
            }
            // It goes if it is empty.
            let _ = std::fs::remove_dir(folder.path());
        }
        for (key, receipt) in self.receipts() {
            if lock.items.get(&key).is_none_or(|pin| pin.digest != receipt.pin.digest) {
                let _ = std::fs::remove_file(self.receipt(&key));
            }
        }
    }
}

fn make_folder(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), std::fs::create_dir_all)
}

/// Replaces a small file: whole, durable, or not at all.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, true)
}

/// The same for what may be gone or garbled after a power loss.
pub fn jot(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, false)
}

fn put(path: &Path, bytes: &[u8], durable: bool) -> io::Result<()> {
    make_folder(path)?;
    let parent = path.parent().unwrap_or(Path::new("."));
    let mut temp = tempfile::NamedTempFile::new_in(parent)?;
    temp.write_all(bytes)?;
    if durable {
        temp.as_file().sync_data()?;
    }
    temp.persist(path).map(drop).map_err(|error| error.error)
}
