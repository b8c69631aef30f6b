//! What changed between two keys, by name.

use crate::contract::action::KeyManifest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// A part of a key manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ingredient {
    Parameter,
    Argument,
    Environment,
    Input,
    Output,
    Tool,
    Step,
}

/// One difference between two key manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub of: Ingredient,
    /// Which one: the pointer `/captions/0/text`, a position, a name.
    pub what: String,
    /// Absent on the side that does not have it.
    pub old: Option<String>,
    pub new: Option<String>,
}

impl Change {
    /// As people call it: `captions[0].text`, `input clip`, `tool ffmpeg`.
    pub fn name(&self) -> String {
        match self.of {
            Ingredient::Parameter => path(&self.what),
            Ingredient::Argument => format!("argument {}", self.what),
            Ingredient::Environment => format!("environment {}", self.what),
            Ingredient::Input => format!("input {}", self.what),
            Ingredient::Output => format!("output {}", self.what),
            Ingredient::Tool => format!("tool {}", self.what),
            Ingredient::Step => format!("memebuild's step {}", self.what),
        }
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.name();
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => write!(f, "{name}: {old} → {new}"),
            (None, Some(new)) => write!(f, "{name} added: {new}"),
            (Some(old), None) => write!(f, "{name} removed: {old}"),
            (None, None) => f.write_str(&name),
        }
    }
}

/// `/captions/0/spec/text` as the Memefile has it: `captions[0].text`.
fn path(pointer: &str) -> String {
    let mut out = String::new();
    for part in pointer.split('/').filter(|part| !part.is_empty() && *part != "spec") {
        if part.bytes().all(|b| b.is_ascii_digit()) {
            let _ = write!(out, "[{part}]");
            continue;
        }
        if !out.is_empty() {
            out.push('.');
        }
        for c in part.chars() {
            if c.is_ascii_uppercase() {
                out.push('-');
            }
            out.push(c.to_ascii_lowercase());
        }
    }
    if out.is_empty() { "its parameters".to_owned() } else { out }
}

/// All differences, the most telling first: what the user wrote, then inputs, then tools, then
/// memebuild's own versions.
pub fn changes(old: &KeyManifest, new: &KeyManifest) -> Vec<Change> {
    let mut found = Vec::new();
    json("", &old.params, &new.params, &mut found);
    list(&old.argv, &new.argv, &mut found);
    maps(Ingredient::Environment, &old.env, &new.env, &mut found);
    let digests = |manifest: &KeyManifest| -> BTreeMap<String, String> {
        manifest.inputs.iter().map(|(name, key)| (name.clone(), short(&key.digest))).collect()
    };
    maps(Ingredient::Input, &digests(old), &digests(new), &mut found);
    maps(Ingredient::Output, &old.outputs, &new.outputs, &mut found);
    maps(Ingredient::Tool, &old.tools, &new.tools, &mut found);
    if (&old.step, old.version) != (&new.step, new.version) {
        found.push(Change {
            of: Ingredient::Step,
            what: new.step.clone(),
            old: Some(format!("version {}", old.version)),
            new: Some(format!("version {}", new.version)),
        });
    }
    found
}

/// One line for people: the first cause, and how many more there are.
pub fn explain(old: Option<&KeyManifest>, new: &KeyManifest) -> String {
    let Some(old) = old else { return "never built".to_owned() };
    let changes = changes(old, new);
    match changes.as_slice() {
        [] => "its record is gone from the cache".to_owned(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

fn short(hex: &str) -> String {
    hex.chars().take(12).collect()
}

fn maps(
    of: Ingredient,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
    found: &mut Vec<Change>,
) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (old, new) = (old.get(name), new.get(name));
        if old != new {
            found.push(Change { of, what: name.clone(), old: old.cloned(), new: new.cloned() });
        }
    }
}

/// Arguments by position; where their number differs, only the first that differs is telling.
fn list(old: &[String], new: &[String], found: &mut Vec<Change>) {
    let longest = old.len().max(new.len());
    let differs = |index: &usize| old.get(*index) != new.get(*index);
    let at_most = if old.len() == new.len() { longest } else { 1 };
    for index in (0..longest).filter(differs).take(at_most) {
        found.push(Change {
            of: Ingredient::Argument,
            what: index.to_string(),
            old: old.get(index).map(|text| quoted(text)),
            new: new.get(index).map(|text| quoted(text)),
        });
    }
}

/// Leaves of two documents that differ, by JSON pointer.
fn json(at: &str, old: &Value, new: &Value, found: &mut Vec<Change>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let (a, b) = (a.get(name), b.get(name));
                let null = Value::Null;
                json(&format!("{at}/{name}"), a.unwrap_or(&null), b.unwrap_or(&null), found);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for index in 0..a.len().max(b.len()) {
                let null = Value::Null;
                let (a, b) = (a.get(index).unwrap_or(&null), b.get(index).unwrap_or(&null));
                json(&format!("{at}/{index}"), a, b, found);
            }
        }
        _ => {
            let text = |value: &Value| (!value.is_null()).then(|| quoted(&value.to_string()));
            let (what, old, new) = (at.to_owned(), text(old), text(new));
            found.push(Change { of: Ingredient::Parameter, what, old, new });
        }
    }
}

/// A value short enough for one line.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST).collect();
    format!("{head}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(params: Value, argv: &[&str]) -> KeyManifest {
        KeyManifest {
            step: "caption/typeset".to_owned(),
            version: 1,
            argv: argv.iter().map(|a| (*a).to_owned()).collect(),
            env: BTreeMap::new(),
            params,
            inputs: BTreeMap::new(),
            outputs: BTreeMap::new(),
            tools: BTreeMap::from([("ffmpeg".to_owned(), "5.1.8".to_owned())]),
        }
    }

    #[test]
    fn a_changed_field_is_named_with_both_values() {
        let old = manifest(serde_json::json!({"captions": [{"text": "ship it"}]}), &[]);
        let new = manifest(serde_json::json!({"captions": [{"text": "shipped it"}]}), &[]);
        assert_eq!(explain(Some(&old), &new), r#"captions[0].text: "ship it" → "shipped it""#);
    }

    #[test]
    fn what_the_user_wrote_comes_before_tools() {
        let old = manifest(Value::Null, &["a", "1"]);
        let mut new = manifest(Value::Null, &["a", "2"]);
        new.tools.insert("ffmpeg".to_owned(), "5.1.9".to_owned());
        let found: Vec<String> = changes(&old, &new).iter().map(Change::to_string).collect();
        assert_eq!(found, ["argument 1: 1 → 2", "tool ffmpeg: 5.1.8 → 5.1.9"]);
        assert_eq!(explain(None, &new), "never built");
    }
}
