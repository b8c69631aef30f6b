//! A schema with its references and `allOf` folded into one set of keywords.

use super::random::Numbers;
use super::text;
use serde_json::{Map, Value, json};

/// How many references are followed from one place.
const MOST_STEPS: usize = 64;

/// What a schema says of the value itself.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    pub keywords: Map<String, Value>,
    /// `const` and `enum`: nothing else is allowed.
    pub values: Option<Vec<Value>>,
    /// `oneOf` and `anyOf`, each with its branches.
    pub choices: Vec<(&'static str, Vec<Value>)>,
    /// Nothing satisfies it.
    pub never: bool,
    /// Something was left out, so that it allows more than what it was made of.
    pub lossy: bool,
    /// How many of the folded schemas speak of properties, and whether one says which others
    /// there may be: then they cannot be folded without loss.
    speak_of_properties: u32,
    closes: bool,
}

impl Shape {
    /// Folds what stands at one place.
    pub fn of(document: &Value, schema: &Value) -> Self {
        let mut shape = Self::default();
        shape.add(document, schema, &mut MOST_STEPS.clone());
        shape
    }

    fn add(&mut self, document: &Value, schema: &Value, steps: &mut usize) {
        *steps = steps.saturating_sub(1);
        if schema == &Value::Bool(false) {
            self.never = true;
        }
        self.lossy |= *steps == 0;
        let Some(object) = schema.as_object().filter(|_| *steps > 0) else { return };
        const CLOSE: [&str; 2] = ["additionalProperties", "patternProperties"];
        let closes = CLOSE.iter().any(|name| object.contains_key(*name));
        self.closes |= closes;
        self.speak_of_properties += u32::from(closes || object.contains_key("properties"));
        self.lossy |= self.closes && self.speak_of_properties > 1;
        // It speaks of what stands beside it, and folded it would speak of more; a list of items is
        // of another draft.
        let unevaluated = ["unevaluatedProperties", "unevaluatedItems"];
        self.lossy |=
            !self.keywords.is_empty() && unevaluated.iter().any(|name| object.contains_key(*name));
        self.lossy |= object.get("items").is_some_and(Value::is_array);
        for (name, value) in object {
            match name.as_str() {
                "$ref" => {
                    let target = value.as_str().and_then(|to| target(document, to));
                    self.lossy |= target.is_none();
                    self.add(document, target.unwrap_or(&Value::Bool(true)), steps);
                }
                "allOf" => {
                    for part in value.as_array().into_iter().flatten() {
                        self.add(document, part, steps);
                    }
                }
                "oneOf" | "anyOf" => {
                    let keyword = if name == "oneOf" { "oneOf" } else { "anyOf" };
                    let branches = value.as_array().cloned().unwrap_or_default();
                    self.choices.push((keyword, branches));
                }
                "const" => self.allow(vec![value.clone()]),
                "enum" => self.allow(value.as_array().cloned().unwrap_or_default()),
                _ => self.keyword(name, value),
            }
        }
    }

    fn allow(&mut self, values: Vec<Value>) {
        match &mut self.values {
            Some(known) => known.retain(|value| values.contains(value)),
            None => self.values = Some(values),
        }
    }

    fn keyword(&mut self, name: &str, value: &Value) {
        let Some(known) = self.keywords.get_mut(name) else {
            self.keywords.insert(name.to_owned(), value.clone());
            return;
        };
        let greater = || value.as_f64() > known.as_f64();
        match name {
            "properties" | "patternProperties" => {
                let (Some(known), Some(more)) = (known.as_object_mut(), value.as_object()) else {
                    return;
                };
                for (name, schema) in more {
                    match known.get_mut(name) {
                        Some(own) => *own = json!({ "allOf": [own.take(), schema] }),
                        None => drop(known.insert(name.clone(), schema.clone())),
                    }
                }
            }
            "required" => {
                if let (Some(known), Some(more)) = (known.as_array_mut(), value.as_array()) {
                    known.extend(more.iter().cloned());
                }
            }
            "type" => {
                let (one, other) = (list(known), list(value));
                let fits = |of: &&Value| {
                    other.contains(of)
                        || (of.as_str() == Some("integer") && other.contains(&json!("number")))
                };
                let mut both: Vec<Value> = one.iter().filter(fits).cloned().collect();
                if one.contains(&json!("number")) && other.contains(&json!("integer")) {
                    both.push(json!("integer"));
                }
                self.never |= both.is_empty();
                *known = Value::Array(both);
            }
            "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties"
                if greater() =>
            {
                *known = value.clone();
            }
            "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties"
                if !greater() =>
            {
                *known = value.clone();
            }
            "items" | "additionalProperties" => {
                *known = json!({ "allOf": [known.take(), value] });
            }
            "uniqueItems" if value == &Value::Bool(true) => *known = Value::Bool(true),
            "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" => {}
            "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => {}
            "uniqueItems" | "title" | "description" | "default" | "examples" | "$schema" => {}
            _ if name.starts_with("x-") => {}
            _ => self.lossy |= known != value,
        }
    }

