//! The Memefile as a JSON Schema, for editors: from the same tables that reading and the docs use.
//!
//! It is draft 7, which TOML editors know. It refuses keys that there are not and values of another shape,
//! and is never stricter than reading: what reads a text as a time or finds an asset says so itself.

use super::document::VERSION;
use super::{KeyDoc, REQUIRED, SectionDoc};
use serde_json::{Map, Value, json};

/// Where the schema of a project lies, relative to it.
pub const PATH: &str = ".memebuild/memefile.schema.json";

/// The schema of a Memefile with these sections.
pub fn json_schema(sections: &[&SectionDoc]) -> Value {
    let mut properties = Map::new();
    let version = json!({ "const": VERSION, "description": "The version of the Memefile." });
    properties.insert("memefile".to_owned(), version);
    for doc in sections {
        let mut table = table(doc.keys);
        let required: Vec<&str> =
            doc.keys.iter().filter(|key| key.default == REQUIRED).map(|key| key.name).collect();
        if !required.is_empty() {
            table["required"] = required.into();
        }
        table["description"] = doc.about.into();
        let section = match doc.named {
            true => json!({
                "type": "object",
                "description": doc.about,
                "additionalProperties": table,
            }),
            false => table,
        };
        properties.insert(doc.kind.to_owned(), section);
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Memefile.toml",
        "description": "What a project of memebuild declares.",
        "type": "object",
        "properties": properties,
        "required": ["memefile"],
        "additionalProperties": false,
    })
}

/// A table with these keys and no others; any table where none are known.
fn table(keys: &[KeyDoc]) -> Value {
    if keys.is_empty() {
        return json!({ "type": "object" });
    }
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| {
            let mut value = of_key(key).unwrap_or_else(|| json!({}));
            let default = match key.default {
                "" => String::new(),
                REQUIRED => " Required.".to_owned(),
                text => format!(" Default: `{text}`."),
            };
            let kind = key.kind;
            value["description"] = format!("{} ({kind}){default}", key.doc).trim().into();
            (key.name.to_owned(), value)
        })
        .collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// What may stand at a key; `None` where its prose is none of those that are known.
pub fn of_key(key: &KeyDoc) -> Option<Value> {
    let mut shapes = Shapes::default();
    let prose = key.kind;
    if let Some(range) = prose.strip_prefix("whole number") {
        shapes.add(integer(range)?);
    } else if prose.starts_with('"') || prose.starts_with(|c: char| c.is_ascii_digit() || c == '-')
    {
        // A limit: from here to there, with a unit or without.
        let limit = prose.contains(" to ") || prose == "64 hexadecimal digits";
        limit.then(|| ["string", "number"].map(|of| shapes.add(json!({ "type": of }))))?;
    } else {
        for part in prose.split(',').flat_map(|part| part.split(" or ")) {
            shapes.take(part.trim().trim_start_matches("or "), key.keys)?;
        }
    }
    shapes.finish()
}

/// `, 1 to 50`, or nothing.
fn integer(range: &str) -> Option<Value> {
    let Some((from, to)) = range.strip_prefix(", ").and_then(|range| range.split_once(" to "))
    else {
        return range.is_empty().then(|| json!({ "type": "integer" }));
    };
    let (from, to) = (from.parse::<i64>().ok()?, to.parse::<i64>().ok()?);
    Some(json!({ "type": "integer", "minimum": from, "maximum": to }))
}

/// What reads texts.
const TEXTS: [&str; 25] = [
    "string",
    "text",
    "time",
    "time range",
    "gain",
    "loudness",
    "true peak",
    "length",
    "size",
    "size of a file",
    "size in pixels",
    "colour",
    "id",
    "glob",
    "query",
    "path",
    "file",
    "folder",
    "URL",
    "address",
    "name",
    "pixels of the clip",
    "SPDX expression",
    "x264 preset",
    "id of a row",
];

/// What reads texts or numbers.
const MEASURES: [&str; 5] = ["share", "factor", "frame rate", "amount", "day"];

/// The shapes that a value may have.
#[derive(Default)]
struct Shapes {
    all: Vec<Value>,
    words: Vec<Value>,
}

impl Shapes {
    fn add(&mut self, shape: Value) {
        if !self.all.contains(&shape) {
            self.all.push(shape);
        }
    }

    /// One alternative, as the prose names it.
    fn take(&mut self, part: &str, keys: &[KeyDoc]) -> Option<()> {
        let text = || json!({ "type": "string" });
        let quoted = part.strip_prefix('`').and_then(|part| part.strip_suffix('`'));
        match (part, quoted) {
            ("" | "0 to 2", _) => {}
            (_, Some(flag @ ("true" | "false"))) => self.add(json!({ "const": flag == "true" })),
            (_, Some(word)) if word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
                self.words.push(word.into());
            }
            (_, Some(_)) => self.add(text()),
            ("table of strings" | "table of output to path", _) => {
                self.add(json!({ "type": "object", "additionalProperties": text() }));
            }
            ("table", _) => self.add(table(keys)),
            ("number", _) => self.add(json!({ "type": "number" })),
            ("list of tables", _) => self.add(json!({ "type": "array", "items": table(keys) })),
            ("list of them" | "list of these", _) => {
                let items = json!({ "anyOf": self.all.clone() });
                self.add(json!({ "type": "array", "items": items }));
            }
            ("… as in `green-screen.anchor`" | "glob to exclude", _) => self.add(text()),
            _ if part.starts_with("name of a") || part.starts_with("id of a") => self.add(text()),
            _ if TEXTS.contains(&part) => self.add(text()),
            _ if MEASURES.contains(&part) => {
                self.add(text());
                self.add(json!({ "type": "number" }));
            }
            _ if part.starts_with("list of ") => {
                self.add(json!({ "type": "array", "items": text() }));
            }
            _ => return None,
        }
        Some(())
    }

    fn finish(mut self) -> Option<Value> {
        let reads_text = self.all.iter().any(|shape| shape["type"] == "string");
        if !self.words.is_empty() && !reads_text {
            self.all.push(json!({ "enum": self.words }));
        }
        match self.all.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            _ => Some(json!({ "anyOf": self.all })),
        }
    }
}
