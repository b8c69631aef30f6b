//! Building all of a project.

use super::attempt::{Attempt, exit_of};
use super::build::Outcome;
use super::choices;
use super::early;
use super::growth::{Findings, Rounds, Settled};
use super::identities::LocalIdentities;
use super::live::{self, count};
use super::project::Project;
use super::recheck::{Class, Rechecked, recheck};
use super::record::Records;
use super::request::{BuildEnd, Request};
use super::round::{About, Round, directors};
use super::snapshot::Began;
use super::sources;
use super::transcript;
use super::watch::Reads;
use crate::contract::CONTRACT_CHANGED;
use crate::contract::event::{Event, Status};
use crate::diagnostic::{Diagnostic, Exit};
use crate::exec::Cancel;
use crate::graph::{Graph, taint};
use crate::node::batch::Scope;
use crate::store::{ActionCache, stamp};
use tracing::debug_span;

/// Builds what is wanted of a project that is locked.
///
/// # Errors
/// Every mistake in the Memefile or in the targets: nothing ran, or only what tells what there is and
/// what was expanded early.
pub fn build_whole(
    project: &Project,
    request: &Request,
    identities: &LocalIdentities<'_>,
    circumstances: &[u8; 32],
    cancel: &Cancel,
    emit: &mut dyn FnMut(&Event),
) -> Result<BuildEnd, Vec<Diagnostic>> {
    let asking_ns = stamp::now_ns();
    let mut reading_ns = asking_ns;
    let mut fetched = sources::prepare(project, request.sources, cancel, emit)?;
    if fetched.cancelled {
        return Ok(BuildEnd::cancelled(cancel));
    }
    let (mut records, mut settled) = (project.records(), Settled::default());
    let expand = |records: &Records, settled: &Settled| {
        let (store, settled) = (&project.store, Some(settled));
        let findings = Findings { records, store, settled, cancel: Some(cancel) };
        let opened = project.expand_with(&findings, Scope::All)?;
        let round = Round::of(&opened, &request.targets, project.drafts)?;
        if request.release {
            taint::refuse(&opened.graph, &round.wanted)?;
        }
        Ok((opened, round))
    };
    let grown = match early::part(project, request, circumstances) {
        Some(part) => {
            let round = Round::part(&part);
            Ok((part, round))
        }
        None => expand(&records, &settled),
    };
    if cancel.is_cancelled() {
        return Ok(BuildEnd::cancelled(cancel));
    }
    let (mut opened, mut round) = grown.map_err(|mistakes| fetched.with(mistakes))?;
    let catalogue = &opened.loaded.catalogue;
    let attempt = Attempt::begin(project, request, identities, cancel, catalogue, &records)?;
    let mut rounds = attempt.start(count(&round.wanted), &fetched.events, emit);
    let outcome = loop {
        let built = (&opened, round.wanted.as_slice());
        // What a director would do that is not wanted, it does not do.
        let transcripts = directors(&opened, &request.targets);
        if let Err(problem) = transcript::write(project, transcripts, request.strict) {
            rounds.see(&attempt.finished(problem.exit, false, (0, 0)));
            return Err(vec![problem]);
        }
        let readable = round.about == About::Clues;
        let outcome = attempt.run(built, records, &settled, readable, &mut rounds);
        fetched.failures.extend(choices::pin(project, &opened.graph, &outcome).err());
        let stopped = is_stopped(&opened.graph, &outcome, request.keep_going);
        if round.about == About::All || stopped || outcome.cancelled {
            break outcome;
        }
        settled.add(&opened.loaded.graph.pending, &opened.graph, &outcome);
        // But for programs, nothing that the snapshot speaks of was read before this.
        reading_ns = stamp::now_ns();
        let grown = expand(&outcome.records, &settled);
        if cancel.is_cancelled() {
            // Whoever cancels waits for it to end: there is no need to look at all of a large project first.
            break Outcome { cancelled: true, ..outcome };
        }
        match grown {
            Ok(grown) => (opened, round) = grown,
            Err(mistakes) => {
                let spared = spared(&opened.graph, &outcome, &rounds);
                rounds.see(&attempt.finished(Exit::Usage, false, spared));
                // What was built before the mistake was found is not built again once it is mended.
                project.store.flush();
                let _ = outcome.records.save(&project.records_path());
                let _ = project.digests.save();
                return Err(mistakes);
            }
        }
        rounds.see(&Event::GraphGrew { at_ms: attempt.since(), nodes: count(&round.wanted) });
        records = outcome.records;
    };
    debug_span!("flush").in_scope(|| project.store.flush());

    let exit = exit_of(&outcome.ended, cancel).min(fetched.exit());
    let spared = spared(&opened.graph, &outcome, &rounds);
    rounds.see(&attempt.finished(exit, outcome.cancelled, spared));
    let saving = debug_span!("state").entered();
    let mut records = outcome.records;
    let graph = &opened.loaded.graph;
    let is_part = round.about == About::Part;
    let is_whole = graph.pending.is_empty() && graph.stuck.is_empty() && !is_part;
    if is_whole && exit == Exit::Ok {
        fetched.failures.extend(choices::prune(project, &opened.graph).err());
    }
    // State is a memo: a disk that is full costs time next build, not this build. What there is no more is
    // forgotten once all there is was built.
    let _ = match is_whole && !outcome.cancelled {
        true => {
            let keep = |name: &str| opened.graph.find(name).is_some();
            records.rewrite(&project.records_path(), &keep)
        }
        false => records.save(&project.records_path()),
    };
    // Where a server decided what there is, only asking it again tells whether that holds.
    // What is made of stand-ins is told of each time, and a snapshot names no nodes.
    let lasts = !opened.loaded.graph.remote && !taint::any(&opened.graph, &round.wanted);
    if exit == Exit::Ok && fetched.is_complete() && lasts {
        let built = (&opened, round.wanted.as_slice());
        let began = Began { asking_ns, reading_ns };
        live::write(project, built, &records, identities, circumstances, began);
    }
    let _ = project.digests.save();
    drop(saving);
    let mut warnings = std::mem::take(&mut opened.loaded.warnings);
    warnings.extend(project.store.warnings());
    let of_nodes = outcome.ended.into_iter().flatten().filter_map(|ended| ended.failure);
    let mut failures: Vec<Diagnostic> = fetched.failures.into_iter().chain(of_nodes).collect();
    let rechecked = match request.recheck_milli {
        0 => Vec::new(),
        _ if outcome.cancelled => Vec::new(),
        share => recheck(project, &opened, &round.wanted, share, &attempt.options.build, cancel),
    };
    failures.extend(rechecked.iter().filter_map(divergent));
    let exit = failures.iter().map(|failure| failure.exit).fold(exit, Exit::min);
    let reads = request.reads.then(|| Reads::of(project, &opened, &records, is_part));
    Ok(BuildEnd { exit, up_to_date: None, failures, warnings, rechecked, reads })
}

