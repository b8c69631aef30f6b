//! Programs that a process started, and how long they go on.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Every process that runs: its parent and its name. One that has ended and was not waited for does
/// not.
fn processes() -> BTreeMap<u32, (u32, String)> {
    let numbers = std::fs::read_dir("/proc").expect("a /proc").flatten();
    let pids = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (head, rest) = stat.rsplit_once(") ")?;
        let (_, name) = head.split_once('(')?;
        let mut words = rest.split(' ');
        let state = words.next()?;
        (state != "Z").then_some((pid, (words.next()?.parse().ok()?, name.to_owned())))
    })
    .collect()
}

/// Those of a name that a process, or whoever it started, started, and that read something: one that is
/// asked for its version is gone at once.
pub fn below(root: u32, name: &str) -> Vec<u32> {
    let all = processes();
    let is_below = |pid: &u32| {
        let mut at = *pid;
        while let Some((parent, _)) = all.get(&at) {
            if *parent == root {
                return true;
            }
            at = *parent;
        }
        false
    };
    let named = all.iter().filter(|(_, (_, own))| own == name).map(|(pid, _)| *pid);
    let reads = |pid: &u32| {
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.split(|byte| *byte == 0).any(|word| word == b"-i")
    };
    named.filter(is_below).filter(reads).collect()
}

/// Waits until a program of that name runs.
pub fn running(root: u32, name: &str) -> Vec<u32> {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let found = below(root, name);
        if !found.is_empty() {
            return found;
        }
        assert!(Instant::now() < patience, "no {name} was ever started");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How long it takes until none of them runs any more, nor another of that name.
pub fn gone(pids: &[u32], root: u32, name: &str) -> Duration {
    let start = Instant::now();
    loop {
        let all = processes();
        if !pids.iter().any(|pid| all.contains_key(pid)) && below(root, name).is_empty() {
            return start.elapsed();
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{name} outlived its build");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How long programs go on once nobody wants them any more, at most.
const SOON: Duration = Duration::from_millis(500);

/// Has something cancelled, which tells how long its programs went on, until that was soon: on a machine
/// that has other work, not every try says something of us.
#[track_caller]
pub fn soon(mut cancelled: impl FnMut() -> Duration) {
    let mut took = Vec::new();
    while took.len() < 3 {
        took.push(cancelled());
        if took.last() < Some(&SOON) {
            println!("ffmpeg was gone {:?} after the cancel", took.last());
            return;
        }
    }
    panic!("ffmpeg went on each time: {took:?}");
}
