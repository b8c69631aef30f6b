//! Building the rows of tables that changed, and nothing else.
//!
//! Where a snapshot holds in all but its tables of captions, everything is up to date except for cells
//! of rows that are not as they were. Those alone are expanded, with what they depend on and what
//! depends on them, and built like any other graph; the records and the snapshot are patched. What
//! is not plainly a change of rows is left to a whole build, before anything was built or said.
//!
//! ```text
//! snapshot ─ all but the tables as it says? ───────────┐
//! old rows ─ new rows ─▶ changed cells ─▶ small graph ──┴─▶ build ─▶ records ─▶ rows ─▶ snapshot
//! ```
//!
//! The snapshot names the records and the rows that it speaks of, and is written last. After a kill in
//! between they are not those any more, and a whole build follows.

use super::attempt::{Attempt, exit_of};
use super::build::{Ended, Outcome};
use super::growth::Settled;
use super::identities::LocalIdentities;
use super::live;
use super::project::{Opened, Project};
use super::record::Records;
use super::request::{BuildEnd, Request};
use super::snapshot::{self, Head, Patch, Snapshot, UpToDate};
use super::watch::Reads;
use crate::contract::event::{Event, Status};
use crate::diagnostic::{Diagnostic, Exit};
use crate::exec::Cancel;
use crate::graph::select::with_needs;
use crate::graph::taint;
use crate::node::NodeName;
use crate::node::batch::Scope;
use crate::node::known::Known;
use crate::node::render;
use crate::store::{ActionCache, Stamp, stamp};
use petgraph::graph::NodeIndex;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tracing::debug_span;

/// Builds the rows that changed in a project that is locked, all of whose nodes are wanted. `None`:
/// more than rows changed, or it cannot be told; nothing was done.
pub fn build(
    project: &Project,
    request: &Request,
    identities: &LocalIdentities<'_>,
    circumstances: &[u8; 32],
    cancel: &Cancel,
    emit: &mut dyn FnMut(&Event),
) -> Option<Result<BuildEnd, Vec<Diagnostic>>> {
    let bytes = snapshot::map(&project.snapshot_path())?;
    let snapshot = Snapshot::read(&bytes, circumstances)?;
    if snapshot.tables_hold() {
        // Another build was quicker.
        return snapshot.rest_holds().then(|| Ok(BuildEnd::nothing_to_do(snapshot.head.state)));
    }
    let mut rows = debug_span!("rows").in_scope(|| {
        std::thread::scope(|scope| {
            let rest = scope.spawn(|| snapshot.rest_holds());
            let rows = Rows::find(project, &snapshot)?;
            rest.join().is_ok_and(|holds| holds).then_some(rows)
        })
    })?;
    let records = std::mem::take(&mut rows.records);
    let catalogue = &rows.opened.loaded.catalogue;
    let attempt = match Attempt::begin(project, request, identities, cancel, catalogue, &records) {
        Ok(attempt) => attempt,
        Err(mistakes) => return Some(Err(mistakes)),
    };
    let before = Sums::of(&snapshot.head, &rows, &records);
    let mut rounds = attempt.start(before.nodes, &[], emit);
    let mut patch = rows.forget(&project.root, &records);
    let built = (&rows.opened, rows.wanted.as_slice());
    let outcome = attempt.run(built, records, &Settled::default(), false, &mut rounds);
    project.store.flush();

    let exit = exit_of(&outcome.ended, cancel);
    let (state, spared) = before.after(&rows, &outcome);
    rounds.see(&attempt.finished(exit, outcome.cancelled, spared));
    let mut records = outcome.records;
    rows.stale.iter().for_each(|name| records.remove(name));
    // State is a memo: a disk that is full costs time next build, not this build.
    let saved = records.save(&project.records_path());
    if exit == Exit::Ok && saved.is_ok() && rows.note(project, &outcome.ended, &records, &mut patch)
    {
        write(project, &rows, &snapshot, patch, circumstances, state);
    }
    let _ = project.digests.save();
    let reads = request.reads.then(|| Reads::of(project, &rows.opened, &records, true));
    let mut warnings = rows.opened.loaded.warnings;
    warnings.extend(project.store.warnings());
    let failures = outcome.ended.into_iter().flatten().filter_map(|ended| ended.failure).collect();
    let rechecked = Vec::new();
    Some(Ok(BuildEnd { exit, up_to_date: None, failures, warnings, rechecked, reads }))
}

