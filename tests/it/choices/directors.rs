//! Directors on real media: revised until accepted, and then the same without anybody.

use super::{KEY, build, document, holding, mind, run};
use crate::chooser::server::{Answer, Model};
use crate::clips::Clips;
use crate::project::Project;
use crate::samples::film;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Clips in which nothing moves: a film of one is rejected as frozen.
pub const STILL: [&str; 3] = ["still-a", "still-b", "still-c"];

fn stills() -> &'static [Vec<u8>] {
    static MADE: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    MADE.get_or_init(|| {
        let clips = Clips::new();
        let make = |color: &str| {
            let made = clips.make(
                &format!("{color}.mp4"),
                &format!(
                    "-f lavfi -i color=c=0x00b140:s=96x160:r=12:d=2 -f lavfi -i \
                     color=c={color}:s=40x70:r=12:d=2 -filter_complex [0][1]overlay=28:80 \
                     -c:v libx264 -preset veryfast -crf 18 -pix_fmt yuv420p"
                ),
            );
            std::fs::read(made).unwrap()
        };
        ["red", "blue", "orange"].map(make).into()
    })
}

/// The film's project with three clips that are no good, all ingested: made once.
pub fn base() -> &'static Project {
    static MADE: OnceLock<Project> = OnceLock::new();
    MADE.get_or_init(|| {
        let project = film();
        let text = project.read("Memefile.toml").replace("media/clip.mp4", "media/*.mp4");
        project.write("Memefile.toml", text);
        for (name, bytes) in STILL.iter().zip(stills()) {
            project.write(&format!("media/{name}.mp4"), bytes);
        }
        assert!(run(&project, &["build", "asset:*"]).status.success());
        project
    })
}

/// A project of its own with all that another one has.
pub fn copy(of: &Project) -> Project {
    let folder = tempfile::tempdir().unwrap();
    let from = of.root().join(".");
    let copied = Command::new("cp").arg("-a").arg(&from).arg(folder.path()).status().unwrap();
    assert!(copied.success());
    Project::within(folder, &of.read("Memefile.toml"))
}

/// A director that picks a green screen; with it in the project, three that are no good.
pub fn project(chooser: &str, more: &str) -> Project {
    let project = copy(base());
    let text =
        project.read("Memefile.toml").replace("max-frozen = \"3s\"", "max-frozen = \"1.6s\"");
    let (head, _) = text.split_once("[render.hello]").unwrap();
    let own = format!(
        "[choice.who]\nbrief = \"somebody who moves\"\ncomposite = \"hello\"\nchooser = \"{chooser}\"\n\
         slots.green-screen = {{ id = \"*\" }}\n\
         [director.show]\nchoice = \"who\"\nprofiles = [\"tiny\"]\nturns = 4\n"
    );
    project.write("Memefile.toml", format!("{head}{own}{more}"));
    project
}

pub fn picks(who: &str) -> Value {
    json!({ "picks": { "green-screen": who }, "captions": [] })
}

pub fn trajectory() -> Vec<Value> {
    STILL.iter().chain(&["clip"]).map(|who| picks(who)).collect()
}

pub fn played() -> Vec<Answer> {
    trajectory().iter().map(|decision| Answer::calls("decide", decision)).collect()
}

/// How the run of `show` ended, and all that is told of it.
pub fn told(project: &Project) -> Value {
    serde_json::from_str(&project.read("artefacts/renders/show.director.json")).unwrap()
}

/// What is left for people, verdicts and runs aside, which name builds of nobody.
pub fn renders(project: &Project) -> BTreeMap<PathBuf, Vec<u8>> {
    project.files("artefacts/renders")
}

