//! A project on disk, and one build of it from the Memefile to the snapshot.

use super::build::{Ended, Options, Outcome, build};
use super::cache::{Limit, VARIABLE, limit, pinned_blobs, pinned_nodes};
use super::growth::{Known, Rounds};
use super::identities::LocalIdentities;
use super::lock::ProjectLock;
use super::log::EventLog;
use super::recheck::{Class, Rechecked, recheck};
use super::record::{Records, decode, encode};
use super::runner::LocalRunner;
use super::services::{Identities, Services};
use super::snapshot::{self, Recorder, UpToDate};
use super::state;
use super::turns::Turns;
use super::workspace::ProjectFiles;
use crate::contract::event::{Event, Status};
use crate::diagnostic::{Diagnostic, Exit};
use crate::exec::{Cancel, LocalExecutor};
use crate::graph::{Graph, select, taint};
use crate::memefile::{FILE_NAME, Text};
use crate::node::expansion::Ingested;
use crate::node::registry::{Loaded, load};
use crate::store::collect::Terms;
use crate::store::{ActionCache, Durability, FileDigests, LocalStore, stamp};
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

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
}

/// The environment variable that names a folder whose blobs and records many projects share.
pub const SHARED: &str = "MEMEBUILD_CACHE_DIR";

/// A Memefile that was read and expanded.
pub struct Opened {
    pub loaded: Loaded,
    pub graph: Graph,
    /// Folders and files whose change may change the graph.
    pub watched: BTreeSet<PathBuf>,
}

/// What a person asked for.
#[derive(Debug, Clone)]
pub struct Request {
    pub targets: Vec<String>,
    pub slots: usize,
    pub keep_going: bool,
    /// Whether "everything is up to date" is answer enough, without naming the nodes.
    pub may_be_brief: bool,
    /// Thousandths of the nodes to run again and compare, once everything is up to date.
    pub recheck_milli: u32,
    /// How much the cache may take, if not what the Memefile says.
    pub limit: Option<Limit>,
    /// Whether what descends from a stand-in is refused.
    pub release: bool,
}

/// How a build ended.
#[derive(Debug)]
pub struct BuildEnd {
    pub exit: Exit,
    /// Nothing was to do, and nothing was parsed to know it.
    pub up_to_date: Option<UpToDate>,
    /// Failures, in the graph's order.
    pub failures: Vec<Diagnostic>,
    /// What is odd, but stopped nothing.
    pub warnings: Vec<Diagnostic>,
    /// Nodes that were run again, and how that compares.
    pub rechecked: Vec<Rechecked>,
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
        let mocked = BTreeSet::new();
        Self { root: root.to_owned(), cache, store, digests, turns, mocked }
    }

    /// Reads the Memefile and expands it, with what earlier builds found out about its assets. On
    /// failure, every mistake in it.
    pub fn open(&self) -> Result<Opened, Vec<Diagnostic>> {
        let (records, failed) = (self.records(), HashSet::new());
        let known = Known { records: &records, store: &self.store, failed: &failed };
        let metadata = |node: &str| known.metadata(node);
        self.expand(Ingested { metadata: &metadata, all: false, mocked: &self.mocked })
    }

    /// The text of the Memefile.
    pub(super) fn text(&self) -> Result<String, Diagnostic> {
        read_text(&self.root.join(FILE_NAME))
    }

    fn expand(&self, ingested: Ingested<'_>) -> Result<Opened, Vec<Diagnostic>> {
        let path = self.root.join(FILE_NAME);
        let text = self.text().map_err(|problem| vec![problem])?;
        let mut loaded = load(&Text::new(FILE_NAME, text), &self.root, ingested)?;
        let mut watched = BTreeSet::from([path]);
        watched.append(&mut loaded.graph.walked);
        watched.append(&mut loaded.graph.read);
        let graph = Graph::new(std::mem::take(&mut loaded.graph.nodes))?;
        Ok(Opened { loaded, graph, watched })
    }

    pub fn records(&self) -> Records {
        std::fs::read(self.cache.join("state/nodes"))
            .map_or_else(|_| Records::new(), |b| decode(&b))
    }

    /// Room for more on the disk that holds the cache, in bytes.
    pub fn free_bytes(&self) -> Option<u64> {
        let held = self.cache.ancestors().find_map(|folder| rustix::fs::statvfs(folder).ok())?;
        held.f_bavail.checked_mul(held.f_frsize)
    }

    fn snapshot_path(&self) -> PathBuf {
        self.cache.join("state/snapshot")
    }

    pub fn identities(&self) -> LocalIdentities<'_> {
        LocalIdentities::new(&self.root, &self.cache, &self.digests, search_path())
    }
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

