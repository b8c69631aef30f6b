//! Proves that one schema takes all that another allows, part by part.
//!
//! Each keyword of the reader must follow from what the writer says at the same place. Where that is
//! not enough, `covers` is asked about the two parts alone: it decides small ones well, and gives up
//! on large ones. What comes out is a proof or nothing; nothing is no refutation.

use crate::contract::sample::{Sampler, Shape};
use jsonschema::canonical::{self, Containment};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};

/// How deep schemas are followed.
const DEEPEST: usize = 64;

/// How often `covers` is asked, since one question may take milliseconds.
const QUESTIONS: u32 = 12;

/// Pairs of schemas that are looked at, since unions within unions are as many as their product.
const STEPS: u32 = 20_000;

/// Whether every document that `writer` allows satisfies `reader`, as far as it can be proved.
pub(super) fn includes(writer: &Value, reader: &Value) -> bool {
    let mut proof = Proof {
        writer: Sampler::new(writer),
        reader: Sampler::new(reader),
        documents: (writer, reader),
        assumed: HashSet::new(),
        questions: QUESTIONS,
        steps: Cell::new(STEPS),
    };
    proof.pair(writer, reader, 0)
}

struct Proof<'d> {
    writer: Sampler<'d>,
    reader: Sampler<'d>,
    /// Of the writer, and of the reader.
    documents: (&'d Value, &'d Value),
    /// Pairs of references under proof: a document ends, so that what holds for all that is in it
    /// holds for it.
    assumed: HashSet<(String, String)>,
    questions: u32,
    /// Left.
    steps: Cell<u32>,
}

