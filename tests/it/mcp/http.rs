//! Streamable HTTP: who may ask, how many, and what ends with a session.

use super::peers::{Sdk, managed, peer, project, steps};
use super::programs::{gone, running, soon};
use crate::project::Project;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// `memebuild mcp --http` in a project.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(project: &Project, token: bool) -> Self {
        let mut command = project.command(&["mcp", "--http", "127.0.0.1:0"]);
        if token {
            command.args(["--token-env", "TEST_TOKEN"]).env("TEST_TOKEN", TOKEN);
        }
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a server");
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).expect("its address");
        assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/mcp\n"), "{url}");
        Self { child, url: url.trim().to_owned() }
    }

    fn address(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches("/mcp")
    }

    /// Sends a request, and leaves the connection open.
    fn send(&self, method: &str, headers: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address()).expect("a server");
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let host = if headers.contains("Host:") { "" } else { "Host: 127.0.0.1\r\n" };
        let head = format!(
            "{method} /mcp HTTP/1.1\r\n{host}Connection: close\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        // It may stop reading before all is written.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        stream
    }

    /// Status and everything else of an answer.
    fn ask(&self, method: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = self.send(method, headers, body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
        (status, text)
    }

    /// Begins a session: its name.
    fn begin(&self) -> String {
        let (status, text) = self.ask("POST", "", &hello());
        assert_eq!(status, 200, "{text}");
        let lower = text.to_lowercase();
        let at = lower.find("mcp-session-id: ").expect("a session") + "mcp-session-id: ".len();
        text[at..].lines().next().unwrap().to_owned()
    }

    fn end(mut self) -> std::process::ExitStatus {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("it runs");
        self.child.wait().expect("it ended")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn request(id: u64, method: &str, params: Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

fn hello() -> String {
    let client = json!({ "name": "test", "version": "1" });
    request(
        1,
        "initialize",
        json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client }),
    )
}

#[test]
fn only_this_machine_may_ask_and_only_who_has_the_token() {
    let project = Project::new("memefile = 1\n");
    let served = Served::start(&project, true);
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    let status = |headers: &str| served.ask("POST", headers, &hello()).0;
    assert_eq!(status(&bearer), 200);
    for headers in ["", "Authorization: Bearer wrong\r\n", "Authorization: Basic x\r\n"] {
        let (status, text) = served.ask("POST", headers, &hello());
        assert_eq!(status, 401, "{headers}");
        assert!(!text.contains(TOKEN));
    }
    for origin in ["https://example.org", "null", "http://127.0.0.1.example.org"] {
        assert_eq!(status(&format!("{bearer}Origin: {origin}\r\n")), 403, "{origin}");
    }
    assert_eq!(status(&format!("{bearer}Origin: http://localhost:6274\r\n")), 200);
    assert_eq!(status(&format!("{bearer}Host: example.org\r\n")), 421);
    let long = "x".repeat(2 << 20);
    let (status, text) = served.ask("POST", &bearer, &long);
    assert!(text.is_empty() || status == 413, "{status}");
    assert_eq!(served.ask("POST", &bearer, "no JSON").0 / 100, 4);
    assert_eq!(served.ask("GET", &bearer, "").0 / 100, 4, "there is no session");
    assert!(served.end().success());

    let talk = project.expect(2, &["mcp", "--http", "0.0.0.0:0"]);
    assert!(talk.contains("not-loopback"), "{talk}");
    let talk = project.expect(2, &["mcp", "--token-env", "TEST_TOKEN"]);
    assert!(talk.contains("no-token") || talk.contains("contradiction"), "{talk}");
}

#[test]
fn sessions_are_bounded_and_the_one_that_is_not_used_ends_first() {
    let project = Project::new("memefile = 1\n");
    let served = Served::start(&project, false);
    let (first, kept) = (served.begin(), served.begin());
    let list = |session: &str| {
        let headers = format!("Mcp-Session-Id: {session}\r\nMcp-Protocol-Version: 2025-11-25\r\n");
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string();
        let (status, _) = served.ask("POST", &headers, &ready);
        if status != 202 {
            return status;
        }
        served.ask("POST", &headers, &request(2, "tools/list", json!({}))).0
    };
    assert_eq!((list(&first), list(&kept)), (200, 200));
    for _ in 0..memebuild::mcp::MOST_SESSIONS - 1 {
        served.begin();
    }
    assert_eq!(list(&first), 404, "there was no more room");
    assert_eq!(list(&kept), 200);
}

/// Begins a session that builds what runs ffmpeg: its headers, its stream, and the programs.
fn building(served: &Served) -> (String, TcpStream, Vec<u32>) {
    let headers =
        format!("Mcp-Session-Id: {}\r\nMcp-Protocol-Version: 2025-11-25\r\n", served.begin());
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string();
    assert_eq!(served.ask("POST", &headers, &ready).0, 202);
    let build = json!({ "name": "build", "arguments": { "targets": ["command:slow"] } });
    let stream = served.send("POST", &headers, &request(2, "tools/call", build));
    let pids = running(served.child.id(), "ffmpeg");
    (headers, stream, pids)
}

#[test]
fn what_a_session_started_ends_with_it() {
    let project = project();
    let served = Served::start(&project, false);
    soon(|| {
        let (headers, stream, pids) = building(&served);
        // That the stream breaks is no wish to end: a client may come back for it.
        drop(stream);
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(running(served.child.id(), "ffmpeg"), pids);
        assert_eq!(served.ask("DELETE", &headers, "").0 / 100, 2);
        gone(&pids, served.child.id(), "ffmpeg")
    });
    assert!(served.end().success());
}

#[test]
fn a_server_that_is_told_to_end_takes_its_build_along() {
    let project = project();
    let served = Served::start(&project, false);
    let (_, _stream, pids) = building(&served);
    let root = served.child.id();
    assert!(served.end().success());
    assert!(gone(&pids, root, "ffmpeg") < Duration::from_millis(500));
}

fn real(sdk: Sdk, mode: &str, version: &str) {
    let project = project();
    let served = Served::start(&project, true);
    let asked = json!({
        "url": served.url, "token": TOKEN, "pid": served.child.id(), "mode": mode, "steps": steps(),
    });
    let (spoken, told) = peer(sdk, &asked);
    assert_eq!(spoken, version);
    managed(&told);
    assert!(served.end().success());
}

#[test]
fn the_newest_sdk_over_http() {
    real(Sdk::Two, "auto", "2026-07-28");
}

#[test]
fn the_sdk_before_over_http() {
    real(Sdk::One, "legacy", "2025-11-25");
}
