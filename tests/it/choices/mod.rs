//! Choices: whoever decides, everything around it is deterministic, cached and replayable.

mod asked;
mod changed;
mod directors;
mod ends;
mod fakellm;
mod kills;
mod mends;

use crate::chooser::server::{Answer, Model};
use crate::project::Project;
use crate::samples::film;
use memebuild::contract::check::breaches;
use memebuild::contract::registry;
use memebuild::contract::schema::Side;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

/// A key that must be seen nowhere.
pub const KEY: &str = "sk-never-to-be-seen";

/// A film that is to be had with two backgrounds, and words of its own.
pub const CHOICE: &str = r#"
[choice.place]
brief = "a calm place, and what one says there"
composite = "hello"
chooser = "CHOOSER"
slots.background = { id = "*" }
captions = "write"
longest = 20
"#;

const RENDER: &str = "[render.out]\nchoice = \"place\"\nprofiles = [\"tiny\"]\n";

/// The film's project, with what is chosen in it and who chooses.
pub fn project(chooser: &str, more: &str) -> Project {
    let project = film();
    let text = project.read("Memefile.toml").replace("media/wall.png", "media/*.png");
    let (head, _) = text.split_once("[render.hello]").unwrap();
    let choice = CHOICE.replace("CHOOSER", chooser);
    project.write("Memefile.toml", format!("{head}{choice}{more}"));
    let door = image::RgbImage::from_fn(96, 160, |x, y| image::Rgb([x as u8, 90, y as u8]));
    door.save(project.root().join("media/door.png")).unwrap();
    project
}

/// A chooser that asks a model.
pub fn mind(url: &str) -> String {
    format!(
        "[chooser.mind]\nkind = \"openai\"\nurl = \"{url}\"\nmodel = \"test-1\"\nkey-env = \"TEST_KEY\"\n\
         patience = \"20s\"\n"
    )
}

pub fn run(project: &Project, args: &[&str]) -> Output {
    project.command(args).env("TEST_KEY", KEY).output().unwrap()
}

/// Builds and expects this exit code: the document, and the talk.
#[track_caller]
pub fn build(project: &Project, code: i32, args: &[&str]) -> (Value, String) {
    let args: Vec<&str> = ["build", "--format", "json"].iter().chain(args).copied().collect();
    let output = run(project, &args);
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{talk}");
    (serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), talk)
}

/// What a command prints for programs, which satisfies the contract of that name at both ends.
#[track_caller]
pub fn document(project: &Project, contract: &str, args: &[&str]) -> Value {
    let output = run(project, &[args, &["--format", "json"]].concat());
    let contract = registry::find(contract).unwrap();
    contract.parse(&output.stdout).unwrap_or_else(|broken| panic!("{args:?}: {broken}"));
    let document = serde_json::from_slice(&output.stdout).unwrap();
    for side in Side::BOTH {
        let found = breaches(&contract.schema(side), &document).unwrap();
        assert!(found.is_empty(), "{args:?}, {}: {found:?}", side.as_str());
    }
    document
}

pub fn decides(background: &str, caption: &str) -> Answer {
    Answer::calls("decide", &decision(background, caption))
}

pub fn decision(background: &str, caption: &str) -> Value {
    json!({ "picks": { "background": background }, "captions": [caption], "reason": "it is calm" })
}

/// Every file of the project that holds a text.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if std::fs::read(&path)
            .is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn rules_take_the_best_and_nothing_is_asked_twice() {
    let project = project("rules", RENDER);
    let (first, _) = build(&project, 0, &[]);
    assert!(first["ran"].as_u64().unwrap() > 5, "{first:#}");
    let lock = project.read("Memefile.lock");
    assert!(lock.contains("[choice.place.chosen]"), "{lock}");
    let (second, _) = build(&project, 0, &[]);
    assert_eq!((&second["actions_ran"], &second["ran"]), (&json!(0), &json!(0)), "{second:#}");
    assert!(project.root().join("artefacts/renders/out@tiny.mp4").is_file());
    // And then nothing is even looked at.
    let talk = project.expect(0, &["build"]);
    assert!(talk.contains("all fresh"), "{talk}");
}

#[test]
fn a_model_is_asked_once_and_never_again() {
    let model = Model::play(vec![decides("door", "so calm")]);
    let project = project("mind", &format!("{}{RENDER}", mind(&model.url)));
    build(&project, 0, &[]);
    assert_eq!(model.asked().len(), 1);
    assert!(model.asked()[0].head.contains(KEY));
    drop(model);
    let film = project.files("artefacts");
    let (again, _) = build(&project, 0, &["--locked", "--offline"]);
    assert_eq!(again["actions_ran"], 0, "{again:#}");
    assert_eq!(holding(project.root(), KEY), Vec::<String>::new(), "the key was written down");

    // On another machine there is only what is in version control.
    std::fs::remove_dir_all(project.root().join("cache")).unwrap();
    std::fs::remove_dir_all(project.root().join("artefacts")).unwrap();
    build(&project, 0, &["--locked", "--offline"]);
    assert_eq!(project.files("artefacts/renders"), {
        let mut renders = film;
        renders.retain(|path, _| path.starts_with("artefacts/renders"));
        renders
    });
}

