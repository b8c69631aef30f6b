//! Reads one table, key by key, and reports what does not belong in it.

use super::value::FromValue;
use super::{KeyDoc, Mistakes, REQUIRED, suggest};
use crate::diagnostic::{Diagnostic, Span};
use std::borrow::Cow;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// A value, its place, and what to call it.
#[derive(Clone)]
pub struct Value<'d> {
    value: &'d DeValue<'d>,
    start: usize,
    end: usize,
    /// The key it is the value of, or of whose list it is an item.
    key: &'d str,
    /// Its position in that list, from 0.
    index: Option<usize>,
}

impl<'d> Value<'d> {
    pub fn get(&self) -> &'d DeValue<'d> {
        self.value
    }

    /// Its bytes in the source text.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// As in messages: "`at`", "item 2 of `captions`".
    pub fn name(&self) -> String {
        match self.index {
            None => format!("`{}`", self.key),
            Some(index) => format!("item {} of `{}`", index + 1, self.key),
        }
    }

    /// What stands there instead of what was expected.
    pub fn found(&self) -> Cow<'static, str> {
        match self.value {
            DeValue::String(_) => "a string".into(),
            DeValue::Integer(number) => format!("the number {number}").into(),
            DeValue::Float(number) => format!("the number {number}").into(),
            DeValue::Boolean(value) => format!("`{value}`").into(),
            DeValue::Datetime(_) => "a date or time of day".into(),
            DeValue::Array(_) => "a list".into(),
            DeValue::Table(_) => "a table".into(),
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&'d str> {
        match self.value {
            DeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn items(&self) -> Option<Vec<Value<'d>>> {
        let DeValue::Array(items) = self.value else { return None };
        let value = |(index, item): (usize, &'d toml::Spanned<DeValue<'d>>)| Value {
            value: item.get_ref(),
            start: item.span().start,
            end: item.span().end,
            key: self.key,
            index: Some(index),
        };
        Some(items.iter().enumerate().map(value).collect())
    }

    /// Whether it is a table.
    pub fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// Every key of a table whose keys are free, with their places.
    pub fn entries(&self) -> Option<Vec<(Span2<'d>, Value<'d>)>> {
        let DeValue::Table(table) = self.value else { return None };
        Some(entries(table))
    }

    /// A reader, if it is a table.
    pub fn table<'m>(
        &self,
        keys: &'static [KeyDoc],
        mistakes: &'m Mistakes,
    ) -> Option<Reader<'d, 'm>> {
        let DeValue::Table(table) = self.value else { return None };
        Some(Reader::new(table, self.range(), self.name().into(), keys, mistakes))
    }
}

/// A key and its bytes in the source text.
pub type Span2<'d> = (&'d str, Range<usize>);

/// The entries of a table, in the order of the text.
pub(super) fn entries<'d>(table: &'d DeTable<'d>) -> Vec<(Span2<'d>, Value<'d>)> {
    let mut list: Vec<_> = table
        .iter()
        .map(|(key, item)| {
            let name: &str = key.get_ref();
            let value = Value {
                value: item.get_ref(),
                start: item.span().start,
                end: item.span().end,
                key: name,
                index: None,
            };
            ((name, key.span()), value)
        })
        .collect();
    list.sort_by_key(|((_, range), _)| range.start);
    list
}

/// Reads a table. Making one reports its unknown keys.
pub struct Reader<'d, 'm> {
    table: &'d DeTable<'d>,
    range: Range<usize>,
    what: Cow<'d, str>,
    keys: &'static [KeyDoc],
    mistakes: &'m Mistakes,
}

impl<'d, 'm> Reader<'d, 'm> {
    /// `range` is where a missing key is reported; `what` names the table in messages.
    pub fn new(
        table: &'d DeTable<'d>,
        range: Range<usize>,
        what: Cow<'d, str>,
        keys: &'static [KeyDoc],
        mistakes: &'m Mistakes,
    ) -> Self {
        let reader = Self { table, range, what, keys, mistakes };
        for (key, _) in table.iter() {
            let name: &str = key.get_ref();
            if !keys.iter().any(|known| known.name == name) {
                reader.unknown(name, key.span());
            }
        }
        reader
    }

