//! Many projects over one folder of blobs and records, and two builds in one project.

use crate::project::{Numbers, Project};
use crate::samples::layered;
use crate::soak::rounds;
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn quiet(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn over(project: &Project, store: &tempfile::TempDir) -> Command {
    let mut command = project.command(&[]);
    command.env("MEMEBUILD_CACHE_DIR", store.path());
    command
}

/// Actions that the builds of a project finished.
fn ran(project: &Project) -> usize {
    let logs = project.files("cache/log").into_values();
    logs.map(|log| String::from_utf8_lossy(&log).matches("\"event\":\"action-finished\"").count())
        .sum()
}

#[test]
fn what_one_project_made_another_finds() {
    let store = tempfile::tempdir().unwrap();
    let (one, other) = (layered(), layered());
    assert!(over(&one, &store).status().unwrap().success());
    assert!(over(&other, &store).status().unwrap().success());
    assert_eq!((ran(&one), ran(&other)), (20, 0));
    assert_eq!(one.files("artefacts"), other.files("artefacts"));
    assert!(!one.root().join("cache/cas").exists(), "its blobs are with the others'");
}

#[test]
fn two_projects_at_once_do_no_work_twice() {
    let store = tempfile::tempdir().unwrap();
    let (one, other) = (layered(), layered());
    let mut both = [quiet(over(&one, &store)), quiet(over(&other, &store))];
    assert!(both.iter_mut().all(|child| child.wait().unwrap().success()));
    assert_eq!(ran(&one) + ran(&other), 20);
    assert_eq!(one.files("artefacts"), other.files("artefacts"));
}

#[test]
fn killing_either_of_two_builds_hurts_neither() {
    let clean = layered();
    clean.build();
    let expected = clean.files("artefacts");
    let mut numbers = Numbers(5);
    for round in 0..rounds(8, 300) {
        let store = tempfile::tempdir().unwrap();
        let (one, other) = (layered(), layered());
        // Two in one project, and one in another over the same store.
        let mut all =
            [quiet(over(&one, &store)), quiet(over(&one, &store)), quiet(over(&other, &store))];
        std::thread::sleep(Duration::from_millis(numbers.below(250) as u64));
        let victim = numbers.below(3);
        // It may have ended by itself.
        let _ = kill_process(Pid::from_child(&all[victim]), Signal::KILL);
        for (at, child) in all.iter_mut().enumerate() {
            let ended = child.wait().unwrap();
            assert!(at == victim || ended.success(), "round {round}: {ended}");
        }
        for project in [&one, &other] {
            let output = over(project, &store).output().unwrap();
            assert!(output.status.success(), "round {round}: {output:?}");
            assert_eq!(project.files("artefacts"), expected, "round {round}");
        }
        let verified = over(&one, &store).args(["cache", "verify"]).output().unwrap();
        assert!(verified.status.success(), "round {round}: {verified:?}");
    }
}
