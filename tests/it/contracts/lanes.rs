//! `graph --lanes`: what can go on before the real thing is there.

use super::mocks::{MOCK_ALL, build_mocked, film};
use crate::project::Project;
use serde_json::Value;
use std::collections::BTreeMap;

fn lanes(project: &Project, args: &[&str]) -> Value {
    let output = project.run(&[&["graph", "--lanes", "--format", "json"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn standing(lanes: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    lanes["lanes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| (text(&l["node"]), text(&l["standing"])))
        .collect()
}

/// A slow producer, a consumer that reads it by a contract, and one that reads its bytes.
fn halves(contract: &str) -> Project {
    let project = Project::new(&format!(
        r#"
memefile = 1
[command.producer]
run = ["sh", "-c", 'sleep 0.6; cp "$1" "$0"', "{{out}}", "{{in}}"]
inputs = ["said.json"]
outputs = ["out/words.json"]
{contract}

[command.consumer]
run = ["sh", "-c", 'sleep 0.3; cp "$1" "$0"', "{{out}}", "{{in}}"]
inputs = ["command:producer"]
outputs = ["out/shown.json"]

[command.last]
run = ["cp", "{{in}}", "{{out}}"]
inputs = ["command:consumer"]
outputs = ["out/last.json"]
"#
    ));
    project.write("said.json", r#"{ "words": 3 }"#);
    project.write("words.schema.json", r#"{ "type": "object" }"#);
    project
}

#[test]
fn a_contract_lets_its_reader_go_on_and_saves_the_wait() {
    let project = halves("contract = \"words.schema.json\"");
    let before = lanes(&project, &[]);
    assert_eq!(before["from_nothing"], false);
    assert_eq!(before["lanes"][0]["takes_ms"], Value::Null, "nothing ever ran here");
    project.build();
    let after = lanes(&project, &[]);
    assert_eq!(after["from_nothing"], true);
    let expected =
        [("command:consumer", "against"), ("command:last", "waits"), ("command:producer", "ready")];
    assert_eq!(standing(&after), expected.map(|(n, s)| (n.to_owned(), s.to_owned())).into());
    assert_eq!(after["now"], serde_json::json!({ "waiting": 1, "contracts": 2 }));
    assert_eq!(after["width"], serde_json::json!({ "waiting": 1, "contracts": 2 }));
    // What the producer took is what its reader need not wait.
    let producer = after["lanes"][0]["takes_ms"].as_u64().unwrap();
    assert!(producer >= 600, "{after}");
    assert_eq!(after["saved_ms"].as_u64().unwrap(), producer);
    let ends = |which: &str| after["ends_ms"][which].as_u64().unwrap();
    assert!(ends("waiting") >= ends("contracts") + 300, "{after}");
}

#[test]
fn without_a_contract_everybody_waits_for_bytes() {
    let project = halves("");
    project.build();
    let found = lanes(&project, &[]);
    assert_eq!(found["now"], serde_json::json!({ "waiting": 1, "contracts": 1 }));
    assert_eq!(found["saved_ms"], 0);
    assert_eq!(found["ends_ms"]["waiting"], found["ends_ms"]["contracts"]);
}

#[test]
fn what_is_done_is_in_no_lane() {
    let project = halves("contract = \"words.schema.json\"");
    project.build();
    let text = project.read("Memefile.toml");
    project.write("Memefile.toml", text.replace("sleep 0.3", "sleep 0.2"));
    let found = lanes(&project, &[]);
    assert_eq!(found["done"], 1);
    assert_eq!(standing(&found)["command:consumer"], "ready");
}

#[test]
fn a_film_can_be_composed_before_its_assets_are_ingested() {
    let project = film();
    build_mocked(&project);
    let found = lanes(&project, &MOCK_ALL);
    let standing = standing(&found);
    assert_eq!(standing["asset:green-screen/gorilla"], "ready");
    assert_eq!(standing["composite:vogue@tiny"], "against");
    assert_eq!(standing["render:vogue@tiny"], "waits");
    assert!(found["now"]["contracts"].as_u64() > found["now"]["waiting"].as_u64());
    assert!(found["saved_ms"].as_u64().unwrap() > 0);
    let text = project.run(&[&["graph", "--lanes"], MOCK_ALL.as_slice()].concat());
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("the contract metadata") && text.contains("of waiting"), "{text}");
}