/// Whether a node failed with which the build ends.
fn is_stopped(graph: &Graph, outcome: &Outcome, keep_going: bool) -> bool {
    graph.order().iter().any(|index| {
        let Some(failure) = outcome.failure(*index) else { return false };
        let is_told = keep_going || graph.entry(*index).node.failure_is_told();
        // What was held to a contract that changed meanwhile is nothing to go on with.
        !is_told || failure.code == CONTRACT_CHANGED
    })
}

/// A node whose key does not hold all that decides its bytes.
fn divergent(rechecked: &Rechecked) -> Option<Diagnostic> {
    let Class::Divergent(what) = &rechecked.class else { return None };
    let message = format!("{} was run again and came out different", rechecked.node);
    let hint = "what it runs is not deterministic, or reads something that it does not declare";
    Some(Diagnostic::error("divergent", message).note(what.clone()).hint(hint))
}

/// How many nodes were fresh in all rounds, and how long those took when they ran.
fn spared(graph: &Graph, outcome: &Outcome, rounds: &Rounds<'_>) -> (u64, u64) {
    let mut spared = (0, 0);
    for index in graph.order() {
        let Some(Some(ended)) = outcome.ended.get(index.index()) else { continue };
        let name = &graph.entry(*index).name;
        if ended.status == Status::Fresh && rounds.was_fresh(name) {
            spared.0 += 1;
            let record = outcome.records.get(name);
            spared.1 += record.map_or(0, |record| record.cost_ms);
        }
    }
    spared
}
