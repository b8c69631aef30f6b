//! From the table of a batch to its value.

use super::keys::CAPTION;
use super::{Axis, Batch, Briefs, CaptionRows, Choice, Combine, Role};
use crate::diagnostic::Diagnostic;
use crate::memefile::{At, FromText, FromValue, OneOrMany, Reader, Wrong, words};
use crate::node::declare::render::profiles;
use std::collections::BTreeMap;

/// Reads a batch. What is wrong is reported.
pub(super) fn batch(reader: &Reader<'_, '_>) -> Option<Batch> {
    let composite = needed(reader, "composite", "no `composite`, and no `director`");
    let profiles = match reader.value("profiles") {
        Some(_) => profiles(reader),
        None => needed(reader, "profiles", "no `profiles`"),
    };
    let axes = reader.table("axes").map_or_else(Vec::new, |table| axes(&table));
    let captions = reader.table("captions").and_then(|table| {
        let csv = table.require("csv")?;
        Some(CaptionRows { csv })
    });
    if axes.is_empty() && reader.value("captions").is_none() && reader.value("axes").is_none() {
        let message = format!("nothing varies in {}", reader.what());
        let diagnostic = Diagnostic::usage("missing-key", message)
            .label(&reader.span(), "no `axes` and no `captions`")
            .hint("give it one of these, or declare a `[render.*]`");
        reader.mistakes().report(diagnostic);
    }
    let everything = || At { value: Combine::Product, span: reader.span() };
    Some(Batch {
        axes,
        captions,
        combine: reader.get("combine").unwrap_or_else(everything),
        include: reader.tables("include").iter().map(choice).collect(),
        exclude: reader.tables("exclude").iter().map(choice).collect(),
        limit: count(reader, "limit"),
        critic: reader.get("critic"),
        composite: composite?,
        profiles: profiles?,
    })
}

/// A key that a batch of a composite must have.
fn needed<T: FromValue>(reader: &Reader<'_, '_>, key: &'static str, why: &str) -> Option<T> {
    let value = reader.get(key);
    if reader.value(key).is_none() {
        let message = format!("{} has no `{key}`", reader.what());
        let problem = Diagnostic::usage("missing-key", message).label(&reader.span(), why);
        reader.mistakes().report(problem);
    }
    value
}

/// Reads a batch that has a director as its template. What is wrong is reported.
pub(super) fn briefs(reader: &Reader<'_, '_>) -> Option<Briefs> {
    let others = [
        "composite",
        "axes",
        "captions",
        "combine",
        "include",
        "exclude",
        "limit",
        "profiles",
        "critic",
    ];
    for key in others {
        if reader.value(key).is_some() {
            let message = format!("`director` and `{key}` contradict each other");
            let problem = Diagnostic::usage("contradiction", message)
                .label(&reader.span_of(key), "it would do nothing")
                .label(&reader.span_of("director"), "the director has its own");
            reader.mistakes().report(problem);
        }
    }
    let director = reader.get("director");
    let csv = reader.table("briefs").and_then(|table| table.require("csv"));
    if reader.value("briefs").is_none() {
        let message = format!("{} has no `briefs`", reader.what());
        let problem = Diagnostic::usage("missing-key", message)
            .label(&reader.span_of("director"), "a run for each of which briefs?")
            .hint("add `briefs = { csv = \"briefs.csv\" }`");
        reader.mistakes().report(problem);
    }
    Some(Briefs { director: director?, briefs: CaptionRows { csv: csv? } })
}

impl FromText for Combine {
    const EXPECTED: &'static str = "a way to combine such as \"product\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        words(text, &[("product", Self::Product), ("zip", Self::Zip)])
    }
}

/// Most cells that one batch may have.
const MOST: i64 = 10_000_000;

fn count(reader: &Reader<'_, '_>, key: &'static str) -> Option<usize> {
    usize::try_from(reader.int(key, 1..=MOST)?).ok()
}

/// The axes, or slots, of a table.
pub fn axes(table: &Reader<'_, '_>) -> Vec<Axis> {
    Role::ALL.into_iter().filter_map(|role| axis(table, role)).collect()
}

fn axis(table: &Reader<'_, '_>, role: Role) -> Option<Axis> {
    let key = role.as_str();
    let value = table.value(key)?;
    let span = table.span_of(key);
    if let Some(own) = value.table(table.keys_of(key), table.mistakes()) {
        let ids: Option<OneOrMany<At<String>>> = own.get("id");
        let quality = own.int("min-quality", 0..=100);
        return Some(Axis {
            role,
            ids: ids.map_or_else(Vec::new, |list| list.0),
            query: own.get("query"),
            min_quality: quality.and_then(|score| u32::try_from(score).ok()),
            sample: count(&own, "sample"),
            limit: count(&own, "limit"),
            span,
        });
    }
    if value.as_str().is_none() && value.items().is_none() {
        return value.wrong_type("an id, a list of ids, or a table", table.mistakes());
    }
    let OneOrMany(ids) = OneOrMany::from_value(&value, table.mistakes())?;
    if ids.is_empty() {
        return value.wrong_type("at least one id", table.mistakes());
    }
    Some(Axis { role, ids, query: None, min_quality: None, sample: None, limit: None, span })
}

fn choice(table: &Reader<'_, '_>) -> Choice {
    let keys = Role::ALL.into_iter().map(Role::as_str).chain([CAPTION]);
    let values: BTreeMap<&'static str, At<String>> =
        keys.filter_map(|key| Some((key, table.get(key)?))).collect();
    if values.is_empty() {
        let message = format!("{} says nothing", table.what());
        let diagnostic =
            Diagnostic::usage("missing-key", message).label(&table.span(), "no value of any axis");
        table.mistakes().report(diagnostic);
    }
    Choice { values, span: table.span() }
}
