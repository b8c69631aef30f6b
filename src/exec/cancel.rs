//! Stops what runs: asked for by a signal, or by the build itself.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What a cancel without a signal stores in place of the signal's number.
const BY_REQUEST: usize = usize::MAX;

/// A token that many threads share. Cancelling it wakes whoever waits for its descriptor, and it
/// stays cancelled.
#[derive(Debug, Clone)]
pub struct Cancel {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// 0, a signal's number, or [`BY_REQUEST`].
    state: Arc<AtomicUsize>,
    /// Readable from the moment of cancelling on: nobody ever reads it.
    waker: UnixStream,
    woken: UnixStream,
}

impl Cancel {
    /// A token that only [`Cancel::cancel`] cancels.
    pub fn new() -> io::Result<Self> {
        let (waker, woken) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        Ok(Self { inner: Arc::new(Inner { state: Arc::default(), waker, woken }) })
    }

    /// A token that SIGINT and SIGTERM cancel too; they no longer end the process.
    pub fn on_signals() -> io::Result<Self> {
        let cancel = Self::new()?;
        for signal in [SIGINT, SIGTERM] {
            let number = usize::try_from(signal).unwrap_or(BY_REQUEST);
            // Actions run in the order of registration: the state is set before anybody wakes.
            signal_hook::flag::register_usize(signal, cancel.inner.state.clone(), number)?;
            signal_hook::low_level::pipe::register(signal, cancel.inner.waker.try_clone()?)?;
        }
        Ok(cancel)
    }

    /// Lets a limit on file sizes fail the write that meets it, as a full disk does, in place of
    /// ending the process. Programs that are started get the default again.
    pub fn survive_file_size_limit() -> io::Result<()> {
        let limit = rustix::process::Signal::XFSZ.as_raw();
        signal_hook::flag::register(limit, Arc::default()).map(drop)
    }

    /// Cancels. A signal that came first stays the reason.
    pub fn cancel(&self) {
        let state = &self.inner.state;
        let _ = state.compare_exchange(0, BY_REQUEST, Ordering::SeqCst, Ordering::SeqCst);
        // It fails if the buffer is full, and then everybody is awake.
        let _ = (&self.inner.waker).write(b"x");
    }

    pub fn is_cancelled(&self) -> bool {
        self.inner.state.load(Ordering::SeqCst) != 0
    }

    /// The signal that cancelled it.
    pub fn signal(&self) -> Option<i32> {
        i32::try_from(self.inner.state.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0)
    }

    /// Sleeps, at most this long; `true` as soon as it is cancelled.
    pub fn wait(&self, timeout: Duration) -> bool {
        let timeout = Timespec::try_from(timeout).ok();
        let mut fds = [PollFd::new(&self.inner.woken, PollFlags::IN)];
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => self.is_cancelled(),
            Err(_) => {
                std::thread::sleep(Duration::from_millis(10));
                self.is_cancelled()
            }
        }
    }

    /// Readable once it is cancelled; not to be read from.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.inner.woken.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn it_wakes_every_waiter_and_stays_cancelled() {
        let cancel = Cancel::new().unwrap();
        assert!(!cancel.wait(Duration::from_millis(1)) && !cancel.is_cancelled());
        let waiters: Vec<_> = (0..3)
            .map(|_| {
                let cancel = cancel.clone();
                std::thread::spawn(move || cancel.wait(Duration::from_secs(20)))
            })
            .collect();
        let start = Instant::now();
        cancel.cancel();
        assert!(waiters.into_iter().all(|w| w.join().unwrap()));
        assert!(start.elapsed() < Duration::from_secs(10));
        assert!(cancel.wait(Duration::from_secs(20)) && cancel.signal().is_none());
    }

    #[test]
    fn a_signal_is_remembered() {
        let cancel = Cancel::on_signals().unwrap();
        signal_hook::low_level::raise(SIGTERM).unwrap();
        assert!(cancel.wait(Duration::from_secs(20)));
        cancel.cancel();
        assert_eq!(cancel.signal(), Some(SIGTERM));
    }
}
