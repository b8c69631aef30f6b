//! Old versions of a contract, brought up to the one that this build knows.
//!
//! No parser reads an old shape. A document of version N goes through pure steps, each from one
//! version to the next, and then through the one parser there is. The steps stand in one list whose
//! last leads to the current version, so that a gap cannot be written down.

use serde_json::{Map, Value};

/// Turns the body of a document (without `schemaVersion`) into that of the next version. Pure and
/// total: it knows every document that the older parser accepted.
///
/// # Errors
/// What the document says that the older version did not allow.
pub type Migration = fn(Map<String, Value>) -> Result<Map<String, Value>, String>;

/// The oldest version that `steps` bring up to `version`.
pub const fn oldest(version: u32, steps: &[Migration]) -> u32 {
    version - steps.len() as u32
}

/// Brings a body of version `found`, which is at least [`oldest`], up to `version`.
///
/// # Errors
/// Which step failed, and why.
pub fn up(
    mut body: Map<String, Value>,
    found: u32,
    version: u32,
    steps: &[Migration],
) -> Result<Map<String, Value>, String> {
    let first = oldest(version, steps);
    for (step, from) in steps.iter().zip(first..).skip((found - first) as usize) {
        body = step(body).map_err(|why| format!("from version {from} to {}: {why}", from + 1))?;
    }
    Ok(body)
}
