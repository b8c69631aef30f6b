//! Where the values of the axes meet. Cells have numbers, and are made one by one when they are
//! asked for.

use super::laid::Laid;
use super::rows::Sheet;
use super::{Id, axis, rank, zips};
use crate::diagnostic::Diagnostic;
use crate::memefile::{At, nearest};
use crate::node::catalogue::Catalogue;
use crate::node::declare::batch::{Batch, Choice, Role};
use crate::node::declare::project::Project;
use crate::node::expansion::Expansion;
use globset::GlobMatcher;
use std::collections::HashSet;

/// Cells of one batch, at most: beyond, somebody forgot an axis.
const MOST: usize = 10_000_000;

/// One combination.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// `launch/gorilla+rain+ship-it`.
    pub name: String,
    pub assets: Vec<(Role, Id)>,
    /// The number of its row.
    pub row: Option<usize>,
}

/// All cells of a batch.
pub(super) struct Cells {
    batch: String,
    roles: Vec<Role>,
    /// The values of each axis.
    axes: Vec<Vec<Id>>,
    /// One more axis behind those.
    pub sheet: Option<Sheet>,
    zips: bool,
    /// Of the axes; the numbers below are theirs.
    combinations: usize,
    excluded: Vec<Pattern>,
    /// Their numbers follow those of the combinations.
    included: Vec<Cell>,
    /// The numbers that are kept, sorted, where not all are.
    drawn: Option<Vec<usize>>,
}

impl Cells {
    pub fn new(
        name: &str,
        batch: &Batch,
        axes: Vec<Vec<Id>>,
        sheet: Option<Sheet>,
        catalogue: &Catalogue,
        expansion: &Expansion<'_>,
    ) -> Result<Self, Box<Diagnostic>> {
        let excluded = batch.exclude.iter().map(|choice| Pattern::new(choice, batch));
        let excluded: Vec<Pattern> = excluded.collect::<Result<_, _>>()?;
        let lengths: Vec<usize> =
            axes.iter().map(Vec::len).chain(sheet.as_ref().map(Sheet::len)).collect();
        let combinations = if zips(batch) {
            equal_count(batch, &lengths)?
        } else {
            let count = lengths.iter().try_fold(1usize, |n, length| n.checked_mul(*length));
            count.filter(|count| *count <= MOST).ok_or_else(|| {
                let message = format!("batch `{name}` has more than {MOST} cells");
                let diagnostic = Diagnostic::usage("out-of-range", message)
                    .label(&batch.composite.span, "all axes multiplied")
                    .hint("give an axis a `sample` or a `limit`");
                Box::new(diagnostic)
            })?
        };
        let mut cells = Self {
            batch: name.to_owned(),
            roles: batch.axes.iter().map(|axis| axis.role).collect(),
            axes,
            sheet,
            zips: zips(batch),
            combinations,
            excluded,
            included: Vec::new(),
            drawn: None,
        };
        for choice in &batch.include {
            // A cell that is both excluded and included was left out of many, and asked for by name.
            let cell = cells.included(choice, batch, expansion)?;
            let combined = cells.number(&cell).is_some_and(|at| cells.get(at).is_some());
            if !combined && !cells.included.iter().any(|known| known.name == cell.name) {
                cells.included.push(cell);
            }
        }
        if let Some(count) = batch.limit {
            let seed = catalogue.only::<Project>().map_or(0, |project| project.seed);
            let there = (0..cells.bound()).filter_map(|at| Some((at, cells.get(at)?.name)));
            let mut ranks: Vec<([u8; 32], usize)> =
                there.map(|(at, cell)| (rank(seed, name, &cell), at)).collect();
            ranks.sort_unstable();
            let mut drawn: Vec<usize> = ranks.into_iter().take(count).map(|(_, at)| at).collect();
            drawn.sort_unstable();
            cells.drawn = Some(drawn);
        }
        Ok(cells)
    }

    /// Cells have numbers below this one.
    pub fn bound(&self) -> usize {
        self.combinations + self.included.len()
    }

    /// The cell of that number; none where it was left out.
    pub fn get(&self, at: usize) -> Option<Cell> {
        if self.drawn.as_ref().is_some_and(|drawn| drawn.binary_search(&at).is_err()) {
            return None;
        }
        if let Some(more) = at.checked_sub(self.combinations) {
            return self.included.get(more).cloned();
        }
        let cell = self.cell(&self.values(at));
        (!self.excluded.iter().any(|pattern| pattern.matches(&cell, self))).then_some(cell)
    }

    /// The row of the cell of that number.
    pub fn row(&self, at: usize) -> Option<usize> {
        let rows = self.sheet.as_ref()?.len();
        match at.checked_sub(self.combinations) {
            Some(more) => self.included.get(more)?.row,
            // The last axis varies fastest.
            None => Some(if self.zips { at } else { at % rows }),
        }
    }

