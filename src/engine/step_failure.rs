//! The diagnostic of a step of our own, read back from what it said.
//!
//! `memebuild tool` shows a failure as every command does: `error[code]: message`, then notes and
//! hints. What it says becomes the headline of the node's failure, in place of its exit code. Codes that somebody acts upon
//! are kept: what a chooser would not do is for its director to tell.

use crate::contract::decision::FAILURES;
use crate::diagnostic::Diagnostic;

const NOTE: &str = "= note: ";
const HELP: &str = "= help: ";

/// The first error in what a step said, with `hints` of the executor's after its own. `None` if it
/// said no error that can be read: it was killed, say.
pub fn read(said: &str, what: &str, hints: Vec<String>) -> Option<Diagnostic> {
    let mut lines = said.lines().skip_while(|line| !line.starts_with("error["));
    let (said, message) = lines.next()?.strip_prefix("error[")?.split_once("]: ")?;
    let code = FAILURES.into_iter().find(|code| *code == said).unwrap_or("step");
    let mut diagnostic = Diagnostic::error(code, format!("{what}: {message}"));
    let mut last: Option<&mut String> = None;
    for line in lines.map(str::trim).take_while(|line| !line.starts_with("error[")) {
        if let Some(note) = line.strip_prefix(NOTE) {
            diagnostic.notes.push(note.to_owned());
            last = diagnostic.notes.last_mut();
        } else if let Some(hint) = line.strip_prefix(HELP) {
            diagnostic.hints.push(hint.to_owned());
            last = diagnostic.hints.last_mut();
        } else if let Some(text) = last.as_deref_mut().filter(|_| !matches!(line, "" | "|")) {
            text.push('\n');
            text.push_str(line);
        }
    }
    diagnostic.hints.extend(hints);
    Some(diagnostic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::render::{Style, render};

    #[test]
    fn what_a_step_shows_is_read_back() {
        let shown = Diagnostic::error("bad-asset", "`a.mp4` is a playlist")
            .note("it names other files\nby their paths")
            .hint("use the film itself");
        let said = format!("ffmpeg said something\n{}", render(&shown, Style::default()));
        let read = read(&said, "asset:music/a", vec!["by hand".to_owned()]).unwrap();
        assert_eq!(read.message, "asset:music/a: `a.mp4` is a playlist");
        assert_eq!(read.notes, shown.notes);
        assert_eq!(read.hints, ["use the film itself", "by hand"]);
        assert_eq!(read.code, "step");
        let refused = super::read("error[chooser-refused]: no\n", "choice:a", Vec::new()).unwrap();
        assert_eq!(refused.code, "chooser-refused");
    }

    #[test]
    fn a_step_that_said_nothing_has_no_diagnostic_of_its_own() {
        assert_eq!(read("Killed\n", "asset:music/a", Vec::new()), None);
    }
}
