//! A downloader as a program: found, asked for its version, run, ended.

use crate::contract::origin::{Downloader, Pages};
use crate::diagnostic::Diagnostic;
use crate::exec::Cancel;
use crate::source::folder::Folder;
use crate::source::name;
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process_group};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// From the polite signal to the other one.
const GRACE: Duration = Duration::from_millis(300);

/// How often somebody who cancels is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// Longest line that is read, in bytes; what is longer is cut.
const LONGEST_LINE: u64 = 8 << 10;

/// Most complaints that are kept.
const MOST: usize = 1000;

/// A downloader on this machine.
#[derive(Debug, Clone)]
pub struct Tool {
    downloader: Downloader,
    pub program: PathBuf,
    pub version: String,
}

impl Tool {
    /// The downloader that its variable names, or the one on `PATH`.
    pub fn find(downloader: Downloader) -> Result<Self, Diagnostic> {
        let program = find_program(downloader).ok_or_else(|| {
            let name = downloader.program();
            Diagnostic::error("no-downloader", format!("{name} is not installed"))
                .hint(format!("`pipx install {name}`, or name it in {}", downloader.variable()))
        })?;
        let asked = Command::new(&program).arg("--version").stdin(Stdio::null()).output();
        let version = asked.ok().filter(|asked| asked.status.success()).and_then(|asked| {
            let text = String::from_utf8_lossy(&asked.stdout).into_owned();
            name::line(text.lines().next().unwrap_or_default(), 60)
        });
        let version = version.ok_or_else(|| {
            let message = format!("`{}` does not tell its version", program.display());
            Diagnostic::error("no-downloader", message).hint("install it anew")
        })?;
        Ok(Self { downloader, program, version })
    }

    pub fn name(&self) -> &'static str {
        self.downloader.program()
    }

    /// As it is recorded: `gallery-dl 1.32.18`.
    pub fn title(&self) -> String {
        format!("{} {}", self.name(), self.version)
    }
}

/// Where a downloader is, if it is anywhere.
fn find_program(downloader: Downloader) -> Option<PathBuf> {
    let runs = |path: &PathBuf| {
        use rustix::fs::{Access, access};
        path.is_file() && access(path, Access::EXEC_OK).is_ok()
    };
    if let Some(named) = std::env::var_os(downloader.variable()).filter(|named| !named.is_empty()) {
        return Some(PathBuf::from(named)).filter(runs);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(downloader.program())).find(runs)
}

/// The right to run a downloader in a folder. It passes to the program as its standard input, so
/// that one which outlived a killed build keeps it until it ends.
pub struct Turn(File);

impl Turn {
    pub fn take(folder: &Folder, cancel: &Cancel) -> Result<Self, Diagnostic> {
        let path = folder.root().join("turn");
        let wrong = |error: std::io::Error| {
            Diagnostic::error("io", format!("cannot lock `{}`: {error}", path.display()))
        };
        std::fs::create_dir_all(folder.root()).map_err(wrong)?;
        let opened =
            File::options().create(true).truncate(false).read(true).write(true).open(&path);
        let file = opened.map_err(wrong)?;
        while flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            if cancel.wait(LOOK) {
                break;
            }
        }
        Ok(Self(file))
    }
}

/// Cookies by reference: a file of the user's, or one that holds what a variable says, for as long
/// as the downloader runs.
pub enum Cookies {
    None,
    File(PathBuf),
    Text(tempfile::NamedTempFile),
}

impl Cookies {
    pub fn of(pages: &Pages, root: &Path, folder: &Folder) -> Result<Self, Diagnostic> {
        let Some(reference) = &pages.cookies else { return Ok(Self::None) };
        let there = |path: PathBuf, said: &str| {
            if path.is_file() {
                return Ok(Self::File(path));
            }
            let message = format!("there is no file of cookies `{said}`");
            Err(Diagnostic::error("no-cookies", message)
                .hint("export it from a browser that is logged in, in Netscape's format"))
        };
        let Some(variable) = reference.strip_prefix('$') else {
            return there(root.join(reference), reference);
        };
        let value = std::env::var(variable).unwrap_or_default();
        if value.is_empty() {
            let message = format!("the variable `{variable}` is not set, and cookies are in it");
            return Err(Diagnostic::error("no-cookies", message));
        }
        if !value.contains(['\n', '\t']) {
            // Its value is a path; if it is something else, that is a secret and is not shown.
            return there(root.join(value), reference);
        }
        let written = std::fs::create_dir_all(folder.root())
            // Readable by nobody else: that is the library's default.
            .and_then(|()| tempfile::Builder::new().prefix(".cookies").tempfile_in(folder.root()))
            .and_then(|mut file| file.write_all(value.as_bytes()).map(|()| file));
        written
            .map(Self::Text)
            .map_err(|error| Diagnostic::error("io", format!("cannot hand cookies over: {error}")))
    }

    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::None => None,
            Self::File(path) => Some(path),
            Self::Text(file) => Some(file.path()),
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    /// For people: `exit code 4`.
    pub ended: String,
    success: bool,
    /// What it complained of, in its own words.
    pub complaints: Vec<String>,
    /// Everything that it said besides results, the last lines of it.
    pub said: Vec<String>,
}

