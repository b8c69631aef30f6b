use super::*;
use crate::store::{Stamp, stamp};
use std::path::PathBuf;

const CIRCUMSTANCES: [u8; 32] = [7; 32];
const STATE: UpToDate = UpToDate { nodes: 3, saved_ms: 9 };
const HEAD: Head = Head { state: STATE, records: ([1; 16], [2; 16]), tables: [3; 32] };

fn since(began_ns: i64) -> Began {
    Began { asking_ns: began_ns, reading_ns: began_ns }
}

fn check(bytes: &[u8], circumstances: &[u8; 32]) -> Option<UpToDate> {
    let snapshot = Snapshot::read(bytes, circumstances)?;
    assert_eq!(snapshot.head, HEAD);
    (snapshot.tables_hold() && snapshot.rest_holds()).then_some(snapshot.head.state)
}

/// A folder with a settled file, and its snapshot.
fn snapshot() -> (tempfile::TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in/clip.mp4");
    std::fs::create_dir(folder.path().join("in")).unwrap();
    std::fs::write(&file, "frames").unwrap();
    let stamp = Stamp::of(&file).unwrap();
    stamp.settle();
    let mut recorder = Recorder::default();
    recorder.file(file, stamp);
    recorder.path(folder.path().join("in"));
    recorder.path(folder.path().join("fonts"));
    let bytes = recorder.encode(&CIRCUMSTANCES, &HEAD, since(stamp::now_ns())).unwrap();
    (folder, bytes)
}

#[test]
fn an_untouched_project_is_up_to_date() {
    let (_folder, bytes) = snapshot();
    assert_eq!(check(&bytes, &CIRCUMSTANCES), Some(STATE));
    assert_eq!(check(&bytes, &[8; 32]), None);
}

#[test]
fn any_change_shows() {
    type Edit = fn(&Path);
    let edits: [Edit; 5] = [
        |root| std::fs::write(root.join("in/clip.mp4"), "FRAMES").unwrap(),
        |root| std::fs::write(root.join("in/new.mp4"), "x").unwrap(),
        |root| std::fs::remove_file(root.join("in/clip.mp4")).unwrap(),
        |root| std::fs::create_dir(root.join("fonts")).unwrap(),
        |root| {
            // Same size and modification time: the change time tells.
            let file = root.join("in/clip.mp4");
            let modified = std::fs::metadata(&file).unwrap().modified().unwrap();
            std::fs::write(&file, "FRAMES").unwrap();
            std::fs::File::options()
                .write(true)
                .open(&file)
                .unwrap()
                .set_modified(modified)
                .unwrap();
        },
    ];
    for edit in edits {
        let (folder, bytes) = snapshot();
        edit(folder.path());
        assert_eq!(check(&bytes, &CIRCUMSTANCES), None);
    }
}

#[test]
fn a_damaged_snapshot_proves_nothing() {
    let (_folder, bytes) = snapshot();
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        assert_eq!(check(&flipped, &CIRCUMSTANCES), None);
        assert_eq!(check(&bytes[..at], &CIRCUMSTANCES), None);
    }
}

#[test]
fn what_is_too_fresh_is_not_written_down() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut recorder = Recorder::default();
    recorder.file(file.path().to_owned(), Stamp::of(file.path()).unwrap());
    assert_eq!(recorder.encode(&CIRCUMSTANCES, &HEAD, since(stamp::now_ns())), None);
}

#[test]
fn what_changed_after_it_was_read_is_not_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let began = stamp::now_ns();
    std::fs::write(folder.path().join("Memefile.toml"), "").unwrap();
    Stamp::of(&folder.path().join("Memefile.toml")).unwrap().settle();
    for path in ["Memefile.toml", ""] {
        let mut recorder = Recorder::default();
        recorder.path(folder.path().join(path));
        assert_eq!(recorder.encode(&CIRCUMSTANCES, &HEAD, since(began)), None);
    }
}

#[test]
fn a_program_that_changed_after_it_was_asked_who_it_is_is_not_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let asking_ns = stamp::now_ns();
    let tool = folder.path().join("count.sh");
    settled(&tool, "wc -w").settle();
    // All else is read once more after that.
    let began = Began { asking_ns, reading_ns: stamp::now_ns() };
    let snapshot = |add: fn(&mut Recorder, PathBuf)| {
        let mut recorder = Recorder::default();
        add(&mut recorder, tool.clone());
        recorder.encode(&CIRCUMSTANCES, &HEAD, began)
    };
    assert_eq!(snapshot(Recorder::tool), None);
    assert!(snapshot(Recorder::path).is_some(), "what is read again is trusted");
}

