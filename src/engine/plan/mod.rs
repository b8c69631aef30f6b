//! What a build would do, without doing it.
//!
//! Batches are planned window by window, so that a million memes take no more memory than some
//! thousands: what is there besides cells is expanded with each window, and told of once.

mod fate;

use super::estimate::{Estimate, Estimator};
use super::project::{Opened, Project};
use super::record::Records;
use super::round::{self, foreseen};
use super::workspace::ProjectFiles;
use crate::contract::transcript::Line;
use crate::diagnostic::Diagnostic;
use crate::node::batch::{Scope, Windows};
use crate::node::expansion::{Growth, Waiting};
use crate::node::render;
use fate::Planner;
use petgraph::graph::NodeIndex;
use std::collections::{HashMap, HashSet};

/// Cells of a window, at most: enough to make what is expanded with each of them cheap.
pub const WINDOW: usize = 8192;

/// What would become of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Fresh,
    /// Everything it makes is in the cache.
    Hit,
    /// It would run, and why.
    Run(String),
    /// It depends on what another node would make; it may well be cut off.
    Depends(String),
    /// It cannot be worked out: what is wrong.
    Broken(String),
}

/// One node of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub node: String,
    pub fate: Fate,
    /// How long it took when it last ran; absent for a node that never did.
    pub last_ms: Option<u64>,
}

/// A director whose run is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoesOn {
    pub director: String,
    /// What it is about, a line of its transcript; none where its candidates are not known yet.
    pub at: Option<Line>,
}

/// What a plan comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    pub estimate: Estimate,
    pub batches: Vec<Growth>,
    /// Renders that are known only once assets are ingested.
    pub waiting: Vec<Waiting>,
    /// Directors that go on: what they come to is known then.
    pub directors: Vec<GoesOn>,
    /// Captions, and how many of them say something that no other does: equal ones are drawn once.
    pub captions: (usize, usize),
}

/// Plans what is wanted, and tells of each node, dependencies first: `window` combinations of
/// batches at a time, or all where there are targets.
///
/// # Errors
/// Every mistake in the Memefile or in the targets; what was told by then is not worth much.
pub fn plan(
    project: &Project,
    targets: &[String],
    window: usize,
    tell: &mut dyn FnMut(&Planned),
) -> Result<Outlook, Vec<Diagnostic>> {
    let records = project.records();
    let mut planning = Planning {
        project,
        records: &records,
        estimator: Estimator::new(&records),
        outlook: Outlook::default(),
        told: HashSet::new(),
        drawings: HashSet::new(),
        tell,
    };
    let findings = project.findings(&records);
    // A target is looked for among all nodes.
    if !targets.is_empty() {
        let opened = project.expand_with(&findings, Scope::All)?;
        let wanted = foreseen(&opened, targets)?;
        planning.add(&opened, &wanted, targets);
        return Ok(planning.finish());
    }
    let windows = Windows::default();
    let mut mistakes: Vec<Diagnostic> = Vec::new();
    for from in (0..).step_by(window) {
        windows.move_to(from..from + window);
        match project.expand_with(&findings, Scope::Window(&windows)) {
            Ok(opened) if mistakes.is_empty() => {
                planning.add(&opened, &vec![true; opened.graph.len()], targets);
            }
            Ok(_) => {}
            Err(more) => merge(&mut mistakes, more),
        }
        if windows.total() <= from + window {
            break;
        }
    }
    if mistakes.is_empty() {
        return Ok(planning.finish());
    }
    mistakes.sort_by_key(|d| d.labels.first().map_or(usize::MAX, |label| label.span.range.start));
    Err(mistakes)
}

/// Mistakes of another window: what stands outside of batches was found before.
fn merge(mistakes: &mut Vec<Diagnostic>, more: Vec<Diagnostic>) {
    for new in more {
        if !mistakes.contains(&new) {
            mistakes.push(new);
        }
    }
}

/// A plan in the making.
struct Planning<'a> {
    project: &'a Project,
    records: &'a Records,
    estimator: Estimator<'a>,
    outlook: Outlook,
    /// Nodes that more than one window has, hashed.
    told: HashSet<[u8; 16]>,
    /// What captions say, hashed.
    drawings: HashSet<[u8; 16]>,
    tell: &'a mut dyn FnMut(&Planned),
}

impl Planning<'_> {
    /// Plans the wanted nodes of a window.
    fn add(&mut self, opened: &Opened, wanted: &[bool], targets: &[String]) {
        let project = self.project;
        let identities = project.identities();
        let tools = identities.all();
        let workspace =
            ProjectFiles { root: &project.root, store: &project.store, digests: &project.digests };
        let mut planner = Planner {
            graph: &opened.graph,
            workspace: &workspace,
            identities: &identities,
            tools: &tools,
            records: self.records,
            outputs: HashMap::new(),
        };
        for index in opened.graph.order().iter().filter(|index| wanted[index.index()]) {
            let planned = planner.node(*index);
            if self.is_new(opened, *index, &planned.node) {
                self.see(opened, *index, &planned);
            }
        }
        // What is no cell is expanded with each window.
        for waiting in &opened.loaded.graph.waiting {
            if !self.outlook.waiting.contains(waiting) {
                self.outlook.waiting.push(waiting.clone());
            }
        }
        for (director, lines) in round::directors(opened, targets) {
            let is_over = matches!(lines.last(), Some(Line::Ended { .. }));
            let goes_on = GoesOn { director: director.to_owned(), at: lines.last().cloned() };
            if !is_over && !self.outlook.directors.contains(&goes_on) {
                self.outlook.directors.push(goes_on);
            }
        }
        for growth in &opened.loaded.graph.growth {
            let batches = &mut self.outlook.batches;
            match batches.iter_mut().find(|known| known.batch == growth.batch) {
                Some(known) => known.cells += growth.cells,
                None => batches.push(growth.clone()),
            }
        }
    }

    /// Whether no window before had the node. Nodes of a window's own cells are in no other.
    fn is_new(&mut self, opened: &Opened, index: NodeIndex, name: &str) -> bool {
        let own = opened.loaded.graph.changed.iter().any(|range| range.contains(&index.index()));
        let of = opened.graph.entry(index).node.type_name();
        (own && render::OWN.contains(&of)) || self.told.insert(short(name))
    }

    fn see(&mut self, opened: &Opened, index: NodeIndex, planned: &Planned) {
        self.estimator.add(planned);
        let node = &opened.graph.entry(index).node;
        if node.type_name() == "caption" {
            let (captions, distinct) = &mut self.outlook.captions;
            *captions += 1;
            *distinct += usize::from(self.drawings.insert(short(&node.declaration().to_string())));
        }
        (self.tell)(planned);
    }

    fn finish(self) -> Outlook {
        Outlook { estimate: self.estimator.finish(), ..self.outlook }
    }
}

fn short(text: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    short
}
