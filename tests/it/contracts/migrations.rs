//! Old documents load through a chain of pure steps, each with frozen files before and after it.

use memebuild::contract::migrate::{Migration, oldest};
use memebuild::contract::registry::CONTRACTS;
use memebuild::contract::{Contract, ContractError, read, write};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A contract that went through three versions: `length` was seconds, then milliseconds; `name` was
/// one text, then a list.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Clip {
    names: Vec<String>,
    length_ms: u64,
}

impl Contract for Clip {
    const NAME: &'static str = "clip";
    const VERSION: u32 = 3;
    const MIGRATIONS: &'static [Migration] = &[milliseconds, names];

    fn check(&self) -> Result<(), String> {
        if self.names.is_empty() { Err("names: at least one".to_owned()) } else { Ok(()) }
    }
}

fn milliseconds(mut body: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let seconds =
        body.shift_remove("length").and_then(|n| n.as_u64()).ok_or("length: not a number")?;
    body.insert("lengthMs".to_owned(), (seconds * 1000).into());
    Ok(body)
}

fn names(mut body: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let name = body.shift_remove("name").ok_or("name: there is none")?;
    body.insert("names".to_owned(), json!([name]));
    Ok(body)
}

/// A frozen document of a version.
fn old(version: u32) -> Vec<u8> {
    let name = format!("tests/it/contracts/old/clip.v{version}.json");
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn every_old_version_becomes_the_current_one() {
    let current: Clip = read(&old(3)).unwrap();
    assert_eq!(String::from_utf8(write(&current)).unwrap(), String::from_utf8(old(3)).unwrap());
    for version in 1..3 {
        assert_eq!(read::<Clip>(&old(version)).unwrap(), current, "from version {version}");
    }
}

#[test]
fn each_step_makes_the_next_frozen_document_of_the_one_before() {
    for (step, from) in Clip::MIGRATIONS.iter().zip(1..) {
        let body = |version| {
            let Value::Object(mut body) = serde_json::from_slice(&old(version)).unwrap() else {
                panic!()
            };
            assert_eq!(body.shift_remove("schemaVersion"), Some(json!(version)));
            body
        };
        assert_eq!(step(body(from)).unwrap(), body(from + 1), "from version {from}");
    }
}

#[test]
fn an_old_document_that_was_never_right_says_which_step_stumbled() {
    let wrong = br#"{ "schemaVersion": 1, "name": "a", "length": "long" }"#;
    let error = read::<Clip>(wrong).unwrap_err().to_string();
    assert_eq!(
        error,
        "clip document breaks its contract: from version 1 to 2: length: not a number"
    );
    let unknown = br#"{ "schemaVersion": 2, "name": "a", "lengthMs": 1, "mood": 1 }"#;
    assert!(read::<Clip>(unknown).unwrap_err().to_string().contains("unknown field `mood`"));
}

#[test]
fn what_is_newer_or_older_than_known_is_refused_by_its_version() {
    let of =
        |version: u64| read::<Clip>(json!({ "schemaVersion": version }).to_string().as_bytes());
    assert!(matches!(of(4), Err(ContractError::TooNew { found: 4, known: 3, .. })));
    assert!(matches!(of(u64::MAX), Err(ContractError::TooNew { .. })));
    assert!(matches!(of(0), Err(ContractError::TooOld { found: 0, oldest: 1, .. })));
    assert!(of(4).unwrap_err().is_about_version());
}

#[test]
fn the_chains_of_all_contracts_begin_at_version_one() {
    assert_eq!(oldest(Clip::VERSION, Clip::MIGRATIONS), 1);
    for contract in CONTRACTS {
        assert_eq!(contract.oldest, 1, "{}: version 1 cannot be read any more", contract.name);
    }
}
