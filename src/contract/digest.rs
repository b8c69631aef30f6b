//! Names of bytes: the digest of a blob and the key of an action.

use super::schema::text_schema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Parses 64 lower-case hexadecimal digits.
fn parse_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0u8; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}

/// Writes lower-case hexadecimal digits.
fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// What could not be read as a digest or key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadDigest(pub String);

impl fmt::Display for BadDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a digest (64 hexadecimal digits)", self.0.escape_debug())
    }
}

impl std::error::Error for BadDigest {}

/// A blob's name: the blake3 of its bytes and their number. Written `HEX/LENGTH`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    /// blake3 of the bytes.
    pub hash: [u8; 32],
    /// Length in bytes.
    pub len: u64,
}

impl Digest {
    /// The digest of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self { hash: *blake3::hash(bytes).as_bytes(), len: bytes.len() as u64 }
    }

    /// The hash alone, as 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.hash).to_hex().to_string()
    }

    /// The first twelve digits: enough for people.
    pub fn short(&self) -> String {
        self.hex()[..12].to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.hash, f)?;
        write!(f, "/{}", self.len)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let bad = || BadDigest(text.to_owned());
        let (hex, len) = text.split_once('/').ok_or_else(bad)?;
        Ok(Self { hash: parse_hex(hex).ok_or_else(bad)?, len: len.parse().map_err(|_| bad())? })
    }
}

/// blake3 of an action's canonical manifest. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionKey(pub [u8; 32]);

impl ActionKey {
    /// The first twelve digits: enough for people.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for ActionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for ActionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for ActionKey {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        parse_hex(text).map(Self).ok_or_else(|| BadDigest(text.to_owned()))
    }
}

macro_rules! serde_as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

serde_as_text!(Digest);
serde_as_text!(ActionKey);

text_schema!(Digest, "Digest", {
    "pattern": "^[0-9a-f]{64}/[0-9]{1,20}$",
    "description": "A blob's name: the blake3 of its bytes in hexadecimal, and their number."
});
text_schema!(ActionKey, "ActionKey", {
    "pattern": "^[0-9a-f]{64}$",
    "description": "blake3 of an action's canonical manifest, in hexadecimal."
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_text_round_trips() {
        let digest = Digest::of(b"meme");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!("xyz/4".parse::<Digest>().is_err());
        assert!(digest.hex().to_uppercase().parse::<ActionKey>().is_err());
    }
}
