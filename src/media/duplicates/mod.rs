//! Copies of one thing among many assets.
//!
//! Being alike is not transitive: a chain of small changes leads from anything to anything. So no
//! chains are followed. Assets are taken from the best to the worst; each that is in no group yet
//! becomes the best of one, with all that are in none and are copies *of it*. Every member is
//! thus a copy of the asset that searches keep in its place.
//!
//! An index tells which pairs are worth comparing, so that a hundred thousand assets take seconds.
//! It misses some of the pairs that are only just near enough, and none of those that are nearer
//! (`docs/quality.md` has figures).

mod pictures;
mod sounds;

use crate::contract::asset::{AssetKind, DuplicateGroup, SeedAsset, StreamDigests};
use crate::contract::fingerprint::{self, PICTURE, SHORT_SOUND, SOUND, SUBJECT, distance_of};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A fingerprint's words, and the place of its asset.
struct Item {
    asset: usize,
    words: Vec<u64>,
}

/// Which items may be copies of one: places in the list that the index was made of.
trait Index {
    fn candidates(&mut self, of: usize) -> Vec<usize>;
}

/// The groups of duplicates among assets, sorted by kind, then by the id of their best.
pub fn groups(assets: &[SeedAsset]) -> Vec<DuplicateGroup> {
    let mut groups: Vec<DuplicateGroup> = AssetKind::ALL
        .into_iter()
        .flat_map(|kind| {
            let of_kind: Vec<usize> =
                (0..assets.len()).filter(|n| assets[*n].kind == kind).collect();
            let of_kind = best_first(assets, of_kind);
            Leaders::new(assets, &of_kind).group(kind, &of_kind)
        })
        .collect();
    groups.sort_by(|a, b| (a.kind, &a.best).cmp(&(b.kind, &b.best)));
    groups
}

fn best_first(assets: &[SeedAsset], mut places: Vec<usize>) -> Vec<usize> {
    places.sort_by_key(|n| (Reverse(assets[*n].quality.score), &assets[*n].id));
    places
}

/// What is needed to find the copies of an asset, of one kind.
struct Leaders<'a> {
    assets: &'a [SeedAsset],
    /// Assets whose streams decode to the very same, by those.
    same: BTreeMap<&'a StreamDigests, Vec<usize>>,
    /// By algorithm.
    shelves: BTreeMap<u32, Shelf>,
}

/// All items of one algorithm, with their index.
struct Shelf {
    items: Vec<Item>,
    /// Where an asset is among the items.
    places: BTreeMap<usize, usize>,
    index: Box<dyn Index>,
}

impl<'a> Leaders<'a> {
    fn new(assets: &'a [SeedAsset], places: &[usize]) -> Self {
        let mut same: BTreeMap<&StreamDigests, Vec<usize>> = BTreeMap::new();
        let mut items: BTreeMap<u32, Vec<Item>> = BTreeMap::new();
        for n in places {
            let asset = &assets[*n];
            if asset.streams != StreamDigests::default() {
                same.entry(&asset.streams).or_default().push(*n);
            }
            if let Some(print) = &asset.fingerprint {
                let item = Item { asset: *n, words: print.numbers() };
                items.entry(print.algorithm).or_default().push(item);
            }
        }
        let shelf = |(algorithm, items): (u32, Vec<Item>)| {
            let words: Vec<&[u64]> = items.iter().map(|item| &item.words[..]).collect();
            let index: Box<dyn Index> = match algorithm {
                SUBJECT | PICTURE => Box::new(pictures::Bands::new(&words)),
                SOUND | SHORT_SOUND => Box::new(sounds::Anchors::new(&words)),
                // Of a newer memebuild; what it cannot compare it leaves alone.
                _ => return None,
            };
            let places = items.iter().enumerate().map(|(n, item)| (item.asset, n)).collect();
            Some((algorithm, Shelf { items, places, index }))
        };
        Self { assets, same, shelves: items.into_iter().filter_map(shelf).collect() }
    }

    fn group(mut self, kind: AssetKind, best_first: &[usize]) -> Vec<DuplicateGroup> {
        let mut taken = vec![false; self.assets.len()];
        let mut groups = Vec::new();
        for leader in best_first {
            if std::mem::replace(&mut taken[*leader], true) {
                continue;
            }
            let copies = self.copies(*leader, &taken);
            copies.iter().for_each(|copy| taken[*copy] = true);
            let mut others: Vec<_> = copies.iter().map(|n| self.assets[*n].id.clone()).collect();
            others.sort();
            if !others.is_empty() {
                groups.push(DuplicateGroup { kind, best: self.assets[*leader].id.clone(), others });
            }
        }
        groups
    }

    /// Assets that are in no group and are copies of this one.
    fn copies(&mut self, leader: usize, taken: &[bool]) -> Vec<usize> {
        let asset = &self.assets[leader];
        let mut copies = self.same.get(&asset.streams).cloned().unwrap_or_default();
        let print = asset.fingerprint.as_ref();
        let shelf = print.and_then(|print| self.shelves.get_mut(&print.algorithm));
        if let (Some(print), Some(shelf)) = (print, shelf) {
            let within = fingerprint::duplicate_within(print.algorithm);
            let own = shelf.places[&leader];
            let candidates = shelf.index.candidates(own);
            let near = candidates.into_iter().filter(|n| {
                let (own, other) = (&shelf.items[own], &shelf.items[*n]);
                !taken[other.asset] && {
                    let distance = distance_of(print.algorithm, &own.words, &other.words);
                    distance.is_some_and(|distance| Some(distance) <= within)
                }
            });
            copies.extend(near.map(|n| shelf.items[n].asset));
        }
        copies.retain(|copy| !taken[*copy]);
        copies.sort_unstable();
        copies.dedup();
        copies
    }
}
