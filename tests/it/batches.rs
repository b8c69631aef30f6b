//! Batches: which cells there are, what they are called, and what is said of those that are wrong.

use crate::project::Project;
use std::collections::BTreeSet;

const MEMEFILE: &str = r#"
memefile = 1

[project]
seed = 7

[source.places]
asset = "background"
files = "*.png"

[source.beats]
asset = "music"
files = "*.wav"

[profile.tiny]
size = "64x96"
segment = "1s"
min-duration = "1s"

[composite.template]
duration = "1s"
background = "wall"
music = "beat"
captions = [{ text = "one" }, { text = "two", slot = "punchline" }]

[batch.launch]
composite = "template"
axes.background = "*"
captions = { csv = "captions.csv" }
profiles = ["tiny"]
"#;

const ROWS: &str = "id,text,punchline\nship-it,SHIP IT,now\ndns,\"IT IS DNS, ALWAYS\",\n";

fn project(memefile: &str, rows: &str) -> Project {
    let project = Project::new(memefile);
    for (name, shade) in [("wall", 40), ("door", 80), ("yard", 120)] {
        let picture =
            image::RgbImage::from_fn(64, 96, |x, y| image::Rgb([shade, x as u8, y as u8]));
        picture.save(project.root().join(format!("{name}.png"))).expect("a picture");
    }
    project.write("beat.wav", "");
    project.write("captions.csv", rows);
    project
}

