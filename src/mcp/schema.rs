//! JSON Schemas of what tools take and give.
//!
//! They are told to models of many makers, some of whom read only part of the language: parts stand
//! where they are used and not behind a reference, and what may be left out is of one type and never
//! `null` besides.

use schemars::JsonSchema;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};

/// What a client sends.
pub fn input<T: JsonSchema>() -> Map<String, Value> {
    plain::<T>(Contract::Deserialize)
}

/// What it gets.
pub fn output<T: JsonSchema>() -> Map<String, Value> {
    plain::<T>(Contract::Serialize)
}

fn plain<T: JsonSchema>(end: Contract) -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.contract = end;
        settings.inline_subschemas = true;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    simplify(&mut schema);
    let mut object = match schema {
        Value::Object(object) => object,
        other => Map::from_iter([("allOf".to_owned(), json!([other]))]),
    };
    // The name of a type of ours says nothing to anybody else.
    object.shift_remove("title");
    object.entry("type").or_insert_with(|| "object".into());
    object.entry("properties").or_insert_with(|| json!({}));
    object
}

/// Takes `null` out of what may be left out, and widths of numbers, which are no formats of JSON
/// Schema.
fn simplify(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(simplify),
        Value::Object(object) => {
            object.values_mut().for_each(simplify);
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(values)) = object.get_mut("enum") {
                values.retain(|value| !value.is_null());
            }
            if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
                branches.retain(|branch| branch != &json!({ "type": "null" }));
                if let [Value::Object(only)] = branches.as_slice() {
                    let only = only.clone();
                    object.shift_remove("anyOf");
                    for (key, value) in only {
                        object.entry(key).or_insert(value);
                    }
                }
            }
            let format = object.get("format").and_then(Value::as_str).unwrap_or_default();
            if format.starts_with("uint") || format.starts_with("int") {
                object.shift_remove("format");
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        /// How many.
        count: Option<u32>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        /// The first.
        one: Option<Inner>,
        all: Vec<Inner>,
        word: Option<Word>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    enum Word {
        One,
        Two,
    }

    #[test]
    fn nothing_is_null_and_nothing_refers_elsewhere() {
        let text = serde_json::to_string(&input::<Outer>()).unwrap();
        for word in ["null", "$ref", "$defs", "uint32", "Outer"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
        let schema = Value::Object(input::<Outer>());
        assert_eq!(schema["properties"]["one"]["description"], "The first.");
        assert_eq!(schema["properties"]["one"]["properties"]["count"]["type"], "integer");
        assert_eq!(schema["properties"]["one"]["properties"]["count"]["minimum"], 0);
        assert_eq!(schema["properties"]["word"]["enum"], json!(["One", "Two"]));
        assert_eq!(schema["additionalProperties"], false);
    }
}
