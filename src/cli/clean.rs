//! `memebuild clean`: remove what memebuild wrote.

use super::shared::{Globals, talk};
use crate::contract::digest::Digest;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::page::written;
use clap::Args;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Remove the cache too; the next build starts from nothing
    #[arg(long)]
    cache: bool,
    /// Remove what was fetched too; the next build fetches it again
    #[arg(long, requires = "cache")]
    sources: bool,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let removed = remove_published(&project);
    talk(&match removed {
        0 => "artefacts/ has nothing in it that memebuild wrote".to_owned(),
        1 => "removed 1 file from artefacts/; `memebuild` puts it back".to_owned(),
        _ => format!("removed {removed} files from artefacts/; `memebuild` puts them back"),
    });
    if arguments.cache {
        if let Err(error) = remove_cache(&project.cache, arguments.sources) {
            let message = format!("cannot remove the cache: {error}");
            return globals.complain(&[Diagnostic::error("io", message)]);
        }
        talk("removed the cache");
    }
    Exit::Ok
}

/// Removes files that still are what a build wrote, and folders that are empty then.
fn remove_published(project: &Project) -> usize {
    let records = project.records();
    let published = records.iter().flat_map(|(_, record)| record.into_owned().published);
    let ours = published.filter(|(path, digest)| {
        project.digests.digest(path).is_ok_and(|(found, _)| found == *digest)
    });
    let mut removed = 0;
    for path in ours.map(|(path, _)| project.root.join(path)).chain(pages(project)) {
        if std::fs::remove_file(&path).is_ok() {
            removed += 1;
            remove_empty_folders(&project.root, &path);
        }
    }
    removed
}

/// Pages within the project that still are what `memebuild report` wrote, and their pictures.
fn pages(project: &Project) -> Vec<PathBuf> {
    let read = |path: &Path| std::fs::read(path).ok();
    let ours = |path: &Path, digest: &Digest| read(path).is_some_and(|b| Digest::of(&b) == *digest);
    let pages = written::pages(project).into_iter();
    let pages =
        pages.filter(|(path, digest)| path.starts_with(&project.root) && ours(path, digest));
    pages.map(|(path, _)| path).chain(written::pictures(project)).collect()
}

fn remove_empty_folders(root: &Path, file: &Path) {
    let folders = file.ancestors().skip(1);
    for folder in folders.take_while(|folder| *folder != root && folder.parent() != Some(root)) {
        if std::fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

/// Everything in it but the README, which is the user's to keep in version control, and but what
/// was fetched, unless that is meant too: it may not be there a second time.
fn remove_cache(cache: &Path, sources: bool) -> io::Result<()> {
    for entry in std::fs::read_dir(cache)? {
        let entry = entry?;
        if entry.file_name() == "sources" && !sources {
            continue;
        }
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else if entry.file_name() != "README.md" {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
