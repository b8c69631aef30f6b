//! Building all of a project.

use super::attempt::{Attempt, exit_of};
use super::build::Outcome;
use super::growth::Known;
use super::identities::LocalIdentities;
use super::live::{self, count};
use super::project::Project;
use super::recheck::{Class, Rechecked, recheck};
use super::request::{BuildEnd, Request};
use super::sources;
use crate::contract::event::{Event, Status};
use crate::diagnostic::{Diagnostic, Exit};
use crate::exec::Cancel;
use crate::graph::{Graph, select};
use crate::node::batch::Scope;
use crate::node::expansion::Ingested;
use crate::store::{ActionCache, stamp};

/// Builds what is wanted of a project that is locked.
///
/// # Errors
/// Every mistake in the Memefile or in the targets: nothing ran, or only what tells what there is.
pub fn build_whole(
    project: &Project,
    request: &Request,
    identities: &LocalIdentities<'_>,
    circumstances: &[u8; 32],
    cancel: &Cancel,
    emit: &mut dyn FnMut(&Event),
) -> Result<BuildEnd, Vec<Diagnostic>> {
    let began_ns = stamp::now_ns();
    let mut fetched = sources::prepare(project, request.sources, cancel, emit)?;
    if fetched.cancelled {
        return Ok(BuildEnd::cancelled(cancel));
    }
    let opened = project.expand(Ingested::NOTHING, Scope::All);
    let mut opened = opened.map_err(|mistakes| fetched.with(mistakes))?;
    // What a growing graph will hold is known once it has grown.
    let grows = !opened.loaded.graph.pending.is_empty();
    let first: Vec<String> = opened.loaded.graph.pending.iter().cloned().collect();
    let mut wanted = select::select(&opened.graph, if grows { &first } else { &request.targets })?;
    let (records, catalogue) = (project.records(), &opened.loaded.catalogue);
    let attempt = Attempt::begin(project, request, identities, cancel, catalogue, &records)?;
    let mut rounds = attempt.start(count(&wanted), &fetched.events, emit);
    let mut outcome = attempt.run((&opened, &wanted), records, grows, &mut rounds);
    let go_on = request.keep_going || rounds.failed().is_empty();
    if grows && go_on && !outcome.cancelled {
        let known =
            Known { records: &outcome.records, store: &project.store, failed: rounds.failed() };
        let metadata = |node: &str| known.metadata(node);
        let grown = project
            .expand(Ingested { metadata: &metadata, all: true, ..Ingested::NOTHING }, Scope::All);
        let grown = grown.and_then(|opened| {
            let wanted = select::select(&opened.graph, &request.targets)?;
            Ok((opened, wanted))
        });
        match grown {
            Ok(grown) => (opened, wanted) = grown,
            Err(mistakes) => {
                let spared = spared(&opened.graph, &outcome);
                rounds.see(&attempt.finished(Exit::Usage, false, spared));
                return Err(mistakes);
            }
        }
        rounds.see(&Event::GraphGrew { at_ms: attempt.since(), nodes: count(&wanted) });
        outcome = attempt.run((&opened, &wanted), outcome.records, false, &mut rounds);
    }
    project.store.flush();

    let exit = exit_of(&outcome.ended, cancel).min(fetched.exit());
    rounds.see(&attempt.finished(exit, outcome.cancelled, spared(&opened.graph, &outcome)));
    let mut records = outcome.records;
    // State is a memo: a disk that is full costs time next build, not this build.
    let _ = records.rewrite(&project.records_path(), &|name| opened.graph.find(name).is_some());
    // Where a server decided what there is, only asking it again tells whether that holds.
    if exit == Exit::Ok && fetched.is_complete() && !opened.loaded.graph.remote {
        let built = (&opened, wanted.as_slice());
        live::write(project, built, &records, identities, circumstances, began_ns);
    }
    let _ = project.digests.save();
    let mut warnings = std::mem::take(&mut opened.loaded.warnings);
    warnings.extend(project.store.warnings());
    let of_nodes = outcome.ended.into_iter().flatten().filter_map(|ended| ended.failure);
    let mut failures: Vec<Diagnostic> = fetched.failures.into_iter().chain(of_nodes).collect();
    let rechecked = match request.recheck_milli {
        0 => Vec::new(),
        _ if outcome.cancelled => Vec::new(),
        share => recheck(project, &opened, &wanted, share, &attempt.options.build, cancel),
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
