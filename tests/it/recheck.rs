//! `build --verify-sample`: what was taken from the cache is run again, and compared.

use crate::project::Project;
use crate::samples::film;

fn verify(project: &Project, code: i32) -> String {
    project.expect(code, &["build", "--verify-sample", "100%"])
}

#[test]
fn every_step_of_a_film_makes_the_same_bytes_again() {
    let project = film();
    project.expect(0, &["build"]);
    let talk = verify(&project, 0);
    for of in ["asset", "caption", "composite", "conform", "critic", "manifest", "render"] {
        let line = talk.lines().find(|line| line.contains(&format!(" {of}: ")));
        let line = line.unwrap_or_else(|| panic!("nothing of {of} in:\n{talk}"));
        assert!(line.trim_end().ends_with("the same bytes"), "{line}");
        assert_eq!(line.matches(',').count(), 0, "{line}");
    }
    // Only so many, and none of it is a change to anything.
    let some = project.expect(0, &["build", "--verify-sample", "10%"]);
    assert!(some.matches("run again").count() <= 3, "{some}");
    assert_eq!(project.build()["actions_ran"], 0);
}

#[test]
fn what_comes_out_different_is_named() {
    let project = Project::new(
        r#"
memefile = 1
[command.clock]
run = ["sh", "-c", 'date +%N >"$0"', "{out}"]
outputs = ["artefacts/clock"]
[command.steady]
run = ["sh", "-c", 'echo tick >"$0"', "{out}"]
outputs = ["artefacts/steady"]
"#,
    );
    project.expect(0, &["build"]);
    let before = project.read("artefacts/clock");
    let talk = verify(&project, 1);
    assert!(talk.contains("command:clock was run again and came out different"), "{talk}");
    assert!(talk.contains("2 command: 1 different, 1 the same bytes"), "{talk}");
    assert!(!talk.contains("command:steady was"), "{talk}");
    assert_eq!(project.read("artefacts/clock"), before, "nothing was replaced");
    let talk = project.expect(2, &["build", "--verify-sample", "lots"]);
    assert!(talk.contains("0% to 100%"), "{talk}");
}
