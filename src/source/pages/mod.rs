//! What downloaders find at pages: gallery-dl and yt-dlp, run as programs of their own.
//!
//! Each page has a folder in `raw/`, into which the downloader writes files and, beside each, what
//! the site says of it. What is there is then taken in: a file is named by its post and its content,
//! never by an address that dies or by a counter that shifts. Raw files stay, as second links to the
//! same bytes: they are what tells a downloader, besides its archive, that it has them.

mod gallery_dl;
mod import;
mod program;
mod said;
mod yt_dlp;

pub use program::Tool;

use super::bucket::globs;
use super::folder::{Folder, Receipt, Receipts, name_of};
use super::{Job, Progress, Report};
use crate::contract::lock::{Missed, Pin};
use crate::contract::origin::{Downloader, Pages};
use crate::diagnostic::Diagnostic;
use program::Ran;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How many of a downloader's own complaints are shown.
const SHOWN: usize = 5;

/// Marks a page that was not seen to its end, among what is missing.
const PAGE: &str = "page ";

/// The mark of a page, which does not tell its address: that may prove a right.
fn mark(url: &str) -> String {
    format!("{PAGE}{}", name_of(url))
}

pub(super) fn fetch(job: &Job<'_>, pages: &Pages) -> Result<Report, Diagnostic> {
    let folder = job.folder();
    let same = job.pinned.filter(|pinned| pinned.selection == job.selection());
    if job.mode.locked && same.is_none() {
        return Err(job.locked("what is declared is not what is pinned"));
    }
    let missing = folder.missing();
    let unseen: Vec<&String> =
        pages.urls.iter().filter(|url| missing.contains_key(&mark(url))).collect();
    let absent = |pin: &&Pin| !(job.holds)(&folder.path(pin), &pin.digest);
    let whole = same.is_some_and(|pinned| !pinned.items.values().any(|pin| absent(&pin)));
    let settled = job.mode.locked || job.mode.offline || unseen.is_empty();
    if let (Some(pinned), true, true, false) = (same, whole, settled, job.mode.update) {
        let kept = if job.mode.locked { Default::default() } else { missing };
        return Ok(Report { lock: pinned.clone(), missing: kept, ..Report::default() });
    }
    if job.mode.offline {
        let Some(pinned) = same else { return Err(job.offline("has to be looked at")) };
        let mut report = Report { lock: pinned.clone(), missing, ..Report::default() };
        report.miss_absent(job, &folder, "it is not here, and `--offline` asks nobody");
        return Ok(report);
    }
    if same.is_some() && !whole {
        // What is in an archive and not here would never come again. What is here stays known: its
        // raw file is there.
        gallery_dl::forget(&folder);
        yt_dlp::forget(&folder);
    }
    let grows = !job.mode.locked && (job.mode.update || same.is_none() || !unseen.is_empty());
    let (mut report, seen) = look(job, pages, &folder)?;
    if !report.undecided {
        settle(job, same.is_some(), grows, pages, &folder, &mut report);
    }
    if job.mode.update && report.missing.is_empty() && !report.cancelled {
        report.gone = gone(pages, &folder, &report, &seen);
    }
    let why = "its page does not have it any more, or did not give it";
    report.miss_absent(job, &folder, why);
    Ok(report)
}

/// Raw files, relative to `raw/`, that downloaders named: they came, or are here already.
type Seen = BTreeSet<String>;

/// Runs the downloader on every page, and takes in what it left.
fn look(job: &Job<'_>, pages: &Pages, folder: &Folder) -> Result<(Report, Seen), Diagnostic> {
    let (mut report, mut seen) = (Report::default(), Seen::new());
    let tool = match Tool::find(pages.downloader) {
        Ok(tool) => tool,
        Err(problem) => {
            let lock = job.pinned.cloned().unwrap_or_default();
            return Ok((Report { lock, undecided: true, failures: vec![problem], ..report }, seen));
        }
    };
    let cookies = program::Cookies::of(pages, job.root, folder)?;
    (job.progress)(Progress::default());
    // One at a time in a folder, a downloader included that outlived the build which started it.
    let turn = program::Turn::take(folder, job.cancel)?;
    let progress = RefCell::new(Progress::default());
    for url in &pages.urls {
        if job.cancel.is_cancelled() {
            break;
        }
        let raw = raw_folder(folder, url);
        std::fs::create_dir_all(&raw).map_err(|error| {
            Diagnostic::error("io", format!("cannot make `{}`: {error}", raw.display()))
        })?;
        let asked = Asked { job, pages, folder, url, raw: &raw, cookies: cookies.path() };
        let command = match pages.downloader {
            Downloader::GalleryDl => gallery_dl::command(&tool, &asked)?,
            Downloader::YtDlp => yt_dlp::command(&tool, &asked),
        };
        let mut line = |line: &str| {
            let path = Path::new(line.trim_start_matches("# "));
            if let Some(name) = path.strip_prefix(&raw).ok().and_then(Path::to_str) {
                seen.insert(format!("{}/{name}", name_of(url)));
                let mut now = progress.borrow_mut();
                now.done += 1;
                (job.progress)(*now);
            }
        };
        let ran = program::run(command, &turn, job.cancel, &mut line)?;
        if pages.downloader == Downloader::GalleryDl {
            gallery_dl::remember(&raw, &ran);
        }
        if !ran.good() && !job.cancel.is_cancelled() {
            let problem = complaint(&tool, url, &ran);
            let why = problem.message.clone();
            report.missing.insert(mark(url), Missed { file: String::new(), why });
            report.failures.push(problem);
        }
    }
    report.cancelled = job.cancel.is_cancelled();
    import::take_in(pages, folder, &tool, &mut report);
    Ok((report, seen))
}

