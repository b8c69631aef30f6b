//! Cold hashing against b3sum: one large file and a folder of small ones, both dropped from the
//! page cache before every run. Ends with lines `hash-… ratio R`: our throughput ÷ b3sum's, the
//! median of paired runs. b3sum's own start is counted: it is two milliseconds.

use memebuild::store::hash;
use rustix::fs::{Advice, fadvise, fsync};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const PAIRS: usize = 11;

fn main() {
    let folder = tempfile::Builder::new().prefix("hash-bench-").tempdir().expect("a temp folder");
    // Larger than any cache of the processor; nothing that a disk could compress.
    let large = vec![write(&folder.path().join("large"), 512 << 20)];
    compare("large", &large);
    let small: Vec<PathBuf> =
        (0..2000).map(|n| write(&folder.path().join(format!("small-{n}")), 64 << 10)).collect();
    compare("small", &small);
}

fn compare(name: &str, files: &[PathBuf]) {
    let ours = || {
        use rayon::prelude::*;
        files.par_iter().for_each(|path| {
            hash::file(path).expect("the file is there");
        });
    };
    let theirs = || {
        let status = Command::new("b3sum").args(files).stdout(Stdio::null()).status();
        assert!(status.expect("b3sum is installed").success());
    };
    let mut pairs = Vec::new();
    for index in 0..PAIRS {
        let (a, b) = if index % 2 == 0 {
            let a = cold(files, ours);
            (a, cold(files, theirs))
        } else {
            let b = cold(files, theirs);
            (cold(files, ours), b)
        };
        pairs.push((a, b));
    }
    let bytes: u64 = files.iter().map(|f| f.metadata().expect("the file is there").len()).sum();
    let rate = |seconds: f64| bytes as f64 / seconds / 1e6;
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!("{name}: ours  {:>6.0} MB/s", rate(median(pairs.iter().map(|p| p.0).collect())));
    println!("{name}: b3sum {:>6.0} MB/s", rate(median(pairs.iter().map(|p| p.1).collect())));
    let ratio = median(pairs.iter().map(|(a, b)| b / a).collect());
    println!("hash-{name} ratio {ratio:.3}");
}

/// Seconds that `work` takes with none of the files in the page cache.
fn cold(files: &[PathBuf], work: impl Fn()) -> f64 {
    for path in files {
        let file = File::open(path).expect("the file is there");
        fadvise(&file, 0, None, Advice::DontNeed).expect("the page cache takes advice");
    }
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Writes `len` pseudo-random bytes (xorshift) and waits until they are on the disk, for only
/// clean pages can be dropped.
fn write(path: &Path, len: usize) -> PathBuf {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ len as u64;
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    let mut file = File::create(path).expect("a file in the temp folder");
    file.write_all(&bytes).expect("room on the disk");
    fsync(&file).expect("the disk takes it");
    path.to_owned()
}
