//! No short way round a whole build lets a mock into a release.

use crate::project::Project;

const MEMEFILE: &str = r#"
memefile = 1

[source.places]
asset = "background"
files = "media/places/*"

[profile.tiny]
size = "32x48"
segment = "1s"
min-duration = "500ms"
audio = "forbidden"

[critic.default]
max-black = "5s"
max-frozen = "5s"
caption-canvas = "off"
caption-safe-area = "off"
caption-clipped = "off"
caption-overlap = "off"
caption-glyphs = "off"
caption-size = "off"
caption-lines = "off"
caption-line-length = "off"
caption-time = "off"
caption-reading-speed = "off"
caption-contrast = "off"

[composite.template]
duration = "500ms"
background = "runway"
captions = [{ text = "one" }]

[batch.launch]
composite = "template"
captions = { csv = "captions.csv" }
profiles = ["tiny"]
"#;

const MOCK: [&str; 3] = ["build", "--mock", "places"];
const RELEASE: [&str; 4] = ["build", "--release", "--mock", "places"];

fn project() -> Project {
    let project = Project::new(MEMEFILE);
    project.write("captions.csv", "id,text\none,STRIKE A POSE\n");
    project
}

/// Adds a row to the table, which a build that can goes by.
fn another_row(project: &Project, id: &str) {
    let table = project.read("captions.csv");
    project.write("captions.csv", format!("{table}{id},ROW {id}\n"));
}

fn give_the_place(project: &Project) {
    let made = "artefacts/seed-assets/background/runway/source.jpg";
    let bytes = std::fs::read(project.root().join(made)).unwrap();
    project.write("media/places/runway.jpg", bytes);
}

#[test]
fn a_row_that_is_made_of_a_mock_is_told_and_refused() {
    let project = project();
    project.expect(0, &MOCK);
    another_row(&project, "two");
    let talk = project.expect(2, &RELEASE);
    assert!(talk.contains("mock-in-release") && talk.contains("launch/two@tiny"), "{talk}");
    assert!(!project.root().join("artefacts/renders/launch/two@tiny.mp4").exists());
    let talk = project.expect(0, &MOCK);
    assert!(talk.contains("render:launch/two@tiny (mock)"), "{talk}");
}

#[test]
fn a_release_by_rows_is_one_of_what_is_real() {
    let project = project();
    project.expect(0, &MOCK);
    give_the_place(&project);
    project.expect(0, &["build", "--release"]);
    another_row(&project, "two");
    project.expect(0, &["build", "--release"]);
    // The same table, and now its rows are made of a mock again.
    another_row(&project, "three");
    project.expect(2, &RELEASE);
    std::fs::remove_dir_all(project.root().join("media")).unwrap();
    let text = project.read("Memefile.toml");
    project.write("Memefile.toml", text.replace("files = \"media/places/*\"", "mock = {}"));
    project.expect(2, &["build", "--release"]);
    assert!(!project.root().join("artefacts/renders/launch/three@tiny.mp4").exists());
}
