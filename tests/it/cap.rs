//! Real builds by the real binary with a cache that is too small for them: nothing fails, nothing
//! comes out different, and what is gone is made again only for those who need it.

use crate::project::Project;
use crate::store::cap::held;

const CAP: u64 = 100_000;

/// Three chains of two commands: a large file of 60 kB made from a line, and its first letters.
fn chains() -> Project {
    let mut text = "memefile = 1\n[cache]\nmax-size = \"100 kB\"\n".to_owned();
    for name in ["a", "b", "c"] {
        text += &format!(
            r#"
[command.{name}-large]
run = ["sh", "-c", 'yes "$(cat "$0")" | head -n 3000 >"$1"', "{{in}}", "{{out}}"]
inputs = ["in/{name}.txt"]
outputs = ["artefacts/{name}/large.txt"]
[command.{name}-small]
run = ["sh", "-c", 'head -c 40 "$0" >"$1"', "{{in}}", "{{out}}"]
inputs = ["artefacts/{name}/large.txt"]
outputs = ["artefacts/{name}/small.txt"]
"#
        );
    }
    let project = Project::new(&text);
    for name in ["a", "b", "c"] {
        project.write(&format!("in/{name}.txt"), format!("this is chain {name}...\n"));
    }
    project
}

fn result<'a>(document: &'a serde_json::Value, node: &str) -> &'a serde_json::Value {
    let results = document["results"].as_array().unwrap();
    results.iter().find(|result| result["node"] == node).unwrap()
}

#[test]
fn a_cache_smaller_than_the_build_changes_nothing_but_time() {
    let unlimited = chains();
    unlimited.expect(0, &["build", "--cache-max-size", "none"]);
    assert!(held(&unlimited.root().join("cache")) > CAP);
    for cap in ["100 kB", "70 kB", "6 kB", "1 B"] {
        let project = chains();
        let build = project.run(&["build", "--cache-max-size", cap, "--format", "json"]);
        assert_eq!(build.status.code(), Some(0), "{cap}");
        let bytes: u64 = match cap {
            "1 B" => 1,
            kilo => kilo.trim_end_matches(" kB").parse::<u64>().unwrap() * 1000,
        };
        assert!(held(&project.root().join("cache")) <= bytes, "{cap}");
        assert_eq!(project.files("artefacts"), unlimited.files("artefacts"), "{cap}");
        // Blobs are gone, and yet everything is proven to be up to date.
        let again = project.run(&["build", "--cache-max-size", cap, "--format", "json"]);
        let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
        assert_eq!((&again["fresh"], &again["actions_ran"]), (&6.into(), &0.into()), "{cap}");
        assert!(project.expect(0, &["build", "--cache-max-size", cap]).contains("all fresh"));
    }
}

#[test]
fn what_was_let_go_is_made_again_for_those_who_need_it_and_why_says_so() {
    let project = chains();
    project.build();
    assert!(held(&project.root().join("cache")) <= CAP);
    let evictions = project.read("cache/state/evictions");
    let large = evictions.matches("\"bytes\":57000").count();
    assert_eq!(large, 2, "two of three large files had to go: {evictions}");
    let gone = |name: &str| {
        let bytes = std::fs::read(project.root().join(format!("artefacts/{name}/large.txt")));
        evictions.contains(&blake3::hash(&bytes.unwrap()).to_string())
    };
    let name = ["a", "b", "c"].into_iter().find(|name| gone(name)).unwrap();

    // A consumer that is new reads it.
    let text = project.read("Memefile.toml");
    project.write("Memefile.toml", text.replace("head -c 40", "head -c 41"));
    let built = project.build();
    let small = result(&built, &format!("command:{name}-small"));
    assert_eq!(small["status"], "ran");
    assert_eq!(result(&built, &format!("command:{name}-large"))["status"], "fresh");
    assert_eq!(built["ran"], 3);
    assert!(built["actions_ran"].as_u64().unwrap() > 3, "{built:#}");
    assert!(held(&project.root().join("cache")) <= CAP);
    let small = project.read(&format!("artefacts/{name}/small.txt"));
    assert_eq!((small.len(), &small[..15]), (41, &*format!("this is chain {name}")));
    let log = project.files("cache/log").into_values().last().unwrap();
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("its output was evicted at 20"), "{log}");
    assert!(log.contains("to keep the cache below 100.0 kB"), "{log}");

    // A file for people that went is put back, by making it again where it must be.
    for name in ["a", "b", "c"] {
        std::fs::remove_file(project.root().join(format!("artefacts/{name}/large.txt"))).unwrap();
    }
    let built = project.build();
    assert_eq!((&built["hit"], &built["ran"]), (&3.into(), &0.into()));
    let whys: Vec<&str> = ["a", "b", "c"]
        .iter()
        .map(|name| result(&built, &format!("command:{name}-large"))["why"].as_str().unwrap())
        .collect();
    assert!(whys.iter().any(|why| why.contains("; made again: its output was")), "{whys:?}");
    assert!(held(&project.root().join("cache")) <= CAP);
    assert_eq!(project.build()["fresh"], 6);
}

