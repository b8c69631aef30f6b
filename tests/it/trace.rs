//! What a build says of itself: `--trace` for Perfetto, `--log` for people.

use crate::project::Project;
use crate::samples::film;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A name of a file to make viewers stumble. One with control characters is refused before.
const HOSTILE: &str = "a\"},{\"ph\":\"X<script>alert(1)<script>.txt";

fn commands() -> Project {
    let project = Project::new(
        r#"memefile = 1
[command.list]
run = ["sh", "-c", 'out=$0; cat "$@" >"$out"; sleep 0.2', "{out}", "{in}"]
inputs = ["texts/*.txt"]
outputs = ["artefacts/list.txt"]
[command.other]
run = ["sh", "-c", 'cat "$1" >"$0"', "{out}", "{in}"]
inputs = ["artefacts/list.txt"]
outputs = ["artefacts/other.txt"]
"#,
    );
    project.write(&format!("texts/{HOSTILE}"), "one\n");
    project
}

/// A trace that is whole, and whose every event is what the format asks for.
fn trace(project: &Project, path: &str) -> Vec<Value> {
    let events: Vec<Value> = serde_json::from_str(&project.read(path)).expect("a JSON array");
    let mut open = BTreeMap::new();
    for event in &events {
        let text = |key: &str| event[key].as_str().unwrap_or_else(|| panic!("{key}: {event}"));
        assert!(event["pid"].is_u64() && event["tid"].is_u64() || text("ph") == "M", "{event}");
        match text("ph") {
            "X" => assert!(
                event["ts"].as_f64().unwrap() >= 0.0 && event["dur"].as_f64().unwrap() >= 0.0
            ),
            "b" => drop(open.insert(event["id"].to_string(), event["ts"].as_f64().unwrap())),
            "e" => {
                let began = open.remove(&event["id"].to_string()).expect("it began");
                assert!(began <= event["ts"].as_f64().unwrap());
            }
            "M" | "i" => {}
            other => panic!("an event of the kind {other}"),
        }
    }
    assert!(open.is_empty(), "what began has ended");
    nest(&events);
    events
}

/// Bars of one row lie beside or within each other, or viewers draw nonsense.
fn nest(events: &[Value]) {
    let mut rows: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    for event in events.iter().filter(|event| event["ph"] == "X") {
        let (from, lasted) = (event["ts"].as_f64().unwrap(), event["dur"].as_f64().unwrap());
        rows.entry(event["tid"].as_u64().unwrap()).or_default().push((from, from + lasted));
    }
    for bars in rows.values_mut() {
        bars.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let mut open: Vec<f64> = Vec::new();
        for (from, to) in bars {
            while open.last().is_some_and(|end| *end <= *from) {
                open.pop();
            }
            // To a microsecond: both ends are rounded.
            assert!(open.last().is_none_or(|end| *to <= end + 1.0), "bars overlap");
            open.push(*to);
        }
    }
}

