//! Files that were fetched, as the lock pins them: expansion asks nobody else.

use super::assets::Content;
use super::expansion::Expansion;
use crate::contract::lock::{self, Lock, Missing};
use crate::contract::rights::Provenance;
use crate::diagnostic::{Diagnostic, Span};
use std::io::ErrorKind;

/// One file of a source that lies elsewhere.
pub(super) struct FetchedFile {
    /// Relative to the project.
    pub path: String,
    pub content: Content,
    pub tags: Vec<String>,
    pub provenance: Provenance,
}

/// What is pinned of a source, and what was wanted and is not here, sorted by key.
pub(super) fn files(source: &str, span: &Span, expansion: &mut Expansion<'_>) -> Vec<FetchedFile> {
    let Some(lock) = expansion.lock(span) else { return Vec::new() };
    let Some(pinned) = lock.sources.get(source) else {
        let message = format!("source `{source}` has not been fetched yet");
        expansion.report(
            Diagnostic::usage("not-fetched", message)
                .label(span, "nothing of it is pinned in Memefile.lock")
                .hint("`memebuild build` fetches it, and so does `memebuild source update`"),
        );
        return Vec::new();
    };
    let missing = missing(source, expansion);
    let unusable = |why: &str| {
        Content::Unusable(
            Diagnostic::error("not-fetched", why.to_owned())
                .label(span, "wanted by this source")
                .hint("build again to try again"),
        )
    };
    let pins = pinned.items.iter().map(|(key, pin)| FetchedFile {
        path: pin.path(source),
        content: match missing.get(key) {
            Some(missed) => unusable(&missed.why),
            None => Content::Pinned(pin.digest),
        },
        tags: pin.tags.clone(),
        provenance: pin.provenance.clone(),
    });
    let never = missing.iter().filter(|(key, missed)| {
        !pinned.items.contains_key(*key) && lock::is_plain_name(&missed.file)
    });
    let never = never.map(|(_, missed)| FetchedFile {
        path: format!("{}/missing/{}", lock::folder(source), missed.file),
        content: unusable(&missed.why),
        tags: Vec::new(),
        provenance: Provenance::default(),
    });
    pins.chain(never).collect()
}

/// The lock of a project, for whoever is declared at `span`; none where it cannot be read, which is
/// reported.
pub(super) fn read(span: &Span, expansion: &mut Expansion<'_>) -> Option<Lock> {
    let path = expansion.root().join(lock::FILE_NAME);
    let text = std::fs::read_to_string(&path);
    expansion.read.insert(path);
    let problem = match text {
        Ok(text) => match lock::parse(&text) {
            Ok(lock) => return Some(lock),
            Err(why) => why,
        },
        Err(error) if error.kind() == ErrorKind::NotFound => return Some(Lock::default()),
        Err(error) => error.to_string(),
    };
    let message = format!("cannot read {}: {problem}", lock::FILE_NAME);
    expansion.report(Diagnostic::usage("bad-lock", message).label(span, "this is pinned in it"));
    None
}

/// What the last fetch could not get. Damaged, it says nothing, and the next fetch writes it anew.
fn missing(source: &str, expansion: &mut Expansion<'_>) -> Missing {
    let path = expansion.root().join(lock::missing_path(source));
    let bytes = std::fs::read(&path).unwrap_or_default();
    expansion.read.insert(path);
    serde_json::from_slice(&bytes).unwrap_or_default()
}
