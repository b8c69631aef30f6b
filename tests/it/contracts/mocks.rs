//! Stand-ins: they satisfy the contract, are the same each time, build everything, are told, and
//! are refused by a release; what replaces them is rendered only where it differs.

use crate::project::Project;
use crate::soak::rounds;
use memebuild::contract::asset::SeedAsset;
use memebuild::contract::decision::Candidate;
use memebuild::contract::digest::Digest;
use memebuild::contract::registry::Form;
use serde_json::Value;
use std::collections::BTreeMap;

/// What both halves of a small film declare.
pub const SOURCES: &str = r#"
[source.greens]
asset = "green-screen"
files = "media/green/*.mp4"

[source.places]
asset = "background"
files = "media/places/*"

[source.sounds]
asset = "sound-effect"
files = "media/sounds/*.wav"
"#;

pub const FILM: &str = r#"
[profile.tiny]
size = "96x160"
fps = 12
segment = "1s"
min-duration = "1s"
preset = "ultrafast"

[critic.default]
left-over-green = "off"
loudness-tolerance = "3 LU"
max-frozen = "3s"

[composite.vogue]
duration = "2s"
green-screen = { id = "gorilla", scale = 0.6 }
background = "runway"
sound-effects = [{ id = "john-cena", at = "0.5s" }]

[render.vogue]
composite = "vogue"
profiles = ["tiny"]
"#;

pub const MOCK_ALL: [&str; 6] = ["--mock", "greens", "--mock", "places", "--mock", "sounds"];

pub fn film() -> Project {
    Project::new(&format!("memefile = 1\n{SOURCES}{FILM}"))
}

