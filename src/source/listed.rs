//! Sources whose files are known by name before they come: what is here stays, the rest is fetched.

use super::folder::{Folder, Receipt, Receipts};
use super::part::Part;
use super::transfer::{Came, Known, Remote, transfer};
use super::{Job, Progress, Report, name};
use crate::contract::digest::Digest;
use crate::contract::lock::{Missed, Pin};
use crate::contract::origin::Checksum;
use crate::contract::rights::Provenance;
use crate::diagnostic::Diagnostic;
use crate::exec::Cancel;
use crate::media::sniff;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A file that a source means.
pub(super) struct Wanted<W> {
    /// What it would be called here.
    pub file: String,
    /// What is known of it before it comes.
    pub provenance: Provenance,
    pub checksum: Option<Checksum>,
    /// What a listing just said is the newest version.
    pub etag: Option<String>,
    /// How to ask for it.
    pub remote: W,
}

/// What has to be done for one file.
enum Step {
    /// It is here.
    Keep(Pin),
    /// It has to come.
    Fetch {
        /// What it must be, if the lock says.
        must: Option<Digest>,
        /// What is here of it, and may be the newest.
        known: Option<Pin>,
    },
}

/// Brings the files of a source here that are not.
pub(super) fn fetch<W, R: Remote>(
    job: &Job<'_>,
    wanted: BTreeMap<String, Wanted<W>>,
    ask: impl Fn(W) -> R,
) -> Report {
    let folder = job.folder();
    let mut report = Report::default();
    let pinned = |key: &str| job.pinned.and_then(|pinned| pinned.items.get(key));
    // Receipts are looked at only where the lock alone does not answer.
    let mut receipts: Option<Receipts> = None;
    let mut fetches = Vec::new();
    for (key, wanted) in wanted {
        let quick = pinned(&key).filter(|pin| {
            !job.mode.update && fits(pin, wanted.checksum) && held(job, &folder, pin)
        });
        let step = match quick {
            Some(pin) => Step::Keep(pin.clone()),
            None => {
                let receipts = receipts.get_or_insert_with(|| folder.receipts());
                decide(job, &folder, &key, &wanted, pinned(&key), receipts.get(&key))
            }
        };
        match step {
            Step::Keep(pin) => drop(report.lock.items.insert(key, pin)),
            Step::Fetch { .. } if job.mode.offline => {
                let why = "it is not here, and `--offline` asks nobody".to_owned();
                report.miss(key.clone(), wanted.file, why, pinned(&key));
            }
            Step::Fetch { must, known } => fetches.push((key, wanted, must, known)),
        }
    }
    if fetches.is_empty() {
        return report;
    }
    let tally = Tally::new(job, fetches.len());
    let results = Mutex::new(Vec::new());
    let work = futures_util::stream::iter(fetches).map(|(key, wanted, must, known)| {
        let item = Item { job, folder: &folder, tally: &tally, key, must, known };
        let remote = ask(wanted.remote);
        let (file, checksum, provenance) = (wanted.file, wanted.checksum, wanted.provenance);
        let results = &results;
        async move {
            let got = item.fetch(&remote, &file, checksum, provenance).await;
            item.tally.done();
            results.lock().expect("nobody panicked").push((item.key, file, got));
        }
    });
    let parallel = usize::try_from(job.terms.parallel).unwrap_or(1).max(1);
    let work = work.buffer_unordered(parallel).for_each(|()| std::future::ready(()));
    match block_on(job.cancel, work) {
        Ok(Some(())) => {}
        Ok(None) => report.cancelled = true,
        Err(problem) => report.failures.push(problem),
    }
    let results = results.into_inner().expect("nobody panicked");
    report.bytes = tally.counts().bytes;
    for (key, file, got) in results {
        match (got, pinned(&key)) {
            (Ok((pin, came)), old) => {
                report.fetched += u64::from(came);
                // What is pinned says when its bytes came first.
                let pin = old.filter(|old| old.digest == pin.digest).cloned().unwrap_or(pin);
                report.lock.items.insert(key, pin);
            }
            (Err(why), Some(old)) if held(job, &folder, old) => {
                report.stale.push((key.clone(), why));
                report.lock.items.insert(key, old.clone());
            }
            (Err(why), old) => report.miss(key, file, why, old),
        }
    }
    report.stale.sort();
    if report.missing.is_empty() && !report.cancelled {
        folder.clear_parts();
    }
    report
}

