//! What is built before all of a project is expanded, for somebody who watches.
//!
//! A Memefile with a large batch takes some hundred milliseconds to expand, and most edits of it are of
//! something else. So what is no cell of a batch, and the cells whose rows changed, are expanded by
//! themselves and built in a round of their own. All of the project follows, and finds that fresh: nothing
//! is believed that is not proven there, and a part that cannot be told beforehand is left to it.

use super::live;
use super::project::{Opened, Project};
use super::request::Request;
use super::snapshot::{self, Snapshot};
use crate::graph::taint;
use crate::node::batch::Scope;
use crate::node::known::Known;

/// A part of the project in which every node may be built at once. `None`: there is no batch that would
/// take long, or more than that has to be known first.
pub fn part(project: &Project, request: &Request, circumstances: &[u8; 32]) -> Option<Opened> {
    if !request.reads || !request.targets.is_empty() || request.release {
        return None;
    }
    let bytes = snapshot::map(&project.snapshot_path())?;
    let snapshot = Snapshot::read(&bytes, circumstances)?;
    let old = live::read_rows(project, &snapshot.head.tables)?;
    if old.is_empty() {
        return None;
    }
    let (mocked, asking, drafts) = (&project.mocked, project.asking, project.drafts);
    let nothing = Known { mocked, asking, drafts, ..Known::NOTHING };
    let opened = project.expand(nothing, Scope::Rows(&old)).ok()?;
    let graph = &opened.loaded.graph;
    let all = vec![true; opened.graph.len()];
    let plain = graph.pending.is_empty()
        && graph.stuck.is_empty()
        && !graph.more_than_rows
        && !graph.remote
        && !taint::any(&opened.graph, &all);
    plain.then_some(opened)
}
