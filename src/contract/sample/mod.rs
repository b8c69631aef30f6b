//! Instances of a JSON Schema: the plainest one, seeded random ones, and those at its corners.
//!
//! What comes out is a candidate: keywords that need a solver (`not`, `if`, several patterns on one
//! text) are passed over, so that whoever needs a valid instance asks a validator. For schemas made
//! from types that is always one.

mod corner;
mod number;
mod random;
mod shape;
mod text;

pub use corner::corners;
pub use random::Numbers;
pub use shape::{Shape, target};

use serde_json::{Map, Value};
use std::cell::Cell;

/// How deep a document may go.
const DEEPEST: usize = 24;

/// Longest list or text that is made of own accord.
const LONGEST: u64 = 4;

/// Values that one instance is made of, at most, and values that are made in all: what a schema costs
/// that asks for more.
const MOST_VALUES: u32 = 10_000;
const MOST_IN_ALL: u32 = 3_000_000;

/// Makes instances of the schemas in one document.
pub struct Sampler<'s> {
    document: &'s Value,
    /// Values that may still be made, of the instance that is being made and in all.
    left: Cell<u32>,
    left_in_all: Cell<u32>,
}

impl<'s> Sampler<'s> {
    /// For schemas of `document`, into which their references lead.
    pub fn new(document: &'s Value) -> Self {
        let (left, left_in_all) = (Cell::new(MOST_VALUES), Cell::new(MOST_IN_ALL));
        Self { document, left, left_in_all }
    }

    pub fn shape(&self, schema: &Value) -> Shape {
        Shape::of(self.document, schema)
    }

    /// The plainest instance: nothing that need not be there, the first of each choice. None where
    /// the schema allows nothing, or nothing that ends.
    pub fn plain(&self, schema: &Value) -> Option<Value> {
        self.make(&self.shape(schema), &mut Numbers::plain(), 0)
    }

    /// An instance that only `numbers` decides.
    pub fn random(&self, schema: &Value, numbers: &mut Numbers) -> Option<Value> {
        self.make(&self.shape(schema), numbers, 0)
    }

    fn make(&self, shape: &Shape, numbers: &mut Numbers, depth: usize) -> Option<Value> {
        if depth == 0 {
            self.left.set(MOST_VALUES);
        }
        self.left.set(self.left.get().checked_sub(1)?);
        self.left_in_all.set(self.left_in_all.get().checked_sub(1)?);
        if depth > DEEPEST || shape.never {
            return None;
        }
        if let Some(values) = &shape.values {
            return (!values.is_empty()).then(|| values[numbers.below(values.len())].clone());
        }
        if let Some((_, branches)) = shape.choices.first() {
            // One that leads nowhere (a recursion without end) gives way to the next.
            let first = numbers.below(branches.len().max(1));
            let turn = branches.iter().cycle().skip(first).take(branches.len());
            let mut made = turn
                .map(|branch| self.make(&shape.choose(self.document, branch), numbers, depth + 1));
            return made.find_map(|value| value);
        }
        let types = shape.types();
        let kind = *types.get(numbers.below(types.len()))?;
        Some(match kind {
            "null" => Value::Null,
            "boolean" => Value::Bool(numbers.chance()),
            "integer" | "number" => number::make(&shape.keywords, kind == "integer", numbers)?,
            "string" => Value::String(text::make(&shape.keywords, numbers)?),
            "array" => self.list(shape, numbers, depth)?,
            _ => self.object(shape, numbers, depth)?,
        })
    }

    fn list(&self, shape: &Shape, numbers: &mut Numbers, depth: usize) -> Option<Value> {
        let keywords = &shape.keywords;
        let least = count(keywords, "minItems").unwrap_or(0);
        let contained = keywords.get("contains");
        let most =
            count(keywords, "maxItems").unwrap_or(u64::MAX).min(least.saturating_add(LONGEST));
        let length = least + numbers.up_to(most.saturating_sub(least));
        let unique = keywords.get("uniqueItems") == Some(&Value::Bool(true));
        let mut items: Vec<Value> = Vec::new();
        for at in 0..length {
            let made = (0..8).find_map(|attempt| {
                // A plain value is always the same, and a second one must differ.
                let mut other = Numbers::new(at * 8 + attempt);
                let numbers = if unique && at > 0 { &mut other } else { &mut *numbers };
                let item = self.make(&self.shape(&shape.item(at)), numbers, depth + 1)?;
                (!unique || !items.contains(&item)).then_some(item)
            });
            items.push(made?);
        }
        if let Some(contained) = contained {
            let wanted = count(keywords, "minContains").unwrap_or(1);
            for at in 0..wanted {
                let item = self.make(&self.shape(contained), numbers, depth + 1)?;
                match items.get_mut(usize::try_from(at).ok()?) {
                    Some(slot) => *slot = item,
                    None => items.push(item),
                }
            }
        }
        Some(Value::Array(items))
    }

