//! `memebuild contract check`.

use super::{folder, named, plain, unreadable};
use crate::cli::shared::{Globals, say, say_json};
use crate::contract::ContractError;
use crate::contract::check::{Breach, breaches};
use crate::contract::layout::{MANIFEST, METADATA};
use crate::contract::lock;
use crate::contract::registry::{CONTRACTS, Described, Form};
use crate::contract::review;
use crate::contract::schema::Side;
use crate::diagnostic::{Diagnostic, Exit};
use crate::report::text::shown;
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A document, or a folder of assets with its manifest
    path: PathBuf,
    /// Its contract, or the file of a JSON Schema [default: what the file is called, else the one
    /// contract that it satisfies]
    #[arg(long = "as", value_name = "NAME")]
    contract: Option<String>,
}

/// What was found wrong, and in which file.
pub(super) struct Found {
    /// Relative to the folder; empty for the file that was named.
    pub file: String,
    pub breach: Breach,
}

impl Found {
    pub fn in_file(file: &str, breach: Breach) -> Self {
        Self { file: file.to_owned(), breach }
    }
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Result<Exit, Diagnostic> {
    let path = globals.directory.join(&arguments.path);
    let (what, found) = if path.is_dir() {
        folder::check(&path)?
    } else {
        let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        let (what, breaches) = document(globals, &path, &bytes, arguments.contract.as_deref())?;
        (what, breaches.into_iter().map(|breach| Found::in_file("", breach)).collect())
    };
    tell(globals, &arguments.path, &what, &found);
    Ok(if found.is_empty() { Exit::Ok } else { Exit::Broken })
}

fn document(
    globals: &Globals,
    path: &Path,
    bytes: &[u8],
    contract: Option<&str>,
) -> Result<(String, Vec<Breach>), Diagnostic> {
    let contract = match contract {
        Some(name) if is_file_name(name) => {
            let schema = schema_file(&globals.directory.join(name))?;
            return Ok((format!("`{name}`"), against(&schema, bytes)));
        }
        Some(name) => named(name)?,
        None => guess(path, bytes)?,
    };
    let what = format!("{}, version {}", contract.name, contract.version);
    Ok((what, of_contract(contract, bytes)))
}

fn is_file_name(name: &str) -> bool {
    name.contains('/') || name.ends_with(".json")
}

/// A JSON Schema of somebody's own.
pub(super) fn schema_file(path: &Path) -> Result<Value, Diagnostic> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let bad = |why: String| {
        let message = format!("`{}` is not a JSON Schema: {why}", plain(path));
        Diagnostic::usage("bad-schema", message)
    };
    let schema = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
    crate::contract::check::validator(&schema).map_err(bad)?;
    Ok(schema)
}

/// By its name; else the one contract that it satisfies.
fn guess(path: &Path, bytes: &[u8]) -> Result<&'static Described, Diagnostic> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let by_name = match name {
        MANIFEST => Some("manifest"),
        METADATA => Some("metadata"),
        lock::FILE_NAME => Some(lock::NAME),
        review::FILE_NAME => Some(review::NAME),
        name if name.ends_with(".verdict.json") => Some("verdict"),
        name if name.ends_with(".jsonl") => Some("event"),
        _ => None,
    };
    if let Some(name) = by_name {
        return named(name);
    }
    let whole = |contract: &&Described| contract.form != Form::Lines;
    let satisfied = CONTRACTS.iter().filter(whole).filter(|contract| contract.parse(bytes).is_ok());
    let satisfied: Vec<&Described> = satisfied.collect();
    match satisfied.as_slice() {
        [only] => Ok(only),
        _ => {
            let message = format!("nothing says what `{}` is", name.escape_debug());
            let problem = Diagnostic::usage("unknown-contract", message);
            let names: Vec<&str> = CONTRACTS.iter().map(|contract| contract.name).collect();
            Err(problem
                .note("it satisfies no contract, or several, and its name is that of none")
                .hint(format!("say which: `--as {}`", names.join("|"))))
        }
    }
}

/// All that breaks a contract: what its schema lists, else what its parser stops at.
pub(super) fn of_contract(contract: &Described, bytes: &[u8]) -> Vec<Breach> {
    if contract.form == Form::Lines {
        let lines = bytes.split(|byte| *byte == b'\n').enumerate();
        return lines
            .filter(|(_, line)| !line.is_empty())
            .flat_map(|(at, line)| {
                let numbered = move |breach: Breach| Breach {
                    place: format!("line {}: {}", at + 1, breach.place),
                    ..breach
                };
                of_document(contract, line).into_iter().map(numbered)
            })
            .take(100)
            .collect();
    }
    of_document(contract, bytes)
}

fn of_document(contract: &Described, bytes: &[u8]) -> Vec<Breach> {
    let Err(error) = contract.parse(bytes) else { return Vec::new() };
    let is_current = |document: &Value| {
        contract.form == Form::Lines
            || contract.version_of(document) == Some(u64::from(contract.version))
    };
    let document = contract.value(bytes).ok().filter(is_current);
    let listed = document.map(|document| breaches(&contract.schema(Side::Consumer), &document));
    match listed {
        Some(Ok(listed)) if !listed.is_empty() => listed,
        // What must hold across fields; else an old or new version, or no JSON.
        _ => match error {
            ContractError::Body { message, .. } => vec![whole(&message)],
            error => vec![whole(&error.to_string())],
        },
    }
}

fn against(schema: &Value, bytes: &[u8]) -> Vec<Breach> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(document) => breaches(schema, &document).unwrap_or_else(|why| vec![whole(&why)]),
        Err(error) => vec![whole(&format!("not JSON: {error}"))],
    }
}

fn whole(why: &str) -> Breach {
    Breach {
        rule: "check".to_owned(),
        place: String::new(),
        expected: why.to_owned(),
        found: String::new(),
    }
}

fn tell(globals: &Globals, path: &Path, what: &str, found: &[Found]) {
    if globals.json() {
        let breaches: Vec<Value> = found
            .iter()
            .map(|Found { file, breach }| {
                json!({
                    "file": file,
                    "rule": breach.rule,
                    "at": breach.place,
                    "expected": breach.expected,
                    "found": breach.found,
                })
            })
            .collect();
        let holds = found.is_empty();
        say_json(&json!({
            "schemaVersion": 1, "contract": what, "holds": holds, "breaches": breaches,
        }));
        return;
    }
    let path = shown(&path.display().to_string());
    if found.is_empty() {
        say(&format!("{path} satisfies {what}\n"));
        return;
    }
    let mut text = format!("{path} breaks {what}\n");
    for Found { file, breach } in found {
        let place = if breach.place.is_empty() { "/" } else { &breach.place };
        let place = if file.is_empty() { place.to_owned() } else { format!("{file} {place}") };
        text += &format!("  {:<22} {}\n", breach.rule, shown(&place));
        let expected = shown(&breach.expected);
        if breach.found.is_empty() {
            text += &format!("  {:<22} {expected}\n", "");
        } else {
            text += &format!("  {:<22} expected {expected}\n", "");
            text += &format!("  {:<22} found    {}\n", "", shown(&breach.found));
        }
    }
    say(&text);
}
