//! `memebuild asset show`: one asset, and its score part by part.

use super::what;
use crate::cli::shared::{Globals, say, say_json};
use crate::contract::asset::{Manifest, SeedAsset};
use crate::diagnostic::{Diagnostic, Exit};
use crate::media::measure::{self, Part};
use crate::memefile::nearest;
use crate::report::table::Table;
use crate::report::text::{duration, shown};
use serde_json::{Value, json};
use std::fmt::Write;

pub fn run(globals: &Globals, manifest: &Manifest, name: &str) -> Result<Exit, Diagnostic> {
    let full = |asset: &SeedAsset| format!("{}/{}", asset.kind, asset.id);
    let means = |asset: &&SeedAsset| asset.id.as_str() == name || full(asset) == name;
    let found: Vec<&SeedAsset> = manifest.assets.iter().filter(means).collect();
    if found.is_empty() {
        let problem = Diagnostic::usage(
            "unknown-asset",
            format!("there is no asset `{}` in the manifest", name.escape_debug()),
        );
        let ids = manifest.assets.iter().map(|asset| asset.id.as_str());
        return Err(match nearest(name, ids) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("`memebuild asset ls` lists them"),
        });
    }
    if globals.json() {
        let assets: Vec<_> = found
            .iter()
            .map(|asset| serde_json::to_value(asset).expect("assets serialise"))
            .collect();
        let scores: Vec<_> = found.iter().map(|asset| explained(asset)).collect();
        say_json(&json!({ "schemaVersion": 1, "assets": assets, "scores": scores }));
        return Ok(Exit::Ok);
    }
    say(&found.iter().map(|asset| describe(asset, manifest)).collect::<Vec<_>>().join("\n"));
    Ok(Exit::Ok)
}

/// The parts of a score, where it is of the algorithm that this build knows.
fn parts(asset: &SeedAsset) -> Vec<Part> {
    let quality = &asset.quality;
    if quality.algorithm != measure::ALGORITHM {
        return Vec::new();
    }
    measure::parts(asset.kind, &quality.measures)
}

/// Why an asset has its score: each part with what was measured and what would be good.
fn explained(asset: &SeedAsset) -> Value {
    let parts = parts(asset).into_iter().map(|part| {
        json!({
            "name": part.name,
            "part": part.part,
            "what": part.what,
            "measure": part.measure,
            "value": part.value,
            "text": part.unit.show(part.value),
            "unit": part.unit.name,
            "unitIs": part.unit.of,
            "good": part.good,
            "bad": part.bad,
            "wanted": part.wanted(),
            "counts": part.counts,
            "weight": part.weight,
        })
    });
    json!({
        "kind": asset.kind,
        "id": asset.id,
        "score": asset.quality.score,
        "parts": parts.collect::<Vec<_>>(),
    })
}

fn describe(asset: &SeedAsset, manifest: &Manifest) -> String {
    let mut out = format!("{}/{}\n", asset.kind, asset.id);
    let _ = writeln!(out, "  file     {} ({} bytes)", shown(&asset.file), asset.digest.len);
    let _ = writeln!(out, "  digest   {}", asset.digest.hex());
    let _ = writeln!(out, "  what     {}", shown(&what(asset)));
    if asset.facts.duration_ms > 0 {
        let _ = writeln!(out, "  length   {}", duration(asset.facts.duration_ms));
    }
    if !asset.tags.is_empty() {
        let _ = writeln!(out, "  tags     {}", shown(&asset.tags.join(", ")));
    }
    if let Some(key) = &asset.key {
        let key = serde_json::to_value(key).expect("a calibration serialises");
        let _ = writeln!(out, "  key      {}", compact(&key));
    }
    let groups = manifest.duplicates.iter().filter(|group| group.kind == asset.kind);
    for group in groups {
        let others = group.others.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
        if group.best == asset.id {
            let _ = writeln!(out, "  copies   {others}");
        } else if group.others.contains(&asset.id) {
            let _ = writeln!(out, "  copies   {}, which is better, has them all", group.best);
        }
    }
    let quality = &asset.quality;
    let _ = writeln!(out, "  quality  {} of 100 (algorithm {})", quality.score, quality.algorithm);
    let mut table = Table::new(&["PART", ">0–100", ">MEASURED", "GOOD", "WHAT"]);
    let mut explained = parts(asset);
    // What costs most comes first.
    explained.sort_by_key(|part| part.counts);
    for part in &explained {
        table.row(vec![
            part.name.to_owned(),
            part.part.to_string(),
            part.unit.show(part.value),
            part.wanted(),
            part.what.to_owned(),
        ]);
    }
    if explained.is_empty() {
        // Of another producer: what it says, as it says it.
        for (name, part) in &quality.parts {
            let (name, none) = (shown(name), String::new);
            table.row(vec![name, part.to_string(), none(), none(), none()]);
        }
    }
    if !table.is_empty() {
        table.to_string().lines().for_each(|line| {
            let _ = writeln!(out, "           {line}");
        });
    }
    let rated = |measure: &str| explained.iter().any(|part| part.measure == measure);
    let mut rest = quality.measures.iter().filter(|(name, _)| !rated(name)).peekable();
    if rest.peek().is_some() {
        let _ = writeln!(out, "  besides");
    }
    for (measure, value) in rest {
        let _ = writeln!(out, "           {:28} {value}", shown(measure));
    }
    out
}

/// Numbers only: grids are too long for people.
fn compact(key: &Value) -> String {
    let fields = key.as_object().into_iter().flatten();
    let numbers = fields.filter(|(_, value)| value.is_number());
    numbers.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
}