/// Cells of rows that changed.
struct Rows {
    opened: Opened,
    /// By node: those of the cells, what these depend on, and what depends on them.
    wanted: Vec<bool>,
    /// Nodes with a record, of rows that are gone or have no such node any more.
    stale: Vec<NodeName>,
    /// The tables, and the stamps under which they were read.
    tables: Vec<(PathBuf, Stamp)>,
    records: Records,
}

impl Rows {
    fn find(project: &Project, snapshot: &Snapshot<'_>) -> Option<Self> {
        let records = project.records();
        if records.id() != snapshot.head.records {
            return None;
        }
        let old = live::read_rows(project, &snapshot.head.tables)?;
        let settled = |path: PathBuf| {
            let found = Stamp::of(&path).ok()?;
            if !found.is_settled(stamp::now_ns()) {
                found.settle();
            }
            Some((path, found))
        };
        let tables: Vec<(PathBuf, Stamp)> =
            snapshot.tables().into_iter().map(settled).collect::<Option<_>>()?;
        let (mocked, asking, drafts) = (&project.mocked, project.asking, project.drafts);
        let nothing = Known { mocked, asking, drafts, ..Known::NOTHING };
        let opened = project.expand(nothing, Scope::Rows(&old)).ok()?;
        let graph = &opened.loaded.graph;
        let same = |(path, found): &(PathBuf, Stamp)| Stamp::of(path).ok() == Some(*found);
        let plain = graph.pending.is_empty()
            && !graph.more_than_rows
            && graph.tables_read.iter().eq(tables.iter().map(|(path, _)| path))
            && tables.iter().all(same);
        if !plain {
            return None;
        }
        let wanted = wanted(&opened);
        // What is made of stand-ins is refused or told of by a whole build, and has no snapshot.
        if taint::any(&opened.graph, &wanted) {
            return None;
        }
        let mut stale: Vec<NodeName> =
            graph.touched.iter().flat_map(|render| recorded(&records, render)).collect();
        stale.retain(|name| opened.graph.find(name).is_none());
        Some(Self { wanted, stale, tables, records, opened })
    }

    fn names(&self) -> impl Iterator<Item = (NodeIndex, &str)> {
        let wanted = self.opened.graph.order().iter().filter(|index| self.wanted[index.index()]);
        wanted.map(|index| (*index, self.opened.graph.entry(*index).name.as_str()))
    }

    /// What these nodes left for people before is looked at no more, unless they leave it again.
    fn forget(&self, root: &Path, records: &Records) -> Patch {
        let mut patch = Patch::default();
        let names = self.names().map(|(_, name)| name);
        for name in names.chain(self.stale.iter().map(String::as_str)) {
            let published = records.get(name).map_or_else(Vec::new, |r| r.into_owned().published);
            published.into_iter().for_each(|(path, _)| patch.gone(root.join(path)));
        }
        patch
    }

    /// Notes what a null build has to look at for the nodes that were built; false where something of
    /// it cannot be read.
    fn note(
        &self,
        project: &Project,
        ended: &[Option<Ended>],
        records: &Records,
        patch: &mut Patch,
    ) -> bool {
        let mut files = BTreeSet::new();
        for (index, name) in self.names() {
            let Some(record) = records.get(name) else { return false };
            files.extend(record.published.iter().map(|(path, _)| path.clone()));
            // What a fresh node reads is looked at already.
            if !is_fresh(ended, index) {
                files.extend(self.opened.graph.entry(index).node.files());
            }
        }
        let files: Vec<PathBuf> = files.into_iter().collect();
        let digests = project.digests.digest_all(&files);
        files.iter().zip(digests).all(|(path, digest)| {
            digest.map(|(_, stamp)| patch.file(project.root.join(path), stamp)).is_ok()
        })
    }
}

