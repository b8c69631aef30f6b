//! `reviews.toml`: what people said of films counts in their verdicts, and costs no rendering.

use crate::project::Project;
use crate::samples::film;
use memebuild::contract::review;
use memebuild::contract::verdict::Decision::{self, Accept, Reject};
use memebuild::engine::project::Project as Engine;
use memebuild::engine::reviews;

const RENDER: &str = "hello@tiny";

fn say(project: &Project, decision: Option<Decision>, note: &str) {
    let engine = Engine::find(project.root()).unwrap();
    reviews::say(&engine, RENDER, decision, note).unwrap();
}

/// The document of a build that ends so.
fn build(project: &Project, code: i32) -> serde_json::Value {
    let output = project.run(&["build", "--format", "json"]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{talk}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_rejected_film_is_rejected_until_that_is_taken_back() {
    let project = film();
    project.expect(0, &["build"]);
    let good = project.files("artefacts/renders");
    say(&project, Some(Reject), "the caption hides the face");
    let document = build(&project, 3);
    assert_eq!((&document["rejected"], &document["actions_ran"]), (&1.into(), &1.into()));
    let talk = document["results"].to_string();
    assert!(talk.contains("a person has rejected it"), "{talk}");
    assert!(talk.contains("the caption hides the face"), "{talk}");
    assert!(project.root().join("artefacts/renders/hello@tiny.rejected.mp4").is_file());

    say(&project, Some(Accept), "on second thoughts");
    assert_eq!(build(&project, 0)["rejected"], 0);
    say(&project, None, "");
    let again = build(&project, 0);
    assert_eq!(again["actions_ran"], 0, "nobody said anything of it before either: {again}");
    assert_eq!(project.files("artefacts/renders"), good);
    assert_eq!(review::parse(&project.read("reviews.toml")), Ok(review::Reviews::default()));
}

#[test]
fn a_review_is_of_the_film_that_was_seen() {
    let project = film();
    project.expect(0, &["build"]);
    say(&project, Some(Reject), "too loud");
    project.expect(3, &["build"]);
    let quieter = project.read("Memefile.toml").replace("gain = \"-6dB\"", "gain = \"-12dB\"");
    project.write("Memefile.toml", quieter);
    assert_eq!(build(&project, 0)["rejected"], 0, "it is another film now");
}

#[test]
fn where_approval_is_needed_nothing_is_released_unseen() {
    let project = film();
    let strict = project.read("Memefile.toml");
    let strict = strict.replace("[critic.default]\n", "[critic.default]\napproval = \"error\"\n");
    project.write("Memefile.toml", strict);
    let talk = project.expect(3, &["build"]);
    assert!(talk.contains("nobody has approved it"), "{talk}");
    say(&project, Some(Accept), "");
    let talk = project.expect(3, &["build"]);
    assert!(talk.contains("1 rejected"), "the other one is still unseen: {talk}");
    assert!(project.root().join("artefacts/renders/hello@tiny.mp4").is_file());
}

#[test]
fn a_file_that_is_no_such_file_is_told() {
    let project = film();
    project.expect(0, &["build"]);
    project.write("reviews.toml", "version = 1\n[render.hello]\ndecision = \"perhaps\"\n");
    let talk = project.expect(2, &["build"]);
    assert!(talk.contains("cannot read reviews.toml"), "{talk}");
    assert!(talk.contains("perhaps"), "{talk}");
    let engine = Engine::find(project.root()).unwrap();
    let problem = reviews::say(&engine, RENDER, Some(Accept), "").unwrap_err();
    assert_eq!(problem.code, "bad-reviews", "what a person wrote is not written over");
    let problem = reviews::say(&engine, "nothing@tiny", Some(Accept), "").unwrap_err();
    assert_eq!(problem.code, "unknown-render");
}
