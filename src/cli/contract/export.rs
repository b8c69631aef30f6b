//! `memebuild contract export`.

use super::{named, plain};
use crate::cli::shared::{Globals, say, say_json, talk};
use crate::contract::registry::{CONTRACTS, Described};
use crate::contract::schema::Side;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::state;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Names of contracts [default: all]
    names: Vec<String>,
    /// Whose form: what a producer writes, or what a consumer reads [default: both into a folder,
    /// else the consumer's]
    #[arg(long = "for", value_enum, value_name = "END")]
    end: Option<End>,
    /// Write a file for each into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum End {
    Producer,
    Consumer,
}

impl End {
    pub fn side(self) -> Side {
        match self {
            Self::Producer => Side::Producer,
            Self::Consumer => Side::Consumer,
        }
    }
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Result<Exit, Diagnostic> {
    let mut contracts = Vec::new();
    for name in &arguments.names {
        contracts.push(named(name)?);
    }
    if contracts.is_empty() {
        contracts = CONTRACTS.iter().collect();
    }
    let own = arguments.end.map(End::side);
    if let Some(folder) = &arguments.out {
        let sides = own.map_or(Side::BOTH.to_vec(), |side| vec![side]);
        return write(&globals.directory.join(folder), &contracts, &sides);
    }
    let side = own.unwrap_or(Side::Consumer);
    if let [only] = contracts.as_slice() {
        say(&pretty(&only.schema(side)));
        return Ok(Exit::Ok);
    }
    let all: Vec<Value> = contracts
        .iter()
        .map(|contract| {
            json!({
                "contract": contract.name,
                "version": contract.version,
                "for": side.as_str(),
                "schema": contract.schema(side),
            })
        })
        .collect();
    say_json(&json!({ "schemaVersion": 1, "contracts": all }));
    Ok(Exit::Ok)
}

fn write(
    folder: &std::path::Path,
    contracts: &[&Described],
    sides: &[Side],
) -> Result<Exit, Diagnostic> {
    let failed = |error: std::io::Error| {
        Diagnostic::error("io", format!("cannot write into `{}`: {error}", plain(folder)))
    };
    for contract in contracts {
        for side in sides {
            let text = pretty(&contract.schema(*side));
            let path = folder.join(contract.file_name(*side));
            state::replace_readable(&path, text.as_bytes()).map_err(failed)?;
        }
    }
    let count = contracts.len() * sides.len();
    talk(&format!("{count} schemas are in `{}`", plain(folder)));
    Ok(Exit::Ok)
}

/// As the files under `schemas/` are written.
fn pretty(schema: &Value) -> String {
    serde_json::to_string_pretty(schema).expect("JSON values print") + "\n"
}
