//! What the last build knew of each node: enough to prove it fresh, and to say what changed.

use super::fingerprint::Fingerprint;
use super::services::Published;
use crate::contract::digest::{ActionKey, Digest};
use crate::node::{NodeName, Outputs};
use crate::store::table::{Changes, Id, Table};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The last successful run of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRecord {
    pub fingerprint: Fingerprint,
    /// Digests of the user's files that it read.
    pub files: Vec<(PathBuf, Digest)>,
    pub outputs: Outputs,
    /// Keys of its actions, by step and label, in the plan's order.
    pub keys: Vec<(String, ActionKey)>,
    pub published: Vec<Published>,
    pub accepted: Option<bool>,
    /// For whose decision it waits: such a node is never fresh.
    pub waits: Option<String>,
    pub notes: Vec<String>,
    /// Wall time that its actions took when they ran.
    pub cost_ms: u64,
    /// The build that last ran or restored it.
    pub build: String,
}

const MAGIC: &[u8; 16] = b"memebuild nodes5";

/// Records by node name: those of `cache/state/nodes`, each read when it is asked for, and over them
/// what this process changed.
#[derive(Debug, Clone, Default)]
pub struct Records {
    stored: Arc<Table>,
    /// Read ahead, to be borrowed.
    loaded: HashMap<NodeName, NodeRecord>,
    /// Entered, or taken away (none), and not written yet.
    changed: BTreeMap<NodeName, Option<NodeRecord>>,
}

/// Tells whether stored records are those that somebody speaks of.
pub type RecordsId = (Id, Id);

impl Records {
    pub fn new() -> Self {
        Self::default()
    }

    /// The records of a file; what of it is damaged is no record.
    pub fn open(path: &Path) -> Self {
        Self { stored: Arc::new(Table::open(path, MAGIC)), ..Self::default() }
    }

    /// Of what is stored: equal ids, equal records.
    pub fn id(&self) -> RecordsId {
        self.stored.id()
    }

    pub fn get(&self, name: &str) -> Option<Cow<'_, NodeRecord>> {
        match (self.changed.get(name), self.loaded.get(name)) {
            (Some(changed), _) => changed.as_ref().map(Cow::Borrowed),
            (None, Some(loaded)) => Some(Cow::Borrowed(loaded)),
            (None, None) => decode(self.stored.get(name.as_bytes())?).map(Cow::Owned),
        }
    }

    /// Reads a record ahead, so that [`Self::seen`] finds it.
    pub fn load(&mut self, name: &str) {
        if !self.changed.contains_key(name)
            && let Some(record) = self.stored.get(name.as_bytes()).and_then(decode)
        {
            self.loaded.insert(name.to_owned(), record);
        }
    }

    /// A record that was loaded or entered.
    pub fn seen(&self, name: &str) -> Option<&NodeRecord> {
        match self.changed.get(name) {
            Some(changed) => changed.as_ref(),
            None => self.loaded.get(name),
        }
    }

    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn insert(&mut self, name: NodeName, record: NodeRecord) {
        self.changed.insert(name, Some(record));
    }

    pub fn remove(&mut self, name: &str) {
        self.changed.insert(name.to_owned(), None);
    }

    /// All names that begin so, sorted.
    pub fn names(&self, prefix: &str) -> Vec<NodeName> {
        let stored = self.stored.under(prefix.as_bytes()).map(|(key, _)| name(key));
        let mut names: BTreeSet<NodeName> = stored.collect();
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let changed = self.changed.range::<str, _>(from);
        for (name, record) in changed.take_while(|(name, _)| name.starts_with(prefix)) {
            let _ = match record {
                Some(_) => names.insert(name.clone()),
                None => names.remove(name),
            };
        }
        names.into_iter().collect()
    }

    /// All of them, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = (NodeName, Cow<'_, NodeRecord>)> {
        let stored = self.stored.under(b"").map(|(key, value)| (name(key), value));
        let stored = stored.filter(|(name, _)| !self.changed.contains_key(name));
        let stored = stored.filter_map(|(name, value)| Some((name, Cow::Owned(decode(value)?))));
        let changed = self
            .changed
            .iter()
            .filter_map(|(name, record)| Some((name.clone(), Cow::Borrowed(record.as_ref()?))));
        stored.chain(changed)
    }

    /// Writes what changed: little where little did.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        self.stored.save(path, MAGIC, &self.changes(), &|_| true)
    }

    /// Writes all of them, those aside that are not to be kept.
    pub fn rewrite(&mut self, path: &Path, keep: &dyn Fn(&str) -> bool) -> io::Result<()> {
        self.changed.retain(|name, _| keep(name));
        let keep = |key: &[u8]| keep(&String::from_utf8_lossy(key));
        self.stored.rewrite(path, MAGIC, &self.changes(), &keep)
    }

    /// Writes all of them into another file, for others to read.
    pub fn write_whole(&self, path: &Path) -> io::Result<()> {
        self.stored.rewrite(path, MAGIC, &self.changes(), &|_| true)
    }

    fn changes(&self) -> Changes {
        let encode =
            |record: &NodeRecord| postcard::to_allocvec(record).expect("records serialise");
        let changed = self.changed.iter();
        changed.map(|(name, record)| (name.clone().into(), record.as_ref().map(encode))).collect()
    }
}

impl PartialEq for Records {
    fn eq(&self, other: &Self) -> bool {
        let all = |records: &Self| -> BTreeMap<NodeName, NodeRecord> {
            records.iter().map(|(name, record)| (name, record.into_owned())).collect()
        };
        all(self) == all(other)
    }
}

impl FromIterator<(NodeName, NodeRecord)> for Records {
    fn from_iter<I: IntoIterator<Item = (NodeName, NodeRecord)>>(records: I) -> Self {
        let changed = records.into_iter().map(|(name, record)| (name, Some(record))).collect();
        Self { changed, ..Self::default() }
    }
}

fn decode(bytes: &[u8]) -> Option<NodeRecord> {
    postcard::from_bytes(bytes).ok()
}

fn name(key: &[u8]) -> NodeName {
    String::from_utf8_lossy(key).into_owned()
}