/// All that decides whether a snapshot speaks of this build, besides the files it looks at.
fn circumstances(
    project: &Project,
    request: &Request,
    identities: &LocalIdentities<'_>,
) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("memebuild snapshot circumstances v1");
    let mut field = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    field(identities.own().as_bytes());
    field(project.root.as_os_str().as_encoded_bytes());
    for variable in ["PATH", "HOME", "MEMEBUILD_FFMPEG", "MEMEBUILD_FFPROBE"] {
        field(std::env::var_os(variable).unwrap_or_default().as_encoded_bytes());
    }
    // A limit that was lowered is kept by a build that has nothing else to do.
    field(std::env::var_os(VARIABLE).unwrap_or_default().as_encoded_bytes());
    field(format!("{:?}", request.limit).as_bytes());
    field(format!("{:?} {}", project.mocked, request.release).as_bytes());
    request.targets.iter().for_each(|target| field(target.as_bytes()));
    *hasher.finalize().as_bytes()
}

/// Builds a project.
///
/// # Errors
/// Every mistake in the Memefile or in the targets: nothing ran.
pub fn build_project(
    project: &Project,
    request: &Request,
    cancel: &Cancel,
    emit: &mut dyn FnMut(&Event),
    waiting: &mut dyn FnMut(),
) -> Result<BuildEnd, Vec<Diagnostic>> {
    let identities = project.identities();
    let circumstances = circumstances(project, request, &identities);
    if request.may_be_brief
        && let Some(bytes) = snapshot::map(&project.snapshot_path())
        && let Some(state) = snapshot::check(&bytes, &circumstances)
    {
        return Ok(BuildEnd {
            exit: Exit::Ok,
            up_to_date: Some(state),
            failures: Vec::new(),
            warnings: Vec::new(),
            rechecked: Vec::new(),
        });
    }
    let began_ns = stamp::now_ns();
    let _lock = ProjectLock::take(&project.cache, waiting).map_err(|problem| vec![problem])?;
    let nothing = Ingested { mocked: &project.mocked, ..Ingested::NOTHING };
    let mut opened = project.expand(nothing)?;
    // What a growing graph will hold is known once it has grown.
    let grows = !opened.loaded.graph.pending.is_empty();
    let first: Vec<String> = opened.loaded.graph.pending.iter().cloned().collect();
    let mut wanted = select::select(&opened.graph, if grows { &first } else { &request.targets })?;
    if request.release {
        taint::refuse(&opened.graph, &wanted)?;
    }
    hash_files(project, &opened.graph, &wanted);

    let started_ms = now_ms();
    let name = build_name(started_ms);
    let options = Options {
        slots: request.slots,
        keep_going: request.keep_going,
        build: name.clone(),
        started_ms,
        tools: identities.all(),
        pinned: pinned_nodes(&project.store),
        readable: false,
    };
    let max_bytes =
        limit(request.limit, &opened.loaded.catalogue).map_err(|problem| vec![problem])?;
    let records = project.records();
    let pinned = pinned_blobs(&project.store, &records);
    project.store.begin(Terms {
        max_bytes,
        build: name.clone(),
        shared: project.turns.is_some(),
        pinned,
    });
    let mut log = EventLog::create(&project.cache, &name);
    let mut write = |event: &Event| {
        log.write(event);
        emit(event);
    };
    let mut rounds = Rounds::new(&mut write);
    rounds.see(&Event::BuildStarted {
        schema_version: 1,
        build: name,
        started_ms,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        targets: request.targets.clone(),
        nodes: count(&wanted),
        slots: u32::try_from(request.slots).unwrap_or(u32::MAX),
    });
    let executor = LocalExecutor::new(project.store.session().clone(), search_path());
    let workspace =
        ProjectFiles { root: &project.root, store: &project.store, digests: &project.digests };
    let runner = LocalRunner {
        root: &project.root,
        store: &project.store,
        digests: &project.digests,
        turns: project.turns.as_ref(),
        executor: &executor,
        cancel,
        exe: std::env::current_exe().unwrap_or_else(|_| "memebuild".into()),
    };
    let services = Services {
        store: &project.store,
        workspace: &workspace,
        identities: &identities,
        runner: &runner,
    };
    let run = |opened: &Opened, wanted: &[bool], records, readable, rounds: &mut Rounds<'_>| {
        let options = Options { readable, ..options.clone() };
        build(&opened.graph, wanted, records, services, &options, &mut |event| rounds.see(event))
    };
    let since = || now_ms().saturating_sub(started_ms);
    let mut outcome = run(&opened, &wanted, records, grows, &mut rounds);
    let go_on = request.keep_going || rounds.failed().is_empty();
    if grows && go_on && !outcome.cancelled {
        let known =
            Known { records: &outcome.records, store: &project.store, failed: rounds.failed() };
        let metadata = |node: &str| known.metadata(node);
        let ingested = Ingested { metadata: &metadata, all: true, mocked: &project.mocked };
        let grown = project.expand(ingested);
        let grown = grown.and_then(|opened| {
            let wanted = select::select(&opened.graph, &request.targets)?;
            if request.release {
                taint::refuse(&opened.graph, &wanted)?;
            }
            Ok((opened, wanted))
        });
        match grown {
            Ok(grown) => (opened, wanted) = grown,
            Err(mistakes) => {
                let (at_ms, exit_code) = (since(), Exit::Usage.code());
                let (fresh, saved_ms) = spared(&opened.graph, &outcome);
                let cancelled = false;
                let end = Event::BuildFinished { at_ms, exit_code, cancelled, fresh, saved_ms };
                rounds.see(&end);
                return Err(mistakes);
            }
        }
        rounds.see(&Event::GraphGrew { at_ms: since(), nodes: count(&wanted) });
        hash_files(project, &opened.graph, &wanted);
        outcome = run(&opened, &wanted, outcome.records, false, &mut rounds);
    }
    project.store.flush();

    let exit = exit_of(&outcome.ended, cancel);
    let (fresh, saved_ms) = spared(&opened.graph, &outcome);
    rounds.see(&Event::BuildFinished {
        at_ms: since(),
        exit_code: exit.code(),
        cancelled: outcome.cancelled,
        fresh,
        saved_ms,
    });
    let mut records = outcome.records;
    records.retain(|name, _| opened.graph.find(name).is_some());
    // State is a memo: a disk that is full costs time next build, not this build.
    let _ = state::replace(&project.cache.join("state/nodes"), &encode(&records));
    // What is made of stand-ins is told of each time, and a snapshot names no nodes.
    let tainted = taint::tainted(&opened.graph).into_iter().zip(&wanted).any(|(t, w)| t && *w);
    if exit == Exit::Ok && !tainted {
        let recorder = live_files(project, &opened, &wanted, &records, &identities);
        let up_to_date = UpToDate {
            nodes: count(&wanted),
            saved_ms: records.values().map(|record| record.cost_ms).sum(),
        };
        if let Some(bytes) = recorder.and_then(|r| r.encode(&circumstances, up_to_date, began_ns)) {
            let _ = state::replace(&project.snapshot_path(), &bytes);
        }
    }
    let _ = project.digests.save();
    let mut warnings = std::mem::take(&mut opened.loaded.warnings);
    warnings.extend(project.store.warnings());
    let mut failures: Vec<Diagnostic> =
        outcome.ended.into_iter().flatten().filter_map(|ended| ended.failure).collect();
    let rechecked = match request.recheck_milli {
        0 => Vec::new(),
        _ if outcome.cancelled => Vec::new(),
        share => recheck(project, &opened, &wanted, share, &options.build, cancel),
    };
    failures.extend(rechecked.iter().filter_map(divergent));
    let exit = failures.iter().map(|failure| failure.exit).fold(exit, Exit::min);
    Ok(BuildEnd { exit, up_to_date: None, failures, warnings, rechecked })
}

