//! One child process from start to end: its pipes drained, its bounds kept, its group killed.
//!
//! The calling thread waits in one `poll` for everything that can happen: output, the end of the
//! program, cancelling, the time bound. No other thread is involved.

use super::capture::Capture;
use super::limits;
use super::progress::{Progress, ProgressParser};
use super::{Bounds, Cancel};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, waitid,
};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tracing::trace_span;
use wait4::Wait4;

/// From the polite signal to the other one.
const GRACE: Duration = Duration::from_millis(200);

/// How long output is still read once the program has ended and its group was killed: only a
/// process that left the group can still hold the pipes.
const DRAIN: Duration = Duration::from_millis(100);

/// How often to look whether the program has ended, where the kernel cannot tell by itself.
const LOOK: Duration = Duration::from_millis(5);

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Exit(i32),
    Signal(i32),
    /// It was killed because the build was cancelled.
    Cancelled,
    /// It was killed because its time was over.
    TimedOut,
}

/// A program that ran.
#[derive(Debug)]
pub struct Ran {
    pub ended: Ended,
    pub cpu: Duration,
    pub stdout: Capture,
    pub stderr: Capture,
}

/// Runs a program in a process group of its own, standard input empty. With `report`, standard
/// output is read as progress instead of being kept.
pub fn run(
    command: &mut Command,
    bounds: &Bounds,
    cancel: &Cancel,
    report: Option<&mut dyn FnMut(Progress)>,
) -> io::Result<Ran> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let started = Instant::now();
    let spawning = trace_span!("spawn").entered();
    let child = command.spawn()?;
    let pid = Pid::from_child(&child);
    limits::apply(pid, bounds);
    let exit = pidfd_open(pid, PidfdFlags::empty()).ok();
    drop(spawning);
    let mut running = Running {
        child,
        pid,
        exit,
        stdout: None,
        stderr: None,
        phase: Phase::Running { until: started + bounds.wall },
        because: None,
        out: Output { stdout: Capture::default(), stderr: Capture::default(), report },
        parser: ProgressParser::default(),
    };
    running.stdout = running.child.stdout.take().map(OwnedFd::from);
    running.stderr = running.child.stderr.take().map(OwnedFd::from);
    let (status, cpu) = running.finish(cancel)?;
    let ended = match (running.because, status.code(), status.signal()) {
        (Some(reason), _, _) => reason,
        (None, Some(code), _) => Ended::Exit(code),
        (None, None, signal) => Ended::Signal(signal.unwrap_or(0)),
    };
    let stdout = std::mem::take(&mut running.out.stdout);
    let stderr = std::mem::take(&mut running.out.stderr);
    Ok(Ran { ended, cpu, stdout, stderr })
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Until its time is over.
    Running {
        until: Instant,
    },
    /// It was asked to end, and will be killed.
    Asked {
        kill_at: Instant,
    },
    Killed,
    /// It ended; what is left in the pipes is read.
    Over {
        until: Instant,
    },
}

struct Output<'a> {
    stdout: Capture,
    stderr: Capture,
    report: Option<&'a mut dyn FnMut(Progress)>,
}

struct Running<'a> {
    child: Child,
    pid: Pid,
    /// Readable once the program has ended.
    exit: Option<OwnedFd>,
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    phase: Phase,
    because: Option<Ended>,
    out: Output<'a>,
    parser: ProgressParser,
}

