//! The header of a table of captions: which column holds what.

use crate::diagnostic::{Diagnostic, Span};
use crate::memefile::nearest;
use crate::node::declare::composite::Composite;
use csv::StringRecord;
use std::collections::BTreeMap;

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    /// The number of the template's caption.
    Slot(usize),
}

/// The name of a caption's column.
fn slot_name(composite: &Composite, slot: usize) -> String {
    match &composite.captions[slot].slot {
        Some(own) => own.value.clone(),
        None if slot == 0 => "text".to_owned(),
        None => format!("text-{}", slot + 1),
    }
}

/// The column of each field; none where nobody knows what it is for, which is a mistake.
pub(super) fn columns(
    header: &StringRecord,
    span: &Span,
    template: &Composite,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<Option<Column>> {
    let slots: BTreeMap<String, usize> =
        (0..template.captions.len()).map(|slot| (slot_name(template, slot), slot)).collect();
    let mut columns: Vec<Option<Column>> = Vec::new();
    for field in header {
        let name = field.trim();
        let column = match slots.get(name) {
            _ if name == "id" => Some(Column::Id),
            slot => slot.map(|slot| Column::Slot(*slot)),
        };
        let mut wrong = |message: String, hint: Option<String>| {
            let mut diagnostic = Diagnostic::usage("bad-csv", message).label(span, "the header");
            diagnostic.hints.extend(hint);
            mistakes.push(diagnostic);
        };
        if column.is_none() {
            let known = || slots.keys().map(String::as_str).chain(["id"]);
            let hint = match nearest(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    format!("the columns may be `{}`", known().collect::<Vec<_>>().join("`, `"))
                }
            };
            wrong(format!("the template has no caption `{}`", name.escape_debug()), Some(hint));
        } else if columns.contains(&column) {
            wrong(format!("two columns are called `{name}`"), None);
        }
        columns.push(column);
    }
    if !columns.iter().any(|column| matches!(column, Some(Column::Slot(_)))) && mistakes.is_empty()
    {
        let message = "no column holds the text of a caption";
        mistakes.push(Diagnostic::usage("bad-csv", message).label(span, "the header"));
    }
    columns
}
