//! What was let go, when, and why: `state/evictions`, a line each, oldest first.
//!
//! A tombstone is written before its blob is removed, so that whatever is gone can be explained.
//! Lines that a kill left half written are passed over. The log keeps its newest half once it has
//! grown past [`LONGEST`].

use crate::contract::digest::{ActionKey, Digest};
use crate::diagnostic::words::{bytes, moment};
use crate::store::layout::Layout;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::File;
use std::io::{self, Write};

/// Bytes after which the older half of the log is dropped: some 20,000 evictions.
const LONGEST: u64 = 4 << 20;

/// Why something is not there any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Room was needed, and it was worth the least for its size.
    LeastWorth,
    /// It was never kept: all that was there was needed by the build that made it.
    NoRoom,
}

impl Policy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeastWorth => "least-worth",
            Self::NoRoom => "no-room",
        }
    }
}

/// What was let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gone {
    Blob(Digest),
    Result(ActionKey),
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tombstone {
    #[serde(flatten)]
    pub gone: Gone,
    pub bytes: u64,
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// The build that needed the room; `gc` for `cache gc`.
    pub build: String,
    pub policy: Policy,
    /// The cap that was kept, bytes.
    pub cap: u64,
}

/// What became of it; follows the name of what is gone.
impl fmt::Display for Tombstone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, cap) = (moment(self.at_ms), bytes(self.cap));
        match self.policy {
            Policy::LeastWorth => {
                write!(f, "was evicted at {at} by {}, to keep the cache below {cap}", self.build)
            }
            Policy::NoRoom => write!(
                f,
                "was not kept at {at}: all {cap} of the cache were needed by {}",
                self.build
            ),
        }
    }
}

/// Appends to the log. Called with the room's lock held.
pub fn append(layout: &Layout, tombstones: &[Tombstone]) -> io::Result<()> {
    let path = layout.state("evictions");
    let mut lines = Vec::new();
    for tombstone in tombstones {
        serde_json::to_writer(&mut lines, tombstone)?;
        lines.push(b'\n');
    }
    let mut file = File::options().create(true).append(true).open(&path)?;
    let len = file.metadata()?.len();
    // A line that a kill cut short must not swallow the first of these.
    if len > 0 && !ends_a_line(&path)? {
        lines.insert(0, b'\n');
    }
    file.write_all(&lines)?;
    if len > LONGEST {
        shorten(layout)?;
    }
    Ok(())
}

fn ends_a_line(path: &std::path::Path) -> io::Result<bool> {
    use std::os::unix::fs::FileExt;
    let file = File::open(path)?;
    let mut last = [0; 1];
    file.read_exact_at(&mut last, file.metadata()?.len().saturating_sub(1))?;
    Ok(last == *b"\n")
}

fn shorten(layout: &Layout) -> io::Result<()> {
    let path = layout.state("evictions");
    let text = std::fs::read_to_string(&path)?;
    let half = text[text.len() / 2..].find('\n').map_or("", |at| &text[text.len() / 2 + at + 1..]);
    let temp = layout.state("evictions.new");
    std::fs::write(&temp, half)?;
    std::fs::rename(temp, path)
}

/// All that is remembered, oldest first.
pub fn read(layout: &Layout) -> Vec<Tombstone> {
    let bytes = std::fs::read(layout.state("evictions")).unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_written_line_costs_itself_alone() {
        let cache = tempfile::tempdir().unwrap();
        let layout = Layout::new(cache.path());
        std::fs::create_dir_all(cache.path().join("state")).unwrap();
        let tombstone = |bytes: &[u8]| Tombstone {
            gone: Gone::Blob(Digest::of(bytes)),
            bytes: bytes.len() as u64,
            at_ms: 1,
            build: "b".to_owned(),
            policy: Policy::LeastWorth,
            cap: 10,
        };
        append(&layout, &[tombstone(b"one"), tombstone(b"two")]).unwrap();
        let path = layout.state("evictions");
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        append(&layout, &[tombstone(b"three")]).unwrap();
        assert_eq!(read(&layout), [tombstone(b"one"), tombstone(b"three")]);
    }
}
