//! What a node lowers to: actions whose inputs are known, and what to do with their outputs.

use super::schema::Schema;
use super::{Output, Outputs};
use crate::contract::ContractError;
use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The actions of one node. An action may read outputs of actions before it in the list.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub actions: Vec<Action>,
}

/// One program run. See `contract::action::KeyManifest` for the placeholders in `argv`.
#[derive(Debug, Clone)]
pub struct Action {
    /// `TYPE/STEP`, as in `render/segment`; with `version` it names what the action means.
    pub step: &'static str,
    pub version: u32,
    /// What tells it apart within its node: `segment 3`; empty where it is the only one.
    pub label: String,
    pub program: Program,
    /// Arguments after the program.
    pub args: Vec<String>,
    /// Extra environment, part of the key.
    pub env: BTreeMap<String, String>,
    /// A document for the action, at `{params}`; null for none.
    pub params: Value,
    pub inputs: BTreeMap<String, Input>,
    /// Output name → its kind.
    pub outputs: BTreeMap<String, OutputKind>,
    pub bounds: Bounds,
    /// Times to try again after a failure. Never part of the key.
    pub retries: u32,
    /// Frames that it will write, for progress and for the time left.
    pub frames: Option<u32>,
}

impl Action {
    /// `render/segment`, or `render/segment 3` where a label tells it apart within its node.
    pub fn title(&self) -> String {
        if self.label.is_empty() {
            self.step.to_owned()
        } else {
            format!("{} {}", self.step, self.label)
        }
    }
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// `memebuild tool STEP`: a step of our own that uses these programs besides.
    Tool { step: &'static str, uses: Vec<External> },
    /// ffmpeg itself. `-nostdin`, progress and log flags are added when it is run.
    Ffmpeg,
    /// `memebuild tool STEP` where it asks somebody elsewhere. Nothing of how that one is reached is
    /// part of the key.
    Asking {
        step: &'static str,
        /// Variables of the environment, for the step alone.
        reach: BTreeMap<String, String>,
        /// The name of a variable that holds a secret: passed on, and shown nowhere.
        secret: Option<String>,
    },
    /// A program that the user named: a path within the project, or a name on `PATH`.
    User(String),
}

/// Programs that have an identity of their own in keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum External {
    Ffmpeg,
    Ffprobe,
}

impl External {
    /// The program's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ffmpeg => "ffmpeg",
            Self::Ffprobe => "ffprobe",
        }
    }
}

/// Where an input comes from, and what of it enters the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Read whole.
    Whole(Output),
    /// Only a projection of it matters: its name, and its digest in hexadecimal.
    Projected { output: Output, projection: &'static str, digest: String },
    /// An output of an earlier action of this plan: its index, and the output's name.
    Earlier { action: usize, output: String },
}

/// What an output must be before it may enter the store.
#[derive(Clone)]
pub enum OutputKind {
    /// Media or anything else that only its consumer can judge, by its media type; never empty.
    Bytes(&'static str),
    /// A document that a contract's parser must accept.
    Document { contract: &'static str, check: fn(&[u8]) -> Result<(), ContractError> },
    /// A file of a user's command: anything, an empty file too. Its name is part of the key,
    /// since programs go by extensions.
    Named(String),
    /// The same, and a document that a schema of the user's must accept.
    Checked {
        file_name: String,
        /// The name of the file and the digest of the schema.
        key: String,
        schema: Arc<Schema>,
    },
}

impl OutputKind {
    /// A document of contract `T`.
    pub fn document<T: crate::contract::Contract>() -> Self {
        Self::Document {
            contract: T::NAME,
            check: |bytes| crate::contract::read::<T>(bytes).map(drop),
        }
    }

    /// A document that a schema of the user's must accept.
    pub fn checked(file_name: String, schema: Arc<Schema>) -> Self {
        let key = format!("{file_name} as {}", schema.digest.hex());
        Self::Checked { file_name, key, schema }
    }

    /// How the key manifest names it.
    pub fn name(&self) -> &str {
        match self {
            Self::Bytes(media_type) => media_type,
            Self::Document { contract, .. } => contract,
            Self::Named(name) => name,
            Self::Checked { key, .. } => key,
        }
    }

    /// What the file of output `output` is called for the program that writes it.
    pub fn file_name(&self, output: &str) -> String {
        let extension = match self {
            Self::Named(name) | Self::Checked { file_name: name, .. } => return name.clone(),
            Self::Document { .. } => "json",
            Self::Bytes(media_type) => extension(media_type),
        };
        format!("{output}.{extension}")
    }
}

/// The usual extension of a media type that our steps write.
fn extension(media_type: &str) -> &str {
    match media_type {
        "audio/mp4" => "m4a",
        "audio/x-wav" | "audio/wav" => "wav",
        "image/jpeg" => "jpg",
        "video/x-matroska" => "mkv",
        _ => media_type.rsplit('/').next().unwrap_or("bin"),
    }
}

impl std::fmt::Debug for OutputKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Limits on one action; past them it fails with a clear error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub wall: Duration,
    /// Address space, bytes.
    pub memory: u64,
    /// Size of any file that it writes, bytes.
    pub file_size: u64,
}

impl Default for Bounds {
    /// Ten minutes, 4 GiB of address space, files of 8 GiB.
    fn default() -> Self {
        Self { wall: Duration::from_secs(600), memory: 4 << 30, file_size: 8 << 30 }
    }
}

/// The actions of a node, done: the outputs of each, in the plan's order.
pub struct Done<'a> {
    pub actions: &'a [BTreeMap<String, Digest>],
    /// The finished nodes that the node depends on.
    pub deps: &'a BTreeMap<&'a str, &'a Outputs>,
    pub blobs: &'a dyn super::Blobs,
}

impl Done<'_> {
    /// An output of a node that this one declared it depends on.
    pub fn output(&self, node: &str, output: &str) -> Result<&Output, Diagnostic> {
        super::output_of(self.deps, node, output)
    }

    /// Reads an output of an action through its contract's parser.
    pub fn read<T: crate::contract::Contract>(
        &self,
        action: usize,
        output: &str,
    ) -> Result<T, Diagnostic> {
        let bytes = self.blobs.bytes(&self.actions[action][output])?;
        crate::contract::read(&bytes)
            .map_err(|e| Diagnostic::error("contract-break", format!("output `{output}`: {e}")))
    }
}

/// What a node leaves behind.
#[derive(Debug, Clone, Default)]
pub struct Finish {
    /// For its dependants.
    pub outputs: Outputs,
    /// For people and other programs.
    pub publish: Vec<Publish>,
    /// Paths that earlier builds published and that stay, although this one does not write them:
    /// the last accepted film where this one is rejected. What else they left is removed.
    pub keep: Vec<PathBuf>,
    /// A critic's decision.
    pub accepted: Option<bool>,
    /// Who has to decide before there is anything for its dependants, and how: then `outputs` are only
    /// for whoever decides.
    pub waits: Option<String>,
    /// Lines for people: findings.
    pub notes: Vec<String>,
}

/// One file to place in the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    pub content: Output,
    /// Relative to the project; inside it.
    pub path: PathBuf,
}
