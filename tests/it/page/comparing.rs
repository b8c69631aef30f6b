//! Two builds side by side.

use super::{page, render};
use crate::project::Project;
use crate::samples;
use memebuild::contract::page::{Change, Changed, Comparison, ReportPage};
use memebuild::contract::verdict::Decision;

#[track_caller]
fn comparison(page: &ReportPage) -> &Comparison {
    page.comparison.as_ref().expect("there is more than one build")
}

#[track_caller]
fn change<'p>(page: &'p ReportPage, node: &str) -> &'p Change {
    let changes = &comparison(page).changes;
    changes.iter().find(|change| change.node == node).unwrap_or_else(|| panic!("{changes:#?}"))
}

fn edit(project: &Project, from: &str, to: &str) {
    let text = project.read("Memefile.toml");
    assert!(text.contains(from));
    project.write("Memefile.toml", text.replace(from, to));
}

#[test]
fn a_reworded_caption_shows_both_pictures_and_what_was_changed() {
    let project = samples::film();
    project.expect(0, &["build"]);
    let before = std::fs::read(project.root().join("artefacts/renders/hello@tiny.jpg")).unwrap();
    edit(&project, "text = \"hello\"", "text = \"good bye\"");
    project.expect(0, &["build"]);
    let now = page(&project, &[]);
    let film = change(&now, "render:hello@tiny");
    assert_eq!(film.what, Changed::Different);
    assert!(film.why.contains("\"hello\" → \"good bye\""), "{}", film.why);
    let old = film.poster_before.as_ref().expect("its bytes are still there");
    assert!(old.starts_with("artefacts/report/"), "{old}");
    assert_eq!(std::fs::read(project.root().join(old)).unwrap(), before);
    assert_eq!(film.poster_after, render(&now, "hello@tiny").poster);
    let named = |node: &str| comparison(&now).changes.iter().any(|change| change.node == node);
    assert!(!named("asset:music/beat"), "what is as it was is not told of");

    // A build in which nothing runs does not take the difference away; another may be asked for.
    std::fs::remove_file(project.root().join("artefacts/renders/hello@tiny.jpg")).unwrap();
    project.expect(0, &["build"]);
    let later = page(&project, &[]);
    assert_eq!(later.builds.len(), 3);
    assert_eq!(change(&later, "render:hello@tiny").what, Changed::Different);
    let newest = later.builds[1].build.clone();
    let since = page(&project, &["--against", &newest]);
    assert_eq!(comparison(&since).changes, []);
    let talk = project.expect(2, &["report", "--against", "zzz"]);
    assert!(talk.contains("there is no log of a build `zzz`"), "{talk}");
}

#[test]
fn a_film_that_is_rejected_is_worse_and_the_last_good_one_is_told_of() {
    let project = samples::film();
    project.expect(0, &["build"]);
    edit(&project, "at = \"0s..1.5s\"", "at = \"0s..0.2s\"");
    edit(&project, "[critic.default]", "[critic.default]\nmax-loudness = \"-60 LUFS\"");
    project.expect(3, &["build"]);
    let now = page(&project, &[]);
    let card = render(&now, "hello@tiny");
    assert_eq!(card.decision, Some(Decision::Reject));
    assert!(!card.findings.is_empty());
    assert_eq!(card.last_good.as_deref(), Some("artefacts/renders/hello@tiny.mp4"));
    assert_eq!(change(&now, "critic:hello@tiny").what, Changed::Worse);
    edit(&project, "at = \"0s..0.2s\"", "at = \"0s..1.5s\"");
    edit(&project, "\nmax-loudness = \"-60 LUFS\"", "");
    project.expect(0, &["build"]);
    let mended = page(&project, &[]);
    assert_eq!(change(&mended, "critic:hello@tiny").what, Changed::Better);
    assert_eq!(render(&mended, "hello@tiny").last_good, None);
}

#[test]
fn nodes_that_came_and_went() {
    let project = Project::new(&commands(&["one", "two"]));
    project.write("in.txt", "words");
    project.expect(0, &["build"]);
    project.write("Memefile.toml", commands(&["two", "three"]));
    project.expect(0, &["build"]);
    let now = page(&project, &[]);
    let changes: Vec<(&str, Changed)> =
        comparison(&now).changes.iter().map(|change| (&*change.node, change.what)).collect();
    let expected = [("command:one", Changed::Removed), ("command:three", Changed::Added)];
    assert_eq!(changes, expected);
}

fn commands(names: &[&str]) -> String {
    let command = |name: &&str| {
        format!(
            "[command.{name}]\nrun = [\"cp\", \"{{in}}\", \"{{out}}\"]\ninputs = [\"in.txt\"]\n\
             outputs = [\"out/{name}.txt\"]\n"
        )
    };
    format!("memefile = 1\n{}", names.iter().map(command).collect::<String>())
}