    fn object(&self, shape: &Shape, numbers: &mut Numbers, depth: usize) -> Option<Value> {
        let mut object = Map::new();
        for (name, schema) in shape.properties() {
            let required = shape.requires(name);
            if !required && (depth > DEEPEST / 2 || !numbers.chance()) {
                continue;
            }
            match self.make(&self.shape(schema), numbers, depth + 1) {
                Some(value) => drop(object.insert(name.clone(), value)),
                None if required => return None,
                None => {}
            }
        }
        let undeclared: Vec<String> = shape
            .required()
            .filter(|name| !object.contains_key(*name))
            .map(str::to_owned)
            .collect();
        for name in undeclared {
            let value = self.make(&self.shape(&shape.additional(&name)), numbers, depth + 1)?;
            object.insert(name, value);
        }
        let least = count(&shape.keywords, "minProperties").unwrap_or(0);
        if least > u64::from(MOST_VALUES) {
            return None;
        }
        let open = least.max(if numbers.is_plain() || depth > 3 { 0 } else { numbers.up_to(2) });
        for at in 0..open {
            if object.len() as u64 >= count(&shape.keywords, "maxProperties").unwrap_or(u64::MAX)
                || (object.len() as u64 >= least && at >= 2)
            {
                break;
            }
            let name = shape.free_name(at, numbers);
            if object.contains_key(&name) {
                continue;
            }
            if let Some(value) =
                self.make(&self.shape(&shape.additional(&name)), numbers, depth + 1)
            {
                object.insert(name, value);
            }
        }
        Some(Value::Object(object))
    }

    /// The plainest instance of `schema` that holds what `leaf` makes at a place in it, with the
    /// schema of that place at hand. None where it cannot be built.
    pub fn with(&self, schema: &Value, place: &[Step], leaf: &Value) -> Option<Value> {
        self.embed(&self.shape(schema), place, leaf, 0)
    }

    fn embed(&self, shape: &Shape, place: &[Step], leaf: &Value, depth: usize) -> Option<Value> {
        let Some((step, rest)) = place.split_first() else { return Some(leaf.clone()) };
        if depth > DEEPEST {
            return None;
        }
        match step {
            Step::Branch(keyword, index) => {
                let (_, branches) = shape.choices.iter().find(|(name, _)| name == keyword)?;
                let chosen = shape.choose_of(self.document, keyword, branches.get(*index)?);
                self.embed(&chosen, rest, leaf, depth + 1)
            }
            Step::Property(name) => {
                let shape = self.settled(shape)?;
                let sub = self.shape(&shape.property(name));
                let value = self.embed(&sub, rest, leaf, depth + 1)?;
                let mut object = match self.make(&shape, &mut Numbers::plain(), depth) {
                    Some(Value::Object(object)) => object,
                    _ => Map::new(),
                };
                object.insert(name.clone(), value);
                Some(Value::Object(object))
            }
            Step::Item(at) => {
                let shape = self.settled(shape)?;
                let sub = self.shape(&shape.item(*at as u64));
                let value = self.embed(&sub, rest, leaf, depth + 1)?;
                let mut items = match self.make(&shape, &mut Numbers::plain(), depth) {
                    Some(Value::Array(items)) => items,
                    _ => Vec::new(),
                };
                while items.len() < *at {
                    let schema = shape.item(items.len() as u64);
                    items.push(self.make(
                        &self.shape(&schema),
                        &mut Numbers::plain(),
                        depth + 1,
                    )?);
                }
                match items.get_mut(*at) {
                    Some(slot) => *slot = value,
                    None => items.push(value),
                }
                Some(Value::Array(items))
            }
        }
    }

    /// A shape with each choice made: the first branch that has an instance.
    fn settled(&self, shape: &Shape) -> Option<Shape> {
        let mut shape = shape.clone();
        for _ in 0..DEEPEST {
            let Some((_, branches)) = shape.choices.first() else { return Some(shape) };
            let chosen = branches.iter().map(|branch| shape.choose(self.document, branch));
            let mut living =
                chosen.filter(|shape| self.make(shape, &mut Numbers::plain(), 0).is_some());
            shape = living.next()?;
        }
        None
    }
}

/// One step into an instance, by way of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Property(String),
    Item(usize),
    /// Stays where it is: which branch of `oneOf` or `anyOf`.
    Branch(&'static str, usize),
}

/// A keyword whose value is a whole number that is not negative.
fn count(keywords: &Map<String, Value>, name: &str) -> Option<u64> {
    let value = keywords.get(name)?;
    value.as_u64().or_else(|| value.as_f64().filter(|n| *n >= 0.0).map(|n| n as u64))
}
