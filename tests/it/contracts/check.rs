//! `contract check`: rule, place and what was expected, for documents and for folders of assets.

use crate::project::Project;
use insta::assert_snapshot;
use serde_json::{Value, json};

const METADATA: &str = include_str!("../../../schemas/metadata.v1.example.json");

fn said(project: &Project, args: &[&str]) -> String {
    let output = project.run(args);
    let text =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    format!("{text}(exit {})", output.status.code().unwrap())
}

#[test]
fn each_breach_of_a_document_names_rule_and_place() {
    let project = Project::new("memefile = 1\n");
    let mut document: Value = serde_json::from_str(METADATA).unwrap();
    document["id"] = json!("../gorilla");
    document["quality"]["score"] = json!(101);
    document["facts"]["video"]["width"] = json!("wide");
    document["mood"] = json!("good");
    document["kind"] = json!("movie");
    project.write("metadata.json", document.to_string());
    assert_snapshot!(said(&project, &["contract", "check", "metadata.json"]), @r#"
    metadata.json breaks metadata, version 1
      pattern                /id
                             expected a text that matches `^[a-z0-9][a-z0-9-]{0,99}$`
                             found    "../gorilla"
      enum                   /kind
                             expected one of "green-screen", "background", "music", "sound-effect"
                             found    "movie"
      type                   /facts/video/width
                             expected a value of type "integer"
                             found    "wide"
      maximum                /quality/score
                             expected at most 100
                             found    101
      additionalProperties   /
                             expected no field "mood"
                             found    "mood"
    (exit 5)
    "#);
}

#[test]
fn what_must_hold_across_fields_and_versions_is_told_too() {
    let project = Project::new("memefile = 1\n");
    let mut document: Value = serde_json::from_str(METADATA).unwrap();
    document["facts"].as_object_mut().unwrap().shift_remove("video");
    project.write("metadata.json", document.to_string());
    document["schemaVersion"] = json!(2);
    project.write("newer.json", document.to_string());
    let broken = said(&project, &["contract", "check", "metadata.json"]);
    assert!(broken.contains("facts.video: a green-screen has pictures"), "{broken}");
    let newer = said(&project, &["contract", "check", "newer.json", "--as", "metadata"]);
    assert!(newer.contains("schemaVersion 2") && newer.contains("up to 1"), "{newer}");
    let lost = said(&project, &["contract", "check", "newer.json", "--as", "metadatum"]);
    assert!(lost.contains("did you mean `metadata`?") && lost.ends_with("(exit 2)"), "{lost}");
}

#[test]
fn a_document_is_known_by_what_it_is() {
    let project = Project::new("memefile = 1\n");
    project.write("a.json", include_str!("../../../schemas/render-input.v1.example.json"));
    project.write("b.json", "{}");
    let known = said(&project, &["contract", "check", "a.json"]);
    assert_eq!(known, "a.json satisfies render-input, version 1\n(exit 0)");
    assert!(said(&project, &["contract", "check", "b.json"]).contains("--as manifest|metadata"));
    project.write("own.schema.json", r#"{ "type": "object", "required": ["words"] }"#);
    let own = said(&project, &["contract", "check", "b.json", "--as", "own.schema.json"]);
    assert!(own.contains("expected a field \"words\"") && own.ends_with("(exit 5)"), "{own}");
}

#[test]
fn a_folder_is_checked_in_layout_documents_and_bytes() {
    let project = Project::new("memefile = 1\n");
    let ids = [
        "--id",
        "green-screen/gorilla",
        "--id",
        "sound-effect/pop",
        "--id",
        "background/wall",
        "--id",
        "background/sky",
    ];
    let mut args = vec!["contract", "mock", "manifest", "--count", "0", "--out", "assets"];
    args.extend(ids);
    project.expect(0, &args);
    let whole = said(&project, &["contract", "check", "assets"]);
    assert_eq!(whole, "assets satisfies manifest, version 1, with all 4 assets\n(exit 0)");

    project.write("assets/green-screen/gorilla/source.mp4", "not what it was");
    std::fs::remove_file(project.root().join("assets/background/wall/source.jpg")).unwrap();
    std::os::unix::fs::symlink(
        "/etc/hostname",
        project.root().join("assets/background/wall/source.jpg"),
    )
    .unwrap();
    std::fs::remove_file(project.root().join("assets/background/sky/metadata.json")).unwrap();
    let metadata = project.read("assets/sound-effect/pop/metadata.json");
    project
        .write("assets/sound-effect/pop/metadata.json", metadata.replace("\"mock\"", "\"loud\""));
    project.write("assets/music/stray/source.mp3", "");
    let found = project.run(&["contract", "check", "assets", "--format", "json"]);
    assert_eq!(found.status.code(), Some(5));
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    let found: Vec<String> = found["breaches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|breach| {
            format!("{} {}", breach["rule"].as_str().unwrap(), breach["file"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        found,
        [
            "digest green-screen/gorilla/source.mp4",
            "layout background/sky/metadata.json",
            "layout background/wall/source.jpg",
            "agreement sound-effect/pop/metadata.json",
            "layout music/stray",
        ]
    );
}
