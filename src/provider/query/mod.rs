//! The query language: `city night (rain OR fog) -dark creator:crew duration:2s..8s quality>=60`.
//! For people it is told in `docs/search.md`.
//!
//! ```text
//! query   = or
//! or      = and  { ("OR" | "|") and }
//! and     = not  { ["AND"] not }
//! not     = ("-" | "NOT") not  |  "(" or ")"  |  field  |  word  |  "\"" phrase "\""
//! field   = name [ "." part ] (":" | "=" | "<" | "<=" | ">" | ">=" | "~") value
//! ```

mod field;
mod lex;
mod parse;
mod pattern;
mod value;

pub use parse::parse;
pub use pattern::Pattern;

use super::usage::Use;
use crate::contract::asset::{AssetId, AssetKind};
use std::ops::Range;

/// A condition, and the bytes of the query that say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub filter: Filter,
    pub range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Every one; of none, everything.
    And(Vec<Term>),
    /// At least one.
    Or(Vec<Term>),
    Not(Box<Term>),
    Leaf(Leaf),
}

/// What can be asked of one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf {
    Words(Phrase),
    /// A whole tag.
    Tag(Pattern),
    Kind(AssetKind),
    Id(Pattern),
    /// Also a tag `creator:…`.
    Creator(Phrase),
    Title(Phrase),
    Platform(Pattern),
    Post(Pattern),
    Url(Pattern),
    /// The whole licence, or one that its expression names.
    Licence(Pattern),
    Use(Use),
    /// That nothing is known of it: `licence:none`.
    Unknown(Property),
    /// Usable on this day, as a number like 20261124.
    Usable(i64),
    Number(Number, Bounds),
    /// A part or measure of quality by its name.
    Part(String, Bounds),
    Flag(Flag, bool),
    Similar(Similar),
}

/// Tokens that follow each other in one field; the last may be the beginning of a longer one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// At least one.
    pub tokens: Vec<String>,
    pub prefix: bool,
}

/// What may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    Creator,
    Title,
    Platform,
    Post,
    Url,
    Licence,
    Expires,
    Tag,
}

/// Whole numbers from and to, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub min: i64,
    pub max: i64,
}

impl Bounds {
    pub fn contain(self, number: i64) -> bool {
        (self.min..=self.max).contains(&number)
    }
}

/// What is measured in whole numbers. An asset that has none of it does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// Milliseconds; a still picture has none.
    Duration,
    /// Pixels as shown.
    Width,
    Height,
    /// The shorter of the two.
    Side,
    /// Thousandths of width ÷ height.
    Ratio,
    /// Thousandths of frames a second; a still picture has none.
    Rate,
    Bytes,
    Quality,
    /// The last day of use as a number like 20261124.
    Expires,
}

impl Number {
    /// Whether it is known only once the asset is ingested.
    pub fn is_fact(self) -> bool {
        self != Self::Expires
    }
}

/// What is or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    Sound,
    Still,
    Alpha,
}

/// Fingerprints that differ in few bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Similar {
    /// Absent: the kind that is searched for.
    pub kind: Option<AssetKind>,
    pub id: AssetId,
    /// Thousandths of the bits, at most.
    pub distance: u32,
}

impl Term {
    /// The parts that must all hold, each with its place: what `explain` tells apart.
    pub fn parts(&self) -> &[Term] {
        match &self.filter {
            Filter::And(parts) => parts,
            _ => std::slice::from_ref(self),
        }
    }

    /// Calls `see` with every leaf, and whether it must hold rather than not.
    pub fn leaves<'t>(&'t self, see: &mut impl FnMut(&'t Leaf, bool)) {
        self.walk(true, see);
    }

    fn walk<'t>(&'t self, holds: bool, see: &mut impl FnMut(&'t Leaf, bool)) {
        match &self.filter {
            Filter::And(terms) | Filter::Or(terms) => {
                terms.iter().for_each(|term| term.walk(holds, see));
            }
            Filter::Not(term) => term.walk(!holds, see),
            Filter::Leaf(leaf) => see(leaf, holds),
        }
    }
}
