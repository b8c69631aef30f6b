//! From one spanned value to one typed value.

use super::reader::Value;
use super::suggest;
use super::{Mistakes, number};
use crate::diagnostic::{Diagnostic, Span};
use toml::de::DeValue;

/// A type that a value of the Memefile can be read as. What is wrong is reported, with its place,
/// and the reading of the rest goes on.
pub trait FromValue: Sized {
    fn from_value(value: &Value<'_>, mistakes: &Mistakes) -> Option<Self>;
}

/// A type that is written as a string.
pub trait FromText: Sized {
    /// What people should write, with an example: `a time such as "1.5s"`.
    const EXPECTED: &'static str;

    fn from_text(text: &str) -> Result<Self, Wrong>;

    /// What to write in place of a bare number.
    fn with_unit(number: &str) -> Option<String> {
        let _ = number;
        None
    }
}

/// Why a text was not accepted, and what may have been meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrong {
    /// Replaces the sentence `expected …`, where there is more to say.
    pub why: Option<String>,
    pub hint: Option<String>,
}

impl Wrong {
    pub fn because(why: impl Into<String>) -> Self {
        Self { why: Some(why.into()), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl<T: FromText> FromValue for T {
    fn from_value(value: &Value<'_>, mistakes: &Mistakes) -> Option<Self> {
        let number = match value.get() {
            DeValue::String(text) => match T::from_text(text) {
                Ok(parsed) => return Some(parsed),
                Err(wrong) => {
                    let label = wrong.why.unwrap_or_else(|| format!("expected {}", T::EXPECTED));
                    let mut diagnostic = value.wrong("wrong-value", T::EXPECTED, label, mistakes);
                    diagnostic.hints.extend(wrong.hint);
                    mistakes.report(diagnostic);
                    return None;
                }
            },
            DeValue::Integer(number) => Some(number.to_string()),
            DeValue::Float(number) => Some(number.to_string()),
            _ => None,
        };
        let suggestion = number.as_deref().and_then(T::with_unit);
        let code = if suggestion.is_some() { "wrong-unit" } else { "wrong-type" };
        let label = format!("expected {}, found {}", T::EXPECTED, value.found());
        let mut diagnostic = value.wrong(code, T::EXPECTED, label, mistakes);
        diagnostic.hints.extend(suggestion.map(|text| format!("write \"{text}\"")));
        mistakes.report(diagnostic);
        None
    }
}

impl FromText for String {
    const EXPECTED: &'static str = "a string";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        Ok(text.to_owned())
    }
}

impl FromValue for bool {
    fn from_value(value: &Value<'_>, mistakes: &Mistakes) -> Option<Self> {
        match value.get() {
            DeValue::Boolean(b) => Some(*b),
            _ => value.wrong_type("`true` or `false`", mistakes),
        }
    }
}

/// A list; one mistake in it does not hide the others.
impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value<'_>, mistakes: &Mistakes) -> Option<Self> {
        let Some(items) = value.items() else { return value.wrong_type("a list", mistakes) };
        let read: Vec<Option<T>> = items.iter().map(|item| T::from_value(item, mistakes)).collect();
        read.into_iter().collect()
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
}

impl<T: FromValue> FromValue for At<T> {
    fn from_value(value: &Value<'_>, mistakes: &Mistakes) -> Option<Self> {
        let read = T::from_value(value, mistakes)?;
        Some(Self { value: read, span: mistakes.span(value.range()) })
    }
}

impl Value<'_> {
    /// A whole number within bounds.
    pub fn int(&self, bounds: std::ops::RangeInclusive<i64>, mistakes: &Mistakes) -> Option<i64> {
        let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        let DeValue::Integer(number) = self.get() else {
            return self.wrong_type(&expected, mistakes);
        };
        let parsed = i64::from_str_radix(number.as_str(), number.radix()).ok();
        match parsed.filter(|n| bounds.contains(n)) {
            Some(number) => Some(number),
            None => {
                let label = format!("expected {expected}");
                mistakes.report(self.wrong("out-of-range", &expected, label, mistakes));
                None
            }
        }
    }

    /// The number as written in thousandths, if it is a number.
    pub(super) fn milli(&self) -> Option<Result<i64, number::NotFixed>> {
        match self.get() {
            DeValue::Integer(number) if number.radix() == 10 => {
                Some(number::fixed(number.as_str(), 3))
            }
            DeValue::Float(number) => Some(number::fixed(number.as_str(), 3)),
            _ => None,
        }
    }

    /// The number in thousandths, within bounds in thousandths.
    pub fn milli_within(
        &self,
        bounds: std::ops::RangeInclusive<i64>,
        expected: &str,
        mistakes: &Mistakes,
    ) -> Option<i64> {
        match self.milli() {
            None => self.wrong_type(expected, mistakes),
            Some(Ok(milli)) if bounds.contains(&milli) => Some(milli),
            Some(_) => {
                let label = format!("expected {expected}, to a thousandth");
                mistakes.report(self.wrong("out-of-range", expected, label, mistakes));
                None
            }
        }
    }

    /// Reports that something else was expected here.
    pub fn wrong_type<T>(&self, expected: &str, mistakes: &Mistakes) -> Option<T> {
        let label = format!("expected {expected}, found {}", self.found());
        mistakes.report(self.wrong("wrong-type", expected, label, mistakes));
        None
    }

    /// `KEY is not EXPECTED`, at this value.
    pub fn wrong(
        &self,
        code: &'static str,
        expected: &str,
        label: impl Into<String>,
        mistakes: &Mistakes,
    ) -> Diagnostic {
        let short = expected.split(" such as ").next().unwrap_or(expected);
        Diagnostic::usage(code, format!("{} is not {short}", self.name()))
            .label(&mistakes.span(self.range()), label)
    }
}

/// Reads one of a fixed set of words.
pub fn words<T: Copy>(text: &str, table: &[(&'static str, T)]) -> Result<T, Wrong> {
    if let Some((_, value)) = table.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let list: Vec<String> = table.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    let mut wrong = Wrong::because(match list.as_slice() {
        [rest @ .., last] if !rest.is_empty() => {
            format!("expected {} or {last}", rest.join(", "))
        }
        _ => format!("expected {}", list.concat()),
    });
    wrong.hint = suggest::nearest(text, table.iter().map(|(word, _)| *word))
        .map(|word| format!("did you mean \"{word}\"?"));
    Err(wrong)
}

/// One value, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: FromValue> FromValue for OneOrMany<T> {
    fn from_value(value: &Value<'_>, mistakes: &Mistakes) -> Option<Self> {
        match value.items() {
            Some(_) => Vec::from_value(value, mistakes).map(Self),
            None => T::from_value(value, mistakes).map(|one| Self(vec![one])),
        }
    }
}
