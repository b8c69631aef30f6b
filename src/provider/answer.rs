//! From a question and an index to a page: the one place where hits are chosen, ordered and paged,
//! whichever provider selected the candidates.

use super::condition::{Condition, Likeness, Truth, Words};
use super::cursor::{Cursor, Key};
use super::hybrid::Hybrid;
use super::index::Index;
use super::query::{Leaf, Term};
use super::question::Question;
use super::{explain, facets};
use crate::contract::asset::{AssetId, AssetKind};
use crate::contract::search::{AssetName, Hit, Order, Page};
use std::collections::HashMap;

/// Answers a question from all assets, or from any part of them that holds those that match.
pub fn answer(index: &Index, question: &Question) -> Page {
    let scorer = Scorer::new(index, question);
    let query = &question.query;
    let mut found = satisfying(index, question);
    let hybrid = question.wanted.as_ref().map(|wanted| {
        let hybrid = Hybrid::new(index, question, wanted, &found);
        hybrid.keep(&mut found);
        hybrid
    });
    let mut copies = HashMap::new();
    if question.collapse {
        copies = collapse(index, &mut found);
    }
    let total = found.len() as u64;
    let facets = if query.facets { facets::count(index, &found) } else { Vec::new() };
    let explain =
        (query.explain || query.explain_asset.is_some()).then(|| explain::explain(index, question));
    let scores = Scores {
        worths: hybrid.as_ref().map(|hybrid| hybrid.worths(&found, &scorer)),
        nearness: hybrid.map(|hybrid| hybrid.nearness()).unwrap_or_default(),
        scorer,
    };
    let (picked, more) = page(index, question, &scores, &found);
    let next = picked.last().filter(|_| more).map(|(rank, at)| {
        Cursor::write(&Key { rank: *rank, name: index.records()[*at].name() }, query)
    });
    let hits = picked
        .into_iter()
        .map(|(_, at)| hit(index, &scores, at, copies.get(&at).copied().unwrap_or(0)))
        .collect();
    Page { hits, total, next, facets, explain }
}

/// Those that satisfy all that has to hold.
pub(super) fn satisfying(index: &Index, question: &Question) -> Vec<usize> {
    let bind = |term| Condition::bind(term, question, index);
    let condition = Condition::And(question.conditions().map(bind).collect());
    let kind = question.query.kind;
    (0..index.len())
        .filter(|at| kind.is_none_or(|kind| index.numbers(*at).kind == kind))
        .filter(|at| condition.holds(index, *at) == Truth::Yes)
        .filter(|at| !is_excluded(index, question, *at))
        .collect()
}

pub(super) fn is_excluded(index: &Index, question: &Question, at: usize) -> bool {
    !question.exclude.is_empty() && question.exclude.contains(&index.records()[at].name())
}

/// The hits after the cursor, each with the number that orders it, and whether there are more.
///
/// Positions are in the order of kind and id, so a number and a position are the whole order.
fn page(
    index: &Index,
    question: &Question,
    scores: &Scores<'_>,
    found: &[usize],
) -> (Vec<(u64, usize)>, bool) {
    let limit = question.query.limit as usize;
    let after = question.cursor.as_ref().map(|cursor| &cursor.after);
    let rank = |at: usize| match question.query.order {
        Order::Best | Order::Hybrid => u64::MAX - scores.of(at),
        Order::Id => 0,
        Order::Sample { seed } => drawn(seed, &index.records()[at].name()),
    };
    let comes_after = |rank: u64, at: usize| {
        after.is_none_or(|key| {
            let record = &index.records()[at];
            (rank, record.kind, &record.id) > (key.rank, key.name.kind, &key.name.id)
        })
    };
    let mut ranked: Vec<(u64, usize)> = found
        .iter()
        .map(|at| (rank(*at), *at))
        .filter(|(rank, at)| comes_after(*rank, *at))
        .collect();
    let more = ranked.len() > limit;
    if more {
        // Only the first need be sorted.
        ranked.select_nth_unstable(limit);
        ranked.truncate(limit);
    }
    ranked.sort_unstable();
    (ranked, more)
}

/// A number that draws: the smaller, the sooner. Every asset has its own among any others.
pub fn drawn(seed: u64, name: &AssetName) -> u64 {
    let mut hasher = blake3::Hasher::new_derive_key("memebuild search sample v1");
    hasher.update(&seed.to_le_bytes());
    hasher.update(name.kind.as_str().as_bytes());
    hasher.update(b"/");
    hasher.update(name.id.as_str().as_bytes());
    let bytes = hasher.finalize();
    u64::from_be_bytes(std::array::from_fn(|at| bytes.as_bytes()[at]))
}

