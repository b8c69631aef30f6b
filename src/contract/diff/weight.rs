//! How much a schema asks of whoever checks one value by it.
//!
//! Schemas that refer to others, each twice, ask twice as much at each step: forty of them take no
//! validator less than a lifetime. So what a stranger brings is weighed before it is used.

use crate::contract::sample::target;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Most schemas that may speak of one value.
const MOST: u64 = 5000;

/// Longest way from a schema to another that speaks of the same value.
const DEEPEST: usize = 200;

/// Keywords that hold a schema of the same value, a list of such, or one for each name.
const ONE: [&str; 4] = ["not", "if", "then", "else"];
const LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
const NAMED: [&str; 2] = ["dependentSchemas", "dependencies"];

/// Refuses a document in which too many schemas speak of one value.
///
/// # Errors
/// That they do.
pub(super) fn check(document: &Value) -> Result<(), String> {
    let mut scale = Scale { document, known: HashMap::new() };
    let mut waiting = vec![document];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(object) => {
                scale.weigh(value, 0)?;
                waiting.extend(object.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    Ok(())
}

struct Scale<'d> {
    document: &'d Value,
    /// By where a schema lies in memory; nothing for one that is being weighed, which says nothing new.
    known: HashMap<*const Value, u64>,
}

impl<'d> Scale<'d> {
    /// How many schemas speak of the value of which this one does.
    fn weigh(&mut self, schema: &'d Value, depth: usize) -> Result<u64, String> {
        let Value::Object(object) = schema else { return Ok(1) };
        let place: *const Value = schema;
        if let Some(known) = self.known.get(&place) {
            return Ok(*known);
        }
        if depth > DEEPEST {
            return Err(format!("more than {DEEPEST} schemas lead to one another"));
        }
        self.known.insert(place, 0);
        let mut weight = 1u64;
        for part in self.parts(object) {
            weight = weight.saturating_add(self.weigh(part, depth + 1)?);
        }
        if weight > MOST {
            return Err(format!("more than {MOST} of its schemas speak of one value"));
        }
        self.known.insert(place, weight);
        Ok(weight)
    }

    fn parts(&self, object: &'d Map<String, Value>) -> Vec<&'d Value> {
        let reference = object.get("$ref").and_then(Value::as_str);
        let referred = reference.and_then(|to| target(self.document, to));
        let one = ONE.into_iter().filter_map(|name| object.get(name));
        let lists = LISTS.into_iter().filter_map(|name| object.get(name)?.as_array());
        let named = NAMED.into_iter().filter_map(|name| object.get(name)?.as_object());
        let nested = lists.flatten().chain(named.flat_map(Map::values));
        referred.into_iter().chain(one).chain(nested).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// So many schemas, of which each says this of the next; the last allows texts.
    fn chain(length: usize, of: impl Fn(Value) -> Value) -> Value {
        let next = |at: usize| json!({ "$ref": format!("#/$defs/{}", at + 1) });
        let mut all: Map<String, Value> =
            (0..length).map(|at| (at.to_string(), of(next(at)))).collect();
        all.insert(length.to_string(), json!({ "type": "string" }));
        json!({ "$ref": "#/$defs/0", "$defs": all })
    }

    #[test]
    fn what_grows_by_doubling_is_too_heavy() {
        for keyword in LISTS {
            let twice = |next: Value| json!({ keyword: [next.clone(), next] });
            assert!(check(&chain(8, twice)).is_ok());
            let why = check(&chain(40, twice)).unwrap_err();
            assert!(why.contains("speak of one value"), "{why}");
        }
        let condition = |next: Value| json!({ "if": next.clone(), "then": next });
        assert!(check(&chain(40, condition)).is_err());
        // Each of these speaks of another value.
        let within = |next: Value| json!({ "properties": { "a": next.clone(), "b": next } });
        assert!(check(&chain(40, within)).is_ok());
    }

    #[test]
    fn long_ways_end_and_circles_do_not_count() {
        assert!(check(&chain(50, |next| next)).is_ok());
        assert!(check(&chain(5000, |next| next)).unwrap_err().contains("lead to one another"));
        assert!(check(&json!({ "allOf": [{ "$ref": "#" }, { "$ref": "#" }] })).is_ok());
    }
}
