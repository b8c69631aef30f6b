//! Real clients, as others made them: the Python SDK in its versions, and the inspector.

use super::programs::{gone, running, soon};
use crate::project::Project;
use crate::samples::layered;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Where `scripts/install-test-servers` puts things.
fn installed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-servers").join(name)
}

/// The newest Python SDK, or the one before it.
#[derive(Clone, Copy)]
pub enum Sdk {
    Two,
    One,
}

/// Has a peer do some steps: the protocol's version, and what came of each step.
pub fn peer(sdk: Sdk, asked: &Value) -> (String, Vec<Value>) {
    let home = installed(match sdk {
        Sdk::Two => "mcp",
        Sdk::One => "mcp-1",
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mcp/peer.py");
    let output = Command::new(home.join("bin/python"))
        .arg(script)
        .arg(asked.to_string())
        .output()
        .expect("scripts/install-test-servers installs the SDK");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{asked}: {text}\n{talk}");
    let mut lines =
        text.lines().map(|line| serde_json::from_str::<Value>(line).expect("lines of JSON"));
    let version = lines.next().expect("a version")["version"].as_str().unwrap().to_owned();
    (version, lines.collect())
}

/// The command that clients start.
pub fn server(project: &Project) -> Value {
    json!([env!("CARGO_BIN_EXE_memebuild"), "mcp", "-C", project.root()])
}

/// Twenty small commands, and one that runs ffmpeg for hours.
pub fn project() -> Project {
    let project = layered();
    let text = project.read("Memefile.toml")
        + "[command.slow]\nrun = [\"ffmpeg\", \"-nostdin\", \"-v\", \"error\", \"-re\", \"-f\", \"lavfi\", \
           \"-i\", \"color=s=16x16:d=7200\", \"-f\", \"mpegts\", \"{out}\"]\noutputs = [\"artefacts/slow\"]\n";
    project.write("Memefile.toml", text);
    project
}

/// What every client has to manage.
pub fn steps() -> Value {
    json!([
        ["tools"],
        ["tool", "plan", { "targets": ["command:n*"] }],
        ["tool", "build", { "targets": ["command:n*"] }],
        ["tool", "why", { "node": "command:n3-0" }],
        ["tool", "search_assets", { "limit": 0 }],
        ["resources"],
        ["read", "memebuild://memefile"],
        ["cancel", "build", { "targets": ["command:slow"] }],
        ["tool", "status", {}],
    ])
}

/// Checks what came of [`steps`].
pub fn managed(told: &[Value]) {
    let tools = told[0]["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 10);
    assert!(tools.iter().all(|tool| tool["outputSchema"].is_object()), "{}", told[0]);
    let document = |at: usize| &told[at]["result"]["structuredContent"];
    assert_eq!(document(1)["nodes"], 20, "{}", told[1]);
    assert_eq!(document(2)["outcome"], "accepted", "{}", told[2]);
    let progress = told[2]["progress"].as_array().unwrap();
    let done: Vec<f64> = progress.iter().map(|said| said[0].as_f64().unwrap()).collect();
    assert!(done.len() > 1 && done.windows(2).all(|two| two[0] < two[1]), "{progress:?}");
    let last = progress.last().unwrap();
    assert_eq!((last[0].as_f64(), last[1].as_f64()), (Some(20.0), Some(20.0)), "{progress:?}");
    assert_eq!(document(3)["status"], "ran", "{}", told[3]);
    assert_eq!(told[4]["result"]["isError"], true, "{}", told[4]);
    assert_eq!(told[5], json!(["memebuild://memefile"]));
    let text = told[6]["contents"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("memefile = 1"), "{text}");
    println!("after the cancel: {}", told[7]);
    assert!(told[7]["programs"].as_u64() >= Some(1), "{}", told[7]);
    assert!(told[7]["ms"].as_u64() < Some(500), "ffmpeg went on each time: {}", told[7]);
    assert_eq!(document(8)["state"], "cancelled", "{}", told[8]);
}

fn over_stdio(sdk: Sdk, mode: &str, version: &str) {
    let project = project();
    let asked = json!({ "server": server(&project), "mode": mode, "steps": steps() });
    let (spoken, told) = peer(sdk, &asked);
    assert_eq!(spoken, version);
    managed(&told);
}

#[test]
fn the_newest_sdk_in_its_newest_protocol() {
    over_stdio(Sdk::Two, "2026-07-28", "2026-07-28");
}

#[test]
fn the_newest_sdk_as_it_is() {
    over_stdio(Sdk::Two, "auto", "2026-07-28");
}

#[test]
fn the_newest_sdk_in_the_protocol_before() {
    over_stdio(Sdk::Two, "legacy", "2025-11-25");
}

#[test]
fn the_sdk_before() {
    over_stdio(Sdk::One, "legacy", "2025-11-25");
}

/// The inspector's command line, with a server whose words are written down as well.
fn inspector(project: &Project, era: &str, args: &[&str]) -> Command {
    let mut command = Command::new(installed("node/bin/node"));
    let package = "inspector/node_modules/@modelcontextprotocol/inspector";
    command
        .arg(installed(package).join("clients/launcher/build/index.js"))
        .args(["--cli", "--format", "json", "--protocol-era", era])
        .args(args)
        .args(["--", "sh", "-c", "\"$0\" mcp -C \"$1\" | tee \"$1/heard\""])
        .arg(env!("CARGO_BIN_EXE_memebuild"))
        .arg(project.root())
        // It keeps what it knows of servers in its user's folder.
        .env("HOME", project.root())
        .stdin(Stdio::null());
    command
}

/// Its exit code, and what it printed.
fn inspected(project: &Project, era: &str, args: &[&str]) -> (Option<i32>, Value) {
    let Output { status, stdout, stderr } = inspector(project, era, args).output().unwrap();
    let printed = serde_json::from_slice(&stdout);
    let printed = printed.unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&stderr)));
    (status.code(), printed)
}