/// Builds with stand-ins for everything, and returns the JSON document.
#[track_caller]
pub fn build_mocked(project: &Project) -> Value {
    let output = project.run(&[&["build", "--format", "json"], MOCK_ALL.as_slice()].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Moves the stand-ins of a build to where the real files belong.
pub fn give_files(project: &Project) {
    for (from, to) in [
        ("green-screen/gorilla/source.mp4", "media/green/gorilla.mp4"),
        ("background/runway/source.jpg", "media/places/runway.jpg"),
        ("sound-effect/john-cena/source.wav", "media/sounds/john-cena.wav"),
    ] {
        let bytes = std::fs::read(project.root().join("artefacts/seed-assets").join(from)).unwrap();
        project.write(to, bytes);
    }
}

/// Node → status and whether it is marked.
pub fn results(document: &Value) -> BTreeMap<String, (String, bool)> {
    let result = |result: &Value| {
        let status = result["status"].as_str().unwrap().to_owned();
        (result["node"].as_str().unwrap().to_owned(), (status, result["mock"].as_bool().unwrap()))
    };
    document["results"].as_array().unwrap().iter().map(result).collect()
}

#[test]
fn stand_ins_are_there_to_be_chosen() {
    let project = film();
    let choice = "[choice.who]\nbrief = \"somebody\"\ncomposite = \"vogue\"\n\
        slots.green-screen = { query = \"tag:proud\" }\n\
        [render.chosen]\nchoice = \"who\"\nprofiles = [\"tiny\"]\n";
    let text =
        project.read("Memefile.toml").replace("\nfiles = ", "\nmock = { seed = 7 }\nfiles = ");
    project.write("Memefile.toml", text + choice);
    project.expect(0, &["build"]);
    let show = project.run(&["choice", "show", "who", "--format", "json"]);
    let show: Value = serde_json::from_slice(&show.stdout).unwrap();
    let shown = show["request"]["slots"]["green-screen"]["candidates"].as_array().unwrap();
    assert_eq!(shown.len(), 3, "{show:#}");
    assert!(shown.iter().all(|candidate| candidate["mock"] == true), "{show:#}");
}

#[test]
fn the_same_mock_has_the_same_bytes() {
    let project = Project::new("memefile = 1\n");
    let mock = |out: &str, seed: &str, count: &str| {
        project.expect(
            0,
            &["contract", "mock", "manifest", "--count", count, "--seed", seed, "--out", out],
        );
        let files = project.files(out).into_iter();
        files
            .map(|(path, bytes)| (path.strip_prefix(out).unwrap().to_owned(), Digest::of(&bytes)))
            .collect::<BTreeMap<_, _>>()
    };
    let four = mock("a", "7", "4");
    assert_eq!(four, mock("b", "7", "4"));
    // A larger mock holds the same assets, and another seed makes others.
    let six = mock("c", "7", "6");
    for (path, bytes) in four.iter().filter(|(path, _)| !path.ends_with("manifest.json")) {
        assert_eq!(six.get(path), Some(bytes), "{}", path.display());
    }
    let other = mock("d", "8", "4");
    let sources = |path: &std::path::Path| path.file_stem().is_some_and(|stem| stem == "source");
    for (path, bytes) in four.iter().filter(|(path, _)| sources(path)) {
        assert_ne!(other.get(path), Some(bytes), "{}", path.display());
    }
    // Nothing that is not a mock is written over.
    project.write("mine/keep.txt", "mine");
    let talk = project.expect(2, &["contract", "mock", "manifest", "--out", "mine"]);
    assert!(talk.contains("not-a-mock"), "{talk}");
}

#[test]
fn documents_of_every_contract_can_be_mocked() {
    let project = Project::new("memefile = 1\n");
    for contract in memebuild::contract::registry::CONTRACTS {
        if contract.name == "manifest" {
            continue;
        }
        let made = |count: &str| {
            let args = ["contract", "mock", contract.name, "--count", count, "--seed", "5"];
            let (one, other) = (project.run(&args), project.run(&args));
            assert_eq!(one.status.code(), Some(0), "{}: {one:?}", contract.name);
            assert_eq!(one.stdout, other.stdout);
            String::from_utf8(one.stdout).unwrap()
        };
        let read = |text: &str| {
            contract
                .parse(text.as_bytes())
                .unwrap_or_else(|e| panic!("{}: {e}\n{text}", contract.name))
        };
        read(&made("1"));
        if contract.form == Form::Toml {
            let args = ["contract", "mock", contract.name, "--count", "3"];
            assert!(project.expect(2, &args).contains("one at a time"));
        } else {
            made("3").lines().for_each(read);
        }
    }
}

#[test]
fn a_film_is_built_and_judged_before_anything_is_there() {
    let project = film();
    let document = build_mocked(&project);
    let results = results(&document);
    let critic = document["results"].as_array().unwrap().iter();
    let critic = critic.filter(|r| r["node"] == "critic:vogue@tiny").collect::<Vec<_>>();
    assert_eq!(critic[0]["verdict"], "accept");
    // All of it descends from stand-ins, and says so.
    for (node, (_, mock)) in &results {
        assert!(*mock, "{node} is not marked");
    }
    assert_eq!(document["mocks"], results.len());
    let verdict = project.read("artefacts/renders/vogue@tiny.verdict.json");
    assert_eq!(verdict.matches("\"memebuild mock\"").count(), 3, "{verdict}");
    assert!(project.read("artefacts/seed-assets/manifest.json").contains("\"memebuild mock\""));
    project.expect(0, &["contract", "check", "artefacts/seed-assets"]);

    let again =
        String::from_utf8(project.run(&[&["build"], MOCK_ALL.as_slice()].concat()).stderr).unwrap();
    assert!(again.contains("nothing to do") && again.contains("made of mocks"), "{again}");
}

#[test]
fn a_release_refuses_what_descends_from_a_mock_and_runs_nothing() {
    let project = film();
    let talk = project.expect(2, &[&["build", "--release"], MOCK_ALL.as_slice()].concat());
    assert!(talk.contains("mock-in-release"), "{talk}");
    assert!(talk.contains("`critic:vogue@tiny` comes from `asset:"), "{talk}");
    assert!(!project.root().join("artefacts").exists());
    // One that is built as a mock is refused too, and one that is real is not.
    build_mocked(&project);
    project.expect(2, &[&["build", "--release"], MOCK_ALL.as_slice()].concat());
    give_files(&project);
    project.expect(2, &["build", "--release", "--mock", "sounds"]);
    project.expect(0, &["build", "--release"]);
    project.expect(0, &["build", "--release"]);
    // A part that needs no mock can be released beside one that does.
    std::fs::remove_dir_all(project.root().join("media/sounds")).unwrap();
    project.expect(0, &["build", "--release", "--mock", "sounds", "asset:green-screen/gorilla"]);
}

#[test]
fn the_same_thing_in_place_of_a_mock_renders_nothing() {
    let project = film();
    build_mocked(&project);
    give_files(&project);
    // The real manifest holds the same three and many more.
    let more = rounds(30, 2394);
    for number in 0..more {
        let picture = image::RgbImage::from_fn(16, 16, |x, y| {
            image::Rgb([number as u8, (number >> 8) as u8, (x * y) as u8])
        });
        std::fs::create_dir_all(project.root().join("media/places")).unwrap();
        picture.save(project.root().join(format!("media/places/p{number}.png"))).unwrap();
    }
    let document = project.build();
    let results = results(&document);
    assert!(results.values().all(|(_, mock)| !mock));
    let ran = |of: &str| -> Vec<&String> {
        results
            .iter()
            .filter(|(node, (status, _))| node.starts_with(of) && status == "ran")
            .map(|(node, _)| node)
            .collect()
    };
    for of in ["render:", "composite:", "conform:", "caption:"] {
        assert!(ran(of).is_empty(), "{:?}", ran(of));
    }
    assert_eq!(document["mocks"], 0);
    assert_eq!(ran("asset:").len(), more as usize + 3);
    // What the film comes from is not what it came from, and its verdict says so.
    assert_eq!(ran("critic:"), ["critic:vogue@tiny"]);
    assert!(!project.read("artefacts/renders/vogue@tiny.verdict.json").contains("memebuild mock"));
}

#[test]
fn another_thing_in_place_of_a_mock_renders_what_shows_it() {
    let project = film();
    let first = build_mocked(&project);
    assert!(first["actions_ran"].as_u64().unwrap() > 0);
    give_files(&project);
    let picture = image::RgbImage::from_fn(120, 200, |x, y| image::Rgb([x as u8, y as u8, 90]));
    picture.save(project.root().join("media/places/runway.png")).unwrap();
    std::fs::remove_file(project.root().join("media/places/runway.jpg")).unwrap();
    let results = results(&project.build());
    assert_eq!(results["render:vogue@tiny"].0, "ran");
}

#[test]
fn a_source_can_say_itself_that_it_is_mocked() {
    let project = Project::new(
        r#"
memefile = 1
[source.sounds]
asset = "sound-effect"
mock = { count = 2, seed = 3, ids = ["pop"], length = "250ms" }
tags = ["loud"]
"#,
    );
    let document = project.build();
    let names: Vec<String> = results(&document).into_keys().collect();
    assert_eq!(names, ["asset:sound-effect/mock-1", "asset:sound-effect/pop", "manifest:manifest"]);
    let metadata: Value =
        serde_json::from_str(&project.read("artefacts/seed-assets/sound-effect/pop/metadata.json"))
            .unwrap();
    assert_eq!(metadata["tags"], serde_json::json!(["loud", "mock"]));
    assert_eq!(metadata["facts"]["durationMs"], 250);
    project.expect(2, &["build", "--release"]);
    let talk = project.expect(2, &["build", "--mock", "sound"]);
    assert!(talk.contains("did you mean `sounds`?"), "{talk}");
}

#[test]
fn a_chooser_is_told_which_candidates_are_stand_ins() {
    let example = memebuild::contract::registry::find("metadata").unwrap().example;
    let mut asset: SeedAsset = memebuild::contract::read(example.as_bytes()).unwrap();
    asset.provenance = memebuild::contract::mock::provenance();
    assert!(Candidate::of(&asset).mock);
    asset.provenance.tool = None;
    assert!(!Candidate::of(&asset).mock);
}

#[test]
fn a_query_finds_stand_ins_that_are_what_it_asks_for() {
    let film = FILM.replace("background = \"runway\"", "background = { query = \"city night\" }");
    let project = Project::new(&format!(
        "memefile = 1\n{SOURCES}{film}\n[batch.many]\ncomposite = \"vogue\"\naxes.green-screen = {{ query = \"tag:reaction -tag:cat\", limit = 2 }}\nprofiles = [\"tiny\"]\n"
    ));
    let document = build_mocked(&project);
    let results = results(&document);
    let renders: Vec<&String> = results.keys().filter(|node| node.starts_with("render:")).collect();
    assert_eq!(
        renders,
        ["render:many/mock-1@tiny", "render:many/mock-2@tiny", "render:vogue@tiny"],
        "{results:?}"
    );
    let tags = |id: &str| -> Value {
        let path = format!("artefacts/seed-assets/{id}/metadata.json");
        serde_json::from_str::<Value>(&project.read(&path)).unwrap()["tags"].clone()
    };
    assert_eq!(tags("background/mock-1"), serde_json::json!(["city", "mock", "night"]));
    assert_eq!(tags("green-screen/mock-2"), serde_json::json!(["mock", "reaction"]));
    assert_eq!(tags("green-screen/gorilla"), serde_json::json!(["mock"]));
}

#[test]
fn a_batch_of_mocks_grows_from_what_is_asked_for() {
    let project = Project::new(&format!(
        "memefile = 1\n{SOURCES}{FILM}\n[batch.many]\ncomposite = \"vogue\"\naxes.background = {{ min-quality = 1, limit = 2 }}\nprofiles = [\"tiny\"]\n"
    ));
    let document = build_mocked(&project);
    let results = results(&document);
    let renders: Vec<&String> =
        results.keys().filter(|node| node.starts_with("render:many/")).collect();
    assert_eq!(renders.len(), 2, "{results:?}");
    project.expect(2, &[&["build", "--release"], MOCK_ALL.as_slice()].concat());
}
