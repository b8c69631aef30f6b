//! `memebuild report` and what it leaves.

use super::batch;
use crate::samples;

#[test]
fn a_page_is_written_named_and_removed() {
    let project = samples::film();
    project.expect(0, &["build"]);
    let output = project.run(&["report"]);
    let said = String::from_utf8(output.stdout).unwrap();
    let path = project.root().canonicalize().unwrap().join("artefacts/report.html");
    assert_eq!(said, format!("{}\n", path.display()));
    let text = project.read("artefacts/report.html");
    assert!(text.contains("\"root\":\"../\""));
    assert!(
        text.contains("\"poster\":\"data:image/jpeg;base64,"),
        "a small page holds its pictures"
    );
    assert!(text.contains("\"film\":\"artefacts/renders/hello@tiny.mp4\""));

    project.expect(0, &["clean"]);
    assert!(!project.root().join("artefacts/report.html").exists());
    // A page of somebody else's is not ours to remove.
    project.write("artefacts/report.html", "mine");
    project.expect(0, &["clean"]);
    assert_eq!(project.read("artefacts/report.html"), "mine");
}

#[test]
fn a_page_that_cannot_be_written_says_so() {
    let project = batch();
    let talk = project.expect(2, &["report", "--out", "nowhere/page.html"]);
    assert!(talk.contains("cannot write `nowhere/page.html`"), "{talk}");
    project.write("Memefile.toml", "memefile = 1\n[render.x]\ncomposite = \"y\"\n");
    let talk = project.expect(2, &["report"]);
    assert!(talk.contains("[render.x]") || talk.contains("composite"), "{talk}");
}

#[test]
fn the_graph_is_a_picture_of_its_own() {
    let project = batch();
    let output = project.run(&["graph", "--as", "svg"]);
    let svg = String::from_utf8(output.stdout).unwrap();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{svg}");
    let nodes = project.run(&["graph", "--format", "json"]);
    let nodes: serde_json::Value = serde_json::from_slice(&nodes.stdout).unwrap();
    let nodes = nodes["nodes"].as_array().unwrap();
    assert_eq!(svg.matches("<text").count(), nodes.len());
    let edges: usize = nodes.iter().map(|node| node["reads"].as_array().unwrap().len()).sum();
    assert_eq!(svg.matches("<path").count(), edges);
    let again = project.run(&["graph", "--as", "svg"]);
    assert_eq!(svg.as_bytes(), again.stdout);
}
