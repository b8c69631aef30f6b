//! `memebuild asset`: what was ingested.

mod show;

use super::shared::{Globals, say, say_json};
use crate::contract::asset::{AssetKind, Manifest, SeedAsset};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
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
    /// Show all that is known of one asset, and what its score is made of
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
        Command::Show { asset } => show::run(globals, &manifest, asset),
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