#[test]
fn three_revisions_and_then_nobody_is_needed() {
    let model = Model::play(played());
    let project = project("mind", &mind(&model.url));
    let (first, _) = build(&project, 0, &[]);
    let run_of = told(&project);
    assert_eq!(run_of["outcome"]["state"], "accepted", "{run_of:#}");
    assert_eq!(run_of["attempts"].as_array().unwrap().len(), 4);
    assert_eq!(run_of["usage"]["calls"], 4);
    assert_eq!(model.asked().len(), 4);
    // Each revision was told what was wrong.
    let said = model.asked()[1].body.to_string();
    assert!(said.contains("still-a") && said.contains("frozen"), "{said}");
    for attempt in 1..=3 {
        let rejected = format!("artefacts/renders/show/{attempt}@tiny.rejected.mp4");
        assert!(project.root().join(&rejected).is_file(), "{rejected}");
    }
    let film = |path: &str| std::fs::read(project.root().join(path)).unwrap();
    let accepted = film("artefacts/renders/show@tiny.mp4");
    assert_eq!(accepted, film("artefacts/renders/show/4@tiny.mp4"));
    let results = first["results"].as_array().unwrap();
    let director = results.iter().find(|result| result["node"] == "director:show").unwrap();
    assert_eq!(director["notes"][0], "accepted, after 4 asked and 0 mended, 440 tokens");

    drop(model);
    let (second, _) = build(&project, 0, &["--locked", "--offline"]);
    assert_eq!((&second["ran"], &second["actions_ran"]), (&json!(0), &json!(0)), "{second:#}");
    assert_eq!(holding(project.root(), KEY), Vec::<String>::new());

    // From version control alone, the same film.
    let before = renders(&project);
    std::fs::remove_dir_all(project.root().join("cache")).unwrap();
    std::fs::remove_dir_all(project.root().join("artefacts")).unwrap();
    build(&project, 0, &["--locked", "--offline"]);
    assert_eq!(renders(&project), before);
}