    /// For each axis, the number of its value; the last axis varies fastest.
    fn values(&self, mut at: usize) -> Vec<usize> {
        let rows = self.sheet.as_ref().map(Sheet::len);
        let lengths = self.axes.iter().map(Vec::len).chain(rows);
        if self.zips {
            return lengths.map(|_| at).collect();
        }
        let mut values: Vec<usize> = lengths.collect();
        for value in values.iter_mut().rev() {
            let length = *value;
            *value = at % length;
            at /= length;
        }
        values
    }

    fn cell(&self, values: &[usize]) -> Cell {
        let axes = self.axes.iter().zip(values);
        let assets: Vec<(Role, Id)> = self
            .roles
            .iter()
            .zip(axes)
            .map(|(role, (ids, at))| (*role, ids[*at].clone()))
            .collect();
        let row = self.sheet.as_ref().and_then(|_| values.last().copied());
        self.named(assets, row)
    }

    fn named(&self, assets: Vec<(Role, Id)>, row: Option<usize>) -> Cell {
        let row_name = self.sheet.as_ref().zip(row).map(|(sheet, row)| sheet.id(row));
        Cell { name: self.name(&assets, row_name), assets, row }
    }

    fn name(&self, assets: &[(Role, Id)], row: Option<&str>) -> String {
        let names: Vec<&str> = assets.iter().map(|(_, id)| id.value.as_str()).chain(row).collect();
        name_of(&self.batch, &names)
    }

    /// The combination that is this cell.
    fn number(&self, cell: &Cell) -> Option<usize> {
        let mut values = Vec::with_capacity(self.axes.len() + 1);
        for (ids, (_, id)) in self.axes.iter().zip(&cell.assets) {
            values.push((ids.iter().position(|known| known.value == id.value)?, ids.len()));
        }
        values.extend(self.sheet.as_ref().zip(cell.row).map(|(sheet, row)| (row, sheet.len())));
        if self.zips {
            let (first, _) = *values.first()?;
            return values.iter().all(|(at, _)| *at == first).then_some(first);
        }
        Some(values.iter().fold(0, |number, (at, length)| number * length + at))
    }

    /// The names of the axes, that of the table last.
    pub fn axes(&self) -> Vec<&'static str> {
        let row = self.sheet.iter().map(|_| ROW);
        self.roles.iter().map(|role| role.as_str()).chain(row).collect()
    }

    /// The values of each of [`Self::axes`].
    pub fn all_values(&self) -> Vec<Vec<Box<str>>> {
        let ids =
            self.axes.iter().map(|ids| ids.iter().map(|id| id.value.as_str().into()).collect());
        let rows = self.sheet.iter().map(|sheet| (0..sheet.len()).map(|row| sheet.id(row).into()));
        ids.chain(rows.map(Iterator::collect)).collect()
    }

    /// Enters the cell of that number.
    pub fn lay(&self, at: usize, cell: &Cell, laid: &mut Laid) {
        if at < self.combinations {
            return laid.add_numbered(&self.values(at));
        }
        let row = self.sheet.as_ref().zip(cell.row).map(|(sheet, row)| sheet.id(row));
        let values: Vec<&str> =
            cell.assets.iter().map(|(_, id)| id.value.as_str()).chain(row).collect();
        laid.add(&values);
    }

    /// What the cells of a row that is gone were called.
    pub fn names_of_gone<'c>(&'c self, row: &'c str) -> impl Iterator<Item = String> + 'c {
        let combinations = self.axes.iter().map(Vec::len).product();
        (0..combinations).map(move |mut at: usize| {
            let mut assets = Vec::with_capacity(self.axes.len());
            for (role, ids) in self.roles.iter().zip(&self.axes).rev() {
                assets.push((*role, ids[at % ids.len()].clone()));
                at /= ids.len();
            }
            assets.reverse();
            self.name(&assets, Some(row))
        })
    }

    /// The numbers of the cells of these names, sorted.
    pub fn find(&self, names: &HashSet<String>) -> Vec<usize> {
        let prefix = format!("{}/", self.batch);
        if !names.iter().any(|name| name.starts_with(&prefix)) {
            return Vec::new();
        }
        let named = |at: &usize| self.get(*at).is_some_and(|cell| names.contains(&cell.name));
        (0..self.bound()).filter(named).collect()
    }

    /// Its values, for a message.
    pub fn describe(&self, cell: &Cell) -> String {
        let mut values: Vec<String> = cell
            .assets
            .iter()
            .map(|(role, id)| format!("{} `{}`", role.as_str(), id.value))
            .collect();
        let row = self.sheet.as_ref().zip(cell.row);
        values.extend(row.map(|(sheet, row)| format!("caption `{}`", sheet.id(row))));
        format!("cell `{}`: {}", cell.name, values.join(", "))
    }

    /// A cell to add. A value need not be one of its axis', but rows must be there.
    fn included(
        &self,
        choice: &Choice,
        batch: &Batch,
        expansion: &Expansion<'_>,
    ) -> Result<Cell, Box<Diagnostic>> {
        check_keys(choice, batch)?;
        let value = |key: &str| {
            choice.values.get(key).ok_or_else(|| {
                let message = format!("a cell to include has no `{key}`");
                let diagnostic = Diagnostic::usage("missing-key", message)
                    .label(&choice.span, "it needs a value for each axis");
                Box::new(diagnostic)
            })
        };
        let mut assets = Vec::with_capacity(self.axes.len());
        for (axis, ids) in batch.axes.iter().zip(&self.axes) {
            let value = value(axis.role.as_str())?;
            let id = match ids.iter().find(|known| known.value == value.value) {
                Some(known) => known.clone(),
                None => {
                    expansion.assets.find(axis.role.kind(), value).map_err(Box::new)?;
                    value.clone()
                }
            };
            assets.push((axis.role, id));
        }
        let row = match &self.sheet {
            None => None,
            Some(sheet) => {
                let value = value(ROW)?;
                let row = (0..sheet.len()).find(|row| sheet.id(*row) == value.value);
                Some(row.ok_or_else(|| Box::new(no_row(value, sheet)))?)
            }
        };
        Ok(self.named(assets, row))
    }
}

