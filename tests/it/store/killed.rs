//! A process that is killed, has no room, or may not write.

use super::cap::{begin, held};
use super::{open, result};
use memebuild::contract::digest::Digest;
use memebuild::store::verify::VerifyProgress;
use memebuild::store::{ActionCache, Cas, Durability, LocalStore, Lookup, Presence};
use rustix::fs::{FlockOperation, flock};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Set for a helper: which one it is.
const HELPER: &str = "MEMEBUILD_TEST_STORE_HELPER";
/// Set for a helper: where its cache is.
const CACHE: &str = "MEMEBUILD_TEST_STORE_CACHE";

/// Not a test by itself: what the tests below start in a process of its own.
#[test]
fn helper() {
    let Some(helper) = std::env::var_os(HELPER) else { return };
    let root = PathBuf::from(std::env::var_os(CACHE).unwrap());
    match helper.to_str().unwrap() {
        "put-for-ever" => put_for_ever(&root, None),
        "put-under-a-cap" => put_for_ever(&root, Some(CAP)),
        "verify-half" => verify_half(&root),
        "small-files-only" => small_files_only(&root),
        "may-not-write" => may_not_write(&root),
        other => panic!("no helper {other}"),
    }
}

fn start(helper: &str, root: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "store::killed::helper", "--nocapture"]);
    command.env(HELPER, helper).env(CACHE, root).stdin(Stdio::null());
    command
}

