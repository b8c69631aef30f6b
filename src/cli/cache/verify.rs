//! `memebuild cache verify`: hash everything again.

use crate::cli::shared::{Globals, say, say_json, talk};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::report::text::{bytes, shown};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::fmt::Write;
use std::io::IsTerminal;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Look at everything anew, and not only at what a verification that was stopped had left
    #[arg(long)]
    restart: bool,
}

pub fn run(
    globals: &Globals,
    project: &Project,
    arguments: &Arguments,
) -> Result<Exit, Diagnostic> {
    let bar = ProgressBar::new(0);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template(
        "{bar:28.green} {decimal_bytes}/{decimal_total_bytes}  {eta} left",
    ) {
        bar.set_style(style.progress_chars("━╸─"));
    }
    let report = project
        .store
        .verify(arguments.restart, &|progress| {
            bar.set_length(progress.total_bytes);
            bar.set_position(progress.done_bytes);
        })
        .map_err(|error| error.diagnostic())?;
    bar.finish_and_clear();
    let sound = report.damaged.is_empty();
    if globals.json() {
        let damaged: Vec<_> = report
            .damaged
            .iter()
            .map(|file| json!({ "path": file.path, "why": file.why }))
            .collect();
        say_json(&json!({
            "schemaVersion": 1,
            "blobs": report.blobs,
            "bytes": report.bytes,
            "resumed": report.resumed,
            "results": report.records,
            "evicted": report.evicted,
            "damaged": damaged,
            "strays": report.strays,
        }));
    } else {
        let mut out = String::new();
        for file in &report.damaged {
            let _ = writeln!(out, "damaged  {}: {}", file.path.display(), shown(&file.why));
        }
        for path in &report.strays {
            let _ = writeln!(out, "stray    {}", path.display());
        }
        if report.resumed > 0 {
            let _ = writeln!(
                out,
                "{} blobs were found sound by a verification that was stopped",
                report.resumed
            );
        }
        let _ = writeln!(
            out,
            "{} blobs ({}) and {} results: {}",
            report.blobs,
            bytes(report.bytes),
            report.records,
            if sound { "all sound" } else { "the damaged ones are removed" }
        );
        say(&out);
    }
    if sound {
        return Ok(Exit::Ok);
    }
    talk("the next build makes again what it needs of it");
    Ok(Exit::Broken)
}
