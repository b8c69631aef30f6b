//! The schemas under `schemas/` are those of the types, and a changed contract has a new version.
//!
//! `MEMEBUILD_UPDATE_SCHEMAS=1` writes schemas of new versions, and those in which only words changed.
//! It refuses to write over the meaning of a version: somebody may hold documents of it. Of a version
//! that nobody ever got, `MEMEBUILD_UPDATE_SCHEMAS=unreleased` writes the schema all the same.

use memebuild::contract::check::{breaches, validator};
use memebuild::contract::diff::{Mode, compare};
use memebuild::contract::layout::CONTAINERS;
use memebuild::contract::registry::{CONTRACTS, Described, Form};
use memebuild::contract::sample::Numbers;
use memebuild::contract::schema::Side;
use memebuild::media::sniff::Format;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn file(contract: &Described, side: Side) -> PathBuf {
    root().join("schemas").join(contract.file_name(side))
}

/// What is to be done about a schema that is not the frozen one; nothing if it is.
fn stale(frozen: &Value, now: &Value) -> Option<&'static str> {
    if frozen == now {
        return None;
    }
    let report = compare(frozen, now, Mode::Full).unwrap();
    Some(if report.holds() && report.warnings.is_empty() { "update" } else { "raise" })
}

#[test]
fn the_frozen_schemas_are_those_of_the_types() {
    let update = std::env::var("MEMEBUILD_UPDATE_SCHEMAS").unwrap_or_default();
    let mut wrong = Vec::new();
    for contract in CONTRACTS {
        for side in Side::BOTH {
            let (path, now) = (file(contract, side), contract.schema(side));
            let frozen: Option<Value> =
                std::fs::read(&path).ok().map(|bytes| serde_json::from_slice(&bytes).unwrap());
            let todo = frozen.as_ref().map_or(Some("update"), |frozen| stale(frozen, &now));
            let may = match update.as_str() {
                "unreleased" => todo.is_some(),
                "" => false,
                _ => todo == Some("update"),
            };
            if may {
                std::fs::write(&path, serde_json::to_string_pretty(&now).unwrap() + "\n").unwrap();
            } else if let Some(todo) = todo {
                let what = match todo {
                    "update" => "MEMEBUILD_UPDATE_SCHEMAS=1 cargo nextest run -E 'test(schemas)'",
                    _ => "raise its VERSION, and write a migration from the old one",
                };
                wrong.push(format!("{}: {what}", contract.file_name(side)));
            }
        }
    }
    assert!(wrong.is_empty(), "these are not what the types say:\n{}", wrong.join("\n"));
}

#[test]
fn a_changed_contract_with_an_old_version_is_noticed() {
    for contract in CONTRACTS {
        let frozen = contract.schema(Side::Consumer);
        let mut words = frozen.clone();
        words["description"] = json!("other words");
        assert_eq!(stale(&frozen, &words), Some("update"), "{}", contract.name);
    }
    let frozen = memebuild::contract::registry::find("metadata").unwrap().schema(Side::Consumer);
    let changed = |edit: fn(&mut Value)| {
        let mut changed = frozen.clone();
        edit(&mut changed);
        stale(&frozen, &changed)
    };
    let raise = Some("raise");
    assert_eq!(changed(|s| s["properties"]["mood"] = json!({ "type": "string" })), raise);
    assert_eq!(changed(|s| s["required"].as_array_mut().unwrap().truncate(3)), raise);
    assert_eq!(
        changed(
            |s| s["$defs"]["VideoFacts"]["properties"]["durationMs"]["x-unit"] = json!("second")
        ),
        raise
    );
    assert_eq!(
        changed(|s| s["$defs"]["Quality"]["properties"]["score"]["maximum"] = json!(1000)),
        raise
    );
}

#[test]
fn every_version_that_was_frozen_can_be_read() {
    for entry in std::fs::read_dir(root().join("schemas")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // For editors; what people write has its version in itself.
        if name == "memefile.schema.json" {
            continue;
        }
        let mut parts = name.split('.');
        let (contract, version) = (parts.next().unwrap(), parts.next().unwrap());
        let version: u32 = version.trim_start_matches('v').parse().unwrap();
        let contract = memebuild::contract::registry::find(contract)
            .unwrap_or_else(|| panic!("{name} is of no contract"));
        assert!(
            (contract.oldest..=contract.version).contains(&version),
            "{name}: a migration from version {version} is missing"
        );
    }
}

