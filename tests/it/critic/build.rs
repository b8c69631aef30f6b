//! What a rejection costs, and what it leaves behind: real builds of a tiny film.

use crate::project::Project;

fn memefile(at: &str, loudest: &str) -> String {
    format!(
        r#"
memefile = 1

[source.places]
asset = "background"
files = "*.png"

[profile.tiny]
size = "96x160"
segment = "1s"
min-duration = "1s"

[style.plain]
base = "subtitle"
fonts = ["sans-serif"]
size = "12%"
min-size = "8%"

[composite.hello]
duration = "2s"
background = "wall"
captions = [{{ text = "hello", at = "{at}", style = "plain" }}]

[critic.default]
max-loudness = "{loudest}"
max-black = "5s"

[render.hello]
composite = "hello"
profiles = ["tiny"]
"#
    )
}

fn project(at: &str) -> Project {
    let project = Project::new(&memefile(at, "-13 LUFS"));
    let wall = image::RgbImage::from_fn(96, 160, |x, y| image::Rgb([40, x as u8, y as u8]));
    wall.save(project.root().join("wall.png")).expect("a picture");
    project
}

/// The names of what lies under `artefacts/renders`.
fn renders(project: &Project) -> Vec<String> {
    let files = project.files("artefacts/renders").into_keys();
    files.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
}

fn film(project: &Project) -> Vec<u8> {
    std::fs::read(project.root().join("artefacts/renders/hello@tiny.mp4")).expect("a film")
}

#[test]
fn what_cannot_pass_is_not_rendered() {
    let project = project("0s..0.2s");
    let talk = project.expect(3, &["build"]);
    assert!(talk.contains("caption-time"), "{talk}");
    assert_eq!(renders(&project), ["hello@tiny.rejected.verdict.json"]);
    // Nobody drew anything, and a second build knows why without looking.
    let log = project.files("cache/log").into_values().next().expect("a log");
    let log = String::from_utf8(log).expect("text");
    assert!(!log.contains("render/segment"), "{log}");
    assert!(log.contains("critic/judge"), "{log}");
    let again = project.run(&["build", "--format", "json"]);
    assert_eq!(again.status.code(), Some(3));
    let document: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!((&document["actions_ran"], &document["rejected"]), (&0.into(), &1.into()));
}

#[test]
fn the_last_accepted_film_stays_beside_a_rejected_one() {
    const ACCEPTED: [&str; 3] = ["hello@tiny.jpg", "hello@tiny.mp4", "hello@tiny.verdict.json"];
    let project = project("0s..2s");
    project.expect(0, &["build"]);
    assert_eq!(renders(&project), ACCEPTED);
    let first = film(&project);

    // Rejected before rendering: a verdict and nothing more.
    project.write("Memefile.toml", memefile("0s..0.2s", "-13 LUFS"));
    project.expect(3, &["build"]);
    let rejected = ["hello@tiny.rejected.verdict.json"];
    assert_eq!(renders(&project), [&ACCEPTED[..2], &rejected, &ACCEPTED[2..]].concat());
    assert_eq!(film(&project), first);

    // Accepted again: what was rejected is gone.
    project.write("Memefile.toml", memefile("0s..1.5s", "-13 LUFS"));
    project.expect(0, &["build"]);
    assert_eq!(renders(&project), ACCEPTED);
}

#[test]
fn rights_are_told_judged_and_credited() {
    let project = project("0s..2s");
    let say = |rights: &str, source: &str| {
        let text =
            memefile("0s..2s", "-13 LUFS").replace("max-black", &format!("{rights}max-black"));
        project
            .write("Memefile.toml", text.replace("\"*.png\"\n", &format!("\"*.png\"\n{source}")));
    };
    // Nothing is asked and nothing is known: nothing is said, and the gap is named.
    project.expect(0, &["build"]);
    assert!(!renders(&project).iter().any(|name| name.contains("credits")));
    let gap = project.expect(0, &["credits"]);
    insta::assert_snapshot!(gap.trim_end(), @r#"
    warning[no-licence]: the licence is not known: background/wall
     = help: say `licence` in the source; `critic.rights = "deny-unknown"` rejects such renders
    "#);

    // What nobody may show is not even rendered.
    say("rights = \"deny-unknown\"\n", "");
    let talk = project.expect(3, &["build"]);
    assert!(talk.contains("the licence of background/wall is not known"), "{talk}");

    // A licence heals it, and decodes nothing again.
    let licence = "licence = \"CC-BY-4.0\"\ncreator = \"ann\"\nexpires = \"2027-01-31\"\n";
    say("rights = \"deny-unknown\"\n", licence);
    project.expect(0, &["build"]);
    let log = project.files("cache/log").into_values().last().expect("a log");
    let log = String::from_utf8(log).expect("text");
    let ran = |step: &str| log.lines().any(|l| l.contains("action-started") && l.contains(step));
    assert!(ran("asset/describe") && !ran("asset/ingest"), "{log}");
    let credits = project.root().join("artefacts/renders/hello@tiny.credits.txt");
    assert_eq!(std::fs::read_to_string(credits).expect("credits"), "wall by ann, CC-BY-4.0\n");
    let verdict = project.files("artefacts/renders").into_iter();
    let (_, verdict) = verdict
        .into_iter()
        .find(|(path, _)| path.ends_with("hello@tiny.verdict.json"))
        .expect("a verdict");
    let verdict: serde_json::Value = serde_json::from_slice(&verdict).expect("JSON");
    assert_eq!(verdict["credits"][0]["provenance"]["licence"], "CC-BY-4.0");

    // One that ends before the release rejects.
    say("release-day = \"2027-02-01\"\n", licence);
    let talk = project.expect(3, &["build"]);
    assert!(talk.contains("ends too early"), "{talk}");
}
