//! Where the values of the axes meet.

use super::rows::Row;
use super::{Id, axis, draw, zips};
use crate::diagnostic::Diagnostic;
use crate::memefile::{At, nearest};
use crate::node::catalogue::Catalogue;
use crate::node::declare::batch::{Batch, Choice, Role};
use crate::node::declare::project::Project;
use crate::node::expansion::Expansion;
use globset::GlobMatcher;
use std::collections::HashSet;
use std::sync::Arc;

/// Cells of one batch, at most: beyond, somebody forgot an axis.
const MOST: usize = 10_000_000;

/// One value of an axis.
#[derive(Debug, Clone)]
pub enum Value {
    Asset(Id),
    Row(Arc<Row>),
}

impl Value {
    fn name(&self) -> &str {
        match self {
            Self::Asset(id) => &id.value,
            Self::Row(row) => &row.id.value,
        }
    }
}

/// One combination.
#[derive(Debug, Clone)]
pub struct Cell {
    /// `launch/gorilla+rain+ship-it`.
    pub name: String,
    pub assets: Vec<(Role, Id)>,
    pub row: Option<Arc<Row>>,
}

/// The cells of a batch. `axes` are the values of its axes, and of its captions after them.
pub(super) fn cells(
    name: &str,
    batch: &Batch,
    axes: Vec<Vec<Value>>,
    catalogue: &Catalogue,
    expansion: &Expansion<'_>,
) -> Result<Vec<Cell>, Box<Diagnostic>> {
    let excluded = batch.exclude.iter().map(|choice| Pattern::new(choice, batch));
    let excluded: Vec<Pattern> = excluded.collect::<Result<_, _>>()?;
    let mut cells = Vec::new();
    let mut seen = HashSet::new();
    let mut take = |values: Vec<Value>, cells: &mut Vec<Cell>| {
        let cell = Cell::new(name, batch, values);
        if seen.insert(cell.name.clone()) {
            cells.push(cell);
        }
    };
    if zips(batch) {
        let count = equal_count(batch, &axes)?;
        for at in 0..count {
            take(axes.iter().map(|values| values[at].clone()).collect(), &mut cells);
        }
    } else {
        let count = axes.iter().try_fold(1usize, |n, values| n.checked_mul(values.len()));
        let count = count.filter(|count| *count <= MOST).ok_or_else(|| {
            let message = format!("batch `{name}` has more than {MOST} cells");
            let diagnostic = Diagnostic::usage("out-of-range", message)
                .label(&batch.composite.span, "all axes multiplied")
                .hint("give an axis a `sample` or a `limit`");
            Box::new(diagnostic)
        })?;
        for at in 0..count {
            take(combination(&axes, at), &mut cells);
        }
    }
    // A cell that is both excluded and included was left out of many, and asked for by name.
    cells.retain(|cell| !excluded.iter().any(|pattern| pattern.matches(cell)));
    for choice in &batch.include {
        let cell = Cell::new(name, batch, included(choice, batch, &axes, expansion)?);
        if !cells.iter().any(|known| known.name == cell.name) {
            cells.push(cell);
        }
    }
    if let Some(count) = batch.limit {
        let seed = catalogue.only::<Project>().map_or(0, |project| project.seed);
        cells = draw(cells, count, seed, name, |cell| &cell.name);
    }
    Ok(cells)
}

/// The combination of that number; the last axis varies fastest.
fn combination(axes: &[Vec<Value>], mut at: usize) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::with_capacity(axes.len());
    for axis in axes.iter().rev() {
        values.push(axis[at % axis.len()].clone());
        at /= axis.len();
    }
    values.reverse();
    values
}

impl Cell {
    fn new(batch: &str, declared: &Batch, values: Vec<Value>) -> Self {
        let names: Vec<&str> = values.iter().map(Value::name).collect();
        let name = format!("{batch}/{}", names.join("+"));
        let mut cell = Self { name, assets: Vec::with_capacity(values.len()), row: None };
        let mut axes = declared.axes.iter();
        for value in values {
            match value {
                Value::Asset(id) => cell.assets.extend(axes.next().map(|axis| (axis.role, id))),
                Value::Row(row) => cell.row = Some(row),
            }
        }
        cell
    }

    fn value(&self, key: &str) -> Option<&str> {
        let asset = self.assets.iter().find(|(role, _)| role.as_str() == key);
        match asset {
            Some((_, id)) => Some(&id.value),
            None => self.row.as_ref().map(|row| row.id.value.as_str()),
        }
    }
}

fn equal_count(batch: &Batch, axes: &[Vec<Value>]) -> Result<usize, Box<Diagnostic>> {
    let count = axes.first().map_or(0, Vec::len);
    let Some(odd) = axes.iter().position(|values| values.len() != count) else {
        return Ok(count);
    };
    let title = |at: usize| match batch.axes.get(at) {
        Some(axis) => (axis.role.as_str(), &axis.span),
        None => ("captions", &batch.captions.as_ref().map_or(&batch.composite, |c| &c.csv).span),
    };
    let ((first, first_span), (other, other_span)) = (title(0), title(odd));
    let message = format!("`{first}` and `{other}` cannot be zipped");
    let diagnostic = Diagnostic::usage("contradiction", message)
        .label(other_span, format!("{} values", axes[odd].len()))
        .label(first_span, format!("{count} values"))
        .label(&batch.combine.span, "the first with the first, the second with the second")
        .hint("bring them to the same number with `limit` or `sample`, or use \"product\"");
    Err(Box::new(diagnostic))
}

/// The keys by which a cell of this batch can be chosen.
fn keys(batch: &Batch) -> Vec<&'static str> {
    let captions = batch.captions.iter().map(|_| "caption");
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

    fn matches(&self, cell: &Cell) -> bool {
        self.values.iter().all(|(key, glob)| cell.value(key).is_some_and(|own| glob.is_match(own)))
    }
}

/// The values of a cell to add. A value need not be one of its axis', but rows must be there.
fn included(
    choice: &Choice,
    batch: &Batch,
    axes: &[Vec<Value>],
    expansion: &Expansion<'_>,
) -> Result<Vec<Value>, Box<Diagnostic>> {
    check_keys(choice, batch)?;
    keys(batch)
        .into_iter()
        .enumerate()
        .map(|(at, key)| {
            let value = choice.values.get(key).ok_or_else(|| {
                let message = format!("a cell to include has no `{key}`");
                let diagnostic = Diagnostic::usage("missing-key", message)
                    .label(&choice.span, "it needs a value for each axis");
                Box::new(diagnostic)
            })?;
            let known = axes[at].iter().find(|known| known.name() == value.value);
            match (known, batch.axes.get(at)) {
                (Some(known), _) => Ok(known.clone()),
                (None, Some(axis)) => {
                    expansion.assets.find(axis.role.kind(), value).map_err(Box::new)?;
                    Ok(Value::Asset(value.clone()))
                }
                (None, None) => Err(Box::new(no_row(value, &axes[at]))),
            }
        })
        .collect()
}

fn no_row(value: &At<String>, rows: &[Value]) -> Diagnostic {
    let message = format!("there is no row `{}`", value.value.escape_debug());
    let diagnostic =
        Diagnostic::usage("unknown-reference", message).label(&value.span, "no row of the table");
    match nearest(&value.value, rows.iter().map(Value::name)) {
        Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
        None => diagnostic,
    }
}
