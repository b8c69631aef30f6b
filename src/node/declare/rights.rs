//! What a section may say about where assets come from and what may be done with them.

use crate::contract::rights::{Licence, Provenance, day};
use crate::memefile::{FromText, Reader, Wrong};

impl FromText for Licence {
    const EXPECTED: &'static str = "a licence such as \"CC-BY-4.0\" or \"LicenseRef-patreon\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        Self::try_from(text.to_owned()).map_err(|_| Wrong::default())
    }
}

/// A day: `2027-01-31`.
struct Day(String);

impl FromText for Day {
    const EXPECTED: &'static str = "a day such as \"2027-01-31\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        if day(text).is_some() { Ok(Self(text.to_owned())) } else { Err(Wrong::default()) }
    }
}

/// A text that stands in credits: one line, not empty, at most 2000 bytes.
struct Line(String);

impl FromText for Line {
    const EXPECTED: &'static str = "a text of one line";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        if text.is_empty() || text.len() > 2000 || text.chars().any(char::is_control) {
            return Err(Wrong::default());
        }
        Ok(Self(text.to_owned()))
    }
}

/// Reads `licence`, `creator`, `attribution`, `source-url` and `expires`.
pub(super) fn read(reader: &Reader<'_, '_>) -> Provenance {
    let line = |key| reader.get::<Line>(key).map(|line| line.0);
    Provenance {
        source_url: line("source-url"),
        creator: line("creator"),
        licence: reader.get("licence"),
        attribution: line("attribution"),
        expires: reader.get::<Day>("expires").map(|day| day.0),
        ..Provenance::default()
    }
}
