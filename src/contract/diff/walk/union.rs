//! Unions: their branches paired by the tag that tells them apart.

use super::{At, Pair, Walk};
use crate::contract::diff::Rule;
use crate::contract::sample::{Sampler, Shape, Step};
use serde_json::Value;
use std::collections::BTreeMap;

/// A branch of a union, its own choices not made yet.
struct Branch {
    keyword: &'static str,
    index: usize,
    shape: Shape,
}

impl Branch {
    fn step(&self) -> Step {
        Step::Branch(self.keyword, self.index)
    }
}

/// The branches of a shape's first union; a shape without one is its own only branch.
fn branches(document: &Value, shape: &Shape) -> Option<Vec<Branch>> {
    let (keyword, all) = shape.choices.first()?;
    let branch = |(index, schema): (usize, &Value)| Branch {
        keyword,
        index,
        shape: shape.choose(document, schema),
    };
    Some(all.iter().enumerate().map(branch).collect())
}

/// The one property that every branch requires and whose value tells them apart.
fn tag(sampler: &Sampler<'_>, branches: &[&Branch]) -> Option<String> {
    let first = branches.first()?;
    let names = first.shape.required().map(str::to_owned);
    let mut names: Vec<String> =
        names.filter(|name| tags(sampler, branches, name).is_some()).collect();
    names.sort();
    names.into_iter().next()
}

/// Value of the tag → branch; none where it tells not all of them apart.
fn tags<'b>(
    sampler: &Sampler<'_>,
    branches: &[&'b Branch],
    name: &str,
) -> Option<BTreeMap<String, &'b Branch>> {
    let mut found = BTreeMap::new();
    for branch in branches {
        if !branch.shape.requires(name) {
            return None;
        }
        let values = sampler.shape(&branch.shape.property(name)).values?;
        let [Value::String(value)] = values.as_slice() else { return None };
        if found.insert(value.clone(), *branch).is_some() {
            return None;
        }
    }
    (found.len() > 1 || branches.len() == 1).then_some(found)
}

fn is_null(shape: &Shape) -> bool {
    shape.choices.is_empty()
        && (shape.keywords.get("type").and_then(Value::as_str) == Some("null")
            || shape.values.as_deref() == Some(&[Value::Null]))
}

