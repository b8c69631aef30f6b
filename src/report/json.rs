//! The one document that `build --format json` prints at the end.

use super::fold::{Fold, NodeResult, SourceResult};
use crate::contract::event::Status;
use serde_json::{Map, Value, json};

/// Version of the document's shape.
pub const SCHEMA_VERSION: u32 = 1;

/// Renders a finished build. Results are sorted by node name.
pub fn document(fold: &Fold) -> Value {
    let mut document = Map::new();
    document.insert("schemaVersion".to_owned(), SCHEMA_VERSION.into());
    document.insert("nodes".to_owned(), fold.nodes.into());
    for status in Status::ALL {
        document.insert(status.as_str().to_owned(), fold.count(status).into());
    }
    document.insert("actions_ran".to_owned(), fold.actions_ran.into());
    document.insert("rejected".to_owned(), fold.rejected.into());
    document.insert("mocks".to_owned(), fold.mocks().into());
    document.insert("wall_ms".to_owned(), fold.wall_ms.into());
    document.insert("saved_ms".to_owned(), fold.saved_ms.into());
    if !fold.sources.is_empty() {
        let source = |(name, result): (&String, &SourceResult)| {
            let SourceResult { items, fetched, missing, bytes } = result;
            json!({
                "source": name, "items": items, "fetched": fetched, "missing": missing,
                "bytes": bytes,
            })
        };
        document.insert("sources".to_owned(), fold.sources.iter().map(source).collect());
    }
    let results = fold.results.values().map(result).collect();
    document.insert("results".to_owned(), Value::Array(results));
    Value::Object(document)
}

fn result(result: &NodeResult) -> Value {
    let verdict = result.accepted.map(|accepted| if accepted { "accept" } else { "reject" });
    json!({
        "node": result.node,
        "status": result.status.as_str(),
        "verdict": verdict,
        "why": result.why,
        "key": result.key.map(|key| key.to_string()),
        "ms": result.wall_ms,
        "outputs": result.outputs,
        "files": result.files,
        "notes": result.notes,
        "mock": result.mock,
    })
}