impl Proof<'_> {
    fn pair(&mut self, writer: &Value, reader: &Value, depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        let reference = |schema: &Value| {
            let object = schema.as_object().filter(|object| object.len() == 1)?;
            object.get("$ref").and_then(Value::as_str).map(str::to_owned)
        };
        let both = reference(writer).zip(reference(reader));
        let before = both.as_ref().map(|_| self.assumed.clone());
        if both.is_some_and(|both| !self.assumed.insert(both)) {
            return true;
        }
        let (w, r) = (self.writer.shape(writer), self.reader.shape(reader));
        let proved = self.shapes(&w, &r, depth) || self.ask(writer, reader);
        // What was proved meanwhile may have leaned on it.
        if let Some(before) = before.filter(|_| !proved) {
            self.assumed = before;
        }
        proved
    }

    /// Whether there is room for one more.
    fn step(&self) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0
    }

    fn shapes(&mut self, w: &Shape, r: &Shape, depth: usize) -> bool {
        if w.never && !w.lossy {
            return true;
        }
        if r.never || r.lossy || depth > DEEPEST || !self.step() {
            return false;
        }
        if let Some(values) = &w.values {
            // The writer's values may be fewer than these, never more.
            return values.iter().all(|value| self.takes(r, value) == Some(true));
        }
        if let Some((_, branches)) = w.choices.first() {
            return branches
                .iter()
                .all(|branch| self.shapes(&w.choose(self.documents.0, branch), r, depth + 1));
        }
        if let Some((keyword, branches)) = r.choices.first() {
            let chosen: Vec<Shape> =
                branches.iter().map(|branch| r.choose(self.documents.1, branch)).collect();
            return (0..chosen.len()).any(|at| {
                let others = || chosen.iter().enumerate().filter(|(other, _)| *other != at);
                self.shapes(w, &chosen[at], depth + 1)
                    && (*keyword == "anyOf" || others().all(|(_, other)| self.apart(w, other)))
            });
        }
        if r.values.is_some() {
            return false;
        }
        let types = types(w);
        if let Some(allowed) = said_types(r)
            && !types.iter().all(|name| {
                allowed.contains(name) || (*name == "integer" && allowed.contains("number"))
            })
        {
            return false;
        }
        let may_be = |kinds: &[&str]| kinds.iter().any(|kind| types.contains(kind));
        r.keywords.iter().all(|(keyword, wanted)| match keyword.as_str() {
            "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum" | "multipleOf" => {
                !may_be(&["integer", "number"]) || bounded(w, keyword, wanted, &types)
            }
            "minLength" | "maxLength" => !may_be(&["string"]) || counted(w, keyword, wanted),
            "minItems" | "maxItems" => !may_be(&["array"]) || counted(w, keyword, wanted),
            "minProperties" | "maxProperties" => {
                !may_be(&["object"])
                    || counted(w, keyword, wanted)
                    || (keyword == "minProperties"
                        && wanted.as_u64().is_some_and(|n| n <= distinct(w.required())))
            }
            "pattern" | "format" => {
                !may_be(&["string"])
                    || w.keywords.get(keyword) == Some(wanted)
                    || (keyword == "format" && !is_asserted(wanted))
            }
            "uniqueItems" => {
                !may_be(&["array"])
                    || wanted == &Value::Bool(false)
                    || w.keywords.get(keyword) == Some(wanted)
            }
            "items" | "prefixItems" => !may_be(&["array"]) || self.items(w, r, depth),
            "required" => !may_be(&["object"]) || r.required().all(|name| w.requires(name)),
            "properties"
            | "additionalProperties"
            | "patternProperties"
            | "unevaluatedProperties" => !may_be(&["object"]) || self.objects(w, r, depth),
            "propertyNames" | "not" | "if" | "then" | "else" | "dependentRequired"
            | "dependentSchemas" | "dependencies" | "contains" | "minContains" | "maxContains"
            | "unevaluatedItems" | "$dynamicRef" | "$recursiveRef" => {
                // Equal words mean the same only where they lead nowhere else.
                w.keywords.get(keyword) == Some(wanted)
                    && !wanted.to_string().contains("Ref\"")
                    && !wanted.to_string().contains("$ref")
                    && w.keywords.get("then") == r.keywords.get("then")
                    && w.keywords.get("else") == r.keywords.get("else")
            }
            _ => true,
        })
    }

    /// Lists: the first items, and the rest.
    fn items(&mut self, w: &Shape, r: &Shape, depth: usize) -> bool {
        let first = |shape: &Shape| {
            shape.keywords.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len)
        };
        (0..=first(w).max(first(r))).all(|at| {
            let (one, other) = (w.item(at as u64), r.item(at as u64));
            self.pair(&one, &other, depth + 1)
        })
    }

    /// Properties, declared on either side and not declared at all.
    fn objects(&mut self, w: &Shape, r: &Shape, depth: usize) -> bool {
        let patterns =
            |shape: &Shape| shape.keywords.get("patternProperties").cloned().unwrap_or(Value::Null);
        // Names that patterns speak of are compared only where both speak the same way.
        let (of_w, of_r) = (patterns(w), patterns(r));
        if !of_r.is_null() && of_r != of_w {
            return false;
        }
        let names: BTreeSet<&String> =
            w.properties().chain(r.properties()).map(|(name, _)| name).collect();
        for name in names {
            let (one, other) = (w.property(name), beyond(r, Some(name)));
            if !self.pair(&one, &other, depth + 1) {
                return false;
            }
        }
        let by_pattern = of_w.as_object().into_iter().flatten();
        for (pattern, schema) in by_pattern {
            let other = of_r.get(pattern).cloned().unwrap_or_else(|| beyond(r, None));
            if !self.pair(schema, &other, depth + 1) {
                return false;
            }
        }
        // A writer that says nothing of other names may write any.
        self.pair(&unsaid(w), &beyond(r, None), depth + 1)
    }

    /// Whether a value satisfies a shape; none where that cannot be told from here.
    fn takes(&self, r: &Shape, value: &Value) -> Option<bool> {
        if r.never && !r.lossy {
            return Some(false);
        }
        if r.lossy || !self.step() {
            return None;
        }
        if r.values.as_ref().is_some_and(|values| !values.contains(value)) {
            return Some(false);
        }
        if let Some((keyword, branches)) = r.choices.first() {
            let chosen = branches.iter().map(|branch| r.choose(self.documents.1, branch));
            let takes: Vec<Option<bool>> = chosen.map(|shape| self.takes(&shape, value)).collect();
            let count = takes.iter().filter(|takes| **takes == Some(true)).count();
            return match (*keyword, takes.contains(&None)) {
                ("anyOf", _) if count > 0 => Some(true),
                (_, true) => None,
                ("anyOf", false) => Some(false),
                (_, false) => Some(count == 1),
            };
        }
        let nested = value.is_array() || value.is_object();
        if nested && !r.keywords.keys().all(|keyword| is_plain(keyword)) {
            return None;
        }
        // What speaks of properties and items says nothing of a scalar.
        let said: Map<String, Value> = r
            .keywords
            .iter()
            .filter(|(keyword, _)| !keyword.contains("roperties") && !keyword.contains("tems"))
            .map(|(keyword, value)| (keyword.clone(), value.clone()))
            .collect();
        let schema = Value::Object(said);
        let check = jsonschema::options().should_validate_formats(true).build(&schema);
        check.ok().map(|check| check.is_valid(value))
    }

    /// Whether no value satisfies both: their types differ, or a property that both must have, or
    /// their values.
    fn apart(&self, w: &Shape, other: &Shape) -> bool {
        if let (Some(one), Some(two)) = (&w.values, &other.values) {
            return one.iter().all(|value| !two.contains(value));
        }
        let (one, two) = (types(w), types(other));
        let number = |types: &BTreeSet<&str>| types.contains("number") || types.contains("integer");
        if one.is_disjoint(&two) && !(number(&one) && number(&two)) {
            return true;
        }
        let objects = one.iter().all(|name| *name == "object");
        objects
            && w.required().any(|name| {
                let of_w = self.writer.shape(&w.property(name)).values;
                let of_other = self.reader.shape(&other.property(name)).values;
                let differ = |(one, two): (Vec<Value>, Vec<Value>)| {
                    one.iter().all(|value| !two.contains(value))
                };
                of_w.zip(of_other).is_some_and(differ)
            })
    }

    /// Asks `covers` about two parts.
    fn ask(&mut self, writer: &Value, reader: &Value) -> bool {
        if self.questions == 0 || reader == &Value::Bool(false) {
            return false;
        }
        self.questions -= 1;
        let (of_writer, of_reader) = self.documents;
        covers(&part(of_reader, reader), &part(of_writer, writer)) == Some(Containment::Yes)
    }
}