impl Report {
    /// A file is wanted and not here.
    fn miss(&mut self, key: String, file: String, why: String, pinned: Option<&Pin>) {
        let file = pinned.map_or(file, |pin| pin.file.clone());
        if let Some(pin) = pinned {
            self.lock.items.insert(key.clone(), pin.clone());
        }
        let why = format!("`{key}` could not be fetched: {why}");
        self.missing.insert(key, Missed { file, why });
    }
}

/// Whether a file is here, and what it should be.
fn held(job: &Job<'_>, folder: &Folder, pin: &Pin) -> bool {
    (job.holds)(&folder.path(pin), &pin.digest)
}

/// Whether what came has the checksum that is declared now.
fn fits(pin: &Pin, checksum: Option<Checksum>) -> bool {
    match checksum {
        None => true,
        Some(Checksum::Blake3(sum)) => pin.digest.hash == sum,
        Some(sum) => pin.checksum == Some(sum.to_string()),
    }
}

/// Whether two tags name one version. Some listings leave their quotes out.
fn same_tag(a: Option<&str>, b: Option<&str>) -> bool {
    let plain = |tag: &'_ str| tag.trim_matches('"').to_owned();
    a.is_some() && a.map(plain) == b.map(plain)
}

fn decide<W>(
    job: &Job<'_>,
    folder: &Folder,
    key: &str,
    wanted: &Wanted<W>,
    pinned: Option<&Pin>,
    receipt: Option<&Receipt>,
) -> Step {
    let pinned = pinned.filter(|pin| fits(pin, wanted.checksum));
    let here = receipt.map(|receipt| &receipt.pin).filter(|pin| {
        fits(pin, wanted.checksum) && (held(job, folder, pin) || folder.recover(key, pin))
    });
    if here.is_some() {
        // What a kill left beside a file that has its name.
        Part::forget(&folder.part(key));
    }
    if job.mode.update {
        let known = here.or(pinned.filter(|pin| held(job, folder, pin)));
        return match known {
            // A checksum says that there can be nothing newer.
            Some(pin) if wanted.checksum.is_some() => Step::Keep(pin.clone()),
            Some(pin) if same_tag(wanted.etag.as_deref(), pin.etag.as_deref()) => {
                Step::Keep(pin.clone())
            }
            known => Step::Fetch { must: None, known: known.cloned() },
        };
    }
    match (pinned, here) {
        (Some(pin), Some(here)) if pin.digest == here.digest => Step::Keep(pin.clone()),
        (Some(pin), _) => Step::Fetch { must: Some(pin.digest), known: None },
        (None, Some(here)) => Step::Keep(here.clone()),
        (None, None) => Step::Fetch { must: None, known: None },
    }
}

/// One file that has to come.
struct Item<'a> {
    job: &'a Job<'a>,
    folder: &'a Folder,
    tally: &'a Tally<'a>,
    key: String,
    must: Option<Digest>,
    known: Option<Pin>,
}

