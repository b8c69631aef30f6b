//! Looking into the cache and into earlier builds: three commands, a limit, and what went.

use super::{said, steady};
use crate::project::Project;
use insta::assert_snapshot;

const MEMEFILE: &str = r#"
memefile = 1

[command.large]
run = ["sh", "-c", 'yes "$(cat "$0")" | head -c 60000 >"$1"', "{in}", "{out}"]
inputs = ["words.txt"]
outputs = ["artefacts/large.txt"]

[command.twin]
run = ["sh", "-c", 'head -c 60000 "$0" >"$1"', "{in}", "{out}"]
inputs = ["artefacts/large.txt"]
outputs = ["artefacts/twin.txt"]

[command.small]
run = ["sh", "-c", 'cut -c1-3 "$0" | head -n1 >"$1"', "{in}", "{out}"]
inputs = ["artefacts/large.txt"]
outputs = ["artefacts/small.txt"]
"#;

fn project() -> Project {
    let project = Project::new(MEMEFILE);
    project.write("words.txt", "hello\n");
    project.expect(0, &["-j1"]);
    project
}

/// What was said, with single gaps between columns: how wide they are depends on times and names.
fn columns(project: &Project, args: &[&str]) -> String {
    let said = said(project, args);
    let narrow = |line: &str| {
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|c| !c.is_empty()).collect();
        cells.join(" | ")
    };
    said.lines().map(narrow).collect::<Vec<_>>().join("\n")
}

fn settings() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d", "[when]");
    settings.bind_to_scope()
}

