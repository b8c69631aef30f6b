//! Each named rule: what it is called, whom it breaks, and a document that shows it.

use memebuild::contract::check::validator;
use memebuild::contract::diff::{Answer, Direction, Mode, Rule, Verdict, compare};
use serde_json::{Value, json};

/// Rule, whether it breaks backward and forward, old and new schema.
type Case = (&'static str, [bool; 2], Value, Value);

fn object(properties: Value, required: &[&str], closed: bool) -> Value {
    let mut schema = json!({ "type": "object", "properties": properties, "required": required });
    if closed {
        schema["additionalProperties"] = json!(false);
    }
    schema
}

/// A document with one field `a`.
fn field(schema: Value) -> Value {
    object(json!({ "a": schema }), &["a"], true)
}

fn union(variants: &[(&str, Value)]) -> Value {
    let variant = |(tag, own): &(&str, Value)| json!({ "type": "object", "properties": { "kind": { "const": tag }, "own": own }, "required": ["kind"], "additionalProperties": false });
    json!({ "oneOf": variants.iter().map(variant).collect::<Vec<_>>() })
}

fn cases() -> Vec<Case> {
    let number = || json!({ "type": "integer" });
    let text = || json!({ "type": "string" });
    vec![
        ("TYPE_CHANGED", [true, true], field(number()), field(text())),
        ("TYPE_NARROWED", [true, false], field(json!({ "type": "number" })), field(number())),
        (
            "TYPE_WIDENED",
            [false, true],
            field(number()),
            field(json!({ "type": ["integer", "string"] })),
        ),
        (
            "NULL_REMOVED",
            [true, false],
            field(json!({ "type": ["string", "null"] })),
            field(text()),
        ),
        (
            "NULL_ADDED",
            [false, true],
            field(text()),
            field(json!({ "anyOf": [text(), { "type": "null" }] })),
        ),
        (
            "REQUIRED_ADDED",
            [true, false],
            object(json!({ "a": number() }), &[], true),
            field(number()),
        ),
        (
            "REQUIRED_REMOVED",
            [false, true],
            field(number()),
            object(json!({ "a": number() }), &[], true),
        ),
        (
            "PROPERTY_ADDED_TO_CLOSED",
            [false, true],
            object(json!({}), &[], true),
            object(json!({ "a": number() }), &[], true),
        ),
        (
            "PROPERTY_ADDED_TO_OPEN",
            [true, false],
            object(json!({}), &[], false),
            object(json!({ "a": number() }), &[], false),
        ),
        (
            "PROPERTY_REMOVED_FROM_CLOSED",
            [true, false],
            object(json!({ "a": number() }), &[], true),
            object(json!({}), &[], true),
        ),
        (
            "PROPERTY_REMOVED_FROM_OPEN",
            [false, true],
            object(json!({ "a": number() }), &[], false),
            object(json!({}), &[], false),
        ),
        (
            "ADDITIONAL_PROPERTIES_CLOSED",
            [true, false],
            object(json!({}), &[], false),
            object(json!({}), &[], true),
        ),
        (
            "ADDITIONAL_PROPERTIES_OPENED",
            [false, true],
            object(json!({}), &[], true),
            object(json!({}), &[], false),
        ),
        (
            "ENUM_VALUE_REMOVED",
            [true, false],
            field(json!({ "enum": ["x", "y"] })),
            field(json!({ "enum": ["x"] })),
        ),
        (
            "ENUM_VALUE_ADDED",
            [false, true],
            field(json!({ "enum": ["x"] })),
            field(json!({ "enum": ["x", "y"] })),
        ),
        (
            "CONST_CHANGED",
            [true, true],
            field(json!({ "const": "x" })),
            field(json!({ "const": "y" })),
        ),
        (
            "VARIANT_REMOVED",
            [true, false],
            union(&[("x", number()), ("y", text()), ("z", text())]),
            union(&[("x", number()), ("y", text())]),
        ),
        (
            "VARIANT_ADDED",
            [false, true],
            union(&[("x", number()), ("y", text())]),
            union(&[("x", number()), ("y", text()), ("z", text())]),
        ),
        (
            "TAG_RENAMED",
            [true, true],
            union(&[("x", number()), ("y", text())]),
            union(&[("x", number()), ("w", text())]),
        ),
        (
            "BOUNDS_TIGHTENED",
            [true, false],
            field(json!({ "type": "integer", "minimum": 0 })),
            field(json!({ "type": "integer", "minimum": 1 })),
        ),
        (
            "BOUNDS_LOOSENED",
            [false, true],
            field(json!({ "type": "string", "maxLength": 3 })),
            field(json!({ "type": "string", "maxLength": 4 })),
        ),
        (
            "PATTERN_ADDED",
            [true, false],
            field(text()),
            field(json!({ "type": "string", "pattern": "^[a-z]+$" })),
        ),
        (
            "PATTERN_REMOVED",
            [false, true],
            field(json!({ "type": "string", "pattern": "^[a-z]+$" })),
            field(text()),
        ),
        (
            "PATTERN_CHANGED",
            [true, true],
            field(json!({ "type": "string", "pattern": "^[a-z]+$" })),
            field(json!({ "type": "string", "pattern": "^[0-9]+$" })),
        ),
        (
            "FORMAT_ADDED",
            [true, false],
            field(text()),
            field(json!({ "type": "string", "format": "date" })),
        ),
        (
            "FORMAT_REMOVED",
            [false, true],
            field(json!({ "type": "string", "format": "date" })),
            field(text()),
        ),
        (
            "FORMAT_CHANGED",
            [true, true],
            field(json!({ "type": "string", "format": "date" })),
            field(json!({ "type": "string", "format": "ipv4" })),
        ),
        (
            "ITEMS_TIGHTENED",
            [true, false],
            field(json!({ "type": "array", "items": number() })),
            field(json!({ "type": "array", "items": number(), "uniqueItems": true })),
        ),
        (
            "ITEMS_LOOSENED",
            [false, true],
            field(json!({ "type": "array", "uniqueItems": true })),
            field(json!({ "type": "array" })),
        ),
        (
            "CONDITION_CHANGED",
            [true, false],
            field(number()),
            field(json!({ "type": "integer", "not": { "const": 7 } })),
        ),
        (
            "UNIT_CHANGED",
            [true, true],
            field(json!({ "type": "integer", "x-unit": "second" })),
            field(json!({ "type": "integer", "x-unit": "millisecond" })),
        ),
        (
            "ID_DERIVATION_CHANGED",
            [true, true],
            field(json!({ "type": "string", "x-id-derivation": "stem" })),
            field(json!({ "type": "string", "x-id-derivation": "content" })),
        ),
        (
            "QUALITY_ALGO_CHANGED",
            [true, true],
            field(json!({ "type": "integer", "x-quality-algorithm": 1 })),
            field(json!({ "type": "integer", "x-quality-algorithm": 2 })),
        ),
        (
            "LAYOUT_CHANGED",
            [true, true],
            json!({ "type": "object", "x-layout": { "media": "{id}" } }),
            json!({ "type": "object", "x-layout": { "media": "{kind}/{id}" } }),
        ),
        (
            "MEDIA_PROFILE_CHANGED",
            [true, true],
            json!({ "type": "object", "x-media": { "codec": "h264" } }),
            json!({ "type": "object", "x-media": { "codec": "hevc" } }),
        ),
        (
            "CONTENT_CHANGED",
            [true, true],
            field(json!({ "type": "string", "contentEncoding": "base64" })),
            field(json!({ "type": "string", "contentEncoding": "base32" })),
        ),
        (
            "CONTENT_ADDED",
            [true, false],
            field(text()),
            field(json!({ "type": "string", "contentEncoding": "base64" })),
        ),
        (
            "CONTENT_REMOVED",
            [false, true],
            field(json!({ "type": "string", "contentEncoding": "base64" })),
            field(text()),
        ),
    ]
}

fn answer(old: &Value, new: &Value, direction: Direction) -> Answer {
    let mode = match direction {
        Direction::Backward => Mode::Backward,
        Direction::Forward => Mode::Forward,
    };
    compare(old, new, mode).unwrap().answers.remove(0)
}

#[test]
fn each_rule_breaks_whom_the_table_says_and_shows_a_document() {
    for (id, breaks, old, new) in cases() {
        for (direction, breaks) in [Direction::Backward, Direction::Forward].into_iter().zip(breaks)
        {
            let answer = answer(&old, &new, direction);
            let expected = if breaks { Verdict::Broken } else { Verdict::Compatible };
            let name = format!("{id} {}", direction.as_str());
            assert_eq!(answer.verdict, expected, "{name}: {answer:?}");
            if !breaks {
                continue;
            }
            let found = answer.breaks.iter().find(|found| found.rule.id() == id);
            let found = found.unwrap_or_else(|| panic!("{name}: {answer:?}"));
            let (writer, reader) = match direction {
                Direction::Backward => (&old, &new),
                Direction::Forward => (&new, &old),
            };
            match &found.instance {
                Some(document) => {
                    assert!(validator(writer).unwrap().is_valid(document), "{name}: {document}");
                    assert!(!validator(reader).unwrap().is_valid(document), "{name}: {document}");
                }
                None => assert!(found.rule.is_about_meaning(), "{name} shows nothing"),
            }
        }
    }
}

#[test]
fn another_default_stops_nobody_and_is_told() {
    let of = |default: u32| field(json!({ "type": "integer", "default": default }));
    let report = compare(&of(1), &of(2), Mode::Full).unwrap();
    assert!(report.holds(), "{report:?}");
    let told: Vec<&str> = report.warnings.iter().map(|(rule, ..)| rule.id()).collect();
    assert_eq!(told, ["DEFAULT_CHANGED"]);
}

#[test]
fn a_key_that_tells_variants_apart_cannot_change() {
    let by = |key: &str| {
        let variant = |tag: &str| json!({ "type": "object", "properties": { key: { "const": tag } }, "required": [key] });
        json!({ "oneOf": [variant("x"), variant("y")] })
    };
    for direction in [Direction::Backward, Direction::Forward] {
        let answer = answer(&by("kind"), &by("type"), direction);
        assert_eq!(answer.verdict, Verdict::Broken);
        assert_eq!(answer.breaks[0].rule, Rule::DiscriminatorKeyChanged, "{answer:?}");
        assert!(answer.breaks[0].instance.is_some());
    }
}

#[test]
fn what_changes_no_document_is_proved_harmless() {
    let tree = |name: &str, list: &str| {
        json!({
            "$ref": format!("#/$defs/{name}"),
            "$defs": { name: {
                "title": name,
                "type": "object",
                "properties": { "children": { "type": "array", "items": { "$ref": format!("#/$defs/{name}") } }, "a": { list: [{ "type": "integer" }, { "type": "null" }] } },
                "required": ["children"],
                "additionalProperties": false
            } }
        })
    };
    let same = [
        // Names of parts, words, and unions whose branches cannot both hold.
        (tree("Node", "oneOf"), tree("Tree", "anyOf")),
        (
            json!({ "type": "integer", "minimum": 1 }),
            json!({ "type": "integer", "exclusiveMinimum": 0 }),
        ),
        (
            json!({ "enum": ["a", "b"] }),
            json!({ "oneOf": [{ "const": "b" }, { "const": "a", "description": "first" }] }),
        ),
        (
            json!({ "allOf": [{ "type": "string" }, { "minLength": 1 }] }),
            json!({ "type": "string", "minLength": 1 }),
        ),
        (
            json!({ "type": ["string", "null"] }),
            json!({ "anyOf": [{ "type": "null" }, { "type": "string" }] }),
        ),
    ];
    for (old, new) in same {
        let report = compare(&old, &new, Mode::Full).unwrap();
        assert!(report.holds(), "{old} and {new}: {report:?}");
    }
}

#[test]
fn a_change_deep_in_a_recursion_is_found_at_its_place() {
    let tree = |most: u64| {
        json!({
            "$ref": "#/$defs/Node",
            "$defs": { "Node": { "type": "object", "properties": {
                "next": { "$ref": "#/$defs/Node" }, "n": { "type": "integer", "maximum": most } } } }
        })
    };
    let answer = answer(&tree(9), &tree(8), Direction::Backward);
    assert_eq!(answer.breaks[0].place, "/n");
    assert_eq!(answer.breaks[0].instance, Some(json!({ "n": 9 })));
}

#[test]
fn what_nobody_can_prove_is_undecided_and_no_fit() {
    // Whether the patterns differ anywhere is beyond all three proofs; they do not.
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern, "minLength": 1 });
    let report = compare(&text("^(a|b)*c$"), &text("^(b*a*)*c$"), Mode::Backward).unwrap();
    let verdict = report.answers[0].verdict;
    assert!(matches!(verdict, Verdict::Undecided | Verdict::Compatible), "{report:?}");
    assert_eq!(report.holds(), verdict == Verdict::Compatible);
    assert_eq!(verdict == Verdict::Undecided, !report.answers[0].breaks.is_empty());
}

