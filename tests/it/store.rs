//! The store keeps what it was given and never hands out a wrong byte, whatever happens to its
//! files, its process or its disk.

use memebuild::contract::action::{ActionResult, KeyManifest};
use memebuild::contract::digest::Digest;
use memebuild::store::{
    ActionCache, Cas, Durability, FileDigests, LocalStore, Lookup, Presence, StoreError,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub mod cap;
pub mod damage;
pub mod killed;

/// A record that names these outputs, under a key that depends on `salt` alone.
pub fn result(salt: u64, outputs: &[Digest]) -> ActionResult {
    let names = (0..outputs.len()).map(|n| format!("out{n}"));
    let manifest = KeyManifest {
        step: "test/step".to_owned(),
        version: 1,
        argv: vec![salt.to_string()],
        env: BTreeMap::new(),
        params: serde_json::Value::Null,
        inputs: BTreeMap::new(),
        outputs: names.clone().map(|name| (name, "any".to_owned())).collect(),
        tools: BTreeMap::new(),
    };
    ActionResult {
        key: manifest.key(),
        outputs: names.zip(outputs.iter().copied()).collect(),
        manifest,
        wall_ms: 1,
        cpu_ms: 1,
        build: "b".to_owned(),
        finished_ms: 1,
    }
}

pub fn open(root: &Path) -> LocalStore {
    LocalStore::open(root, Durability::None)
}

pub fn blob_path(root: &Path, digest: &Digest) -> PathBuf {
    let hex = digest.hex();
    root.join("cas").join(&hex[..2]).join(&hex[2..])
}

fn files_under(root: &Path) -> usize {
    walkdir::WalkDir::new(root).into_iter().flatten().filter(|e| e.file_type().is_file()).count()
}

#[test]
fn what_is_put_can_be_had_at_once_and_after_reopening() {
    let cache = tempfile::tempdir().unwrap();
    let root = cache.path().join("cache");
    let outside = cache.path().join("made.mp4");
    std::fs::write(&outside, "a file").unwrap();
    let dest = cache.path().join("artefacts/deep/copy.mp4");

    let store = LocalStore::open(&root, Durability::Flushed);
    let bytes = store.put_bytes(b"some bytes").unwrap();
    let file = store.put_file(&outside).unwrap();
    let empty = store.put_bytes(b"").unwrap();
    assert!(!outside.exists(), "a file is moved, not copied");
    let record = result(1, &[bytes, file, empty]);
    store.put(record.clone());

    let check = |store: &LocalStore| {
        assert_eq!(store.bytes(&bytes).unwrap(), b"some bytes");
        assert_eq!(store.bytes(&empty).unwrap(), b"");
        assert_eq!(std::fs::read(store.in_place(&file).unwrap().path()).unwrap(), b"a file");
        assert_eq!(store.contains(&file), Presence::Present);
        assert_eq!(store.get(&record.key), Lookup::Hit(Box::new(record.clone())));
        let placed = store.copy_out(&file, &dest).unwrap();
        assert_eq!(std::fs::read(&dest).unwrap(), b"a file");
        assert_eq!(placed.ino, dest.metadata().unwrap().ino());
    };
    check(&store);
    store.flush();
    check(&store);
    assert!(store.warnings().is_empty());
    drop(store);
    check(&open(&root));
    assert_eq!(files_under(&root.join("tmp")), 0);
    assert_eq!(files_under(&root.join("cas")), 3);
    assert_eq!(files_under(&root.join("ac")), 1);
}

#[test]
fn what_is_not_there_is_missing_and_nothing_is_made_by_asking() {
    let cache = tempfile::tempdir().unwrap();
    let root = cache.path().join("cache");
    let store = open(&root);
    let digest = Digest::of(b"nowhere");
    assert_eq!(store.contains(&digest), Presence::Missing);
    assert!(matches!(store.bytes(&digest), Err(StoreError::Missing(_))));
    assert!(matches!(store.in_place(&digest), Err(StoreError::Missing(_))));
    assert!(store.copy_out(&digest, &cache.path().join("x")).unwrap_err().is_miss());
    assert_eq!(store.get(&result(1, &[]).key), Lookup::Missing);
    store.flush();
    drop(store);
    assert!(!root.exists() || files_under(&root) == 0);
}

#[test]
fn a_path_stays_readable_while_it_is_held() {
    let cache = tempfile::tempdir().unwrap();
    let store = open(cache.path());
    let digest = store.put_bytes(b"segment").unwrap();
    let held = store.in_place(&digest).unwrap();
    let again = store.in_place(&digest).unwrap();
    let path = held.path().to_owned();
    assert!(path.starts_with(cache.path().join("tmp")));

    store.flush();
    assert_eq!(std::fs::read(&path).unwrap(), b"segment", "held over the commit");
    assert_eq!(std::fs::read(held.lasting_path()).unwrap(), b"segment");
    drop(held);
    assert!(path.exists(), "held once more");
    drop(again);
    assert!(!path.exists());
    assert_eq!(store.in_place(&digest).unwrap().path(), blob_path(cache.path(), &digest));
}

#[test]
fn bytes_that_are_there_are_not_written_again() {
    let cache = tempfile::tempdir().unwrap();
    let first = open(cache.path());
    let digest = first.put_bytes(b"the same").unwrap();
    first.flush();
    drop(first);
    let inode = || blob_path(cache.path(), &digest).metadata().unwrap().ino();
    let store = open(cache.path());
    let before = inode();
    let outside = cache.path().join("outside");
    std::fs::write(&outside, "the same").unwrap();
    store.put_file(&outside).unwrap();
    store.put_bytes(b"the same").unwrap();
    store.flush();
    assert_eq!(inode(), before);
    assert!(!outside.exists());

    // Damage that a look at the length cannot find is mended by the way.
    std::fs::write(blob_path(cache.path(), &digest), "the sane").unwrap();
    store.put_bytes(b"the same").unwrap();
    assert_eq!(store.bytes(&digest).unwrap(), b"the same");
}

#[test]
fn a_file_with_another_name_is_copied_and_a_link_or_folder_is_refused() {
    let cache = tempfile::tempdir().unwrap();
    let store = open(&cache.path().join("cache"));
    let user = cache.path().join("user's own.mp4");
    let output = cache.path().join("output.mp4");
    std::fs::write(&user, "frames").unwrap();
    std::fs::hard_link(&user, &output).unwrap();
    let digest = store.put_file(&output).unwrap();
    store.flush();
    std::fs::write(&user, "edited").unwrap();
    assert_eq!(store.bytes(&digest).unwrap(), b"frames");

    std::os::unix::fs::symlink(&user, &output).unwrap();
    assert!(matches!(store.put_file(&output), Err(StoreError::NotAFile(_))));
    assert!(matches!(store.put_file(cache.path()), Err(StoreError::NotAFile(_))));
}

#[test]
fn a_file_from_another_file_system_is_copied() {
    let cache = tempfile::tempdir().unwrap();
    let device = |path: &Path| path.metadata().map(|m| m.dev()).ok();
    let elsewhere = ["/dev/shm", "/tmp", "/var/tmp"].map(Path::new).into_iter().find(|other| {
        device(other).is_some()
            && device(other) != device(cache.path())
            && tempfile::tempdir_in(other).is_ok()
    });
    // A machine with one writable file system has nothing to cross.
    let Some(elsewhere) = elsewhere else { return };
    let other = tempfile::tempdir_in(elsewhere).unwrap();
    let file = other.path().join("made");
    std::fs::write(&file, "far away").unwrap();
    let store = open(cache.path());
    let digest = store.put_file(&file).unwrap();
    assert!(!file.exists());
    let back = other.path().join("back/again");
    store.copy_out(&digest, &back).unwrap();
    assert_eq!(std::fs::read(&back).unwrap(), b"far away");
    assert_eq!(std::fs::read_dir(back.parent().unwrap()).unwrap().count(), 1, "no leftovers");
}

#[test]
fn an_output_is_replaced_whole_or_not_at_all() {
    let cache = tempfile::tempdir().unwrap();
    let root = cache.path().join("cache");
    let store = open(&root);
    let dest = cache.path().join("render.mp4");
    std::fs::write(&dest, "the last good one").unwrap();
    let digest = store.put_bytes(b"the new one").unwrap();
    store.flush();
    std::fs::write(blob_path(&root, &digest), "the bad one").unwrap();
    let error = store.copy_out(&digest, &dest).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }));
    assert_eq!(std::fs::read(&dest).unwrap(), b"the last good one");
    assert_eq!(store.contains(&digest), Presence::Missing, "it was removed");

    store.put_bytes(b"the new one").unwrap();
    store.copy_out(&digest, &dest).unwrap();
    assert_eq!(std::fs::read(&dest).unwrap(), b"the new one");
    assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 2, "no leftovers");
}

