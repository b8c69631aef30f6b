//! JSON Schema (2020-12) of the contracts, made from the types that read and write them.
//!
//! A contract has two: what its producer may write, and what its consumer must be able to read. A
//! field with a default is always written and need not be there to be read, so that only the two
//! together say whether both ends fit.

use super::Contract;
use schemars::generate::{Contract as End, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// Which end of a seam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Writes documents.
    Producer,
    /// Reads them.
    Consumer,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::Producer, Self::Consumer];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }
}

/// What ends of a field's name say about its unit.
const UNITS: [(&str, &str); 13] = [
    ("Ms", "millisecond"),
    ("_ms", "millisecond"),
    ("Us", "microsecond"),
    ("Milli", "thousandth"),
    ("Millionth", "millionth"),
    ("Mdb", "thousandth of a decibel"),
    ("Cdbtp", "hundredth of a dBTP"),
    ("Clufs", "hundredth of a LUFS"),
    ("Clu", "hundredth of a LU"),
    ("Decipx", "tenth of a pixel"),
    ("Bitrate", "bit a second"),
    ("Bytes", "byte"),
    ("Frames", "frame"),
];

/// The field by which a document of ours says its version, and the one by which files do that
/// people may open.
pub const VERSION: &str = "schemaVersion";
pub const FILE_VERSION: &str = "version";

/// The schema of a contract's documents, with their `schemaVersion`.
pub fn of<T: Contract + JsonSchema>(side: Side) -> Value {
    of_versioned::<T>((T::NAME, T::VERSION), VERSION, side)
}

/// The schema of a type whose documents say their version in the field `key`.
pub fn of_versioned<T: JsonSchema>((name, version): (&str, u32), key: &str, side: Side) -> Value {
    let mut schema = of_body::<T>(side);
    versioned(&mut schema, key, version);
    named(schema, name, version, side)
}

/// The version that a schema's documents say they are, and the field in which they do.
pub fn version(schema: &Value) -> Option<(&'static str, u64)> {
    // Documents that may leave it out say nothing of it.
    let required = |key: &&str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == key))
    };
    [VERSION, FILE_VERSION]
        .into_iter()
        .filter(required)
        .find_map(|key| Some((key, schema["properties"][key]["const"].as_u64()?)))
}

/// The schema of a type that stands for itself: a line of a log.
pub fn of_line<T: JsonSchema>(name: &str, version: u32, side: Side) -> Value {
    named(of_body::<T>(side), name, version, side)
}

fn of_body<T: JsonSchema>(side: Side) -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.contract = match side {
            Side::Producer => End::Serialize,
            Side::Consumer => End::Deserialize,
        };
    });
    let root = settings.into_generator().into_root_schema_for::<T>();
    let mut schema = object_of(root);
    refine_all(&mut schema);
    if side == Side::Producer {
        let mut whole = Value::Object(schema);
        without_null(&mut whole);
        schema = whole.as_object().cloned().unwrap_or_default();
    }
    schema
}

fn object_of(schema: Schema) -> Map<String, Value> {
    match schema.to_value() {
        Value::Object(object) => object,
        other => Map::from_iter([("allOf".to_owned(), json!([other]))]),
    }
}

/// Puts the version in front of the properties.
fn versioned(schema: &mut Map<String, Value>, key: &str, version: u32) {
    let own = Map::from_iter([(key.to_owned(), json!({ "const": version }))]);
    let properties = schema.shift_remove("properties").unwrap_or_else(|| json!({}));
    let properties = own.into_iter().chain(properties.as_object().cloned().unwrap_or_default());
    schema.insert("properties".to_owned(), Value::Object(properties.collect()));
    let mut required = vec![json!(key)];
    required
        .extend(schema.get("required").and_then(Value::as_array).into_iter().flatten().cloned());
    schema.insert("required".to_owned(), Value::Array(required));
}

/// In an order that people read: what it is, then its fields, then the parts that they refer to.
fn named(mut schema: Map<String, Value>, name: &str, version: u32, side: Side) -> Value {
    schema
        .insert("title".to_owned(), format!("{name}, version {version}: {}", side.as_str()).into());
    const ORDER: [&str; 7] = [
        "$schema",
        "title",
        "description",
        "type",
        "required",
        "additionalProperties",
        "properties",
    ];
    let mut sorted = Map::new();
    for key in ORDER {
        sorted.extend(schema.shift_remove(key).map(|value| (key.to_owned(), value)));
    }
    let parts = schema.shift_remove("$defs").map(|parts| ("$defs".to_owned(), parts));
    sorted.extend(schema);
    sorted.extend(parts);
    Value::Object(sorted)
}

/// What is left out where there is none is never written as null.
fn without_null(schema: &mut Value) {
    if let Value::Array(items) = schema {
        items.iter_mut().for_each(without_null);
    }
    let Value::Object(object) = schema else { return };
    object.values_mut().for_each(without_null);
    let required = object.get("required").cloned().unwrap_or_default();
    let required: Vec<Value> = required.as_array().cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = object.get_mut("properties") else { return };
    for (name, property) in properties {
        let Some(property) = property.as_object_mut().filter(|_| !required.contains(&json!(name)))
        else {
            continue;
        };
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                property.insert("type".to_owned(), only);
            }
        }
        let Some(Value::Array(branches)) = property.get_mut("anyOf") else { continue };
        branches.retain(|branch| branch != &json!({ "type": "null" }));
        if let [Value::Object(only)] = branches.as_slice() {
            let only = only.clone();
            property.shift_remove("anyOf");
            property.extend(only);
        }
    }
}

/// Says of every number what the types know and the generator leaves out: the bounds of its width,
/// and the unit in its name.
fn refine_all(schema: &mut Map<String, Value>) {
    bound(schema);
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for (name, property) in properties {
            let unit = UNITS.iter().find(|(ending, _)| name.ends_with(ending));
            if let (Some((_, unit)), Value::Object(property)) = (unit, property)
                && !property.contains_key("x-unit")
            {
                property.insert("x-unit".to_owned(), (*unit).into());
            }
        }
    }
    for value in schema.values_mut() {
        refine_within(value);
    }
}

fn refine_within(value: &mut Value) {
    match value {
        Value::Object(object) => refine_all(object),
        Value::Array(items) => items.iter_mut().for_each(refine_within),
        _ => {}
    }
}

/// `format: uint32` asserts nothing by itself; a reader that has 32 bits does.
fn bound(schema: &mut Map<String, Value>) {
    let bounds: (i64, i64) = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => (0, u8::MAX.into()),
        Some("uint16") => (0, u16::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        _ => return,
    };
    schema.entry("minimum").or_insert_with(|| bounds.0.into());
    schema.entry("maximum").or_insert_with(|| bounds.1.into());
}

/// The schema of a type that is written as a text of one form.
macro_rules! text_schema {
    ($type:ty, $name:literal, { $($schema:tt)* }) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", $($schema)* })
            }
        }
    };
}
pub(super) use text_schema;
