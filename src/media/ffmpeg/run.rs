//! Running ffmpeg: standard input closed, every pipe drained, time and output bounded, and of its
//! talk the lines that matter.

use super::Program;
use crate::diagnostic::Diagnostic;
use rustix::io::FdFlags;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Talk that is kept: the last so many bytes.
const TALK: usize = 64 << 10;

/// Lines of it that people see.
const TAIL: usize = 8;

/// Bytes that a pipe holds: what an unprivileged user may ask for.
const PIPE_BYTES: usize = 1 << 20;

/// Held while the write ends of pipes may be inherited, so that no other ffmpeg inherits them.
static SPAWNING: Mutex<()> = Mutex::new(());

/// One run of ffmpeg or ffprobe, to be.
#[derive(Debug)]
pub struct Job {
    program: Program,
    args: Vec<OsString>,
    pipes: Vec<OwnedFd>,
    folder: Option<PathBuf>,
    wall: Duration,
}

/// A pipe that the program writes and we read.
#[derive(Debug)]
pub struct Pipe {
    /// What the program calls it: `pipe:5`.
    pub url: String,
    /// Our end; it must be read to its end by a thread of its own.
    pub reader: File,
}

/// A run that ended well.
#[derive(Debug)]
pub struct Ended {
    pub stdout: Vec<u8>,
    /// What it complained of, in order; empty where all was well (at `-v error`).
    pub complaints: Vec<String>,
}

/// A run that did not.
#[derive(Debug)]
pub struct Failure {
    pub program: Program,
    /// Follows the program's name: `ended with exit status 1`.
    pub why: String,
    /// The last lines that matter.
    pub complaints: Vec<String>,
}

impl Job {
    /// With `-hide_banner -v error`, and for ffmpeg `-nostdin`. Ten minutes at most.
    pub fn new(program: Program) -> Self {
        let mut args: Vec<OsString> = ["-hide_banner", "-v", "error"].map(OsString::from).into();
        if program == Program::Ffmpeg {
            args.push("-nostdin".into());
        }
        let (pipes, wall) = (Vec::new(), Duration::from_secs(600));
        Self { program, args, pipes, folder: None, wall }
    }

    #[must_use]
    pub fn args<I>(mut self, args: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        self.push(args);
        self
    }

    pub fn push<I>(&mut self, args: I)
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        self.args.extend(args.into_iter().map(Into::into));
    }

    /// The folder in which it runs, so that files there can be named without a path; its outputs
    /// must be named by absolute paths or go to pipes.
    #[must_use]
    pub fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// The longest that it may take.
    #[must_use]
    pub fn wall(mut self, wall: Duration) -> Self {
        self.wall = wall;
        self
    }

    /// A further pipe to write to, by name.
    pub fn pipe(&mut self) -> io::Result<Pipe> {
        let (reader, writer) = io::pipe()?;
        // Whole frames go through: of a small pipe each side waits for the other every few rows.
        // One that may not grow, by the limit on all pipes of a user, is only slower.
        let _ = rustix::pipe::fcntl_setpipe_size(&writer, PIPE_BYTES);
        let url = format!("pipe:{}", writer.as_raw_fd());
        self.pipes.push(writer.into());
        Ok(Pipe { url, reader: File::from(OwnedFd::from(reader)) })
    }

    /// Runs it to its end and keeps its standard output, up to `most` bytes.
    pub fn output(self, most: usize) -> Result<Ended, Failure> {
        let program = self.program;
        let failed = |why: String| Failure { program, why, complaints: Vec::new() };
        let mut running = self.start(Stdio::piped())?;
        let stdout = running.child.stdout.take().ok_or_else(|| failed("has no output".into()))?;
        let reader = thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout.take(most as u64 + 1).read_to_end(&mut bytes);
            read.map(|_| bytes)
        });
        let ended = running.finish();
        let stdout = reader.join().map_err(|_| failed("could not be read".into()))?;
        let stdout = stdout.map_err(|e| failed(format!("could not be read: {e}")))?;
        if stdout.len() > most {
            return Err(failed(format!("wrote more than {most} bytes")));
        }
        Ok(Ended { stdout, ..ended? })
    }

    /// Starts it with its standard output closed; its pipes are read by the caller's threads.
    pub fn spawn(self) -> Result<Running, Failure> {
        self.start(Stdio::null())
    }

    fn start(self, stdout: Stdio) -> Result<Running, Failure> {
        let program = self.program;
        let failed = |why: String| Failure { program, why, complaints: Vec::new() };
        let path = program.locate().map_err(|d| failed(format!("cannot be run: {}", d.message)))?;
        let mut command = Command::new(path);
        command.args(&self.args).stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.env("AV_LOG_FORCE_NOCOLOR", "1");
        let held = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
        for pipe in &self.pipes {
            rustix::io::fcntl_setfd(pipe, FdFlags::empty())
                .map_err(|e| failed(format!("cannot be given a pipe: {e}")))?;
        }
        let child = command.spawn();
        drop(self.pipes);
        drop(held);
        let mut child = child.map_err(|e| failed(format!("cannot be run: {e}")))?;
        let (send, talk) = mpsc::channel();
        if let Some(stderr) = child.stderr.take() {
            thread::spawn(move || drop(send.send(last_bytes(stderr))));
        }
        Ok(Running { program, child, talk, wall: self.wall })
    }
}

