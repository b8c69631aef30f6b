//! What is wrong with a document, rule by rule: what a parser stops at, a schema lists.

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

/// Most that is listed of one document.
const MOST: usize = 100;

/// One breach of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The keyword of JSON Schema, or `check` for what must hold across fields.
    pub rule: String,
    /// A JSON pointer to what is wrong; empty for the whole document.
    pub place: String,
    /// What was expected there.
    pub expected: String,
    /// What is there, in a few words.
    pub found: String,
}

/// Every breach of `schema` in `document`, in the document's order; at most a hundred.
///
/// # Errors
/// Why `schema` is none.
pub fn breaches(schema: &Value, document: &Value) -> Result<Vec<Breach>, String> {
    let check = validator(schema)?;
    let mut found = Vec::new();
    check.iter_errors(document).take(MOST).for_each(|error| tell(&error, &mut found));
    Ok(found)
}

/// A validator that takes formats at their word and asks no network.
///
/// # Errors
/// Why `schema` is none.
pub fn validator(schema: &Value) -> Result<Validator, String> {
    let options = jsonschema::options().should_validate_formats(true);
    options.build(schema).map_err(|error| error.to_string())
}

/// A union tells what is wrong with the branch that was most likely meant.
fn tell(error: &ValidationError<'_>, into: &mut Vec<Breach>) {
    if let Kind::AnyOf { context } | Kind::OneOfNotValid { context } = error.kind() {
        let meant = context.iter().filter(|branch| !branch.is_empty()).min_by_key(|branch| {
            // A wrong tag or type says that another branch was meant.
            let other = |error: &&ValidationError<'_>| {
                matches!(
                    error.kind(),
                    Kind::Constant { .. } | Kind::Enum { .. } | Kind::Type { .. }
                )
            };
            (branch.iter().filter(other).count(), branch.len())
        });
        if let Some(branch) = meant.filter(|_| context.len() > 1) {
            branch.iter().for_each(|error| tell(error, into));
            return;
        }
    }
    into.push(Breach {
        rule: error.kind().keyword().to_owned(),
        place: error.instance_path().as_str().to_owned(),
        expected: expected(error.kind()).unwrap_or_else(|| {
            let words = error.masked().to_string();
            match words.strip_prefix("value is not of type ") {
                Some(kinds) => format!("a value of type {kinds}"),
                None => words,
            }
        }),
        found: found(error),
    });
}

/// What a rule wants, where that is more than its name says.
fn expected(kind: &Kind) -> Option<String> {
    Some(match kind {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            format!("no field {}", quoted(unexpected))
        }
        Kind::Constant { expected_value } => format!("{expected_value}"),
        Kind::Enum { options } => {
            let list = options.as_array().into_iter().flatten().map(ToString::to_string);
            format!("one of {}", list.collect::<Vec<_>>().join(", "))
        }
        Kind::Maximum { limit } => format!("at most {limit}"),
        Kind::Minimum { limit } => format!("at least {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Kind::MaxLength { limit } => format!("at most {limit} characters"),
        Kind::MinLength { limit } => format!("at least {limit} characters"),
        Kind::MaxItems { limit } => format!("at most {limit} items"),
        Kind::MinItems { limit } => format!("at least {limit} items"),
        Kind::Pattern { pattern } => format!("a text that matches `{pattern}`"),
        Kind::Format { format } => format!("a text of the format `{format}`"),
        Kind::Required { property } => format!("a field {property}"),
        Kind::UniqueItems => "items that differ".to_owned(),
        _ => return None,
    })
}

fn found(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Required { .. } => "none".to_owned(),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            quoted(unexpected)
        }
        _ => brief(error.instance()),
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

fn brief(value: &Value) -> String {
    match value {
        Value::Object(object) => format!("an object of {} fields", object.len()),
        Value::Array(items) => format!("a list of {}", items.len()),
        value => {
            let text = value.to_string();
            match text.char_indices().nth(80) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}
