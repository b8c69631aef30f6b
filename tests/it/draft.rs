//! Drafts: previews of everything first, whether or not the Memefile asks for them.

use crate::project::Project;
use crate::samples::film;
use memebuild::contract::event::Event;
use memebuild::engine::log;

/// Two films, one of which asks for a preview itself.
fn project() -> Project {
    let project = film();
    let memefile = project.read("Memefile.toml").replace("[\"tiny\", \"moving\"]", "[\"tiny\"]");
    project.write(
        "Memefile.toml",
        memefile
            + "
[composite.other]
duration = \"2s\"
background = \"wall\"
music = \"beat\"

[render.again]
composite = \"other\"
profiles = [\"preview\", \"moving\"]

[profile.preview]
size = \"48x80\"
fps = 6
segment = \"1s\"
min-duration = \"1s\"
preset = \"ultrafast\"
",
    );
    project
}

/// The renders in the order in which they were begun.
fn order(project: &Project) -> Vec<String> {
    let cache = project.root().join("cache");
    let last = &log::builds(&cache)[0];
    let mut begun: Vec<String> = Vec::new();
    for event in log::read(&cache, last).unwrap() {
        if let Event::ActionStarted { node, .. } = event
            && node.starts_with("render:")
            && !begun.contains(&node)
        {
            begun.push(node);
        }
    }
    begun
}

#[test]
fn drafts_of_everything_come_first() {
    let project = project();
    project.expect(0, &["build", "--draft", "-j", "1"]);
    let begun = order(&project);
    let is_draft: Vec<bool> = begun.iter().map(|node| node.ends_with("@preview")).collect();
    assert_eq!(is_draft, [true, true, false, false], "{begun:?}");
    for file in ["hello@preview.mp4", "hello@preview.jpg", "again@preview.mp4", "hello@tiny.mp4"] {
        assert!(project.root().join("artefacts/renders").join(file).exists(), "{file}");
    }
    // Nothing is to do, and what a plain build makes is there, by the same keys.
    let talk = project.expect(0, &["build", "--draft"]);
    assert!(talk.contains("nothing to do"), "{talk}");
    let plain = project.statuses();
    assert!(plain.values().all(|status| status == "fresh"), "{plain:?}");
    assert!(
        !plain.contains_key("render:hello@preview") && plain.contains_key("render:again@preview")
    );
}

#[test]
fn with_targets_their_drafts_are_built() {
    let project = project();
    project.expect(0, &["build", "--draft", "-j", "1", "render:hello@tiny"]);
    assert_eq!(order(&project), ["render:hello@preview", "render:hello@tiny"]);
    // One that only a draft has can be asked for by name.
    let unknown = project.expect(2, &["build", "render:hello@preview"]);
    assert!(unknown.contains("render:hello@preview"), "{unknown}");
    project.expect(0, &["build", "--draft", "render:hello@preview"]);
}
