//! What no well-behaved client says, and what is never given out.

use super::client::Client;
use super::programs::{gone, running, soon};
use crate::choices::{KEY, mind, project as choice};
use crate::chooser::server::{Answer, Model};
use crate::project::Project;
use crate::samples::film;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn nothing_but_what_is_listed_can_be_read() {
    let project = Project::new("memefile = 1\n");
    project.write("secret.txt", "a secret");
    project.write("secret.mp4", "a secret");
    project.write("artefacts/seed-assets/music/beat/source.wav", "a secret");
    project.write("artefacts/renders/a@p.mp4", "a film");
    let outside = project.root().join("secret.mp4");
    std::os::unix::fs::symlink(outside, project.root().join("artefacts/renders/l@p.mp4")).unwrap();
    let mut client = Client::start(&project, &[], &[]);
    let listed = client.ask("resources/list", json!({}));
    let uris: Vec<&str> = listed["result"]["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|resource| resource["uri"].as_str().unwrap())
        .collect();
    assert_eq!(uris, ["memebuild://memefile", "memebuild://render/a@p"]);
    for uri in [
        "memebuild://render/l@p",
        "memebuild://render/../../secret",
        "memebuild://render/..%2F..%2Fsecret",
        "memebuild://render/%2e%2e/%2e%2e/secret",
        "memebuild://render//secret",
        "memebuild://verdict/a@p",
        "memebuild://secret.txt",
        "memebuild://manifest/../music/beat/source",
        "file:///etc/passwd",
        "memebuild://render/a@p\u{0}",
        "",
    ] {
        let answer = client.ask("resources/read", json!({ "uri": uri }));
        assert!(answer["error"]["message"].is_string(), "{uri}: {answer}");
    }
    let render = client.refused("critic_report", json!({ "render": "../../secret" }));
    assert!(render.contains("unknown-render"), "{render}");
    assert!(!client.heard.contains("a secret"), "{}", client.heard);
    let film = client.ask("resources/read", json!({ "uri": "memebuild://render/a@p" }));
    assert_eq!(film["result"]["contents"][0]["blob"], "YSBmaWxt");
    assert_eq!(film["result"]["contents"][0]["mimeType"], "video/mp4");
    assert!(client.end().success());
}

#[test]
fn nonsense_ends_nothing() {
    let project = Project::new("memefile = 1\n");
    let mut client = Client::start(&project, &[], &[]);
    client.say_text("this is no JSON");
    client.say_text("[]");
    client.say(&json!({ "jsonrpc": "2.0", "method": "notifications/nothing" }));
    client.say(&json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 99 },
    }));
    assert_eq!(client.ask("no/method", json!({}))["error"]["code"], -32601);
    let unknown = client.ask("tools/call", json!({ "name": "rm", "arguments": {} }));
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    for arguments in [
        json!({ "limit": 0 }),
        json!({ "limit": -1 }),
        json!({ "limit": "many" }),
        json!({ "limit": 1e99 }),
        json!({ "nothing": 1 }),
        json!({ "query": 1 }),
        json!({ "cursor": "x".repeat(1000) }),
        json!({ "query": "x".repeat(5000) }),
        json!({ "exclude": ["../etc"] }),
        json!({ "exclude": vec!["music/a"; 500] }),
    ] {
        let text = client.refused("search_assets", arguments.clone());
        assert!(text.starts_with("error["), "{arguments}: {text}");
        assert!(text.len() < 10_000, "{arguments}");
    }
    for arguments in [
        json!({ "targets": vec!["render:*"; 500] }),
        json!({ "targets": ["x".repeat(5000)] }),
        json!({ "cursor": "ffffffffffffffff-x" }),
    ] {
        client.refused("plan", arguments);
    }
    client.refused("contract_diff", json!({ "old": "manifest" }));
    client.refused("contract_diff", json!({ "old": "manifest", "new": "../manifest" }));
    let schema = json!({ "type": "nothing" });
    client.refused("contract_diff", json!({ "old": "verdict", "new_schema": schema }));
    let long = json!({ "description": "x".repeat(300_000) });
    client.refused("contract_diff", json!({ "old": "verdict", "new_schema": long }));
    assert_eq!(client.call("status", json!({}))["state"], "never");
    assert!(client.end().success());
}

