//! What a person asks of a project, and the shortest way to answer.

use super::cache::Limit;
use super::live;
use super::lock::ProjectLock;
use super::project::Project;
use super::recheck::Rechecked;
use super::rows;
use super::snapshot::{self, Snapshot, UpToDate};
use super::watch::Reads;
use super::whole::build_whole;
use crate::contract::event::Event;
use crate::diagnostic::{Diagnostic, Exit};
use crate::exec::Cancel;
use crate::source::Mode;
use tracing::{debug_span, info_span};

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
    /// What may be asked for over a network, and whether pins may move.
    pub sources: Mode,
    /// Whether what descends from a stand-in is refused.
    pub release: bool,
    /// Whether directors must do again what their transcripts say.
    pub strict: bool,
    /// Whether the end says what was read, so that somebody may watch it.
    pub reads: bool,
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
    /// What was read, where that was asked for and something was.
    pub reads: Option<Reads>,
}

impl BuildEnd {
    /// Somebody ended it before anything was built.
    pub(super) fn cancelled(cancel: &Cancel) -> Self {
        Self {
            exit: Exit::Cancelled(cancel.signal().unwrap_or(0)),
            up_to_date: None,
            failures: Vec::new(),
            warnings: Vec::new(),
            rechecked: Vec::new(),
            reads: None,
        }
    }

    pub(super) fn nothing_to_do(state: UpToDate) -> Self {
        Self {
            exit: Exit::Ok,
            up_to_date: Some(state),
            failures: Vec::new(),
            warnings: Vec::new(),
            rechecked: Vec::new(),
            reads: None,
        }
    }
}

/// Builds a project: not at all where nothing changed, by rows where only rows of tables did, else
/// all of it.
///
/// # Errors
/// Every mistake in the Memefile or in the targets: nothing ran. `cancelled`, while another memebuild
/// worked in the project.
pub fn build_project(
    project: &Project,
    request: &Request,
    cancel: &Cancel,
    emit: &mut dyn FnMut(&Event),
    waiting: &mut dyn FnMut(),
) -> Result<BuildEnd, Vec<Diagnostic>> {
    let _span = info_span!("build").entered();
    let identities = project.identities();
    let circumstances = live::circumstances(project, request, &identities);
    let mut by_rows = false;
    if request.may_be_brief
        && let Some(bytes) = snapshot::map(&project.snapshot_path())
        && let Some(snapshot) = Snapshot::read(&bytes, &circumstances)
    {
        let _span = debug_span!("snapshot").entered();
        by_rows = !snapshot.tables_hold();
        if !by_rows && snapshot.rest_holds() {
            return Ok(BuildEnd::nothing_to_do(snapshot.head.state));
        }
    }
    let lock =
        debug_span!("lock").in_scope(|| ProjectLock::take(&project.cache, Some(cancel), waiting));
    let _lock = lock.map_err(|problem| vec![problem])?;
    if by_rows && request.targets.is_empty() {
        let built = rows::build(project, request, &identities, &circumstances, cancel, emit);
        if let Some(end) = built {
            return end;
        }
    }
    build_whole(project, request, &identities, &circumstances, cancel, emit)
}
