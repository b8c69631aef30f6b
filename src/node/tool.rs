//! `memebuild tool STEP`: our own steps as programs, so that the sandbox, the bounds and a remote
//! worker treat them like any other.

use crate::diagnostic::{Diagnostic, Exit};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One of our own steps.
pub struct Step {
    /// As in `memebuild tool ingest`.
    pub name: &'static str,
    pub run: fn(&Context) -> Result<(), Diagnostic>,
}

/// What a step may read and must write.
#[derive(Debug, Clone, Default)]
pub struct Context {
    pub params: serde_json::Value,
    pub inputs: BTreeMap<String, PathBuf>,
    pub outputs: BTreeMap<String, PathBuf>,
    /// An empty folder of its own, removed afterwards; in the file system of the outputs.
    pub scratch: PathBuf,
}

impl Context {
    /// The params document, typed.
    pub fn params<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        T::deserialize(&self.params).map_err(|e| bug(format!("params: {e}")))
    }

    pub fn input(&self, name: &str) -> Result<&Path, Diagnostic> {
        self.inputs.get(name).map(PathBuf::as_path).ok_or_else(|| bug(format!("no input `{name}`")))
    }

    /// Inputs called `PREFIX0`, `PREFIX1`, …, in order.
    pub fn input_list(&self, prefix: &str) -> Vec<&Path> {
        (0..)
            .map_while(|n| self.inputs.get(&format!("{prefix}{n}")))
            .map(PathBuf::as_path)
            .collect()
    }

    pub fn output(&self, name: &str) -> Result<&Path, Diagnostic> {
        self.outputs
            .get(name)
            .map(PathBuf::as_path)
            .ok_or_else(|| bug(format!("no output `{name}`")))
    }

    /// Writes an output whole.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Diagnostic> {
        let path = self.output(name)?;
        std::fs::write(path, bytes)
            .map_err(|e| Diagnostic::error("io", format!("cannot write output `{name}`: {e}")))
    }
}

fn bug(message: String) -> Diagnostic {
    Diagnostic::error("bug", message).exit(Exit::Bug)
}
