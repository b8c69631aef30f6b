use super::*;

/// Every object of a schema, with the way to it.
fn objects<'v>(
    value: &'v serde_json::Value,
    way: String,
    found: &mut Vec<(String, &'v serde_json::Value)>,
) {
    match value {
        serde_json::Value::Object(object) => {
            found.push((way.clone(), value));
            for (key, value) in object {
                objects(value, format!("{way}/{key}"), found);
            }
        }
        serde_json::Value::Array(items) => {
            items.iter().for_each(|item| objects(item, format!("{way}/*"), found));
        }
        _ => {}
    }
}

#[test]
fn names_are_names_and_descriptions_are_short() {
    for tool in &TOOLS {
        let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(tool.name.chars().all(is_name), "{}", tool.name);
        assert!(!tool.title.is_empty() && tool.title.len() < 40, "{}", tool.name);
        assert!((40..400).contains(&tool.about.len()), "{}: {}", tool.name, tool.about.len());
    }
}

#[test]
fn what_changes_nothing_is_left_where_nothing_may_change() {
    let changing: Vec<&str> =
        TOOLS.iter().filter(|tool| !tool.hints.read_only).map(|tool| tool.name).collect();
    assert_eq!(changing, ["build", "choice_submit"]);
    assert_eq!(given(false).count(), TOOLS.len());
    assert!(given(true).all(|tool| !changing.contains(&tool.name)));
    for tool in given(true) {
        assert!(!tool.hints.destructive && tool.hints.idempotent, "{}", tool.name);
    }
}

#[test]
fn every_argument_says_what_it_is_and_nothing_else_is_taken() {
    for tool in &TOOLS {
        let schema = serde_json::Value::Object((tool.input)());
        assert_eq!(schema["type"], "object", "{}", tool.name);
        assert_eq!(schema["additionalProperties"], false, "{}", tool.name);
        for (name, property) in schema["properties"].as_object().unwrap() {
            let said = property["description"].as_str().unwrap_or_default();
            assert!(!said.is_empty(), "{}: {name} says nothing", tool.name);
        }
    }
}

#[test]
fn schemas_stand_by_themselves() {
    let mut all = 0;
    for tool in &TOOLS {
        for schema in [(tool.input)(), (tool.output)()] {
            let schema = serde_json::Value::Object(schema);
            all += schema.to_string().len();
            assert_eq!(schema["type"], "object", "{}", tool.name);
            jsonschema::draft202012::new(&schema).expect("a JSON Schema");
            let mut found = Vec::new();
            objects(&schema, String::new(), &mut found);
            for (way, object) in found {
                assert!(object.get("$ref").is_none(), "{}: {way}", tool.name);
                let types = object.get("type");
                assert!(!types.is_some_and(serde_json::Value::is_array), "{}: {way}", tool.name);
            }
        }
    }
    // A client may put all of it in front of a model.
    assert!(all < 80_000, "{all} bytes of schemas");
}