fn is_fresh(ended: &[Option<Ended>], index: NodeIndex) -> bool {
    let ended = ended.get(index.index()).and_then(Option::as_ref);
    ended.is_some_and(|ended| ended.status == Status::Fresh)
}

/// The nodes of a render that have records.
fn recorded(records: &Records, name: &str) -> Vec<NodeName> {
    let mut found = Vec::new();
    for of in render::OWN {
        let one = format!("{of}:{name}");
        found.extend(records.names(&format!("{one}/")));
        found.extend(records.contains(&one).then_some(one));
    }
    found
}

/// The nodes of changed cells, those that depend on them, and all that these need.
fn wanted(opened: &Opened) -> Vec<bool> {
    let (graph, changed) = (&opened.graph, &opened.loaded.graph.changed);
    let mut wanted = vec![false; graph.len()];
    changed.iter().cloned().flatten().for_each(|at| wanted[at] = true);
    for index in graph.order() {
        if graph.dependencies(*index).any(|dep| wanted[dep.index()]) {
            wanted[index.index()] = true;
        }
    }
    with_needs(graph, &mut wanted);
    wanted
}

/// What the whole graph comes to.
struct Sums {
    nodes: u64,
    /// Time that those of its nodes took which are not wanted.
    others_ms: u64,
}

impl Sums {
    fn of(head: &Head, rows: &Rows, records: &Records) -> Self {
        let cost = |name: &str| records.get(name).map(|record| record.cost_ms);
        let (mut added, mut wanted_ms) = (0, 0);
        for (_, name) in rows.names() {
            let cost = cost(name);
            added += u64::from(cost.is_none());
            wanted_ms += cost.unwrap_or(0);
        }
        let stale_ms: u64 = rows.stale.iter().filter_map(|name| cost(name)).sum();
        Self {
            nodes: (head.state.nodes + added).saturating_sub(rows.stale.len() as u64),
            others_ms: head.state.saved_ms.saturating_sub(wanted_ms + stale_ms),
        }
    }

    /// The state once all is well, and what was fresh: so many nodes, and what those took.
    fn after(&self, rows: &Rows, outcome: &Outcome) -> (UpToDate, (u64, u64)) {
        let (mut wanted, mut wanted_ms, mut fresh, mut fresh_ms) = (0, 0, 0, 0);
        for (index, name) in rows.names() {
            let cost_ms = outcome.records.get(name).map_or(0, |record| record.cost_ms);
            let is_fresh = is_fresh(&outcome.ended, index);
            wanted += 1;
            wanted_ms += cost_ms;
            fresh += u64::from(is_fresh);
            fresh_ms += if is_fresh { cost_ms } else { 0 };
        }
        let state = UpToDate { nodes: self.nodes, saved_ms: self.others_ms + wanted_ms };
        (state, (self.nodes - wanted + fresh, self.others_ms + fresh_ms))
    }
}

/// Writes down that everything is up to date again.
fn write(
    project: &Project,
    rows: &Rows,
    snapshot: &Snapshot<'_>,
    mut patch: Patch,
    circumstances: &[u8; 32],
    state: UpToDate,
) {
    let Some(tables) = live::write_rows(project, &rows.opened.loaded.graph.tables) else { return };
    rows.tables.iter().for_each(|(path, stamp)| patch.table(path.clone(), *stamp));
    let head = Head { state, records: project.records().id(), tables };
    if let Some(bytes) = snapshot.patched(patch, circumstances, &head) {
        let _ = super::state::replace(&project.snapshot_path(), &bytes);
    }
}