impl Item<'_> {
    /// The file's pin, and whether its bytes came; else why not.
    async fn fetch<R: Remote>(
        &self,
        remote: &R,
        file: &str,
        checksum: Option<Checksum>,
        provenance: Provenance,
    ) -> Result<(Pin, bool), String> {
        let path = self.folder.part(&self.key);
        let mut part = Part::open(&path, &self.key).map_err(|e| e.to_string())?;
        let known = match &self.known {
            Some(pin) => Known { etag: pin.etag.as_deref(), modified: pin.modified.as_deref() },
            None => Known::default(),
        };
        let received = |bytes| self.tally.received(bytes);
        let trusted = checksum.is_some() || self.must.is_some();
        let came = transfer(remote, &mut part, self.job.terms, known, trusted, &received).await;
        if part.len() == 0 {
            Part::discard(&path);
        }
        if let (Came::Same, Some(known)) = (came?, &self.known) {
            return Ok((known.clone(), false));
        }
        let hashed = tokio::task::spawn_blocking(move || -> std::io::Result<_> {
            let digest = part.finish()?;
            let right = checksum.is_none_or(|sum| part.has(&digest, sum).unwrap_or(false));
            Ok((part, digest, right))
        });
        let hashed = hashed.await.map_err(|e| e.to_string())?;
        let (part, digest, right) = hashed.map_err(|e| format!("cannot read it again: {e}"))?;
        if let (Some(sum), false) = (checksum, right) {
            Part::discard(&path);
            return Err(format!("its bytes do not hash to {sum}"));
        }
        let pin = Pin {
            file: named(file, &part),
            digest,
            etag: part.head.etag.clone(),
            modified: part.head.modified.clone(),
            checksum: checksum.map(|sum| sum.to_string()),
            tags: Vec::new(),
            provenance: Provenance {
                acquired: Some(now()),
                tool: Some(concat!("memebuild ", env!("CARGO_PKG_VERSION")).to_owned()),
                ..provenance
            },
        };
        // Flushing takes a disk longer than fetching takes a network: others go on meanwhile.
        let receipt = Receipt { key: self.key.clone(), pin: pin.clone(), raw: None };
        let folder = self.folder.clone();
        let kept = tokio::task::spawn_blocking(move || {
            folder.keep(&path, &receipt).map(|()| Part::forget(&path))
        });
        let kept = kept.await.map_err(|e| e.to_string())?;
        kept.map_err(|e| format!("cannot keep it: {e}"))?;
        match self.must {
            Some(must) if must != digest => Err(format!(
                "it changed since it was pinned; `memebuild source update {}` takes the new one",
                self.job.name
            )),
            _ => Ok((pin, true)),
        }
    }
}

/// What a file is called here: by its address, by the server, else by its content.
fn named(file: &str, part: &Part) -> String {
    if name::has_extension(file) {
        return file.to_owned();
    }
    if let Some(told) = part.head.name.as_deref().filter(|told| name::has_extension(told)) {
        return told.to_owned();
    }
    match sniff::sniff(part.path()) {
        Ok(format) => format!("{file}.{}", format.extensions()[0]),
        // Ingest will say what is wrong with it.
        Err(_) => file.to_owned(),
    }
}

/// This moment, in seconds, RFC 3339.
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Runs until the work is done, or somebody cancels: then there is no result.
pub(super) fn block_on<T>(
    cancel: &Cancel,
    work: impl Future<Output = T>,
) -> Result<Option<T>, Diagnostic> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|e| Diagnostic::error("io", format!("cannot begin to fetch: {e}")))?;
    let cancelled = async {
        while !cancel.is_cancelled() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let ended = runtime.block_on(async {
        match select(std::pin::pin!(work), std::pin::pin!(cancelled)).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    });
    runtime.shutdown_background();
    Ok(ended)
}

/// Counts, and tells how far it is a few times a second.
struct Tally<'a> {
    job: &'a Job<'a>,
    state: Mutex<(Progress, Option<Instant>)>,
}

impl<'a> Tally<'a> {
    fn new(job: &'a Job<'a>, items: usize) -> Self {
        let progress = Progress { items: Some(items as u64), ..Progress::default() };
        (job.progress)(progress);
        Self { job, state: Mutex::new((progress, None)) }
    }

    fn received(&self, bytes: u64) {
        let mut state = self.state.lock().expect("nobody panicked");
        state.0.bytes += bytes;
        if state.1.is_none_or(|last| last.elapsed() >= Duration::from_millis(100)) {
            state.1 = Some(Instant::now());
            (self.job.progress)(state.0);
        }
    }

    fn done(&self) {
        let mut state = self.state.lock().expect("nobody panicked");
        state.0.done += 1;
        (self.job.progress)(state.0);
    }

    fn counts(&self) -> Progress {
        self.state.lock().expect("nobody panicked").0
    }
}