#[test]
fn what_it_did_is_told_and_proven() {
    let more = "[chooser.script]\nkind = \"script\"\ntrajectory = \"turns.json\"\n";
    let project = project("script", more);
    let turns = json!({ "schemaVersion": 1, "turns": trajectory() });
    project.write("turns.json", turns.to_string());
    let never_ran = document(&project, "director-list", &["director", "ls"]);
    assert_eq!(never_ran["directors"], json!([{ "name": "show" }]));
    build(&project, 0, &[]);
    let show = String::from_utf8(run(&project, &["director", "show", "show"]).stdout).unwrap();
    insta::assert_snapshot!(show, @r"
    turn 1: asks
    turn 1: green-screen still-a
    attempt 1: renders
    attempt 1: tiny rejected: frozen
    turn 2: asks
    turn 2: green-screen still-b
    attempt 2: renders
    attempt 2: tiny rejected: frozen
    turn 3: asks
    turn 3: green-screen still-c
    attempt 3: renders
    attempt 3: tiny rejected: frozen
    turn 4: asks
    turn 4: green-screen clip
    attempt 4: renders
    attempt 4: tiny accepted
    ended: accepted
    ");
    let list = String::from_utf8(run(&project, &["director", "ls"]).stdout).unwrap();
    insta::assert_snapshot!(list, @r"
    DIRECTOR  LAST
    show      ended: accepted
    ");
    let transcript = document(&project, "director-transcript", &["director", "show", "show"]);
    let lines = transcript["transcript"].as_array().unwrap();
    assert_eq!(lines.len(), show.lines().count());
    let list = document(&project, "director-list", &["director", "ls"]);
    assert_eq!(list["directors"], json!([{ "name": "show", "last": lines.last() }]));

    let why = |node: &str| {
        let output = run(&project, &["why", node, "--format", "json"]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let never = |step: &str| json!({ "step": step, "hit": false, "why": "never built" });
    let choice = why("choice:show/2");
    assert_eq!(choice["actions"], json!([never("choice/ask"), never("choice/choose")]));
    let text = project.read("Memefile.toml");
    project.write("Memefile.toml", text.replace("scale = 0.6", "scale = 0.65"));
    build(&project, 0, &[]);
    let render = why("render:show/2@tiny");
    assert_eq!(render["chain"][1]["node"], "composite:show/2@tiny", "{render:#}");
    assert!(render["cause"].to_string().contains("scale"), "{render:#}");
    assert_eq!(why("choice:show/2")["fresh_in_last_build"], true);
    project.write("Memefile.toml", text);
    build(&project, 0, &[]);

    let replay = run(&project, &["director", "replay", "show"]);
    let talk = String::from_utf8_lossy(&replay.stderr).into_owned();
    assert_eq!(replay.status.code(), Some(0), "{talk}");
    assert!(talk.contains("run again 4 render: 4 the same bytes"), "{talk}");

    // A picture is another one: the run does not go as its transcript says.
    let wall = image::RgbImage::from_fn(96, 160, |x, y| image::Rgb([200, x as u8, y as u8]));
    wall.save(project.root().join("media/wall.png")).unwrap();
    let resumed = run(&project, &["director", "resume", "show"]);
    let talk = String::from_utf8_lossy(&resumed.stderr).into_owned();
    assert_ne!(resumed.status.code(), Some(0), "{talk}");
    assert!(talk.contains("error[diverged]") && talk.contains("event 4 was"), "{talk}");
    // A build begins anew, and then it goes so again.
    build(&project, 0, &[]);
    assert!(run(&project, &["director", "resume", "show"]).status.success());
}

#[test]
fn a_person_directs_turn_by_turn() {
    let project = project("host", "");
    for turn in 1..=4 {
        let (waits, _) = build(&project, 4, &[]);
        let waiting = waits["results"].as_array().unwrap().iter();
        let waiting: Vec<&str> = waiting
            .filter(|result| result["status"] == "waiting")
            .map(|result| result["node"].as_str().unwrap())
            .collect();
        assert_eq!(waiting, [format!("choice:show/{turn}")]);
        let who = if turn < 4 { STILL[turn - 1] } else { "clip" };
        let name = format!("show/{turn}");
        let pick = format!("green-screen={who}");
        let submit = run(&project, &["choice", "submit", &name, "--pick", &pick]);
        assert!(submit.status.success(), "{}", String::from_utf8_lossy(&submit.stderr));
    }
    build(&project, 0, &[]);
    assert_eq!(told(&project)["outcome"]["state"], "accepted");
}

#[test]
fn a_batch_of_briefs_is_a_run_for_each() {
    let more = "[batch.walks]\ndirector = \"show\"\nbriefs = { csv = \"briefs.csv\" }\n";
    let project = project("rules", more);
    project
        .write("briefs.csv", "id,brief\nproud,somebody proud\nshy,\"somebody shy, and quick\"\n");
    // One turn is one pick, the best: which one is not what this is about.
    let text = project.read("Memefile.toml").replace("turns = 4", "turns = 1");
    project.write("Memefile.toml", text.replace("max-frozen = \"1.6s\"", "max-frozen = \"3s\""));
    let (built, _) = build(&project, 0, &[]);
    let results = built["results"].as_array().unwrap().iter();
    let names: Vec<&str> = results.map(|result| result["node"].as_str().unwrap()).collect();
    for name in ["director:walks/proud", "director:walks/shy", "choice:walks/shy/1"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    assert!(!names.contains(&"director:show"), "the template itself is no run");
    let film = |name: &str| std::fs::read(project.root().join(name)).unwrap();
    assert_eq!(
        film("artefacts/renders/walks/proud@tiny.mp4"),
        film("artefacts/renders/walks/shy@tiny.mp4"),
        "equal picks are one film"
    );
    let show = String::from_utf8(run(&project, &["choice", "show", "walks/shy/1"]).stdout).unwrap();
    assert!(show.contains("somebody shy, and quick"), "{show}");

    // Another row, and nothing else is asked or rendered.
    let rows = project.read("briefs.csv");
    project.write("briefs.csv", rows.replace("id,brief\n", "id,brief\nloud,somebody loud\n"));
    let (again, _) = build(&project, 0, &[]);
    let ran = again["results"].as_array().unwrap().iter();
    let ran =
        ran.filter(|result| result["status"] == "ran" && result["node"] != "manifest:manifest");
    let ran: Vec<&str> = ran.map(|result| result["node"].as_str().unwrap()).collect();
    assert!(!ran.is_empty() && ran.iter().all(|node| node.contains("walks/loud")), "{ran:?}");

    project.write("briefs.csv", "id,brif\nproud,somebody proud\n");
    let (_, talk) = build(&project, 2, &[]);
    assert!(talk.contains("briefs.csv:1"), "{talk}");
}
