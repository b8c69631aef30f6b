//! JSON in which an object is an object.
//!
//! Derived parsers take a list of values in declared order for an object with named fields, and some a
//! number for the name of a variant. No schema says so, nobody means it, and of two versions with other
//! fields it would be read wrongly. So what a contract reads goes through here, as it is parsed: a
//! manifest of thousands is never held whole as JSON.

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde_json::{Map, Value};
use std::fmt;

/// Reads with a deserializer, visits with a visitor and grows from a seed, each so.
pub(super) struct Strict<T>(pub T);

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

/// Deserializers that hand their visitor on as it is: what they read holds nothing.
macro_rules! plain {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(visitor)
        }
    )*};
}

/// Values that are the same, however strictly they are read.
macro_rules! same {
    ($($method:ident: $type:ty),*) => {$(
        fn $method<E: serde::de::Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Visit::any(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct(name, fields, Visit::object(visitor))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Visit::object(visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(Visit::any(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Visit::any(visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, Visit::any(visitor))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_seq(Visit::any(visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(length, Visit::any(visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple_struct(name, length, Visit::any(visitor))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_unit_struct(name, visitor)
    }

    plain! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_identifier deserialize_ignored_any
    }
}

/// A visitor whose values are read strictly, and that takes lists only where one is meant.
struct Visit<V> {
    inner: V,
    list: bool,
}

impl<V> Visit<V> {
    fn any(inner: V) -> Self {
        Self { inner, list: true }
    }

    fn object(inner: V) -> Self {
        Self { inner, list: false }
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Visit<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    same! {
        visit_bool: bool, visit_i64: i64, visit_i128: i128, visit_u64: u64, visit_u128: u128,
        visit_f64: f64, visit_char: char, visit_str: &str, visit_borrowed_str: &'de str,
        visit_string: String, visit_bytes: &[u8], visit_borrowed_bytes: &'de [u8],
        visit_byte_buf: Vec<u8>
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Strict(value))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Strict(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        if self.list {
            return self.inner.visit_seq(Strict(items));
        }
        Err(A::Error::invalid_type(Unexpected::Seq, &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Strict(fields))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(Strict(variant))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(deserializer))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Strict<A> {
    type Error = A::Error;
    type Variant = Strict<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        self.0.variant_seed(seed).map(|(value, variant)| (value, Strict(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Strict(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(length, Visit::any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, Visit::object(visitor))
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

    /// Both as text is parsed and of a value that was.
    fn read(value: Value) -> Result<Outer, String> {
        let text = value.to_string();
        let parsed = Outer::deserialize(Strict(&mut serde_json::Deserializer::from_str(&text)));
        let again = Outer::deserialize(Strict(value));
        assert_eq!(parsed.as_ref().ok(), again.as_ref().ok());
        parsed.map_err(|error| error.to_string())
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
        let two = with("choices", json!([{ "of": { "seed": 1 }, "plain": null }]));
        assert!(two.starts_with("expected value at line 1"), "{two}");
    }
}
