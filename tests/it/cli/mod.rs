//! What each command says, as a person and as a program sees it.

mod cache;
mod commands;
mod film;
mod help;
mod json;

use crate::project::Project;

/// What a command printed, what it said about it, and its exit code.
fn said(project: &Project, args: &[&str]) -> String {
    let output = project.run(args);
    let mut text = String::from_utf8(output.stdout).expect("UTF-8");
    let talk = String::from_utf8(output.stderr).expect("UTF-8");
    if !talk.is_empty() {
        text += &format!("(talk)\n{talk}");
    }
    text += &format!("(exit {})\n", output.status.code().expect("it was not killed"));
    text.replace(project.root().to_str().expect("UTF-8"), "PROJECT")
}

/// Hides what differs between machines and runs: times, sizes, digests, names of builds.
fn steady() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    for (pattern, shown) in [
        (r"\d{8}-\d{6}-\d{3}-[0-9a-f]+", "[build]"),
        (r"\b[0-9a-f]{64}(/\d+)?", "[digest]"),
        (r"\b[0-9a-f]{12}\b", "[digits]"),
        (r" *\b(\d+ h \d\d min|\d+ min \d\d s|\d+(\.\d)? m?s)\b", " [time]"),
        (r" *\b\d+(\.\d)? [kMG]?B\b", " [size]"),
    ] {
        settings.add_filter(pattern, shown);
    }
    settings.bind_to_scope()
}
