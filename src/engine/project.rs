//! A project on disk: its Memefile, its cache, and what is known of its nodes.

use super::broadcast;
use super::growth::Findings;
use super::identities::LocalIdentities;
use super::record::Records;
use super::turns::Turns;
use crate::diagnostic::Diagnostic;
use crate::exec::Cancel;
use crate::graph::Graph;
use crate::memefile::{FILE_NAME, Text};
use crate::node::batch::Scope;
use crate::node::catalogue::Catalogue;
use crate::node::known::{Asking, Known};
use crate::node::registry::{self, Loaded, load};
use crate::store::{Durability, FileDigests, LocalStore};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tracing::debug_span;

/// A folder with a Memefile, and its cache.
pub struct Project {
    pub root: PathBuf,
    pub cache: PathBuf,
    pub store: LocalStore,
    pub digests: FileDigests,
    /// Where several projects share a store: who runs an action that more than one of them wants.
    pub turns: Option<Turns>,
    /// Sources that stand-ins are made for, whatever they declare.
    pub mocked: BTreeSet<String>,
    /// Who may be asked: choosers, and over a network whoever answers the Memefile's queries.
    pub asking: Asking,
    /// Whether it is only looked at, so that what a build that runs knows counts.
    as_it_runs: bool,
    /// Everything is rendered as a draft too, and that first.
    pub drafts: bool,
    /// What was looked at for a Memefile with mistakes: a change of that may mend them.
    looked_at: Mutex<BTreeSet<PathBuf>>,
}

/// The environment variable that names a folder whose blobs and records many projects share.
pub const SHARED: &str = "MEMEBUILD_CACHE_DIR";

/// A Memefile that was read and expanded.
pub struct Opened {
    pub loaded: Loaded,
    pub graph: Graph,
    /// Folders and files whose change may change the graph, tables aside.
    pub watched: BTreeSet<PathBuf>,
}

impl Project {
    /// The project of `dir`: the nearest folder upwards that has a Memefile.
    pub fn find(dir: &Path) -> Result<Self, Diagnostic> {
        let start = dir.canonicalize().map_err(|e| {
            Diagnostic::usage("no-folder", format!("cannot open folder `{}`: {e}", dir.display()))
        })?;
        let root = start.ancestors().find(|folder| folder.join(FILE_NAME).is_file());
        match root {
            Some(root) => Ok(Self::at(root)),
            None => Err(Diagnostic::usage(
                "no-memefile",
                format!("there is no {FILE_NAME} in `{}`, nor above it", start.display()),
            )
            .hint("`memebuild init` writes one to begin with")),
        }
    }

    fn at(root: &Path) -> Self {
        let cache = root.join("cache");
        // Blobs and records may be shared by many projects; what belongs to one stays with it.
        let shared = std::env::var_os(SHARED).filter(|folder| !folder.is_empty());
        let shared = shared.map(|folder| root.join(folder));
        let store = LocalStore::open(shared.as_ref().unwrap_or(&cache), Durability::Flushed);
        let digests = FileDigests::open(&cache, store.session().clone(), root);
        let turns = shared.map(|folder| Turns::new(&folder));
        let (mocked, asking, drafts) = (BTreeSet::new(), Asking::default(), false);
        let (root, looked_at, as_it_runs) = (root.to_owned(), Mutex::default(), false);
        Self { root, cache, store, digests, turns, mocked, asking, as_it_runs, drafts, looked_at }
    }

    /// The same project, knowing nothing yet: another build begins with it as a new process would.
    pub(super) fn again(&self) -> Self {
        let (mocked, asking, drafts) = (self.mocked.clone(), self.asking, self.drafts);
        Self { mocked, asking, drafts, ..Self::at(&self.root) }
    }

    /// Reads the Memefile and expands it, with what earlier builds found out about its assets. On
    /// failure, every mistake in it.
    pub fn open(&self) -> Result<Opened, Vec<Diagnostic>> {
        let records = self.records();
        self.expand_with(&self.findings(&records), Scope::All)
    }

    /// What earlier builds found out, taken for true.
    pub(super) fn findings<'a>(&'a self, records: &'a Records) -> Findings<'a> {
        Findings { records, store: &self.store, settled: None, cancel: None }
    }

