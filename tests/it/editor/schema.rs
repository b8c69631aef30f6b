//! The JSON Schema is the tables that read the file: it takes what they take, and refuses other keys.

use crate::memefile::examples;
use crate::project::Project;
use crate::samples::FILM;
use memebuild::memefile::{KeyDoc, json_schema};
use memebuild::node::registry;
use serde_json::Value;
use std::path::Path;

fn json(memefile: &str) -> Value {
    let table: toml::Table = memefile.parse().expect("TOML");
    serde_json::to_value(table).expect("JSON")
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&registry::json_schema()).expect("a schema")
}

#[track_caller]
fn takes(what: &str, memefile: &str) {
    let document = json(memefile);
    let validator = validator();
    let mut wrong: Vec<String> = Vec::new();
    for error in validator.iter_errors(&document) {
        wrong.push(format!("{}: {error}", error.instance_path()));
    }
    assert!(wrong.is_empty(), "{what}: {}", wrong.join("\n"));
}

#[test]
fn it_takes_every_memefile_that_we_have() {
    takes("the examples of the reference", &examples());
    takes("the film of the tests", FILM);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut read = 0;
    for folder in ["examples", "src/cli", "."] {
        let depth = if folder == "." { 1 } else { 4 };
        for entry in walkdir::WalkDir::new(root.join(folder)).max_depth(depth).into_iter().flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name == "Memefile.toml" || (folder == "src/cli" && name.ends_with(".toml")) {
                takes(
                    &entry.path().display().to_string(),
                    &std::fs::read_to_string(entry.path()).unwrap(),
                );
                read += 1;
            }
        }
    }
    assert!(read >= 4, "only {read} Memefiles were found");
}

#[test]
fn it_refuses_what_reading_refuses() {
    let validator = validator();
    let good = "memefile = 1\n[render.a]\ncomposite = \"a\"\nprofiles = [\"tiktok\"]\n";
    assert!(validator.is_valid(&json(good)));
    for (what, bad) in [
        ("a key", good.replace("profiles", "profile")),
        ("a section", good.replace("render.a", "rendering.a")),
        (
            "a key within a table",
            format!("{good}[composite.a]\nmusic = {{ id = \"a\", volume = 1 }}\n"),
        ),
        ("a word", format!("{good}[profile.a]\ncontainer = \"mkv\"\n")),
        ("a number out of bounds", format!("{good}[profile.a]\ncrf = 52\n")),
        ("a number for a text", good.replace("\"a\"", "7")),
        ("a missing key", good.replace("profiles = [\"tiktok\"]", "")),
        ("another version", good.replace("memefile = 1", "memefile = 2")),
        ("no version", good.replace("memefile = 1", "")),
    ] {
        assert!(!validator.is_valid(&json(&bad)), "{what} passes:\n{bad}");
        let project = Project::new(&bad);
        project.write("media/a.mp4", "no film");
        project.expect(2, &["plan"]);
    }
}

#[test]
fn it_knows_what_may_stand_at_every_key() {
    fn check(keys: &[KeyDoc], path: &str) {
        for key in keys {
            let path = format!("{path}.{}", key.name);
            assert!(json_schema::of_key(key).is_some(), "{path}: what is `{}`?", key.kind);
            check(key.keys, &path);
        }
    }
    registry::sections().iter().for_each(|doc| check(doc.keys, doc.kind));
}

#[test]
fn the_file_is_what_the_command_prints_and_what_init_writes() {
    let project = Project::within(tempfile::tempdir().unwrap(), "");
    std::fs::remove_file(project.root().join("Memefile.toml")).unwrap();
    project.expect(0, &["init"]);
    let memefile = project.read("Memefile.toml");
    let named = memefile.lines().next().and_then(|line| line.strip_prefix("#:schema "));
    assert_eq!(named, Some(json_schema::PATH), "taplo reads the first line");
    let written = project.read(json_schema::PATH);
    let printed = String::from_utf8(project.run(&["schema"]).stdout).unwrap();
    assert_eq!(written, printed);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/memefile.schema.json");
    if std::env::var_os("MEMEBUILD_UPDATE_DOCS").is_some() {
        std::fs::write(&path, &printed).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == printed, "it is stale: MEMEBUILD_UPDATE_DOCS=1 cargo test editor");
    // One of an older memebuild is replaced.
    project.write(json_schema::PATH, "{}");
    project.expect(0, &["schema", "--write"]);
    assert_eq!(project.read(json_schema::PATH), printed);
}
