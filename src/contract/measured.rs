//! What ingest finds out by reading a file: everything of an asset that only its bytes and its kind
//! decide. Names, tags and rights are added afterwards, so that changing those decodes nothing.

use super::Contract;
use super::asset::{KeyCalibration, MediaFacts, Quality, StreamDigests};
use super::digest::Digest;
use super::fingerprint::Fingerprint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A file as its bytes show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Measured {
    /// Its ending, without the point, as the format has it.
    pub extension: String,
    pub digest: Digest,
    pub facts: MediaFacts,
    pub streams: StreamDigests,
    pub quality: Quality,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyCalibration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}

impl Contract for Measured {
    const NAME: &'static str = "measured";
    const VERSION: u32 = 1;
}
