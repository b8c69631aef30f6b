//! `--locked`, `--offline`, `source ls`, and locks that are no locks.

use super::server::Server;
use super::support::{noise, project, sound};

#[test]
fn what_was_never_fetched_is_said_so() {
    let server = Server::start();
    server.put("/a.wav", sound(1));
    let project = project(&format!("http = \"{}\"", server.url("/a.wav")));
    let plan = project.expect(2, &["plan"]);
    assert!(plan.contains("source `sounds` has not been fetched yet"), "{plan}");
    let locked = project.expect(2, &["--locked"]);
    assert!(locked.contains("does not fit Memefile.lock: nothing of it is pinned"), "{locked}");
    assert_eq!(server.asked().len(), 0);
    let output = project.run(&["source", "ls"]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("never") && table.contains("/a.wav"), "{table}");
}

#[test]
fn a_locked_build_moves_no_pin() {
    let server = Server::start();
    server.put("/a.wav", sound(1));
    server.put("/b.wav", sound(2));
    let project = project(&format!("http = [\"{}\"]", server.url("/a.wav")));
    project.expect(0, &[]);
    let lock = project.read("Memefile.lock");
    let more = project
        .read("Memefile.toml")
        .replace("/a.wav\"", &format!("/a.wav\", \"{}\"", server.url("/b.wav")));
    project.write("Memefile.toml", &more);
    let talk = project.expect(2, &["--locked"]);
    assert!(talk.contains("its addresses are not those that are pinned"), "{talk}");
    assert_eq!(project.read("Memefile.lock"), lock);
    assert_eq!(server.count("/b.wav").0, 0);
    // Without it, only what is new comes.
    project.expect(0, &[]);
    assert_eq!((server.count("/a.wav").0, server.count("/b.wav").0), (1, 1));
    // A source that is declared no more leaves the lock.
    project.write("Memefile.toml", "memefile = 1\n");
    let talk = project.expect(2, &["--locked"]);
    assert!(talk.contains("pins source `sounds`, which is not declared"), "{talk}");
    project.expect(0, &[]);
    assert!(project.lock().sources.is_empty());
}

