//! JSON in which an object is an object.
//!
//! Derived parsers take a list of values in declared order for an object with named fields. No schema
//! says so, nobody means it, and of two versions with other fields it would be read wrongly. So what
//! a contract reads goes through here.

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Map, Value};

/// A value, read so.
pub(super) struct Strict(pub Value);

/// Whose variants are told apart by a field. Derived parsers of such take a list too, and a number
/// for the name of a variant.
pub(super) trait Tagged {
    /// The name of that field.
    const TAG: &'static str;
}

/// Reads such a field.
///
/// # Errors
/// It is no object, its tag is no text, or it is not that one.
pub(super) fn tagged<'de, D: Deserializer<'de>, T: Deserialize<'de> + Tagged>(
    deserializer: D,
) -> Result<T, D::Error> {
    let fields = Map::deserialize(deserializer)?;
    if fields.get(T::TAG).is_some_and(|tag| !tag.is_string()) {
        return Err(D::Error::custom(format_args!("`{}` is not a string", T::TAG)));
    }
    T::deserialize(Strict(Value::Object(fields))).map_err(D::Error::custom)
}

/// One that is read so wherever it stands.
struct Checked<T>(T);

impl<'de, T: Deserialize<'de> + Tagged> Deserialize<'de> for Checked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged(deserializer).map(Self)
    }
}

/// Reads such a field that need not be there.
///
/// # Errors
/// Those of [`tagged`].
pub(super) fn tagged_if_any<'de, D: Deserializer<'de>, T: Deserialize<'de> + Tagged>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Checked<T>>::deserialize(deserializer)?.map(|checked| checked.0))
}

/// Reads a list of such.
///
/// # Errors
/// Those of [`tagged`].
pub(super) fn each_tagged<'de, D: Deserializer<'de>, T: Deserialize<'de> + Tagged>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let all = Vec::<Checked<T>>::deserialize(deserializer)?;
    Ok(all.into_iter().map(|checked| checked.0).collect())
}

/// Reads a field of a variant with objects in it: what stands beside a tag is buffered first, and what
/// a derived parser makes of that takes a list for an object again.
///
/// # Errors
/// Those of `T`.
pub(super) fn beside_tag<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::deserialize(Strict(Value::deserialize(deserializer)?)).map_err(D::Error::custom)
}

type Fields = MapDeserializer<'static, Pairs, Error>;
type Pairs = std::iter::Map<serde_json::map::IntoIter, fn((String, Value)) -> (String, Strict)>;

fn fields(map: Map<String, Value>) -> Fields {
    let strict: fn((String, Value)) -> (String, Strict) = |(name, value)| (name, Strict(value));
    MapDeserializer::new(map.into_iter().map(strict))
}

fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(on) => Unexpected::Bool(*on),
        Value::Number(_) => Unexpected::Other("number"),
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Strict));
                let read = visitor.visit_seq(&mut items)?;
                items.end().map(|()| read)
            }
            Value::Object(map) => {
                let mut fields = fields(map);
                let read = visitor.visit_map(&mut fields)?;
                fields.end().map(|()| read)
            }
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            other => Err(Error::invalid_type(unexpected(other), &visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(map) if map.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(fields(map)))
            }
            plain => plain.deserialize_enum(name, variants, visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        a: u32,
        b: Option<[u32; 2]>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case", deny_unknown_fields)]
    enum Choice {
        Plain,
        Of { seed: u64 },
        Wrapped(Inner),
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        one: Inner,
        more: BTreeMap<String, Inner>,
        choices: Vec<Choice>,
    }

    fn read(value: Value) -> Result<Outer, String> {
        Outer::deserialize(Strict(value)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_plain_reader_takes_is_read_the_same() {
        let value = json!({
            "one": { "a": 1, "b": [2, 3] },
            "more": { "x": { "a": 4 }, "y": { "a": 5, "b": null } },
            "choices": ["plain", { "of": { "seed": 7 } }, { "wrapped": { "a": 6 } }],
        });
        let plain: Outer = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(read(value), Ok(plain));
    }

    #[test]
    fn a_list_is_no_object() {
        let whole = json!({ "one": { "a": 1 }, "more": {}, "choices": [] });
        let with = |name: &str, value: Value| {
            let mut whole = whole.clone();
            whole[name] = value;
            read(whole).unwrap_err()
        };
        let list = "invalid type: sequence, expected struct";
        assert!(read(json!([{ "a": 1 }, {}, []])).unwrap_err().starts_with(list));
        assert!(with("one", json!([1, null])).starts_with(list));
        assert!(with("more", json!({ "x": [1, null] })).starts_with(list));
        assert!(with("choices", json!([{ "of": [7] }])).contains("sequence"));
        assert!(with("choices", json!([{ "wrapped": [7, null] }])).starts_with(list));
        assert!(with("choices", json!([{ "of": { "seed": 1 }, "plain": null }])).contains("map"));
    }
}
