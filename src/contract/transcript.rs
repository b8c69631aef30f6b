//! What a director did, line by line, and what `memebuild director` tells of it to programs.

use super::Contract;
use super::decision::{Decision, Usage};
use super::digest::Digest;
use super::director::{Origin, Outcome};
use super::strict::{self, Tagged};
use super::verdict::Patch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A line of a director's transcript: what it did, in order. A line is written before what it says is
/// done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "event",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Line {
    Asks {
        turn: u32,
    },
    Decided {
        turn: u32,
        #[serde(deserialize_with = "strict::beside_tag")]
        decision: Decision,
        #[serde(deserialize_with = "strict::beside_tag")]
        usage: Usage,
    },
    /// There was no decision.
    Declined {
        turn: u32,
        why: String,
    },
    Renders {
        /// From 1.
        attempt: u32,
        #[serde(deserialize_with = "strict::tagged")]
        origin: Origin,
        #[serde(
            default,
            skip_serializing_if = "BTreeMap::is_empty",
            deserialize_with = "strict::beside_tag"
        )]
        patches: BTreeMap<String, Vec<Patch>>,
    },
    Judged {
        attempt: u32,
        profile: String,
        /// The film that was judged.
        subject: Digest,
        accepted: bool,
        /// Rules that were broken, gravest first; each once.
        broken: Vec<String>,
    },
    /// Something failed that was to be rendered or judged.
    Broke {
        attempt: u32,
        why: String,
    },
    Ended {
        #[serde(deserialize_with = "strict::tagged")]
        outcome: Outcome,
    },
}

impl Tagged for Line {
    const TAG: &'static str = "event";
}

/// What a director did in its last run: `director show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Transcript {
    /// The director's.
    pub name: String,
    /// In order; none where it never ran.
    #[serde(deserialize_with = "strict::each_tagged")]
    pub transcript: Vec<Line>,
}

impl Contract for Transcript {
    const NAME: &'static str = "director-transcript";
    const VERSION: u32 = 1;
}

/// The directors of a Memefile: `director ls`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DirectorList {
    pub directors: Vec<LastLine>,
}

/// How far the last run of a director came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LastLine {
    /// The director's.
    pub name: String,
    /// The last line of its transcript; none where it never ran.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "strict::tagged_if_any"
    )]
    pub last: Option<Line>,
}

impl Contract for DirectorList {
    const NAME: &'static str = "director-list";
    const VERSION: u32 = 1;
}