#[test]
fn what_is_no_schema_is_told_and_no_network_is_asked() {
    let error = compare(&json!({ "type": "nonsense" }), &json!({}), Mode::Full).unwrap_err();
    assert!(error.starts_with("the first is not a JSON Schema"), "{error}");
    let remote = json!({ "$ref": "https://example.invalid/schema.json" });
    assert!(compare(&json!({}), &remote, Mode::Full).unwrap_err().starts_with("the second"));
}

#[test]
fn a_break_within_a_version_asks_for_a_higher_one() {
    let of = |version: u32, least: u32| json!({ "type": "object", "properties": { "schemaVersion": { "const": version }, "a": { "type": "integer", "minimum": least } }, "required": ["schemaVersion", "a"], "additionalProperties": false });
    let rules = |new: &Value| -> Vec<&str> {
        let report = compare(&of(1, 0), new, Mode::Backward).unwrap();
        report.answers[0].breaks.iter().map(|found| found.rule.id()).collect()
    };
    assert_eq!(rules(&of(1, 1)), ["BOUNDS_TIGHTENED", "VERSION_NOT_BUMPED"]);
    assert_eq!(rules(&of(2, 1)), ["BOUNDS_TIGHTENED"]);
    assert!(rules(&of(2, 0)).is_empty());
}