#[test]
fn what_changes_something_is_not_there_where_nothing_may_change() {
    let project = Project::new("memefile = 1\n");
    let mut client = Client::start(&project, &["--read-only"], &[]);
    let listed = client.ask("tools/list", json!({}));
    let tools = listed["result"]["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 8);
    assert!(tools.iter().all(|tool| tool["annotations"]["readOnlyHint"] == true), "{listed}");
    for tool in ["build", "choice_submit"] {
        let answer = client.ask("tools/call", json!({ "name": tool, "arguments": {} }));
        assert_eq!(answer["error"]["code"], -32602, "{tool}: {answer}");
    }
    assert!(!project.root().join("cache/log").exists(), "nothing was built");
}

#[test]
fn a_mistake_is_shown_where_it_stands() {
    let project = Project::new("memefile = 1\n[render.a]\ncomposit = \"x\"\n");
    let mut client = Client::start(&project, &[], &[]);
    let text = client.refused("plan", json!({}));
    assert!(text.contains("Memefile.toml:3") && text.contains("did you mean"), "{text}");
    project.write("Memefile.toml", "memefile = 1\n");
    assert_eq!(client.call("plan", json!({}))["nodes"], 0, "and is gone once it is mended");
}

#[test]
fn secrets_are_never_told() {
    let model = Model::play(vec![Answer::status(401, "", "no such key")]);
    let render = "[render.out]\nchoice = \"place\"\nprofiles = [\"tiny\"]\n";
    let project = choice("mind", &format!("{}{render}", mind(&model.url)));
    let mut client = Client::start(&project, &[], &[("TEST_KEY", KEY)]);
    let targets = json!({ "targets": ["choice:place"] });
    let id = client.send("tools/call", json!({ "name": "build", "arguments": targets }));
    let built = client.answer(id);
    assert_eq!(built["result"]["isError"], true, "{built:#}");
    assert!(model.asked().iter().any(|asked| asked.head.contains(KEY)), "it was asked with it");
    for (tool, arguments) in [
        ("status", json!({})),
        ("plan", json!({})),
        ("choice_pending", json!({ "choice": "place" })),
    ] {
        client.call(tool, arguments);
    }
    let why = json!({ "name": "why", "arguments": { "node": "choice:place" } });
    client.ask("tools/call", why);
    client.ask("resources/read", json!({ "uri": "memebuild://memefile" }));
    assert!(client.heard.contains("TEST_KEY") && !client.heard.contains(KEY), "{}", client.heard);
}

/// A film that takes long: many seconds, large, and made with care.
fn long_film() -> Project {
    let project = film();
    let text = project.read("Memefile.toml");
    let text = text
        .replace("duration = \"2s\"", "duration = \"60s\"")
        .replace("size = \"96x160\"\nfps = 12", "size = \"1080x1920\"\nfps = 60")
        .replace("preset = \"ultrafast\"", "preset = \"slow\"");
    project.write("Memefile.toml", text);
    project
}

#[test]
fn a_cancel_ends_ffmpeg_within_half_a_second_and_leaves_nothing_half_done() {
    let project = long_film();
    let mut client = Client::start(&project, &[], &[]);
    soon(|| cancelled(&mut client));
    assert!(!project.root().join("cache/state/snapshot").exists(), "nothing is up to date");
    assert_eq!(project.files("artefacts/renders").len(), 0, "nothing half done lies there");
    assert!(client.end().success());
}

/// Builds the film, and cancels once a segment is being made: how long ffmpeg went on.
fn cancelled(client: &mut Client) -> Duration {
    client.notes.clear();
    let targets = json!({ "targets": ["render:hello@tiny"] });
    let build = json!({ "name": "build", "arguments": targets, "_meta": { "progressToken": 7 } });
    let id = client.send("tools/call", build);
    while !client.notes.iter().any(|note| note.to_string().contains("frame ")) {
        client.hear().expect("it builds");
    }
    let pids = running(client.id(), "ffmpeg");
    let status = client.call("status", json!({}));
    assert_eq!(status["state"], "running");
    assert_eq!(status["targets"], targets["targets"]);
    let busy = client.refused("build", json!({}));
    assert!(busy.contains("busy"), "{busy}");
    let heard = client.notes.len();
    client.say(&json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id },
    }));
    let took = gone(&pids, client.id(), "ffmpeg");
    let status = loop {
        let status = client.call("status", json!({}));
        if status["state"] != "running" {
            break status;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!((&status["state"], &status["exit_code"]), (&json!("cancelled"), &json!(128)));
    assert!(!client.heard.contains(&format!("\"id\":{id},")), "a cancelled call is not answered");
    let progress = |note: &Value| note["params"]["progress"].as_f64().expect("a number");
    let all: Vec<f64> = client.notes.iter().take(heard).map(progress).collect();
    assert!(all.len() > 2 && all.windows(2).all(|two| two[0] < two[1]), "{all:?}");
    took
}

#[test]
fn whoever_goes_away_leaves_no_build_behind() {
    let project = long_film();
    let mut client = Client::start(&project, &[], &[]);
    let root = client.id();
    let targets = json!({ "targets": ["render:hello@tiny"] });
    client.send("tools/call", json!({ "name": "build", "arguments": targets }));
    let pids = running(root, "ffmpeg");
    let start = std::time::Instant::now();
    assert!(client.end().success());
    println!("the server ended after {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(gone(&pids, root, "ffmpeg") < Duration::from_millis(500));
}
