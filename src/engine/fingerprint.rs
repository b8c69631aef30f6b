//! The fingerprint of a node: equal to the recorded one exactly if lowering it again would give
//! the recorded plan. It saves the lowering and the look-ups, and is never a key.

use super::services::Identities;
use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use crate::node::{Node, Output, Outputs};
use std::path::PathBuf;

/// blake3 of everything that [`Node::lower`] can see.
pub type Fingerprint = [u8; 32];

/// Hashes a node's declaration, what its dependencies offer, its files and its tools.
pub fn fingerprint<'a>(
    node: &dyn Node,
    dependencies: impl Iterator<Item = (&'a str, &'a Outputs)>,
    files: &[(PathBuf, Digest)],
    tools: &str,
    identities: &dyn Identities,
) -> Result<Fingerprint, Diagnostic> {
    let mut hasher = blake3::Hasher::new_derive_key("memebuild node fingerprint v1");
    let mut field = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    field(tools.as_bytes());
    field(node.type_name().as_bytes());
    field(node.declaration().to_string().as_bytes());
    for (name, outputs) in dependencies {
        field(name.as_bytes());
        for (output, value) in outputs {
            field(output.as_bytes());
            field(&value.digest().hash);
            if let Output::File { path, .. } = value {
                field(path.as_os_str().as_encoded_bytes());
            }
        }
    }
    for (path, digest) in files {
        field(path.as_os_str().as_encoded_bytes());
        field(&digest.hash);
    }
    for program in node.programs() {
        field(identities.user(&program)?.as_bytes());
    }
    Ok(*hasher.finalize().as_bytes())
}