/// A node whose key does not hold all that decides its bytes.
fn divergent(rechecked: &Rechecked) -> Option<Diagnostic> {
    let Class::Divergent(what) = &rechecked.class else { return None };
    let message = format!("{} was run again and came out different", rechecked.node);
    let hint = "what it runs is not deterministic, or reads something that it does not declare";
    Some(Diagnostic::error("divergent", message).note(what.clone()).hint(hint))
}

/// How many nodes were fresh, and how long those took when they ran.
fn spared(graph: &Graph, outcome: &Outcome) -> (u64, u64) {
    let mut spared = (0, 0);
    for index in graph.order() {
        let Some(Some(ended)) = outcome.ended.get(index.index()) else { continue };
        if ended.status == Status::Fresh {
            spared.0 += 1;
            let record = outcome.records.get(&graph.entry(*index).name);
            spared.1 += record.map_or(0, |record| record.cost_ms);
        }
    }
    spared
}

fn count(wanted: &[bool]) -> u64 {
    wanted.iter().filter(|wanted| **wanted).count() as u64
}

/// Hashes what the wanted nodes read, on all cores, into the memo. A file that cannot be read
/// fails its node later, by name.
fn hash_files(project: &Project, graph: &Graph, wanted: &[bool]) {
    let files: BTreeSet<PathBuf> = graph
        .order()
        .iter()
        .filter(|index| wanted[index.index()])
        .flat_map(|index| graph.entry(*index).node.files())
        .collect();
    project.digests.digest_all(&files.into_iter().collect::<Vec<_>>());
}

