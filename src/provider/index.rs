//! Records laid out for scanning: numbers side by side, words and tags as numbers into sorted
//! dictionaries. The beginnings of a word are then one range of numbers, and a query reads a few
//! cache lines of each asset.

use super::meaning::Model;
use super::record::{Found, Record};
use super::tokens::{folded, tokens};
use crate::contract::asset::AssetKind;
use crate::contract::search::AssetName;
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

/// Where a word of an asset stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Id,
    Tag,
    Title,
    Creator,
}

/// One word of an asset.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// Position in [`Index::dictionary`].
    pub token: u32,
    /// Words of one text have numbers that follow each other; between two texts is a gap.
    pub place: u16,
    pub field: Field,
}

/// The numbers of one asset; [`ABSENT`] where it has none.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    pub duration: i64,
    pub bytes: i64,
    pub width: u32,
    pub height: u32,
    pub ratio: i64,
    pub rate: u32,
    pub expires: i64,
    pub quality: u8,
    pub kind: AssetKind,
    pub found: bool,
    pub sound: bool,
    pub still: bool,
    pub alpha: bool,
}

/// Stands for a number that an asset has not.
pub const ABSENT: i64 = i64::MIN;

/// Assets ready to be searched, sorted by kind, then id.
#[derive(Debug, Default)]
pub struct Index {
    records: Vec<Record>,
    numbers: Vec<Numbers>,
    /// Sorted, each once.
    dictionary: Vec<Box<str>>,
    words: Vec<Word>,
    words_at: Vec<u32>,
    /// Folded, sorted, each once.
    tags: Vec<String>,
    tags_of: Vec<u32>,
    tags_at: Vec<u32>,
    /// Fingerprints as numbers, once something is to be like something: reading them takes longer
    /// than comparing them, and most queries compare none.
    prints: OnceLock<Prints>,
    vectors: OnceLock<Vectors>,
}

/// The words of all fingerprints side by side; of each asset the algorithm, and which are its own.
#[derive(Debug)]
struct Prints {
    words: Vec<u64>,
    of: Vec<Option<(u32, Range<usize>)>>,
}

impl Prints {
    fn new(records: &[Record]) -> Self {
        let mut words = Vec::new();
        let mut print = |record: &Record| {
            let print = record.found.as_ref()?.fingerprint.as_ref()?;
            let start = words.len();
            words.extend(print.numbers());
            Some((print.algorithm, start..words.len()))
        };
        let of = records.iter().map(&mut print).collect();
        Self { words, of }
    }
}

/// What each asset means, side by side; all zeros where nothing is known.
#[derive(Debug)]
pub struct Vectors {
    width: usize,
    numbers: Vec<i8>,
}

impl Vectors {
    pub fn row(&self, at: usize) -> &[i8] {
        &self.numbers[at * self.width..(at + 1) * self.width]
    }
}

impl Index {
    /// Lays records out. Of two that have one name the first stays.
    pub fn new(mut records: Vec<Record>) -> Self {
        let sorted = |pair: &[Record]| (pair[0].kind, &pair[0].id) < (pair[1].kind, &pair[1].id);
        if !records.windows(2).all(sorted) {
            records.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
            records.dedup_by(|a, b| (a.kind, &a.id) == (b.kind, &b.id));
        }
        let mut index = Self { numbers: records.iter().map(numbers).collect(), ..Self::default() };
        index.lay_words(&records);
        index.lay_tags(&records);
        index.records = records;
        index
    }

    fn lay_words(&mut self, records: &[Record]) {
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut words = Vec::with_capacity(records.len() * 8);
        self.words_at.push(0);
        for record in records {
            let mut place = 0u16;
            for (field, text) in texts(record) {
                for token in tokens(text) {
                    let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
                    let token = *known.entry(token).or_insert(next);
                    words.push(Word { token, place, field });
                    place = place.saturating_add(1);
                }
                place = place.saturating_add(1);
            }
            self.words_at.push(u32::try_from(words.len()).unwrap_or(u32::MAX));
        }
        let mut sorted: Vec<(String, u32)> = known.into_iter().collect();
        sorted.sort_unstable();
        let mut rank = vec![0u32; sorted.len()];
        for (at, (_, first)) in (0u32..).zip(&sorted) {
            rank[*first as usize] = at;
        }
        words.iter_mut().for_each(|word| word.token = rank[word.token as usize]);
        self.words = words;
        self.dictionary = sorted.into_iter().map(|(token, _)| token.into_boxed_str()).collect();
    }

