//! Contracts that people read and keep in version control: TOML, with its `version` at the top.

use super::strict::Strict;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Parses such a file: first its version, then the rest.
///
/// # Errors
/// It is not TOML, has no version that is known, or a field that is not.
pub(super) fn parse<T: DeserializeOwned>(text: &str, known: u32) -> Result<T, String> {
    let mut table: toml::Table = text.parse().map_err(|e: toml::de::Error| e.to_string())?;
    match table.remove("version") {
        Some(toml::Value::Integer(found)) if found == i64::from(known) => {}
        Some(toml::Value::Integer(found)) if found > i64::from(known) => {
            return Err(format!(
                "it has version {found}, and this memebuild reads up to {known}; it needs a newer \
                 memebuild"
            ));
        }
        Some(other) => return Err(format!("it has version {other}, which never was one")),
        None => return Err("it has no `version`".to_owned()),
    }
    let fields = serde_json::to_value(table).map_err(|error| error.to_string())?;
    T::deserialize(Strict(fields)).map_err(|error| error.to_string())
}

/// Writes such a file, beginning with `header`. The same value always gives the same bytes.
pub(super) fn write<T: Serialize>(header: &str, version: u32, value: &T) -> String {
    #[derive(Serialize)]
    struct File<'a, T> {
        version: u32,
        #[serde(flatten)]
        value: &'a T,
    }
    let body = toml::to_string(&File { version, value }).expect("its fields are TOML's");
    format!("{header}{body}")
}
