//! The one document that `build --format json` prints at the end.

use super::fold::{Fold, NodeResult};
use crate::contract::event::Status;
use crate::contract::report::{BuildReport, NodeReport, SourceReport};
use crate::contract::verdict::Decision;

/// Renders a finished build. Results are sorted by node name.
pub fn document(fold: &Fold) -> BuildReport {
    let sources = fold.sources.iter().map(|(name, source)| SourceReport {
        source: name.clone(),
        items: source.items,
        fetched: source.fetched,
        missing: source.missing,
        bytes: source.bytes,
    });
    BuildReport {
        nodes: fold.nodes,
        fresh: fold.count(Status::Fresh),
        hit: fold.count(Status::Hit),
        cutoff: fold.count(Status::Cutoff),
        ran: fold.count(Status::Ran),
        failed: fold.count(Status::Failed),
        skipped: fold.count(Status::Skipped),
        waiting: fold.count(Status::Waiting),
        actions_ran: fold.actions_ran,
        rejected: fold.rejected,
        mocks: fold.mocks(),
        wall_ms: fold.wall_ms,
        saved_ms: fold.saved_ms,
        sources: sources.collect(),
        results: fold.results.values().map(result).collect(),
    }
}

fn result(result: &NodeResult) -> NodeReport {
    let verdict = |accepted| if accepted { Decision::Accept } else { Decision::Reject };
    NodeReport {
        node: result.node.clone(),
        status: result.status,
        verdict: result.accepted.map(verdict),
        why: result.why.clone(),
        key: result.key,
        ms: result.wall_ms,
        outputs: result.outputs.clone(),
        files: result.files.clone(),
        notes: result.notes.clone(),
        mock: result.mock,
    }
}
