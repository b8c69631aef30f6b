//! Values at the edges of what a schema allows, on both sides of them.

use super::number::{self, value};
use super::random::Numbers;
use super::{Sampler, Shape, count, text};
use serde_json::{Map, Value, json};

/// How many branches deep choices are looked into.
const DEEP: usize = 3;

/// Longest text or list that is made to reach a bound.
const LONG: u64 = 2048;

/// Values on both sides of each edge of `schema`: some satisfy it, some do not.
pub fn corners(sampler: &Sampler<'_>, schema: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    of_shape(sampler, &sampler.shape(schema), DEEP, &mut found);
    let mut distinct: Vec<Value> = Vec::new();
    for corner in found {
        if !distinct.contains(&corner) {
            distinct.push(corner);
        }
    }
    distinct
}

fn of_shape(sampler: &Sampler<'_>, shape: &Shape, deep: usize, into: &mut Vec<Value>) {
    into.extend(shape.values.iter().flatten().cloned());
    into.extend(sampler.make(shape, &mut Numbers::plain(), 0));
    for (_, branches) in shape.choices.iter().take(1) {
        if deep > 0 {
            for branch in branches {
                of_shape(sampler, &shape.choose(sampler.document, branch), deep - 1, into);
            }
        }
    }
    // What a condition speaks of is where it changes its mind.
    for keyword in ["not", "if"] {
        if let Some(condition) = shape.keywords.get(keyword).filter(|_| deep > 0) {
            of_shape(sampler, &sampler.shape(condition), deep - 1, into);
        }
    }
    numbers(&shape.keywords, into);
    texts(&shape.keywords, into);
    lists(sampler, shape, into);
    objects(sampler, shape, into);
    into.extend([json!(null), json!(true), json!(0), json!(0.5), json!("a"), json!([]), json!({})]);
}

fn numbers(keywords: &Map<String, Value>, into: &mut Vec<Value>) {
    let (least, most) = number::bounds(keywords);
    for edge in [least, most].into_iter().flatten() {
        into.extend([edge - 1, edge, edge + 1].into_iter().filter_map(value));
    }
    if let Some(step) = keywords.get("multipleOf").and_then(number::whole_number) {
        let base = least.unwrap_or(0);
        into.extend((0..3).filter_map(|n| value(base + n)));
        into.extend((1..3).filter_map(|n| value(step * (base / step.max(1) + n))));
    }
    let fractions = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    for edge in fractions.into_iter().filter_map(|name| keywords.get(name)?.as_f64()) {
        into.extend([json!(edge), json!(edge - 0.5), json!(edge + 0.5)]);
    }
    into.extend([json!(-1), json!(1), json!(1_000_000_007_i64)]);
}

fn texts(keywords: &Map<String, Value>, into: &mut Vec<Value>) {
    if let Some(pattern) = keywords.get("pattern").and_then(Value::as_str) {
        for seed in 0..6 {
            let often = [0, 1, 3, 40][seed as usize % 4];
            into.extend(text::of_pattern(pattern, often, &mut Numbers::new(seed)).map(Value::from));
        }
    }
    for edge in ["minLength", "maxLength"].into_iter().filter_map(|name| count(keywords, name)) {
        for length in [edge.saturating_sub(1), edge, edge.saturating_add(1)] {
            if length <= LONG {
                let (plain, _) = (json!("a".repeat(length as usize)), ());
                into.push(plain);
                let keywords = Map::from_iter(
                    keywords
                        .iter()
                        .filter(|(name, _)| *name == "pattern")
                        .map(|(n, v)| (n.clone(), v.clone()))
                        .chain([
                            ("minLength".to_owned(), length.into()),
                            ("maxLength".to_owned(), length.into()),
                        ]),
                );
                into.extend(text::make(&keywords, &mut Numbers::new(length)).map(Value::from));
            }
        }
    }
    if keywords.contains_key("format") {
        into.extend(text::make(keywords, &mut Numbers::plain()).map(Value::from));
    }
    into.extend([json!(""), json!("!"), json!("zzz 9"), json!("0")]);
}

fn lists(sampler: &Sampler<'_>, shape: &Shape, into: &mut Vec<Value>) {
    let keywords = &shape.keywords;
    if !["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"]
        .iter()
        .any(|name| keywords.contains_key(*name))
    {
        return;
    }
    let item = |at: u64, seed: Option<u64>| {
        let mut numbers = seed.map_or_else(Numbers::plain, Numbers::new);
        sampler.random(&shape.item(at), &mut numbers)
    };
    let edges = ["minItems", "maxItems"].into_iter().filter_map(|name| count(keywords, name));
    let lengths = edges
        .flat_map(|edge| [edge.saturating_sub(1), edge, edge.saturating_add(1)])
        .chain([0, 1, 2]);
    for length in lengths.filter(|length| *length <= LONG / 8) {
        let same: Option<Vec<Value>> = (0..length).map(|at| item(at, None)).collect();
        into.extend(same.map(Value::Array));
        let other: Option<Vec<Value>> = (0..length).map(|at| item(at, Some(at * 31 + 7))).collect();
        into.extend(other.map(Value::Array));
    }
}

fn objects(sampler: &Sampler<'_>, shape: &Shape, into: &mut Vec<Value>) {
    let least = match sampler.make(shape, &mut Numbers::plain(), 0) {
        Some(Value::Object(object)) => object,
        _ => return,
    };
    // Each required field left out, each other field put in.
    for name in least.keys() {
        let mut less = least.clone();
        less.shift_remove(name);
        into.push(Value::Object(less));
    }
    let all: Vec<(String, Value)> = shape
        .properties()
        .filter_map(|(name, schema)| Some((name.clone(), sampler.plain(schema)?)))
        .collect();
    for (name, value) in &all {
        let mut more = least.clone();
        more.insert(name.clone(), value.clone());
        into.push(Value::Object(more));
    }
    // Each field with what it may not be: the other side may know none of them.
    for (name, _) in shape.properties() {
        for odd in [json!(null), json!(0.5), json!("!"), json!([]), json!({}), json!(false)] {
            let mut more = least.clone();
            more.insert(name.clone(), odd);
            into.push(Value::Object(more));
        }
    }
    let mut full = least.clone();
    full.extend(all);
    into.push(Value::Object(full));
    let names = [
        "extra0".to_owned(),
        "EXTRA 1".to_owned(),
        shape.free_name(0, &mut Numbers::plain()),
        shape.free_name(1, &mut Numbers::new(1)),
    ];
    for name in names {
        let fitting = sampler.plain(&shape.additional(&name));
        for value in fitting.into_iter().chain([json!(0), json!("a"), json!(null), json!([])]) {
            let mut more = least.clone();
            more.insert(name.clone(), value);
            into.push(Value::Object(more));
        }
    }
    for edge in
        ["minProperties", "maxProperties"].into_iter().filter_map(|n| count(&shape.keywords, n))
    {
        for length in [edge.saturating_sub(1), edge, edge.saturating_add(1)] {
            let mut object = least.clone();
            for at in 0..length.min(64) {
                if (object.len() as u64) < length {
                    object.insert(format!("extra{at}"), json!(0));
                }
            }
            into.push(Value::Object(object));
        }
    }
}