/// Decides what is pinned, out of what is here and what was pinned.
fn settle(
    job: &Job<'_>,
    same: bool,
    grows: bool,
    pages: &Pages,
    folder: &Folder,
    report: &mut Report,
) {
    let receipts = folder.receipts();
    let asked = asked(job, pages, &receipts);
    for (key, pin) in job.pinned.into_iter().flat_map(|pinned| &pinned.items) {
        // Else it is of a page that is declared no more, or a glob leaves it out now.
        if same || asked.contains(key.as_str()) {
            report.lock.items.insert(key.clone(), pin.clone());
        }
    }
    for (key, receipt) in receipts.iter().filter(|(key, _)| grows && asked.contains(key.as_str())) {
        let pin = &receipt.pin;
        let known = report.lock.items.contains_key(key);
        if !known && (job.holds)(&folder.path(pin), &pin.digest) {
            report.lock.items.insert(key.clone(), pin.clone());
        }
    }
}

/// Keys of what came from pages that are declared, and no glob leaves out.
fn asked<'r>(job: &Job<'_>, pages: &Pages, receipts: &'r Receipts) -> BTreeSet<&'r str> {
    let declared: BTreeSet<String> = pages.urls.iter().map(|url| name_of(url)).collect();
    let (include, exclude) = (globs(&job.terms.include), globs(&job.terms.exclude));
    let asked = |raw: &str| {
        let Some((page, name)) = raw.split_once('/') else { return false };
        declared.contains(page)
            && (job.terms.include.is_empty() || include.is_match(name))
            && !exclude.is_match(name)
    };
    let receipts =
        receipts.iter().filter(|(_, receipt)| receipt.raw.iter().any(|(raw, _)| asked(raw)));
    receipts.map(|(key, _)| key.as_str()).collect()
}

/// Keys that no page shows any more. Only gallery-dl names what it passes over.
fn gone(pages: &Pages, folder: &Folder, report: &Report, seen: &Seen) -> Vec<String> {
    if pages.downloader != Downloader::GalleryDl {
        return Vec::new();
    }
    let receipts = folder.receipts();
    let unseen = |receipt: &Receipt| receipt.raw.iter().all(|(raw, _)| !seen.contains(raw));
    let keys = report.lock.items.keys();
    keys.filter(|key| receipts.get(*key).is_some_and(unseen)).cloned().collect()
}

/// What a downloader is asked.
struct Asked<'a> {
    job: &'a Job<'a>,
    pages: &'a Pages,
    folder: &'a Folder,
    url: &'a str,
    /// Where its files go.
    raw: &'a Path,
    cookies: Option<&'a Path>,
}

fn raw_folder(folder: &Folder, url: &str) -> PathBuf {
    folder.root().join("raw").join(name_of(url))
}

fn complaint(tool: &Tool, url: &str, ran: &Ran) -> Diagnostic {
    let url = super::address::lasting_text(url).unwrap_or_default();
    let count = ran.complaints.len();
    let message = match count {
        0 | 1 => format!("{} could not fetch all of `{url}`", tool.name()),
        _ => format!("{} could not fetch all of `{url}`: {count} complaints", tool.name()),
    };
    let mut problem = Diagnostic::error("downloader", message);
    problem.notes = ran.complaints.iter().take(SHOWN).cloned().collect();
    if count > SHOWN {
        problem.notes.push(format!("and {} more", count - SHOWN));
    }
    if count == 0 {
        problem = problem.note(format!("it ended with {}", ran.ended));
    }
    problem.hint("everything else of it was taken in; build again to try the rest again")
}

impl Report {
    /// Names the pins whose files are not here.
    fn miss_absent(&mut self, job: &Job<'_>, folder: &Folder, why: &str) {
        for (key, pin) in &self.lock.items {
            if !(job.holds)(&folder.path(pin), &pin.digest) {
                let why = format!("`{}` could not be fetched: {why}", pin.file);
                self.missing.insert(key.clone(), Missed { file: pin.file.clone(), why });
            }
        }
    }
}
