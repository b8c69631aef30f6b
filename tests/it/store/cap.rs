//! A store with a cap: never a byte over it, and nothing goes that somebody needs.

use super::{blob_path, open, result};
use memebuild::contract::action::ActionResult;
use memebuild::contract::digest::Digest;
use memebuild::store::collect::{Gone, Policy, Terms};
use memebuild::store::{ActionCache, Cas, LocalStore, Lookup, Presence};
use std::collections::HashSet;
use std::path::Path;

/// Bytes under `cas/` and `ac/`.
pub fn held(root: &Path) -> u64 {
    let files = |folder: &str| {
        let entries = walkdir::WalkDir::new(root.join(folder)).into_iter().flatten();
        entries.filter_map(|e| e.metadata().ok()).filter(|m| m.is_file()).map(|m| m.len()).sum()
    };
    let (blobs, records): (u64, u64) = (files("cas"), files("ac"));
    blobs + records
}

pub fn begin(store: &LocalStore, max_bytes: u64) {
    let build = "b1".to_owned();
    store.begin(Terms { max_bytes: Some(max_bytes), build, shared: false, pinned: HashSet::new() });
}

/// A blob of `bytes` and a record that says it took `wall_ms`.
fn make(store: &LocalStore, salt: u64, bytes: usize, wall_ms: u64) -> (Digest, ActionResult) {
    let mut content = vec![b'x'; bytes];
    content[..8].copy_from_slice(&salt.to_le_bytes());
    let digest = store.put_bytes(&content).unwrap();
    let record = ActionResult { wall_ms, ..result(salt, &[digest]) };
    store.put(record.clone());
    (digest, record)
}

#[test]
fn the_least_worthy_go_and_each_is_explained() {
    let cache = tempfile::tempdir().unwrap();
    let root = cache.path();
    let store = open(root);
    begin(&store, 100_000);
    let (dear, dear_record) = make(&store, 1, 20_000, 60_000);
    let (cheap, cheap_record) = make(&store, 2, 20_000, 10);
    store.flush();
    let before = held(root);
    for salt in 3..9 {
        make(&store, salt, 20_000, 1000);
        store.flush();
        assert!(held(root) <= 100_000, "{} after {salt}", held(root));
    }
    assert!(before < 100_000 && store.warnings().is_empty());
    assert_eq!(store.contains(&dear), Presence::Present);
    assert_eq!(store.contains(&cheap), Presence::Missing);
    assert_eq!(store.evicted(&dear), None);
    let tombstone = store.evicted(&cheap).unwrap();
    assert_eq!((tombstone.bytes, tombstone.cap), (20_000, 100_000));
    assert_eq!((tombstone.policy, tombstone.build.as_str()), (Policy::LeastWorth, "b1"));
    drop(store);

    // Records outlive blobs, and another process knows why a blob is gone.
    let store = open(root);
    for record in [dear_record, cheap_record] {
        assert_eq!(store.get(&record.key), Lookup::Hit(Box::new(record)));
    }
    assert_eq!(store.evictions()[0].gone, Gone::Blob(cheap));
    assert_eq!(store.evicted(&cheap), Some(tombstone));
}

#[test]
fn what_is_needed_stays_and_what_has_no_room_is_there_while_it_is_needed() {
    let cache = tempfile::tempdir().unwrap();
    let root = cache.path();
    let store = open(root);
    begin(&store, 50_000);
    let (needed, _) = make(&store, 1, 30_000, 10);
    store.need(&needed);
    store.flush();
    let (unkept, record) = make(&store, 2, 30_000, 60_000);
    store.need(&unkept);
    store.flush();
    assert!(held(root) <= 50_000);
    assert!(!blob_path(root, &unkept).exists());
    assert_eq!(store.bytes(&unkept).unwrap().len(), 30_000);
    let held_open = store.in_place(&unkept).unwrap();
    store.release(&unkept);
    assert!(held_open.path().exists(), "somebody still reads it");
    drop(held_open);
    assert_eq!(store.contains(&unkept), Presence::Missing);
    assert_eq!(store.evicted(&unkept).unwrap().policy, Policy::NoRoom);
    assert_eq!(store.contains(&needed), Presence::Present);
    let warning = &store.warnings()[0];
    assert_eq!(warning.code, "cache-full");
    drop(store);
    assert_eq!(open(root).get(&record.key), Lookup::Hit(Box::new(record)));
    assert_eq!(super::files_under(&root.join("tmp")), 0);
}

