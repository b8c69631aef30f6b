//! Which builds wanted which bytes: `state/uses`, a memo for [`super::policy`].
//!
//! A build counts once it stored or read something; its number is one more than that of the last
//! one. Blobs that are gone stay in the table until their uses have faded, so that what comes back
//! is known. A damaged file counts as empty: the order of evictions is worse for a while.

use super::policy::Uses;
use crate::store::layout::Layout;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::io;

const MAGIC: &[u8; 16] = b"memebuild uses 1";

/// Uses that have faded to less than this are dropped, unless their blob is there.
const FADED: f32 = 1.0 / 64.0;

/// By the hash of a blob or an action's key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UsesTable {
    /// Number of the last build that counted.
    pub build: u32,
    uses: HashMap<[u8; 32], Uses>,
}

impl UsesTable {
    pub fn read(layout: &Layout) -> Self {
        let bytes = std::fs::read(layout.state("uses")).unwrap_or_default();
        let parse = || {
            let (checksum, body) =
                bytes.strip_prefix(MAGIC.as_slice())?.split_first_chunk::<32>()?;
            if blake3::hash(body) != *checksum {
                return None;
            }
            postcard::from_bytes(body).ok()
        };
        parse().unwrap_or_default()
    }

    pub fn get(&self, hash: &[u8; 32]) -> Option<&Uses> {
        self.uses.get(hash)
    }

    /// Counts builds since something was wanted; `None` if nobody remembers that it was.
    pub fn unused_for(&self, hash: &[u8; 32]) -> Option<u32> {
        Some(self.build.saturating_sub(self.uses.get(hash)?.last))
    }

    /// Enters build number `now`, which wanted these.
    pub fn enter(
        &mut self,
        now: u32,
        wanted: &HashSet<[u8; 32]>,
        there: impl Fn(&[u8; 32]) -> bool,
    ) {
        self.build = now;
        for hash in wanted {
            self.uses.entry(*hash).or_insert_with(|| Uses::first(now)).again(now);
        }
        self.uses.retain(|hash, uses| uses.weight_at(now) >= FADED || there(hash));
    }

    pub fn write(&self, layout: &Layout, temp: &std::path::Path) -> io::Result<()> {
        let body = postcard::to_allocvec(self).map_err(io::Error::other)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(blake3::hash(&body).as_bytes());
        bytes.extend(body);
        let path = layout.state("uses");
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(temp, bytes)
            .and_then(|()| std::fs::rename(temp, path))
            .inspect_err(|_| drop(std::fs::remove_file(temp)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_fade_and_what_is_gone_is_forgotten_in_the_end() {
        let cache = tempfile::tempdir().unwrap();
        let layout = Layout::new(cache.path());
        let (here, gone) = ([1; 32], [2; 32]);
        let mut table = UsesTable::read(&layout);
        table.enter(1, &HashSet::from([here, gone]), |_| true);
        table.enter(9, &HashSet::from([here]), |_| false);
        table.write(&layout, &cache.path().join("temp")).unwrap();

        let mut again = UsesTable::read(&layout);
        assert_eq!(again, table);
        assert_eq!((again.unused_for(&here), again.unused_for(&gone)), (Some(0), Some(8)));
        again.enter(1000, &HashSet::new(), |hash| *hash == here);
        assert!(again.get(&here).is_some() && again.get(&gone).is_none());

        std::fs::write(layout.state("uses"), "garbage").unwrap();
        assert_eq!(UsesTable::read(&layout), UsesTable::default());
    }
}
