//! A cap on what the store holds, and what is let go to stay below it.
//!
//! Nothing gets a name in `cas/` or `ac/` before there is room for it. Whoever gives names holds
//! the account ([`room`]); where the new file does not fit, the least worthy files go first
//! ([`policy`]), each with a [`tombstone`]. What the running build needs stays ([`wants`]), and so
//! does what people pinned ([`pins`]). If nothing is left that may go, the new blob is not kept: it
//! stays among the unfinished files of the process for as long as somebody reads it.
//!
//! Records outlive their blobs. A node whose record holds is up to date although its bytes are gone;
//! they are made again only when somebody needs them.

mod inventory;
mod pins;
pub mod policy;
mod room;
mod tombstone;
mod uses;
mod wants;

pub use pins::Pins;
pub use tombstone::{Gone, Policy, Tombstone};
pub use uses::UsesTable;
pub(super) use wants::Wants;

use self::inventory::{Inventory, Victims};
use self::room::Room;
use super::blobs::Shared;
use super::error::StoreError;
use super::local::LocalStore;
use super::session::Session;
use super::stamp::now_ns;
use super::walk::Listing;
use crate::contract::digest::{ActionKey, Digest};
use crate::diagnostic::{Diagnostic, Level, words};
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a build asks of the store.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Bytes that blobs and records may take together; none: as many as the disk has.
    pub max_bytes: Option<u64>,
    /// For tombstones.
    pub build: String,
    /// Processes of other projects use the store too.
    pub shared: bool,
    /// What people pinned.
    pub pinned: HashSet<Digest>,
}

/// Something that was let go, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetGo {
    pub gone: Gone,
    pub bytes: u64,
    pub cost_ms: u64,
}

/// What a collection came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    pub before_bytes: u64,
    pub after_bytes: u64,
    /// In the order in which they went.
    pub let_go: Vec<LetGo>,
    /// More would have to go, and other processes that share the store may need it.
    pub busy: bool,
}

/// The cap, and what is known of the store while it is kept.
#[derive(Debug, Default)]
pub(super) struct Collector {
    terms: Mutex<Terms>,
    work: Mutex<Work>,
}

#[derive(Debug, Default)]
struct Work {
    /// The files were counted in this process.
    counted: bool,
    /// Made when something must go for the first time.
    inventory: Option<Inventory>,
    /// Read when somebody asks for the first time.
    graves: Option<HashMap<Gone, Tombstone>>,
}

impl Collector {
    pub fn terms(&self) -> MutexGuard<'_, Terms> {
        self.terms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The locked account of a store with a cap.
pub(super) struct Entry<'a> {
    shared: &'a Shared,
    session: &'a Session,
    room: Room,
    cap: u64,
}

impl<'a> Entry<'a> {
    /// Waits for the account. `None`: there is no cap to keep.
    pub fn open(shared: &'a Shared, session: &'a Session) -> Result<Option<Self>, StoreError> {
        let Some(cap) = shared.collector.terms().max_bytes else { return Ok(None) };
        let io = |error| StoreError::io("count the bytes of", shared.layout.root())(error);
        let mut room = Room::lock(&shared.layout).map_err(io)?;
        let mut work = shared.collector.work();
        if !work.counted || !room.is_known() {
            room.recount(&Listing::of(&shared.layout)?, cap).map_err(io)?;
            work.counted = true;
        }
        drop(work);
        Ok(Some(Self { shared, session, room, cap }))
    }

    /// Makes room for a file of `bytes` that is about to get its name, and enters it into the
    /// account. `false`: it cannot be kept.
    pub fn admit(&mut self, bytes: u64) -> Result<bool, StoreError> {
        if !self.make_room(bytes)? {
            return Ok(false);
        }
        self.set(self.room.total() + bytes).map(|()| true)
    }

    /// A blob got the name that was made room for; it replaced a file of `old` bytes.
    pub fn stored(&mut self, digest: Digest, old: u64) -> Result<(), StoreError> {
        if let Some(inventory) = &mut self.shared.collector.work().inventory {
            inventory.stored(digest);
        }
        self.give_back(old)
    }

    /// A record got the name that was made room for.
    pub fn recorded(
        &mut self,
        key: ActionKey,
        bytes: u64,
        cost_ms: u64,
        old: u64,
    ) -> Result<(), StoreError> {
        if let Some(inventory) = &mut self.shared.collector.work().inventory {
            inventory.recorded(key, bytes, cost_ms);
        }
        self.give_back(old)
    }

    /// Takes bytes out of the account that are not there, or no longer.
    pub fn give_back(&mut self, bytes: u64) -> Result<(), StoreError> {
        if bytes == 0 { Ok(()) } else { self.set(self.room.total().saturating_sub(bytes)) }
    }

    fn set(&mut self, total: u64) -> Result<(), StoreError> {
        let root = self.shared.layout.root();
        self.room.set(total).map_err(StoreError::io("count the bytes of", root))
    }