#[test]
fn nobody_is_asked_for_what_is_not_wanted() {
    let model = Model::play(vec![decides("door", "so calm")]);
    let project = project("mind", &format!("{}{RENDER}", mind(&model.url)));
    let list = document(&project, "choice-list", &["choice", "ls"]);
    let unasked = json!([{ "name": "place", "chooser": "openai", "state": "not-asked" }]);
    assert_eq!(list["choices"], unasked);
    build(&project, 0, &["asset:*"]);
    assert_eq!(model.asked().len(), 0);
}

#[test]
fn a_pin_outlives_what_was_shown_and_is_asked_anew_on_demand() {
    let model = Model::play(vec![decides("door", "so calm"), decides("wall", "calmer")]);
    let project = project("mind", &format!("{}{RENDER}", mind(&model.url)));
    build(&project, 0, &[]);
    // Another brief is another question, to which the answer still is one.
    let text = project.read("Memefile.toml");
    project.write("Memefile.toml", text.replace("a calm place", "a quiet place"));
    let (kept, _) = build(&project, 0, &["--locked"]);
    let choice = kept["results"].as_array().unwrap().iter().find(|r| r["node"] == "choice:place");
    let notes = choice.unwrap()["notes"].to_string();
    assert!(notes.contains("stale: what it was shown has changed since"), "{notes}");
    assert_eq!(model.asked().len(), 1);

    project.expect(0, &["choice", "update", "place"]);
    let (_, talk) = build(&project, 1, &["--locked"]);
    assert!(talk.contains("error[locked]"), "{talk}");
    build(&project, 0, &[]);
    assert_eq!(model.asked().len(), 2);
    assert!(project.read("Memefile.lock").contains("calmer"));

    // An answer that is none any more is not kept.
    let text = project.read("Memefile.toml");
    project.write("Memefile.toml", text.replace("{ id = \"*\" }", "{ id = \"door\" }"));
    let (_, talk) = build(&project, 1, &["--offline"]);
    assert!(talk.contains("error[offline]"), "{talk}");
}

#[test]
fn a_person_decides_and_can_only_pick_what_was_shown() {
    let project = project("host", RENDER);
    let (waits, _) = build(&project, 4, &[]);
    let node = |document: &Value| {
        let results = document["results"].as_array().unwrap().clone();
        results.into_iter().find(|result| result["node"] == "choice:place").unwrap()
    };
    assert_eq!(node(&waits)["status"], "waiting", "{waits:#}");
    let show = String::from_utf8(run(&project, &["choice", "show", "place"]).stdout).unwrap();
    insta::assert_snapshot!(show);
    let list = String::from_utf8(run(&project, &["choice", "ls"]).stdout).unwrap();
    insta::assert_snapshot!(list, @r"
    CHOICE  CHOOSER  STATE
    place   host     waits
    ");

    let list = document(&project, "choice-list", &["choice", "ls"]);
    assert_eq!(list["choices"], json!([{ "name": "place", "chooser": "host", "state": "waits" }]));
    let shown = document(&project, "choice-shown", &["choice", "show", "place"]);
    assert_eq!(shown["request"]["brief"], "a calm place, and what one says there");

    let submit = |picks: &str, caption: &str| {
        run(&project, &["choice", "submit", "place", "--pick", picks, "--caption", caption])
    };
    for (picks, caption, why) in [
        ("background=cellar", "hi", "`cellar` is not among its candidates"),
        ("background=../door", "hi", "is not SLOT=ID"),
        ("music=beat", "hi", "nothing is picked for `background`"),
        ("background=door", "much too long to be read", "longer than 20 characters"),
    ] {
        let refused = submit(picks, caption);
        let talk = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{talk}");
        assert!(talk.contains(why), "{talk}");
    }
    assert!(submit("background=door", "so calm").status.success());
    let (built, _) = build(&project, 0, &[]);
    assert_eq!(node(&built)["status"], "ran");
    let show = String::from_utf8(run(&project, &["choice", "show", "place"]).stdout).unwrap();
    assert!(show.contains("background: door") && show.contains("so calm"), "{show}");
    let list = document(&project, "choice-list", &["choice", "ls"]);
    assert_eq!(list["choices"][0]["decision"]["picks"], json!({ "background": "door" }));
    let shown = document(&project, "choice-shown", &["choice", "show", "place"]);
    assert_eq!((&shown["state"], &shown["answer"]["chooser"]), (&json!("chosen"), &json!("host")));
}

#[test]
fn a_program_decides() {
    let more = "[chooser.mine]\nkind = \"command\"\nrun = [\"./choose.sh\", \"{in}\", \"{out}\"]\n";
    let project = project("mine", &format!("{more}{RENDER}"));
    let script = |decision: &Value| {
        let mut document = decision.clone();
        document["schemaVersion"] = json!(1);
        let text =
            format!("#!/bin/sh\ngrep -q brief \"$1\" && cat >\"$2\" <<'END'\n{document}\nEND\n");
        project.write("choose.sh", text);
        use std::os::unix::fs::PermissionsExt;
        let path = project.root().join("choose.sh");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    script(&decision("cellar", "hi"));
    let (_, talk) = build(&project, 1, &[]);
    assert!(talk.contains("`cellar` is not among its candidates"), "{talk}");
    script(&decision("wall", "hi"));
    build(&project, 0, &[]);
    assert!(project.read("Memefile.lock").contains("chooser = \"command\""));
    // It is another program, and what was chosen stays.
    script(&decision("door", "hi"));
    build(&project, 0, &["--locked"]);
    assert!(project.read("Memefile.lock").contains("background = \"wall\""));
}
