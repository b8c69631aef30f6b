//! What kills and damage leave of a project: after them the next build makes what a build that
//! nobody disturbed makes, byte for byte. Real builds by the real binary.

use crate::project::{Numbers, Project};
use crate::samples::{film, layered};
use crate::soak::rounds;
use rustix::process::{Pid, Signal};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn commands_survive_kills() {
    killed_anywhere(layered, rounds(12, 200));
}

#[test]
fn films_survive_kills() {
    killed_anywhere(film, rounds(6, 200));
}

#[test]
fn commands_survive_damage() {
    damaged_anyhow(layered, rounds(60, 600));
}

#[test]
fn films_survive_damage() {
    damaged_anyhow(film, rounds(10, 600));
}

/// Builds once without any disturbance: what lies under `artefacts/` then, and how long it took.
fn undisturbed(project: &Project) -> (BTreeMap<PathBuf, Vec<u8>>, Duration) {
    let began = Instant::now();
    project.expect(0, &[]);
    (project.files("artefacts"), began.elapsed())
}

fn killed_anywhere(new: fn() -> Project, rounds: u32) {
    let (expected, length) = undisturbed(&new());
    let length = usize::try_from(length.as_micros()).unwrap();
    let mut numbers = Numbers(7);
    for round in 0..rounds {
        let project = new();
        for _ in 0..=round % 3 {
            let mut child =
                project.command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(numbers.below(length) as u64));
            // It may have ended by itself.
            let _ = rustix::process::kill_process(Pid::from_child(&child), Signal::KILL);
            child.wait().unwrap();
        }
        project.expect(0, &[]);
        assert!(project.files("artefacts") == expected, "round {round}");
        project.expect(0, &["cache", "verify"]);
    }
}

fn damaged_anyhow(new: fn() -> Project, rounds: u32) {
    let project = new();
    let (expected, _) = undisturbed(&project);
    let mut numbers = Numbers(11);
    for round in 0..rounds {
        // Some files at once, in the store, its state, and among the outputs.
        let mut done = Vec::new();
        for _ in 0..1 + numbers.below(4) {
            let mut files: Vec<_> = project.files("cache").into_keys().collect();
            files.extend(project.files("artefacts").into_keys());
            files.retain(|path| !path.ends_with("lock"));
            let [file, other] = [(); 2].map(|()| files[numbers.below(files.len())].clone());
            let how = numbers.below(6);
            spoil(&project.root().join(&file), &project.root().join(&other), how);
            done.push((how, file));
        }
        // Now and then something must also run anew, and reads what is there.
        if round % 5 == 0 {
            // It is not there if nothing ran since the last time.
            let _ = std::fs::remove_dir_all(project.root().join("cache/ac"));
        }
        let output = project.run(&[]);
        let talk = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "round {round}, after {done:?}:\n{talk}");
        let found = project.files("artefacts");
        let wrong: Vec<_> = expected.keys().filter(|p| found.get(*p) != expected.get(*p)).collect();
        assert!(found == expected, "round {round}, after {done:?}: {wrong:?}");
    }
    // What no build had to read is found by looking at everything, once.
    project.run(&["cache", "verify"]);
    project.expect(0, &["cache", "verify"]);
}

/// Ways to spoil a file; `other` is another file of the project.
fn spoil(path: &Path, other: &Path, how: usize) {
    let bytes = std::fs::read(path).unwrap();
    match how {
        0 => std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap(),
        1 if !bytes.is_empty() => {
            let mut bytes = bytes;
            let at = bytes.len() / 3;
            bytes[at] ^= 0x40;
            std::fs::write(path, bytes).unwrap();
        }
        2 => std::fs::remove_file(path).unwrap(),
        3 => std::fs::write(path, "").unwrap(),
        4 => {
            let theirs = std::fs::read(other).unwrap();
            std::fs::write(path, theirs).unwrap();
            std::fs::write(other, bytes).unwrap();
        }
        _ => {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        }
    }
}
