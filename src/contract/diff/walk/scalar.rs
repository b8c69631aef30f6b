//! Values, types, bounds and texts.

use super::{Pair, Walk};
use crate::contract::diff::Rule;
use crate::contract::sample::Shape;
use serde_json::Value;
use std::collections::BTreeSet;

/// Keywords that say what a value means and not which are allowed.
const MEANING: [(&str, Rule); 5] = [
    ("x-unit", Rule::UnitChanged),
    ("x-id-derivation", Rule::IdDerivationChanged),
    ("x-quality-algorithm", Rule::QualityAlgorithmChanged),
    ("x-layout", Rule::LayoutChanged),
    ("x-media", Rule::MediaProfileChanged),
];

/// Keywords of the lower and of the upper bounds.
const LOWER: [&str; 6] =
    ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"];
const UPPER: [&str; 6] =
    ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"];

impl Walk<'_> {
    pub(super) fn meaning(&mut self, pair: &Pair<'_>) {
        for (keyword, rule) in MEANING {
            let (old, new) = (pair.old.keywords.get(keyword), pair.new.keywords.get(keyword));
            if old != new {
                self.tell(pair, rule, from_to(old, new));
            }
        }
        let (old, new) = (pair.old.keywords.get("default"), pair.new.keywords.get("default"));
        if old != new {
            self.tell(pair, Rule::DefaultChanged, from_to(old, new));
        }
    }

    /// Whether the values that are allowed stand in a list on either side: then there is no more to
    /// compare.
    pub(super) fn values(&mut self, pair: &Pair<'_>) -> bool {
        let (old, new) = (&pair.old.values, &pair.new.values);
        match (old, new) {
            (None, None) => return false,
            (Some(old), Some(new)) => {
                let gone: Vec<&Value> = old.iter().filter(|v| !new.contains(v)).collect();
                let come: Vec<&Value> = new.iter().filter(|v| !old.contains(v)).collect();
                if let ([one], [other]) = (old.as_slice(), new.as_slice())
                    && one != other
                {
                    self.tell(pair, Rule::ConstChanged, from_to(Some(one), Some(other)));
                    return true;
                }
                if !gone.is_empty() {
                    self.tell(pair, Rule::EnumValueRemoved, listed(&gone));
                }
                if !come.is_empty() {
                    self.tell(pair, Rule::EnumValueAdded, listed(&come));
                }
            }
            (None, Some(new)) => {
                let values: Vec<&Value> = new.iter().collect();
                self.tell(pair, Rule::EnumValueRemoved, format!("only {} left", listed(&values)));
            }
            (Some(old), None) => {
                let values: Vec<&Value> = old.iter().collect();
                let detail = format!("no longer only {}", listed(&values));
                self.tell(pair, Rule::EnumValueAdded, detail);
            }
        }
        true
    }

    /// Whether there is anything more to compare: some type is left that both may have.
    pub(super) fn types(&mut self, pair: &Pair<'_>) -> bool {
        let (old, new) = (types(pair.old), types(pair.new));
        let null = |types: &BTreeSet<&str>| types.contains("null");
        if null(&old) && !null(&new) && new.len() + 1 >= old.len() {
            self.tell(pair, Rule::NullRemoved, "null is refused".to_owned());
        } else if null(&new) && !null(&old) && old.len() + 1 >= new.len() {
            self.tell(pair, Rule::NullAdded, "null is allowed".to_owned());
        }
        let rest = |types: &BTreeSet<&'static str>| -> BTreeSet<&'static str> {
            types.iter().copied().filter(|name| *name != "null").collect()
        };
        let (old, new) = (rest(&old), rest(&new));
        let lost: Vec<&str> = old.difference(&new).copied().collect();
        let come: Vec<&str> = new.difference(&old).copied().collect();
        let detail = || format!("{} → {}", words(&old), words(&new));
        if old.is_disjoint(&new) && old != new {
            self.tell(pair, Rule::TypeChanged, detail());
            return false;
        }
        match (lost.is_empty(), come.is_empty()) {
            (true, true) => {}
            (false, true) => self.tell(pair, Rule::TypeNarrowed, detail()),
            (true, false) => self.tell(pair, Rule::TypeWidened, detail()),
            (false, false) => self.tell(pair, Rule::TypeChanged, detail()),
        }
        true
    }

    pub(super) fn bounds(&mut self, pair: &Pair<'_>) {
        for (keywords, lower) in [(LOWER, true), (UPPER, false)] {
            for keyword in keywords {
                let at = |shape: &Shape| shape.keywords.get(keyword).cloned();
                let (old, new) = (at(pair.old), at(pair.new));
                if old == new {
                    continue;
                }
                let tighter = match (
                    old.as_ref().and_then(Value::as_f64),
                    new.as_ref().and_then(Value::as_f64),
                ) {
                    (Some(old), Some(new)) if old == new => continue,
                    (Some(old), Some(new)) => (new > old) == lower,
                    (None, _) => true,
                    (_, None) => false,
                };
                let rule = if tighter { Rule::BoundsTightened } else { Rule::BoundsLoosened };
                let detail = format!("`{keyword}` {}", from_to(old.as_ref(), new.as_ref()));
                self.tell(pair, rule, detail);
            }
        }
        let at = |shape: &Shape| shape.keywords.get("multipleOf").cloned();
        let (old, new) = (at(pair.old), at(pair.new));
        if old != new {
            let detail = format!("`multipleOf` {}", from_to(old.as_ref(), new.as_ref()));
            let step = |value: &Option<Value>| value.as_ref().and_then(Value::as_f64);
            let divides = |small: f64, large: f64| (large / small).fract() == 0.0;
            match (step(&old), step(&new)) {
                (None, _) => self.tell(pair, Rule::BoundsTightened, detail),
                (_, None) => self.tell(pair, Rule::BoundsLoosened, detail),
                (Some(old), Some(new)) if divides(old, new) => {
                    self.tell(pair, Rule::BoundsTightened, detail);
                }
                (Some(old), Some(new)) if divides(new, old) => {
                    self.tell(pair, Rule::BoundsLoosened, detail);
                }
                _ => {
                    self.tell(pair, Rule::BoundsTightened, detail.clone());
                    self.tell(pair, Rule::BoundsLoosened, detail);
                }
            }
        }
    }

    pub(super) fn texts(&mut self, pair: &Pair<'_>) {
        const WORDS: [(&str, [Rule; 3]); 4] = [
            ("pattern", [Rule::PatternAdded, Rule::PatternChanged, Rule::PatternRemoved]),
            ("format", [Rule::FormatAdded, Rule::FormatChanged, Rule::FormatRemoved]),
            ("contentEncoding", [Rule::ContentAdded, Rule::ContentChanged, Rule::ContentRemoved]),
            ("contentMediaType", [Rule::ContentAdded, Rule::ContentChanged, Rule::ContentRemoved]),
        ];
        for (keyword, [added, changed, removed]) in WORDS {
            let (old, new) = (pair.old.keywords.get(keyword), pair.new.keywords.get(keyword));
            let rule = match (old, new) {
                (None, Some(_)) => added,
                (Some(_), None) => removed,
                (Some(old), Some(new)) if old != new => changed,
                _ => continue,
            };
            self.tell(pair, rule, format!("`{keyword}` {}", from_to(old, new)));
        }
    }
}