    /// Lets go of what is worth least until `bytes` more fit. Where that cannot be, nothing is let
    /// go for them.
    fn make_room(&mut self, bytes: u64) -> Result<bool, StoreError> {
        loop {
            let excess = (self.room.total() + bytes).saturating_sub(self.cap);
            if excess == 0 {
                return Ok(true);
            }
            let victims = self.choose(excess)?;
            // A cap that was lowered is kept as far as it can be, whatever the new file needs.
            let hopeless = victims.bytes < excess && self.room.total() <= self.cap;
            if hopeless || victims.bytes == 0 {
                return Ok(false);
            }
            self.let_go(&victims)?;
        }
    }

    /// Whether others may need what nobody here does.
    fn is_busy(&self) -> bool {
        self.shared.collector.terms().shared && !self.session.is_alone()
    }

    fn choose(&self, bytes: u64) -> Result<Victims, StoreError> {
        if self.is_busy() {
            return Ok(Victims::default());
        }
        let layout = &self.shared.layout;
        let mut work = self.shared.collector.work();
        let inventory = match &mut work.inventory {
            Some(inventory) => inventory,
            none => none.insert(Inventory::load(layout, &Listing::of(layout)?)),
        };
        let mut state = self.shared.lock();
        inventory.learn(&mut state.wants);
        Ok(inventory.choose(bytes, self.cap, &state.wants))
    }

    fn let_go(&mut self, victims: &Victims) -> Result<Vec<LetGo>, StoreError> {
        let layout = &self.shared.layout;
        let mut work = self.shared.collector.work();
        let Some(inventory) = &mut work.inventory else { return Ok(Vec::new()) };
        let chosen = describe(inventory, victims);
        let build = self.shared.collector.terms().build.clone();
        let tombstones: Vec<Tombstone> =
            chosen.iter().map(|gone| bury(gone, &build, Policy::LeastWorth, self.cap)).collect();
        tombstone::append(layout, &tombstones)
            .map_err(StoreError::io("write", &layout.state("evictions")))?;
        let mut freed = 0;
        for digest in &victims.blobs {
            let mut state = self.shared.lock();
            // Under the lock: who needs it from now on finds it gone.
            if state.wants.must_stay(digest) {
                continue;
            }
            freed += removed(&layout.blob(digest), digest.len);
            state.named.remove(digest);
            state.wants.gone.insert(*digest);
            inventory.drop_blob(digest);
        }
        for key in &victims.records {
            freed += removed(&layout.record(key), inventory.drop_record(key));
        }
        remember(&mut work.graves, tombstones);
        drop(work);
        self.set(self.room.total().saturating_sub(freed))?;
        Ok(chosen)
    }

    /// A blob for which there is no room.
    pub fn keep_out(&mut self, digest: &Digest) -> Result<(), StoreError> {
        let layout = &self.shared.layout;
        let gone = LetGo { gone: Gone::Blob(*digest), bytes: digest.len, cost_ms: 0 };
        let build = self.shared.collector.terms().build.clone();
        let tombstone = bury(&gone, &build, Policy::NoRoom, self.cap);
        tombstone::append(layout, std::slice::from_ref(&tombstone))
            .map_err(StoreError::io("write", &layout.state("evictions")))?;
        remember(&mut self.shared.collector.work().graves, vec![tombstone]);
        self.shared.lock().keep_out(digest);
        Ok(())
    }
}

fn describe(inventory: &Inventory, victims: &Victims) -> Vec<LetGo> {
    let record = |key: &ActionKey| (Gone::Result(*key), inventory.record(key));
    let blob = |digest: &Digest| (Gone::Blob(*digest), inventory.blob(digest));
    let all = victims.records.iter().map(record).chain(victims.blobs.iter().map(blob));
    all.filter_map(|(gone, item)| {
        item.map(|item| LetGo { gone, bytes: item.bytes, cost_ms: item.cost_ms })
    })
    .collect()
}

fn bury(gone: &LetGo, build: &str, policy: Policy, cap: u64) -> Tombstone {
    let at_ms = u64::try_from(now_ns() / 1_000_000).unwrap_or(0);
    Tombstone { gone: gone.gone, bytes: gone.bytes, at_ms, build: build.to_owned(), policy, cap }
}

fn remember(graves: &mut Option<HashMap<Gone, Tombstone>>, tombstones: Vec<Tombstone>) {
    if let Some(graves) = graves {
        graves.extend(tombstones.into_iter().map(|tombstone| (tombstone.gone, tombstone)));
    }
}

/// Removes a file of the store; the bytes that this freed. What another process removed is not
/// counted twice, and what cannot be removed stays in the account.
fn removed(path: &std::path::Path, bytes: u64) -> u64 {
    if std::fs::remove_file(path).is_ok() { bytes } else { 0 }
}

impl LocalStore {
    /// The store serves a build on these terms from now on.
    ///
    /// In a store that is shared, what others need is known to them alone: nothing is let go while
    /// another process has a session. This one makes its own here, and whoever looked before it was
    /// there holds the account until he is done, so that is waited for.
    pub fn begin(&self, terms: Terms) {
        if terms.shared && self.session().dir().is_ok() {
            // Where it cannot be locked, nobody else can either.
            drop(Room::lock(self.layout()));
        }
        let shared = self.shared();
        let mut state = shared.lock();
        state.wants.counting = true;
        state.wants.pinned.clone_from(&terms.pinned);
        drop(state);
        *shared.collector.terms() = terms;
    }