fn said(output: Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// Of the helpers that have one, bytes.
const CAP: u64 = 400_000;

/// Two threads that store blobs and records without end, some read in place meanwhile.
fn put_for_ever(root: &Path, cap: Option<u64>) {
    let store = LocalStore::open(root, Durability::Flushed);
    if let Some(cap) = cap {
        begin(&store, cap);
    }
    std::thread::scope(|scope| {
        for thread in 0..2u64 {
            let store = &store;
            scope.spawn(move || {
                for n in 0u64.. {
                    let salt = u64::from(std::process::id()) * 1_000_000 + thread * 500_000 + n;
                    let own = format!("{salt} {}", "x".repeat((n % 9 * 3000) as usize));
                    let own = store.put_bytes(own.as_bytes()).unwrap();
                    let file = store.session().fresh("helper").unwrap();
                    std::fs::write(&file, format!("shared {}", n % 50)).unwrap();
                    let shared = store.put_file(&file).unwrap();
                    let held = store.in_place(&shared).unwrap();
                    store.put(result(salt, &[own, shared]));
                    if n % 100 == 0 {
                        store.flush();
                    }
                    drop(held);
                }
            });
        }
    });
}

#[test]
fn killed_at_any_moment_no_record_names_a_wrong_blob() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("cache");
    let mut delay = 7u64;
    for round in 0..16 {
        let mut child = start("put-for-ever", &root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        delay = (delay * 31 + 17) % 211;
        std::thread::sleep(Duration::from_millis(20 + delay));
        child.kill().unwrap();
        child.wait().unwrap();

        let store = open(&root);
        for entry in store.list().unwrap().records {
            let Lookup::Hit(record) = store.record(&entry) else {
                panic!("round {round}: {:?}", store.record(&entry))
            };
            for digest in record.outputs.values() {
                assert_eq!(store.contains(digest), Presence::Present, "round {round}");
            }
        }
        let report = store.verify(false, &|_| ()).unwrap();
        assert!(report.damaged.is_empty(), "round {round}: {:?}", report.damaged);
        assert!(report.strays.is_empty() && report.evicted == 0, "round {round}: {report:?}");
        // The next build just works.
        let digest = store.put_bytes(format!("round {round}").as_bytes()).unwrap();
        store.put(result(round, &[digest]));
        store.flush();
        assert!(store.warnings().is_empty());
    }
    let records = open(&root).list().unwrap().records.len();
    assert!(records > 16, "only {records} records: the helpers stored nothing before their end");
}

#[test]
fn several_at_once_and_killed_never_a_byte_over_the_cap() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("cache");
    let (mut evicted, mut round) = (0, 0u64);
    // On a busy machine it takes more rounds until they meet the cap.
    while round < 8 || (round < 60 && !(evicted > 0 && held(&root) > CAP / 2)) {
        round += 1;
        let start = || {
            let mut command = start("put-under-a-cap", &root);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let mut both = [start(), start()];
        let until = Instant::now() + Duration::from_millis(150 + round * 37);
        while Instant::now() < until {
            // While the account is locked nothing comes, so what goes meanwhile is all that a
            // walk can get wrong.
            let account = std::fs::File::open(root.join("state/room")).ok();
            if let Some(account) = &account {
                flock(account, FlockOperation::LockExclusive).unwrap();
                assert!(held(&root) <= CAP, "round {round}: {}", held(&root));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        for child in &mut both {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(held(&root) <= CAP, "round {round}: {}", held(&root));

        let store = open(&root);
        begin(&store, CAP);
        let report = store.verify(false, &|_| ()).unwrap();
        assert!(report.damaged.is_empty() && report.strays.is_empty(), "round {round}: {report:?}");
        let digest = store.put_bytes(format!("round {round}").as_bytes()).unwrap();
        store.put(result(round, &[digest]));
        store.flush();
        assert!(store.warnings().is_empty());
        assert!(held(&root) <= CAP, "round {round}: {}", held(&root));
        evicted += report.evicted;
    }
    assert!(evicted > 0 && held(&root) > CAP / 2, "the helpers never filled the store");
}

/// Dies once half of the bytes were looked at.
fn verify_half(root: &Path) {
    let store = open(root);
    let die_at_half = |progress: VerifyProgress| {
        if progress.done_bytes * 2 >= progress.total_bytes {
            std::process::abort();
        }
    };
    store.verify(false, &die_at_half).unwrap();
}

#[test]
fn a_verification_goes_on_where_it_was_killed() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("cache");
    let store = open(&root);
    let blobs: Vec<Digest> =
        (0..200).map(|n| store.put_bytes(format!("blob {n}").as_bytes()).unwrap()).collect();
    blobs.iter().enumerate().for_each(|(n, blob)| store.put(result(n as u64, &[*blob])));
    drop(store);
    // The damaged blob is among the first that are looked at: found, removed, and the process dies.
    let first = blobs.iter().min().unwrap();
    std::fs::write(super::blob_path(&root, first), "x".repeat(first.len as usize)).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let child = start("verify-half", &root).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(!child.unwrap().success());

    let store = open(&root);
    let report = store.verify(false, &|_| ()).unwrap();
    assert!((50..199).contains(&report.resumed), "{report:?}");
    assert_eq!(report.damaged.len(), 1, "what was found before is told: {report:?}");
    assert_eq!(report.evicted, 1);
    let again = store.verify(false, &|_| ()).unwrap();
    assert_eq!((again.resumed, again.damaged.len()), (0, 0), "it had ended");
    // A blob that changed since is looked at again, whatever the notes say.
    let child = start("verify-half", &root).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(!child.unwrap().success());
    let sound = blobs.iter().filter(|blob| *blob != first).min().unwrap();
    std::fs::write(super::blob_path(&root, sound), "y".repeat(sound.len as usize)).unwrap();
    assert_eq!(store.verify(false, &|_| ()).unwrap().damaged.len(), 1);
}

fn small_files_only(root: &Path) {
    // A signal that somebody handles leaves the write with an error, as a full disk does.
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Default::default()).unwrap();
    let limit = rustix::process::Rlimit { current: Some(64 << 10), maximum: Some(64 << 10) };
    rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
    let store = open(root);
    let small = store.put_bytes(b"small").unwrap();
    let error = store.put_bytes(&vec![7; 100 << 10]).unwrap_err();
    let diagnostic = error.diagnostic();
    println!("code {}", diagnostic.code);
    println!("hint {}", diagnostic.hints[0]);
    store.flush();
    println!("small {:?}", store.contains(&small));
    println!("big {:?}", store.contains(&Digest::of(&vec![7; 100 << 10])));
    println!("leftovers {}", super::files_under(&root.join("tmp")));
}

#[test]
fn without_room_for_a_file_the_error_says_what_to_do_and_nothing_else_suffers() {
    let temp = tempfile::tempdir().unwrap();
    let text = said(start("small-files-only", temp.path()).output().unwrap());
    let facts: Vec<&str> = text
        .lines()
        .filter(|l| ["code", "hint", "small", "big", "left"].iter().any(|w| l.starts_with(w)))
        .collect();
    insta::assert_snapshot!(facts.join("\n"), @r"
    code disk-full
    hint free some space or raise the quota or file-size limit, then build again
    small Present
    big Missing
    leftovers 0
    ");
}

fn may_not_write(root: &Path) {
    let store = LocalStore::open(root, Durability::Flushed);
    let old = Digest::of(b"from before");
    println!("old {}", String::from_utf8(store.bytes(&old).unwrap()).unwrap());
    let new = store.put_bytes(b"of this build").unwrap();
    let record = result(2, &[old, new]);
    store.put(record.clone());
    store.flush();
    println!("new {}", String::from_utf8(store.bytes(&new).unwrap()).unwrap());
    println!("path {}", store.in_place(&new).unwrap().path().starts_with(root));
    println!("get {}", matches!(store.get(&record.key), Lookup::Hit(_)));
    for warning in store.warnings() {
        println!("warning {}", warning.message);
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_read_and_warned_of_once() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("cache");
    let store = open(&root);
    let digest = store.put_bytes(b"from before").unwrap();
    store.put(result(1, &[digest]));
    drop(store);

    let mode = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(temp.path(), mode(0o755)).unwrap();
    for entry in walkdir::WalkDir::new(&root).into_iter().flatten().filter(|e| e.path().is_dir()) {
        std::fs::set_permissions(entry.path(), mode(0o555)).unwrap();
    }
    let mut command = start("may-not-write", &root);
    if rustix::process::geteuid().is_root() {
        // Nobody may not write what root owns.
        command.uid(65534).gid(65534);
    }
    let text = said(command.output().unwrap());
    let facts: Vec<&str> = text
        .lines()
        .filter(|l| ["old", "new", "path", "get", "warning"].iter().any(|w| l.starts_with(w)))
        .collect();
    insta::assert_snapshot!(facts.join("\n"), @r"
    old from before
    new of this build
    path false
    get true
    warning the cache cannot be written, so nothing of this build is kept: Permission denied (os error 13)
    ");
    for entry in walkdir::WalkDir::new(&root).into_iter().flatten().filter(|e| e.path().is_dir()) {
        std::fs::set_permissions(entry.path(), mode(0o755)).unwrap();
    }
}
