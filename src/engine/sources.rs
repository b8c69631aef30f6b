//! Sources that lie elsewhere, brought up to date before a Memefile is expanded.
//!
//! A build fetches what is pinned and not here, and pins what it sees for the first time; an update
//! asks for everything anew. The lock is replaced after each source, so that a kill loses nothing.

use super::lock::ProjectLock;
use super::project::Project;
use crate::contract::digest::Digest;
use crate::contract::event::Event;
use crate::contract::lock::{Lock, SourceLock};
use crate::contract::origin::{Origin, Terms};
use crate::diagnostic::{Diagnostic, Exit};
use crate::exec::Cancel;
use crate::memefile::{FILE_NAME, Text, nearest};
use crate::node::declare::project::Project as ProjectSection;
use crate::node::declare::source::{Place, Source};
use crate::node::registry::declarations;
use crate::source::folder::Folder;
use crate::source::{self, Job, Mode, Progress, Report, lockfile};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tracing::debug_span;

/// What bringing sources up to date came to.
#[derive(Debug, Default)]
pub struct Fetched {
    /// For the event log; what is only of the moment left out.
    pub events: Vec<Event>,
    /// What is wrong with whole sources. Single files that are missing fail as assets.
    pub failures: Vec<Diagnostic>,
    pub cancelled: bool,
    pub sources: Vec<Outcome>,
}

/// What one source came to.
#[derive(Debug, Default)]
pub struct Outcome {
    pub name: String,
    pub came: Vec<String>,
    pub went: Vec<String>,
    pub changed: Vec<String>,
    /// Not found any more, and kept.
    pub gone: Vec<String>,
    /// Key and reason: what is here could not be looked at anew.
    pub stale: Vec<(String, String)>,
    /// Key and reason: wanted, and not here.
    pub missing: Vec<(String, String)>,
    /// Files that are pinned now.
    pub items: usize,
    /// Files that came, and their bytes.
    pub fetched: u64,
    pub bytes: u64,
    pub notes: Vec<String>,
}

impl Fetched {
    /// What it means for the build's exit code.
    pub fn exit(&self) -> Exit {
        self.failures.iter().map(|failure| failure.exit).min().unwrap_or(Exit::Ok)
    }

    /// Whether nothing is left to fetch: only then may the next build not even look.
    pub(super) fn is_complete(&self) -> bool {
        self.failures.is_empty() && self.sources.iter().all(|source| source.missing.is_empty())
    }

    /// Mistakes of a Memefile, after what explains them.
    pub fn with(&mut self, mistakes: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let mut all = std::mem::take(&mut self.failures);
        all.extend(mistakes);
        all
    }
}

/// A source as declared.
pub(super) struct Declared {
    pub name: String,
    pub origin: Origin,
    pub terms: Terms,
    /// Stand-ins are made for it: a build asks nobody, and what is pinned stays so.
    pub mocked: bool,
}

/// The sources of a Memefile that lie elsewhere, and the project's seed. `None` where the Memefile
/// has mistakes, which expansion will tell.
pub(super) fn declared(project: &Project) -> Option<(Vec<Declared>, u64)> {
    let text = project.text().ok()?;
    let catalogue = declarations(&Text::new(FILE_NAME, text)).ok()?;
    // Whoever mistook the name of a source wanted nothing of it fetched.
    if !project.mocked.iter().all(|name| catalogue.knows::<Source>(name)) {
        return None;
    }
    let seed = catalogue.only::<ProjectSection>().map_or(0, |project| project.seed);
    let remote = catalogue.iter::<Source>().filter_map(|(name, entry)| match &entry.value.place {
        Place::Remote { origin, terms } => Some(Declared {
            name: name.to_owned(),
            origin: origin.clone(),
            terms: terms.clone(),
            mocked: entry.value.mock.is_some() || project.mocked.contains(name),
        }),
        _ => None,
    });
    Some((remote.collect(), seed))
}

/// Fetches what a build needs. The project's lock is held by the caller.
///
/// # Errors
/// That the mode forbids what would have to be done, or the lock cannot be read or written.
pub(super) fn prepare(
    project: &Project,
    mode: Mode,
    cancel: &Cancel,
    emit: &mut dyn FnMut(&Event),
) -> Result<Fetched, Vec<Diagnostic>> {
    let Some((mut declared, seed)) = declared(project) else { return Ok(Fetched::default()) };
    if declared.is_empty() && !project.root.join(crate::contract::lock::FILE_NAME).exists() {
        return Ok(Fetched::default());
    }
    let one = |problem: Diagnostic| vec![problem];
    let mut lock = lockfile::read(&project.root).map_err(one)?;
    forget_others(&declared, &mut lock, mode).map_err(one)?;
    declared.retain(|source| !source.mocked);
    bring(project, &declared, seed, &mut lock, mode, cancel, emit).map_err(one)
}