impl Running<'_> {
    /// Waits for the program's end and for the end of its output.
    fn finish(&mut self, cancel: &Cancel) -> io::Result<(ExitStatus, Duration)> {
        let mut buffer = vec![0; 32 << 10];
        let mut over = None;
        loop {
            self.wait(cancel, &mut buffer, over.is_some())?;
            let now = Instant::now();
            match self.phase {
                Phase::Running { .. } if cancel.is_cancelled() => {
                    self.ask_to_end(Ended::Cancelled, now);
                }
                Phase::Running { until } if now >= until => self.ask_to_end(Ended::TimedOut, now),
                Phase::Asked { kill_at } if now >= kill_at => {
                    self.signal(Signal::KILL);
                    self.phase = Phase::Killed;
                }
                _ => {}
            }
            if over.is_none() && self.has_ended() {
                // Still a zombie, so that its number cannot name another group.
                self.signal(Signal::KILL);
                let used = self.child.wait4()?;
                over = Some((used.status, used.rusage.utime + used.rusage.stime));
                self.phase = Phase::Over { until: now + DRAIN };
            }
            let drained = self.stdout.is_none() && self.stderr.is_none();
            let late = matches!(self.phase, Phase::Over { until } if now >= until);
            match over {
                Some(over) if drained || late => return Ok(over),
                _ => {}
            }
        }
    }

    /// Sleeps until something happens, and reads what there is to read.
    fn wait(&mut self, cancel: &Cancel, buffer: &mut [u8], over: bool) -> io::Result<()> {
        let until = match self.phase {
            Phase::Running { until } | Phase::Over { until } => Some(until),
            Phase::Asked { kill_at } => Some(kill_at),
            Phase::Killed => None,
        };
        let mut timeout = until.map(|until| until.saturating_duration_since(Instant::now()));
        if self.exit.is_none() && !over {
            timeout = Some(timeout.map_or(LOOK, |timeout| timeout.min(LOOK)));
        }
        // A timeout too long to be told to the kernel is none.
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());

        let mut fds = Vec::with_capacity(4);
        let pipes = [&self.stdout, &self.stderr];
        fds.extend(pipes.into_iter().flatten().map(|fd| PollFd::new(fd, PollFlags::IN)));
        fds.extend(self.exit.iter().filter(|_| !over).map(|fd| PollFd::new(fd, PollFlags::IN)));
        if matches!(self.phase, Phase::Running { .. }) {
            fds.push(PollFd::from_borrowed_fd(cancel.descriptor(), PollFlags::IN));
        }
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(()),
            Err(e) => return Err(e.into()),
        }
        let mut ready = fds.iter().map(|fd| !fd.revents().is_empty());
        let stdout = self.stdout.is_some() && ready.next().unwrap_or(false);
        let stderr = self.stderr.is_some() && ready.next().unwrap_or(false);
        if stdout {
            let read = read_some(&mut self.stdout, buffer);
            match &mut self.out.report {
                Some(report) => self.parser.push(read, *report),
                None => self.out.stdout.push(read),
            }
        }
        if stderr {
            self.out.stderr.push(read_some(&mut self.stderr, buffer));
        }
        Ok(())
    }

    fn ask_to_end(&mut self, because: Ended, now: Instant) {
        self.because = Some(because);
        self.signal(Signal::TERM);
        self.phase = Phase::Asked { kill_at: now + GRACE };
    }

    /// Signals the whole group. If there is nobody left in it, nothing needs to be done.
    fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.pid, signal);
    }

    /// Whether the program has ended. It is not reaped by asking.
    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        matches!(waitid(WaitId::Pid(self.pid), options), Ok(Some(_)) | Err(Errno::CHILD))
    }
}

impl Drop for Running<'_> {
    /// On the way out of an error, nothing stays behind.
    fn drop(&mut self) {
        if !matches!(self.phase, Phase::Over { .. }) {
            self.signal(Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// Reads what is there without waiting; at the end of the pipe, closes it.
fn read_some<'b>(pipe: &mut Option<OwnedFd>, buffer: &'b mut [u8]) -> &'b [u8] {
    let read = pipe.as_ref().map(|fd| rustix::io::read(fd, &mut *buffer));
    match read {
        Some(Ok(len)) if len > 0 => &buffer[..len],
        Some(Err(Errno::INTR | Errno::AGAIN)) => &[],
        _ => {
            *pipe = None;
            &[]
        }
    }
}
