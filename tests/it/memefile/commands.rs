//! Commands: any program, with declared inputs and outputs.

use super::{Project, said};
use insta::assert_snapshot;
use memebuild::contract::digest::Digest;
use memebuild::diagnostic::Diagnostic;
use memebuild::node::plan::{Done, Program};
use memebuild::node::{Blobs, Deps, Output, Outputs};
use std::collections::BTreeMap;
use std::path::PathBuf;

struct NoBlobs;

impl Blobs for NoBlobs {
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, Diagnostic> {
        panic!("nothing should be read: {digest}")
    }
}

#[test]
fn outputs_stay_in_the_project_and_out_of_our_folders() {
    assert_snapshot!(said(r#"
[command.x]
run = ["true", "{out}"]
outputs = ["../x", "/tmp/x", "a/../../x", "cache/x", "artefacts/renders/x.mp4", "Memefile.toml", "a//b", "a/", "", "good/file"]
"#), @r#"
    error[bad-output]: `../x` cannot be an output
     --> Memefile.toml:5:12
      |
    5 | outputs = ["../x", "/tmp/x", "a/../../x", "cache/x", "artefacts/renders/x.mp4", "Memefile.toml", "a//b", "a/", "", "good/file"]
      |            ^^^^^^ it could lead out of the project

    error[bad-output]: `/tmp/x` cannot be an output
     --> Memefile.toml:5:20
      |
    5 | outputs = ["../x", "/tmp/x", "a/../../x", "cache/x", "artefacts/renders/x.mp4", "Memefile.toml", "a//b", "a/", "", "good/file"]
      |                    ^^^^^^^^ it is not relative to the project

    error[bad-output]: `a/../../x` cannot be an output
     --> Memefile.toml:5:30
      |
    5 | outputs = ["../x", "/tmp/x", "a/../../x", "cache/x", "artefacts/renders/x.mp4", "Memefile.toml", "a//b", "a/", "", "good/file"]
      |                              ^^^^^^^^^^^ it could lead out of the project

    error[bad-output]: `cache/x` cannot be an output
     --> Memefile.toml:5:43
      |
    5 | outputs = ["../x", "/tmp/x", "a/../../x", "cache/x", "artefacts/renders/x.mp4", "Memefile.toml", "a//b", "a/", "", "good/file"]
      |                                           ^^^^^^^^^ `cache/` belongs to memebuild

    error[bad-output]: `artefacts/renders/x.mp4` cannot be an output
     --> Memefile.toml:5:54
      |
    5 | outputs = ["../x", "/tmp/x", "a/../../x", "cache/x", "artefacts/renders/x.mp4", "Memefile.toml", "a//b", "a/", "", "good/file"]
      |                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^ `artefacts/renders/` belongs to memebuild

    error[bad-output]: `Memefile.toml` cannot be an output
     --> Memefile.toml:5:81
      |
    5 | outputs = ["../x", "/tmp/x", "a/../../x", "cache/x", "artefacts/renders/x.mp4", "Memefile.toml", "a//b", "a/", "", "good/file"]
      |                                                                                 ^^^^^^^^^^^^^^^ a build does not write its own description

    error[bad-output]: `a//b` cannot be an output
     --> Memefile.toml:5:98
      |
    5 | outputs = ["../x", "/tmp/x", "a/../../x", "cache/x", "artefacts/renders/x.mp4", "Memefile.toml", "a//b", "a/", "", "good/file"]
      |                                                                                                  ^^^^^^ write it without `.`, `//` and a `/` at the end

    error[bad-output]: `a/` cannot be an output
     --> Memefile.toml:5:106
      |
    5 | outputs = ["../x", "/tmp/x", "a/../../x", "cache/x", "artefacts/renders/x.mp4", "Memefile.toml", "a//b", "a/", "", "good/file"]
      |                                                                                                          ^^^^ write it without `.`, `//` and a `/` at the end

    error[bad-output]: `` cannot be an output
     --> Memefile.toml:5:112
      |
    5 | outputs = ["../x", "/tmp/x", "a/../../x", "cache/x", "artefacts/renders/x.mp4", "Memefile.toml", "a//b", "a/", "", "good/file"]
      |                                                                                                                ^^ it is empty

    9 errors
    "#);
}

#[test]
fn arguments_and_environment() {
    assert_snapshot!(said(r#"
[command.x]
run = ["awk", "{print $1}", "{in:x}", "{params}", "{in}", "{out:2}", "-o{out}"]
outputs = ["a", "b"]
env = { "A B" = "1", GOOD = 2, OK = "yes" }
timeout = "48h"
memory = "lots"
retries = 100

[command.y]
run = ["cp", "a", "b"]
outputs = ["b"]
"#), @r#"
    error[unknown-placeholder]: `{in:x}` stands for nothing
     --> Memefile.toml:4:29
      |
    4 | run = ["awk", "{print $1}", "{in:x}", "{params}", "{in}", "{out:2}", "-o{out}"]
      |                             ^^^^^^^^ expected `{in}`, `{in:0}`, `{out}` or `{out:0}`

    error[unknown-placeholder]: `{params}` stands for nothing
     --> Memefile.toml:4:39
      |
    4 | run = ["awk", "{print $1}", "{in:x}", "{params}", "{in}", "{out:2}", "-o{out}"]
      |                                       ^^^^^^^^^^ expected `{in}`, `{in:0}`, `{out}` or `{out:0}`

    error[no-such-input]: there is no input 0
     --> Memefile.toml:4:51
      |
    4 | run = ["awk", "{print $1}", "{in:x}", "{params}", "{in}", "{out:2}", "-o{out}"]
      |                                                   ^^^^^^ no input is declared

    error[no-such-input]: there is no output 2
     --> Memefile.toml:4:59
      |
    4 | run = ["awk", "{print $1}", "{in:x}", "{params}", "{in}", "{out:2}", "-o{out}"]
      |                                                           ^^^^^^^^^ outputs are numbered 0 to 1

    error[ambiguous-output]: `{out}` within an argument stands for one output, and there are more
     --> Memefile.toml:4:70
      |
    4 | run = ["awk", "{print $1}", "{in:x}", "{params}", "{in}", "{out:2}", "-o{out}"]
      |                                                                      ^^^^^^^^^ 2 outputs are declared
      |
      = help: write `{out:0}`, `{out:1}`, …

    error[unused-output]: nothing in `run` says where `a` is to be written
     --> Memefile.toml:5:12
      |
    5 | outputs = ["a", "b"]
      |            ^^^ not among the arguments
      |
      = help: pass `{out:0}` to the program: it is given another path, and the file is moved here when it is whole

    error[unused-output]: nothing in `run` says where `b` is to be written
     --> Memefile.toml:5:17
      |
    5 | outputs = ["a", "b"]
      |                 ^^^ not among the arguments
      |
      = help: pass `{out:1}` to the program: it is given another path, and the file is moved here when it is whole

    error[bad-name]: `A B` cannot name a variable
     --> Memefile.toml:6:9
      |
    6 | env = { "A B" = "1", GOOD = 2, OK = "yes" }
      |         ^^^^^ expected letters, digits and `_`

    error[wrong-type]: `GOOD` is not a string
     --> Memefile.toml:6:29
      |
    6 | env = { "A B" = "1", GOOD = 2, OK = "yes" }
      |                             ^ expected a string, found the number 2

    error[wrong-value]: `timeout` is not a time
     --> Memefile.toml:7:11
      |
    7 | timeout = "48h"
      |           ^^^^^ it is out of all bounds

    error[wrong-value]: `memory` is not a size
     --> Memefile.toml:8:10
      |
    8 | memory = "lots"
      |          ^^^^^^ expected a size such as "20MB" or "4GiB"

    error[out-of-range]: `retries` is not a whole number from 0 to 10
     --> Memefile.toml:9:11
      |
    9 | retries = 100
      |           ^^^ expected a whole number from 0 to 10

    error[unused-output]: nothing in `run` says where `b` is to be written
      --> Memefile.toml:13:12
       |
    13 | outputs = ["b"]
       |            ^^^ not among the arguments
       |
       = help: pass `{out}` to the program: it is given another path, and the file is moved here when it is whole

    13 errors
    "#);
}

#[test]
fn inputs_and_programs_must_be_there() {
    let text = r#"memefile = 1
[command.x]
run = ["./tool.sh", "{in}", "{out}"]
inputs = ["missing.txt", "render:vogue@tiktok", "command:z", "docs/*.md"]
outputs = ["out/x"]

[command.y]
run = ["cp", "{in}", "{out}"]
inputs = ["out/x"]
outputs = ["out/y"]
"#;
    assert_snapshot!(Project::new(&[], text).mistakes(), @r#"
    error[missing-file]: there is no program `./tool.sh`
     --> Memefile.toml:3:8
      |
    3 | run = ["./tool.sh", "{in}", "{out}"]
      |        ^^^^^^^^^^^ not there
      |
      = note: a program with a `/` is a path relative to the Memefile

    error[missing-file]: there is no file `missing.txt`
     --> Memefile.toml:4:11
      |
    4 | inputs = ["missing.txt", "render:vogue@tiktok", "command:z", "docs/*.md"]
      |           ^^^^^^^^^^^^^ not there, and no node writes it
      |
      = help: inputs are files relative to the Memefile, globs, or nodes such as `render:NAME@PROFILE`

    error[unknown-reference]: there is no node `render:vogue@tiktok`
     --> Memefile.toml:4:26
      |
    4 | inputs = ["missing.txt", "render:vogue@tiktok", "command:z", "docs/*.md"]
      |                          ^^^^^^^^^^^^^^^^^^^^^ no such node
      |
      = note: `memebuild graph` lists the nodes there are

    error[unknown-reference]: there is no node `command:z`
     --> Memefile.toml:4:49
      |
    4 | inputs = ["missing.txt", "render:vogue@tiktok", "command:z", "docs/*.md"]
      |                                                 ^^^^^^^^^^^ no such node
      |
      = help: did you mean `command:x`?

    error[empty-glob]: `docs/*.md` finds no files
     --> Memefile.toml:4:62
      |
    4 | inputs = ["missing.txt", "render:vogue@tiktok", "command:z", "docs/*.md"]
      |                                                              ^^^^^^^^^^^ there is no folder `docs`

    5 errors
    "#);
}

#[test]
fn a_command_lowers_to_one_action() {
    let text = r#"memefile = 1
[command.first]
run = ["split", "{in}", "{out:0}", "{out:1}"]
inputs = ["data/*.txt"]
outputs = ["out/a", "out/b"]

[command.second]
run = ["join", "--all", "{in}", "-o={out}"]
inputs = ["out/b", "command:first", "command:first#0", "data/1.txt"]
outputs = ["out/c"]
env = { LANG = "C" }
timeout = "5s"
retries = 2
"#;
    let project = Project::new(&["data/1.txt", "data/2.txt"], text);
    let loaded = project.load().unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let [first, second] = loaded.graph.nodes.as_slice() else { panic!("two nodes") };
    assert_eq!(first.name, "command:first");
    assert_eq!(first.node.files(), ["data/1.txt", "data/2.txt"].map(PathBuf::from));
    assert_eq!(second.deps, ["command:first"]);

    let digest = |text: &str| Digest::of(text.as_bytes());
    let outputs: Outputs = [("0", "a"), ("1", "b")]
        .map(|(name, text)| (name.to_owned(), Output::Blob(digest(text))))
        .into();
    let deps = Deps {
        outputs: BTreeMap::from([("command:first", &outputs)]),
        files: BTreeMap::from([(PathBuf::from("data/1.txt"), digest("1"))]),
        blobs: &NoBlobs,
    };
    let plan = second.node.lower(&deps).expect("a plan");
    let [action] = plan.actions.as_slice() else { panic!("one action") };
    assert_eq!(action.program, Program::User("join".to_owned()));
    assert_eq!(
        action.args,
        ["--all", "{in:0}", "{in:1}", "{in:2}", "{in:3}", "{in:4}", "-o={out:0}"]
    );
    assert_eq!(action.inputs.len(), 5);
    assert_eq!(action.env, BTreeMap::from([("LANG".to_owned(), "C".to_owned())]));
    assert_eq!((action.bounds.wall.as_secs(), action.retries), (5, 2));

    let done = [BTreeMap::from([("0".to_owned(), digest("c"))])];
    let finish = second
        .node
        .finish(&Done { actions: &done, deps: &deps.outputs, blobs: &NoBlobs })
        .expect("an end");
    assert_eq!(finish.publish[0].path, PathBuf::from("out/c"));
    assert_eq!(finish.outputs["0"].digest(), digest("c"));
}

#[test]
fn a_changed_argument_changes_the_declaration_and_a_new_name_does_not() {
    let declaration = |name: &str, flag: &str| {
        let text = format!(
            "memefile = 1\n[command.{name}]\nrun = [\"touch\", \"{flag}\", \"{{out}}\"]\n\
             outputs = [\"x\"]\n"
        );
        let loaded = Project::new(&[], &text).load().expect("a good Memefile");
        loaded.graph.nodes[0].node.declaration()
    };
    assert_eq!(declaration("a", "-a"), declaration("b", "-a"));
    assert_ne!(declaration("a", "-a"), declaration("a", "-b"));
}