impl Ran {
    /// Whether it saw its page to the end.
    pub fn good(&self) -> bool {
        self.success
    }
}

enum Line {
    Out(String),
    Err(String),
}

/// Runs a downloader to its end, in a process group of its own. `out` gets each line of its
/// standard output.
pub fn run(
    mut command: Command,
    turn: &Turn,
    cancel: &Cancel,
    out: &mut dyn FnMut(&str),
) -> Result<Ran, Diagnostic> {
    let shown = PathBuf::from(command.get_program());
    let failed = |error: std::io::Error| {
        Diagnostic::error("downloader", format!("cannot run `{}`: {error}", shown.display()))
    };
    let input = turn.0.try_clone().map_err(failed)?;
    command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut running = Running { child: command.spawn().map_err(failed)?, over: false };
    let (sender, lines) = channel();
    if let Some(stdout) = running.child.stdout.take() {
        read_lines(stdout, sender.clone(), Line::Out);
    }
    if let Some(stderr) = running.child.stderr.take() {
        read_lines(stderr, sender, Line::Err);
    }
    let mut ran =
        Ran { ended: String::new(), success: false, complaints: Vec::new(), said: Vec::new() };
    follow(&mut running, &lines, cancel, &mut ran, out);
    let status = running.child.wait().map_err(failed)?;
    running.over = true;
    ran.success = status.success();
    ran.ended = match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    };
    Ok(ran)
}

/// Reads what it says until it says nothing any more, and ends it where somebody cancels.
fn follow(
    running: &mut Running,
    lines: &Receiver<Line>,
    cancel: &Cancel,
    ran: &mut Ran,
    out: &mut dyn FnMut(&str),
) {
    let mut kill_at = None;
    loop {
        match lines.recv_timeout(LOOK) {
            Ok(Line::Out(line)) => out(&line),
            Ok(Line::Err(line)) => take(ran, &line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        match kill_at {
            None if cancel.is_cancelled() => {
                running.signal(Signal::TERM);
                kill_at = Some(Instant::now() + GRACE);
            }
            Some(at) if Instant::now() >= at => {
                running.signal(Signal::KILL);
                return;
            }
            _ => {}
        }
    }
}

/// Both programs write errors as `[…][error] …` and `ERROR: …`.
fn take(ran: &mut Ran, line: &str) {
    let Some(line) = name::line(line, 400) else { return };
    let line = without_addresses(&line);
    if (line.contains("[error]") || line.starts_with("ERROR")) && ran.complaints.len() < MOST {
        ran.complaints.push(line.clone());
    }
    if ran.said.len() == 200 {
        ran.said.remove(0);
    }
    ran.said.push(line);
}

/// A line without what addresses in it prove.
fn without_addresses(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        let at = word.find("http://").or_else(|| word.find("https://"));
        let Some(at) = at else { return word.to_owned() };
        let (before, address) = word.split_at(at);
        let end = address.find(['\'', '"', ')', '>']).unwrap_or(address.len());
        let plain = crate::source::address::lasting_text(&address[..end]);
        format!("{before}{}{}", plain.unwrap_or_default(), &address[end..])
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A program whose group is ended with it.
struct Running {
    child: Child,
    over: bool,
}

impl Running {
    /// Signals the whole group. If there is nobody left in it, nothing needs to be done.
    fn signal(&self, signal: Signal) {
        let _ = kill_process_group(Pid::from_child(&self.child), signal);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.over {
            self.signal(Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// Reads lines in a thread of its own until the pipe is closed.
fn read_lines(pipe: impl Read + Send + 'static, lines: Sender<Line>, kind: fn(String) -> Line) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut buffer);
            if !matches!(read, Ok(1..)) {
                return;
            }
            let line = String::from_utf8_lossy(&buffer).trim_end_matches(['\n', '\r']).to_owned();
            if lines.send(kind(line)).is_err() {
                return;
            }
        }
    });
}

/// Writes a file that only this user can read.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file =
        File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_prove_nothing() {
        let line = "[download][error] '403' for 'https://a.test/x.mp4?id=1&token-hash=abc' (x)";
        let plain = "[download][error] '403' for 'https://a.test/x.mp4?id=1' (x)";
        assert_eq!(without_addresses(line), plain);
    }
}