    /// Expands the Memefile with what is known.
    pub(super) fn expand_with(
        &self,
        findings: &Findings<'_>,
        scope: Scope<'_>,
    ) -> Result<Opened, Vec<Diagnostic>> {
        let known = Known {
            document: &|node, output| findings.document(node, output),
            cost_ms: &|node| findings.cost_ms(node),
            mocked: &self.mocked,
            asking: self.asking,
            drafts: self.drafts,
            wanted: &|| !findings.cancel.is_some_and(Cancel::is_cancelled),
        };
        self.expand(known, scope)
    }

    /// What expansions with mistakes looked at.
    pub(super) fn looked_at(&self) -> BTreeSet<PathBuf> {
        self.looked_at.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The text of the Memefile.
    pub(super) fn text(&self) -> Result<String, Diagnostic> {
        read_text(&self.root.join(FILE_NAME))
    }

    pub(super) fn expand(
        &self,
        known: Known<'_>,
        scope: Scope<'_>,
    ) -> Result<Opened, Vec<Diagnostic>> {
        let _span = debug_span!("expand").entered();
        let path = self.root.join(FILE_NAME);
        let text = self.text().map_err(|problem| vec![problem])?;
        let (text, mut looked_at) = (Text::new(FILE_NAME, text), BTreeSet::new());
        let loaded = load(&text, &self.root, known, scope, &mut looked_at);
        if loaded.is_err() {
            let mut all = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
            all.append(&mut looked_at);
        }
        let mut loaded = loaded?;
        if !(known.wanted)() {
            // There are more nodes than one would wait for: no graph is made of them.
            return Err(Vec::new());
        }
        let mut watched = BTreeSet::from([path]);
        watched.append(&mut loaded.graph.walked);
        watched.append(&mut loaded.graph.read);
        let graph = Graph::new(std::mem::take(&mut loaded.graph.nodes))?;
        Ok(Opened { loaded, graph, watched })
    }

    /// What the Memefile declares, without looking for anything that it names.
    ///
    /// # Errors
    /// Mistakes in it.
    pub fn declarations(&self) -> Result<Catalogue, Vec<Diagnostic>> {
        let text = self.text().map_err(|problem| vec![problem])?;
        registry::declarations(&Text::new(FILE_NAME, text))
    }

    /// What is known of nodes: of a project that is only looked at, by the build that runs.
    pub fn records(&self) -> Records {
        let now = self.as_it_runs && broadcast::is_running(&self.cache);
        let now = now.then(|| records_now(&self.cache)).filter(|path| path.exists());
        Records::open(&now.unwrap_or_else(|| self.records_path()))
    }

    /// The same, to be looked at and not built.
    #[must_use]
    pub fn as_it_runs(self) -> Self {
        Self { as_it_runs: true, ..self }
    }

    /// Room for more on the disk that holds the cache, in bytes.
    pub fn free_bytes(&self) -> Option<u64> {
        let held = self.cache.ancestors().find_map(|folder| rustix::fs::statvfs(folder).ok())?;
        held.f_bavail.checked_mul(held.f_frsize)
    }

    /// Where what is known of nodes is kept between builds.
    pub fn records_path(&self) -> PathBuf {
        self.cache.join("state/nodes")
    }

    /// What tables of captions said when the snapshot was written.
    pub(super) fn rows_path(&self) -> PathBuf {
        self.cache.join("state/rows")
    }

    pub(super) fn snapshot_path(&self) -> PathBuf {
        self.cache.join("state/snapshot")
    }

    pub fn identities(&self) -> LocalIdentities<'_> {
        LocalIdentities::new(&self.root, &self.cache, &self.digests, search_path())
    }
}

/// Where the build that runs in a project writes what it knows of nodes, now and then.
pub fn records_now(cache: &Path) -> PathBuf {
    cache.join("state/nodes.now")
}

/// The folders in which programs are looked for: those of `PATH`, or the usual ones.
pub fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

fn read_text(path: &Path) -> Result<String, Diagnostic> {
    let bytes = std::fs::read(path)
        .map_err(|e| Diagnostic::usage("no-memefile", format!("cannot read {FILE_NAME}: {e}")))?;
    String::from_utf8(bytes).map_err(|e| {
        let line = e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n');
        let message = format!("{FILE_NAME} is not UTF-8 text: line {}", line.count() + 1);
        Diagnostic::usage("not-utf8", message).hint("save it as UTF-8")
    })
}