    fn lay_tags(&mut self, records: &[Record]) {
        let mut all: Vec<String> =
            records.iter().flat_map(|record| record.tags.iter().map(|tag| folded(tag))).collect();
        all.sort_unstable();
        all.dedup();
        self.tags_at.push(0);
        for record in records {
            for tag in &record.tags {
                let at = all.binary_search(&folded(tag)).unwrap_or(0);
                self.tags_of.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
            self.tags_at.push(u32::try_from(self.tags_of.len()).unwrap_or(u32::MAX));
        }
        self.tags = all;
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub fn records(&self) -> &[Record] {
        &self.records
    }

    pub fn numbers(&self, at: usize) -> &Numbers {
        &self.numbers[at]
    }

    /// The position of an asset.
    pub fn find(&self, name: &AssetName) -> Option<usize> {
        let key = (name.kind, &name.id);
        self.records.binary_search_by(|record| (record.kind, &record.id).cmp(&key)).ok()
    }

    /// What the assets mean by a model: always the same one, since it is asked once.
    pub fn vectors(&self, model: &Model) -> &Vectors {
        self.vectors.get_or_init(|| {
            let width = model.width();
            let mut numbers = vec![0; self.len() * width];
            let rows = numbers.par_chunks_exact_mut(width).zip(&self.records);
            rows.for_each(|(row, record)| {
                if let Some(vector) = model.of(record) {
                    row.copy_from_slice(vector.numbers());
                }
            });
            Vectors { width, numbers }
        })
    }

    /// The words of an asset, those of one text side by side.
    pub fn words(&self, at: usize) -> &[Word] {
        &self.words[self.words_at[at] as usize..self.words_at[at + 1] as usize]
    }

    /// The algorithm and the words of an asset's fingerprint.
    pub fn print(&self, at: usize) -> Option<(u32, &[u64])> {
        let prints = self.prints.get_or_init(|| Prints::new(&self.records));
        prints.of[at].as_ref().map(|(algorithm, range)| (*algorithm, &prints.words[range.clone()]))
    }

    /// The tags of an asset, as positions among all tags.
    pub fn tags(&self, at: usize) -> &[u32] {
        &self.tags_of[self.tags_at[at] as usize..self.tags_at[at + 1] as usize]
    }

    /// All tags, folded and sorted.
    pub fn all_tags(&self) -> &[String] {
        &self.tags
    }

    /// The tokens that are this one, or begin with it.
    pub fn tokens(&self, token: &str, prefix: bool) -> Range<u32> {
        let start = self.dictionary.partition_point(|known| known.as_ref() < token);
        let rest = &self.dictionary[start..];
        let count = match prefix {
            true => rest.partition_point(|known| known.starts_with(token)),
            false => usize::from(rest.first().is_some_and(|known| known.as_ref() == token)),
        };
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        place(start)..place(start + count)
    }
}

/// The texts of an asset that words are looked for in.
pub fn texts(record: &Record) -> impl Iterator<Item = (Field, &str)> {
    let tags = record.tags.iter().map(|tag| (Field::Tag, tag.as_str()));
    let title = record.provenance.title.iter().map(|title| (Field::Title, title.as_str()));
    let creators = record.creators().map(|creator| (Field::Creator, creator));
    std::iter::once((Field::Id, record.id.as_str())).chain(tags).chain(title).chain(creators)
}

fn numbers(record: &Record) -> Numbers {
    let absent = Numbers {
        duration: ABSENT,
        bytes: ABSENT,
        width: 0,
        height: 0,
        ratio: ABSENT,
        rate: 0,
        expires: record.expires().unwrap_or(ABSENT),
        quality: 0,
        kind: record.kind,
        found: false,
        sound: false,
        still: false,
        alpha: false,
    };
    let Some(found) = &record.found else { return absent };
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Numbers {
        duration: if found.still { ABSENT } else { whole(found.duration_ms) },
        bytes: whole(found.bytes),
        width: found.width,
        height: found.height,
        ratio: ratio_milli(found).unwrap_or(ABSENT),
        rate: found.rate_milli,
        quality: u8::try_from(found.quality).unwrap_or(100),
        found: true,
        sound: found.sound,
        still: found.still,
        alpha: found.alpha,
        ..absent
    }
}

/// Thousandths of width ÷ height, rounded to nearest.
pub fn ratio_milli(found: &Found) -> Option<i64> {
    let (width, height) = (i64::from(found.width), i64::from(found.height));
    (height > 0).then(|| (width * 1000 + height / 2) / height)
}
