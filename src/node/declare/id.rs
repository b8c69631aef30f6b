//! An id, or a table that has one: `music = "vogue"`, `music = { id = "vogue", gain = "-8dB" }`. In
//! a table a query may stand in its place: `music = { query = "calm tag:loopable" }`.

use crate::diagnostic::Diagnostic;
use crate::memefile::{At, FromValue, Reader};

/// What names an asset.
pub(super) struct Named {
    /// Empty where a query picks it.
    pub id: At<String>,
    pub query: Option<At<String>>,
}

/// The id or the query of a table; absence of both is a mistake.
pub(super) fn named(table: &Reader<'_, '_>) -> Option<Named> {
    let query: Option<At<String>> = table.get("query");
    let Some(query) = query else {
        let id = table.require("id")?;
        return Some(Named { id, query: None });
    };
    if table.value("id").is_some() {
        let problem = Diagnostic::usage("contradiction", "`id` and `query` contradict each other")
            .label(&table.span_of("query"), "the asset is picked by a query")
            .label(&table.span_of("id"), "and named")
            .hint("keep one of them");
        table.mistakes().report(problem);
    }
    let id = At { value: String::new(), span: query.span.clone() };
    Some(Named { id, query: Some(query) })
}

/// The id at a key, and the reader of the table if it is one.
pub(super) fn id_or_table<'d, 'm>(
    reader: &Reader<'d, 'm>,
    key: &'static str,
) -> Option<(Named, Option<Reader<'d, 'm>>)> {
    let value = reader.value(key)?;
    if let Some(table) = value.table(reader.keys_of(key), reader.mistakes()) {
        let named = named(&table);
        // Its other keys are read all the same, so that all mistakes are found.
        let missing = || Named { id: At { value: String::new(), span: table.span() }, query: None };
        return Some((named.unwrap_or_else(missing), Some(table)));
    }
    if value.as_str().is_none() {
        return value.wrong_type("an id or a table", reader.mistakes());
    }
    let id = At::from_value(&value, reader.mistakes())?;
    Some((Named { id, query: None }, None))
}

/// The typed value of a key of a table that may not be there at all.
pub(super) fn get<T: FromValue>(table: &Option<Reader<'_, '_>>, key: &'static str) -> Option<T> {
    table.as_ref()?.get(key)
}