#[test]
fn an_offline_build_asks_nobody() {
    let server = Server::start();
    server.put("/a.wav", sound(1));
    let project = project(&format!("http = \"{}\"", server.url("/a.wav")));
    let talk = project.expect(1, &["--offline"]);
    assert!(talk.contains("`--offline` asks nobody"), "{talk}");
    assert_eq!(server.asked().len(), 0);
    project.expect(0, &[]);
    project.expect(0, &["--offline"]);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn who_only_looks_may_be_held_to_the_lock_and_to_what_is_here() {
    let server = Server::start();
    server.put("/a.wav", sound(1));
    let project = project(&format!("http = \"{}\"", server.url("/a.wav")));
    let both = |code: i32, flag: &str, why: &str| {
        for command in [&["plan", flag][..], &["source", "ls", flag]] {
            let talk = project.expect(code, command);
            assert!(talk.contains(why), "{command:?}: {talk}");
        }
    };
    both(2, "--locked", "nothing of it is pinned");
    both(1, "--offline", "source `sounds` was never fetched, and `--offline` asks nobody");
    project.expect(0, &[]);
    both(0, "--locked", "");
    both(0, "--offline", "");
    let plan = |args: &[&str]| {
        let output = project.run(args);
        String::from_utf8(output.stdout).expect("a plan")
    };
    assert!(!plan(&["plan"]).contains("to fetch"), "{}", plan(&["plan"]));

    // What is pinned and not here comes with the next build, if somebody may be asked.
    let asked = server.asked().len();
    project.expect(0, &["clean", "--cache", "--sources"]);
    assert!(plan(&["plan"]).contains("source sounds: 1 file to fetch"), "{}", plan(&["plan"]));
    let document: serde_json::Value =
        serde_json::from_str(&plan(&["plan", "--format", "json"])).expect("JSON");
    assert_eq!(document["fetch"], serde_json::json!([{ "source": "sounds", "files": 1 }]));
    both(0, "--locked", "");
    both(1, "--offline", "source `sounds` lacks 1 of its 1 files");

    let memefile = project.read("Memefile.toml");
    let more = memefile.replace("http = ", "tags = [\"new\"]\nhttp = ");
    let other = more.replace("/a.wav\"", &format!("/a.wav\", \"{}\"", server.url("/b.wav")));
    let other = other.replace("http = \"", "http = [\"").replace("b.wav\"", "b.wav\"]");
    project.write("Memefile.toml", other);
    both(2, "--locked", "what is declared is not what is pinned");
    project.write("Memefile.toml", "memefile = 1\n");
    both(2, "--locked", "pins source `sounds`, which is not declared");
    assert_eq!(server.asked().len(), asked, "looking asks nobody");
}

#[test]
fn a_lock_that_is_none_is_told_and_left_alone() {
    let server = Server::start();
    server.put("/a.wav", sound(1));
    let project = project(&format!("http = \"{}\"", server.url("/a.wav")));
    project.expect(0, &[]);
    let good = project.read("Memefile.lock");
    for (bad, why) in [
        (good.replace("version = 1", "version = 9"), "newer memebuild"),
        (good.replace("a.wav\"\ndigest", "../../a.wav\"\ndigest"), "not a file name"),
        ("<<<<<<< HEAD\n".to_owned(), "cannot read Memefile.lock"),
    ] {
        project.write("Memefile.lock", &bad);
        for command in [&["build"][..], &["source", "update"], &["source", "ls"]] {
            let talk = project.expect(2, command);
            assert!(talk.contains(why), "{talk}");
        }
        assert_eq!(project.read("Memefile.lock"), bad);
    }
}

#[test]
fn ls_lists_what_is_pinned() {
    let server = Server::start();
    server.put("/a.wav", noise(1, 1234));
    let project = project(&format!("http = [\"{}?token=s3cret\"]", server.url("/a.wav")));
    assert_eq!(project.update().0, Some(0));
    let output = project.run(&["source", "ls", "sounds"]);
    let list = String::from_utf8(output.stdout).unwrap();
    assert!(list.contains("1.2 kB  a.wav") && !list.contains("s3cret"), "{list}");
    let output = project.run(&["source", "ls", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let item = &document["sources"][0]["items"][0];
    assert_eq!(item["key"], server.url("/a.wav"));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("s3cret"));
    for command in [["source", "ls", "sound"], ["source", "update", "sound"]] {
        let talk = project.expect(2, &command);
        assert!(talk.contains("there is no source `sound` that is fetched"), "{talk}");
    }
}

#[test]
fn passwords_and_nonsense_are_no_addresses() {
    for (bad, why) in [
        ("http = \"ftp://a.test/x\"", "only `http` and `https`"),
        ("http = \"https://me:secret@a.test/x\"", "no place for passwords"),
        ("http = []", "at least one address"),
        ("bucket = \"s3://\"", "is not a bucket"),
        ("bucket = \"s3://memes/../other\"", "is not a bucket"),
        ("gallery = \"file:///etc/passwd\"", "only `http` and `https`"),
        ("http = { url = \"https://a.test\", sha256 = \"abc\" }", "is not 64 hexadecimal digits"),
        ("http = \"https://a.test/x\"\nfiles = \"*.wav\"", "has both `files` and `http`"),
        ("files = \"*.wav\"\nsample = 3", "`sample` has no meaning for a source of `files`"),
        ("tags = []", "does not say where its files are"),
    ] {
        let project = project(bad);
        let talk = project.expect(2, &["plan"]);
        assert!(talk.contains(why), "{bad}: {talk}");
    }
}

#[test]
fn a_null_build_asks_nobody_and_parses_nothing() {
    let server = Server::start();
    server.put("/a.wav", sound(1));
    let project = project(&format!("http = \"{}\"", server.url("/a.wav")));
    project.expect(0, &[]);
    // What is fresh off the disk is trusted a moment later.
    let mut brief = false;
    for _ in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(100));
        project.expect(0, &[]);
        let logs = project.files("cache/log").len();
        let talk = project.expect(0, &[]);
        assert!(talk.contains("all fresh: nothing to do"), "{talk}");
        brief |= project.files("cache/log").len() == logs;
        if brief {
            break;
        }
    }
    assert!(brief, "it never came to a snapshot");
    // The snapshot looks at the lock and at what was fetched.
    let lock = project.lock();
    let path = lock.sources["sounds"].items.values().next().unwrap().path("sounds");
    std::fs::remove_file(project.root().join(path)).unwrap();
    project.expect(0, &[]);
    assert_eq!(server.count("/a.wav").0, 2);
}
