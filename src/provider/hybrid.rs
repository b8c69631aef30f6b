//! The order by words and by meaning at once.
//!
//! In it the plain words of a query are wishes and not conditions. Found is what satisfies all other
//! parts and either has the words, as in every other order, or is among the nearest by meaning. Two
//! lists come of it, the best by score and the nearest; a place in either is worth the more the
//! nearer it is to the top, and what an asset's places are worth is added up (reciprocal rank
//! fusion: Cormack, Clarke and Büttcher, 2009). Every asset is compared and no index approximates,
//! so that the order is the same whoever answers.

use super::answer::Scorer;
use super::condition::{Condition, Truth};
use super::index::Index;
use super::meaning::{Model, Vector, dot, speaks, thousandths};
use super::query::{Filter, Leaf, Term};
use super::question::Question;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How many assets are found by their meaning alone, at most.
pub const NEAREST: usize = 100;

/// How near those are at least, in thousandths: among what is less near, chance decides.
pub const LEAST: u32 = 200;

/// How little the very first places are worth more than the next; the number of the paper.
const DAMPING: u64 = 60;

/// What a place is worth, times the damping and itself.
const WORTH: u64 = 1 << 40;

/// What the words of a query mean.
#[derive(Debug)]
pub struct Wanted {
    pub model: Arc<Model>,
    /// None where the model knows none of them, or there are none.
    pub vector: Option<Vector>,
}

impl Wanted {
    pub fn new(term: &Term, model: Arc<Model>) -> Self {
        let mut words: Vec<&str> = Vec::new();
        term.leaves(&mut |leaf, holds| {
            if let (Leaf::Words(phrase), true) = (leaf, holds) {
                words.extend(phrase.tokens.iter().map(String::as_str).filter(|word| speaks(word)));
            }
        });
        words.sort_unstable();
        words.dedup();
        Self { vector: model.meaning(words), model }
    }
}

/// Whether a part of a query is a wish: words side by side with the other parts. In quotes they are
/// a condition.
pub fn is_wish(term: &Term) -> bool {
    matches!(&term.filter, Filter::Leaf(Leaf::Words(phrase)) if phrase.prefix)
}

/// The two lists.
pub struct Hybrid {
    /// Those that have the words.
    worded: HashSet<usize>,
    /// Those that are near, the nearest first, and how near they are.
    near: Vec<(usize, i32)>,
    width: usize,
}

impl Hybrid {
    /// Of the assets at these positions, which satisfy everything else.
    pub fn new(index: &Index, question: &Question, wanted: &Wanted, left: &[usize]) -> Self {
        let condition = Condition::bind(&question.term, question, index);
        let worded = |at: &usize| condition.holds(index, *at) == Truth::Yes;
        let width = wanted.model.width();
        let mut near: Vec<(usize, i32)> = Vec::new();
        if let Some(vector) = &wanted.vector {
            let vectors = index.vectors(&wanted.model);
            let product = |at: &usize| (*at, dot(vectors.row(*at), vector.numbers()));
            near.extend(left.iter().map(product));
            near.retain(|(_, product)| thousandths(*product, width) >= LEAST);
            // Positions are in the order of kind and id.
            near.sort_unstable_by_key(|(at, product)| (Reverse(*product), *at));
            near.truncate(NEAREST);
        }
        Self { worded: left.iter().copied().filter(worded).collect(), near, width }
    }

    /// Leaves what is in either list.
    pub fn keep(&self, left: &mut Vec<usize>) {
        let near: HashSet<usize> = self.near.iter().map(|(at, _)| *at).collect();
        left.retain(|at| self.worded.contains(at) || near.contains(at));
    }

    /// What the places of each are worth, of those that were found in the end.
    pub fn worths(&self, found: &[usize], scorer: &Scorer<'_>) -> HashMap<usize, u64> {
        let mut worths: HashMap<usize, u64> = found.iter().map(|at| (*at, 0)).collect();
        let mut worded: Vec<usize> =
            found.iter().copied().filter(|at| self.worded.contains(at)).collect();
        worded.sort_unstable_by_key(|at| (Reverse(scorer.score(*at)), *at));
        let near = self.near.iter().map(|(at, _)| *at).filter(|at| worths.contains_key(at));
        let near: Vec<usize> = near.collect();
        for list in [worded, near] {
            for (place, at) in (1..).zip(list) {
                *worths.entry(at).or_default() += WORTH / (DAMPING + place);
            }
        }
        worths
    }

    /// How near each of those in the list of the nearest is, in thousandths.
    pub fn nearness(&self) -> HashMap<usize, u32> {
        self.near.iter().map(|(at, product)| (*at, thousandths(*product, self.width))).collect()
    }
}
