//! Transcripts of directors on disk: `cache/state/directors/NAME.jsonl`, a line an event, flushed
//! before what it says is done. A build goes on where they end; a run that goes another way than its
//! transcript begins a new one, unless it was to go on exactly so.

use super::project::Project;
use super::state;
use crate::contract::transcript::Line;
use crate::diagnostic::Diagnostic;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// Where the transcript of a director is kept.
pub fn path(project: &Project, director: &str) -> PathBuf {
    // Names of sections may have slashes; a `+` they never have.
    project.cache.join(format!("state/directors/{}.jsonl", director.replace('/', "+")))
}

/// The lines of a director's last run; none that a kill cut off.
pub fn read(project: &Project, director: &str) -> Vec<Line> {
    whole(&std::fs::read(path(project, director)).unwrap_or_default()).0
}

/// The lines that are whole, and how many bytes they take.
fn whole(text: &[u8]) -> (Vec<Line>, u64) {
    let mut bytes = 0;
    let lines = text.split_inclusive(|byte| *byte == b'\n').map_while(|line| {
        let parsed = serde_json::from_slice(line.strip_suffix(b"\n")?).ok()?;
        bytes += line.len() as u64;
        Some(parsed)
    });
    (lines.collect(), bytes)
}

/// Writes what directors did so far, and what they are about to do. `strict`: what is there already
/// must be what they do again.
///
/// # Errors
/// The first event that differs; a disk that is full.
pub fn write<'t>(
    project: &Project,
    transcripts: impl Iterator<Item = (&'t str, &'t [Line])>,
    strict: bool,
) -> Result<(), Diagnostic> {
    for (director, lines) in transcripts {
        let (old, bytes) = whole(&std::fs::read(path(project, director)).unwrap_or_default());
        let same = old.iter().zip(lines).take_while(|(old, new)| old == new).count();
        if same == lines.len() {
            // An earlier run went further, as far as this one has gone.
            continue;
        }
        if same < old.len() && strict {
            return Err(differs(director, same, &old[same], &lines[same]));
        }
        let written = match same == old.len() && same > 0 {
            true => append(project, director, bytes, &lines[same..]),
            false => begin(project, director, lines),
        };
        written.map_err(|e| {
            Diagnostic::error(
                "io",
                format!("cannot write the transcript of director `{director}`: {e}"),
            )
        })?;
    }
    Ok(())
}

fn text(lines: &[Line]) -> Vec<u8> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line).expect("lines serialise");
        text.push(b'\n');
    }
    text
}

fn begin(project: &Project, director: &str, lines: &[Line]) -> std::io::Result<()> {
    let path = path(project, director);
    state::replace(&path, &text(lines))?;
    OpenOptions::new().append(true).open(path)?.sync_data()
}

/// Adds lines behind so many bytes, which are all that is whole of the file.
fn append(project: &Project, director: &str, bytes: u64, lines: &[Line]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(path(project, director))?;
    // What a kill cut off is taken away first.
    file.set_len(bytes)?;
    file.write_all(&text(lines))?;
    file.sync_data()
}

fn differs(director: &str, at: usize, old: &Line, new: &Line) -> Diagnostic {
    let shown = |line: &Line| serde_json::to_string(line).expect("lines serialise");
    let message = format!("director `{director}` does something else than its transcript says");
    Diagnostic::error("diverged", message)
        .note(format!("event {} was    {}", at + 1, shown(old)))
        .note(format!("event {} is now {}", at + 1, shown(new)))
        .hint("an asset, the Memefile, a tool or the lock changed since; `memebuild build` begins anew")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_whole_with_its_end() {
        let first = text(&[Line::Asks { turn: 1 }]);
        let both = text(&[Line::Asks { turn: 1 }, Line::Declined { turn: 1, why: "nö".into() }]);
        let mid_letter = both.len() - 4;
        assert!(std::str::from_utf8(&both[..mid_letter]).is_err());
        for cut in [first.len(), first.len() + 1, mid_letter, both.len() - 1] {
            let (lines, bytes) = whole(&both[..cut]);
            assert_eq!((lines.len(), bytes), (1, first.len() as u64), "cut at {cut}");
        }
        assert_eq!(whole(&both).1, both.len() as u64);
        assert_eq!(whole(&first[..first.len() - 1]), (Vec::new(), 0));
    }
}