    fn unknown(&self, name: &str, range: Range<usize>) {
        let message = format!("{} has no key `{}`", self.what, name.escape_debug());
        let mut diagnostic = Diagnostic::usage("unknown-key", message)
            .label(&self.mistakes.span(range), "not a key of this table");
        diagnostic.hints.extend(suggest::hint(name, self.keys.iter().map(|key| key.name)));
        self.mistakes.report(diagnostic);
    }

    pub fn mistakes(&self) -> &'m Mistakes {
        self.mistakes
    }

    /// What the table is called in messages: "composite `vogue`".
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Where the table is: its header, or its braces.
    pub fn span(&self) -> Span {
        self.mistakes.span(self.range.clone())
    }

    /// The value of a key. The key must be one of the documented ones.
    pub fn value(&self, key: &'static str) -> Option<Value<'d>> {
        debug_assert!(self.keys.iter().any(|k| k.name == key), "`{key}` is not documented");
        let item = self.table.get(key)?;
        let span = item.span();
        Some(Value { value: item.get_ref(), start: span.start, end: span.end, key, index: None })
    }

    /// Where the value of a key stands, else the whole table.
    pub fn span_of(&self, key: &'static str) -> Span {
        self.value(key).map_or_else(|| self.span(), |value| self.mistakes.span(value.range()))
    }

    /// The typed value of a key; `None` if it is absent, or wrong and reported.
    pub fn get<T: FromValue>(&self, key: &'static str) -> Option<T> {
        T::from_value(&self.value(key)?, self.mistakes)
    }

    /// The same, and absence is a mistake.
    pub fn require<T: FromValue>(&self, key: &'static str) -> Option<T> {
        T::from_value(&self.require_value(key)?, self.mistakes)
    }

    /// The value of a key; absence is a mistake.
    pub fn require_value(&self, key: &'static str) -> Option<Value<'d>> {
        let value = self.value(key);
        if value.is_none() {
            let doc = self.keys.iter().find(|known| known.name == key);
            debug_assert!(doc.is_some_and(|doc| doc.default == REQUIRED), "{key}: say so");
            let kind = doc.map_or("", |doc| doc.kind);
            let message = format!("{} has no `{key}`", self.what);
            let diagnostic = Diagnostic::usage("missing-key", message)
                .label(&self.span(), format!("`{key}` is required here"))
                .hint(format!("add `{key} = …` ({kind})"));
            self.mistakes.report(diagnostic);
        }
        value
    }

    /// A whole number within bounds.
    pub fn int(&self, key: &'static str, bounds: std::ops::RangeInclusive<i64>) -> Option<i64> {
        self.value(key)?.int(bounds, self.mistakes)
    }

    /// A reader for the table at a key.
    pub fn table(&self, key: &'static str) -> Option<Reader<'d, 'm>> {
        let value = self.value(key)?;
        let reader = value.table(self.keys_of(key), self.mistakes);
        reader.or_else(|| value.wrong_type("a table", self.mistakes))
    }

    /// A reader for each table of the list at a key. Items that are not tables are reported.
    pub fn tables(&self, key: &'static str) -> Vec<Reader<'d, 'm>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.items() else {
            value.wrong_type::<()>("a list of tables", self.mistakes);
            return Vec::new();
        };
        let keys = self.keys_of(key);
        let read = |item: &Value<'d>| {
            let reader = item.table(keys, self.mistakes);
            reader.or_else(|| item.wrong_type("a table", self.mistakes))
        };
        items.iter().filter_map(read).collect()
    }

    /// The documented keys of the table at a key.
    pub fn keys_of(&self, key: &'static str) -> &'static [KeyDoc] {
        self.keys.iter().find(|known| known.name == key).map_or(&[], |known| known.keys)
    }
}
