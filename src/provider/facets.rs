//! How often values occur among what was found.

use super::index::Index;
use super::record::Record;
use crate::contract::search::{Facet, FacetValue, MOST_FACET_VALUES};
use std::collections::HashMap;

/// A property and its values of one asset.
type Property = (&'static str, fn(&Record) -> Vec<&str>);

const PROPERTIES: [Property; 7] = [
    ("kind", |record| vec![record.kind.as_str()]),
    ("tag", |record| record.tags.iter().map(String::as_str).collect()),
    ("creator", |record| record.provenance.creator.as_deref().into_iter().collect()),
    ("licence", |record| match &record.provenance.licence {
        Some(licence) => vec![licence.as_str()],
        None => vec!["none"],
    }),
    ("platform", |record| record.provenance.platform.as_deref().into_iter().collect()),
    ("shape", shape),
    ("sound", |record| match &record.found {
        Some(found) => vec![if found.sound { "yes" } else { "no" }],
        None => Vec::new(),
    }),
];

fn shape(record: &Record) -> Vec<&str> {
    let ratio = record.found.as_ref().and_then(super::index::ratio_milli);
    ratio
        .map(|milli| match milli {
            ..980 => "portrait",
            980..=1020 => "square",
            _ => "landscape",
        })
        .into_iter()
        .collect()
}

/// Counts over the assets at these positions.
pub(super) fn count(index: &Index, found: &[usize]) -> Vec<Facet> {
    PROPERTIES
        .iter()
        .map(|(of, values)| {
            let mut counts: HashMap<&str, u64> = HashMap::new();
            for at in found {
                for value in values(&index.records()[*at]) {
                    *counts.entry(value).or_default() += 1;
                }
            }
            let mut list: Vec<(&str, u64)> = counts.into_iter().collect();
            list.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
            list.truncate(MOST_FACET_VALUES);
            let value = |(value, count): (&str, u64)| FacetValue { value: value.to_owned(), count };
            Facet { of: (*of).to_owned(), values: list.into_iter().map(value).collect() }
        })
        .collect()
}
