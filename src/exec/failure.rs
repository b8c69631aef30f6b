//! Why an action failed, as data and in words for people.

use super::{Bounds, Execution};
use crate::diagnostic::{Diagnostic, Exit};
use crate::store::error::{StoreError, free_bytes, is_full};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Lines of a program's talk that are shown.
const SHOWN_LINES: usize = 12;

/// Why there are no outputs.
#[derive(Debug)]
pub enum Failure {
    /// The request itself makes no sense: a bug of the caller.
    BadRequest(String),
    /// No folder for it could be made, or its outputs could not be looked at.
    Staging(StoreError),
    /// There is no such program.
    NoProgram(String),
    /// The program could not be started.
    NotStarted {
        program: String,
        source: io::Error,
    },
    Exit(i32),
    Signal(i32),
    /// Killed when its time was over.
    TimedOut(Duration),
    /// It ran into the bound on memory (bytes).
    OutOfMemory(u64),
    /// It wrote a file up to the bound (bytes).
    TooLarge {
        output: Option<String>,
        limit: u64,
    },
    /// There was no room left. Programs do not say where; actions write into this folder.
    DiskFull(PathBuf),
    /// ffmpeg could not write the end of an output, and succeeded all the same.
    CutShort,
    /// Killed because the build was cancelled.
    Cancelled,
    /// It said that it succeeded, and this output is not there.
    OutputMissing(String),
    /// It said that it succeeded, and there is nothing in this output.
    OutputEmpty(String),
    /// Something stands in the place of this output that is not a regular file.
    OutputNotAFile(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Staging(error)
    }
}

impl Failure {
    /// A stable word for programs and for searching.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "bug",
            Self::Staging(StoreError::Io { source, .. }) if is_full(source) => "disk-full",
            Self::Staging(_) => "staging",
            Self::NoProgram(_) => "no-program",
            Self::NotStarted { .. } => "not-started",
            Self::Exit(_) => "exit",
            Self::Signal(_) => "signal",
            Self::TimedOut(_) => "timed-out",
            Self::OutOfMemory(_) => "out-of-memory",
            Self::TooLarge { .. } => "too-large",
            Self::DiskFull(_) => "disk-full",
            Self::CutShort => "cut-short",
            Self::Cancelled => "cancelled",
            Self::OutputMissing(_) => "output-missing",
            Self::OutputEmpty(_) => "output-empty",
            Self::OutputNotAFile(_) => "output-not-a-file",
        }
    }

    /// What to do about it.
    fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoProgram(_) => "install it, or correct its name; `memebuild doctor` checks all",
            Self::NotStarted { .. } => {
                "check that it may be executed and that a script names its interpreter (`#!…`)"
            }
            Self::TimedOut(_) => "raise the time bound, or give the action less to do",
            Self::OutOfMemory(_) => "raise the memory bound, or give the action less to do",
            Self::TooLarge { .. } => "raise the bound on file sizes, or make the output smaller",
            Self::DiskFull(_) => {
                "free some space; `cache/` and `artefacts/` may be deleted: they come back"
            }
            Self::OutputMissing(_) | Self::OutputEmpty(_) => {
                "make the program write it, or let it fail with an exit code other than 0"
            }
            Self::OutputNotAFile(_) => "make the program write a file, not a folder or a link",
            _ => return None,
        })
    }

    /// ffmpeg ends well even if the last of an output could not be written: it only says so.
    pub(super) fn of_success(said: &str, bounds: &Bounds, folder: &Path) -> Option<Self> {
        if !says(said, &["Error writing trailer", "Error closing file"]) {
            return None;
        }
        Some(match Self::of_exit(0, said, bounds, folder) {
            Self::Exit(_) => Self::CutShort,
            reason => reason,
        })
    }

    /// Reads the reason of an exit out of what the program said on its way out; `folder` is where
    /// it wrote.
    pub(super) fn of_exit(code: i32, said: &str, bounds: &Bounds, folder: &Path) -> Self {
        // A shell says so of its child.
        let too_large = code == 128 + signal_hook::consts::SIGXFSZ;
        if says(said, &["No space left on device", "Disk quota exceeded", "os error 28"]) {
            Self::DiskFull(folder.to_owned())
        } else if too_large || says(said, &["File too large", "os error 27"]) {
            Self::TooLarge { output: None, limit: bounds.file_size }
        } else if says(said, MEMORY_WORDS) {
            Self::OutOfMemory(bounds.memory)
        } else {
            Self::Exit(code)
        }
    }

    /// Reads the reason of a death by signal.
    pub(super) fn of_signal(signal: i32, said: &str, bounds: &Bounds) -> Self {
        match signal {
            signal_hook::consts::SIGXFSZ => {
                Self::TooLarge { output: None, limit: bounds.file_size }
            }
            _ if says(said, MEMORY_WORDS) => Self::OutOfMemory(bounds.memory),
            signal => Self::Signal(signal),
        }
    }
}