#[test]
fn many_threads_may_put_the_same_and_different_things() {
    let cache = tempfile::tempdir().unwrap();
    let store = open(cache.path());
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let store = &store;
            scope.spawn(move || {
                for i in 0..50u64 {
                    let shared = store.put_bytes(format!("shared {i}").as_bytes()).unwrap();
                    let own = store.put_bytes(format!("{thread}'s {i}").as_bytes()).unwrap();
                    let held = store.in_place(&shared).unwrap();
                    store.put(result(thread * 1000 + i, &[shared, own]));
                    assert_eq!(
                        std::fs::read(held.path()).unwrap(),
                        format!("shared {i}").as_bytes()
                    );
                }
            });
        }
    });
    drop(store);
    let report = open(cache.path()).verify(false, &|_| ()).unwrap();
    assert_eq!((report.blobs, report.records, report.evicted), (450, 400, 0));
    assert!(report.damaged.is_empty() && report.strays.is_empty());
    assert_eq!(files_under(&cache.path().join("tmp")), 0);
}

#[test]
fn verify_finds_removes_and_names_what_is_damaged() {
    let cache = tempfile::tempdir().unwrap();
    let root = cache.path();
    let store = open(root);
    let digests: Vec<Digest> =
        (0..6).map(|i| store.put_bytes(format!("blob {i}").as_bytes()).unwrap()).collect();
    for (salt, digest) in digests.iter().enumerate() {
        store.put(result(salt as u64, &[*digest]));
    }
    store.flush();
    std::fs::write(blob_path(root, &digests[0]), "blub 0").unwrap();
    std::fs::write(blob_path(root, &digests[1]), "").unwrap();
    std::fs::remove_file(blob_path(root, &digests[2])).unwrap();
    let key = result(3, &[]).manifest.key();
    let listing = store.list().unwrap();
    let record = listing.records.iter().find(|r| r.key != key).unwrap();
    std::fs::write(&record.path, "nonsense").unwrap();
    std::fs::write(root.join("cas/stray"), "").unwrap();

    let seen = std::sync::atomic::AtomicU64::new(0);
    let report = store
        .verify(false, &|progress| {
            seen.fetch_max(progress.done_bytes, std::sync::atomic::Ordering::Relaxed);
            assert!(progress.done_bytes <= progress.total_bytes);
        })
        .unwrap();
    assert_eq!(report.damaged.len(), 3, "{:?}", report.damaged);
    assert_eq!((report.blobs, report.records), (5, 6));
    assert_eq!(report.strays, [root.join("cas/stray")]);
    assert_eq!(seen.into_inner(), report.bytes);
    let whys: std::collections::BTreeSet<_> =
        report.damaged.iter().map(|d| d.why.as_str()).collect();
    insta::assert_snapshot!(whys.into_iter().collect::<Vec<_>>().join("\n"), @r"
    its bytes do not hash to its name
    the record is cut short
    ");
    let again = store.verify(false, &|_| ()).unwrap();
    assert!(again.damaged.is_empty());
    assert_eq!((again.blobs, again.records), (3, 5));
    assert!(again.evicted >= 2, "records outlive their blobs: {}", again.evicted);
}

#[test]
fn a_record_that_cannot_be_believed_says_why() {
    let cache = tempfile::tempdir().unwrap();
    let store = open(cache.path());
    let (record, other) = (result(1, &[]), result(2, &[]));
    store.put(record.clone());
    store.put(other.clone());
    store.flush();
    let path = |record: &ActionResult| {
        let hex = record.key.to_string();
        cache.path().join("ac").join(&hex[..2]).join(&hex[2..])
    };
    let whole = std::fs::read(path(&record)).unwrap();
    let with = |bytes: &[u8]| {
        std::fs::write(path(&record), bytes).unwrap();
        match store.get(&record.key) {
            Lookup::Damaged(why) => why,
            other => panic!("{other:?}"),
        }
    };
    let mut newer = whole[65..].to_vec();
    newer[21] = b'9';
    let checksum = blake3::hash(&newer).to_hex();
    let whys = [
        with(&[]),
        with(&whole[..whole.len() - 1]),
        with(&whole[1..]),
        with(&std::fs::read(path(&other)).unwrap()),
        with(&[checksum.as_bytes(), b"\n", &newer].concat()),
    ];
    let key = other.key.short();
    insta::assert_snapshot!(whys.join("\n").replace(&key, "KEY"), @r"
    the record is cut short
    the record does not match its checksum
    the record does not begin with its checksum
    the record is that of action KEY
    action-result document has schemaVersion 9, and this memebuild reads up to 1; it needs a newer memebuild
    ");
    store.put(record.clone());
    store.flush();
    assert_eq!(store.get(&record.key), Lookup::Hit(Box::new(record)));
}

#[test]
fn without_room_for_blobs_the_build_goes_on_and_nothing_is_kept() {
    let cache = tempfile::tempdir().unwrap();
    std::fs::write(cache.path().join("cas"), "a file where a folder should be").unwrap();
    let store = open(cache.path());
    let digest = store.put_bytes(b"for this build").unwrap();
    let record = result(1, &[digest]);
    store.put(record.clone());
    store.flush();
    assert_eq!(store.bytes(&digest).unwrap(), b"for this build");
    assert!(matches!(store.get(&record.key), Lookup::Hit(_)));
    let warnings = store.warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].message.starts_with("nothing more of this build is kept in the cache"));
    drop(store);
    assert_eq!(open(cache.path()).get(&record.key), Lookup::Missing);
    assert_eq!(files_under(&cache.path().join("tmp")), 0);
}

