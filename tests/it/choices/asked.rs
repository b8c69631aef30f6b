//! Who is asked, and who is not: only those directors go on that somebody wants.

use super::directors::{picks, project, told};
use super::{build, mind, run};
use crate::chooser::server::{Answer, Model};
use crate::project::Project;
use std::path::Path;

/// Two directors, one of which is pinned nowhere and wants the first it sees; and something that is made
/// of the other.
fn two(url: &str) -> Project {
    let more = "[director.other]\nchoice = \"who\"\nprofiles = [\"tiny\"]\nturns = 1\n\
        [command.note]\nrun = [\"sh\", \"-c\", \"echo noted >$0\", \"{out}\"]\n\
        inputs = [\"director:show#film-tiny\"]\noutputs = [\"out/note\"]\n\
        [command.alone]\nrun = [\"sh\", \"-c\", \"echo alone >$0\", \"{out}\"]\noutputs = [\"out/alone\"]\n";
    project("mind", &format!("{}{more}", mind(url)))
}

/// The directors that asked, by their transcripts.
fn asked(root: &Path) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(root.join("cache/state/directors")) else { return vec![] };
    let mut names: Vec<String> =
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn only_directors_that_targets_concern_are_asked() {
    let (show, other) = ("show.jsonl".to_owned(), "other.jsonl".to_owned());
    for (targets, directors) in [
        (&["asset:*", "command:al*"][..], vec![]),
        (&["*alone"], vec![]),
        (&["alone"], vec![]),
        (&["director:sh*"], vec![&show]),
        (&["render:{show,tell}/*"], vec![&show]),
        (&["critic:other*", "alone"], vec![&other]),
        (&["command:note"], vec![&show]),
        (&["*@tiny"], vec![&other, &show]),
    ] {
        let model = Model::play(vec![Answer::calls("decide", &picks("clip"))]);
        let project = two(&model.url);
        build(&project, 0, targets);
        assert_eq!(asked(project.root()).iter().collect::<Vec<_>>(), directors, "{targets:?}");
        // Both ask the same, which is asked once.
        assert_eq!(model.asked().len(), directors.len().min(1), "{targets:?}");
    }
}

#[test]
fn a_choice_is_made_for_the_renders_that_are_wanted() {
    let more = "[render.out]\nchoice = \"place\"\nprofiles = [\"tiny\"]\n\
        [render.plain]\ncomposite = \"hello\"\nprofiles = [\"tiny\"]\n\
        [chooser.hand]\nkind = \"host\"\n";
    let project = super::project("hand", more);
    build(&project, 0, &["render:pl*", "asset:*"]);
    build(&project, 4, &["render:o*"]);
    build(&project, 4, &["out@tiny"]);
    let (_, talk) = build(&project, 2, &["render:nothing"]);
    assert!(talk.contains("no node matches `render:nothing`"), "{talk}");
}

#[test]
fn a_plan_says_which_directors_go_on() {
    let model = Model::play(vec![Answer::calls("decide", &picks("clip"))]);
    let project = two(&model.url);
    let plan = |args: &[&str]| {
        let output = run(&project, &[&["plan"], args].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let told = text.lines().filter(|line| line.starts_with("director "));
        told.map(str::to_owned).collect::<Vec<_>>()
    };
    let goes_on = |name: &str| format!("director {name}: turn 1 is asked, and then it goes on");
    assert_eq!(plan(&[]), [goes_on("other"), goes_on("show")]);
    assert_eq!(plan(&["director:show"]), [goes_on("show")]);
    assert_eq!(plan(&["render:ot*"]), [goes_on("other")]);
    assert_eq!(model.asked().len(), 0, "a plan asks nobody");
    build(&project, 0, &["director:show"]);
    assert_eq!(told(&project)["outcome"]["state"], "accepted");
    assert_eq!(plan(&[]), [goes_on("other")]);
    let output = run(&project, &["plan", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected =
        serde_json::json!([{ "director": "other", "at": { "event": "asks", "turn": 1 } }]);
    assert_eq!(document["directors"], expected);
}
