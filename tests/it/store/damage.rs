//! Against a model: whatever is done to the files of a store, it never hands out a wrong byte, and
//! what was not touched is never lost.

use super::{blob_path, open, result};
use memebuild::contract::digest::Digest;
use memebuild::store::{ActionCache, Cas, LocalStore, Lookup, Presence, StoreError};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Contents to play with; some are equally long, so that they can be swapped unnoticed.
const CONTENTS: usize = 6;

fn content(i: usize) -> Vec<u8> {
    let len = [0, 1, 40, 40, 700, 300_000][i];
    (0..len).map(|at: usize| (at * 7 + i * 13) as u8).collect()
}

#[derive(Debug, Clone, Copy)]
enum Harm {
    Truncate,
    Append,
    Flip,
    FlipKeepingTime,
    Empty,
    Delete,
    /// By a file of the same length and time.
    Replace,
    Folder,
    Mode(u32),
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Put(usize),
    PutFile(usize),
    Record(usize),
    Flush,
    Reopen,
    Harm(usize, Harm),
    Swap(usize, usize),
    HarmRecord(usize, Harm),
    HarmState,
    Bytes(usize),
    CopyOut(usize),
    InPlace(usize),
    Get(usize),
    Verify,
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        Just(Harm::Truncate),
        Just(Harm::Append),
        Just(Harm::Flip),
        Just(Harm::FlipKeepingTime),
        Just(Harm::Empty),
        Just(Harm::Delete),
        Just(Harm::Replace),
        Just(Harm::Folder),
        prop_oneof![Just(0o000), Just(0o444), Just(0o777)].prop_map(Harm::Mode),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let i = 0..CONTENTS;
    prop_oneof![
        3 => i.clone().prop_map(Step::Put),
        3 => i.clone().prop_map(Step::PutFile),
        3 => i.clone().prop_map(Step::Record),
        3 => Just(Step::Flush),
        2 => Just(Step::Reopen),
        6 => (i.clone(), harm()).prop_map(|(i, harm)| Step::Harm(i, harm)),
        1 => (i.clone(), i.clone()).prop_map(|(a, b)| Step::Swap(a, b)),
        2 => (i.clone(), harm()).prop_map(|(i, harm)| Step::HarmRecord(i, harm)),
        1 => Just(Step::HarmState),
        3 => i.clone().prop_map(Step::Bytes),
        3 => i.clone().prop_map(Step::CopyOut),
        3 => i.clone().prop_map(Step::InPlace),
        3 => i.prop_map(Step::Get),
        1 => Just(Step::Verify),
    ]
}