/// Everything whose change must end the snapshot: hashed, so that its stat data are trusted.
fn live_files(
    project: &Project,
    opened: &Opened,
    wanted: &[bool],
    records: &Records,
    identities: &LocalIdentities<'_>,
) -> Option<Recorder> {
    let mut recorder = Recorder::default();
    let mut files = BTreeSet::new();
    for index in opened.graph.order().iter().filter(|index| wanted[index.index()]) {
        let entry = opened.graph.entry(*index);
        files.extend(entry.node.files());
        let record = records.get(&entry.name)?;
        files.extend(record.published.iter().map(|(path, _)| path.clone()));
    }
    let files: Vec<PathBuf> = files.into_iter().collect();
    for (path, digest) in files.iter().zip(project.digests.digest_all(&files)) {
        recorder.file(project.root.join(path), digest.ok()?.1);
    }
    for path in opened.watched.iter().cloned().chain(identities.witnesses()) {
        recorder.path(path);
    }
    Some(recorder)
}

fn exit_of(ended: &[Option<Ended>], cancel: &Cancel) -> Exit {
    if let Some(signal) = cancel.signal() {
        return Exit::Cancelled(signal);
    }
    let mut exits = ended.iter().flatten().map(|ended| match (&ended.failure, ended.accepted) {
        (Some(failure), _) => failure.exit,
        (None, Some(false)) => Exit::Rejected,
        (None, _) if ended.status == Status::Waiting => Exit::Waiting,
        _ => Exit::Ok,
    });
    exits.by_ref().min().unwrap_or(Exit::Ok)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `20261124-075512-1a2b`: sorts by time; the process tells two of one second apart.
fn build_name(started_ms: u64) -> String {
    let moment = i64::try_from(started_ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let stamp = moment.strftime("%Y%m%d-%H%M%S");
    format!("{stamp}-{:03}-{:x}", started_ms % 1000, std::process::id())
}
