//! What the scheduler asks of the world, as traits: so that a test can run thousands of builds in
//! memory, and the real parts stay free of scheduling.

use crate::contract::action::ActionResult;
use crate::contract::action::KeyManifest;
use crate::contract::digest::{ActionKey, Digest};
use crate::diagnostic::Diagnostic;
use crate::node::plan::{Action, External};
use crate::node::{Blobs, Output};
pub use crate::store::Lookup;
use crate::store::{ActionCache, Cas, LocalStore};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who does the work, by name, as it enters keys.
pub trait Identities: Sync {
    /// ffmpeg or ffprobe: version, configuration and libraries.
    fn external(&self, external: External) -> Result<String, Diagnostic>;

    /// A program of the user's: the digest of its file.
    fn user(&self, program: &str) -> Result<String, Diagnostic>;

    /// This memebuild itself, as exactly as it can be told cheaply. Part of fingerprints, never
    /// of keys: a rebuilt memebuild lowers every node again and then finds the same keys.
    fn own(&self) -> String;
}

/// What became of bytes that were in the store, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// When, and for which limit.
    Evicted(String),
    /// Which, and how.
    Damaged(String),
}

/// Blobs and action results.
pub trait Store: Blobs {
    /// Whether a blob is there, whole: proven, not assumed. A damaged one is put out of the way.
    fn present(&self, digest: &Digest) -> bool;

    fn lookup(&self, key: &ActionKey) -> Lookup;

    /// Keeps a result. Its blobs are durable before it is.
    fn record(&self, result: ActionResult) -> Result<(), Diagnostic>;

    /// Something needs a blob: it is not let go before as many [`Self::release`] as there were of
    /// these.
    fn need(&self, digest: &Digest) {
        let _ = digest;
    }

    /// Takes one [`Self::need`] back.
    fn release(&self, digest: &Digest) {
        let _ = digest;
    }

    /// Why a blob is not there, where that is known.
    fn why_gone(&self, digest: &Digest) -> Option<Loss> {
        let _ = digest;
        None
    }

    /// When and why a result was, for people.
    fn why_forgotten(&self, key: &ActionKey) -> Option<String> {
        let _ = key;
        None
    }
}

impl Blobs for LocalStore {
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, Diagnostic> {
        Cas::bytes(self, digest).map_err(|error| error.diagnostic())
    }
}

impl Store for LocalStore {
    fn present(&self, digest: &Digest) -> bool {
        self.in_place(digest).is_ok()
    }

    fn lookup(&self, key: &ActionKey) -> Lookup {
        self.get(key)
    }

    fn record(&self, result: ActionResult) -> Result<(), Diagnostic> {
        self.put(result);
        Ok(())
    }

    fn need(&self, digest: &Digest) {
        self.need(digest);
    }

    fn release(&self, digest: &Digest) {
        self.release(digest);
    }

    fn why_gone(&self, digest: &Digest) -> Option<Loss> {
        // It may have been let go, made again, and damaged then.
        if let Some(damage) = self.damage(digest) {
            return Some(Loss::Damaged(format!(
                "its output {} in the cache: {damage}",
                digest.short()
            )));
        }
        self.evicted(digest).map(|tombstone| Loss::Evicted(format!("its output {tombstone}")))
    }

    fn why_forgotten(&self, key: &ActionKey) -> Option<String> {
        self.evicted_result(key).map(|tombstone| format!("its record {tombstone}"))
    }
}

/// The user's files, and those that we leave for people.
pub trait Workspace: Sync {
    /// The digest of a file that a node reads.
    fn digest(&self, path: &Path) -> Result<Digest, Diagnostic>;

    /// Whether the file at `path` is there and has this content, proven by trusted stat data or
    /// by hashing it.
    fn holds(&self, path: &Path, content: &Digest) -> bool;

    /// Places content at `path`, whole or not at all.
    fn publish(&self, content: &Output, path: &Path) -> Result<(), Diagnostic>;

    /// Removes a file that an earlier build published, if it still is what that build wrote.
    fn retract(&self, path: &Path, content: &Digest);
}

/// An action whose inputs are known and present.
#[derive(Debug, Clone)]
pub struct Job {
    pub node: String,
    pub key: ActionKey,
    pub manifest: KeyManifest,
    /// The build that runs it.
    pub build: String,
    pub action: Action,
    /// Input name → where its bytes are.
    pub inputs: BTreeMap<String, Output>,
}

/// What a job reports while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub frame: u32,
    /// Thousandths of real time.
    pub speed_milli: Option<u32>,
}

/// What a job that succeeded made: outputs checked against their contracts and in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub outputs: BTreeMap<String, Digest>,
    pub wall_ms: u64,
    pub cpu_ms: u64,
    /// The build of another project that made it meanwhile, where that was so.
    pub by: Option<String>,
}

/// Runs jobs. Called from many threads at once, one call a slot.
pub trait Runner: Sync {
    /// # Errors
    /// A diagnostic for people: what failed, the command to repeat it by hand, and the last lines
    /// of its output that matter.
    fn run(&self, job: &Job, progress: &dyn Fn(Progress)) -> Result<Made, Diagnostic>;

    /// Whether the build was cancelled: nothing more is started.
    fn cancelled(&self) -> bool;
}

/// A path that a build left for people, and its content.
pub type Published = (PathBuf, Digest);

/// Everything outside of the scheduler.
#[derive(Clone, Copy)]
pub struct Services<'a> {
    pub store: &'a dyn Store,
    pub workspace: &'a dyn Workspace,
    pub identities: &'a dyn Identities,
    pub runner: &'a dyn Runner,
}
