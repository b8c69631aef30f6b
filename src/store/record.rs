//! The bytes of an action's record: a line with the blake3 of the rest, then the document.

use super::Lookup;
use crate::contract::action::ActionResult;
use crate::contract::digest::ActionKey;
use std::io;
use std::path::Path;

pub fn encode(result: &ActionResult) -> Vec<u8> {
    let document = crate::contract::write(result);
    let mut bytes = blake3::hash(&document).to_hex().as_bytes().to_vec();
    bytes.push(b'\n');
    bytes.extend(document);
    bytes
}

/// Believes a record only if its checksum, its contract and its key hold.
pub fn decode(bytes: &[u8], key: &ActionKey) -> Lookup {
    let damaged = |why: String| Lookup::Damaged(why);
    let Some((checksum, rest)) = bytes.split_first_chunk::<64>() else {
        return damaged("the record is cut short".to_owned());
    };
    let Some(document) = rest.strip_prefix(b"\n") else {
        return damaged("the record does not begin with its checksum".to_owned());
    };
    if blake3::hash(document).to_hex().as_bytes() != checksum {
        return damaged("the record does not match its checksum".to_owned());
    }
    match crate::contract::read::<ActionResult>(document) {
        Ok(result) if result.key == *key => Lookup::Hit(Box::new(result)),
        Ok(result) => damaged(format!("the record is that of action {}", result.key.short())),
        Err(error) => damaged(error.to_string()),
    }
}

/// Reads the record at `path`.
pub fn read(path: &Path, key: &ActionKey) -> Lookup {
    match std::fs::read(path) {
        Ok(bytes) => decode(&bytes, key),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Lookup::Missing
        }
        Err(e) => Lookup::Damaged(format!("the record cannot be read: {e}")),
    }
}
