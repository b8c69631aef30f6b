//! A director as a template: a run of its own for each row of a table of briefs.

use super::rows;
use crate::memefile::At;
use crate::node::catalogue::{Catalogue, Entry};
use crate::node::declare::batch::Briefs;
use crate::node::declare::composite::{Caption, Composite};
use crate::node::declare::director::Director;
use crate::node::director;
use crate::node::expansion::Expansion;

/// The column that holds what is wanted.
const COLUMN: &str = "brief";

/// Adds the nodes of each run, as far as they are known.
pub fn expand(
    name: &str,
    entry: &Entry<Briefs>,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) {
    let wanted = &entry.value.director;
    let mut directors = catalogue.iter::<Director>();
    let Some((_, template)) = directors.find(|(name, _)| *name == wanted.value) else { return };
    let csv = &entry.value.briefs.csv;
    expansion.read.insert(expansion.root().join(&csv.value));
    let slot = At { value: COLUMN.to_owned(), span: csv.span.clone() };
    // A table of briefs is one of captions, with one column that matters.
    let columns = Composite { captions: vec![Caption::in_slot(slot)], ..Composite::default() };
    let sheet = match rows::rows(&entry.value.briefs, &columns, expansion) {
        Ok(sheet) => sheet,
        Err(mistakes) => return mistakes.into_iter().for_each(|mistake| expansion.report(mistake)),
    };
    for row in 0..sheet.len() {
        let run = format!("{name}/{}", sheet.id(row));
        director::expand(&run, template, Some(sheet.first(row)), catalogue, expansion);
    }
}