#[test]
fn a_file_is_hashed_again_exactly_if_it_may_have_changed() {
    let project = tempfile::tempdir().unwrap();
    let cache = project.path().join("cache");
    let clip = project.path().join("clip.mp4");
    std::fs::write(&clip, "one").unwrap();
    let store = open(&cache);
    let open = || FileDigests::open(&cache, store.session().clone(), project.path());

    let digests = open();
    let (digest, stamp) = digests.digest(Path::new("clip.mp4")).unwrap();
    assert_eq!(digest, Digest::of(b"one"));
    // At once, in the same tick if the machine is fast, as long, and with its old time.
    std::fs::write(&clip, "two").unwrap();
    let mtime = Duration::from_nanos(u64::try_from(stamp.mtime_ns).unwrap());
    let file = File::options().write(true).open(&clip).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + mtime).unwrap();
    assert_eq!(digests.digest(Path::new("clip.mp4")).unwrap().0, Digest::of(b"two"));
    digests.save().unwrap();

    let replacement = project.path().join("new");
    std::fs::write(&replacement, "six").unwrap();
    File::options()
        .write(true)
        .open(&replacement)
        .unwrap()
        .set_modified(std::time::UNIX_EPOCH + mtime)
        .unwrap();
    std::fs::rename(&replacement, &clip).unwrap();
    assert_eq!(open().digest(Path::new("clip.mp4")).unwrap().0, Digest::of(b"six"));

    let error = open().digest(Path::new("gone.mp4")).unwrap_err();
    assert!(error.to_string().ends_with("gone.mp4`: No such file or directory (os error 2)"));
    assert!(open().digest(Path::new("cache")).is_err(), "a folder has no bytes");
}

#[test]
fn files_are_hashed_in_the_order_asked_for_each_with_its_own_error() {
    let project = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..20).map(|i| format!("{i}.wav").into()).collect();
    for (i, path) in paths.iter().enumerate().filter(|(i, _)| *i != 7) {
        std::fs::write(project.path().join(path), i.to_string()).unwrap();
    }
    let store = open(&project.path().join("cache"));
    let digests =
        FileDigests::open(&project.path().join("cache"), store.session().clone(), project.path());
    for (i, found) in digests.digest_all(&paths).into_iter().enumerate() {
        match found {
            Ok((digest, _)) => assert_eq!(digest, Digest::of(i.to_string().as_bytes())),
            Err(error) => assert!(i == 7 && error.to_string().contains("7.wav")),
        }
    }
}
