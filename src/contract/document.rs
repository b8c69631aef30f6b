//! A document as it is parsed: its version first, then its body, of which nothing is held that is not
//! of the shape that is read.

use super::schema::VERSION;
use super::strict::Strict;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, forward_to_deserialize_any};
use serde_json::{Map, Value};
use std::fmt;

/// Finds a document's version, if it is a whole number.
///
/// # Errors
/// It is not JSON, or not an object.
pub(super) fn version(bytes: &[u8]) -> Result<Option<u64>, String> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(rename = "schemaVersion")]
        version: Option<Value>,
    }
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        let parsed = serde_json::from_slice::<IgnoredAny>(bytes);
        return Err(parsed.err().map_or("expected an object".to_owned(), |e| e.to_string()));
    }
    let head: Head = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    Ok(head.version.and_then(|version| version.as_u64()))
}

/// Reads what is beside the version of a document that [`version`] took.
pub(super) fn body<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> serde_json::Result<T> {
    T::deserialize(Body(&mut serde_json::Deserializer::from_slice(bytes)))
}

/// The same as JSON, for a document of an older version.
pub(super) fn fields(bytes: &[u8]) -> serde_json::Result<Map<String, Value>> {
    let mut fields: Map<String, Value> = serde_json::from_slice(bytes)?;
    fields.shift_remove(VERSION);
    Ok(fields)
}

/// Writes a document: see [`super::write`].
pub(super) fn write<T: Serialize>(version: u32, body: &T) -> Vec<u8> {
    #[derive(Serialize)]
    struct Whole<'a, T> {
        #[serde(rename = "schemaVersion")]
        version: u32,
        #[serde(flatten)]
        body: &'a T,
    }
    let whole = Whole { version, body };
    let mut bytes = serde_json::to_vec_pretty(&whole).expect("contract types serialise to JSON");
    bytes.push(b'\n');
    bytes
}

/// An object without its version.
struct Body<T>(T);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Body<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Body(visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Body<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Body(Strict(fields)))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Body<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        while let Some(name) = self.0.next_key::<String>()? {
            if name != VERSION {
                return seed.deserialize(name.into_deserializer()).map(Some);
            }
            self.0.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}