#[test]
fn the_inspector_lists_calls_and_reads_and_finds_no_fault() {
    let project = project();
    for era in ["modern", "legacy"] {
        let (code, listed) = inspected(&project, era, &["--method", "tools/list", "--strict"]);
        assert_eq!((code, &listed["schemaFindings"]), (Some(0), &Value::Null), "{listed:#}");
        assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 10);
    }
    let call = |tool: &str, arguments: &str| {
        let args = ["--method", "tools/call", "--tool-name", tool, "--tool-args-json", arguments];
        // It asks for progress where it is told to.
        let args = [args.as_slice(), &["--tool-metadata", "progressToken=7"]].concat();
        inspected(&project, "modern", &args)
    };
    let (code, built) = call("build", r#"{"targets": ["command:n*"]}"#);
    assert_eq!(code, Some(0), "{built:#}");
    assert_eq!(built["result"]["structuredContent"]["by_status"]["ran"], 20);
    assert!(project.read("heard").contains("notifications/progress"), "it is told how far it is");
    let (code, unknown) = call("why", r#"{"node": "command:none"}"#);
    assert_eq!(code, Some(5), "a tool's own error: {unknown:#}");
    let (code, read) = inspected(
        &project,
        "legacy",
        &["--method", "resources/read", "--uri", "memebuild://memefile"],
    );
    assert_eq!(code, Some(0), "{read:#}");
    let text = read["result"]["contents"][0]["text"].as_str().unwrap();
    assert_eq!(text, project.read("Memefile.toml"));
}

#[test]
fn an_inspector_that_is_interrupted_leaves_nothing_behind() {
    let project = project();
    let arguments = r#"{"targets": ["command:slow"]}"#;
    let args = ["--method", "tools/call", "--tool-name", "build", "--tool-args-json", arguments];
    soon(|| {
        let mut command = inspector(&project, "modern", &args);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pids = running(child.id(), "ffmpeg");
        let id = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
        child.wait().unwrap();
        gone(&pids, child.id(), "ffmpeg")
    });
}
