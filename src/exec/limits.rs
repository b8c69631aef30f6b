//! Bounds that the kernel keeps: address space, file size, no core dumps.
//!
//! They are set from outside right after the program was started, because setting them in the child
//! would need code between fork and exec, hence `unsafe`, and would cost the fast road of
//! `posix_spawn`. So a program runs without them for a moment: microseconds on an idle machine, as
//! long as it takes this thread to be scheduled on a loaded one. What it has mapped by then counts
//! against the limit all the same, what it writes is checked at each write, and children that it
//! has made by then are found and bounded too.

use super::Bounds;
use rustix::process::{Pid, Resource, Rlimit, prlimit};

/// Bounds a program that was just started, and whatever it has started itself. A program that has
/// already ended needs no bounds.
pub fn apply(pid: Pid, bounds: &Bounds) {
    let fixed = |limit| Rlimit { current: Some(limit), maximum: Some(limit) };
    let limits = [
        (Resource::As, fixed(bounds.memory)),
        (Resource::Fsize, fixed(bounds.file_size)),
        (Resource::Core, fixed(0)),
    ];
    let mut found = vec![pid];
    while let Some(pid) = found.pop() {
        for (resource, limit) in limits {
            // A hard limit of our own that is lower still is not ours to raise.
            if prlimit(Some(pid), resource, limit).is_err() {
                let _ = lower_soft(pid, resource, limit);
            }
        }
        // Children made from here on inherit; these were made before.
        let raw = pid.as_raw_pid();
        let children = std::fs::read_to_string(format!("/proc/{raw}/task/{raw}/children"));
        let children = children.unwrap_or_default();
        found.extend(children.split_whitespace().filter_map(|c| Pid::from_raw(c.parse().ok()?)));
    }
}

fn lower_soft(pid: Pid, resource: Resource, limit: Rlimit) -> rustix::io::Result<Rlimit> {
    let now = rustix::process::getrlimit(resource);
    let current = match (limit.current, now.maximum) {
        (Some(wanted), Some(most)) => Some(wanted.min(most)),
        (wanted, most) => wanted.or(most),
    };
    prlimit(Some(pid), resource, Rlimit { current, maximum: now.maximum })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    use std::time::Duration;

    #[test]
    fn children_that_are_there_already_are_bounded_too() {
        let mut program = Command::new("sh")
            .args(["-c", "sleep 30 & echo $!; wait"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut child = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut child).unwrap();
        let bounds =
            Bounds { wall: Duration::from_secs(1), memory: 123 << 20, file_size: 1_234_567 };
        apply(Pid::from_child(&program), &bounds);
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.trim())).unwrap();
        let pid = Pid::from_raw(child.trim().parse().unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        program.wait().unwrap();
        let words: Vec<&str> = limits.split_whitespace().collect();
        for limit in ["1234567", "128974848"] {
            assert!(words.contains(&limit), "{limit} is not in:\n{limits}");
        }
    }
}
