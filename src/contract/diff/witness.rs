//! Instances that the one side accepts and the other refuses.

use super::{Site, weight};
use crate::contract::sample::{Numbers, Sampler, corners};
use jsonschema::Validator;
use serde_json::Value;

/// Random documents that are tried where no change leads to one.
const TRIES: u64 = 64;

/// Candidates that are tried at one place.
const MOST: usize = 600;

/// One side: its schema, and a validator that takes formats at their word.
pub(super) struct End<'d> {
    pub document: &'d Value,
    pub check: Validator,
    sampler: Sampler<'d>,
}

impl<'d> End<'d> {
    /// # Errors
    /// Why it is not a schema, or none that anybody could use.
    pub fn new(document: &'d Value) -> Result<Self, String> {
        weight::check(document)?;
        let check = jsonschema::options().should_validate_formats(true).build(document);
        let check = check.map_err(|error| error.to_string())?;
        Ok(Self { document, check, sampler: Sampler::new(document) })
    }
}

/// A document of the writer's that the reader refuses, different from others at one place.
pub(super) fn at_place(writer: (&End<'_>, &Site), reader: (&End<'_>, &Site)) -> Option<Value> {
    let ((w, site), (r, other)) = (writer, reader);
    let own = corners(&w.sampler, &site.schema);
    let theirs = corners(&r.sampler, &other.schema);
    let values = own.iter().chain(&theirs).take(MOST);
    let documents = values.filter_map(|value| w.sampler.with(w.document, &site.steps, value));
    documents.into_iter().find(|document| splits(w, r, document))
}

/// A random document of the writer's that the reader refuses.
pub(super) fn anywhere(w: &End<'_>, r: &End<'_>) -> Option<Value> {
    let sampler = &w.sampler;
    let random = |seed| sampler.random(w.document, &mut Numbers::new(seed));
    let plain = sampler.plain(w.document);
    plain.into_iter().chain((0..TRIES).filter_map(random)).find(|found| splits(w, r, found))
}

fn splits(w: &End<'_>, r: &End<'_>, document: &Value) -> bool {
    !r.check.is_valid(document) && w.check.is_valid(document)
}
