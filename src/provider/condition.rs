//! Conditions bound to an index, and whether an asset satisfies them.
//!
//! Of an asset that is not ingested yet, what only ingest can tell is unknown: [`Truth`] has three
//! values, so that what names and tags decide is decided before.

use super::index::{ABSENT, Field, Index, Word};
use super::query::{Bounds, Filter, Flag, Leaf, Number, Phrase, Property, Similar, Term};
use super::question::Question;
use crate::contract::fingerprint::distance_of;
use crate::contract::search::AssetName;
use std::ops::Range;

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    No,
    Unknown,
    Yes,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

/// A condition with its words, tags and likenesses looked up.
pub enum Condition<'q> {
    And(Vec<Condition<'q>>),
    Or(Vec<Condition<'q>>),
    Not(Box<Condition<'q>>),
    Words(Words),
    /// Whether each tag of the index will do.
    Tags(Vec<bool>),
    Number(Number, Bounds),
    Similar(Likeness),
    Other(&'q Leaf),
    /// What nobody can tell yet.
    Unknown,
}

/// A phrase as ranges of tokens.
pub struct Words {
    tokens: Vec<Range<u32>>,
    /// The last token itself, where its range holds what merely begins with it.
    exact: Range<u32>,
    /// The one field in which it may stand.
    field: Option<Field>,
}

/// What has to be like something.
pub struct Likeness {
    algorithm: u32,
    words: Vec<u64>,
    name: AssetName,
    distance: u32,
}

impl<'q> Condition<'q> {
    pub fn bind(term: &'q Term, question: &'q Question, index: &Index) -> Self {
        let all = |terms: &'q [Term]| {
            terms.iter().map(|term| Self::bind(term, question, index)).collect()
        };
        match &term.filter {
            Filter::And(terms) => Self::And(all(terms)),
            Filter::Or(terms) => Self::Or(all(terms)),
            Filter::Not(term) => Self::Not(Box::new(Self::bind(term, question, index))),
            Filter::Leaf(leaf) => Self::leaf(leaf, question, index),
        }
    }

    pub fn leaf(leaf: &'q Leaf, question: &'q Question, index: &Index) -> Self {
        match leaf {
            Leaf::Words(phrase) => Self::Words(Words::bind(phrase, None, index)),
            Leaf::Creator(phrase) => Self::Words(Words::bind(phrase, Some(Field::Creator), index)),
            Leaf::Title(phrase) => Self::Words(Words::bind(phrase, Some(Field::Title), index)),
            Leaf::Tag(pattern) => {
                Self::Tags(index.all_tags().iter().map(|tag| pattern.matches_folded(tag)).collect())
            }
            Leaf::Number(number, bounds) => Self::Number(*number, *bounds),
            Leaf::Similar(similar) => match likeness(similar, question) {
                Some(likeness) => Self::Similar(likeness),
                // Only where the question waits is there none.
                None => Self::Unknown,
            },
            other => Self::Other(other),
        }
    }

    /// Whether the asset at a position satisfies it.
    pub fn holds(&self, index: &Index, at: usize) -> Truth {
        match self {
            Self::And(parts) => {
                let mut truth = Truth::Yes;
                for part in parts {
                    truth = truth.min(part.holds(index, at));
                    if truth == Truth::No {
                        break;
                    }
                }
                truth
            }
            Self::Or(parts) => {
                let mut truth = Truth::No;
                for part in parts {
                    truth = truth.max(part.holds(index, at));
                    if truth == Truth::Yes {
                        break;
                    }
                }
                truth
            }
            Self::Not(part) => !part.holds(index, at),
            Self::Words(words) => (words.weight(index, at) > 0).into(),
            Self::Tags(fit) => index.tags(at).iter().any(|tag| fit[*tag as usize]).into(),
            Self::Number(number, bounds) => holds_number(*number, *bounds, index, at),
            Self::Similar(likeness) => likeness.holds(index, at),
            Self::Other(leaf) => holds_leaf(leaf, index, at),
            Self::Unknown => Truth::Unknown,
        }
    }
}

fn likeness(similar: &Similar, question: &Question) -> Option<Likeness> {
    let kind = similar.kind.or(question.query.kind)?;
    let name = AssetName { kind, id: similar.id.clone() };
    let target = question.targets.get(&name)?;
    let (algorithm, words) = (target.algorithm, target.numbers());
    Some(Likeness { algorithm, words, name, distance: similar.distance })
}

impl Likeness {
    fn holds(&self, index: &Index, at: usize) -> Truth {
        if !index.numbers(at).found && index.numbers(at).kind == self.name.kind {
            return Truth::Unknown;
        }
        self.distance(index, at).is_some_and(|distance| distance <= self.distance).into()
    }

    /// Thousandths of bits that differ between the asset at a position and what it shall be like.
    pub fn distance(&self, index: &Index, at: usize) -> Option<u32> {
        if index.numbers(at).kind != self.name.kind {
            return None;
        }
        let (algorithm, words) = index.print(at)?;
        (algorithm == self.algorithm).then(|| distance_of(algorithm, &self.words, words))?
    }
}

impl Words {
    fn bind(phrase: &Phrase, field: Option<Field>, index: &Index) -> Self {
        let last = phrase.tokens.len() - 1;
        let range =
            |(at, token): (usize, &String)| index.tokens(token, phrase.prefix && at == last);
        let tokens = phrase.tokens.iter().enumerate().map(range).collect();
        Self { tokens, exact: index.tokens(&phrase.tokens[last], false), field }
    }

    /// How well the asset at a position has it, 0 (not at all) to 10.
    pub fn weight(&self, index: &Index, at: usize) -> u32 {
        let words = index.words(at);
        let mut best = 0;
        for start in 0..words.len() {
            if self.tokens[0].contains(&words[start].token) {
                best = best.max(self.weight_at(&words[start..]));
            }
        }
        best
    }

    fn weight_at(&self, words: &[Word]) -> u32 {
        let first = words[0];
        if words.len() < self.tokens.len() || self.field.is_some_and(|field| field != first.field) {
            return 0;
        }
        let mut places = first.place..;
        for (range, word) in self.tokens.iter().zip(words) {
            if !range.contains(&word.token) || places.next() != Some(word.place) {
                return 0;
            }
        }
        weight(first.field, self.exact.contains(&words[self.tokens.len() - 1].token))
    }
}

/// What a word is worth, whole or as a beginning: names and tags say what a thing is, titles talk.
pub fn weight(field: Field, exact: bool) -> u32 {
    match (field, exact) {
        (Field::Id | Field::Tag, true) => 10,
        (Field::Id | Field::Tag, false) => 6,
        (Field::Title, true) => 8,
        (Field::Title, false) => 5,
        (Field::Creator, true) => 4,
        (Field::Creator, false) => 2,
    }
}

fn holds_number(number: Number, bounds: Bounds, index: &Index, at: usize) -> Truth {
    let own = index.numbers(at);
    if number.is_fact() && !own.found {
        return Truth::Unknown;
    }
    let some = |n: u32| if n == 0 { ABSENT } else { i64::from(n) };
    let value = match number {
        Number::Duration => own.duration,
        Number::Width => some(own.width),
        Number::Height => some(own.height),
        Number::Side => some(own.width.min(own.height)),
        Number::Ratio => own.ratio,
        Number::Rate => some(own.rate),
        Number::Bytes => own.bytes,
        Number::Quality => i64::from(own.quality),
        Number::Expires => own.expires,
    };
    (value != ABSENT && bounds.contain(value)).into()
}

fn holds_leaf(leaf: &Leaf, index: &Index, at: usize) -> Truth {
    let record = &index.records()[at];
    let from = &record.provenance;
    match leaf {
        Leaf::Kind(kind) => (record.kind == *kind).into(),
        Leaf::Id(pattern) => pattern.matches_folded(record.id.as_str()).into(),
        Leaf::Platform(pattern) => {
            from.platform.as_ref().is_some_and(|text| pattern.matches(text)).into()
        }
        Leaf::Post(pattern) => from.post.as_ref().is_some_and(|text| pattern.matches(text)).into(),
        Leaf::Url(pattern) => {
            from.source_url.as_ref().is_some_and(|text| pattern.matches(text)).into()
        }
        Leaf::Licence(pattern) => {
            record.licences().iter().any(|name| pattern.matches_folded(name)).into()
        }
        Leaf::Use(usage) => {
            from.licence.as_ref().is_some_and(|own| usage.allowed_by(own.as_str())).into()
        }
        Leaf::Unknown(property) => (!knows(*property, index, at)).into(),
        Leaf::Usable(day) => record.expires().is_none_or(|last| last >= *day).into(),
        Leaf::Part(name, bounds) => match &record.found {
            None => Truth::Unknown,
            Some(found) => found.parts.get(name).is_some_and(|value| bounds.contain(*value)).into(),
        },
        Leaf::Flag(flag, wanted) => {
            let own = index.numbers(at);
            let is = match flag {
                Flag::Sound => own.sound,
                Flag::Still => own.still,
                Flag::Alpha => own.alpha,
            };
            if own.found { (is == *wanted).into() } else { Truth::Unknown }
        }
        Leaf::Words(_)
        | Leaf::Creator(_)
        | Leaf::Title(_)
        | Leaf::Tag(_)
        | Leaf::Number(..)
        | Leaf::Similar(_) => unreachable!("bound to conditions of their own"),
    }
}

fn knows(property: Property, index: &Index, at: usize) -> bool {
    let record = &index.records()[at];
    let from = &record.provenance;
    match property {
        Property::Creator => record.creators().next().is_some(),
        Property::Title => from.title.is_some(),
        Property::Platform => from.platform.is_some(),
        Property::Post => from.post.is_some(),
        Property::Url => from.source_url.is_some(),
        Property::Licence => from.licence.is_some(),
        Property::Expires => from.expires.is_some(),
        Property::Tag => !record.tags.is_empty(),
    }
}
