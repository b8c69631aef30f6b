//! Contracts of the user's own: what a command writes, and what others read of it.

use crate::project::Project;
use serde_json::Value;

const SCHEMA: &str = r#"{ "type": "object", "properties": { "words": { "type": "integer", "minimum": 1 } }, "required": ["words"], "additionalProperties": false }"#;

fn project(said: &str) -> Project {
    let project = Project::new(
        r#"
memefile = 1
[command.count]
run = ["cp", "{in}", "{out}"]
inputs = ["said.json"]
outputs = ["out/words.json"]
contract = "schemas/words.schema.json"

[command.show]
run = ["cp", "{in}", "{out}"]
inputs = ["command:count"]
outputs = ["out/shown.json"]
"#,
    );
    project.write("said.json", said);
    project.write("schemas/words.schema.json", SCHEMA);
    project
}

#[test]
fn what_satisfies_its_contract_is_passed_on() {
    let project = project(r#"{ "words": 3 }"#);
    assert!(project.statuses().values().all(|status| status == "ran"));
    assert_eq!(project.read("out/shown.json"), r#"{ "words": 3 }"#);
    assert!(project.statuses().values().all(|status| status == "fresh"));
    // Other words in the schema are another contract, and what was held to the old one is made anew.
    project.write("schemas/words.schema.json", SCHEMA.replace("\"minimum\": 1", "\"minimum\": 2"));
    assert_eq!(project.statuses()["command:count"], "ran");
}

#[test]
fn what_breaks_it_is_not_stored_and_nobody_reads_it() {
    let project = project(r#"{ "words": 0, "mood": "good" }"#);
    let talk = project.expect(1, &["build"]);
    assert!(talk.contains("breaks its contract `schemas/words.schema.json`"), "{talk}");
    assert!(talk.contains("/words: `minimum` wants at least 1, not 0"), "{talk}");
    assert!(!project.root().join("out").exists());
    project.write("said.json", r#"{ "words": 1 }"#);
    project.expect(0, &["build"]);
    project.write("schemas/words.schema.json", SCHEMA.replace("\"minimum\": 1", "\"minimum\": 2"));
    let talk = project.expect(1, &["build"]);
    assert!(talk.contains("wants at least 2"), "{talk}");
}

#[test]
fn a_schema_must_be_one() {
    let project = project(r#"{ "words": 3 }"#);
    project.write("schemas/words.schema.json", r#"{ "type": "nonsense" }"#);
    assert!(project.expect(2, &["build"]).contains("is not a JSON Schema"));
    std::fs::remove_file(project.root().join("schemas/words.schema.json")).unwrap();
    assert!(project.expect(2, &["build"]).contains("cannot read the schema"));
    let text = project.read("Memefile.toml");
    project.write(
        "Memefile.toml",
        text.replace("contract = \"schemas/words.schema.json\"", "contract = \"../words.json\""),
    );
    assert!(project.expect(2, &["build"]).contains("not a path inside the project"));
    project.write("schemas/words.schema.json", SCHEMA);
    project.write(
        "Memefile.toml",
        text.replace(
            "contract = \"schemas/words.schema.json\"",
            "contract = { \"out/word.json\" = \"schemas/words.schema.json\" }",
        ),
    );
    assert!(project.expect(2, &["build"]).contains("did you mean `out/words.json`?"));
}

#[test]
fn a_contract_that_changes_during_a_build_stops_it() {
    // The first command does what a person does in an editor meanwhile.
    let project = Project::new(
        r#"
memefile = 1
[command.first]
run = ["sh", "-c", 'cp "$1" "$0"; printf "{}" > "$2/schemas/words.schema.json"', "{out}", "{in}", "."]
inputs = ["said.json"]
outputs = ["out/words.json"]
contract = "schemas/words.schema.json"

[command.second]
run = ["cp", "{in}", "{out}"]
inputs = ["command:first"]
outputs = ["out/second.json"]

[command.third]
run = ["cp", "{in}", "{out}"]
inputs = ["command:second"]
outputs = ["out/third.json"]
"#,
    );
    project.write("said.json", r#"{ "words": 3 }"#);
    project.write("schemas/words.schema.json", SCHEMA);
    let output = project.run(&["build"]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{talk}");
    assert!(talk.contains("contract-changed"), "{talk}");
    assert!(
        talk.contains("`schemas/words.schema.json` changed while the build relied on it"),
        "{talk}"
    );
    assert!(!project.root().join("out/third.json").exists());
}

#[test]
fn the_key_holds_the_contract() {
    let project = project(r#"{ "words": 3 }"#);
    let document = project.build();
    let key = |document: &Value| {
        let results = document["results"].as_array().unwrap().iter();
        let count = results.filter(|r| r["node"] == "command:count").collect::<Vec<_>>();
        count[0]["key"].as_str().unwrap().to_owned()
    };
    let first = key(&document);
    project.write("schemas/words.schema.json", SCHEMA.replace("\"minimum\": 1", "\"minimum\": 2"));
    assert_ne!(first, key(&project.build()));
}