#[test]
fn what_is_kept_for_whom_and_what_is_wanted() {
    let _steady = steady();
    let _when = settings();
    let project = project();
    assert_snapshot!(columns(&project, &["cache", "stat"]), @r"
    STEP | RESULTS | MADE | KEPT | TIME TO MAKE
    command/run | 3 | [size] | [size] | [time]

    blobs | 2, [size]
    results | 3, [size], [time] to make
    shared | [size] saved by equal content
    limit | none

    BUILD | WHEN | NODES | UP TO DATE | AGAIN | SAVED
    [build] | [when] | 3 | 0.0 % | 0 | [time]
    (exit 0)
    ");
    assert_snapshot!(columns(&project, &["cache", "ls", "--reverse"]), @r"
    KEY | SIZE | TOOK | MADE | UNUSED | STEP | NODE
    [digits] | [size] | [time] | [when] | 0 | command/run | command:large
    [digits] | [size] | [time] | [when] | 0 | command/run | command:twin
    [digits] | [size] | [time] | [when] | 0 | command/run | command:small
    (exit 0)
    ");
    assert_snapshot!(columns(&project, &["cache", "ls", "--min-size", "50kB", "command:t*"]), @r"
    KEY | SIZE | TOOK | MADE | UNUSED | STEP | NODE
    [digits] | [size] | [time] | [when] | 0 | command/run | command:twin
    (exit 0)
    ");
    assert_snapshot!(columns(&project, &["cache", "ls", "--evicted"]), @r"
    nothing in the cache is like that
    (exit 0)
    ");
    assert_snapshot!(columns(&project, &["cache", "ls", "--unused-for", "1"]), @r"
    nothing in the cache is like that
    (exit 0)
    ");
    assert_snapshot!(said(&project, &["cache", "show", "command:small"]), @r#"
    command/run  [digest]
      made     [when] by build [build]
      took [time], [time] of processor time
      wanted   by the last build that used the cache
      node     command:small
      version  1
      argv     sh -c 'cut -c1-3 "$0" | head -n1 >"$1"' {in:0} {out:0}
      tool     sh: [digest]
      in       0: [digest]  from command:large
      out      0: [digest]
               there
    (exit 0)
    "#);
    assert_snapshot!(said(&project, &["cache", "show", "command:huge"]), @r"
    (talk)
    error[unknown-key]: the cache knows no `command:huge`
     = help: `memebuild cache ls` lists the keys, `memebuild graph` the nodes
    (exit 2)
    ");
}

#[test]
fn what_goes_and_what_is_pinned() {
    let _steady = steady();
    let _when = settings();
    let project = project();
    assert_snapshot!(said(&project, &["cache", "gc"]), @r#"
    (talk)
    error[no-limit]: the cache has no limit
     = help: say how much may stay: `memebuild cache gc --max-size 10GB`
     = help: or for every build: `max-size = " [size]"` in `[cache]`
    (exit 2)
    "#);
    assert_snapshot!(said(&project, &["cache", "pin", "command:larg"]), @r"
    (talk)
    error[unknown-key]: the cache knows no `command:larg`
     = help: `memebuild cache ls` lists the keys, `memebuild graph` the nodes
    (exit 2)
    ");
    assert_snapshot!(said(&project, &["cache", "pin", "command:large"]), @r"
    (talk)
    pinned command:large: the cache keeps it whatever its limit
    (exit 0)
    ");
    assert_snapshot!(columns(&project, &["cache", "ls", "--pinned"]), @r"
    KEY | SIZE | TOOK | MADE | UNUSED | STEP | NODE
    [digits] | [size] | pinned | [time] | [when] | 0 | command/run | command:twin
    [digits] | [size] | pinned | [time] | [when] | 0 | command/run | command:large
    (exit 0)
    ");
    // Twins share their bytes, and one of them is pinned.
    assert_snapshot!(columns(&project, &["cache", "gc", "--max-size", "50kB"]), @r"
    STEP | FILES | SIZE | TIME TO MAKE AGAIN
    command/run | 1 | [size] | [time]

    the cache went down from [size] to [size]; its limit is [size], and what is over it is pinned
    (exit 0)
    ");
    assert_snapshot!(said(&project, &["cache", "unpin", "command:large"]), @r"
    (talk)
    unpinned command:large
    (exit 0)
    ");
    assert_snapshot!(columns(&project, &["cache", "gc", "--max-size", "50kB", "--dry-run"]), @r"
    STEP | FILES | SIZE | TIME TO MAKE AGAIN
    command/run | 1 | [size] | [time]

    the cache would go down from [size] to [size]; its limit is [size]
    (exit 0)
    ");
    assert_snapshot!(columns(&project, &["cache", "gc", "--max-size", "50kB"]), @r"
    STEP | FILES | SIZE | TIME TO MAKE AGAIN
    command/run | 1 | [size] | [time]

    the cache went down from [size] to [size]; its limit is [size]
    (exit 0)
    ");
    assert_snapshot!(said(&project, &["cache", "show", "command:twin"]), @r#"
    command/run  [digest]
      made     [when] by build [build]
      took [time], [time] of processor time
      wanted   by the last build that used the cache
      node     command:twin
      version  1
      argv     sh -c 'head -c 60000 "$0" >"$1"' {in:0} {out:0}
      tool     sh: [digest]
      in       0: [digest]  from command:large
      out      0: [digest]
               was evicted at [when] by `cache gc`, to keep the cache below [size]
      read by  command/run  command:small
      read by  command/run  command:twin
    (exit 0)
    "#);
    assert_snapshot!(said(&project, &["cache", "verify", "--restart"]), @r"
    0 blobs ( [size]) and 3 results: all sound
    (exit 0)
    ");
    let built = project.build();
    assert_eq!((&built["fresh"], &built["actions_ran"]), (&3.into(), &0.into()));
}

#[test]
fn earlier_builds() {
    let _steady = steady();
    let _when = settings();
    let project = project();
    project.write("words.txt", "howdy\n");
    project.expect(0, &["-j1"]);
    project.write("Memefile.toml", MEMEFILE.replace("cut", "exit 7; cut"));
    project.expect(1, &["command:small", "-j1"]);
    assert_snapshot!(columns(&project, &["builds", "ls"]), @r"
    BUILD | WHEN | TOOK | NODES | RAN | FRESH | FAILED | EXIT
    [build] | [when] | [time] | 2 | - | 1 | 1 | 1
    [build] | [when] | [time] | 3 | 3 | - | - | 0
    [build] | [when] | [time] | 3 | 3 | - | - | 0
    (exit 0)
    ");
    assert_snapshot!(columns(&project, &["builds", "show"]), @r"
    build [build], [when]
    wanted command:small: 2 nodes, 1 fresh
    took [time], exit code 1; the cache saved [time]
    0 actions ran, 0 of them for bytes that were gone; 0 of 1 look-ups found

    STATUS | TOOK | NODE | WHY
    failed | [time] | command:small | command:small (command/run): exit code 7
    (exit 0)
    ");
    let list = project.run(&["builds", "ls", "--format", "json"]).stdout;
    let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
    let second = list["builds"][1]["build"].as_str().unwrap();
    assert_snapshot!(columns(&project, &["builds", "show", second]), @r"
    build [build], [when]
    wanted everything: 3 nodes, 0 fresh
    took [time], exit code 0; the cache saved [time]
    3 actions ran, 0 of them for bytes that were gone; 0 of 3 look-ups found

    STATUS | TOOK | NODE | WHY
    ran | [time] | command:large | the content of words.txt changed: [digits] → [digits]
    ran | [time] | command:small | command:large changed
    ran | [time] | command:twin | command:large changed
    (exit 0)
    ");
    assert_snapshot!(said(&project, &["builds", "show", "1970"]), @r"
    (talk)
    error[no-build]: there is no log of a build `1970`
     = help: `memebuild builds ls` lists them; the logs of the last 200 are kept
    (exit 2)
    ");
    let keys: Vec<&String> = list["builds"][0].as_object().unwrap().keys().collect();
    assert_snapshot!(format!("{keys:?}"), @r#"["build", "started_ms", "targets", "wall_ms", "exit_code", "cancelled", "nodes", "counts", "rejected", "actions_ran", "actions_again", "lookups", "lookups_found", "saved_ms"]"#);
    assert_eq!(
        (&list["builds"][1]["counts"]["ran"], &list["builds"][1]["exit_code"]),
        (&3.into(), &0.into())
    );
}

#[test]
fn programs_get_the_same() {
    let project = project();
    let json = |args: &[&str]| -> serde_json::Value {
        let output = project.run(&[args, &["--format", "json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let stat = json(&["cache", "stat"]);
    assert_eq!((&stat["blobs"], &stat["bytes"]), (&2.into(), &60_004.into()));
    assert_eq!(
        (&stat["shared_bytes"], &stat["max_bytes"]),
        (&60_000.into(), &serde_json::Value::Null)
    );
    assert_eq!(stat["builds"][0]["counts"]["ran"], 3);
    let listed = json(&["cache", "ls", "--step", "command", "--sort", "cost"]);
    assert_eq!(listed["results"].as_array().unwrap().len(), 3);
    assert_eq!(listed["results"][0]["unused_for"], 0);
    let gone = json(&["cache", "gc", "--max-size", "50kB"]);
    assert_eq!((&gone["dry_run"], &gone["let_go"][0]["bytes"]), (&false.into(), &60_000.into()));
    assert!(gone["let_go"][0]["blob"].as_str().unwrap().ends_with("/60000"));
    let shown = json(&["cache", "show", "command:twin"]);
    let blob = shown["results"][0]["blobs"].as_object().unwrap().values().next().unwrap();
    assert_eq!(
        (&blob["there"], &blob["evicted"]["policy"]),
        (&false.into(), &"least-worth".into())
    );
    assert_eq!(json(&["cache", "pin", "command:small"])["changed"], true);
    for document in [stat, listed, gone, shown] {
        assert_eq!(document["schemaVersion"], 1);
    }
}