fn names(events: &[Value], ph: &str) -> BTreeSet<String> {
    let of = events.iter().filter(|event| event["ph"] == ph);
    of.map(|event| event["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_trace_says_where_the_time_of_each_slot_went() {
    let project = commands();
    project.expect(0, &["build", "-j", "1", "--trace", "build.json"]);
    let events = trace(&project, "build.json");
    let bars = names(&events, "X");
    for name in [
        "build",
        "expand",
        "hash",
        "hash file",
        "lower",
        "key",
        "look-up",
        "action",
        "inputs",
        "stage",
        "spawn",
        "run",
        "check",
        "store",
        "place",
        "commit",
        "state",
    ] {
        assert!(bars.contains(name), "no bar `{name}` among {bars:?}");
    }
    assert_eq!(names(&events, "b"), BTreeSet::from(["cpu, summed".to_owned(), "queue".to_owned()]));
    let run = events.iter().find(|event| event["name"] == "run" && event["ph"] == "X").unwrap();
    assert_eq!((&run["cat"], &run["args"]["program"]), (&"exec".into(), &"sh".into()));
    assert!(run["dur"].as_f64().unwrap() > 200_000.0, "it slept: {run}");
    assert!(run["args"]["cpu_us"].as_u64().unwrap() < 200_000, "{run}");
    // The rows have the names of the threads, and an action is in that of its slot.
    let row = |name: &str| {
        let named =
            |event: &&Value| event["name"] == "thread_name" && event["args"]["name"] == name;
        events.iter().find(named).unwrap_or_else(|| panic!("no row {name}"))["tid"].clone()
    };
    let actions: Vec<&Value> = events.iter().filter(|event| event["name"] == "action").collect();
    assert_eq!(actions.len(), 2);
    assert!(actions.iter().all(|action| action["tid"] == row("slot 1")));
    assert_eq!(actions[0]["args"]["node"], "command:list");
    // The one that is found in the cache runs nothing.
    std::fs::remove_dir_all(project.root().join("artefacts")).unwrap();
    project.expect(0, &["build", "--trace", "again.json"]);
    let again = names(&trace(&project, "again.json"), "X");
    assert!(again.contains("place") && !again.contains("run"), "{again:?}");
}

#[test]
fn a_trace_has_the_decoders_and_the_encoders_time_and_changes_no_byte() {
    let (traced, plain) = (film(), film());
    traced.expect(0, &["build", "--trace", "build.json"]);
    plain.expect(0, &["build"]);
    assert!(traced.files("artefacts") == plain.files("artefacts"), "the films differ");
    let keys =
        |project: &Project| -> BTreeSet<_> { project.files("cache/ac").into_keys().collect() };
    assert!(keys(&traced) == keys(&plain), "the keys differ");
    let events = trace(&traced, "build.json");
    let segment = |event: &&Value| {
        event["name"] == "action" && event["args"]["step"].as_str().unwrap().contains("segment")
    };
    let segment = events.iter().find(segment).expect("a segment");
    let within = |event: &&Value| {
        let (from, to) = (segment["ts"].as_f64().unwrap(), segment["dur"].as_f64().unwrap());
        let at = event["ts"].as_f64().unwrap_or(-1.0);
        event["name"] == "run" && event["tid"] == segment["tid"] && at >= from && at <= from + to
    };
    let run = events.iter().find(within).expect("its ffmpeg");
    let part = |name: &str| run["args"][name].as_f64().unwrap_or_else(|| panic!("{name}: {run}"));
    let (decode, encode, all) =
        (part("decode_us"), part("encode_us"), run["dur"].as_f64().unwrap());
    assert!(decode > 0.0 && encode > 0.0 && decode + encode < all, "{run}");
    assert!(names(&events, "b").contains("encode, summed"));
    // A report that ffmpeg wrote is nowhere left.
    let left = traced.files("cache").into_keys().filter(|path| path.ends_with("report"));
    assert_eq!(left.count(), 0);
}

#[test]
fn the_log_says_as_much_as_is_asked_for() {
    let project = commands();
    let quiet = project.expect(0, &["build"]);
    let quiet = quiet.lines().count();
    project.write(&format!("texts/{HOSTILE}"), "two\n");
    let debug = project.expect(0, &["build", "--log", "debug"]);
    assert!(debug.lines().count() > quiet + 5, "{debug}");
    let line = |text: &str, what: [&str; 3]| {
        text.lines().any(|line| what.iter().all(|part| line.contains(part)))
    };
    assert!(line(&debug, ["DEBUG", "command:list", "time.busy"]), "{debug}");
    assert!(!debug.contains("look-up"), "{debug}");
    let part = project.expect(0, &["build", "--log", "store=trace"]);
    assert!(!part.contains("memebuild::exec"), "{part}");
    for (filter, hint) in [
        ("loud", "is no level"),
        ("hyper=trace", "is none of"),
        ("exce=debug", "did you mean `exec`"),
    ] {
        let refused = project.expect(2, &["build", "--log", filter]);
        assert!(refused.contains(hint), "{refused}");
    }
    let unwritable = project.expect(2, &["build", "--trace", "no/such/folder.json"]);
    assert!(unwritable.contains("cannot write the trace"), "{unwritable}");
}

#[test]
fn hostile_names_are_text_in_the_trace_and_in_the_terminal() {
    let project = commands();
    let hostile = "\u{1b}[31mred\u{7}";
    project.write(
        "Memefile.toml",
        project.read("Memefile.toml")
            + "[command.rude]
run = [\"./\\u001b[31mred\\u0007\", \"{out}\"]
outputs = [\"artefacts/rude\"]
",
    );
    project.write(hostile, "#!/bin/sh\necho >\"$1\"\n");
    let program = project.root().join(hostile);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(program, mode).unwrap();
    let talk = project.expect(0, &["build", "--trace", "build.json", "--log", "trace"]);
    let escapes = talk.chars().filter(|c| c.is_control() && *c != '\n').count();
    assert_eq!(escapes, 0, "control characters pass");
    assert!(talk.contains("hash file") && talk.contains(r"\u{1b}[31mred\u{7}"), "{talk}");
    let events = trace(&project, "build.json");
    let path = format!("texts/{HOSTILE}");
    assert!(events.iter().any(|event| event["args"]["path"] == path.as_str()));
    assert!(events.iter().any(|event| event["args"]["program"] == hostile));
}

#[test]
fn neither_says_what_is_secret() {
    const SECRET: &str = "s3cr3t-0f-s0meb0dy";
    let project = Project::new(
        r#"memefile = 1
[command.quiet]
run = ["sh", "-c", 'echo "$TOKEN" >"$0"', "{out}", "--token=s3cr3t-0f-s0meb0dy"]
outputs = ["artefacts/out"]
env = { TOKEN = "s3cr3t-0f-s0meb0dy" }
"#,
    );
    let talk = project.expect(0, &["build", "--trace", "build.json", "--log", "trace"]);
    assert!(talk.contains("memebuild::exec"), "{talk}");
    assert!(!talk.contains(SECRET) && !project.read("build.json").contains(SECRET));
}