/// The names of the renders, without their profile.
fn cells(project: &Project) -> Vec<String> {
    let output = project.run(&["graph", "--format", "json"]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{talk}");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let nodes = document["nodes"].as_array().expect("nodes").iter();
    let name = |node: &serde_json::Value| {
        let name = node["node"].as_str().or(node["name"].as_str())?;
        Some(name.strip_prefix("render:")?.split('@').next()?.to_owned())
    };
    nodes.filter_map(name).collect::<BTreeSet<_>>().into_iter().collect()
}

fn mistakes(memefile: &str, rows: &str) -> String {
    project(memefile, rows).expect(2, &["plan"])
}

#[test]
fn every_value_meets_every_other() {
    assert_eq!(
        cells(&project(MEMEFILE, ROWS)),
        [
            "launch/door+dns",
            "launch/door+ship-it",
            "launch/wall+dns",
            "launch/wall+ship-it",
            "launch/yard+dns",
            "launch/yard+ship-it",
        ]
    );
}

#[test]
fn zipped_values_meet_one_by_one() {
    let zipped = MEMEFILE.replace(
        "axes.background = \"*\"",
        "axes.background = [\"yard\", \"wall\"]\ncombine = \"zip\"",
    );
    assert_eq!(cells(&project(&zipped, ROWS)), ["launch/wall+dns", "launch/yard+ship-it"]);
    let odd = zipped.replace("\"yard\", \"wall\"", "\"yard\"");
    insta::assert_snapshot!(mistakes(&odd, ROWS));
}

#[test]
fn cells_are_left_out_and_added() {
    let some = MEMEFILE.replace(
        "profiles = [\"tiny\"]",
        "exclude = [{ background = \"?a*\" }, { caption = \"dns\" }]\n\
         include = [{ background = \"wall\", caption = \"dns\" }]\nprofiles = [\"tiny\"]",
    );
    assert_eq!(cells(&project(&some, ROWS)), ["launch/door+ship-it", "launch/wall+dns"]);
}

#[test]
fn a_row_without_an_id_is_named_after_its_text() {
    let rows = "text,punchline\nShip it!,a\nShip it,b\n🚀,\nÜber alles,c\n";
    let one = MEMEFILE.replace("axes.background = \"*\"", "axes.background = \"wall\"");
    let named = cells(&project(&one, rows));
    assert_eq!(named.len(), 4, "{named:?}");
    assert!(named.contains(&"launch/wall+ship-it-a".to_owned()), "{named:?}");
    // Inserting a row renames nobody.
    let more = cells(&project(&one, &rows.replace("Ship it!", "first,x\nShip it!")));
    assert!(named.iter().all(|name| more.contains(name)), "{named:?} {more:?}");
}

#[test]
fn a_sample_moves_by_one_pick_at_most() {
    let sampled = MEMEFILE.replace("\"*\"", "{ sample = 2 }");
    let project = project(&sampled, ROWS);
    let before: BTreeSet<String> = cells(&project).into_iter().collect();
    assert_eq!(before.len(), 4);
    for name in ["attic", "cellar", "roof", "moat"] {
        let picture = std::fs::read(project.root().join("wall.png")).unwrap();
        project.write(&format!("{name}.png"), picture);
        let after: BTreeSet<String> = cells(&project).into_iter().collect();
        assert_eq!(after.len(), 4);
    }
    let after: BTreeSet<String> = cells(&project).into_iter().collect();
    assert_eq!(after, cells(&project).into_iter().collect(), "the same again");
}

#[test]
fn mistakes_name_the_line_of_the_table() {
    let rows = "id,text,punchlin\nship-it,SHIP IT,now\nship-it,AGAIN\n,NO ID,x\n../up,PATH,y\n";
    insta::assert_snapshot!(mistakes(MEMEFILE, rows));
    insta::assert_snapshot!(mistakes(MEMEFILE, "id,text\na,SHIP\na,IT\nbad id,X\nz,\u{7}\n"));
    insta::assert_snapshot!(mistakes(MEMEFILE, ""));
}

#[test]
fn an_axis_must_mean_something() {
    let lacks = MEMEFILE.replace("axes.background = \"*\"", "axes.green-screen = \"*\"");
    insta::assert_snapshot!(mistakes(&lacks, ROWS));
    let empty = MEMEFILE.replace("\"*\"", "{ query = \"tag:nothing\" }");
    insta::assert_snapshot!(mistakes(&empty, ROWS));
    let unknown = MEMEFILE.replace("axes.background = \"*\"", "axes.background = [\"wal\"]");
    insta::assert_snapshot!(mistakes(&unknown, ROWS));
}

#[test]
fn a_mistake_in_a_cell_shows_the_cell() {
    let fonts = MEMEFILE
        .replace("[batch.launch]", "[style.odd]\nfonts = [\"No Such Font\"]\n\n[batch.launch]");
    let odd = fonts.replace("{ text = \"one\" }", "{ text = \"one\", style = \"odd\" }");
    insta::assert_snapshot!(mistakes(&odd, ROWS));
    let added = "include = [{ background = \"wal\", caption = \"dn\" }]\nprofiles = [\"tiny\"]";
    let added = MEMEFILE.replace("profiles = [\"tiny\"]", added);
    insta::assert_snapshot!(mistakes(&added, ROWS));
}

/// Without music: it would have to be ingested, and this is no sound.
fn silent() -> String {
    let silent = MEMEFILE.replace("music = \"beat\"\n", "");
    let silent = silent.replace("[source.beats]\nasset = \"music\"\nfiles = \"*.wav\"\n", "");
    let quiet = "min-duration = \"1s\"\naudio = \"forbidden\"";
    let silent = silent.replace("min-duration = \"1s\"", quiet);
    silent + "\n[critic.default]\nmax-black = \"5s\"\nmax-frozen = \"5s\"\n"
}

#[test]
fn the_graph_grows_out_of_what_ingest_found() {
    let best = silent().replace("\"*\"", "{ min-quality = 1, limit = 2 }");
    let project = project(&best, "id,text\nship-it,SHIP IT\n");
    assert_eq!(cells(&project), Vec::<String>::new(), "nothing is known yet");
    let talk = project.run(&["plan"]);
    let said = String::from_utf8_lossy(&talk.stdout).into_owned();
    assert!(
        said.contains("batch launch: its cells are known once 3 assets are ingested"),
        "{said}"
    );
    let first = project.run(&["build", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&first.stdout).expect("JSON");
    let count = document["results"].as_array().expect("results").len();
    assert_eq!(document["nodes"], count, "{}", String::from_utf8_lossy(&first.stderr));
    let renders = |document: &serde_json::Value| {
        let results = document["results"].as_array().expect("results").iter();
        let names = results.filter_map(|result| result["node"].as_str());
        names.filter(|node| node.starts_with("render:")).count()
    };
    assert_eq!(renders(&document), 2);
    assert_eq!(cells(&project).len(), 2, "and now it is");
    let again = project.run(&["build", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(document["actions_ran"], 0);
}

#[test]
fn a_new_row_renders_itself_alone() {
    let project = project(&silent(), "id,text\nship-it,SHIP IT\n");
    project.run(&["build"]);
    project.write("captions.csv", "id,text\nnew,BRAND NEW\nship-it,SHIP IT\n");
    let output = project.run(&["build", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let results = document["results"].as_array().expect("results").iter();
    let ran = results.filter(|result| result["status"] == "ran");
    let ran: Vec<&str> = ran.filter_map(|result| result["node"].as_str()).collect();
    assert!(!ran.is_empty() && ran.iter().all(|node| node.contains("+new@")), "{ran:?}");
}