#[test]
fn pinned_blobs_stay_and_a_lowered_cap_is_kept_by_the_next_build() {
    let cache = tempfile::tempdir().unwrap();
    let root = cache.path();
    let store = open(root);
    let blobs: Vec<Digest> = (0..5).map(|salt| make(&store, salt, 10_000, 10 + salt).0).collect();
    drop(store);
    assert!(held(root) > 50_000);

    let store = open(root);
    let pinned = HashSet::from([blobs[0]]);
    let terms = Terms { max_bytes: Some(30_000), build: "b2".to_owned(), shared: false, pinned };
    store.begin(terms.clone());
    let would = store.collect(true).unwrap();
    assert_eq!(held(root), would.before_bytes);
    let gone: Vec<Gone> = would.let_go.iter().map(|gone| gone.gone).collect();
    assert_eq!(gone, [Gone::Blob(blobs[1]), Gone::Blob(blobs[2]), Gone::Blob(blobs[3])]);
    // A build that stores nothing keeps the cap too.
    store.flush();
    assert_eq!(held(root), would.after_bytes);
    let left: Vec<bool> = blobs.iter().map(|d| store.contains(d) == Presence::Present).collect();
    assert_eq!(left, [true, false, false, false, true]);
}

#[test]
fn records_go_last_and_before_they_are_all_that_is_left() {
    let cache = tempfile::tempdir().unwrap();
    let root = cache.path();
    for build in 0..40 {
        let store = open(root);
        begin(&store, 20_000);
        for salt in 0..5 {
            make(&store, build * 100 + salt, 300, 10);
        }
        drop(store);
        assert!(held(root) <= 20_000);
    }
    let listing = open(root).list().unwrap();
    let records: u64 = listing.records.iter().map(|record| record.stamp.size).sum();
    assert!((2_000..=7_000).contains(&records), "{records} bytes of records");
    assert!(listing.blobs.len() > 20, "{} blobs", listing.blobs.len());
    let store = open(root);
    let gone = store.evictions().into_iter().find_map(|tombstone| match tombstone.gone {
        Gone::Result(key) => Some(key),
        Gone::Blob(_) => None,
    });
    assert!(store.evicted_result(&gone.unwrap()).is_some());
}

#[test]
fn a_damaged_account_is_counted_anew() {
    let cache = tempfile::tempdir().unwrap();
    let root = cache.path();
    for (round, spoil) in [&b""[..], b"garbage", &[0; 32], &[255; 64]].into_iter().enumerate() {
        let store = open(root);
        begin(&store, 45_000);
        make(&store, round as u64 * 2, 20_000, 1);
        store.flush();
        std::fs::write(root.join("state/room"), spoil).unwrap();
        make(&store, round as u64 * 2 + 1, 20_000, 1);
        store.flush();
        assert!(held(root) <= 45_000 && held(root) > 20_000, "{}", held(root));
    }
}

#[test]
fn in_a_shared_store_nothing_goes_while_another_process_may_need_it() {
    let cache = tempfile::tempdir().unwrap();
    let root = cache.path();
    let terms = Terms { max_bytes: Some(50_000), shared: true, ..Terms::default() };
    let (one, other) = (open(root), open(root));
    one.begin(terms.clone());
    other.begin(terms.clone());
    let (first, _) = make(&one, 1, 30_000, 10);
    one.flush();
    let (second, _) = make(&other, 2, 30_000, 10);
    other.flush();
    assert!(held(root) <= 50_000);
    assert!(blob_path(root, &first).exists() && !blob_path(root, &second).exists());
    other.begin(Terms { max_bytes: Some(10_000), ..terms.clone() });
    let collected = other.collect(false).unwrap();
    assert!(collected.busy && collected.let_go.is_empty(), "{collected:?}");
    other.begin(terms);
    drop(one);
    let (third, _) = make(&other, 3, 30_000, 10);
    other.flush();
    assert!(!blob_path(root, &first).exists() && blob_path(root, &third).exists());
    assert!(held(root) <= 50_000);
}
