//! Contracts of the user's own: JSON Schemas in the project, for what commands write.

use super::expansion::Expansion;
use crate::contract::CONTRACT_CHANGED;
use crate::contract::check::{breaches, validator};
use crate::contract::digest::Digest;
use crate::diagnostic::{Diagnostic, Exit};
use crate::memefile::At;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Largest schema that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// Breaches that are told of one document.
const SHOWN: usize = 3;

/// A schema as it was when the Memefile was expanded.
pub struct Schema {
    /// Relative to the project.
    pub path: PathBuf,
    pub digest: Digest,
    schema: Value,
    check: jsonschema::Validator,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path.display(), self.digest)
    }
}

impl Schema {
    /// Reads a schema of the project. What is wrong with it is reported.
    pub fn load(path: &At<String>, expansion: &mut Expansion<'_>) -> Option<Self> {
        let full = expansion.root().join(&path.value);
        let shown = path.value.escape_debug().to_string();
        let wrong = |code, message: String, label: &str| {
            Diagnostic::usage(code, message).label(&path.span, label)
        };
        let small = std::fs::metadata(&full).is_ok_and(|meta| meta.len() <= LARGEST);
        let bytes = if small {
            std::fs::read(&full)
        } else {
            std::fs::File::open(&full).and(Err(std::io::ErrorKind::FileTooLarge.into()))
        };
        expansion.read.insert(full);
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("cannot read the schema `{shown}`: {error}");
                expansion.report(wrong("missing-file", message, "named here"));
                return None;
            }
        };
        let parsed = serde_json::from_slice::<Value>(&bytes).map_err(|error| error.to_string());
        let checked = parsed.and_then(|schema| Ok((validator(&schema)?, schema)));
        match checked {
            Ok((check, schema)) => {
                let (path, digest) = (PathBuf::from(&path.value), Digest::of(&bytes));
                Some(Self { path, digest, schema, check })
            }
            Err(why) => {
                let message = format!("`{shown}` is not a JSON Schema: {why}");
                expansion.report(wrong("bad-schema", message, "named here"));
                None
            }
        }
    }

    /// What of a document breaks it: rule, place, and what was expected there.
    pub fn check(&self, bytes: &[u8]) -> Result<(), String> {
        let document: Value =
            serde_json::from_slice(bytes).map_err(|error| format!("not JSON: {error}"))?;
        if self.check.is_valid(&document) {
            return Ok(());
        }
        let found = breaches(&self.schema, &document)?;
        let shown: Vec<String> = found
            .iter()
            .take(SHOWN)
            .map(|breach| {
                let place = if breach.place.is_empty() { "/" } else { &breach.place };
                format!(
                    "{place}: `{}` wants {}, not {}",
                    breach.rule, breach.expected, breach.found
                )
            })
            .collect();
        let more = found.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        Err(format!("{}{more}", shown.join("; ")))
    }

    /// That the file is still what it was: both sides were held to that.
    pub fn unchanged(&self, files: &BTreeMap<PathBuf, Digest>) -> Result<(), Diagnostic> {
        let now = files.get(&self.path);
        if now.is_none_or(|now| *now == self.digest) {
            return Ok(());
        }
        let message =
            format!("the contract `{}` changed while the build relied on it", self.path.display());
        Err(Diagnostic::error(CONTRACT_CHANGED, message)
            .exit(Exit::Broken)
            .note("the run stops: some of it was held to the old one")
            .hint("build again"))
    }

    /// That a document breaks it, and whose it is.
    pub fn broken(&self, whose: &str, why: &str) -> Diagnostic {
        let message = format!("{whose} breaks its contract `{}`: {why}", self.path.display());
        Diagnostic::error("contract-break", message)
    }
}