/// A folder with settled files and a table, and their snapshot.
fn with_table(files: &[&str]) -> (tempfile::TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::default();
    for name in files {
        let path = folder.path().join(name);
        let stamp = settled(&path, name);
        recorder.file(path, stamp);
    }
    let table = folder.path().join("rows.csv");
    let stamp = settled(&table, "id,text");
    recorder.table(table, Some(stamp));
    let bytes = recorder.encode(&CIRCUMSTANCES, &HEAD, since(stamp::now_ns())).unwrap();
    (folder, bytes)
}

fn settled(path: &Path, text: &str) -> Stamp {
    std::fs::write(path, text).unwrap();
    let stamp = Stamp::of(path).unwrap();
    stamp.settle();
    stamp
}

#[test]
fn a_changed_table_is_told_from_all_else() {
    let (folder, bytes) = with_table(&["a"]);
    let holds = || {
        let snapshot = Snapshot::read(&bytes, &CIRCUMSTANCES).unwrap();
        assert_eq!(snapshot.tables(), [folder.path().join("rows.csv")]);
        (snapshot.tables_hold(), snapshot.rest_holds())
    };
    assert_eq!(holds(), (true, true));
    std::fs::write(folder.path().join("rows.csv"), "more").unwrap();
    assert_eq!(holds(), (false, true));
    std::fs::write(folder.path().join("a"), "more").unwrap();
    assert_eq!(holds(), (false, false));
}

#[test]
fn a_patched_snapshot_looks_at_what_changed_as_at_the_rest() {
    let (folder, bytes) = with_table(&["a", "b", "c"]);
    let at = |name: &str| folder.path().join(name);
    let mut patch = Patch::default();
    patch.table(at("rows.csv"), settled(&at("rows.csv"), "new"));
    patch.file(at("b"), settled(&at("b"), "changed"));
    patch.file(at("d"), settled(&at("d"), "new"));
    std::fs::create_dir(at("more")).unwrap();
    patch.file(at("more/e"), settled(&at("more/e"), "new"));
    std::fs::remove_file(at("c")).unwrap();
    patch.gone(at("c"));
    let snapshot = Snapshot::read(&bytes, &CIRCUMSTANCES).unwrap();
    let mut patched = snapshot.patched(patch, &CIRCUMSTANCES, &HEAD).unwrap();
    assert_eq!(check(&patched, &CIRCUMSTANCES), Some(STATE));
    // What is gone does not count any more, and each of the others does.
    std::fs::write(at("c"), "back").unwrap();
    assert_eq!(check(&patched, &CIRCUMSTANCES), Some(STATE));
    for name in ["rows.csv", "a", "b", "d", "more/e"] {
        let file = at(name);
        std::fs::rename(&file, at("aside")).unwrap();
        assert_eq!(check(&patched, &CIRCUMSTANCES), None, "{name}");
        let (mut patch, stamp) = (Patch::default(), settled(&file, "again"));
        if name == "rows.csv" {
            patch.table(file, stamp);
        } else {
            patch.file(file, stamp);
            let table = at("rows.csv");
            let stamp = Stamp::of(&table).unwrap();
            patch.table(table, stamp);
        }
        let again = Snapshot::read(&patched, &CIRCUMSTANCES).unwrap();
        patched = again.patched(patch, &CIRCUMSTANCES, &HEAD).unwrap();
        assert_eq!(check(&patched, &CIRCUMSTANCES), Some(STATE), "{name}");
    }
}

#[test]
fn a_patch_that_is_too_fresh_is_none() {
    let (folder, bytes) = with_table(&["a"]);
    std::fs::write(folder.path().join("a"), "changed").unwrap();
    let mut patch = Patch::default();
    patch.file(folder.path().join("a"), Stamp::of(&folder.path().join("a")).unwrap());
    let snapshot = Snapshot::read(&bytes, &CIRCUMSTANCES).unwrap();
    assert_eq!(snapshot.patched(patch, &CIRCUMSTANCES, &HEAD), None);
}
