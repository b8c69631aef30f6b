//! The fingerprint of a node: equal to the recorded one exactly if lowering it again would give
//! the recorded plan. It saves the lowering and the look-ups, and is never a key.

use super::services::Identities;
use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use crate::node::{Node, Output, Outputs};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// blake3 of everything that [`Node::lower`] can see, part by part, so that it tells which part
/// changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    pub declaration: Part,
    pub dependencies: Part,
    pub files: Part,
    /// memebuild itself, ffmpeg, and the user's own programs.
    pub tools: Part,
}

/// Half of a blake3 hash: collisions are out of reach, and a record is kept for every node.
pub type Part = [u8; 16];

/// Hashes a node's declaration, what its dependencies offer, its files and its tools.
pub fn fingerprint<'a>(
    node: &dyn Node,
    dependencies: impl Iterator<Item = (&'a str, &'a Outputs)>,
    files: &[(PathBuf, Digest)],
    tools: &str,
    identities: &dyn Identities,
) -> Result<Fingerprint, Diagnostic> {
    let mut declaration = Hasher::new();
    declaration.field(node.type_name().as_bytes());
    declaration.field(node.declaration().to_string().as_bytes());
    let mut offered = Hasher::new();
    for (name, outputs) in dependencies {
        offered.field(name.as_bytes());
        for (output, value) in outputs {
            offered.field(output.as_bytes());
            offered.field(&value.digest().hash);
            if let Output::File { path, .. } = value {
                offered.field(path.as_os_str().as_encoded_bytes());
            }
        }
    }
    let mut read = Hasher::new();
    for (path, digest) in files {
        read.field(path.as_os_str().as_encoded_bytes());
        read.field(&digest.hash);
    }
    let mut programs = Hasher::new();
    programs.field(tools.as_bytes());
    for program in node.programs() {
        programs.field(identities.user(&program)?.as_bytes());
    }
    Ok(Fingerprint {
        declaration: declaration.part(),
        dependencies: offered.part(),
        files: read.part(),
        tools: programs.part(),
    })
}

struct Hasher(blake3::Hasher);

impl Hasher {
    fn new() -> Self {
        Self(blake3::Hasher::new_derive_key("memebuild node fingerprint v2"))
    }

    fn field(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn part(&self) -> Part {
        let mut part = Part::default();
        self.0.finalize_xof().fill(&mut part);
        part
    }
}