/// Leaves of each group of duplicates the best that was found: of most quality, then first by id.
/// Returns how many each of those stands for besides itself.
pub(super) fn collapse(index: &Index, found: &mut Vec<usize>) -> HashMap<usize, u32> {
    let mut best: HashMap<(AssetKind, &AssetId), (usize, u32)> = HashMap::new();
    for at in found.iter().copied() {
        let record = &index.records()[at];
        let Some(group) = &record.group else { continue };
        let quality = |at: usize| index.numbers(at).quality;
        best.entry((record.kind, group))
            .and_modify(|(first, copies)| {
                *copies += 1;
                if quality(at) > quality(*first) {
                    *first = at;
                }
            })
            .or_insert((at, 0));
    }
    let kept: HashMap<usize, u32> = best.into_values().collect();
    found.retain(|at| index.records()[*at].group.is_none() || kept.contains_key(at));
    kept
}

/// The parts of a question that say how good a hit is, rather than whether it is one.
pub struct Scorer<'q> {
    index: &'q Index,
    words: Vec<Words>,
    likenesses: Vec<Likeness>,
}

impl<'q> Scorer<'q> {
    pub fn new(index: &'q Index, question: &'q Question) -> Self {
        let mut scorer = Self { index, words: Vec::new(), likenesses: Vec::new() };
        question.term.leaves(&mut |leaf, holds| {
            if !holds || !matches!(leaf, Leaf::Words(_) | Leaf::Similar(_)) {
                return;
            }
            match Condition::leaf(leaf, question, index) {
                Condition::Words(words) => scorer.words.push(words),
                Condition::Similar(likeness) => scorer.likenesses.push(likeness),
                _ => {}
            }
        });
        scorer
    }

    /// Thousandths of bits that differ from the nearest asset that it should be like.
    pub fn distance(&self, at: usize) -> Option<u32> {
        self.likenesses.iter().filter_map(|likeness| likeness.distance(self.index, at)).min()
    }

    /// Words first, 0 to 1000, and likeness, 0 to 1000; quality, 0 to 100, decides between equals.
    pub fn score(&self, at: usize) -> u64 {
        let words: u64 =
            self.words.iter().map(|words| u64::from(words.weight(self.index, at))).sum();
        let relevance = words * 100 / (self.words.len() as u64).max(1);
        let closeness =
            self.distance(at).map_or(0, |distance| 1000 - u64::from(distance.min(1000)));
        (relevance + closeness) * 101 + u64::from(self.index.numbers(at).quality)
    }
}

/// What orders hits, by the order that was asked for.
struct Scores<'q> {
    scorer: Scorer<'q>,
    /// Of all that was found, in the hybrid order.
    worths: Option<HashMap<usize, u64>>,
    nearness: HashMap<usize, u32>,
}

impl Scores<'_> {
    fn of(&self, at: usize) -> u64 {
        match &self.worths {
            Some(worths) => worths.get(&at).copied().unwrap_or(0),
            None => self.scorer.score(at),
        }
    }
}

fn hit(index: &Index, scores: &Scores<'_>, at: usize, copies: u32) -> Hit {
    let record = &index.records()[at];
    let (found, from) = (record.found.as_ref(), &record.provenance);
    Hit {
        kind: record.kind,
        id: record.id.clone(),
        score: scores.of(at),
        quality: found.map_or(0, |found| found.quality),
        duration_ms: found.filter(|found| !found.still).map_or(0, |found| found.duration_ms),
        width: found.map_or(0, |found| found.width),
        height: found.map_or(0, |found| found.height),
        sound: found.is_some_and(|found| found.sound),
        tags: record.tags.clone(),
        title: from.title.clone(),
        creator: from.creator.clone(),
        source_url: from.source_url.clone(),
        licence: from.licence.as_ref().map(ToString::to_string),
        expires: from.expires.clone(),
        distance: scores.scorer.distance(at),
        nearness: scores.nearness.get(&at).copied(),
        copies,
    }
}

/// The assets that match and those of which ingest has to tell, both by id: for who expands a
/// Memefile before everything is ingested. Limits and cursors do not matter.
pub fn sift(index: &Index, question: &Question) -> (Vec<AssetName>, Vec<AssetName>) {
    let condition = Condition::bind(&question.term, question, index);
    let (mut yes, mut unknown) = (Vec::new(), Vec::new());
    for at in 0..index.len() {
        let kind = question.query.kind;
        if kind.is_some_and(|kind| index.numbers(at).kind != kind)
            || is_excluded(index, question, at)
        {
            continue;
        }
        match condition.holds(index, at) {
            Truth::Yes => yes.push(at),
            Truth::Unknown => unknown.push(at),
            Truth::No => {}
        }
    }
    if question.collapse && unknown.is_empty() {
        collapse(index, &mut yes);
    }
    let names = |list: Vec<usize>| list.into_iter().map(|at| index.records()[at].name()).collect();
    (names(yes), names(unknown))
}

/// The part of a query as it was written.
pub(super) fn written<'q>(question: &'q Question, term: &Term) -> &'q str {
    question.query.text.get(term.range.clone()).unwrap_or_default().trim()
}