/// What programs and allocators say when an allocation was refused.
const MEMORY_WORDS: &[&str] = &[
    "Cannot allocate memory",
    "Out of memory",
    "out of memory",
    "memory allocation of",
    "std::bad_alloc",
    "MemoryError",
    "os error 12",
];

fn says(said: &str, words: &[&str]) -> bool {
    words.iter().any(|word| said.contains(word))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadRequest(why) => f.write_str(why),
            Self::Staging(error) => error.fmt(f),
            Self::NoProgram(program) => write!(f, "no program `{program}` was found"),
            Self::NotStarted { program, source } => write!(f, "cannot start `{program}`: {source}"),
            Self::Exit(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => match signal_hook::low_level::signal_name(*signal) {
                Some(name) => write!(f, "killed by {name}"),
                None => write!(f, "killed by signal {signal}"),
            },
            Self::TimedOut(limit) => {
                write!(f, "killed after {}, the time bound", Seconds(*limit))
            }
            Self::OutOfMemory(limit) => {
                write!(f, "out of memory; the bound is {} MiB of address space", limit >> 20)
            }
            Self::TooLarge { output: None, limit } => {
                write!(f, "wrote more than {limit} bytes, the bound on file sizes")
            }
            Self::TooLarge { output: Some(name), limit } => {
                write!(f, "output `{name}` is over {limit} bytes, the bound on file sizes")
            }
            Self::DiskFull(folder) => {
                f.write_str("no space was left")?;
                let free = free_bytes(folder).map(|free| free >> 20);
                free.map_or(Ok(()), |free| {
                    write!(f, "; {free} MiB are free on the disk of `{}`", folder.display())
                })
            }
            Self::CutShort => f.write_str("the end of its output could not be written"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::OutputMissing(name) => {
                write!(f, "it succeeded without writing output `{name}`")
            }
            Self::OutputEmpty(name) => write!(f, "it succeeded and left output `{name}` empty"),
            Self::OutputNotAFile(name) => write!(f, "output `{name}` is not a regular file"),
        }
    }
}

/// `2.5 s`, without floating point.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.subsec_millis() {
            0 => write!(f, "{} s", self.0.as_secs()),
            millis => write!(f, "{}.{millis:03} s", self.0.as_secs()),
        }
    }
}

impl Execution {
    /// The failure in words for people: what failed, what the program said last, how to repeat it.
    /// `what` names the action: `render:vogue@tiktok (segment 3)`. `None` if it succeeded.
    pub fn diagnostic(&self, what: &str) -> Option<Diagnostic> {
        let failure = self.outcome.as_ref().err()?;
        let mut diagnostic = Diagnostic::error(failure.code(), format!("{what}: {failure}"));
        diagnostic.exit = match failure {
            Failure::BadRequest(_) => Exit::Bug,
            _ => Exit::Failed,
        };
        if let Failure::Staging(error) = failure {
            let explained = error.diagnostic();
            diagnostic.notes.extend(explained.notes);
            diagnostic.hints.extend(explained.hints);
        }
        let said = if self.stderr.is_empty() { &self.stdout } else { &self.stderr };
        if !matches!(failure, Failure::Cancelled) {
            diagnostic.notes.extend(said.lines_that_matter(SHOWN_LINES));
        }
        diagnostic.hints.extend(failure.hint().map(str::to_owned));
        if !self.by_hand.is_empty() {
            diagnostic.hints.push(format!("to repeat it by hand: {}", self.by_hand));
        }
        Some(diagnostic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_not_believed_where_ffmpeg_says_that_it_could_not_write() {
        let bounds = Bounds { wall: Duration::MAX, memory: 1 << 30, file_size: 100 };
        let code = |said: String| {
            Failure::of_success(&said, &bounds, Path::new("/")).map(|failure| failure.code())
        };
        let trailer = |why: &str| format!("[error] Error writing trailer of file:a.gif: {why}\n");
        assert_eq!(code("[error] a frame: No space left on device\n".to_owned()), None);
        assert_eq!(code(trailer("No space left on device")), Some("disk-full"));
        assert_eq!(code(trailer("File too large")), Some("too-large"));
        assert_eq!(code(trailer("Input/output error")), Some("cut-short"));
        assert_eq!(code("[error] Error closing file a.gif: Stale".to_owned()), Some("cut-short"));
    }
}
