//! Mechanical mends: what findings say is to be changed, gathered and done.

use crate::contract::verdict::{Decision, Patch, Severity, Verdict};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// What is to be mended in each profile, with what is mended already; none unless every profile that
/// was rejected has an error that can be, and something changes by it.
///
/// Where two findings would change the same, the graver, which stands first, has its way.
pub fn mends(
    verdicts: &BTreeMap<&String, &Verdict>,
    done: &BTreeMap<String, Vec<Patch>>,
) -> Option<BTreeMap<String, Vec<Patch>>> {
    let mut patches = done.clone();
    for (profile, verdict) in verdicts {
        if verdict.decision == Decision::Accept {
            continue;
        }
        let mine = patches.entry((*profile).clone()).or_default();
        let before = mine.clone();
        let mut changed: Vec<String> = Vec::new();
        let errors = verdict.findings.iter().filter(|f| f.severity == Severity::Error);
        for finding in errors.filter(|finding| !finding.patch.is_empty()) {
            let clash = finding.patch.iter().any(|patch| {
                changed
                    .iter()
                    .any(|path| is_within(path, &patch.path) || is_within(&patch.path, path))
            });
            if clash {
                continue;
            }
            for patch in &finding.patch {
                changed.push(patch.path.clone());
                mine.retain(|old| old.path != patch.path);
                mine.push(patch.clone());
            }
        }
        if *mine == before {
            return None;
        }
    }
    Some(patches)
}

/// Whether one pointer leads into what the other means.
fn is_within(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A document with its patches done, in their order.
///
/// # Errors
/// A patch that changes what is not there, or makes the document break its shape.
pub fn apply<T: Serialize + DeserializeOwned>(
    document: &T,
    patches: &[Patch],
) -> Result<T, String> {
    let mut value = serde_json::to_value(document).map_err(|e| e.to_string())?;
    for patch in patches {
        let place = value.pointer_mut(&patch.path);
        let place: &mut Value =
            place.ok_or_else(|| format!("there is nothing at `{}`", patch.path.escape_debug()))?;
        *place = patch.value.clone();
    }
    serde_json::from_value(value).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_patch_changes_its_place_and_nothing_else() {
        let document = json!({ "captions": [{ "area": 1 }, { "area": 2 }], "gain": 0 });
        let patch = [Patch::replace("/captions/1/area", 5)];
        let mended = apply(&document, &patch).unwrap();
        assert_eq!(mended, json!({ "captions": [{ "area": 1 }, { "area": 5 }], "gain": 0 }));
        let lost = apply(&document, &[Patch::replace("/captions/2/area", 5)]);
        assert_eq!(lost.unwrap_err(), "there is nothing at `/captions/2/area`");
        let broken: Result<BTreeMap<String, u32>, _> =
            apply(&BTreeMap::from([("gain".to_owned(), 1)]), &[Patch::replace("/gain", "x")]);
        assert!(broken.is_err());
    }

    #[test]
    fn pointers_lead_into_each_other_by_whole_parts() {
        assert!(is_within("/captions/1", "/captions/1/area"));
        assert!(is_within("/captions/1", "/captions/1"));
        assert!(!is_within("/captions/1", "/captions/10"));
    }
}