/// What a cell is called, after its values.
pub(super) fn name_of(batch: &str, values: &[&str]) -> String {
    format!("{batch}/{}", values.join("+"))
}

/// The key by which the row of a cell is chosen.
const ROW: &str = "caption";

fn equal_count(batch: &Batch, lengths: &[usize]) -> Result<usize, Box<Diagnostic>> {
    let count = lengths.first().copied().unwrap_or(0);
    let Some(odd) = lengths.iter().position(|length| *length != count) else {
        return Ok(count);
    };
    let title = |at: usize| match batch.axes.get(at) {
        Some(axis) => (axis.role.as_str(), &axis.span),
        None => ("captions", &batch.captions.as_ref().map_or(&batch.composite, |c| &c.csv).span),
    };
    let ((first, first_span), (other, other_span)) = (title(0), title(odd));
    let message = format!("`{first}` and `{other}` cannot be zipped");
    let diagnostic = Diagnostic::usage("contradiction", message)
        .label(other_span, format!("{} values", lengths[odd]))
        .label(first_span, format!("{count} values"))
        .label(&batch.combine.span, "the first with the first, the second with the second")
        .hint("bring them to the same number with `limit` or `sample`, or use \"product\"");
    Err(Box::new(diagnostic))
}

/// The keys by which a cell of this batch can be chosen.
fn keys(batch: &Batch) -> Vec<&'static str> {
    let captions = batch.captions.iter().map(|_| ROW);
    batch.axes.iter().map(|axis| axis.role.as_str()).chain(captions).collect()
}

/// A mistake where a choice names an axis that the batch has not.
fn check_keys(choice: &Choice, batch: &Batch) -> Result<(), Box<Diagnostic>> {
    let keys = keys(batch);
    match choice.values.iter().find(|(key, _)| !keys.contains(key)) {
        None => Ok(()),
        Some((key, value)) => {
            let message = format!("the batch has no axis `{key}`");
            let diagnostic = Diagnostic::usage("unknown-reference", message)
                .label(&value.span, "a value of no axis")
                .note(format!("its axes are `{}`", keys.join("`, `")));
            Err(Box::new(diagnostic))
        }
    }
}

/// Cells to leave out.
struct Pattern {
    values: Vec<(&'static str, GlobMatcher)>,
}

impl Pattern {
    fn new(choice: &Choice, batch: &Batch) -> Result<Self, Box<Diagnostic>> {
        check_keys(choice, batch)?;
        let values = choice.values.iter().map(|(key, value)| Ok((*key, axis::glob(value)?)));
        Ok(Self { values: values.collect::<Result<_, Box<Diagnostic>>>()? })
    }

    fn matches(&self, cell: &Cell, cells: &Cells) -> bool {
        let own = |key: &str| match cell.assets.iter().find(|(role, _)| role.as_str() == key) {
            Some((_, id)) => Some(id.value.as_str()),
            None => cells.sheet.as_ref().zip(cell.row).map(|(sheet, row)| sheet.id(row)),
        };
        self.values.iter().all(|(key, glob)| own(key).is_some_and(|own| glob.is_match(own)))
    }
}

fn no_row(value: &At<String>, sheet: &Sheet) -> Diagnostic {
    let message = format!("there is no row `{}`", value.value.escape_debug());
    let diagnostic =
        Diagnostic::usage("unknown-reference", message).label(&value.span, "no row of the table");
    match nearest(&value.value, (0..sheet.len()).map(|row| sheet.id(row))) {
        Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
        None => diagnostic,
    }
}
