//! A batch whose cells are known, and the nodes of those that are in scope.

use super::cells::{Cell, Cells};
use super::laid::Laid;
use super::scope::{Diff, Scope, Table};
use super::zips;
use crate::diagnostic::Diagnostic;
use crate::node::catalogue::{Catalogue, Entry};
use crate::node::declare::batch::Batch;
use crate::node::declare::command;
use crate::node::declare::composite::{Composite, check};
use crate::node::expansion::{Expansion, Growth};
use crate::node::render;
use std::cell;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Faulty cells that are reported one by one, for each batch.
const SHOWN: usize = 3;

/// A batch, and what of it goes from one window to the next.
pub(super) struct Prepared {
    cells: Cells,
    /// What every cell is made of; its queries are answered.
    template: Composite,
    /// Numbers of cells that commands speak of: they are in every scope.
    needed: Vec<usize>,
    /// Cells with mistakes so far.
    faulty: cell::Cell<usize>,
    /// By clip and number of captions, the timelines that were checked.
    timed: cell::RefCell<BTreeSet<(Option<String>, usize)>>,
}

impl Prepared {
    pub fn new(cells: Cells, template: Composite, catalogue: &Catalogue) -> Self {
        let needed = cells.find(&command::named_cells(catalogue));
        Self {
            cells,
            template,
            needed,
            faulty: cell::Cell::default(),
            timed: cell::RefCell::default(),
        }
    }

    /// Adds the nodes of the cells that are in scope.
    pub fn add(
        &self,
        name: &str,
        entry: &Entry<Batch>,
        catalogue: &Catalogue,
        expansion: &mut Expansion<'_>,
    ) {
        let bound = self.cells.bound();
        let mut done = Added { prepared: self, entry, catalogue, cells: 0, counts: true };
        let begins = expansion.combinations;
        expansion.combinations += bound;
        let table = || self.cells.sheet.as_ref().map(|sheet| sheet.table(name));
        match expansion.scope {
            Scope::All => {
                let mut laid = Laid::new(name, &self.cells);
                for at in 0..bound {
                    if !expansion.is_wanted() {
                        return;
                    }
                    if let Some(cell) = done.add(at, expansion) {
                        self.cells.lay(at, &cell, &mut laid);
                    }
                }
                expansion.laid.push(laid);
                expansion.tables.extend(table());
            }
            Scope::Window(windows) => {
                let range = windows.range.borrow().clone();
                let within = |at: usize| at.saturating_sub(begins).min(bound);
                let window = within(range.start)..within(range.end);
                let before = expansion.len();
                let own = window.clone().filter(|at| self.needed.binary_search(at).is_err());
                own.for_each(|at| drop(done.add(at, expansion)));
                expansion.changed.push(before..expansion.len());
                windows.total.set(expansion.combinations);
                for at in &self.needed {
                    done.counts = window.contains(at);
                    done.add(*at, expansion);
                }
                if window.end < bound {
                    expansion.growth.push(done.growth(name));
                    return;
                }
            }
            Scope::Rows(tables) => {
                let now = table();
                let old = tables.iter().find(|table| table.batch == name);
                let touched = done.touched(old, now.as_ref(), expansion);
                let outside = self.needed.iter().filter(|at| !touched.contains(*at));
                outside.for_each(|at| drop(done.add(*at, expansion)));
                expansion.tables.extend(now);
            }
        }
        let growth = done.growth(name);
        expansion.growth.push(growth);
        let faulty = self.faulty.get();
        if faulty > SHOWN {
            let message = format!("{} more cells have mistakes", faulty - SHOWN);
            let more = Diagnostic::usage("bad-cell", message).label(&entry.span, "in this batch");
            expansion.report(more);
        }
    }
}

/// Adds cells.
struct Added<'a> {
    prepared: &'a Prepared,
    entry: &'a Entry<Batch>,
    catalogue: &'a Catalogue,
    /// Cells so far.
    cells: usize,
    /// Whether cells count, and what is wrong with them: those of other windows do so there.
    counts: bool,
}

impl Added<'_> {
    fn growth(&self, name: &str) -> Growth {
        Growth { batch: name.to_owned(), cells: self.cells, pending: 0 }
    }

    /// Adds the cells whose rows changed from one table to the other, and says what was called after rows that
    /// changed or are gone. Where it is not only rows that changed, says that instead.
    fn touched(
        &mut self,
        old: Option<&Table>,
        now: Option<&Table>,
        expansion: &mut Expansion<'_>,
    ) -> HashSet<usize> {
        let cells = &self.prepared.cells;
        let Some(now) = now else { return HashSet::new() };
        let Some(Diff { changed, gone, same_names }) = old.and_then(|old| old.diff(now)) else {
            expansion.more_than_rows = true;
            return HashSet::new();
        };
        let batch = &self.entry.value;
        // Where a row stands, or which rows there are, decides about cells of other rows.
        if !same_names && (zips(batch) || batch.limit.is_some()) {
            expansion.more_than_rows = true;
            return HashSet::new();
        }
        let is_changed = |at: &usize| cells.row(*at).is_some_and(|row| changed.contains(&row));
        let touched: HashSet<usize> = (0..cells.bound()).filter(is_changed).collect();
        let mut names: Vec<String> = gone.iter().flat_map(|row| cells.names_of_gone(row)).collect();
        let mut sorted: Vec<usize> = touched.iter().copied().collect();
        sorted.sort_unstable();
        let before = expansion.len();
        for at in sorted {
            names.extend(cells.get(at).map(|cell| cell.name));
            self.add(at, expansion);
        }
        expansion.changed.push(before..expansion.len());
        let renders = names.iter().flat_map(|name| {
            batch.profiles.iter().map(move |profile| render::name(name, &profile.value))
        });
        expansion.touched.extend(renders);
        touched
    }

    /// Adds the nodes of the cell of that number; none where it was left out.
    fn add(&mut self, at: usize, expansion: &mut Expansion<'_>) -> Option<Cell> {
        let Prepared { cells, faulty, timed, .. } = self.prepared;
        let cell = cells.get(at)?;
        self.cells += usize::from(self.counts);
        let batch = &self.entry.value;
        let composite = Arc::new(self.composite(&cell));
        let mut problems = Vec::new();
        // Whether everything lies within the film depends on its length, which is the clip's where
        // the template has none, and on which captions there are.
        let clip = composite.green_screen.as_ref().map(|green| green.id.value.clone());
        let shape = (clip, composite.captions.len());
        if composite.duration.is_none() && timed.borrow_mut().insert(shape) {
            problems = check::timeline_of(&composite, expansion);
        }
        for profile in &batch.profiles {
            let terms = render::Terms::judged_by(batch.critic());
            let added =
                render::add(&cell.name, &composite, profile, terms, self.catalogue, expansion);
            problems.extend(added.err().map(|problem| *problem));
        }
        for problem in problems.into_iter().filter(|_| self.counts) {
            faulty.set(faulty.get() + 1);
            if faulty.get() <= SHOWN {
                let problem = problem.label(&self.entry.span, "in a cell of this batch");
                expansion.report(problem.note(cells.describe(&cell)));
            }
        }
        Some(cell)
    }

    /// The template with a cell's values.
    fn composite(&self, cell: &Cell) -> Composite {
        let mut composite = self.prepared.template.clone();
        for (role, id) in &cell.assets {
            if let Some(own) = composite.part(*role) {
                own.clone_from(id);
            }
        }
        if let (Some(sheet), Some(row)) = (&self.prepared.cells.sheet, cell.row) {
            sheet.fill(row, &mut composite);
        }
        composite
    }
}
