//! What is let go first when the cache is full.
//!
//! The worth of a blob is the time that keeping it may save for each byte that it takes:
//!
//! ```text
//! worth = seconds to make it again × likelihood that a build wants it ÷ bytes
//! ```
//!
//! The likelihood is a count of the builds that wanted it, each counting half as much for every
//! [`HALF_LIFE`] builds since: often and lately is likely. Builds are the clock, so a project that
//! rests for a year forgets nothing. All counts fade alike, so the order of two blobs changes only
//! when one of them is wanted; that lets a sorted set stand (GreedyDual-Size-Frequency, with the
//! build's number where that has its inflation).
//!
//! Pure: no files, no clock. The store drives it, and so does a replay in the tests.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// After so many builds a use counts half.
pub const HALF_LIFE: f64 = 60.0;

/// How often builds wanted something, faded, as of the last time one did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Uses {
    pub weight: f32,
    /// Number of the last build that wanted it.
    pub last: u32,
}

impl Uses {
    /// Made in build `now`.
    pub fn first(now: u32) -> Self {
        Self { weight: 1.0, last: now }
    }

    /// Wanted in build `now`; once for each build.
    pub fn again(&mut self, now: u32) {
        if self.last != now {
            self.weight = self.weight.mul_add(fade(now.saturating_sub(self.last)), 1.0);
            self.last = now;
        }
    }

    /// The faded count in build `now`.
    pub fn weight_at(&self, now: u32) -> f32 {
        self.weight * fade(now.saturating_sub(self.last))
    }
}

#[allow(clippy::cast_possible_truncation)]
fn fade(builds: u32) -> f32 {
    (-f64::from(builds) / HALF_LIFE).exp2() as f32
}

/// One thing that could be let go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    pub bytes: u64,
    /// Time that it took to make.
    pub cost_ms: u64,
    pub uses: Uses,
}

impl Item {
    /// Logarithm of the worth, up to the fading that all share.
    #[allow(clippy::cast_precision_loss)]
    fn rank(&self) -> f64 {
        let saved = self.cost_ms as f64 * f64::from(self.uses.weight);
        (saved / self.bytes.max(1) as f64).log2() + f64::from(self.uses.last) / HALF_LIFE
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Rank(f64);

impl Eq for Rank {}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// What is kept, in the order in which it would be let go. Of equal worth, the smaller id goes
/// first, so that the order is the same everywhere.
#[derive(Debug)]
pub struct Shelf<Id> {
    items: HashMap<Id, Item>,
    order: BTreeSet<(Rank, Id)>,
    bytes: u64,
}

impl<Id: Copy + Ord + Hash> Default for Shelf<Id> {
    fn default() -> Self {
        Self { items: HashMap::new(), order: BTreeSet::new(), bytes: 0 }
    }
}

impl<Id: Copy + Ord + Hash> Shelf<Id> {
    /// Puts an item in, or changes what is known of it.
    pub fn set(&mut self, id: Id, item: Item) {
        self.remove(&id);
        self.bytes += item.bytes;
        self.items.insert(id, item);
        self.order.insert((Rank(item.rank()), id));
    }

    pub fn get(&self, id: &Id) -> Option<&Item> {
        self.items.get(id)
    }

    pub fn remove(&mut self, id: &Id) -> Option<Item> {
        let item = self.items.remove(id)?;
        self.order.remove(&(Rank(item.rank()), *id));
        self.bytes -= item.bytes;
        Some(item)
    }

    /// The least worthy items that make up `bytes` together, as far as they may go; and their bytes.
    pub fn victims(&self, bytes: u64, may_go: impl Fn(&Id) -> bool) -> (Vec<Id>, u64) {
        let mut freed = 0;
        let mut victims = Vec::new();
        for (_, id) in &self.order {
            if freed >= bytes {
                break;
            }
            if may_go(id) {
                freed += self.items[id].bytes;
                victims.push(*id);
            }
        }
        (victims, freed)
    }

    /// Bytes of all items together.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(bytes: u64, cost_ms: u64, uses: Uses) -> Item {
        Item { bytes, cost_ms, uses }
    }

    #[test]
    fn the_cheap_the_large_and_the_unused_go_first() {
        let mut shelf = Shelf::default();
        let old = Uses::first(1);
        let mut often = old;
        (2..6).for_each(|build| often.again(build));
        shelf.set("dear and small", item(1_000, 9_000, old));
        shelf.set("often used", item(1_000_000, 1_000, often));
        shelf.set("new", item(1_000_000, 1_000, Uses::first(5)));
        shelf.set("old", item(1_000_000, 1_000, old));
        shelf.set("cheap and large", item(20_000_000, 200, Uses::first(5)));
        assert_eq!(shelf.bytes(), 23_001_000);
        let (all, _) = shelf.victims(23_001_000, |_| true);
        assert_eq!(all, ["cheap and large", "old", "new", "often used", "dear and small"]);
        assert_eq!(shelf.victims(1, |id| *id != "cheap and large"), (vec!["old"], 1_000_000));
        assert_eq!(shelf.victims(u64::MAX, |_| true).1, 23_001_000);
    }

    #[test]
    fn fading_keeps_the_order_and_a_build_counts_once() {
        let mut uses = Uses::first(7);
        uses.again(7);
        assert_eq!(uses, Uses::first(7));
        uses.again(67);
        assert!((uses.weight - 1.5).abs() < 1e-6);
        assert!((uses.weight_at(127) - 0.75).abs() < 1e-6);
    }
}
