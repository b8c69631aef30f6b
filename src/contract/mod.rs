//! Shapes that cross a seam between two halves of the system.
//!
//! Pure: no I/O, no clock, no environment, and no floating point, so that the same value has the
//! same bytes everywhere. Every contract has one parser ([`read`]) and one writer ([`write`]),
//! used by its producer and by its consumer alike.

pub mod action;
pub mod asset;
pub mod caption;
pub mod cause;
pub mod check;
pub mod choice;
pub mod choices;
pub mod decision;
pub mod diff;
pub mod digest;
pub mod director;
mod document;
pub mod event;
pub mod fact;
pub mod fingerprint;
pub mod geometry;
pub mod key;
pub mod layout;
pub mod lock;
pub mod measured;
pub mod migrate;
pub mod mock;
pub mod origin;
pub mod page;
pub mod profile;
pub mod registry;
pub mod render_input;
pub mod report;
pub mod review;
pub mod rights;
pub mod sample;
pub mod schema;
pub mod search;
pub mod slug;
mod strict;
mod toml_file;
pub mod transcript;
pub mod units;
pub mod verdict;

use migrate::Migration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use strict::Strict;

/// The code of a failure that says so: a contract changed while it was relied upon, and the run
/// stops.
pub const CONTRACT_CHANGED: &str = "contract-changed";

/// A versioned shape: a JSON object whose `schemaVersion` is checked before its body.
pub trait Contract: Serialize + DeserializeOwned {
    /// The name people use for it, as in `memebuild contract ls`.
    const NAME: &'static str;
    /// The version this build reads and writes.
    const VERSION: u32;
    /// Steps from one version to the next, the last of which leads to [`Contract::VERSION`].
    const MIGRATIONS: &'static [Migration] = &[];

    /// Checks that hold across fields. The message names the field.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Why a document does not satisfy its contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContractError {
    /// Not JSON, or not an object.
    NotJson { contract: &'static str, message: String },
    /// `schemaVersion` is missing, or not a number.
    NoVersion { contract: &'static str },
    /// Written by a newer memebuild than this one.
    TooNew { contract: &'static str, found: u64, known: u32 },
    /// Older than any version this build can read.
    TooOld { contract: &'static str, found: u64, oldest: u32 },
    /// The body has a wrong, missing or unknown field.
    Body { contract: &'static str, message: String },
}

impl ContractError {
    /// Whether it is the version that does not fit.
    pub fn is_about_version(&self) -> bool {
        matches!(self, Self::TooNew { .. } | Self::TooOld { .. })
    }
}

impl std::fmt::Display for ContractError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotJson { contract, message } => {
                write!(f, "not a {contract} document: {message}")
            }
            Self::NoVersion { contract } => {
                write!(f, "{contract} document has no `schemaVersion`")
            }
            Self::TooNew { contract, found, known } => write!(
                f,
                "{contract} document has schemaVersion {found}, and this memebuild reads up to \
                 {known}; it needs a newer memebuild"
            ),
            Self::TooOld { contract, found, oldest } => write!(
                f,
                "{contract} document has schemaVersion {found}, and this memebuild reads from \
                 version {oldest}"
            ),
            Self::Body { contract, message } => {
                write!(f, "{contract} document breaks its contract: {message}")
            }
        }
    }
}

impl std::error::Error for ContractError {}

/// Parses a document: first its version, then its body, then what must hold across fields. A
/// document of an older version is brought up first.
pub fn read<T: Contract>(bytes: &[u8]) -> Result<T, ContractError> {
    let contract = T::NAME;
    let found = document::version(bytes)
        .map_err(|message| ContractError::NotJson { contract, message })?
        .ok_or(ContractError::NoVersion { contract })?;
    let (known, oldest) = (T::VERSION, migrate::oldest(T::VERSION, T::MIGRATIONS));
    let version = match u32::try_from(found) {
        Ok(version) if version <= known => version,
        _ => return Err(ContractError::TooNew { contract, found, known }),
    };
    if version < oldest {
        return Err(ContractError::TooOld { contract, found, oldest });
    }
    let parsed = match version {
        _ if version == known => document::body(bytes).map_err(|e| e.to_string()),
        _ => brought_up(bytes, version),
    };
    let parsed: T = parsed.map_err(|message| ContractError::Body { contract, message })?;
    parsed.check().map_err(|message| ContractError::Body { contract, message })?;
    Ok(parsed)
}

/// Writes a document: `schemaVersion` first, fields in declared order, two-space indent, one
/// final newline. The same value always gives the same bytes.
pub fn write<T: Contract>(document: &T) -> Vec<u8> {
    document::write(T::VERSION, document)
}

/// Reads a document of an older version.
fn brought_up<T: Contract>(bytes: &[u8], version: u32) -> Result<T, String> {
    let fields = document::fields(bytes).map_err(|e| e.to_string())?;
    let body = migrate::up(fields, version, T::VERSION, T::MIGRATIONS)?;
    T::deserialize(Strict(Value::Object(body))).map_err(|e| e.to_string())
}
