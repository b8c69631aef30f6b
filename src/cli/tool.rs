//! `memebuild tool STEP`: one of our own steps, run by the engine like any other program.

use super::shared::Globals;
use crate::diagnostic::{Diagnostic, Exit};
use crate::node::registry;
use crate::node::tool::Context;
use clap::Args;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Which step
    step: String,
    /// The step's document
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// An empty folder for it to use
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    /// An input, by its name
    #[arg(long = "in", value_name = "NAME=PATH")]
    inputs: Vec<OsString>,
    /// An output, by its name
    #[arg(long = "out", value_name = "NAME=PATH")]
    outputs: Vec<OsString>,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    match step(arguments) {
        Ok(()) => Exit::Ok,
        Err(problem) => globals.complain(&[problem]),
    }
}

fn step(arguments: &Arguments) -> Result<(), Diagnostic> {
    let step = registry::step(&arguments.step).ok_or_else(|| {
        Diagnostic::usage("unknown-step", format!("there is no step `{}`", arguments.step))
    })?;
    let params = match &arguments.params {
        None => serde_json::Value::Null,
        Some(path) => {
            let read = std::fs::read(path).map_err(|e| e.to_string());
            read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|e| e.to_string()))
                .map_err(|e| Diagnostic::usage("bad-params", format!("cannot read params: {e}")))?
        }
    };
    let context = Context {
        params,
        inputs: named(&arguments.inputs)?,
        outputs: named(&arguments.outputs)?,
        scratch: arguments.scratch.clone().unwrap_or_default(),
    };
    (step.run)(&context)
}

fn named(pairs: &[OsString]) -> Result<BTreeMap<String, PathBuf>, Diagnostic> {
    pairs
        .iter()
        .map(|pair| {
            let bytes = pair.as_bytes();
            let at = bytes.iter().position(|byte| *byte == b'=');
            let name = at.and_then(|at| std::str::from_utf8(&bytes[..at]).ok());
            match (name, at) {
                (Some(name), Some(at)) => {
                    let path = OsString::from_vec(bytes[at + 1..].to_vec());
                    Ok((name.to_owned(), PathBuf::from(path)))
                }
                _ => {
                    let message = format!("`{}` is not NAME=PATH", pair.to_string_lossy());
                    Err(Diagnostic::usage("bad-argument", message))
                }
            }
        })
        .collect()
}