    /// A running or pending node needs a blob: it is not let go before [`Self::release`].
    pub fn need(&self, digest: &Digest) {
        self.shared().lock().wants.need(digest);
    }

    /// Takes one [`Self::need`] back.
    pub fn release(&self, digest: &Digest) {
        let mut state = self.shared().lock();
        if state.wants.release(digest) {
            state.drop_passing(digest);
        }
    }

    /// When and why a blob was let go.
    pub fn evicted(&self, digest: &Digest) -> Option<Tombstone> {
        self.grave(&Gone::Blob(*digest))
    }

    /// When and why a result was.
    pub fn evicted_result(&self, key: &ActionKey) -> Option<Tombstone> {
        self.grave(&Gone::Result(*key))
    }

    fn grave(&self, gone: &Gone) -> Option<Tombstone> {
        let mut work = self.shared().collector.work();
        let graves = work.graves.get_or_insert_with(|| {
            let all = tombstone::read(self.layout()).into_iter();
            all.map(|tombstone| (tombstone.gone, tombstone)).collect()
        });
        graves.get(gone).cloned()
    }

    /// All tombstones that are remembered, oldest first.
    pub fn evictions(&self) -> Vec<Tombstone> {
        tombstone::read(self.layout())
    }

    /// Which builds wanted what.
    pub fn uses(&self) -> UsesTable {
        UsesTable::read(self.layout())
    }

    /// What people pinned, as they named it.
    pub fn pins(&self) -> Pins {
        Pins::read(self.layout())
    }

    pub fn set_pins(&self, pins: &Pins) -> Result<(), StoreError> {
        pins.write(self.layout(), self.session())
    }

    /// Lets go of what is worth least until the store holds no more than its terms allow; with
    /// `dry_run`, only says what that would be.
    pub fn collect(&self, dry_run: bool) -> Result<Collected, StoreError> {
        let Some(mut entry) = Entry::open(self.shared(), self.session())? else {
            return Ok(Collected::default());
        };
        let before_bytes = entry.room.total();
        let mut collected = Collected { before_bytes, after_bytes: before_bytes, ..<_>::default() };
        loop {
            let excess = entry.room.total().saturating_sub(entry.cap);
            let victims = if excess == 0 { Victims::default() } else { entry.choose(excess)? };
            if victims.bytes == 0 {
                collected.busy = excess > 0 && entry.is_busy();
                return Ok(collected);
            }
            if dry_run {
                let work = self.shared().collector.work();
                let inventory = work.inventory.as_ref();
                collected.let_go = inventory.map(|i| describe(i, &victims)).unwrap_or_default();
                collected.after_bytes -= victims.bytes;
                return Ok(collected);
            }
            collected.let_go.extend(entry.let_go(&victims)?);
            collected.after_bytes = entry.room.total();
        }
    }

    /// Collects if the cap is another one than was enforced last, or is not kept. Costs a look at
    /// one small file where all is well.
    pub(super) fn keep_cap(&self) -> Result<(), StoreError> {
        let Some(cap) = self.shared().collector.terms().max_bytes else { return Ok(()) };
        match room::last(self.layout()) {
            Some((total, last)) if last == cap && total <= cap => Ok(()),
            // An empty store has nothing to let go.
            None if !self.layout().cas().exists() => Ok(()),
            _ => self.collect(false).map(drop),
        }
    }

    /// Enters this build into the table of uses, if it used anything.
    pub(super) fn save_uses(&self) -> Result<(), StoreError> {
        let used = {
            let mut state = self.shared().lock();
            state.wants.forget_unclaimed();
            if state.wants.used.is_empty() || !std::mem::take(&mut state.wants.counting) {
                return Ok(());
            }
            state.wants.used.clone()
        };
        let temp = self.session().fresh("uses")?;
        if self.session().elsewhere().is_some() {
            return Ok(());
        }
        let mut table = UsesTable::read(self.layout());
        let there = |hash: &[u8; 32]| self.layout().blob(&Digest { hash: *hash, len: 0 }).exists();
        table.enter(table.build + 1, &used, there);
        let saved: io::Result<()> = table.write(self.layout(), &temp);
        saved.map_err(StoreError::io("write", &self.layout().state("uses")))
    }

    /// What people should know if not everything could be kept.
    pub(super) fn unkept_warning(&self) -> Option<Diagnostic> {
        let (count, bytes) = self.shared().lock().wants.unkept;
        let cap = self.shared().collector.terms().max_bytes?;
        if count == 0 {
            return None;
        }
        let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
        let message = format!(
            "the cache is full of what this build needs: {files} that it made ({}) are not kept",
            words::bytes(bytes)
        );
        let mut warning = Diagnostic::usage("cache-full", message)
            .note(format!("its limit is {}", words::bytes(cap)))
            .hint(
                "raise `max-size` of `[cache]`: what is not kept is made again when it is needed",
            );
        warning.level = Level::Warning;
        Some(warning)
    }
}
