//! How yt-dlp is asked.

use super::Asked;
use super::program::Tool;
use crate::source::folder::Folder;
use std::process::Command;

/// What it has fetched, by its own names.
const ARCHIVE: &str = "archive-yt-dlp.txt";

/// Forgets what was fetched; what is here is not fetched again all the same.
pub(super) fn forget(folder: &Folder) {
    // That there is none is as well.
    let _ = std::fs::remove_file(folder.root().join(ARCHIVE));
}

pub(super) fn command(tool: &Tool, asked: &Asked<'_>) -> Command {
    let (job, pages, folder) = (asked.job, asked.pages, asked.folder.root());
    let retries = job.terms.retries.to_string();
    let mut command = Command::new(&tool.program);
    command.current_dir(folder).arg("--ignore-config").args(["--color", "never"]);
    if let Some(own) = &pages.config {
        command.arg("--config-locations").arg(job.root.join(own));
    }
    command
        .arg("--paths")
        .arg(asked.raw)
        .args(["--output", "%(extractor)s_%(id)s.%(ext)s"])
        .args(["--restrict-filenames", "--trim-filenames", "150"])
        .args(["--write-info-json", "--no-write-playlist-metafiles", "--no-write-comments"])
        .args(["--no-overwrites", "--continue", "--no-mtime", "--no-progress", "--newline"])
        .args(["--no-cache-dir", "--no-batch-file", "--ignore-errors"])
        .args(["--print", "after_move:filepath", "--no-simulate", "--no-quiet"])
        .arg("--download-archive")
        .arg(folder.join(ARCHIVE))
        .args(["--socket-timeout", "30", "--retry-sleep", "exp=1:60"])
        .args(["--retries", &retries, "--fragment-retries", &retries])
        .args(["--extractor-retries", &retries])
        .args(["--max-filesize", &job.terms.max_size.to_string()]);
    if let Some(ms) = pages.pause_ms {
        let seconds = format!("{}.{:03}", ms / 1000, ms % 1000);
        command.args(["--sleep-requests", &seconds, "--sleep-interval", &seconds]);
    }
    if let Some(rate) = pages.rate {
        command.args(["--limit-rate", &rate.to_string()]);
    }
    if let Some(cookies) = asked.cookies {
        command.arg("--cookies").arg(cookies);
    }
    command.arg("--").arg(asked.url);
    command
}
