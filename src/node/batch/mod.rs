//! From `[batch.*]` to renders: the values of each axis, the cells they meet in, and for each cell
//! the template with the cell's values in place of its own.

mod axis;
mod cells;
mod rows;

use super::catalogue::{Catalogue, Entry};
use super::declare::batch::{Batch, Combine, Role};
use super::declare::composite::{Composite, check};
use super::expansion::{Expansion, Growth};
use super::search;
use crate::diagnostic::{Diagnostic, Span};
use crate::memefile::At;
use cells::{Cell, Value};
use rows::Row;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Faulty cells that are reported one by one, for each batch.
const SHOWN: usize = 3;

/// Adds the nodes of one batch.
pub fn expand(
    name: &str,
    entry: &Entry<Batch>,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) {
    let batch = &entry.value;
    let Some(template) = catalogue.get::<Composite>(&batch.composite.value) else { return };
    if expansion.assets.incomplete || !fits(batch, template, expansion) {
        return;
    }
    let pending = expansion.pending.len();
    let replaced: Vec<Role> = batch.axes.iter().map(|axis| axis.role).collect();
    let picked = match search::picked(template, &replaced, catalogue, expansion) {
        Ok(picked) => picked,
        Err(diagnostic) => return expansion.report(*diagnostic),
    };
    let mut axes: Vec<Vec<Value>> = Vec::new();
    for axis in &batch.axes {
        match axis::values(axis, catalogue, expansion) {
            Ok(values) => axes.push(values.into_iter().map(Value::Asset).collect()),
            Err(diagnostic) => return expansion.report(*diagnostic),
        }
    }
    let rows = match rows::read(batch, template, expansion) {
        Ok(rows) => rows,
        Err(mistakes) => return mistakes.into_iter().for_each(|m| expansion.report(m)),
    };
    if let Some(rows) = &rows {
        axes.push(rows.iter().map(|row| Value::Row(Arc::clone(row))).collect());
    }
    let waits = expansion.pending.len() - pending;
    expansion.growth.push(Growth { batch: name.to_owned(), cells: 0, pending: waits });
    let Some(template) = picked.as_ref().filter(|_| waits == 0) else { return };
    let cells = match cells::cells(name, batch, axes, catalogue, expansion) {
        Ok(cells) => cells,
        Err(diagnostic) => return expansion.report(*diagnostic),
    };
    if let Some(growth) = expansion.growth.last_mut() {
        growth.cells = cells.len();
    }
    add(&cells, template, entry, catalogue, expansion);
}

/// Whether the template has all that the axes replace.
fn fits(batch: &Batch, template: &Composite, expansion: &Expansion<'_>) -> bool {
    let lacks = |role: Role| match role {
        Role::GreenScreen => template.green_screen.is_none(),
        Role::Background => template.background.is_none(),
        Role::Music => template.music.is_none(),
        Role::SoundEffect => template.sound_effects.is_empty(),
    };
    let mut fits = true;
    for axis in batch.axes.iter().filter(|axis| lacks(axis.role)) {
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

/// Adds the nodes of every cell.
fn add(
    cells: &[Cell],
    template: &Composite,
    entry: &Entry<Batch>,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) {
    let batch = &entry.value;
    let mut faulty = 0;
    let mut timed = BTreeSet::new();
    for cell in cells {
        let composite = Arc::new(cell.composite(template));
        let mut problems = Vec::new();
        // Whether everything lies within the film depends on its length, which is the clip's where
        // the template has none, and on which captions there are.
        let clip = composite.green_screen.as_ref().map(|green| green.id.value.clone());
        if composite.duration.is_none() && timed.insert((clip, composite.captions.len())) {
            problems = check::timeline_of(&composite, expansion);
        }
        for profile in &batch.profiles {
            let added = super::render::add(
                &cell.name,
                &composite,
                profile,
                batch.critic(),
                catalogue,
                expansion,
            );
            problems.extend(added.err().map(|problem| *problem));
        }
        for problem in problems {
            faulty += 1;
            if faulty <= SHOWN {
                let problem = problem.label(&entry.span, "in a cell of this batch");
                expansion.report(problem.note(cell.describe()));
            }
        }
    }
    if faulty > SHOWN {
        let message = format!("{} more cells have mistakes", faulty - SHOWN);
        let more = Diagnostic::usage("bad-cell", message).label(&entry.span, "in this batch");
        expansion.report(more);
    }
}

/// The values of an axis or of a table, which have to be some.
fn some<T>(values: Vec<T>, span: &Span, what: &str) -> Result<Vec<T>, Box<Diagnostic>> {
    if values.is_empty() {
        let diagnostic = Diagnostic::usage("empty-axis", format!("{what} has no values"))
            .label(span, "nothing is left of it");
        return Err(Box::new(diagnostic));
    }
    Ok(values)
}

impl Cell {
    /// The template with this cell's values.
    fn composite(&self, template: &Composite) -> Composite {
        let mut composite = template.clone();
        for (role, id) in &self.assets {
            let own = match role {
                Role::GreenScreen => composite.green_screen.as_mut().map(|green| &mut green.id),
                Role::Background => composite.background.as_mut().map(|ground| &mut ground.id),
                Role::Music => composite.music.as_mut().map(|music| &mut music.id),
                Role::SoundEffect => {
                    composite.sound_effects.first_mut().map(|effect| &mut effect.id)
                }
            };
            if let Some(own) = own {
                own.clone_from(id);
            }
        }
        if let Some(row) = &self.row {
            row.fill(&mut composite);
        }
        composite
    }

    /// Its values, for a message.
    fn describe(&self) -> String {
        let mut values: Vec<String> = self
            .assets
            .iter()
            .map(|(role, id)| format!("{} `{}`", role.as_str(), id.value))
            .collect();
        values.extend(self.row.as_ref().map(|row| format!("caption `{}`", row.id.value)));
        format!("cell `{}`: {}", self.name, values.join(", "))
    }
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

/// The asset that a cell names, and where the Memefile says so.
type Id = At<String>;

/// Whether several lists must be equally long.
fn zips(batch: &Batch) -> bool {
    batch.combine.value == Combine::Zip
}

type Rows = Vec<Arc<Row>>;
