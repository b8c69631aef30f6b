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
creator = "Blue Room"

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

pub fn project(query: &str) -> Project {
    let project = Project::new(&MEMEFILE.replace("QUERY", query));
    let sizes =
        [("places/city-night", 64, 96), ("places/city-rain", 96, 64), ("walls/old-wall", 64, 96)];
    for (name, width, height) in sizes {
        let path = project.root().join(format!("{name}.png"));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        // Patches of chance, so that none passes for a copy of another.
        let picture = image::RgbImage::from_fn(width, height, |x, y| {
            let patch = format!("{name} {} {}", x / 8, y / 8);
            let chance = blake3::hash(patch.as_bytes());
            image::Rgb([chance.as_bytes()[0], chance.as_bytes()[1], chance.as_bytes()[2]])
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
        ("creator:blue", &["city-night", "city-rain"]),
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
fn batches_that_wait_for_the_same_assets_all_say_so() {
    let project = project("ratio:portrait");
    let memefile = project.read("Memefile.toml");
    let more = "[batch.other]\ncomposite = \"template\"\naxes.background = { min-quality = 1 }\nprofiles = [\"preview\"]\n";
    project.write("Memefile.toml", format!("{memefile}\n{more}"));
    let output = project.run(&["plan"]);
    let plan = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for batch in ["launch", "other"] {
        let waits = format!("batch {batch}: its cells are known once 3 assets are ingested");
        assert!(plan.contains(&waits), "{plan}");
    }
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

#[test]
fn nobody_elsewhere_is_asked_offline() {
    let project = project("city ratio:portrait");
    let memefile = project.read("Memefile.toml");
    for provider in [
        "kind = \"http\"\nurl = \"http://127.0.0.1:1\"",
        "kind = \"postgres\"\nurl = \"postgres://a@127.0.0.1:1/a\"",
    ] {
        project.write("Memefile.toml", format!("{memefile}\n[provider]\n{provider}\n"));
        for command in
            [&["plan", "--offline"][..], &["build", "--offline"], &["search", "--offline"]]
        {
            let talk = project.expect(1, command);
            assert!(talk.contains("`--offline` asks nobody"), "{command:?}: {talk}");
        }
        // Without the flag it is asked.
        let talk = project.expect(1, &["search"]);
        assert!(talk.contains("cannot answer"), "{talk}");
    }
    project.write("Memefile.toml", memefile);
    project.expect(0, &["plan", "--offline"]);
}

const PICKING: &str = r#"
[composite.picked]
duration = "1s"
background = { query = "QUERY", fit = "contain" }

[render.picked]
composite = "picked"
profiles = ["preview"]

[command.after]
run = ["cp", "{in}", "{out}"]
inputs = ["render:picked@preview"]
outputs = ["artefacts/copy.mp4"]
"#;

/// The same project with a composite whose background a query picks.
fn picking(query: &str) -> Project {
    let project = project("city");
    let memefile = project.read("Memefile.toml") + &PICKING.replace("QUERY", query);
    project.write("Memefile.toml", memefile);
    project
}

/// The background that was picked.
fn pick(project: &Project) -> String {
    let output = project.run(&["graph", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let nodes = document["nodes"].as_array().expect("nodes").iter();
    let name = |node: &serde_json::Value| {
        node["node"].as_str().or(node["name"].as_str()).map(str::to_owned)
    };
    let of = nodes.clone().find(|node| name(node).as_deref() == Some("composite:picked@preview"));
    let deps = of.map_or(serde_json::Value::Null, |node| node["reads"].clone());
    deps.to_string()
}

#[test]
fn a_composite_takes_the_best_that_its_query_means() {
    // One candidate needs no ingest.
    assert!(
        pick(&picking("wall")).contains("asset:background/old-wall"),
        "{}",
        pick(&picking("wall"))
    );
    // Of several, the best is known once they are ingested.
    let project = picking("city");
    assert_eq!(pick(&project), "null");
    // The plan says that there is more to come, and of what it waits.
    let plan = |args: &[&str]| {
        let output = project.run(&[&["plan"], args].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("a plan")
    };
    let waits = "render picked: one film once 2 assets are ingested";
    assert!(plan(&[]).contains(waits), "{}", plan(&[]));
    let document: serde_json::Value =
        serde_json::from_str(&plan(&["--format", "json"])).expect("JSON");
    let expected = serde_json::json!([{ "render": "picked", "films": 1, "pending": 2 }]);
    assert_eq!(document["waiting"], expected);
    let output = project.run(&["build", "--format", "json"]);
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{talk}");
    assert!(!plan(&[]).contains("once"), "{}", plan(&[]));
    let search = project.run(&["search", "background", "city", "--limit", "1", "--format", "json"]);
    let page: serde_json::Value = serde_json::from_slice(&search.stdout).expect("JSON");
    let best = page["hits"][0]["id"].as_str().expect("a hit").to_owned();
    assert!(
        pick(&project).contains(&format!("asset:background/{best}")),
        "{best}: {}",
        pick(&project)
    );
    assert!(project.root().join("artefacts/copy.mp4").is_file());

    let talk = picking("nothing-like-it").expect(2, &["plan"]);
    assert!(talk.contains("no background matches") && talk.contains("picks nothing"), "{talk}");
    let both = project.read("Memefile.toml").replace("fit = \"contain\"", "id = \"city-night\"");
    project.write("Memefile.toml", both);
    let talk = project.expect(2, &["plan"]);
    assert!(talk.contains("contradict"), "{talk}");
}

#[test]
fn search_shows_a_table_and_tells_why() {
    let project =
        super::servers::project(&memebuild::provider::mock::manifest(3, 60), "memefile = 1\n");
    let show = |args: &[&str]| {
        let output = project.run(args);
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        format!("$ memebuild {}\n{}{talk}", args.join(" "), String::from_utf8_lossy(&output.stdout))
    };
    let shown = [
        show(&["search", "green-screen", "(ci OR jump) -sad", "--limit", "4"]),
        show(&[
            "search",
            "tag:reaction",
            "quality>=80",
            "--explain=green-screen/cat-cat-1",
            "--facets",
            "--limit",
            "2",
        ]),
        show(&["search", "--sample", "7", "--limit", "3"]),
        show(&["search", "music", "zebra"]),
        show(&["search", "(rain"]),
    ];
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn what_is_used_already_is_left_out_on_request() {
    let project = project("city");
    let output = project.run(&["build", "manifest:manifest"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let count = |args: &[&str]| {
        let output = project.run(&[&["search", "--format", "json"], args].concat());
        let page: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        page["total"].as_u64().expect("a number")
    };
    assert_eq!((count(&[]), count(&["--unused"])), (3, 1));
    assert_eq!(count(&["--exclude", "background/old-wall"]), 2);
}
