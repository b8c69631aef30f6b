//! What decides whether a finished build is up to date: written down after a build, looked at before
//! the next one.

use super::cache::VARIABLE;
use super::identities::LocalIdentities;
use super::project::{Opened, Project};
use super::record::Records;
use super::request::Request;
use super::services::Identities;
use super::snapshot::{Began, Head, Recorder, UpToDate};
use super::state;
use crate::node::batch::Table;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// All that decides whether a snapshot speaks of this build, besides the files it looks at.
pub fn circumstances(
    project: &Project,
    request: &Request,
    identities: &LocalIdentities<'_>,
) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("memebuild snapshot circumstances v1");
    let mut field = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    field(identities.own().as_bytes());
    field(project.root.as_os_str().as_encoded_bytes());
    for variable in ["PATH", "HOME", "MEMEBUILD_FFMPEG", "MEMEBUILD_FFPROBE"] {
        field(std::env::var_os(variable).unwrap_or_default().as_encoded_bytes());
    }
    // A limit that was lowered is kept by a build that has nothing else to do.
    field(std::env::var_os(VARIABLE).unwrap_or_default().as_encoded_bytes());
    field(format!("{:?}", request.limit).as_bytes());
    field(format!("{:?} {} {}", project.mocked, request.release, project.drafts).as_bytes());
    request.targets.iter().for_each(|target| field(target.as_bytes()));
    *hasher.finalize().as_bytes()
}

/// Writes down that everything that was wanted is up to date. What cannot be written costs the next
/// build time.
pub fn write(
    project: &Project,
    (opened, wanted): (&Opened, &[bool]),
    records: &Records,
    identities: &LocalIdentities<'_>,
    circumstances: &[u8; 32],
    began: Began,
) {
    let state = UpToDate {
        nodes: count(wanted),
        saved_ms: records.iter().map(|(_, record)| record.cost_ms).sum(),
    };
    let Some(recorder) = recorder(project, opened, wanted, records, identities) else { return };
    let Some(tables) = write_rows(project, &opened.loaded.graph.tables) else { return };
    let head = Head { state, records: project.records().id(), tables };
    if let Some(bytes) = recorder.encode(circumstances, &head, began) {
        let _ = state::replace(&project.snapshot_path(), &bytes);
    }
}

/// How many nodes are wanted.
pub fn count(wanted: &[bool]) -> u64 {
    wanted.iter().filter(|wanted| **wanted).count() as u64
}

/// Everything whose change must end the snapshot: hashed, so that its stat data are trusted.
fn recorder(
    project: &Project,
    opened: &Opened,
    wanted: &[bool],
    records: &Records,
    identities: &LocalIdentities<'_>,
) -> Option<Recorder> {
    let mut recorder = Recorder::default();
    let mut files = BTreeSet::new();
    for index in opened.graph.order().iter().filter(|index| wanted[index.index()]) {
        let entry = opened.graph.entry(*index);
        files.extend(entry.node.files());
        let record = records.get(&entry.name)?;
        files.extend(record.published.iter().map(|(path, _)| path.clone()));
    }
    let full: BTreeSet<PathBuf> = files.iter().map(|path| project.root.join(path)).collect();
    for path in &opened.loaded.graph.tables_read {
        // Whoever else reads or writes it does not read it by rows.
        match full.contains(path) {
            true => recorder.path(path.clone()),
            false => recorder.table(path.clone(), None),
        }
    }
    let files: Vec<PathBuf> = files.into_iter().collect();
    for (path, digest) in files.iter().zip(project.digests.digest_all(&files)) {
        recorder.file(project.root.join(path), digest.ok()?.1);
    }
    opened.watched.iter().cloned().for_each(|path| recorder.path(path));
    identities.witnesses().into_iter().for_each(|path| recorder.tool(path));
    Some(recorder)
}

/// Writes down what the tables said; the hash by which a snapshot names that.
pub fn write_rows(project: &Project, tables: &[Table]) -> Option<[u8; 32]> {
    let bytes = postcard::to_allocvec(tables).ok()?;
    let hash = *blake3::hash(&bytes).as_bytes();
    state::replace(&project.rows_path(), &bytes).ok()?;
    Some(hash)
}

/// What the tables said, if that is what a snapshot speaks of.
pub fn read_rows(project: &Project, hash: &[u8; 32]) -> Option<Vec<Table>> {
    let bytes = std::fs::read(project.rows_path()).ok()?;
    if blake3::hash(&bytes).as_bytes() != hash {
        return None;
    }
    postcard::from_bytes(&bytes).ok()
}