/// Types that a value may have.
fn types(shape: &Shape) -> BTreeSet<&'static str> {
    const ALL: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];
    let said = match shape.keywords.get("type") {
        None => return ALL.into_iter().collect(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(name) => name.as_str().into_iter().collect::<Vec<_>>(),
    };
    let has = |name: &&str| said.contains(name) || (*name == "integer" && said.contains(&"number"));
    ALL.into_iter().filter(|name| has(name)).collect()
}

fn words(types: &BTreeSet<&str>) -> String {
    // A number may be an integer: that needs no word of its own.
    let shown = types.iter().filter(|name| **name != "integer" || !types.contains("number"));
    let shown: Vec<&str> = shown.copied().collect();
    if types.len() >= 6 { "anything".to_owned() } else { shown.join(" or ") }
}

pub(super) fn from_to(old: Option<&Value>, new: Option<&Value>) -> String {
    match (old, new) {
        (None, Some(new)) => format!("{} added", brief(new)),
        (Some(old), None) => format!("{} removed", brief(old)),
        (Some(old), Some(new)) => format!("{} → {}", brief(old), brief(new)),
        (None, None) => String::new(),
    }
}

/// A value in a line.
pub(super) fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn listed(values: &[&Value]) -> String {
    let shown: Vec<String> = values.iter().take(8).map(|value| brief(value)).collect();
    let more = if values.len() > 8 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
