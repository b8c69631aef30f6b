//! Real builds of commands by the real binary: what runs, what does not, and what is left
//! behind. Kills and damage are in `survival.rs`.

use crate::project::Project;
use crate::samples::layered;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// `a.txt → b → c`, and an independent `d`.
const CHAIN: &str = r#"
memefile = 1

[command.b]
run = ["sh", "-c", 'tr a-z A-Z <"$0" >"$1"', "{in}", "{out}"]
inputs = ["a.txt"]
outputs = ["artefacts/b.txt"]

[command.c]
run = ["sh", "-c", 'cut -c1 "$0" >"$1"', "{in}", "{out}"]
inputs = ["artefacts/b.txt"]
outputs = ["artefacts/c.txt"]

[command.d]
run = ["sh", "-c", 'echo d >"$0"', "{out}"]
outputs = ["artefacts/d.txt"]
"#;

fn chain() -> Project {
    let project = Project::new(CHAIN);
    project.write("a.txt", "hello\n");
    project
}

fn shown(project: &Project) -> String {
    let statuses = project.statuses();
    statuses.iter().map(|(node, status)| format!("{node} {status}")).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_second_build_does_nothing_and_says_so() {
    let project = chain();
    assert_eq!(shown(&project), "command:b ran, command:c ran, command:d ran");
    assert_eq!(project.read("artefacts/c.txt"), "H\n");
    let again = project.build();
    assert_eq!(
        (&again["fresh"], &again["ran"], &again["actions_ran"]),
        (&3.into(), &0.into(), &0.into())
    );
    let talk = project.expect(0, &[]);
    assert!(talk.contains("3 nodes") && talk.contains("fresh"), "{talk}");
}

#[test]
fn only_what_changed_runs_and_early_cutoff_stops_it() {
    let project = chain();
    project.build();
    // A new time alone is nothing.
    let now = std::time::SystemTime::now();
    let file = std::fs::File::options().write(true).open(project.root().join("a.txt")).unwrap();
    file.set_modified(now + Duration::from_secs(5)).unwrap();
    assert_eq!(shown(&project), "command:b fresh, command:c fresh, command:d fresh");
    // b changes, c reads b, and makes the same first letter of it: c runs, nothing after it would.
    project.write("a.txt", "howdy\n");
    assert_eq!(shown(&project), "command:b ran, command:c ran, command:d fresh");
    // b comes out the same.
    project.write("a.txt", "HOWDY\n");
    assert_eq!(shown(&project), "command:b ran, command:c cutoff, command:d fresh");
    // Back again: everything is in the cache.
    project.write("a.txt", "hello\n");
    assert_eq!(shown(&project), "command:b hit, command:c hit, command:d fresh");
}

#[test]
fn a_failure_names_the_command_and_leaves_the_old_output() {
    let project = chain();
    project.build();
    project
        .write("Memefile.toml", CHAIN.replace("tr a-z A-Z", "echo no such luck >&2; exit 7; tr"));
    let talk = project.expect(1, &[]);
    assert!(talk.contains("command:b (command/run): exit code 7"), "{talk}");
    assert!(talk.contains("no such luck") && talk.contains("to repeat it by hand"), "{talk}");
    assert!(talk.contains("1 failed, 1 skipped"), "{talk}");
    assert_eq!(project.read("artefacts/b.txt"), "HELLO\n");
}

#[test]
fn why_tells_the_cause_with_both_values() {
    let project = chain();
    project.build();
    project.write("Memefile.toml", CHAIN.replace("echo d", "echo e"));
    project.build();
    let output = project.run(&["why", "command:d"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.starts_with(
            "re-run command:d: argument 2: echo d >\"$0\" → echo e >\"$0\" (Memefile.toml:14)"
        ),
        "{said}"
    );
    let output = project.run(&["plan"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("0 to run") && said.contains("3 fresh"), "{said}");
    let talk = project.expect(2, &["why", "command:x"]);
    assert!(talk.contains("no build knows a node `command:x`"), "{talk}");
}

#[test]
fn interrupting_ends_every_child_at_once() {
    let project = Project::new(
        r#"
memefile = 1
[command.long]
run = ["sh", "-c", 'echo $$ >pid; sleep 30 & wait; touch "$0"', "{out}"]
outputs = ["artefacts/long"]
"#,
    );
    let mut child =
        project.command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let pid_file = project.root().join("pid");
    let patience = Instant::now() + Duration::from_secs(20);
    while std::fs::read_to_string(&pid_file).is_ok_and(|text| text.trim().is_empty())
        || !pid_file.exists()
    {
        assert!(Instant::now() < patience, "the command never started");
        std::thread::sleep(Duration::from_millis(5));
    }
    let shell: i32 = std::fs::read_to_string(&pid_file).unwrap().trim().parse().unwrap();
    let began = Instant::now();
    signal(child.id(), rustix::process::Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let group = rustix::process::Pid::from_raw(shell).unwrap();
    // What was killed is a zombie until somebody reaps it.
    while rustix::process::test_kill_process_group(group).is_ok() {
        assert!(began.elapsed() < Duration::from_secs(5), "something of it is still running");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!project.root().join("artefacts/long").exists());
}

fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    // It may have ended by itself.
    let _ = rustix::process::kill_process(pid, signal);
}

#[test]
fn two_builds_at_once_share_the_work() {
    let project = layered();
    let mut both: Vec<_> = (0..2)
        .map(|_| project.command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
        .collect();
    assert!(both.iter_mut().all(|child| child.wait().unwrap().success()));
    let logs = project.files("cache/log");
    let started = |bytes: &Vec<u8>| {
        String::from_utf8_lossy(bytes).matches("\"event\":\"action-started\"").count()
    };
    assert_eq!(logs.values().map(started).sum::<usize>(), 20);
}

#[test]
fn a_full_disk_is_named_and_the_next_build_goes_on() {
    let project = layered();
    let bin = env!("CARGO_BIN_EXE_memebuild");
    // No file may grow past 512 bytes: what a full disk does to writes.
    let script = format!("ulimit -f 1; exec '{bin}'");
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(project.root())
        .output()
        .unwrap();
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{talk}");
    project.expect(0, &[]);
    let clean = layered();
    clean.build();
    assert_eq!(project.files("artefacts"), clean.files("artefacts"));
}

#[test]
fn a_cache_that_cannot_be_written_costs_time_and_nothing_else() {
    let project = chain();
    // A file where the folder should be: nobody can write below it, root neither.
    project.write("cache", "in the way");
    let output = project.run(&[]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{talk}");
    assert_eq!(project.read("artefacts/c.txt"), "H\n");
    assert!(talk.contains("cache"), "{talk}");
}
