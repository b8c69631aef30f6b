//! Five hundred pairs of schemas, one mutated from the other: a verdict never contradicts what
//! validators say of sampled documents, and nearly all are decided, quickly.

use memebuild::contract::check::validator;
use memebuild::contract::diff::{Direction, Mode, Verdict, compare};
use memebuild::contract::registry::CONTRACTS;
use memebuild::contract::sample::{Numbers, Sampler};
use memebuild::contract::schema::Side;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

const PAIRS: u64 = 500;

/// Documents of each side that are tried against the verdict.
const SAMPLES: u64 = 40;

/// Every place of a schema where keywords stand.
fn places(schema: &Value, at: String, into: &mut Vec<String>) {
    let Some(object) = schema.as_object() else { return };
    into.push(at.clone());
    for (name, value) in object {
        let below = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        match (name.as_str(), value) {
            ("properties" | "$defs" | "patternProperties", Value::Object(all)) => {
                for (name, value) in all {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    places(value, format!("{below}/{name}"), into);
                }
            }
            ("oneOf" | "anyOf" | "allOf" | "prefixItems", Value::Array(all)) => {
                for (index, value) in all.iter().enumerate() {
                    places(value, format!("{below}/{index}"), into);
                }
            }
            ("items" | "additionalProperties", value) => places(value, below, into),
            _ => {}
        }
    }
}

/// One edit such as people make. Whether it changed anything.
fn mutate(schema: &mut Value, numbers: &mut Numbers) -> bool {
    let before = schema.clone();
    let mut all = Vec::new();
    places(schema, String::new(), &mut all);
    let at = all[numbers.below(all.len())].clone();
    let place = schema.pointer_mut(&at).unwrap().as_object_mut().unwrap();
    let kind = place.get("type").cloned().unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default().to_owned();
    match numbers.below(14) {
        0 => drop(place.insert("description".to_owned(), json!("other words"))),
        1 if kind == "integer" => drop(place.insert("minimum".to_owned(), json!(numbers.below(3)))),
        2 if kind == "integer" => {
            drop(place.insert("maximum".to_owned(), json!(50 + numbers.below(99))))
        }
        3 if kind == "integer" => {
            drop(place.insert("type".to_owned(), json!(["number", "string"][numbers.below(2)])))
        }
        4 if kind == "string" => {
            drop(place.insert("minLength".to_owned(), json!(numbers.below(3))))
        }
        5 if kind == "string" && !place.contains_key("pattern") => {
            let patterns = ["^[a-z]+$", "^[a-z0-9-]*$", ".", "^x"];
            drop(
                place.insert("pattern".to_owned(), json!(patterns[numbers.below(patterns.len())])),
            );
        }
        6 if kind == "array" => drop(place.insert("minItems".to_owned(), json!(numbers.below(3)))),
        7 if kind == "array" => drop(place.insert("uniqueItems".to_owned(), json!(true))),
        8 if place.contains_key("properties") => {
            let properties = place["properties"].as_object_mut().unwrap();
            let own = [
                json!({ "type": "string" }),
                json!({ "type": "integer", "minimum": 1 }),
                json!(true),
            ];
            properties.insert("added".to_owned(), own[numbers.below(own.len())].clone());
        }
        9 if place.contains_key("properties") => {
            let properties = place["properties"].as_object_mut().unwrap();
            if let Some(name) =
                properties.keys().nth(numbers.below(properties.len().max(1))).cloned()
            {
                properties.shift_remove(&name);
                if let Some(required) = place.get_mut("required").and_then(Value::as_array_mut) {
                    required.retain(|required| required != &json!(name));
                }
            }
        }
        10 if place.contains_key("properties") => {
            let names: Vec<String> =
                place["properties"].as_object().unwrap().keys().cloned().collect();
            let required =
                place.entry("required").or_insert_with(|| json!([])).as_array_mut().unwrap();
            let gone = !required.is_empty() && numbers.chance();
            if gone {
                let at = numbers.below(required.len());
                required.remove(at);
            } else if let Some(name) = names.get(numbers.below(names.len().max(1)))
                && !required.contains(&json!(name))
            {
                required.push(json!(name));
            }
        }
        11 if place.contains_key("properties") => match place.get("additionalProperties") {
            Some(_) => drop(place.shift_remove("additionalProperties")),
            None => drop(place.insert("additionalProperties".to_owned(), json!(false))),
        },
        12 => {
            for name in ["oneOf", "anyOf", "enum"] {
                if let Some(Value::Array(branches)) = place.get_mut(name)
                    && branches.len() > 1
                {
                    let at = numbers.below(branches.len());
                    branches.remove(at);
                }
            }
        }
        13 => {
            if let Some(Value::Array(values)) = place.get_mut("enum") {
                values.push(json!("added"));
            } else if let Some(branches) = place.shift_remove("oneOf") {
                place.insert("anyOf".to_owned(), branches);
            }
        }
        _ => {}
    }
    before != *schema
}