/// Pins of sources that are declared no more go.
pub(super) fn forget_others(
    declared: &[Declared],
    lock: &mut Lock,
    mode: Mode,
) -> Result<(), Diagnostic> {
    let names: BTreeSet<&str> = declared.iter().map(|source| source.name.as_str()).collect();
    let stray = lock.sources.keys().find(|name| !names.contains(name.as_str()));
    match stray {
        Some(stray) if mode.locked => {
            let message = format!("Memefile.lock pins source `{stray}`, which is not declared");
            Err(Diagnostic::usage("locked", message).hint("build once without `--locked`"))
        }
        _ => {
            lock.sources.retain(|name, _| names.contains(name.as_str()));
            Ok(())
        }
    }
}

fn bring(
    project: &Project,
    declared: &[Declared],
    seed: u64,
    lock: &mut Lock,
    mode: Mode,
    cancel: &Cancel,
    emit: &mut dyn FnMut(&Event),
) -> Result<Fetched, Diagnostic> {
    let mut fetched = Fetched::default();
    let began = Instant::now();
    for source in declared {
        let pinned = lock.sources.get(&source.name);
        hash_all(project, &source.name, pinned);
        let speaker = Speaker {
            name: &source.name,
            began,
            emit: RefCell::new(&mut *emit),
            busy: Cell::new(false),
        };
        let holds = |path: &str, digest: &Digest| {
            let meta = std::fs::symlink_metadata(project.root.join(path));
            let may = meta.is_ok_and(|meta| meta.is_file() && meta.len() == digest.len);
            may && project.digests.digest(Path::new(path)).is_ok_and(|(found, _)| found == *digest)
        };
        let progress = |progress| speaker.progress(progress);
        let job = Job {
            name: &source.name,
            root: &project.root,
            origin: &source.origin,
            terms: &source.terms,
            seed,
            pinned,
            mode,
            holds: &holds,
            cancel,
            progress: &progress,
        };
        let fetching = debug_span!("fetch", source = source.name);
        let report = fetching.in_scope(|| source::fetch(&job))?;
        let outcome = outcome(&source.name, pinned, &report);
        if let Some(event) = speaker.finished(&outcome, &report) {
            fetched.events.push(event);
        }
        fetched.cancelled |= report.cancelled;
        if !report.cancelled {
            lock.sources.insert(source.name.clone(), report.lock);
            lockfile::replace(&project.root, lock)?;
            if mode.update && report.missing.is_empty() {
                Folder::new(&project.root, &source.name).prune(&lock.sources[&source.name]);
            }
        }
        fetched.failures.extend(report.failures);
        fetched.sources.push(outcome);
        if fetched.cancelled {
            break;
        }
    }
    if !fetched.cancelled {
        lockfile::replace(&project.root, lock)?;
    }
    Ok(fetched)
}

/// Hashes what is pinned, on all cores, into the memo.
fn hash_all(project: &Project, name: &str, pinned: Option<&SourceLock>) {
    let paths: Vec<PathBuf> = pinned
        .into_iter()
        .flat_map(|pinned| pinned.items.values())
        .map(|pin| PathBuf::from(pin.path(name)))
        .filter(|path| project.root.join(path).is_file())
        .collect();
    project.digests.digest_all(&paths);
}

fn outcome(name: &str, pinned: Option<&SourceLock>, report: &Report) -> Outcome {
    let empty = BTreeMap::new();
    let (old, new) = (pinned.map_or(&empty, |pinned| &pinned.items), &report.lock.items);
    let only = |a: &BTreeMap<String, _>, b: &BTreeMap<String, _>| -> Vec<String> {
        a.keys().filter(|key| !b.contains_key(*key)).cloned().collect()
    };
    let changed =
        new.iter().filter(|(key, pin)| old.get(*key).is_some_and(|old| old.digest != pin.digest));
    Outcome {
        name: name.to_owned(),
        came: only(new, old),
        went: only(old, new),
        changed: changed.map(|(key, _)| key.clone()).collect(),
        gone: report.gone.clone(),
        stale: report.stale.clone(),
        missing: report.missing.iter().map(|(key, m)| (key.clone(), m.why.clone())).collect(),
        items: new.len(),
        fetched: report.fetched,
        bytes: report.bytes,
        notes: report.notes.clone(),
    }
}

/// Turns what a source says into events.
struct Speaker<'a, 'e> {
    name: &'a str,
    began: Instant,
    emit: RefCell<&'e mut dyn FnMut(&Event)>,
    /// Whether something had to be done.
    busy: Cell<bool>,
}

