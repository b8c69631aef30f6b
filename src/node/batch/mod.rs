//! From `[batch.*]` to renders: the values of each axis, the cells they meet in, and for each cell
//! the template with the cell's values in place of its own. Where a director is the template, a run for each
//! brief.

mod axis;
mod briefs;
mod cells;
mod header;
mod laid;
mod naming;
mod prepared;
mod rows;
mod scope;

pub use briefs::expand as expand_briefs;
pub use laid::Laid;
pub use scope::{Scope, Table, Windows};

use super::catalogue::{Catalogue, Entry};
use super::declare::batch::{Axis, Batch, Combine, Role};
use super::declare::composite::Composite;
use super::expansion::{Expansion, Growth};
use super::search;
use crate::diagnostic::{Diagnostic, Span};
use crate::memefile::At;
use cells::Cells;
use prepared::Prepared;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Adds the nodes of one batch, as far as they are in the expansion's scope.
pub fn expand(
    name: &str,
    entry: &Entry<Batch>,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) {
    let Some(template) = catalogue.get::<Composite>(&entry.value.composite.value) else { return };
    if expansion.assets.incomplete || !fits(&entry.value, template, expansion) {
        return;
    }
    let ready = match expansion.scope {
        Scope::Window(windows) => windows.batches.borrow().get(name).map(Rc::clone),
        Scope::All | Scope::Rows(_) => None,
    };
    let ready = ready.or_else(|| {
        let ready = Rc::new(prepared(name, entry, template, catalogue, expansion)?);
        if let Scope::Window(windows) = expansion.scope {
            windows.batches.borrow_mut().insert(name.to_owned(), Rc::clone(&ready));
        }
        Some(ready)
    });
    if let Some(ready) = ready {
        ready.add(name, entry, catalogue, expansion);
    }
}

/// A batch with its cells. `None`: they are not known yet, or there is a mistake, which was
/// reported.
fn prepared(
    name: &str,
    entry: &Entry<Batch>,
    template: &Composite,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) -> Option<Prepared> {
    let batch = &entry.value;
    expansion.waited_for();
    let replaced: Vec<Role> = batch.axes.iter().map(|axis| axis.role).collect();
    let picked = match search::picked(template, &replaced, catalogue, expansion) {
        Ok(picked) => picked,
        Err(diagnostic) => {
            expansion.report(*diagnostic);
            return None;
        }
    };
    let mut axes: Vec<Vec<Id>> = Vec::new();
    for axis in &batch.axes {
        match axis::values(axis, catalogue, expansion) {
            Ok(values) => axes.push(values),
            Err(diagnostic) => {
                expansion.report(*diagnostic);
                return None;
            }
        }
    }
    let sheet = match rows::read(batch, template, expansion) {
        Ok(sheet) => sheet,
        Err(mistakes) => {
            mistakes.into_iter().for_each(|mistake| expansion.report(mistake));
            return None;
        }
    };
    let waits = expansion.waited_for();
    let Some(picked) = picked.filter(|_| waits == 0) else {
        let growth = Growth { batch: name.to_owned(), cells: 0, pending: waits };
        expansion.growth.push(growth);
        return None;
    };
    match Cells::new(name, batch, axes, sheet, catalogue, expansion) {
        Ok(cells) => Some(Prepared::new(cells, picked, catalogue)),
        Err(diagnostic) => {
            expansion.report(*diagnostic);
            None
        }
    }
}

/// Whether the template has all that the axes replace.
fn fits(batch: &Batch, template: &Composite, expansion: &Expansion<'_>) -> bool {
    let mut fits = true;
    for axis in batch.axes.iter().filter(|axis| !template.has(axis.role)) {
        let (role, composite) = (axis.role.as_str(), &batch.composite);
        let message = format!("composite `{}` has no {role} to replace", composite.value);
        let diagnostic = Diagnostic::usage("template-lacks", message)
            .label(&axis.span, "this axis replaces nothing")
            .label(&composite.span, "the template")
            .hint(format!("give the composite a {role}; its settings hold for every cell"));
        expansion.report(diagnostic);
        fits = false;
    }
    fits
}

/// The values of an axis, which have to be some.
fn some<T>(values: Vec<T>, span: &Span, what: &str) -> Result<Vec<T>, Box<Diagnostic>> {
    if values.is_empty() { Err(no_values(span, what)) } else { Ok(values) }
}

fn no_values(span: &Span, what: &str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::usage("empty-axis", format!("{what} has no values"));
    Box::new(diagnostic.label(span, "nothing is left of it"))
}

/// A number that draws: the smaller it is, the sooner its owner is taken. Every owner has the same
/// one among any others, so that one that comes or goes moves no more than one pick.
fn rank(seed: u64, what: &str, owner: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("memebuild seeded sample v1");
    hasher.update(&seed.to_le_bytes());
    for text in [what, owner] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// Keeps the `count` owners that are drawn, in the order in which they stand.
fn draw<T>(
    values: Vec<T>,
    count: usize,
    seed: u64,
    what: &str,
    owner: impl Fn(&T) -> &str,
) -> Vec<T> {
    let mut ranks: Vec<([u8; 32], usize)> =
        values.iter().enumerate().map(|(at, value)| (rank(seed, what, owner(value)), at)).collect();
    ranks.sort_unstable();
    let taken: BTreeSet<usize> = ranks.into_iter().take(count).map(|(_, at)| at).collect();
    let kept = values.into_iter().enumerate().filter(|(at, _)| taken.contains(at));
    kept.map(|(_, value)| value).collect()
}

/// All assets that an axis means, whatever its limit; none where that is not known yet.
///
/// # Errors
/// A mistake in it, or that it means none.
pub fn assets(
    axis: &Axis,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) -> Result<Option<Vec<Id>>, Box<Diagnostic>> {
    let all = Axis { limit: None, ..axis.clone() };
    let found = axis::values(&all, catalogue, expansion)?;
    // That it means none would have been an error.
    Ok(Some(found).filter(|found| !found.is_empty()))
}

/// The asset that a cell names, and where the Memefile says so.
type Id = At<String>;

/// Whether several lists must be equally long.
fn zips(batch: &Batch) -> bool {
    batch.combine.value == Combine::Zip
}
