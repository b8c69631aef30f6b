//! Reads what stands in for the files of a source.

use super::Mock;
use crate::contract::asset::AssetId;
use crate::contract::mock::MOST;
use crate::diagnostic::Diagnostic;
use crate::memefile::{At, Millis, Reader};

/// `mock = { … }`; none where there are mistakes.
pub(super) fn read(table: &Reader<'_, '_>) -> Option<Mock> {
    let before = table.mistakes().errors();
    let count = table.int("count", 0..=i64::from(MOST));
    let seed = table.int("seed", 0..=i64::MAX);
    let length: Option<Millis> = table.get("length");
    let names: Vec<At<String>> = table.get("ids").unwrap_or_default();
    let mut ids = Vec::new();
    for At { value, span } in names {
        match AssetId::try_from(value) {
            Ok(id) => ids.push(id),
            Err(why) => {
                table.mistakes().report(Diagnostic::usage("bad-id", why).label(&span, "not an id"));
            }
        }
    }
    let mock = Mock {
        count: count.and_then(|n| u32::try_from(n).ok()),
        seed: seed.map_or(0, i64::cast_unsigned),
        ids,
        length_ms: length.map(|Millis(ms)| ms.clamp(200, 600_000)),
    };
    (table.mistakes().errors() == before).then_some(mock)
}
