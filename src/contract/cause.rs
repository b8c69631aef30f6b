//! Why a node was not simply fresh: the one cause that comes first.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The first cause of what became of a node. Follow [`Cause::Upstream`] from node to node, and its
/// root is what somebody changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Cause {
    NeverBuilt,
    /// What it declares is not what it declared.
    Parameter {
        /// As people write it: `captions[0].text`.
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<String>,
        /// Where it stands now: `captions.csv:8`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
    /// The bytes of a file of the user's are others. Short digests.
    File {
        path: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<String>,
    },
    /// What another node offers is new.
    Upstream {
        node: String,
    },
    /// A program is another one.
    Tool {
        name: String,
        old: String,
        new: String,
    },
    /// memebuild's own step makes other bytes now.
    Step {
        step: String,
        old: u32,
        new: u32,
    },
    /// memebuild is another build of itself; all keys are the same.
    Memebuild,
    /// A file that it left for people is not as it left it: `gone`, `changed`.
    Output {
        path: String,
        how: String,
    },
    /// The store dropped its bytes to keep its limit: when, by which build, for which limit.
    Evicted {
        what: String,
    },
    /// Something in the cache was damaged.
    Damaged {
        what: String,
    },
    /// The cache has no record of it any more.
    Lost,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverBuilt => f.write_str("never built"),
            Self::Parameter { name, old, new, place } => {
                f.write_str(name)?;
                match (old, new) {
                    // Quotes set a text apart; anything else wants a colon.
                    (Some(old), Some(new)) => {
                        let colon = if old.starts_with('"') { "" } else { ":" };
                        write!(f, "{colon} {old} → {new}")?;
                    }
                    (None, Some(new)) => write!(f, " added: {new}")?,
                    (Some(old), None) => write!(f, " removed: {old}")?,
                    (None, None) => f.write_str(" changed")?,
                }
                match place {
                    Some(place) => write!(f, " ({place})"),
                    None => Ok(()),
                }
            }
            Self::File { path, old: Some(old), new: Some(new) } => {
                write!(f, "the content of {path} changed: {old} → {new}")
            }
            Self::File { path, old: None, .. } => write!(f, "{path} is read for the first time"),
            Self::File { path, .. } => write!(f, "{path} is not read any more"),
            Self::Upstream { node } => write!(f, "{node} changed"),
            Self::Tool { name, old, new } => write!(f, "{name} changed: {old} → {new}"),
            Self::Step { step, old, new } => {
                write!(f, "memebuild's step {step} changed: version {old} → {new}")
            }
            Self::Memebuild => f.write_str("memebuild itself changed, and no key with it"),
            Self::Output { path, how } => write!(f, "{path} was {how}"),
            Self::Evicted { what } => f.write_str(what),
            Self::Damaged { what } => write!(f, "damaged: {what}"),
            Self::Lost => f.write_str("its record is gone from the cache"),
        }
    }
}