impl Walk<'_> {
    /// Compares unions. Whether either side has one: then nothing is left to compare.
    pub(super) fn unions(&mut self, at: &At, old: &Shape, new: &Shape) -> bool {
        let of_old = branches(self.old_document, old);
        let of_new = branches(self.new_document, new);
        if of_old.is_none() && of_new.is_none() {
            return false;
        }
        let pair = Pair { at, old, new };
        let alone = |shape: &Shape| vec![Branch { keyword: "", index: 0, shape: shape.clone() }];
        let of_old = of_old.unwrap_or_else(|| alone(old));
        let of_new = of_new.unwrap_or_else(|| alone(new));
        if let (Some(before), Some(after)) = (values(&of_old), values(&of_new)) {
            let with = |shape: &Shape, values: Vec<Value>| {
                let mut flat = shape.clone();
                flat.values = Some(values);
                flat.choices.clear();
                flat
            };
            let (old, new) = (with(old, before), with(new, after));
            let flat = Pair { at, old: &old, new: &new };
            self.meaning(&flat);
            self.values(&flat);
            return true;
        }
        let null = |all: &[Branch]| all.iter().any(|branch| is_null(&branch.shape));
        match (null(&of_old), null(&of_new)) {
            (true, false) => self.tell(&pair, Rule::NullRemoved, "null is refused".to_owned()),
            (false, true) => self.tell(&pair, Rule::NullAdded, "null is allowed".to_owned()),
            _ => {}
        }
        let rest = |all: &[Branch]| -> Vec<usize> {
            (0..all.len()).filter(|at| !is_null(&all[*at].shape)).collect()
        };
        let (one, other) = (rest(&of_old), rest(&of_new));
        let one: Vec<&Branch> = one.into_iter().map(|at| &of_old[at]).collect();
        let other: Vec<&Branch> = other.into_iter().map(|at| &of_new[at]).collect();
        self.variants(&pair, &one, &other);
        true
    }

    fn variants(&mut self, pair: &Pair<'_>, old: &[&Branch], new: &[&Branch]) {
        let (before, after) = (tag(&self.old, old), tag(&self.new, new));
        match (before, after) {
            (Some(key), Some(other)) if key != other && old.len() > 1 => {
                let detail = format!("told apart by `{key}` → by `{other}`");
                self.tell(pair, Rule::DiscriminatorKeyChanged, detail);
            }
            (Some(key), Some(_)) => {
                let found = (tags(&self.old, old, &key), tags(&self.new, new, &key));
                if let (Some(before), Some(after)) = found {
                    self.tagged(pair, &key, &before, &after);
                } else {
                    self.untagged(pair, old, new);
                }
            }
            _ => self.untagged(pair, old, new),
        }
    }

    fn tagged(
        &mut self,
        pair: &Pair<'_>,
        key: &str,
        before: &BTreeMap<String, &Branch>,
        after: &BTreeMap<String, &Branch>,
    ) {
        let gone: Vec<&String> = before.keys().filter(|tag| !after.contains_key(*tag)).collect();
        let come: Vec<&String> = after.keys().filter(|tag| !before.contains_key(*tag)).collect();
        if let ([gone], [come]) = (gone.as_slice(), come.as_slice())
            && same_but(key, &before[*gone].shape, &after[*come].shape)
        {
            self.tell(pair, Rule::TagRenamed, format!("`{key}`: \"{gone}\" → \"{come}\""));
        } else {
            for tag in gone {
                let at = pair.at.branch(tag, Some(before[tag].step()), None);
                let branch = Pair { at: &at, old: &before[tag].shape, new: pair.new };
                self.tell(&branch, Rule::VariantRemoved, format!("`{key}`: \"{tag}\""));
            }
            for tag in come {
                let at = pair.at.branch(tag, None, Some(after[tag].step()));
                let branch = Pair { at: &at, old: pair.old, new: &after[tag].shape };
                self.tell(&branch, Rule::VariantAdded, format!("`{key}`: \"{tag}\""));
            }
        }
        for (tag, old) in before {
            let Some(new) = after.get(tag) else { continue };
            self.branch(pair, tag, old, new);
        }
    }

    /// Without a tag, equal branches belong together, then those of one type, then by place.
    fn untagged(&mut self, pair: &Pair<'_>, old: &[&Branch], new: &[&Branch]) {
        let mut free: Vec<&Branch> = new.to_vec();
        let mut left: Vec<&Branch> = Vec::new();
        let mut paired: Vec<(&Branch, &Branch)> = Vec::new();
        for branch in old {
            match free
                .iter()
                .position(|other| super::again(&other.shape) == super::again(&branch.shape))
            {
                Some(at) => drop(free.remove(at)),
                None => left.push(branch),
            }
        }
        let mut alone = Vec::new();
        for branch in left {
            let kind = |shape: &Shape| shape.keywords.get("type").cloned();
            let same = free.iter().position(|other| kind(&other.shape) == kind(&branch.shape));
            match same.or_else(|| (old.len() == new.len() && free.len() == 1).then_some(0)) {
                Some(at) => paired.push((branch, free.remove(at))),
                None => alone.push(branch),
            }
        }
        for branch in alone {
            let name = format!("{}", branch.index);
            let at = pair.at.branch(&name, Some(branch.step()), None);
            let here = Pair { at: &at, old: &branch.shape, new: pair.new };
            self.tell(&here, Rule::VariantRemoved, "a branch of the union".to_owned());
        }
        for branch in free {
            let name = format!("{}", branch.index);
            let at = pair.at.branch(&name, None, Some(branch.step()));
            let here = Pair { at: &at, old: pair.old, new: &branch.shape };
            self.tell(&here, Rule::VariantAdded, "a branch of the union".to_owned());
        }
        for (old, new) in paired {
            let name = if old.keyword.is_empty() { String::new() } else { old.index.to_string() };
            self.branch(pair, &name, old, new);
        }
    }

    fn branch(&mut self, pair: &Pair<'_>, name: &str, old: &Branch, new: &Branch) {
        let step = |branch: &Branch| (!branch.keyword.is_empty()).then(|| branch.step());
        let at = pair.at.branch(name, step(old), step(new));
        self.shapes(&at, &old.shape, &new.shape);
    }
}

/// The values of a union of nothing but values.
fn values(branches: &[Branch]) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for branch in branches {
        all.extend(branch.shape.values.clone().filter(|_| branch.shape.choices.is_empty())?);
    }
    Some(all)
}

/// Whether two branches are the same but for the value of their tag.
fn same_but(key: &str, old: &Shape, new: &Shape) -> bool {
    let without = |shape: &Shape| {
        let mut schema = super::again(shape);
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.shift_remove(key);
        }
        schema
    };
    without(old) == without(new)
}
