//! The first and the last of what a program printed, however much that was.

use std::collections::VecDeque;
use std::fmt;

/// Bytes kept from the beginning.
const HEAD: usize = 16 << 10;
/// Bytes kept from the end.
const TAIL: usize = 48 << 10;

/// What a program printed: everything, or its head and its tail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// Bytes between them that were let go.
    omitted: u64,
}

impl Capture {
    pub fn push(&mut self, bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        self.tail.extend(&bytes[room..]);
        let excess = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..excess);
        self.omitted += excess as u64;
    }

    pub fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// As text for a terminal: no control characters, whatever the program or a tag in a hostile
    /// file wanted to print; carriage returns count as line ends.
    pub fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.omitted > 0 {
            text.push_str(&format!("\n… {} bytes left out …\n", self.omitted));
        }
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        text.push_str(&String::from_utf8_lossy(&tail));
        text.chars()
            .map(|c| match c {
                '\n' | '\t' => c,
                '\r' => '\n',
                c if c.is_control() => '\u{fffd}',
                c => c,
            })
            .collect()
    }

    /// The last lines that matter, at most `most`: errors where the program marks them, else the
    /// last it said; without progress, repetition, blank lines and ffmpeg's addresses.
    pub fn lines_that_matter(&self, most: usize) -> Vec<String> {
        let text = self.text();
        let mut lines: Vec<String> = Vec::new();
        for line in text.lines().map(str::trim_end) {
            let line = without_address(line);
            let progress = line.starts_with("frame=") || line.starts_with("size=");
            if !line.is_empty() && !progress && lines.last() != Some(&line) {
                lines.push(line);
            }
        }
        let grave = |line: &String| {
            ["[error]", "[fatal]", "[panic]"].iter().any(|mark| line.contains(mark))
        };
        if lines.iter().any(grave) {
            lines.retain(grave);
        }
        lines.drain(..lines.len().saturating_sub(most));
        lines
    }
}

/// `[mov @ 0x55d0c8] [error] moov atom not found` without its ` @ 0x55d0c8`.
fn without_address(line: &str) -> String {
    let mut rest = line;
    let mut out = String::with_capacity(line.len());
    while let Some(at) = rest.find(" @ 0x") {
        out.push_str(&rest[..at]);
        rest = rest[at + 5..].trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    out + rest
}

impl fmt::Display for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capture(text: &str) -> Capture {
        let mut capture = Capture::default();
        text.as_bytes().chunks(7).for_each(|bytes| capture.push(bytes));
        capture
    }

    #[test]
    fn head_and_tail_of_much_are_kept() {
        let mut much = Capture::default();
        for i in 0..100_000 {
            much.push(format!("line {i}\n").as_bytes());
        }
        let text = much.text();
        assert!(text.starts_with("line 0\nline 1\n") && text.ends_with("line 99999\n"));
        assert!(text.contains(" bytes left out …"));
        assert!(text.len() < HEAD + TAIL + 100);
    }

    #[test]
    fn errors_matter_most_and_addresses_not_at_all() {
        let stderr = capture(
            "[mov,mp4 @ 0x55d0c8aa] [error] moov atom not found\n\
             [warning] deprecated pixel format\r\
             frame=  1 fps=0.0\n\n\
             [in#0 @ 0x1] [error] Error opening input: Invalid data\n\
             [in#0 @ 0x2] [error] Error opening input: Invalid data\n",
        );
        insta::assert_snapshot!(stderr.lines_that_matter(5).join("\n"), @r"
        [mov,mp4] [error] moov atom not found
        [in#0] [error] Error opening input: Invalid data
        ");
        assert_eq!(capture("a\nb\nc\n").lines_that_matter(2), ["b", "c"]);
    }

    #[test]
    fn a_terminal_is_safe_from_it() {
        assert_eq!(capture("a\x1b[31mb\x07\tc").text(), "a\u{fffd}[31mb\u{fffd}\tc");
    }
}