/// A union of four, as a derive makes it.
fn union() -> Value {
    let variant = |tag: &str, own: Value| json!({ "type": "object", "properties": { "kind": { "type": "string", "const": tag }, "own": own, "note": { "type": "string" } }, "required": ["kind", "own"], "additionalProperties": false });
    json!({ "type": "array", "items": { "oneOf": [
        variant("a", json!({ "type": "integer", "minimum": 0, "maximum": 255 })),
        variant("b", json!({ "type": "array", "items": { "$ref": "#/$defs/Size" } })),
        variant("c", json!({ "anyOf": [{ "$ref": "#/$defs/Size" }, { "type": "null" }] })),
        variant("d", json!({ "enum": ["x", "y", "z"] })),
    ] }, "$defs": { "Size": { "type": "object", "properties": { "width": { "type": "integer", "minimum": 0 }, "height": { "type": "integer" } }, "required": ["width", "height"] } } })
}

/// What the edits were, for a person who must find out why a verdict is wrong.
fn edits_between(old: &Value, new: &Value, at: String) -> Vec<String> {
    match (old, new) {
        (Value::Object(one), Value::Object(other)) => one
            .keys()
            .chain(other.keys().filter(|name| !one.contains_key(*name)))
            .flat_map(|name| edits_between(&old[name], &new[name], format!("{at}/{name}")))
            .collect(),
        _ if old == new => Vec::new(),
        _ => vec![format!("{at}: {old} → {new}")],
    }
}

/// Processor time of this thread, microseconds: what else runs here does not count.
fn clock() -> i64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec * 1_000_000 + now.tv_nsec / 1000
}

#[test]
fn five_hundred_mutations_are_judged_truly_and_quickly() {
    let mut bases: Vec<Value> =
        CONTRACTS.iter().map(|contract| contract.schema(Side::Consumer)).collect();
    bases.extend((0..6).map(|_| union()));
    let (mut decided, mut compatible, mut broken) = (0u64, 0u64, 0u64);
    let mut times = Vec::new();
    let mut undecided = Vec::new();
    for pair in 0..PAIRS {
        let mut numbers = Numbers::new(pair * 7919 + 1);
        let old = bases[numbers.below(bases.len())].clone();
        let mut new = old.clone();
        let edits = 1 + numbers.below(2);
        (0..edits).for_each(|_| while !mutate(&mut new, &mut numbers) {});
        let direction = if pair % 2 == 0 { Direction::Backward } else { Direction::Forward };
        let (mode, writer, reader) = match direction {
            Direction::Backward => (Mode::Backward, &old, &new),
            Direction::Forward => (Mode::Forward, &new, &old),
        };
        let began = clock();
        let report = compare(&old, &new, mode).unwrap();
        times.push(clock() - began);
        let answer = &report.answers[0];
        decided += u64::from(answer.verdict != Verdict::Undecided);
        if answer.verdict == Verdict::Undecided {
            undecided.push(format!(
                "{pair}: {:?}",
                answer.breaks.iter().map(|b| (b.rule.id(), &b.place)).collect::<Vec<_>>()
            ));
        }
        let (accepts, refuses) = (validator(writer).unwrap(), validator(reader).unwrap());
        for found in &answer.breaks {
            if let Some(document) = &found.instance {
                assert!(
                    accepts.is_valid(document) && !refuses.is_valid(document),
                    "pair {pair}: {found:?}"
                );
            }
        }
        match answer.verdict {
            Verdict::Compatible => compatible += 1,
            Verdict::Broken => broken += 1,
            Verdict::Undecided => {}
        }
        if answer.verdict == Verdict::Compatible {
            let sampler = Sampler::new(writer);
            for seed in 0..SAMPLES {
                let Some(document) = sampler.random(writer, &mut Numbers::new(pair * 1000 + seed))
                else {
                    continue;
                };
                if accepts.is_valid(&document) {
                    assert!(
                        refuses.is_valid(&document),
                        "pair {pair} is not compatible: {document}\n{report:?}\n{}",
                        edits_between(&old, &new, String::new()).join("\n")
                    );
                }
            }
        }
    }
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 100 - 1];
    println!(
        "{PAIRS} pairs: {decided} decided ({compatible} compatible, {broken} broken); half within {} µs, 95 % within {} µs, the longest {} µs",
        at(50),
        at(95),
        at(100)
    );
    assert!(compatible > 100 && broken > 100, "{compatible} compatible, {broken} broken");
    assert!(
        decided * 100 >= PAIRS * 95,
        "only {decided} of {PAIRS} decided:\n{}",
        undecided.join("\n")
    );
    // Unoptimised code takes longer.
    let limit = if cfg!(debug_assertions) { 100_000 } else { 50_000 };
    assert!(at(95) < limit, "95 % within {} µs", at(95));
}