fn do_harm(path: &Path, harm: Harm) {
    // A blob of no bytes cannot be shortened, and one in the session folder has no name yet.
    let Ok(bytes) = std::fs::read(path) else { return };
    let modified = path.metadata().unwrap().modified().unwrap();
    let mut flipped = bytes.clone();
    if let Some(byte) = flipped.get_mut(bytes.len() / 2) {
        *byte ^= 0x10;
    }
    let retime = |path: &Path| {
        File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
    };
    match harm {
        Harm::Truncate => std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap(),
        Harm::Append => std::fs::write(path, [&bytes[..], b"x"].concat()).unwrap(),
        Harm::Flip => std::fs::write(path, flipped).unwrap(),
        Harm::FlipKeepingTime => {
            std::fs::write(path, flipped).unwrap();
            retime(path);
        }
        Harm::Empty => std::fs::write(path, b"").unwrap(),
        Harm::Delete => std::fs::remove_file(path).unwrap(),
        Harm::Replace => {
            let other = path.with_extension("new");
            std::fs::write(&other, flipped).unwrap();
            retime(&other);
            std::fs::rename(&other, path).unwrap();
        }
        Harm::Folder => {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
            std::fs::write(path.join("inside"), b"x").unwrap();
        }
        Harm::Mode(mode) => {
            std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
    }
}

/// What the store should know.
#[derive(Default)]
struct Model {
    /// Put, and its file was not touched since: it must be there.
    whole: BTreeSet<usize>,
    /// Records put since their file was touched last.
    records: BTreeMap<usize, Digest>,
}

impl Model {
    /// An answer about content `i`.
    fn check(&mut self, i: usize, answer: Result<Vec<u8>, StoreError>) {
        match answer {
            Ok(bytes) => assert!(bytes == content(i), "wrong bytes for content {i}"),
            Err(error) => {
                assert!(error.is_miss(), "{error}");
                assert!(!self.whole.contains(&i), "content {i} was lost: {error}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn never_a_wrong_byte(steps in prop::collection::vec(step(), 1..60)) {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("cache");
        let mut store: Option<LocalStore> = Some(open(&root));
        let mut model = Model::default();
        let digests: Vec<Digest> = (0..CONTENTS).map(|i| Digest::of(&content(i))).collect();
        for step in steps {
            let open_store = store.as_ref().unwrap();
            match step {
                Step::Put(i) => {
                    assert_eq!(open_store.put_bytes(&content(i)).unwrap(), digests[i]);
                    model.whole.insert(i);
                }
                Step::PutFile(i) => {
                    let file = temp.path().join("output");
                    std::fs::write(&file, content(i)).unwrap();
                    assert_eq!(open_store.put_file(&file).unwrap(), digests[i]);
                    model.whole.insert(i);
                }
                Step::Record(i) => {
                    if model.whole.contains(&i) {
                        open_store.put(result(i as u64, &[digests[i]]));
                        model.records.insert(i, digests[i]);
                    }
                }
                Step::Flush => open_store.flush(),
                Step::Reopen => {
                    drop(store.take());
                    store = Some(open(&root));
                }
                Step::Harm(i, harm) => {
                    open_store.flush();
                    do_harm(&blob_path(&root, &digests[i]), harm);
                    if !matches!(harm, Harm::Mode(_)) {
                        model.whole.remove(&i);
                    }
                }
                Step::Swap(a, b) => {
                    open_store.flush();
                    let (a_path, b_path) = (blob_path(&root, &digests[a]), blob_path(&root, &digests[b]));
                    if a != b && a_path.exists() && b_path.exists() {
                        let aside = root.join("aside");
                        std::fs::rename(&a_path, &aside).unwrap();
                        std::fs::rename(&b_path, &a_path).unwrap();
                        std::fs::rename(&aside, &b_path).unwrap();
                        model.whole.remove(&a);
                        model.whole.remove(&b);
                    }
                }
                Step::HarmRecord(i, harm) => {
                    open_store.flush();
                    let hex = result(i as u64, &[digests[i]]).key.to_string();
                    do_harm(&root.join("ac").join(&hex[..2]).join(&hex[2..]), harm);
                    if !matches!(harm, Harm::Mode(_)) {
                        model.records.remove(&i);
                    }
                }
                Step::HarmState => {
                    drop(store.take());
                    do_harm(&root.join("state/blobs"), Harm::Flip);
                    store = Some(open(&root));
                }
                Step::Bytes(i) => model.check(i, open_store.bytes(&digests[i])),
                Step::CopyOut(i) => {
                    let dest = temp.path().join("copy");
                    let copied = open_store.copy_out(&digests[i], &dest);
                    model.check(i, copied.map(|_| std::fs::read(&dest).unwrap()));
                }
                Step::InPlace(i) => {
                    let held = open_store.in_place(&digests[i]);
                    model.check(i, held.map(|held| std::fs::read(held.path()).unwrap()));
                }
                Step::Get(i) => {
                    let expected = result(i as u64, &[digests[i]]);
                    match open_store.get(&expected.key) {
                        Lookup::Hit(found) => assert_eq!(*found, expected),
                        other => assert!(!model.records.contains_key(&i), "record {i} was lost: {other:?}"),
                    }
                    if model.whole.contains(&i) {
                        assert_eq!(open_store.contains(&digests[i]), Presence::Present);
                    }
                }
                Step::Verify => {
                    open_store.flush();
                    open_store.verify(false, &|_| ()).unwrap();
                    let again = open_store.verify(false, &|_| ()).unwrap();
                    assert!(again.damaged.is_empty(), "{:?}", again.damaged);
                }
            }
            if let Some(store) = &store {
                assert!(store.warnings().is_empty(), "{:?}", store.warnings());
            }
        }
    }
}