/// A part of a document as a document of its own.
fn part(document: &Value, schema: &Value) -> Value {
    let Value::Object(schema) = schema else { return schema.clone() };
    let mut own = schema.clone();
    for name in ["$schema", "$defs", "definitions"] {
        if let Some(value) = document.get(name) {
            own.entry(name).or_insert_with(|| value.clone());
        }
    }
    Value::Object(own)
}

/// Whether `reader` takes all that `writer` allows; none where the crate cannot hold one of them.
pub(super) fn covers(reader: &Value, writer: &Value) -> Option<Containment> {
    let canonical =
        |schema| canonical::options().should_validate_formats(true).canonicalize(schema);
    canonical(reader).ok()?.covers(&canonical(writer).ok()?).ok()
}

/// The schema of a property that is not declared, or of one that may be.
fn beyond(shape: &Shape, name: Option<&str>) -> Value {
    if let Some(declared) = name.and_then(|name| shape.keywords.get("properties")?.get(name)) {
        return declared.clone();
    }
    let rest = shape.keywords.get("additionalProperties");
    let rest = rest.or_else(|| shape.keywords.get("unevaluatedProperties"));
    rest.cloned().unwrap_or(Value::Bool(true))
}

/// What a writer may write under names of which it says nothing. Conditions may evaluate more
/// properties than are folded.
fn unsaid(w: &Shape) -> Value {
    const CONDITIONS: [&str; 3] = ["if", "dependentSchemas", "$dynamicRef"];
    let open = !w.keywords.contains_key("additionalProperties")
        && CONDITIONS.iter().any(|name| w.keywords.contains_key(*name));
    if open { Value::Bool(true) } else { beyond(w, None) }
}

