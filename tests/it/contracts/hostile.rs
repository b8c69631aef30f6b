//! Schemas that ask for more than anybody has: comparing them ends, and soon.

use memebuild::contract::diff::{Mode, Report, compare};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// So many schemas, of which each says this of the next; the last is of that type.
fn chain(length: usize, last: &str, of: impl Fn(Value) -> Value) -> Value {
    let next = |at: usize| json!({ "$ref": format!("#/$defs/{}", at + 1) });
    let mut all: Map<String, Value> =
        (0..length).map(|at| (at.to_string(), of(next(at)))).collect();
    all.insert(length.to_string(), json!({ "type": last }));
    json!({ "$ref": "#/$defs/0", "$defs": all })
}

#[track_caller]
fn soon(old: &Value, new: &Value) -> Result<Report, String> {
    let began = Instant::now();
    let report = compare(old, new, Mode::Full);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    report
}

#[test]
fn whatever_a_schema_asks_for_comparing_it_ends() {
    let plain = json!({ "type": "object", "properties": { "a": { "type": "integer" } }, "required": ["a"] });
    let twice = |next: Value| json!({ "allOf": [next.clone(), next] });
    let either =
        |next: Value| json!({ "anyOf": [next.clone(), { "type": "array", "items": next }] });
    let both = |next: Value| json!({ "type": "object", "properties": { "a": next.clone(), "b": next }, "required": ["a", "b"] });
    let why = soon(&chain(40, "string", twice), &plain).unwrap_err();
    assert!(why.contains("speak of one value"), "{why}");
    for schema in [
        chain(30, "string", either),
        chain(40, "string", both),
        json!({ "$ref": "#" }),
        json!({ "not": { "$ref": "#" } }),
        json!({ "type": "string", "minLength": 4_000_000_000_u64 }),
        json!({ "type": "string", "pattern": "^(((a{4096}){4096}){4096}){4096}$" }),
        json!({ "type": "string", "pattern": "^((((){4096}){4096}){4096}){4096}$" }),
        json!({ "type": "array", "minItems": 4_000_000_000_u64, "items": { "type": "null" } }),
        json!({ "type": "array", "minItems": u64::MAX, "uniqueItems": true }),
        json!({ "type": "array", "contains": { "const": 1 }, "minContains": 4_000_000_000_u64 }),
        json!({ "type": "object", "minProperties": 4_000_000_000_u64, "propertyNames": { "maxLength": 0 } }),
        json!({ "type": "object", "minProperties": u64::MAX }),
        json!({ "type": "integer", "minimum": -1e300, "maximum": 1e300, "multipleOf": 1e-300 }),
        json!({ "type": "integer", "exclusiveMinimum": 1e308, "exclusiveMaximum": -1e308, "multipleOf": 1e300 }),
    ] {
        for (old, new) in [(&schema, &plain), (&plain, &schema), (&schema, &schema)] {
            // What it comes to is another matter; nothing that was not proved is called a fit.
            if let Ok(report) = soon(old, new) {
                assert!(old == new || !report.holds(), "{old} and {new}");
            }
        }
    }
    // The same but for its last part.
    let (texts, numbers) = (chain(30, "string", either), chain(30, "integer", either));
    assert!(soon(&texts, &numbers).is_ok_and(|report| !report.holds()));
}