#[test]
fn bytes_that_come_out_different_reach_all_who_read_them() {
    let project = Project::new(
        r#"
memefile = 1
[command.clock]
run = ["sh", "-c", 'date +%N >"$0"; head -c 50000 /dev/zero >>"$0"', "{out}"]
outputs = ["artefacts/clock"]
[command.reader]
run = ["sh", "-c", 'head -n1 "$0" >"$1"', "{in}", "{out}"]
inputs = ["artefacts/clock"]
outputs = ["artefacts/reader"]
[command.other]
run = ["sh", "-c", 'head -n1 "$0" >"$1"; echo 1 >>"$1"', "{in}", "{out}"]
inputs = ["artefacts/clock"]
outputs = ["artefacts/other"]
"#,
    );
    project.expect(0, &["build", "--cache-max-size", "20 kB"]);
    let before = project.read("artefacts/reader");
    let text = project.read("Memefile.toml");
    project.write("Memefile.toml", text.replace("echo 1", "echo 2"));
    project.expect(0, &["build", "--cache-max-size", "20 kB"]);
    let reader = project.read("artefacts/reader");
    assert_ne!(reader, before, "the clock was made again");
    assert_eq!(project.read("artefacts/other"), format!("{reader}2\n"));
    let clock = std::fs::read(project.root().join("artefacts/clock")).unwrap();
    assert!(clock.starts_with(reader.as_bytes()));
    project.expect(0, &["build", "--cache-max-size", "20 kB"]);
    assert_eq!(project.read("artefacts/reader"), reader);
}

#[test]
fn a_limit_is_read_anew_by_every_build_and_a_wrong_one_is_named() {
    let project = chains();
    project.expect(0, &["build", "--cache-max-size", "none"]);
    let cache = project.root().join("cache");
    assert!(held(&cache) > CAP);
    // Nothing to do, and yet the limit of the Memefile is kept from now on.
    let talk = project.expect(0, &[]);
    assert!(talk.contains("fresh"), "{talk}");
    assert!(held(&cache) <= CAP);
    let mut command = project.command(&[]);
    assert!(command.env("MEMEBUILD_CACHE_MAX_SIZE", "30kB").status().unwrap().success());
    assert!(held(&cache) <= 30_000);
    let output = project.command(&[]).env("MEMEBUILD_CACHE_MAX_SIZE", "lots").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(talk.contains("`MEMEBUILD_CACHE_MAX_SIZE` is `lots`: it is not a size"), "{talk}");
    let text = project.read("Memefile.toml");
    project.write("Memefile.toml", text.replace("\"100 kB\"", "\"100\""));
    let talk = project.expect(2, &[]);
    assert!(talk.contains("max-size") && talk.contains("it has no unit"), "{talk}");
}
