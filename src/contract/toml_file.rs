//! Contracts that people read and keep in version control: TOML, with its `version` at the top.

use super::ContractError;
use super::strict::Strict;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One of them.
pub(super) trait TomlContract: JsonSchema + Sized {
    /// What people call it.
    const NAME: &'static str;
    /// The version that this build reads and writes.
    const VERSION: u32;

    /// # Errors
    /// What is wrong with the text.
    fn parse(text: &str) -> Result<Self, String>;

    /// The same value always gives the same bytes.
    fn write(&self) -> String;

    /// Parses a file's bytes.
    fn read(bytes: &[u8]) -> Result<Self, ContractError> {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string());
        text.and_then(Self::parse)
            .map_err(|message| ContractError::Body { contract: Self::NAME, message })
    }
}

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
