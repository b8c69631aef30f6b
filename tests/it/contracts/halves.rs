//! The two halves, built apart and joined: the consumer's on stand-ins only, the producer's alone.

use super::mocks::{FILM, MOCK_ALL, SOURCES, build_mocked, give_files, results};
use crate::project::Project;
use serde_json::Value;

/// The media of the producer's half: what its scrape brings home.
fn scraped() -> Vec<(&'static str, Vec<u8>)> {
    let studio = Project::new("memefile = 1\n");
    let mut args = vec!["contract", "mock", "manifest", "--out", "artefacts/seed-assets"];
    args.extend(["--id", "green-screen/gorilla", "--id", "background/runway"]);
    args.extend(["--id", "sound-effect/john-cena"]);
    studio.expect(0, &args);
    give_files(&studio);
    ["media/green/gorilla.mp4", "media/places/runway.jpg", "media/sounds/john-cena.wav"]
        .map(|path| (path, std::fs::read(studio.root().join(path)).unwrap()))
        .into()
}

#[test]
fn what_was_built_apart_fits_when_it_is_joined() {
    // One half: composites, renders and critic, with nothing but the contract to go by.
    let consumer = Project::new(&format!("memefile = 1\n{SOURCES}{FILM}"));
    let mocked = build_mocked(&consumer);
    assert!(!consumer.root().join("media").exists(), "the producer has brought nothing yet");
    assert_eq!(results(&mocked)["critic:vogue@tiny"].0, "ran");

    // The other: sources, ingest and manifest, with nobody who reads them.
    let producer = Project::new(&format!("memefile = 1\n{SOURCES}"));
    for (path, bytes) in scraped() {
        producer.write(path, bytes);
    }
    let alone = results(&producer.build());
    assert!(alone.keys().all(|node| node.starts_with("asset:") || node.starts_with("manifest:")));
    producer.expect(0, &["contract", "check", "artefacts/seed-assets"]);

    // Joined: the words of both are what they were, and only what came is new.
    let words = consumer.read("Memefile.toml");
    assert_eq!(words, producer.read("Memefile.toml") + FILM);
    for (path, bytes) in producer.files("media") {
        consumer.write(path.to_str().unwrap(), bytes);
    }
    let document = consumer.build();
    let joined = results(&document);
    assert!(joined.values().all(|(_, mock)| !mock), "{joined:?}");
    assert!(joined.contains_key("render:vogue@tiny"), "{joined:?}");
    for of in ["render:", "composite:", "conform:"] {
        let mut ran =
            joined.iter().filter(|(node, (status, _))| node.starts_with(of) && status == "ran");
        assert_eq!(ran.next(), None, "the same media are not rendered again");
    }
    let manifest = |project: &Project| -> Value {
        serde_json::from_str(&project.read("artefacts/seed-assets/manifest.json")).unwrap()
    };
    assert_eq!(manifest(&consumer), manifest(&producer), "both read the same contract");
    consumer.expect(0, &["build", "--release"]);
    consumer.expect(2, &[&["build", "--release"], MOCK_ALL.as_slice()].concat());
}
