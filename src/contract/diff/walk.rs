//! What differs between two schemas, by named rules, place by place.

mod object;
mod scalar;
mod union;

use super::{Change, Rule, Site};
use crate::contract::sample::{Sampler, Shape, Step};
use serde_json::{Value, json};
use std::collections::HashSet;

/// How deep two schemas are followed.
const DEEPEST: usize = 40;

/// Most changes that are told.
const MOST: usize = 500;

/// All changes from one document to the other.
pub(super) fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let mut walk = Walk {
        old: Sampler::new(old),
        new: Sampler::new(new),
        old_document: old,
        new_document: new,
        seen: HashSet::new(),
        found: Vec::new(),
    };
    walk.pair(&At::default(), old, new);
    walk.found
}

struct Walk<'d> {
    old: Sampler<'d>,
    new: Sampler<'d>,
    old_document: &'d Value,
    new_document: &'d Value,
    /// References that were compared, so that a recursion ends.
    seen: HashSet<(String, String)>,
    found: Vec<Change>,
}

/// A place in both schemas.
#[derive(Debug, Clone, Default)]
struct At {
    place: String,
    old: Vec<Step>,
    new: Vec<Step>,
}

impl At {
    fn property(&self, name: &str) -> Self {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        self.step(&escaped, Step::Property(name.to_owned()))
    }

    fn step(&self, shown: &str, step: Step) -> Self {
        let mut next = self.clone();
        next.place = format!("{}/{shown}", self.place);
        next.old.push(step.clone());
        next.new.push(step);
        next
    }

    /// The same value, by way of branches: a name for people, and which.
    fn branch(&self, name: &str, old: Option<Step>, new: Option<Step>) -> Self {
        let mut next = self.clone();
        if !name.is_empty() {
            let place = if self.place.is_empty() { "/" } else { &self.place };
            next.place = format!("{place}({name})");
        }
        next.old.extend(old);
        next.new.extend(new);
        next
    }
}

/// One pair of folded schemas at a place.
struct Pair<'p> {
    at: &'p At,
    old: &'p Shape,
    new: &'p Shape,
}

impl Walk<'_> {
    /// Compares what stands at one place.
    fn pair(&mut self, at: &At, old: &Value, new: &Value) {
        if at.old.len() > DEEPEST || self.found.len() >= MOST {
            return;
        }
        let reference =
            |schema: &Value| schema.get("$ref").and_then(Value::as_str).map(str::to_owned);
        if let (Some(old), Some(new)) = (reference(old), reference(new))
            && !self.seen.insert((old, new))
        {
            return;
        }
        let (old, new) = (self.old.shape(old), self.new.shape(new));
        self.shapes(at, &old, &new);
    }

    fn shapes(&mut self, at: &At, old: &Shape, new: &Shape) {
        if old.never != new.never {
            let rule = if new.never { Rule::Narrowed } else { Rule::Widened };
            self.tell(&Pair { at, old, new }, rule, "nothing is allowed here".to_owned());
            return;
        }
        if self.unions(at, old, new) {
            return;
        }
        let pair = Pair { at, old, new };
        self.meaning(&pair);
        if self.values(&pair) {
            return;
        }
        if !self.types(&pair) {
            return;
        }
        self.bounds(&pair);
        self.texts(&pair);
        self.items(&pair);
        self.objects(&pair);
        self.conditions(&pair);
    }

    fn tell(&mut self, pair: &Pair<'_>, rule: Rule, detail: String) {
        let site =
            |steps: &[Step], shape: &Shape| Site { steps: steps.to_vec(), schema: again(shape) };
        self.found.push(Change {
            rule,
            place: if pair.at.place.is_empty() { "/".to_owned() } else { pair.at.place.clone() },
            detail,
            old: site(&pair.at.old, pair.old),
            new: site(&pair.at.new, pair.new),
        });
    }

    /// Lists: their items, the first ones and the rest.
    fn items(&mut self, pair: &Pair<'_>) {
        let Pair { at, old, new } = pair;
        let unique = |shape: &Shape| shape.keywords.get("uniqueItems") == Some(&json!(true));
        match (unique(old), unique(new)) {
            (false, true) => self.tell(pair, Rule::ItemsTightened, "items must differ".to_owned()),
            (true, false) => self.tell(pair, Rule::ItemsLoosened, "items may be equal".to_owned()),
            _ => {}
        }
        let first = |shape: &Shape| {
            shape.keywords.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len)
        };
        let (of_old, of_new) = (first(old), first(new));
        for index in 0..of_old.max(of_new) {
            let step = at.step(&index.to_string(), Step::Item(index));
            let (one, other) = (old.item(index as u64), new.item(index as u64));
            self.pair(&step, &one, &other);
        }
        let speaks = |shape: &Shape| shape.keywords.contains_key("items");
        if speaks(old) || speaks(new) {
            let beyond = of_old.max(of_new);
            let step = at.step("*", Step::Item(beyond));
            let (one, other) = (old.item(beyond as u64), new.item(beyond as u64));
            self.pair(&step, &one, &other);
        }
    }

    /// Keywords of which no rule can say what a change does.
    fn conditions(&mut self, pair: &Pair<'_>) {
        const KEYWORDS: [&str; 12] = [
            "not",
            "if",
            "then",
            "else",
            "dependentRequired",
            "dependentSchemas",
            "dependencies",
            "unevaluatedProperties",
            "unevaluatedItems",
            "propertyNames",
            "contains",
            "patternProperties",
        ];
        for keyword in KEYWORDS {
            let (old, new) = (pair.old.keywords.get(keyword), pair.new.keywords.get(keyword));
            if old != new {
                let what = match (old, new) {
                    (None, _) => "added",
                    (_, None) => "removed",
                    _ => "changed",
                };
                self.tell(pair, Rule::ConditionChanged, format!("`{keyword}` {what}"));
            }
        }
    }
}

/// A folded schema as a schema again, without what only people read.
fn again(shape: &Shape) -> Value {
    let mut schema = shape.keywords.clone();
    for name in ["title", "description", "$schema", "$id", "$defs", "examples"] {
        schema.shift_remove(name);
    }
    if let Some(values) = &shape.values {
        schema.insert("enum".to_owned(), Value::Array(values.clone()));
    }
    for (keyword, branches) in &shape.choices {
        schema.insert((*keyword).to_owned(), Value::Array(branches.clone()));
    }
    if shape.never { Value::Bool(false) } else { Value::Object(schema) }
}
