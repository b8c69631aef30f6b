//! Lines for people: one for each node that did something, and one for the whole.

use super::fold::Fold;
use super::text::{self, duration, shown};
use crate::contract::event::{Event, Status};
use anstyle::{AnsiColor, Style};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const QUIET: Style = Style::new().dimmed();

/// The lines that an event is worth while a build runs; none for most. Styled with ANSI codes,
/// which the writer drops where they are not wanted.
pub fn of_event(event: &Event) -> Vec<String> {
    match event {
        Event::NodeFinished { node, status, why, wall_ms, accepted, notes, mock, .. } => {
            let mark = if *mock { " (mock)" } else { "" };
            let node = shown(node);
            match (status, accepted) {
                (Status::Ran, Some(false)) => {
                    with_notes(line("rejected", BAD, &format!("{node}{mark}"), ""), notes)
                }
                (Status::Ran, _) => {
                    let took = format!("{QUIET}{}{QUIET:#}", duration(*wall_ms));
                    with_notes(line("ran", GOOD, &format!("{node}{mark}"), &took), notes)
                }
                (Status::Waiting, _) => {
                    let why = shown(why);
                    vec![line("waits", AnsiColor::Yellow.on_default().bold(), &node, &why)]
                }
                (Status::Failed, _) => {
                    // What failed often begins with the node's name, which stands there already.
                    let why = shown(why);
                    let rest = why.strip_prefix(&node).unwrap_or(&why);
                    vec![line("failed", BAD, &node, rest.trim_start_matches([':', ' ']))]
                }
                _ => Vec::new(),
            }
        }
        Event::SourceFinished { source, items, fetched, missing, bytes, notes, .. } => {
            let mut rest = format!("{items} pinned");
            if *fetched > 0 {
                rest += &format!(", {fetched} of them new here ({})", text::bytes(*bytes));
            }
            let word = if *missing > 0 {
                rest += &format!(", {missing} could not be fetched");
                line("incomplete", BAD, &shown(source), &rest)
            } else {
                line("fetched", GOOD, &shown(source), &rest)
            };
            with_notes(word, notes)
        }
        Event::Warning { node, message, .. } => {
            vec![line(
                "warning",
                AnsiColor::Yellow.on_default().bold(),
                &shown(node),
                &shown(message),
            )]
        }
        _ => Vec::new(),
    }
}

fn with_notes(first: String, notes: &[String]) -> Vec<String> {
    let indented = notes.iter().map(|note| format!("{:13}{}", "", shown(note)));
    std::iter::once(first).chain(indented).collect()
}

/// A word on the right of a column, as cargo does, then what it speaks of.
fn line(word: &str, style: Style, subject: &str, rest: &str) -> String {
    let gap = if rest.is_empty() { "" } else { "  " };
    format!("{style}{word:>12}{style:#} {subject}{gap}{rest}")
}

/// The last line of a build: `24 nodes: 3 ran, 1 cut off, 20 fresh; 1 rejected; 4.2 s, and the
/// cache saved 1 min 10 s`.
pub fn summary(fold: &Fold) -> String {
    let mocks = match fold.mocks() {
        0 => String::new(),
        count => format!("; {count} of them made of mocks, and not for release"),
    };
    if fold.nodes > 0 && fold.count(Status::Fresh) == fold.nodes && fold.rejected == 0 {
        return up_to_date(fold.nodes, fold.saved_ms) + &mocks;
    }
    let parts = [
        (Status::Failed, "failed"),
        (Status::Skipped, "skipped"),
        (Status::Waiting, "waiting"),
        (Status::Ran, "ran"),
        (Status::Hit, "from the cache"),
        (Status::Cutoff, "cut off"),
        (Status::Fresh, "fresh"),
    ];
    let counts: Vec<String> = parts
        .iter()
        .filter(|(status, _)| fold.count(*status) > 0)
        .map(|(status, word)| format!("{} {word}", fold.count(*status)))
        .collect();
    let mut text = format!("{}: {}", nodes(fold.nodes), counts.join(", "));
    if fold.rejected > 0 {
        text += &format!("; {} rejected", fold.rejected);
    }
    text += &format!("; {}", duration(fold.wall_ms));
    if fold.saved_ms > 0 {
        text += &format!(", and the cache saved {}", duration(fold.saved_ms));
    }
    text += &mocks;
    let bad = fold.count(Status::Failed) > 0 || fold.rejected > 0;
    line(if bad { "finished" } else { "done" }, if bad { BAD } else { GOOD }, &text, "")
}

/// The last line of a build with nothing to do.
pub fn up_to_date(count: u64, saved_ms: u64) -> String {
    let saved = if saved_ms > 0 {
        format!("; the cache saved {}", duration(saved_ms))
    } else {
        String::new()
    };
    line("done", GOOD, &format!("{}, all fresh: nothing to do{saved}", nodes(count)), "")
}

fn nodes(count: u64) -> String {
    if count == 1 { "1 node".to_owned() } else { format!("{count} nodes") }
}