impl Speaker<'_, '_> {
    fn at_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn progress(&self, progress: Progress) {
        let (at_ms, source) = (self.at_ms(), self.name.to_owned());
        let Progress { done, items, bytes } = progress;
        self.busy.set(true);
        (self.emit.borrow_mut())(&Event::SourceProgress { at_ms, source, done, items, bytes });
    }

    /// None where nothing had to be done.
    fn finished(&self, outcome: &Outcome, report: &Report) -> Option<Event> {
        let quiet = !self.busy.get() && report.failures.is_empty() && report.missing.is_empty();
        let event = Event::SourceFinished {
            at_ms: self.at_ms(),
            source: self.name.to_owned(),
            items: outcome.items as u64,
            fetched: outcome.fetched,
            missing: outcome.missing.len() as u64,
            bytes: outcome.bytes,
            notes: outcome.notes.clone(),
        };
        if quiet {
            return None;
        }
        (self.emit.borrow_mut())(&event);
        Some(event)
    }
}

/// Asks the named sources for everything anew, or all of them.
///
/// # Errors
/// Mistakes in the Memefile or in the names, or a lock that cannot be read or written.
pub fn update(
    project: &Project,
    names: &[String],
    cancel: &Cancel,
    emit: &mut dyn FnMut(&Event),
    waiting: &mut dyn FnMut(),
) -> Result<Fetched, Vec<Diagnostic>> {
    let one = |problem: Diagnostic| vec![problem];
    // Mistakes are told here, since nobody expands the Memefile afterwards.
    let text = project.text().map_err(one)?;
    declarations(&Text::new(FILE_NAME, text))?;
    let (mut declared, seed) = declared(project).unwrap_or_default();
    for name in names {
        if !declared.iter().any(|source| source.name == *name) {
            return Err(vec![unknown(name, &declared)]);
        }
    }
    let _lock = ProjectLock::take(&project.cache, None, waiting).map_err(one)?;
    let mut lock = lockfile::read(&project.root).map_err(one)?;
    let mode = Mode { update: true, ..Mode::default() };
    forget_others(&declared, &mut lock, mode).map_err(one)?;
    if !names.is_empty() {
        declared.retain(|source| names.contains(&source.name));
    }
    let fetched = bring(project, &declared, seed, &mut lock, mode, cancel, emit).map_err(one);
    // What was hashed need not be hashed by the next build; if that cannot be kept, it will be.
    let _ = project.digests.save();
    fetched
}

fn unknown(name: &str, declared: &[Declared]) -> Diagnostic {
    let message = format!("there is no source `{}` that is fetched", name.escape_debug());
    let problem = Diagnostic::usage("unknown-source", message);
    match nearest(name, declared.iter().map(|source| source.name.as_str())) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint("`memebuild source ls` lists them"),
    }
}

/// One source, for people.
#[derive(Debug)]
pub struct Listed {
    pub name: String,
    /// `http`, `bucket`, `gallery`, `ytdlp`.
    pub kind: &'static str,
    /// Where its files come from, without what proves a right.
    pub from: String,
    /// What is pinned; none if nothing was fetched yet.
    pub pinned: Option<SourceLock>,
    /// What the last fetch could not get: key and reason.
    pub missing: Vec<(String, String)>,
}

/// The sources of a Memefile that lie elsewhere, and what is pinned of them.
pub fn list(project: &Project) -> Result<Vec<Listed>, Vec<Diagnostic>> {
    let text = project.text().map_err(|problem| vec![problem])?;
    declarations(&Text::new(FILE_NAME, text))?;
    let (declared, _) = declared(project).unwrap_or_default();
    let mut lock = lockfile::read(&project.root).map_err(|problem| vec![problem])?;
    let list = declared.into_iter().map(|source| {
        let missing = Folder::new(&project.root, &source.name).missing();
        let (kind, from) = match &source.origin {
            Origin::Http(list) => ("http", plain(list.iter().map(|address| address.url.as_str()))),
            Origin::Bucket(bucket) => ("bucket", bucket.url.clone()),
            Origin::Pages(pages) => (
                match pages.downloader {
                    crate::contract::origin::Downloader::GalleryDl => "gallery",
                    crate::contract::origin::Downloader::YtDlp => "ytdlp",
                },
                plain(pages.urls.iter().map(String::as_str)),
            ),
        };
        Listed {
            pinned: lock.sources.remove(&source.name),
            missing: missing.into_iter().map(|(key, missed)| (key, missed.why)).collect(),
            name: source.name,
            kind,
            from,
        }
    });
    Ok(list.collect())
}

/// The first address, and how many more there are.
fn plain<'a>(mut urls: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = urls.len().saturating_sub(1);
    let first = urls.next().and_then(source::address::lasting_text).unwrap_or_default();
    if more == 0 { first } else { format!("{first} and {more} more") }
}
