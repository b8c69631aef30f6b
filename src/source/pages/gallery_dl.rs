//! How gallery-dl is asked: everything by a configuration of ours, nothing by the user's unless named.

use super::Asked;
use super::program::{Ran, Tool, write_private};
use crate::diagnostic::Diagnostic;
use crate::source::folder::Folder;
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// Longest cursor that is believed, in bytes.
const LONGEST_CURSOR: usize = 500;

/// Where an interrupted look goes on.
const CURSOR: &str = "cursor";

/// What it has fetched, by its own names.
const ARCHIVE: &str = "archive-gallery-dl.sqlite3";

/// Forgets what was fetched; what is here is not fetched again all the same.
pub(super) fn forget(folder: &Folder) {
    // That there is none is as well.
    let _ = std::fs::remove_file(folder.root().join(ARCHIVE));
}

pub(super) fn command(tool: &Tool, asked: &Asked<'_>) -> Result<Command, Diagnostic> {
    let config = asked.folder.root().join("gallery-dl.json");
    let text = serde_json::to_vec_pretty(&settings(asked)).expect("settings serialise");
    write_private(&config, &text).map_err(|error| {
        Diagnostic::error("io", format!("cannot write `{}`: {error}", config.display()))
    })?;
    let mut command = Command::new(&tool.program);
    command.current_dir(asked.folder.root()).arg("--config-ignore");
    if let Some(own) = &asked.pages.config {
        command.arg("--config").arg(asked.job.root.join(own));
    }
    // The last one wins, so that a configuration of the user's moves nothing out of its folder.
    command.arg("--config").arg(config).arg("--no-input").arg("--no-colors");
    if let Some(cookies) = asked.cookies {
        command.arg("--cookies").arg(cookies);
    }
    command.arg("--").arg(asked.url);
    Ok(command)
}

fn settings(asked: &Asked<'_>) -> serde_json::Value {
    let mut extractor = json!({
        "base-directory": asked.raw,
        "directory": [],
        "parent-directory": false,
        "skip": true,
        "cookies-update": false,
        "archive": asked.folder.root().join(ARCHIVE),
        // A number within a post shifts when the post is edited; a hash stays.
        "filename": "{category}_{id|post_id|shortcode|index}_{hash|num}_{filename[:80]}.{extension}",
        "path-restrict": "^A-Za-z0-9._-",
        "retries": asked.job.terms.retries,
        "sleep-retries": "exp:2=1",
        "timeout": 30.0,
        "postprocessors": [{ "name": "metadata", "mode": "json" }],
        "patreon": { "archive-format": "{id}_{hash|num}" },
        "directlink": {
            "filename": "{domain}_{path[:80]}_{filename[:80]}.{extension}",
            "archive-format": "{domain}/{path}/{filename}.{extension}?{query}",
        },
    });
    if let Some(ms) = asked.pages.pause_ms {
        extractor["sleep-request"] = (ms as f64 / 1000.0).into();
        extractor["sleep"] = (ms as f64 / 1000.0).into();
    }
    if let Some(cursor) = cursor(asked.raw) {
        extractor["cursor"] = cursor.into();
    }
    let mut downloader = json!({
        "part": true,
        "mtime": false,
        "retries": asked.job.terms.retries,
        "timeout": 30.0,
        "filesize-max": asked.job.terms.max_size.to_string(),
    });
    if let Some(rate) = asked.pages.rate {
        downloader["rate"] = rate.to_string().into();
    }
    json!({
        "extractor": extractor,
        "downloader": downloader,
        "output": { "mode": "pipe", "progress": false, "shorten": false, "skip": true },
    })
}

fn cursor(raw: &Path) -> Option<String> {
    let text = std::fs::read_to_string(raw.join(CURSOR)).ok()?;
    let plain = text.bytes().all(|b| b.is_ascii_graphic());
    (plain && (1..=LONGEST_CURSOR).contains(&text.len())).then_some(text)
}

/// Writes down where the next look goes on, which gallery-dl says when it stops early; or that it
/// has come to the end.
pub(super) fn remember(raw: &Path, ran: &Ran) {
    let told = ran.said.iter().rev().find_map(|line| {
        let (_, rest) = line.split_once("cursor=")?;
        Some(rest.split(['\'', ' ']).next()?.to_owned())
    });
    // Without it the next look begins at the top, and the archive makes it short.
    let _ = match told.filter(|_| !ran.good()) {
        Some(cursor) => std::fs::write(raw.join(CURSOR), cursor),
        None => std::fs::remove_file(raw.join(CURSOR)),
    };
}
