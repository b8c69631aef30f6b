//! What a Memefile asks for, so that stand-ins can be that.

use crate::contract::asset::{AssetId, AssetKind};
use crate::node::catalogue::Catalogue;
use crate::node::declare::batch::{Axis, Batch};
use crate::node::declare::choice::Choice;
use crate::node::declare::composite::Composite;
use crate::provider::query::{Filter, Leaf, Phrase, Term, parse};
use std::collections::{BTreeMap, BTreeSet};

/// How many there are where anybody takes whichever there are.
const FEW: usize = 3;

/// What is asked for of one kind.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub ids: BTreeSet<AssetId>,
    /// The tags of whatever answers a query → how many of them somebody can use.
    queries: BTreeMap<BTreeSet<String>, usize>,
    /// Whether a batch takes them without naming any.
    any: bool,
}

impl Asked {
    /// How many there must be, where nobody says how many.
    pub fn least(&self) -> u32 {
        if self.any { FEW as u32 } else { 1 }
    }

    /// The tags of each stand-in that is to answer a query, those of the first query last.
    pub fn answers(&self) -> Vec<BTreeSet<String>> {
        let all = self.queries.iter().rev();
        all.flat_map(|(tags, count)| std::iter::repeat_n(tags.clone(), *count)).collect()
    }

    fn name(&mut self, id: &str) {
        // What is no id is reported where it is declared, and a glob is none.
        self.ids.extend(AssetId::try_from(id.to_owned()));
    }

    fn query(&mut self, text: &str, count: usize) {
        // What is no query is told where it is declared.
        let Ok(term) = parse(text) else { return };
        let mut tags = BTreeSet::new();
        answer(&term, &mut tags);
        let known = self.queries.entry(tags).or_default();
        *known = count.max(*known);
    }
}

/// Everything that composites, batches and choices ask for, by kind.
pub(super) fn asked(catalogue: &Catalogue) -> BTreeMap<AssetKind, Asked> {
    let mut all: BTreeMap<AssetKind, Asked> = BTreeMap::new();
    for (_, entry) in catalogue.iter::<Composite>() {
        for (kind, id, query) in entry.value.clone().parts() {
            let asked = all.entry(kind).or_default();
            match query {
                Some(query) => asked.query(&query.value, 1),
                None => asked.name(&id.value),
            }
        }
    }
    for (_, entry) in catalogue.iter::<Batch>() {
        ask(&entry.value.axes, &mut all);
        for choice in &entry.value.include {
            for (axis, id) in &choice.values {
                if let Ok(kind) = axis.parse() {
                    all.entry(kind).or_default().name(&id.value);
                }
            }
        }
    }
    for (_, entry) in catalogue.iter::<Choice>() {
        ask(&entry.value.slots, &mut all);
    }
    all
}

/// What parts of a composite may be.
fn ask(axes: &[Axis], all: &mut BTreeMap<AssetKind, Asked>) {
    for axis in axes {
        let asked = all.entry(axis.role.kind()).or_default();
        axis.ids.iter().for_each(|id| asked.name(&id.value));
        match &axis.query {
            Some(query) => asked.query(&query.value, axis.limit.unwrap_or(FEW).min(FEW)),
            None => asked.any |= axis.ids.is_empty(),
        }
    }
}

/// Tags by which an asset answers a query, as far as tags can: what else it asks for (a length, a
/// size) the media of a stand-in have or have not.
fn answer(term: &Term, tags: &mut BTreeSet<String>) {
    let joined = |phrase: &Phrase| phrase.tokens.join("-");
    let tag = match &term.filter {
        Filter::And(parts) => return parts.iter().for_each(|part| answer(part, tags)),
        Filter::Or(parts) => return parts.iter().take(1).for_each(|part| answer(part, tags)),
        Filter::Leaf(Leaf::Words(phrase)) => joined(phrase),
        Filter::Leaf(Leaf::Creator(phrase)) => format!("creator:{}", joined(phrase)),
        Filter::Leaf(Leaf::Tag(pattern)) => pattern.shortest(),
        Filter::Not(_) | Filter::Leaf(_) => return,
    };
    tags.insert(tag);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(query: &str) -> Vec<String> {
        let mut tags = BTreeSet::new();
        answer(&parse(query).unwrap(), &mut tags);
        tags.into_iter().collect()
    }

    #[test]
    fn a_stand_in_has_the_tags_that_a_query_asks_for() {
        assert_eq!(tags("tag:reaction limit quality>=60"), ["limit", "reaction"]);
        assert_eq!(tags("\"city night\" (rain OR fog) -dark"), ["city-night", "rain"]);
        assert_eq!(tags("creator:crew mood:happy*"), ["creator:crew", "mood:happy"]);
        assert!(tags("").is_empty());
    }

    #[test]
    fn the_same_query_is_answered_by_the_same_stand_ins() {
        let mut asked = Asked::default();
        asked.query("tag:reaction", 1);
        asked.query("tag:reaction", 3);
        asked.query("city", 1);
        let names = |tags: &BTreeSet<String>| tags.iter().cloned().collect::<String>();
        let answers: Vec<String> = asked.answers().iter().map(names).collect();
        assert_eq!(answers, ["reaction", "reaction", "reaction", "city"]);
    }
}