    /// This shape with a branch of its first choice.
    pub fn choose(&self, document: &Value, branch: &Value) -> Self {
        let mut shape = self.clone();
        shape.choices.remove(0);
        shape.add(document, branch, &mut MOST_STEPS.clone());
        shape
    }

    /// This shape with a branch of one of its choices.
    pub fn choose_of(&self, document: &Value, keyword: &str, branch: &Value) -> Self {
        let mut shape = self.clone();
        if let Some(at) = shape.choices.iter().position(|(name, _)| *name == keyword) {
            shape.choices.remove(at);
        }
        shape.add(document, branch, &mut MOST_STEPS.clone());
        shape
    }

    /// Types that it may have; where it does not say, those that its keywords speak of, else all.
    pub fn types(&self) -> Vec<&str> {
        const ALL: [&str; 6] = ["null", "boolean", "integer", "string", "array", "object"];
        if let Some(said) = self.keywords.get("type") {
            let names = match said {
                Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
                said => said.as_str().into_iter().collect(),
            };
            return names;
        }
        const SPEAK: [(&str, &[&str]); 4] = [
            ("object", &["properties", "required", "additionalProperties", "minProperties"]),
            ("array", &["items", "prefixItems", "minItems", "contains"]),
            ("string", &["pattern", "minLength", "maxLength"]),
            ("integer", &["minimum", "maximum", "exclusiveMinimum", "multipleOf"]),
        ];
        let spoken: Vec<&str> = SPEAK
            .iter()
            .filter(|(_, words)| words.iter().any(|word| self.keywords.contains_key(*word)))
            .map(|(name, _)| *name)
            .collect();
        if spoken.is_empty() { ALL.to_vec() } else { spoken }
    }

    pub fn properties(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.keywords.get("properties").and_then(Value::as_object).into_iter().flatten()
    }

    pub fn required(&self) -> impl Iterator<Item = &str> {
        let list = self.keywords.get("required").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str)
    }

    pub fn requires(&self, name: &str) -> bool {
        self.required().any(|required| required == name)
    }

    /// The schema of a property, declared or not.
    pub fn property(&self, name: &str) -> Value {
        let declared = self.keywords.get("properties").and_then(|all| all.get(name));
        declared.cloned().unwrap_or_else(|| self.additional(name))
    }

    /// The schema of a property that is not declared.
    pub fn additional(&self, name: &str) -> Value {
        let by_pattern = self.keywords.get("patternProperties").and_then(Value::as_object);
        // Of a pattern that cannot be read nobody knows what it is about.
        let mut patterns = by_pattern.into_iter().flatten();
        if patterns.any(|(pattern, _)| regex_syntax::Parser::new().parse(pattern).is_err()) {
            return Value::Bool(true);
        }
        let mut patterns = by_pattern.into_iter().flatten();
        let found = patterns.find(|(pattern, _)| matches(pattern, name));
        let rest = || self.keywords.get("additionalProperties").cloned();
        found.map(|(_, schema)| schema.clone()).or_else(rest).unwrap_or(Value::Bool(true))
    }

    /// A name that is not declared, of the form that names must have.
    pub fn free_name(&self, at: u64, numbers: &mut Numbers) -> String {
        let names = self.keywords.get("propertyNames").and_then(Value::as_object);
        let own = names.and_then(|keywords| text::make(keywords, numbers));
        let patterns = self.keywords.get("patternProperties").and_then(Value::as_object);
        let pattern = patterns.and_then(|all| all.keys().next());
        let by_pattern = || pattern.and_then(|pattern| text::of_pattern(pattern, 3, numbers));
        own.or_else(by_pattern).unwrap_or_else(|| format!("extra{at}"))
    }

    /// The schema of an item.
    pub fn item(&self, at: u64) -> Value {
        let first = self.keywords.get("prefixItems").and_then(Value::as_array);
        let own = first.and_then(|list| list.get(usize::try_from(at).unwrap_or(usize::MAX)));
        own.or_else(|| self.keywords.get("items")).cloned().unwrap_or(Value::Bool(true))
    }
}

/// Whether a name matches.
fn matches(pattern: &str, name: &str) -> bool {
    let schema = json!({ "pattern": pattern });
    jsonschema::validator_for(&schema).is_ok_and(|check| check.is_valid(&json!(name)))
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// Where a reference within a document leads.
pub fn target<'d>(document: &'d Value, reference: &str) -> Option<&'d Value> {
    let pointer = reference.strip_prefix('#')?;
    document.pointer(pointer)
}