#[test]
fn every_contract_is_registered() {
    let mut missing = Vec::new();
    for entry in walkdir::WalkDir::new(root().join("src")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for (at, _) in text.match_indices("\nimpl Contract for ") {
            let name = text[at..].split("NAME: &'static str = \"").nth(1).unwrap();
            let name = name.split('"').next().unwrap();
            if memebuild::contract::registry::find(name).is_none() {
                missing.push(name.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "these are in no list of `contract ls`: {missing:?}");
}

#[test]
fn examples_satisfy_both_parser_and_schemas() {
    for contract in CONTRACTS {
        for example in contract.examples() {
            contract.parse(example.as_bytes()).unwrap_or_else(|e| panic!("{}: {e}", contract.name));
            let document = contract.value(example.as_bytes()).unwrap();
            for side in Side::BOTH {
                let found = breaches(&contract.schema(side), &document).unwrap();
                assert!(found.is_empty(), "{} {}: {found:?}", contract.name, side.as_str());
            }
        }
    }
}

#[test]
fn what_is_read_of_an_example_is_written_as_it_was() {
    for contract in CONTRACTS {
        for example in contract.examples() {
            let again = contract.again(example.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(again).unwrap(), example, "{}", contract.name);
        }
    }
}

#[test]
fn examples_of_every_version_can_be_read() {
    for entry in std::fs::read_dir(root().join("schemas")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some((contract, _)) = name.split_once('.').filter(|_| name.contains(".example."))
        else {
            continue;
        };
        let contract = memebuild::contract::registry::find(contract).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let documents = match contract.form {
            Form::Lines => text.lines().collect(),
            Form::Json | Form::Toml => vec![text.as_str()],
        };
        for document in documents {
            contract.parse(document.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
}

/// Changes one thing at random.
fn damage(document: &mut Value, numbers: &mut Numbers) {
    let values = [
        json!(null),
        json!(-1),
        json!(0),
        json!(1_i64 << 40),
        json!(0.5),
        json!(""),
        json!("x y"),
        json!([]),
        json!({}),
        json!(true),
    ];
    let mut at = document;
    loop {
        let count = match &*at {
            Value::Object(object) => object.len(),
            Value::Array(items) => items.len(),
            _ => 0,
        };
        if count == 0 || numbers.below(6) == 0 {
            break;
        }
        let chosen = numbers.below(count);
        at = match at {
            Value::Object(object) => object.iter_mut().nth(chosen).unwrap().1,
            Value::Array(items) => &mut items[chosen],
            _ => unreachable!(),
        };
    }
    match at {
        Value::Object(object) if numbers.chance() => {
            if let Some(name) = object.keys().nth(numbers.below(object.len())).cloned() {
                object.shift_remove(&name);
            }
        }
        Value::Object(object) if numbers.chance() => {
            drop(object.insert("stray".to_owned(), json!(1)))
        }
        Value::Array(items) if numbers.chance() => drop(items.pop()),
        Value::Number(number) if numbers.chance() => {
            *at = json!(number.as_i64().unwrap_or(0) + numbers.below(5) as i64 - 2);
        }
        at => *at = values[numbers.below(values.len())].clone(),
    }
}

#[test]
fn whatever_a_parser_accepts_its_schema_accepts() {
    let mut accepted = 0;
    for contract in CONTRACTS {
        let check = validator(&contract.schema(Side::Consumer)).unwrap();
        for example in contract.examples() {
            let document = contract.value(example.as_bytes()).unwrap();
            for seed in 0..400 {
                let mut damaged = document.clone();
                let mut numbers = Numbers::new(seed);
                (0..=numbers.below(2)).for_each(|_| damage(&mut damaged, &mut numbers));
                let text = contract.text(&damaged);
                if text.is_some_and(|text| contract.parse(text.as_bytes()).is_ok()) {
                    accepted += 1;
                    assert!(
                        check.is_valid(&damaged),
                        "{} accepts what its schema refuses: {:?}\n{damaged}",
                        contract.name,
                        breaches(&contract.schema(Side::Consumer), &damaged)
                    );
                }
            }
        }
    }
    assert!(accepted > 500, "only {accepted} documents were accepted: nothing was tested");
}

/// Pointers to all objects of a document.
fn objects(value: &Value, at: String, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                objects(value, format!("{at}/{name}"), into);
            }
            into.push(at);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(item, format!("{at}/{index}"), into);
            }
        }
        _ => {}
    }
}

#[test]
fn a_list_of_its_values_is_never_taken_for_an_object() {
    // Lines of a log are read by whoever wrote them.
    for contract in CONTRACTS.iter().filter(|contract| contract.form != Form::Lines) {
        let document = contract.value(contract.example.as_bytes()).unwrap();
        let mut places = Vec::new();
        objects(&document, String::new(), &mut places);
        for place in places {
            let mut listed = document.clone();
            let object = listed.pointer_mut(&place).unwrap();
            let values: Vec<Value> = object.as_object().unwrap().values().cloned().collect();
            *object = values.into();
            let text = contract.text(&listed).unwrap_or_default();
            assert!(contract.parse(text.as_bytes()).is_err(), "{}: {place}", contract.name);
        }
    }
}

#[test]
fn each_producer_fits_its_consumer() {
    for contract in CONTRACTS {
        let (written, read) = (contract.schema(Side::Producer), contract.schema(Side::Consumer));
        let report = compare(&written, &read, Mode::Backward).unwrap();
        assert!(report.holds(), "{}: {report:?}", contract.name);
    }
}

#[test]
fn the_media_profile_is_what_ingest_reads() {
    let known: Vec<_> = Format::ALL.iter().map(|f| (f.demuxer(), f.extensions())).collect();
    assert_eq!(CONTAINERS.to_vec(), known);
}