const ALL_TYPES: [&str; 6] = ["null", "boolean", "number", "string", "array", "object"];

fn said_types(shape: &Shape) -> Option<BTreeSet<&str>> {
    match shape.keywords.get("type")? {
        Value::Array(names) => Some(names.iter().filter_map(Value::as_str).collect()),
        name => Some(name.as_str().into_iter().collect()),
    }
}

fn types(shape: &Shape) -> BTreeSet<&str> {
    said_types(shape).unwrap_or_else(|| ALL_TYPES.into_iter().collect())
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> u64 {
    names.collect::<BTreeSet<_>>().len() as u64
}

/// A count of the writer's that is at least as strict.
fn counted(w: &Shape, keyword: &str, wanted: &Value) -> bool {
    let Some(wanted) = wanted.as_f64() else { return false };
    match w.keywords.get(keyword).and_then(Value::as_f64) {
        Some(own) if keyword.starts_with("min") => own >= wanted,
        Some(own) => own <= wanted,
        None => keyword.starts_with("min") && wanted <= 0.0,
    }
}

/// A bound of the writer's that is at least as strict. Large numbers that a double cannot tell
/// apart are not taken for ordered.
fn bounded(w: &Shape, keyword: &str, wanted: &Value, types: &BTreeSet<&str>) -> bool {
    let exact = |value: &Value| value.as_f64().filter(|n| n.abs() < 9e15);
    let own = |name: &str| w.keywords.get(name).and_then(exact);
    if w.keywords.get(keyword) == Some(wanted) {
        return true;
    }
    let Some(wanted) = exact(wanted) else { return false };
    let whole = !types.contains("number");
    let step = if whole { 1.0 } else { 0.0 };
    match keyword {
        "minimum" => {
            own("minimum").is_some_and(|n| n >= wanted)
                || own("exclusiveMinimum")
                    .is_some_and(|n| n.floor() + step >= wanted && (whole || n >= wanted))
        }
        "exclusiveMinimum" => {
            own("exclusiveMinimum").is_some_and(|n| n >= wanted)
                || own("minimum").is_some_and(|n| n > wanted)
        }
        "maximum" => {
            own("maximum").is_some_and(|n| n <= wanted)
                || own("exclusiveMaximum")
                    .is_some_and(|n| n.ceil() - step <= wanted && (whole || n <= wanted))
        }
        "exclusiveMaximum" => {
            own("exclusiveMaximum").is_some_and(|n| n <= wanted)
                || own("maximum").is_some_and(|n| n < wanted)
        }
        // Fractions are not divided: a double cannot hold most of them.
        _ => own("multipleOf").is_some_and(|n| {
            wanted >= 1.0 && n.fract() == 0.0 && wanted.fract() == 0.0 && n % wanted == 0.0
        }),
    }
}

/// Formats that validators check.
fn is_asserted(format: &Value) -> bool {
    const KNOWN: [&str; 19] = [
        "date",
        "date-time",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uri-template",
        "uuid",
        "json-pointer",
        "relative-json-pointer",
        "regex",
    ];
    format.as_str().is_some_and(|format| KNOWN.contains(&format))
}

fn is_plain(keyword: &str) -> bool {
    keyword == "type" || is_annotation(keyword)
}

fn is_annotation(keyword: &str) -> bool {
    const NAMES: [&str; 9] = [
        "title",
        "description",
        "default",
        "examples",
        "$comment",
        "$schema",
        "$id",
        "$defs",
        "deprecated",
    ];
    NAMES.contains(&keyword) || keyword.starts_with("x-")
}
