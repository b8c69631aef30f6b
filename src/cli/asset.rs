//! `memebuild asset`: what was ingested.

use super::shared::{Globals, say, say_json};
use crate::contract::asset::{AssetKind, Manifest, SeedAsset};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::memefile::nearest;
use crate::report::text::{duration, shown};
use clap::{Args, Subcommand};
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List assets, best first
    Ls {
        /// Only of this kind: green-screen, background, music or sound-effect
        #[arg(value_parser = kind)]
        kind: Option<AssetKind>,
    },
    /// Show all that is known of one asset
    Show {
        /// `ID` or `KIND/ID`
        asset: String,
    },
}

fn kind(text: &str) -> Result<AssetKind, String> {
    text.parse().map_err(|()| {
        let known: Vec<&str> = AssetKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("kinds are {}", known.join(", "))
    })
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let ended = manifest(&project).and_then(|manifest| match &arguments.command {
        Command::Ls { kind } => {
            list(globals, &manifest, *kind);
            Ok(Exit::Ok)
        }
        Command::Show { asset } => show(globals, &manifest, asset),
    });
    ended.unwrap_or_else(|problem| globals.complain(&[problem]))
}

fn manifest(project: &Project) -> Result<Manifest, Diagnostic> {
    let path = project.root.join("artefacts/seed-assets/manifest.json");
    let bytes = std::fs::read(&path).map_err(|e| {
        Diagnostic::error("no-manifest", format!("cannot read `{}`: {e}", path.display()))
            .hint("`memebuild build manifest:manifest` ingests the assets and writes it")
    })?;
    crate::contract::read(&bytes)
        .map_err(|e| Diagnostic::error("contract-break", e.to_string()).exit(Exit::Broken))
}

fn list(globals: &Globals, manifest: &Manifest, kind: Option<AssetKind>) {
    let mut assets: Vec<&SeedAsset> =
        manifest.assets.iter().filter(|asset| kind.is_none_or(|kind| asset.kind == kind)).collect();
    assets.sort_by_key(|asset| (asset.kind, std::cmp::Reverse(asset.quality.score), &asset.id));
    if globals.json() {
        let assets: Vec<_> = assets
            .iter()
            .map(|asset| serde_json::to_value(asset).expect("assets serialise"))
            .collect();
        say_json(&serde_json::json!({ "schemaVersion": 1, "assets": assets }));
        return;
    }
    let widest = assets.iter().map(|asset| asset.id.as_str().len()).max().unwrap_or(0).max(5);
    let mut out = format!("{:13} {:widest$}  QUALITY  {:>10}  WHAT\n", "KIND", "ASSET", "LENGTH");
    for asset in assets {
        let length = match asset.facts.duration_ms {
            0 => String::new(),
            ms => duration(ms),
        };
        let _ = writeln!(
            out,
            "{:13} {:widest$}  {:>7}  {length:>10}  {}",
            asset.kind.as_str(),
            asset.id.as_str(),
            asset.quality.score,
            shown(&what(asset))
        );
    }
    say(&out);
}

/// `1080×1920 h264 30 fps, aac 48000 Hz`.
fn what(asset: &SeedAsset) -> String {
    let mut parts = Vec::new();
    if let Some(video) = &asset.facts.video {
        let rate =
            if video.is_still() { String::new() } else { format!(" {} fps", video.frame_rate) };
        parts.push(format!("{}×{} {}{rate}", video.width, video.height, video.codec));
    }
    if let Some(audio) = &asset.facts.audio {
        parts.push(format!("{} {} Hz", audio.codec, audio.sample_rate));
    }
    parts.join(", ")
}

fn show(globals: &Globals, manifest: &Manifest, name: &str) -> Result<Exit, Diagnostic> {
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
        let found: Vec<_> = found
            .iter()
            .map(|asset| serde_json::to_value(asset).expect("assets serialise"))
            .collect();
        say_json(&serde_json::json!({ "schemaVersion": 1, "assets": found }));
        return Ok(Exit::Ok);
    }
    say(&found.iter().map(|asset| describe(asset)).collect::<Vec<_>>().join("\n"));
    Ok(Exit::Ok)
}

fn describe(asset: &SeedAsset) -> String {
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
    let quality = &asset.quality;
    let _ = writeln!(out, "  quality  {} of 100 (algorithm {})", quality.score, quality.algorithm);
    for (measure, value) in &quality.measures {
        let _ = writeln!(out, "           {measure:28} {value}");
    }
    out
}

/// Numbers only: grids are too long for people.
fn compact(key: &serde_json::Value) -> String {
    let fields = key.as_object().into_iter().flatten();
    let numbers = fields.filter(|(_, value)| value.is_number());
    numbers.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
}
