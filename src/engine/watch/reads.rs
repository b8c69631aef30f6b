//! What a build reads, and which changes on the disk are of it.

use crate::contract::lock;
use crate::engine::project::{Opened, Project};
use crate::engine::record::Records;
use crate::memefile::FILE_NAME;
use crate::node::OWN_FOLDERS;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What a build reads. Paths are absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// The project's folder.
    root: PathBuf,
    /// Files, whether they are there or not.
    files: BTreeSet<PathBuf>,
    /// Folders whose entries decide what there is.
    folders: BTreeSet<PathBuf>,
    /// What the build itself writes, outside of its own folders.
    writes: BTreeSet<PathBuf>,
    /// It is what a part of the project reads.
    is_part: bool,
}

impl Reads {
    /// What the Memefile names, what its nodes read and what they have left for people. `is_part`: not
    /// all of its nodes were expanded.
    pub(in crate::engine) fn of(
        project: &Project,
        opened: &Opened,
        records: &Records,
        is_part: bool,
    ) -> Self {
        let mut reads = Self { is_part, ..Self::nothing(&project.root) };
        reads.look_at(opened.watched.clone());
        opened.loaded.graph.tables_read.iter().for_each(|path| reads.file(path.clone()));
        for index in opened.graph.order() {
            let entry = opened.graph.entry(*index);
            entry.node.files().iter().for_each(|path| reads.file(project.root.join(path)));
            let published = records.get(&entry.name).map(|record| record.into_owned().published);
            let outside = published.into_iter().flatten().map(|(path, _)| project.root.join(path));
            let outside: Vec<PathBuf> = outside.filter(|path| !reads.is_own(path)).collect();
            reads.writes.extend(outside);
        }
        reads
    }

    /// The Memefile and its lock.
    pub(super) fn nothing(root: &Path) -> Self {
        let files = BTreeSet::from([FILE_NAME, lock::FILE_NAME].map(|name| root.join(name)));
        Self { root: root.to_owned(), files, ..Self::default() }
    }

    /// Takes in what was looked at for a Memefile with mistakes, besides what is known.
    pub(super) fn look_at(&mut self, paths: BTreeSet<PathBuf>) {
        for path in paths {
            match path.is_dir() {
                true => self.folders.extend([path]),
                false => self.file(path),
            }
        }
    }

    /// Takes in what another build reads: all of it, or besides what is known.
    pub(super) fn take(&mut self, new: Self) {
        if !new.is_part {
            *self = new;
            return;
        }
        self.files.extend(new.files);
        self.folders.extend(new.folders);
        self.writes.extend(new.writes);
    }

    fn file(&mut self, path: PathBuf) {
        // Who edits what a link leads to changes nothing beside the link.
        let is_link = std::fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_symlink());
        if let Some(target) = is_link.then(|| path.canonicalize().ok()).flatten() {
            self.files.insert(target);
        }
        self.files.insert(path);
    }

    /// The folders to be told of: those that are walked, those of the files, and where one is not
    /// there, the nearest that is.
    pub(super) fn watched(&self) -> BTreeSet<PathBuf> {
        let parents: BTreeSet<&Path> = self.files.iter().filter_map(|path| path.parent()).collect();
        let all = self.folders.iter().map(PathBuf::as_path).chain(parents);
        let there = all.filter_map(|folder| folder.ancestors().find(|folder| folder.is_dir()));
        there.filter(|folder| !self.is_own(folder)).map(Path::to_owned).collect()
    }

    /// Of what lies in these folders, what is not as it was at `since_ns` (nanoseconds since 1970).
    pub(super) fn changed_in(&self, folders: &BTreeSet<PathBuf>, since_ns: i64) -> Vec<PathBuf> {
        let in_folders = self
            .files
            .iter()
            .filter(|path| path.parent().is_some_and(|parent| folders.contains(parent)));
        let all = in_folders.chain(self.folders.intersection(folders));
        let is_late = |path: &&PathBuf| {
            let changed_ns = std::fs::metadata(path).map(|meta| {
                meta.ctime().saturating_mul(1_000_000_000).saturating_add(meta.ctime_nsec())
            });
            changed_ns.is_ok_and(|changed_ns| changed_ns >= since_ns)
        };
        all.filter(is_late).cloned().collect()
    }

    /// Whether something that happened to this path may change what a build comes to.
    pub(super) fn concerns(&self, path: &Path) -> bool {
        if self.is_own(path) || self.writes.contains(path) {
            return false;
        }
        let name = path.file_name().unwrap_or_default();
        let among = path.parent().is_some_and(|folder| self.folders.contains(folder));
        self.files.contains(path)
            || self.folders.contains(path)
            || (among && !is_dull(name))
            || self.is_above(path)
    }

    /// Whether it is the file of decisions, which builds write too.
    pub(super) fn is_lock(&self, path: &Path) -> bool {
        *path == self.root.join(lock::FILE_NAME)
    }

    /// A folder that holds something of interest came or went.
    fn is_above(&self, path: &Path) -> bool {
        let below = |all: &BTreeSet<PathBuf>| {
            all.range(path.to_owned()..).next().is_some_and(|next| next.starts_with(path))
        };
        below(&self.files) || below(&self.folders)
    }

    fn is_own(&self, path: &Path) -> bool {
        let Ok(within) = path.strip_prefix(&self.root) else { return false };
        let first = within.components().next().map(|first| first.as_os_str());
        first.is_some_and(|first| OWN_FOLDERS.iter().any(|own| first == *own))
    }
}

/// What editors and we leave for a moment, and no glob finds.
fn is_dull(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.starts_with(b".") || name.ends_with(b"~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_concerns_and_what_is_written_does_not() {
        let mut reads = Reads::nothing(Path::new("/p"));
        reads.folders.insert("/p/media".into());
        reads.files.insert("/p/tables/a.csv".into());
        reads.files.insert("/else/b.toml".into());
        reads.writes.insert("/p/media/made.png".into());
        let yes = [
            "/p/Memefile.toml",
            "/p/Memefile.lock",
            "/p/media/new.mp4",
            "/p/media",
            "/p/tables",
            "/p/tables/a.csv",
            "/else/b.toml",
        ];
        for path in yes {
            assert!(reads.concerns(Path::new(path)), "{path}");
        }
        let no = [
            "/p/notes.txt",
            "/p/tables/b.csv",
            "/p/media/.new.mp4.swp",
            "/p/media/new.mp4~",
            "/p/media/made.png",
            "/p/artefacts/renders/a.mp4",
            "/p/cache/state/nodes",
            "/else/c.toml",
            "/p/tab",
        ];
        for path in no {
            assert!(!reads.concerns(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn a_part_is_added_and_a_whole_replaces() {
        let mut reads = Reads::nothing(Path::new("/p"));
        let mut part = Reads { is_part: true, ..Reads::nothing(Path::new("/p")) };
        part.files.insert("/p/a".into());
        reads.take(part);
        assert!(reads.concerns(Path::new("/p/a")) && !reads.is_part);
        reads.take(Reads::nothing(Path::new("/p")));
        assert!(!reads.concerns(Path::new("/p/a")));
    }
}
