//! Where ffmpeg's time went, from its own lips: its `-benchmark_all` says how long each call of a decoder
//! and of an encoder took.
//!
//! Those lines are of a level that we do not read on standard error, so they go to a report of their own,
//! by an environment variable. Neither is an argument of the action: keys hold what an action asks for,
//! and the report is asked for by whoever traces the build. It changes no byte of an output.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use tracing::Span;

/// Asks for the lines.
pub const FLAG: &str = "-benchmark_all";

/// The level of the lines, as ffmpeg counts: information.
const LEVEL: u32 = 32;

/// A report that nobody writes is read no further than this: a line is 60 bytes, and there are some of
/// them for each frame.
const LONGEST: u64 = 64 << 20;

/// The report of one run.
#[derive(Debug)]
pub struct Clock {
    path: PathBuf,
}

impl Clock {
    /// A report in this folder, which is empty.
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join("report") }
    }

    /// `FFREPORT` and its value.
    pub fn variable(&self) -> (&'static str, OsString) {
        // A list of options: what separates them is escaped.
        let path = self.path.to_string_lossy().replace('\\', "\\\\").replace(':', "\\:");
        ("FFREPORT", format!("file={path}:level={LEVEL}").into())
    }

    /// Adds up the report, tells the span, and removes the report.
    pub fn tell(self, span: &Span) {
        let Ok(file) = File::open(&self.path) else { return };
        let spent = Spent::of(BufReader::new(std::io::Read::take(file, LONGEST)));
        let _ = std::fs::remove_file(&self.path);
        span.record("decode_us", spent.decode);
        span.record("encode_us", spent.encode);
    }
}

/// Microseconds of wall time.
#[derive(Debug, Default, PartialEq, Eq)]
struct Spent {
    decode: u64,
    encode: u64,
}

impl Spent {
    /// From lines as `bench:     4093 user      0 sys     4104 real decode_video 0.0`.
    fn of(report: impl BufRead) -> Self {
        let mut spent = Self::default();
        for line in report.split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            let Some((_, said)) = line.split_once("bench:") else { continue };
            let words: Vec<&str> = said.split_whitespace().collect();
            let [_, "user", _, "sys", real, "real", call, ..] = words[..] else { continue };
            let Ok(real) = real.parse::<u64>() else { continue };
            let sum = match call.split_once('_') {
                Some(("decode", _)) => &mut spent.decode,
                Some(("encode" | "flush", _)) => &mut spent.encode,
                _ => continue,
            };
            *sum = sum.saturating_add(real);
        }
        spent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_decoders_and_encoders_are_added_up() {
        let report = "bench:     4093 user      0 sys     4104 real decode_video 0.0\n\
                      frame=   12 fps=0.0\n\
                      bench:      100 user      7 sys      111 real encode_video 0.0\n\
                      bench:       10 user      0 sys       10 real flush_video 0.0\n\
                      bench:       20 user      0 sys        6 real decode_audio 1.0\n\
                      bench: utime=0.1s stime=0.0s rtime=0.2s\n\
                      bench:       20 user      0 sys        9 real open_files\n";
        let spent = Spent::of(report.as_bytes());
        assert_eq!(spent, Spent { decode: 4110, encode: 121 });
    }

    #[test]
    fn a_colon_in_the_folder_ends_no_option() {
        let (_, value) = Clock::in_folder(Path::new("/a:b")).variable();
        assert_eq!(value, "file=/a\\:b/report:level=32");
    }
}
