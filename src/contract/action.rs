//! One thing to run, and the record of having run it.

use super::Contract;
use super::digest::{ActionKey, Digest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// All that can change the bytes of an action's outputs and nothing else. Its canonical form is
/// what the action key hashes; it is stored, so that two keys can be told apart by name.
///
/// `argv` holds `{in:NAME}`, `{out:NAME}` and `{params}` where paths will stand, so that no path
/// of one machine is ever in a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyManifest {
    /// Node type and step: `render/segment`.
    pub step: String,
    /// Version of that step's meaning; raised when the same inputs give other bytes.
    pub version: u32,
    pub argv: Vec<String>,
    /// The environment that the action may see, beyond the fixed one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// A document that the action reads as `{params}`; null where it reads none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub params: Value,
    /// Name → digest of what the action reads of it.
    pub inputs: BTreeMap<String, InputKey>,
    /// Name → contract or media type that the output satisfies.
    pub outputs: BTreeMap<String, String>,
    /// Programs that do the work → their identity.
    pub tools: BTreeMap<String, String>,
}

/// What stands for one input in a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputKey {
    /// Digest of the bytes, or of the projection, that is read: hexadecimal.
    pub digest: String,
    /// Which projection the digest speaks of: `video`, `audio`; absent for the whole blob.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection: Option<String>,
}

impl KeyManifest {
    /// Bytes that are equal exactly for equal manifests.
    pub fn canonical(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a manifest serialises")
    }

    /// The action key.
    pub fn key(&self) -> ActionKey {
        let mut hasher = blake3::Hasher::new_derive_key("memebuild action key v1");
        hasher.update(&self.canonical());
        ActionKey(*hasher.finalize().as_bytes())
    }
}

/// What a successful action left behind: stored under its key, after its blobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActionResult {
    pub key: ActionKey,
    pub manifest: KeyManifest,
    /// Output name → blob.
    pub outputs: BTreeMap<String, Digest>,
    /// Wall and processor time that it took.
    pub wall_ms: u64,
    pub cpu_ms: u64,
    /// The build that ran it, and when (milliseconds since 1970): for people, never for keys.
    pub build: String,
    pub finished_ms: u64,
}

impl Contract for ActionResult {
    const NAME: &'static str = "action-result";
    const VERSION: u32 = 1;

    fn check(&self) -> Result<(), String> {
        if self.manifest.key() != self.key {
            return Err("key: it is not the key of the manifest beside it".to_owned());
        }
        if self.outputs.keys().ne(self.manifest.outputs.keys()) {
            return Err("outputs: not those that the manifest declares".to_owned());
        }
        Ok(())
    }
}
