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

/// Those of a name that a process, or whoever it started, started.
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
    named.filter(is_below).collect()
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
