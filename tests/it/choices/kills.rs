//! A director that is killed, anywhere, and goes on.

use super::directors::{copy, played, project, renders, told};
use super::{KEY, mind, run};
use crate::chooser::server::Model;
use crate::project::Project;
use crate::soak::rounds;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// Has the model be asked elsewhere, which changes no question.
fn ask_at(project: &Project, url: &str) {
    let text = project.read("Memefile.toml");
    let (before, rest) = text.split_once("url = \"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    project.write("Memefile.toml", format!("{before}url = \"{url}\"{after}"));
}

/// Builds until so many lines of events were seen, and kills. Whether it ended before.
fn killed_after(project: &Project, lines: usize) -> bool {
    let mut command = project.command(&["build", "director:show", "--events", "-"]);
    let command = command.env("TEST_KEY", KEY).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let seen = BufReader::new(child.stdout.take().unwrap()).lines().take(lines).count();
    if seen < lines {
        assert!(child.wait().unwrap().success());
        return true;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

#[test]
fn killed_anywhere_it_ends_as_if_nothing_had_been() {
    let model = Model::play(played());
    let base = project("mind", &mind(&model.url));
    let whole = copy(&base);
    assert!(run(&whole, &["build"]).status.success());
    let (film, events) = (renders(&whole), event_lines(&copy(&base)));
    drop(model);

    let tried = rounds(3, 200) as usize;
    for round in 0..tried {
        let at = 1 + round * events / tried;
        let model = Model::play(played());
        let project = copy(&base);
        ask_at(&project, &model.url);
        killed_after(&project, at);
        let asked = model.asked().len();
        let resumed = run(&project, &["director", "resume", "show"]);
        let talk = String::from_utf8_lossy(&resumed.stderr);
        assert!(resumed.status.success(), "killed at event {at}, after {asked} calls: {talk}");
        assert!(model.asked().len() <= 5, "killed at event {at}: at most one call twice");
        if model.asked().len() == 4 {
            assert_eq!(renders(&project), film, "killed at event {at}");
        } else {
            assert_eq!(told(&project)["outcome"]["state"], "accepted");
        }
    }
}

/// Lines of events of a whole build.
fn event_lines(project: &Project) -> usize {
    let model = Model::play(played());
    ask_at(project, &model.url);
    let output = run(project, &["build", "director:show", "--events", "-"]);
    String::from_utf8_lossy(&output.stdout).lines().count()
}
