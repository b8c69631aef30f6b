//! What each part of a query removed.

use super::answer::{collapse, is_excluded, written};
use super::condition::{Condition, Truth};
use super::hybrid::Hybrid;
use super::index::Index;
use super::question::Question;
use crate::contract::search::{Explanation, Fate, Step};

/// Applies the parts of a question one after the other: kind, what has to hold, exclusions, words
/// that meaning may stand in for, duplicates. Needs an index of all assets.
pub(super) fn explain(index: &Index, question: &Question) -> Explanation {
    let asked = question.query.explain_asset.as_ref();
    let asked_at = asked.and_then(|name| index.find(name));
    let mut left: Vec<usize> = (0..index.len()).collect();
    let mut steps: Vec<Step> = Vec::new();
    let mut removed_by = None;
    let mut apply = |part: String, left: &mut Vec<usize>, keep: &mut dyn FnMut(&mut Vec<usize>)| {
        let before = left.len();
        let had = asked_at.is_some_and(|at| left.contains(&at));
        keep(left);
        if had && asked_at.is_some_and(|at| !left.contains(&at)) {
            removed_by = Some(part.clone());
        }
        steps.push(Step { part, removed: (before - left.len()) as u64, left: left.len() as u64 });
    };
    if let Some(kind) = question.query.kind {
        let part = format!("kind {kind}");
        apply(part, &mut left, &mut |left| left.retain(|at| index.numbers(*at).kind == kind));
    }
    for term in question.conditions() {
        let condition = Condition::bind(term, question, index);
        apply(written(question, term).to_owned(), &mut left, &mut |left| {
            left.retain(|at| condition.holds(index, *at) == Truth::Yes);
        });
    }
    if !question.exclude.is_empty() {
        apply("exclude".to_owned(), &mut left, &mut |left| {
            left.retain(|at| !is_excluded(index, question, *at));
        });
    }
    if let Some(wanted) = &question.wanted {
        apply("words or meaning".to_owned(), &mut left, &mut |left| {
            Hybrid::new(index, question, wanted, left).keep(left);
        });
    }
    if question.collapse {
        apply("duplicates".to_owned(), &mut left, &mut |left| drop(collapse(index, left)));
    }
    let asset = asked.map(|name| Fate {
        asset: name.clone(),
        known: asked_at.is_some(),
        removed_by: removed_by.clone(),
    });
    Explanation { assets: index.len() as u64, steps, asset }
}