/// A run under way.
#[derive(Debug)]
pub struct Running {
    program: Program,
    child: Child,
    talk: Receiver<Vec<u8>>,
    wall: Duration,
}

impl Running {
    /// Waits for its end, and ends it where it takes too long.
    pub fn finish(mut self) -> Result<Ended, Failure> {
        let program = self.program;
        // Its talk ends when it does.
        let (talk, late) = match self.talk.recv_timeout(self.wall) {
            Ok(talk) => (talk, false),
            Err(mpsc::RecvTimeoutError::Disconnected) => (Vec::new(), false),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let _ = self.child.kill();
                (self.talk.recv().unwrap_or_default(), true)
            }
        };
        let status = self.child.wait();
        let complaints = complaints(&talk);
        // It ends well even if the last of an output could not be written.
        let cut = ["Error writing trailer", "Error closing file"];
        let cut = complaints.iter().any(|line| cut.iter().any(|words| line.contains(words)));
        let why = match status {
            Ok(status) if status.success() && cut => "could not write all of its output".into(),
            Ok(status) if status.success() && !late => {
                return Ok(Ended { stdout: Vec::new(), complaints });
            }
            _ if late => format!("took longer than {} s", self.wall.as_secs()),
            Ok(status) => ending(status),
            Err(e) => format!("could not be waited for: {e}"),
        };
        Err(Failure { program, why, complaints })
    }
}

impl Drop for Running {
    /// No child outlives the run that it is part of.
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit status {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended oddly".to_owned(),
    }
}

/// Reads to the end and keeps the last [`TALK`] bytes.
fn last_bytes(mut from: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut block = [0u8; 8192];
    while let Ok(n @ 1..) = from.read(&mut block) {
        kept.extend_from_slice(&block[..n]);
        if kept.len() > 2 * TALK {
            kept.drain(..kept.len() - TALK);
        }
    }
    kept
}

/// The last lines that tell something: without addresses, repetitions and control characters.
fn complaints(talk: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(talk);
    let mut lines: Vec<String> = Vec::new();
    for line in text.split(['\n', '\r']) {
        let line = without_addresses(line);
        let idle = line.is_empty()
            || line.starts_with("Last message repeated")
            || line == "Conversion failed!"
            || lines.last() == Some(&line);
        if !idle {
            lines.push(line);
        }
    }
    let skip = lines.len().saturating_sub(TAIL);
    lines.split_off(skip)
}

/// `[h264 @ 0x55d0] no frame!` says `h264: no frame!`: addresses differ in every run.
fn without_addresses(line: &str) -> String {
    let mut rest = line.trim();
    let mut who = "";
    while let Some((name, after)) = rest
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
        .filter(|(n, _)| n.contains(" @ 0x"))
    {
        who = name.split(" @ 0x").next().unwrap_or("");
        rest = after.trim_start();
    }
    let clean: String = rest.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    match who {
        _ if clean.is_empty() => String::new(),
        "" => clean,
        who => format!("{who}: {clean}"),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.program, self.why)
    }
}

impl Failure {
    /// For people: `message` says what it was to do.
    pub fn diagnose(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        let d = Diagnostic::error(code, message).note(self.to_string());
        self.complaints.iter().fold(d, |d, line| d.note(line.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_talk_is_cut_to_lines_that_tell_something() {
        let talk = b"[h264 @ 0x55a1] [IMGUTILS @ 0x7ff] Picture size 9x9 is too large\n\
            [h264 @ 0x55a2] no frame!\n    Last message repeated 3 times\n[h264 @ 0x55a3] no frame!\n\
            file:x.mp4: \x1b[31mInvalid data\nConversion failed!\n";
        insta::assert_snapshot!(complaints(talk).join("\n"), @r"
        IMGUTILS: Picture size 9x9 is too large
        h264: no frame!
        file:x.mp4: �[31mInvalid data
        ");
    }

    #[test]
    fn a_run_has_bounds() {
        let slow = Job::new(Program::Ffmpeg)
            .args(["-re", "-f", "lavfi", "-i", "color=d=60", "-f", "null", "-"])
            .wall(Duration::from_millis(300));
        assert_eq!(slow.output(0).unwrap_err().to_string(), "ffmpeg took longer than 0 s");
        let loud = Job::new(Program::Ffmpeg).args([
            "-f",
            "lavfi",
            "-i",
            "color=d=9:s=640x480",
            "-f",
            "rawvideo",
            "-",
        ]);
        assert!(loud.output(1000).unwrap_err().to_string().contains("wrote more than 1000 bytes"));
    }

    #[test]
    fn a_failure_tells_why() {
        let job = Job::new(Program::Ffprobe).args(["file:/nonexistent/x.mp4"]);
        let told = job.output(100).unwrap_err().diagnose("bad-asset", "cannot read it");
        insta::assert_snapshot!(told.notes.join("\n"), @r"
        ffprobe ended with exit status 1
        file:/nonexistent/x.mp4: No such file or directory
        ");
    }
}
