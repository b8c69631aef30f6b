//! The text of commands on a project of two commands.

use super::{said, steady};
use crate::project::Project;
use insta::assert_snapshot;

const MEMEFILE: &str = r#"
memefile = 1

[command.loud]
run = ["sh", "-c", 'tr a-z A-Z <"$0" >"$1"', "{in}", "{out}"]
inputs = ["words.txt"]
outputs = ["artefacts/loud.txt"]

[command.first]
run = ["sh", "-c", 'cut -c1 "$0" >"$1"', "{in}", "{out}"]
inputs = ["artefacts/loud.txt"]
outputs = ["artefacts/first.txt"]
"#;

fn project() -> Project {
    let project = Project::new(MEMEFILE);
    project.write("words.txt", "hello\n");
    project
}

#[test]
fn build_first_again_changed_and_failed() {
    let _steady = steady();
    let project = project();
    // One at a time, so that lines come in one order.
    assert_snapshot!(said(&project, &["-j1"]), @r"
    (talk)
             ran command:loud [time]
             ran command:first [time]
            done 2 nodes: 2 ran; [time]
    (exit 0)
    ");
    assert_snapshot!(said(&project, &[]), @r"
    (talk)
            done 2 nodes, all fresh: nothing to do; the cache saved [time]
    (exit 0)
    ");
    project.write("words.txt", "howdy\n");
    assert_snapshot!(said(&project, &["build"]), @r"
    (talk)
             ran command:loud [time]
             ran command:first [time]
            done 2 nodes: 2 ran; [time]
    (exit 0)
    ");
    project.write("Memefile.toml", MEMEFILE.replace("tr a-z", "echo no luck >&2; exit 7; tr"));
    let failed = said(&project, &["build"]);
    let (before, by_hand) = failed.split_once("to repeat it by hand: ").expect("a failure");
    let after = by_hand.split_once('\n').expect("more lines").1;
    assert_snapshot!(format!("{before}to repeat it by hand: …\n{after}"), @r"
    (talk)
          failed command:loud  (command/run): exit code 7
    error[exit]: command:loud (command/run): exit code 7
     = note: no luck
     = help: to repeat it by hand: …
        finished 2 nodes: 1 failed, 1 skipped; [time]
    (exit 1)
    ");
}

#[test]
fn mistakes_of_a_person() {
    let project = project();
    assert_snapshot!(said(&project, &["command:lout"]), @r"
    (talk)
    error[unknown-target]: no node matches `command:lout`
     = help: did you mean `command:loud`?
    (exit 2)
    ");
    assert_snapshot!(said(&project, &["-C", "nowhere"]), @r"
    (talk)
    error[no-folder]: cannot open folder `nowhere`: No such file or directory (os error 2)
    (exit 2)
    ");
    assert_snapshot!(said(&project, &["graph", "--as", "picture"]), @r"
    (talk)
    error: invalid value 'picture' for '--as <FORM>'
      [possible values: text, dot, mermaid, svg]

    For more information, try '--help'.
    (exit 2)
    ");
    project.write("Memefile.toml", "memefile = 1\n[comand.x]\nrun = [\"true\"]\n");
    assert_snapshot!(said(&project, &[]), @r"
    (talk)
    error[unknown-section]: there is no section `comand`
     --> Memefile.toml:2:2
      |
    2 | [comand.x]
      |  ^^^^^^ not a section of a Memefile
      |
      = help: did you mean `command`?
    (exit 2)
    ");
    std::fs::remove_file(project.root().join("Memefile.toml")).unwrap();
    assert_snapshot!(said(&project, &["plan"]), @r"
    (talk)
    error[no-memefile]: there is no Memefile.toml in `PROJECT`, nor above it
     = help: `memebuild init` writes one to begin with
    (exit 2)
    ");
}

#[test]
fn plan_before_after_and_with_a_change() {
    let _steady = steady();
    let project = project();
    assert_snapshot!(said(&project, &["plan"]), @r"
         run command:loud  never built
     depends command:first  on what command:loud makes
    2 nodes: 1 to run, 1 that may follow
    2 nodes are of a type that never ran here
    (exit 0)
    ");
    project.build();
    assert_snapshot!(said(&project, &["plan"]), @r"
    2 nodes: 0 to run, 2 fresh
    (exit 0)
    ");
    assert_snapshot!(said(&project, &["plan", "--all", "command:first"]), @r"
       fresh command:loud
       fresh command:first
    2 nodes: 0 to run, 2 fresh
    (exit 0)
    ");
    project.write("words.txt", "howdy\n");
    assert_snapshot!(said(&project, &["plan", "-j2"]), @r"
         run command:loud  input 0: [digits] → [digits]
     depends command:first  on what command:loud makes
    2 nodes: 1 to run, 1 that may follow
    about [time] with 2 slots ( [time] of work), and [size] of disk of [size] that are free
    (exit 0)
    ");
}

#[test]
fn why_in_its_forms() {
    let project = project();
    project.build();
    project.write("words.txt", "howdy\n");
    project.build();
    for (node, words) in [
        ("command:loud", "input 0: "),
        ("command:first", "command:first ran"),
        ("command:lout", "did you mean `command:loud`?"),
    ] {
        let said = said(&project, &["why", node]);
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn graph_as_text_dot_and_mermaid() {
    let project = project();
    assert_snapshot!(said(&project, &["graph"]), @r"
    command:loud
    command:first
      └── command:loud
    (exit 0)
    ");
    assert_snapshot!(said(&project, &["graph", "--as", "dot"]), @r#"
    digraph memebuild {
      rankdir=LR;
      node [shape=box];
      n1 [label="command:loud"];
      n0 [label="command:first"];
      n1 -> n0;
    }
    (exit 0)
    "#);
    assert_snapshot!(said(&project, &["graph", "--as", "mermaid", "command:loud"]), @r#"
    flowchart LR
      n1["command:loud"]
    (exit 0)
    "#);
}

#[test]
fn clean_takes_what_memebuild_wrote_and_nothing_else() {
    let project = project();
    project.build();
    project.write("artefacts/mine.txt", "mine");
    assert_snapshot!(said(&project, &["clean"]), @r"
    (talk)
    removed 2 files from artefacts/; `memebuild` puts them back
    (exit 0)
    ");
    assert_snapshot!(said(&project, &["clean", "--cache"]), @r"
    (talk)
    artefacts/ has nothing in it that memebuild wrote
    removed the cache
    (exit 0)
    ");
    assert_eq!(project.files("artefacts").len(), 1);
    assert!(project.files("cache").is_empty());
}

#[test]
fn init_once_and_twice() {
    let project = Project::new("");
    std::fs::remove_file(project.root().join("Memefile.toml")).unwrap();
    assert_snapshot!(said(&project, &["init"]), @r"
    wrote Memefile.toml; put clips, pictures and sounds where it says, then `memebuild`
    (exit 0)
    ");
    assert_snapshot!(said(&project, &["init"]), @r"
    (talk)
    error[exists]: there is a `./Memefile.toml` already
     = help: it is left as it is; move it away to begin anew
    (exit 2)
    ");
    let mut made: Vec<String> = walkdir::WalkDir::new(project.root())
        .min_depth(1)
        .into_iter()
        .map(|entry| {
            entry.unwrap().path().strip_prefix(project.root()).unwrap().display().to_string()
        })
        .collect();
    made.sort();
    assert_snapshot!(made.join("\n"), @r"
    .memebuild
    .memebuild/memefile.schema.json
    Memefile.toml
    media
    media/backgrounds
    media/effects
    media/green
    media/music
    ");
    // There is nothing to find yet: each glob says so.
    assert_snapshot!(said(&project, &[]), @r#"
    (talk)
    error[empty-glob]: `media/green/*` finds no files
     --> Memefile.toml:8:9
      |
    8 | files = "media/green/*"
      |         ^^^^^^^^^^^^^^^ nothing matches
      |
      = help: the folder is empty: put files there, or take the source out

    error[empty-glob]: `media/backgrounds/*` finds no files
      --> Memefile.toml:12:9
       |
    12 | files = "media/backgrounds/*"
       |         ^^^^^^^^^^^^^^^^^^^^^ nothing matches
       |
       = help: the folder is empty: put files there, or take the source out

    error[empty-glob]: `media/music/*` finds no files
      --> Memefile.toml:16:9
       |
    16 | files = "media/music/*"
       |         ^^^^^^^^^^^^^^^ nothing matches
       |
       = help: the folder is empty: put files there, or take the source out

    error[empty-glob]: `media/effects/*` finds no files
      --> Memefile.toml:20:9
       |
    20 | files = "media/effects/*"
       |         ^^^^^^^^^^^^^^^^^ nothing matches
       |
       = help: the folder is empty: put files there, or take the source out

    4 errors
    (exit 2)
    "#);
}

#[test]
fn completions_for_each_shell() {
    let project = project();
    let first = |shell| {
        let said = said(&project, &["completions", shell]);
        said.lines().find(|line| !line.is_empty()).unwrap_or_default().to_owned()
    };
    assert_snapshot!(["bash", "elvish", "fish", "powershell", "zsh"].map(first).join("\n"), @r#"
    _clap_complete_memebuild() {
    set edit:completion:arg-completer[memebuild] = { |@words|
    complete --keep-order --exclusive --command memebuild --arguments "(MEMEBUILD_COMPLETE=fish memebuild -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
    Register-ArgumentCompleter -Native -CommandName memebuild -ScriptBlock {
    #compdef memebuild
    "#);
}

#[test]
fn doctor_says_what_is_there_and_whether_that_is_enough() {
    let project = project();
    let output = project.run(&["doctor"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let (checks, end) = text.split_once("\n\n").expect("an end");
    for line in checks.lines() {
        let word = line.trim_start().split(' ').next().unwrap();
        assert!(["ok", "warning", "missing", "to"].contains(&word), "{line}");
    }
    assert_eq!(end, "This machine can build memes.\n");
}
