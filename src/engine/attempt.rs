//! What every build of a project does alike, whether it builds all of it or a few rows: its name, its
//! terms with the store, its first and last events.

use super::broadcast::Broadcast;
use super::build::{Ended, Options, Outcome, build};
use super::cache::{limit, pinned_blobs, pinned_nodes};
use super::growth::{Rounds, Settled};
use super::identities::LocalIdentities;
use super::log::EventLog;
use super::project::{Opened, Project, records_now, search_path};
use super::record::Records;
use super::request::Request;
use super::runner::LocalRunner;
use super::services::Services;
use super::workspace::ProjectFiles;
use crate::contract::event::{Event, Status};
use crate::diagnostic::{Diagnostic, Exit};
use crate::exec::{Cancel, LocalExecutor};
use crate::graph::Graph;
use crate::node::catalogue::Catalogue;
use crate::store::collect::Terms;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::debug_span;

/// A build of a project that is locked.
pub struct Attempt<'a> {
    pub project: &'a Project,
    pub request: &'a Request,
    pub identities: &'a LocalIdentities<'a>,
    pub cancel: &'a Cancel,
    pub options: Options,
}

impl<'a> Attempt<'a> {
    /// Names the build, and has the store serve it.
    ///
    /// # Errors
    /// The limit of the cache is none.
    pub fn begin(
        project: &'a Project,
        request: &'a Request,
        identities: &'a LocalIdentities<'a>,
        cancel: &'a Cancel,
        catalogue: &Catalogue,
        records: &Records,
    ) -> Result<Self, Vec<Diagnostic>> {
        let started_ms = now_ms();
        let options = Options {
            slots: request.slots,
            keep_going: request.keep_going,
            build: build_name(started_ms),
            started_ms,
            tools: identities.all(),
            pinned: pinned_nodes(&project.store),
            readable: false,
            checkpoint: Some(records_now(&project.cache)),
            drafts_first: project.drafts,
            failed: HashMap::new(),
        };
        project.store.begin(Terms {
            max_bytes: limit(request.limit, catalogue).map_err(|problem| vec![problem])?,
            build: options.build.clone(),
            shared: project.turns.is_some(),
            pinned: pinned_blobs(&project.store, records),
        });
        Ok(Self { project, request, identities, cancel, options })
    }

    /// Begins the log with what happened before, and says that so many nodes are wanted.
    pub fn start<'e>(
        &self,
        nodes: u64,
        before: &[Event],
        emit: &'e mut dyn FnMut(&Event),
    ) -> Rounds<'e> {
        let mut log = EventLog::create(&self.project.cache, &self.options.build);
        before.iter().for_each(|event| log.write(event));
        // What an earlier build knew is less than what is stored.
        let _ = std::fs::remove_file(records_now(&self.project.cache));
        let mut rounds = Rounds::new(log, Broadcast::begin(&self.project.cache), emit);
        rounds.see(&Event::BuildStarted {
            schema_version: 1,
            build: self.options.build.clone(),
            started_ms: self.options.started_ms,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            targets: self.request.targets.clone(),
            nodes,
            slots: u32::try_from(self.request.slots).unwrap_or(u32::MAX),
        });
        rounds
    }

    /// Builds the wanted nodes, but not again what earlier rounds settled. `readable`: somebody outside of the graph reads their bytes.
    pub fn run(
        &self,
        (opened, wanted): (&Opened, &[bool]),
        records: Records,
        settled: &Settled,
        readable: bool,
        rounds: &mut Rounds<'_>,
    ) -> Outcome {
        let project = self.project;
        debug_span!("hash").in_scope(|| hash_files(project, &opened.graph, wanted));
        let executor = LocalExecutor::new(project.store.session().clone(), search_path());
        let workspace =
            ProjectFiles { root: &project.root, store: &project.store, digests: &project.digests };
        let runner = LocalRunner {
            root: &project.root,
            store: &project.store,
            digests: &project.digests,
            turns: project.turns.as_ref(),
            executor: &executor,
            cancel: self.cancel,
            exe: std::env::current_exe().unwrap_or_else(|_| "memebuild".into()),
        };
        let services = Services {
            store: &project.store,
            workspace: &workspace,
            identities: self.identities,
            runner: &runner,
        };
        let failed = settled.failures.clone();
        let options = Options { readable, failed, ..self.options.clone() };
        build(&opened.graph, wanted, records, services, &options, &mut |event| rounds.see(event))
    }

    /// Milliseconds since it began.
    pub fn since(&self) -> u64 {
        now_ms().saturating_sub(self.options.started_ms)
    }

    /// The last event. `fresh` are the nodes that were, and what those took when they ran.
    pub fn finished(&self, exit: Exit, cancelled: bool, (fresh, saved_ms): (u64, u64)) -> Event {
        let (at_ms, exit_code) = (self.since(), exit.code());
        Event::BuildFinished { at_ms, exit_code, cancelled, fresh, saved_ms }
    }
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

/// The exit code of a build whose nodes ended so.
pub fn exit_of(ended: &[Option<Ended>], cancel: &Cancel) -> Exit {
    // Whoever cancels, by a signal or not: what was not built yet is not up to date.
    if cancel.is_cancelled() {
        return Exit::Cancelled(cancel.signal().unwrap_or(0));
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
