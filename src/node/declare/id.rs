//! An id, or a table that has one: `music = "vogue"`, `music = { id = "vogue", gain = "-8dB" }`.

use crate::memefile::{At, FromValue, Reader};

/// The id at a key, and the reader of the table if it is one.
pub(super) fn id_or_table<'d, 'm>(
    reader: &Reader<'d, 'm>,
    key: &'static str,
) -> Option<(At<String>, Option<Reader<'d, 'm>>)> {
    let value = reader.value(key)?;
    if let Some(table) = value.table(reader.keys_of(key), reader.mistakes()) {
        let id = table.require("id");
        // Its other keys are read all the same, so that all mistakes are found.
        let missing = || At { value: String::new(), span: table.span() };
        return Some((id.unwrap_or_else(missing), Some(table)));
    }
    if value.as_str().is_none() {
        return value.wrong_type("an id or a table", reader.mistakes());
    }
    Some((At::from_value(&value, reader.mistakes())?, None))
}

/// The typed value of a key of a table that may not be there at all.
pub(super) fn get<T: FromValue>(table: &Option<Reader<'_, '_>>, key: &'static str) -> Option<T> {
    table.as_ref()?.get(key)
}
