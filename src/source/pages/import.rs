//! Takes in what a downloader left: what it is, what the site says of it, under a name that lasts.

use super::program::Tool;
use super::raw_folder;
use super::said::Said;
use crate::contract::digest::Digest;
use crate::contract::lock::Pin;
use crate::contract::origin::{Downloader, Pages};
use crate::contract::rights::Provenance;
use crate::diagnostic::Diagnostic;
use crate::media::sniff::{self, Format};
use crate::source::Report;
use crate::source::address::lasting_text;
use crate::source::folder::{Folder, Receipt, Receipts, name_of};
use crate::source::listed::now;
use crate::source::name;
use crate::store::hash;
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Longest of what a site may say of one file, in bytes.
const LONGEST: u64 = 8 << 20;

/// Endings of what stands beside files, and of files that are on their way.
const BESIDE: [&str; 8] = ["json", "part", "ytdl", "temp", "tmp", "aria2", "description", "vtt"];

/// Takes in every file of every page that is not known yet.
pub(super) fn take_in(pages: &Pages, folder: &Folder, tool: &Tool, report: &mut Report) {
    let receipts = folder.receipts();
    let mut known: BTreeMap<&str, &Receipt> = BTreeMap::new();
    for receipt in receipts.values() {
        known.extend(receipt.raw.as_ref().map(|(raw, _)| (raw.as_str(), receipt)));
    }
    let mut others = 0;
    for url in &pages.urls {
        let raw = raw_folder(folder, url);
        for (name, path, meta) in files(&raw, report) {
            let id = format!("{}/{name}", name_of(url));
            let stamp = stamp(&meta);
            if let Some(receipt) = known.get(id.as_str()).filter(|r| is_stamped(r, stamp)) {
                // A file that somebody removed comes back from its other name.
                if !folder.holds(&receipt.pin)
                    && let Err(error) = folder.keep_link(&path, receipt)
                {
                    report.failures.push(unkept(&name, &error));
                }
                continue;
            }
            let Some(format) = format_of(&path, folder) else {
                others += 1;
                continue;
            };
            let extension = format.extensions();
            let taken = Taken { path: &path, name: &name, page: url, extension };
            match take(&taken, pages.downloader, tool, &receipts) {
                Ok((key, pin)) => {
                    let receipt = Receipt { key, pin, raw: Some((id, stamp)) };
                    if !receipts.contains_key(&receipt.key) {
                        report.fetched += 1;
                        report.bytes += meta.len();
                    }
                    if let Err(error) = folder.keep_link(&path, &receipt) {
                        report.failures.push(unkept(&name, &error));
                    }
                }
                Err(error) => report.failures.push(unkept(&name, &error)),
            }
        }
    }
    if others > 0 {
        report.notes.push(format!("{others} files are no media, and were passed over"));
    }
}

/// What a file is by its content, whatever it is called: no downloader's name is handed to ffmpeg.
fn format_of(path: &Path, folder: &Folder) -> Option<Format> {
    if sniff::check_name(path).is_ok() {
        return sniff::sniff(path).ok();
    }
    let plain = folder.root().join("sniffed");
    let _ = std::fs::remove_file(&plain);
    std::fs::hard_link(path, &plain).or_else(|_| std::fs::copy(path, &plain).map(drop)).ok()?;
    let format = sniff::sniff(&plain).ok();
    let _ = std::fs::remove_file(&plain);
    format
}

/// Files of a page that are whole, sorted by name. A link is none of ours, wherever it leads.
fn files(raw: &Path, report: &mut Report) -> Vec<(String, PathBuf, Metadata)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(raw).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(meta) = std::fs::symlink_metadata(&path) else { continue };
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            report.failures.push(strange(&path.to_string_lossy(), "its name is not UTF-8"));
            continue;
        };
        if meta.is_symlink() {
            report.failures.push(strange(&name, "it is a link, and a downloader leaves files"));
            continue;
        }
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let beside =
            extension.is_empty() || BESIDE.contains(&extension.to_ascii_lowercase().as_str());
        if meta.is_file() && !beside && meta.len() > 0 {
            found.push((name, path, meta));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn strange(name: &str, why: &str) -> Diagnostic {
    let name = name::line(name, 120).unwrap_or_default();
    Diagnostic::error("bad-download", format!("`{name}` is not taken in: {why}"))
}

fn unkept(name: &str, error: &std::io::Error) -> Diagnostic {
    strange(name, &format!("it cannot be kept: {error}"))
}

fn stamp(meta: &Metadata) -> [u64; 3] {
    let mtime = meta.mtime().wrapping_mul(1_000_000_000).wrapping_add(meta.mtime_nsec());
    [meta.len(), mtime.cast_unsigned(), meta.ino()]
}

fn is_stamped(receipt: &Receipt, now: [u64; 3]) -> bool {
    receipt.raw.as_ref().is_some_and(|(_, stamp)| *stamp == now)
}

/// One raw file.
struct Taken<'a> {
    path: &'a Path,
    name: &'a str,
    page: &'a str,
    extension: &'a [&'a str],
}

/// `{post}_{content}`, and what is pinned under it.
fn take(
    raw: &Taken<'_>,
    downloader: Downloader,
    tool: &Tool,
    receipts: &Receipts,
) -> std::io::Result<(String, Pin)> {
    let digest: Digest = hash::file(raw.path)?;
    let said = sidecar(raw.path, downloader).map_or_else(Said::default, |text| Said::read(&text));
    let stem = Path::new(raw.name).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let post = said.post.clone().map(|post| name::plain(&post, 60)).filter(|post| !post.is_empty());
    let post = post.unwrap_or_else(|| match name::plain(stem, 60) {
        stem if stem.is_empty() => "post".to_owned(),
        stem => stem,
    });
    let key = format!("{post}_{}", &digest.hex()[..16]);
    let own = Path::new(raw.name).extension().and_then(|e| e.to_str()).unwrap_or_default();
    let own = own.to_ascii_lowercase();
    let extension = raw.extension.iter().find(|known| **known == own).unwrap_or(&raw.extension[0]);
    let before = receipts.get(&key).map(|receipt| receipt.pin.provenance.clone());
    let acquired = before.and_then(|p| p.acquired).unwrap_or_else(now);
    let pin = Pin {
        file: format!("{key}.{extension}"),
        digest,
        etag: None,
        modified: None,
        checksum: None,
        tags: said.tags.clone(),
        provenance: Provenance {
            acquired: Some(acquired),
            tool: Some(tool.title()),
            // Where a site does not say which page a file is of, it is of the one that was asked.
            source_url: said.page.clone().or_else(|| lasting_text(raw.page)),
            ..said.provenance()
        },
    };
    Ok((key, pin))
}

/// What stands beside a file: `x.mp4.json` of gallery-dl, `x.info.json` of yt-dlp.
fn sidecar(path: &Path, downloader: Downloader) -> Option<String> {
    let beside = match downloader {
        Downloader::GalleryDl => {
            let mut name = path.file_name()?.to_owned();
            name.push(".json");
            path.with_file_name(name)
        }
        Downloader::YtDlp => path.with_extension("info.json"),
    };
    let meta = std::fs::symlink_metadata(&beside).ok()?;
    let sound = meta.is_file() && meta.len() <= LONGEST;
    sound.then(|| std::fs::read_to_string(beside).ok()).flatten()
}
