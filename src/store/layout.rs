//! Where things lie under `cache/`.

use crate::contract::digest::{ActionKey, Digest};
use std::path::{Path, PathBuf};

/// The folders of one cache.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    pub fn cas(&self) -> PathBuf {
        self.root.join("cas")
    }

    pub fn ac(&self) -> PathBuf {
        self.root.join("ac")
    }

    /// A small file of `state/`.
    pub fn state(&self, name: &str) -> PathBuf {
        self.root.join("state").join(name)
    }

    pub fn blob(&self, digest: &Digest) -> PathBuf {
        fan_out(self.cas(), &digest.hex())
    }

    pub fn record(&self, key: &ActionKey) -> PathBuf {
        fan_out(self.ac(), &key.to_string())
    }
}

/// `folder/ab/<the other 62 digits>`: 256 folders keep each of them small.
fn fan_out(folder: PathBuf, hex: &str) -> PathBuf {
    let mut path = folder;
    path.push(&hex[..2]);
    path.push(&hex[2..]);
    path
}
