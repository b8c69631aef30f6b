//! Where assets come from that are not in the project yet: addresses, buckets, galleries.
//!
//! ```text
//! declared origin ─┐
//! what is pinned ──┼─▶ what is wanted ─▶ what is here ─▶ fetch the rest ─▶ pins, what is missing
//! what is here ────┘
//! ```
//!
//! Each kind of source is a file. All of them leave files of their own in `cache/sources/NAME/`,
//! and what they found out as a [`SourceLock`]; the engine asks them before it expands a Memefile,
//! and expansion sees nothing but the lock and the files.
//!
//! Killed at any moment, a source goes on where it was: a file is known by its receipt, which is
//! durable before the file has its name, and a part of a file goes on by a range request.

pub mod address;
mod bucket;
pub mod folder;
mod http;
mod listed;
pub mod lockfile;
pub mod name;
mod pages;
mod part;
mod sample;
mod transfer;

pub use pages::Tool;

use crate::contract::digest::Digest;
use crate::contract::lock::{Missing, SourceLock};
use crate::contract::origin::{Origin, Terms, selection};
use crate::diagnostic::Diagnostic;
use crate::exec::Cancel;
use folder::Folder;
use std::path::Path;

/// What a source may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mode {
    /// Everything is asked for anew, and pins move.
    pub update: bool,
    /// Nothing is asked for over a network.
    pub offline: bool,
    /// Pins do not move; that they would have to is an error.
    pub locked: bool,
}

/// One source to bring up to date.
pub struct Job<'a> {
    pub name: &'a str,
    /// The folder of the Memefile.
    pub root: &'a Path,
    pub origin: &'a Origin,
    pub terms: &'a Terms,
    /// The project's, for samples.
    pub seed: u64,
    /// What the lock says of it.
    pub pinned: Option<&'a SourceLock>,
    pub mode: Mode,
    /// Whether a file of the project has this content.
    pub holds: &'a dyn Fn(&str, &Digest) -> bool,
    pub cancel: &'a Cancel,
    /// Called from one thread at a time, and never when nothing has to be done.
    pub progress: &'a dyn Fn(Progress),
}

/// How far a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Files done, whether they came or not.
    pub done: u64,
    /// Files to fetch, where that is known.
    pub items: Option<u64>,
    /// Bytes that came so far.
    pub bytes: u64,
}

/// What a source came to.
#[derive(Debug, Default)]
pub struct Report {
    pub lock: SourceLock,
    pub missing: Missing,
    /// What is wrong with the source, and with files that have no name of their own yet.
    pub failures: Vec<Diagnostic>,
    /// Files that came, and their bytes.
    pub fetched: u64,
    pub bytes: u64,
    /// Keys that a complete look did not find any more, and that stay pinned since the files are
    /// here.
    pub gone: Vec<String>,
    /// Keys whose newer version could not be had.
    pub stale: Vec<(String, String)>,
    /// Lines for people.
    pub notes: Vec<String>,
    pub cancelled: bool,
    /// What is meant could not be found out, so that the lock stays as it is.
    pub undecided: bool,
}

impl Job<'_> {
    fn folder(&self) -> Folder {
        Folder::new(self.root, self.name)
    }

    /// The digest of what is declared.
    fn selection(&self) -> String {
        selection(self.origin, self.terms, self.seed)
    }

    /// That the lock would have to change where it must not.
    fn locked(&self, why: &str) -> Diagnostic {
        let message = format!("source `{}` does not fit Memefile.lock: {why}", self.name);
        Diagnostic::usage("locked", message)
            .hint(format!("`memebuild source update {}` pins it anew", self.name))
    }

    /// That something is not here, and nobody may be asked.
    fn offline(&self, why: &str) -> Diagnostic {
        let message = format!("source `{}` {why}, and `--offline` asks nobody", self.name);
        Diagnostic::error("offline", message)
    }
}

/// Brings one source up to date.
///
/// # Errors
/// That the mode forbids what would have to be done. Whatever goes wrong with single files, or with
/// the source as a whole, is in the report, and everything else of it too.
pub fn fetch(job: &Job<'_>) -> Result<Report, Diagnostic> {
    let mut report = match job.origin {
        Origin::Http(list) => http::fetch(job, list),
        Origin::Bucket(bucket) => bucket::fetch(job, bucket),
        Origin::Pages(pages) => pages::fetch(job, pages),
    }?;
    if !report.undecided {
        report.lock.selection = job.selection();
    }
    if job.mode.locked && job.pinned.is_some_and(|pinned| *pinned != report.lock) {
        return Err(job.locked("other files are declared than those that are pinned"));
    }
    job.folder().write_missing(&report.missing);
    Ok(report)
}
