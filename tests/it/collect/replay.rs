//! Replays a trace against a cache with a cap, by the rules of the engine: what has a record is not
//! run again, and bytes that are gone are made again only if somebody reads them.

use super::trace::{Trace, Work};
use memebuild::store::collect::policy::{Item, Shelf, Uses};
use std::collections::{BTreeSet, HashMap, HashSet};

/// An order in which blobs are let go.
pub trait Policy {
    fn made(&mut self, blob: usize, bytes: u64, cost_ms: u64, build: u32);
    fn wanted(&mut self, blob: usize, build: u32);
    fn victims(&self, bytes: u64, may_go: &dyn Fn(&usize) -> bool) -> Option<Vec<usize>>;
    fn gone(&mut self, blob: usize);
}

/// memebuild's.
#[derive(Default)]
pub struct ByWorth {
    shelf: Shelf<usize>,
    /// Uses of all that ever was: what comes back is known.
    uses: HashMap<usize, Uses>,
}

impl Policy for ByWorth {
    fn made(&mut self, blob: usize, bytes: u64, cost_ms: u64, build: u32) {
        let uses = self.uses.entry(blob).or_insert_with(|| Uses::first(build));
        uses.again(build);
        self.shelf.set(blob, Item { bytes, cost_ms, uses: *uses });
    }

    fn wanted(&mut self, blob: usize, build: u32) {
        let uses = self.uses.entry(blob).or_insert_with(|| Uses::first(build));
        uses.again(build);
        if let Some(item) = self.shelf.get(&blob).copied() {
            self.shelf.set(blob, Item { uses: *uses, ..item });
        }
    }

    fn victims(&self, bytes: u64, may_go: &dyn Fn(&usize) -> bool) -> Option<Vec<usize>> {
        let (victims, freed) = self.shelf.victims(bytes, may_go);
        (freed >= bytes).then_some(victims)
    }

    fn gone(&mut self, blob: usize) {
        self.shelf.remove(&blob);
    }
}

/// The peer: what was used longest ago goes first.
#[derive(Default)]
pub struct Lru {
    tick: u64,
    last: HashMap<usize, (u64, u64)>,
    order: BTreeSet<(u64, usize)>,
}

impl Policy for Lru {
    fn made(&mut self, blob: usize, bytes: u64, _: u64, _: u32) {
        self.gone(blob);
        self.tick += 1;
        self.last.insert(blob, (self.tick, bytes));
        self.order.insert((self.tick, blob));
    }

    fn wanted(&mut self, blob: usize, build: u32) {
        if let Some((_, bytes)) = self.last.get(&blob).copied() {
            self.made(blob, bytes, 0, build);
        }
    }

    fn victims(&self, bytes: u64, may_go: &dyn Fn(&usize) -> bool) -> Option<Vec<usize>> {
        let mut freed = 0;
        let mut victims = Vec::new();
        for (_, blob) in &self.order {
            if freed >= bytes {
                break;
            }
            if may_go(blob) {
                freed += self.last[blob].1;
                victims.push(*blob);
            }
        }
        (freed >= bytes).then_some(victims)
    }

    fn gone(&mut self, blob: usize) {
        if let Some((tick, _)) = self.last.remove(&blob) {
            self.order.remove(&(tick, blob));
        }
    }
}

/// What a replay came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Time spent on making again what had been made before.
    pub again_ms: u64,
    /// Time that nobody could have spared.
    pub first_ms: u64,
    /// The most bytes that were kept at any moment.
    pub peak: u64,
    pub evicted: u64,
    /// Blobs for which nothing could make room.
    pub unkept: u64,
}

struct Cache<'a> {
    trace: &'a Trace,
    policy: &'a mut dyn Policy,
    cap: u64,
    held: u64,
    kept: HashSet<usize>,
    /// Needed by the meme that is being built.
    pinned: HashSet<usize>,
    /// Not kept, and there for as long as they are needed.
    passing: HashSet<usize>,
    recorded: HashSet<usize>,
    build: u32,
    outcome: Outcome,
}

impl Cache<'_> {
    fn run(&mut self, blob: usize) {
        let made = &self.trace.made[blob];
        for input in &made.inputs {
            self.want(*input);
        }
        let again = !self.recorded.insert(blob);
        if again {
            self.outcome.again_ms += made.cost_ms;
        } else {
            self.outcome.first_ms += made.cost_ms;
        }
        self.pinned.insert(blob);
        let excess = (self.held + made.bytes).saturating_sub(self.cap);
        let pinned = &self.pinned;
        let victims = match excess {
            0 => Some(Vec::new()),
            _ if made.bytes > self.cap => None,
            _ => self.policy.victims(excess, &|blob| !pinned.contains(blob)),
        };
        let Some(victims) = victims else {
            self.outcome.unkept += 1;
            self.passing.insert(blob);
            return;
        };
        for victim in victims {
            self.policy.gone(victim);
            self.kept.remove(&victim);
            self.held -= self.trace.made[victim].bytes;
            self.outcome.evicted += 1;
        }
        self.held += made.bytes;
        self.kept.insert(blob);
        self.policy.made(blob, made.bytes, made.cost_ms, self.build);
        self.outcome.peak = self.outcome.peak.max(self.held);
    }

    /// Somebody reads these bytes.
    fn want(&mut self, blob: usize) {
        if self.kept.contains(&blob) {
            self.pinned.insert(blob);
            self.policy.wanted(blob, self.build);
        } else if !self.passing.contains(&blob) {
            self.run(blob);
        }
    }

    fn meme(&mut self, work: &Work, published: &mut HashSet<usize>) {
        for action in &work.actions {
            if !self.recorded.contains(action) {
                self.run(*action);
            }
        }
        for file in &work.files {
            if published.insert(*file) {
                self.want(*file);
            }
        }
        self.pinned.clear();
        self.passing.clear();
    }
}

/// Replays all builds. A cap of `u64::MAX` is none.
pub fn replay(trace: &Trace, policy: &mut dyn Policy, cap: u64) -> Outcome {
    let mut cache = Cache {
        trace,
        policy,
        cap,
        held: 0,
        kept: HashSet::new(),
        pinned: HashSet::new(),
        passing: HashSet::new(),
        recorded: HashSet::new(),
        build: 0,
        outcome: Outcome::default(),
    };
    for build in &trace.builds {
        cache.build += 1;
        // A file that another version took the place of must be put back; so must all of a clean.
        let mut published = HashSet::new();
        for work in build {
            cache.meme(work, &mut published);
        }
    }
    cache.outcome
}
