//! What the last build knew of each node: enough to prove it fresh, and to say what changed.

use super::fingerprint::Fingerprint;
use super::services::Published;
use crate::contract::digest::{ActionKey, Digest};
use crate::node::{NodeName, Outputs};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::PathBuf;

/// The last successful run of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRecord {
    pub fingerprint: Fingerprint,
    /// Digests of the user's files that it read.
    pub files: Vec<(PathBuf, Digest)>,
    pub outputs: Outputs,
    /// Keys of its actions, by step and label, in the plan's order.
    pub keys: Vec<(String, ActionKey)>,
    pub published: Vec<Published>,
    pub accepted: Option<bool>,
    pub notes: Vec<String>,
    /// Wall time that its actions took when they ran.
    pub cost_ms: u64,
    /// The build that last ran or restored it.
    pub build: String,
}

/// Records by node name.
pub type Records = HashMap<NodeName, NodeRecord>;

const MAGIC: &[u8; 16] = b"memebuild nodes3";

/// Serialises records: magic, checksum, body.
pub fn encode(records: &Records) -> Vec<u8> {
    let mut sorted: Vec<(&NodeName, &NodeRecord)> = records.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    let body = postcard::to_allocvec(&sorted).expect("records serialise");
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(blake3::hash(&body).as_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

/// Reads records back; anything but a whole and undamaged file is no records at all.
pub fn decode(bytes: &[u8]) -> Records {
    let parse = || {
        let body = bytes.strip_prefix(MAGIC.as_slice())?;
        let (checksum, body) = body.split_at_checked(32)?;
        if blake3::hash(body).as_bytes().as_slice() != checksum {
            return None;
        }
        postcard::from_bytes::<Vec<(NodeName, NodeRecord)>>(body).ok()
    };
    parse().unwrap_or_default().into_iter().collect()
}
