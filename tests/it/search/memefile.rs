//! Queries in a Memefile, and whoever answers them.

use crate::project::Project;
use memebuild::contract;
use memebuild::contract::asset::Manifest;
use std::collections::BTreeSet;

const MEMEFILE: &str = r#"
memefile = 1

[source.places]
asset = "background"
files = "places/*.png"
tags = ["mood:calm"]
licence = "CC-BY-4.0"
creator = "Ann Lee"

[source.walls]
asset = "background"
files = "walls/*.png"

[composite.template]
duration = "1s"
background = "city-night"

[batch.launch]
composite = "template"
axes.background = { query = "QUERY" }
profiles = ["preview"]
"#;

fn project(query: &str) -> Project {
    let project = Project::new(&MEMEFILE.replace("QUERY", query));
    let sizes =
        [("places/city-night", 64, 96), ("places/city-rain", 96, 64), ("walls/old-wall", 64, 96)];
    for (name, width, height) in sizes {
        let path = project.root().join(format!("{name}.png"));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let picture = image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 7 % 256) as u8, (y * 5 % 256) as u8, width as u8])
        });
        picture.save(path).expect("a picture");
    }
    project
}

/// Backgrounds of the batch's cells that are planned, without building anything.
fn planned(query: &str) -> BTreeSet<String> {
    let output = project(query).run(&["graph", "--format", "json"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{query}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    names(&output.stdout)
}

fn names(document: &[u8]) -> BTreeSet<String> {
    let document: serde_json::Value = serde_json::from_slice(document).expect("JSON");
    let list =
        document["nodes"].as_array().or(document["results"].as_array()).expect("nodes").iter();
    let name = |node: &serde_json::Value| {
        let name = node["node"].as_str().or(node["name"].as_str())?;
        Some(name.strip_prefix("render:launch/")?.split('@').next()?.to_owned())
    };
    list.filter_map(name).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_names_tags_and_rights_decide_needs_no_ingest() {
    let table: [(&str, &[&str]); 8] = [
        ("city", &["city-night", "city-rain"]),
        ("city -rain", &["city-night"]),
        ("rain OR wall", &["city-rain", "old-wall"]),
        ("tag:mood:calm", &["city-night", "city-rain"]),
        ("mood:calm night", &["city-night"]),
        ("creator:ann", &["city-night", "city-rain"]),
        ("licence:none", &["old-wall"]),
        ("use:commercial -(night)", &["city-rain"]),
    ];
    for (query, expected) in table {
        assert_eq!(planned(query), set(expected), "{query}");
    }
}

#[test]
fn what_facts_decide_waits_for_those_assets_alone() {
    let project = project("city ratio:portrait");
    let output = project.run(&["plan", "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(names(&output.stdout).is_empty(), "nothing is known yet");
    let output = project.run(&["build", "--format", "json"]);
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{talk}");
    assert_eq!(names(&output.stdout), set(&["city-night"]));
    let again = project.run(&["build", "--format", "json"]);
    assert_eq!(names(&again.stdout).len(), names(&again.stdout).len());
    // Now that it is known, planning knows it too.
    let output = project.run(&["graph", "--format", "json"]);
    assert_eq!(names(&output.stdout), set(&["city-night"]));

    // Whoever answers, the picks are the same and nothing runs again.
    let manifest = "artefacts/seed-assets/manifest.json";
    let before = std::fs::read(project.root().join(manifest)).expect("a manifest");
    project.write("elsewhere/manifest.json", &before);
    let memefile = project.read("Memefile.toml");
    for provider in [
        "kind = \"sqlite\"",
        "kind = \"manifest\"\npath = \"elsewhere/manifest.json\"",
        "kind = \"sqlite\"\npath = \"elsewhere/x.sqlite\"\nmanifest = \"elsewhere/manifest.json\"",
    ] {
        project.write("Memefile.toml", format!("{memefile}\n[provider]\n{provider}\n"));
        let output = project.run(&["build", "--format", "json"]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(
            document["actions_ran"],
            0,
            "{provider}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(names(&output.stdout), set(&["city-night"]), "{provider}");
    }
    // One that knows less picks less.
    let mut less: Manifest = contract::read(&before).expect("a manifest");
    less.assets.retain(|asset| asset.id.as_str() != "city-night");
    project.write("elsewhere/manifest.json", contract::write(&less));
    let talk = project.expect(2, &["plan"]);
    assert!(talk.contains("has no values"), "{talk}");
}

#[test]
fn mistakes_of_queries_are_shown_in_the_memefile() {
    let talk = |query: &str| project(query).expect(2, &["plan"]);
    insta::assert_snapshot!(format!("{}\n{}", talk("city durtion:2s"), talk("(city")));
}

#[test]
fn a_provider_is_declared_without_secrets() {
    let talk = |provider: &str| {
        let text = format!("{}\n[provider]\n{provider}\n", MEMEFILE.replace("QUERY", "city"));
        let project = project("city");
        project.write("Memefile.toml", text);
        project.expect(2, &["plan"])
    };
    let all = [
        "kind = \"postgress\"",
        "kind = \"manifest\"\nurl = \"http://x\"",
        "kind = \"postgres\"",
        "kind = \"postgres\"\nurl = \"postgres://me:pass@localhost/x\"",
        "kind = \"http\"\nurl = \"http://localhost:1\"\nsecret-env = \"NOT_SET_ANYWHERE\"",
        "kind = \"sqlite\"\npath = \"a/../../x\"",
    ];
    let told: Vec<String> = all.into_iter().map(talk).collect();
    assert!(!told.join("").contains("cannot answer: pass"));
    insta::assert_snapshot!(told.join("\n"));
}
