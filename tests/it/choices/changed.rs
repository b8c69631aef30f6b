//! A contract that changes while a director relies on it stops the run, which is not over then.

use super::directors::{STILL, picks, project};
use super::run;
use crate::project::Project;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

/// A program that anybody may run.
fn program(project: &Project, path: &str, text: &str) {
    project.write(path, text);
    let path = project.root().join(path);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A director whose program picks what is no good, and in its second turn does more.
fn directed(second: &str) -> Project {
    let more = "[chooser.mine]\nkind = \"command\"\nrun = [\"./choose.sh\", \"{in}\", \"{out}\"]\n";
    let project = project("mine", more);
    choosing(&project, second);
    project
}

fn choosing(project: &Project, second: &str) {
    let decision = |who: &str| {
        let mut decision = picks(who);
        decision["schemaVersion"] = json!(1);
        decision
    };
    let (first, then) = (decision(STILL[0]), decision("clip"));
    let text = format!(
        "#!/bin/sh\nif grep -q '\"turn\": 1' \"$1\"; then\necho '{first}' >\"$2\"\nelse\n\
         echo '{then}' >\"$2\"\n{second}\nfi\n"
    );
    program(project, "choose.sh", &text);
}

/// The run stopped with a clear word, and can go on.
fn stopped(project: &Project, output: &Output, word: &str) {
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{talk}");
    assert!(talk.contains("error[contract-changed]") && talk.contains(word), "{talk}");
    let record = project.root().join("artefacts/renders/show.director.json");
    assert!(!record.exists(), "a run that stopped is not over");
    let transcript = project.read("cache/state/directors/show.jsonl");
    assert!(!transcript.contains("ended"), "{transcript}");
}

fn goes_on(project: &Project) {
    let resumed = run(project, &["director", "resume", "show"]);
    let talk = String::from_utf8_lossy(&resumed.stderr);
    assert!(resumed.status.success(), "{talk}");
    let transcript = project.read("cache/state/directors/show.jsonl");
    assert!(transcript.ends_with("{\"event\":\"ended\",\"outcome\":{\"state\":\"accepted\"}}\n"));
}

#[test]
fn a_program_that_answers_by_another_version_stops_the_run() {
    for flags in [&["build"][..], &["build", "--fail-fast"], &["director", "resume", "show"]] {
        let project = directed("sed -i 's/\"schemaVersion\":1/\"schemaVersion\":2/' \"$2\"");
        let output = run(&project, flags);
        stopped(&project, &output, "decision document has schemaVersion 2");
        let lock = project.read("Memefile.lock");
        assert!(lock.contains("show/1") && !lock.contains("show/2"), "{lock}");
        choosing(&project, "");
        goes_on(&project);
    }
}
