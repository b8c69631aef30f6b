//! Disks that are full or may not be written, made of small tmpfs mounts. Where mounting is not
//! allowed these tests say so and pass.

use crate::project::Project;
use crate::samples::{FILM, film, film_within};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tmpfs on a folder, until it is dropped.
struct Disk(PathBuf);

impl Disk {
    /// `None` where this user may not mount.
    fn mount(folder: &Path, size: &str) -> Option<Self> {
        let options = format!("size={size}");
        let mounted = run(&["mount", "-t", "tmpfs", "-o", &options, "memebuild-test"], folder);
        if !mounted {
            eprintln!("skipped: this user may not mount a tmpfs");
        }
        mounted.then(|| Self(folder.to_owned()))
    }

    fn remount(&self, options: &str) {
        assert!(run(&["mount", "-o", &format!("remount,{options}")], &self.0));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: an orphan of a test that failed may still hold it.
        run(&["umount", "-l"], &self.0);
    }
}

fn run(words: &[&str], folder: &Path) -> bool {
    let ended = Command::new(words[0]).args(&words[1..]).arg(folder).output();
    ended.is_ok_and(|output| output.status.success())
}

/// What was published is whole, and nothing lies beside it.
fn nothing_is_half_written(project: &Project, clean: &Project) {
    let whole = clean.files("artefacts");
    for (path, bytes) in project.files("artefacts") {
        if path.ends_with("manifest.json") {
            // It lists the assets that could be ingested.
            memebuild::contract::read::<memebuild::contract::asset::Manifest>(&bytes).unwrap();
            continue;
        }
        assert!(whole.get(&path) == Some(&bytes), "{} is not what it should be", path.display());
    }
}

/// The disk fills up at different moments: while assets are copied, segments are drawn, sound is
/// mixed.
#[test]
fn a_film_that_finds_the_disk_full_says_so_and_is_made_once_there_is_room() {
    let clean = film();
    clean.expect(0, &[]);
    for size in ["640k", "950k", "1200k"] {
        let folder = tempfile::tempdir().unwrap();
        let Some(disk) = Disk::mount(folder.path(), size) else { return };
        let project = film_within(folder);
        let talk = project.expect(1, &[]);
        let errors: Vec<&str> = talk.lines().filter(|line| line.starts_with("error[")).collect();
        let root = project.root().to_str().unwrap();
        let named = |line: &&str| line.starts_with("error[disk-full]") && line.contains(root);
        assert!(!errors.is_empty() && errors.iter().all(named), "{size}: {talk}");
        assert!(talk.contains("0 MiB are free"), "{size}: {talk}");
        assert!(talk.contains("free some space"), "{size}: {talk}");
        nothing_is_half_written(&project, &clean);

        disk.remount("size=16m");
        project.expect(0, &[]);
        assert!(project.files("artefacts") == clean.files("artefacts"), "{size}");
        project.expect(0, &["cache", "verify"]);
    }
}

#[test]
fn a_read_only_cache_is_used_and_costs_only_time() {
    let project = film();
    std::fs::create_dir(project.root().join("cache")).unwrap();
    let Some(disk) = Disk::mount(&project.root().join("cache"), "16m") else { return };
    project.expect(0, &[]);
    let before = project.files("cache");
    disk.remount("ro");

    project.write("Memefile.toml", FILM.replace("hello\", at", "other words\", at"));
    let talk = project.expect(0, &[]);
    assert!(talk.contains("the cache cannot be written"), "{talk}");
    // What was in the cache was used.
    assert!(talk.contains("fresh") && !talk.contains("ran asset:"), "{talk}");
    assert!(project.files("cache") == before, "a read-only disk was written");
    let clean = film();
    clean.write("Memefile.toml", FILM.replace("hello\", at", "other words\", at"));
    clean.expect(0, &[]);
    assert!(project.files("artefacts") == clean.files("artefacts"));
}
