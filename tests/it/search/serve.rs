//! `memebuild serve`: who may ask, what is never given out, and what it bears.

use super::random::assets;
use super::servers::{Served, project};
use memebuild::contract;
use memebuild::provider::mock;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Status line, headers and body of one raw request.
fn raw(served: &Served, request: &str) -> (u16, String, Vec<u8>) {
    let address = served.url.strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(address).expect("a server");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    (status, head.to_lowercase(), answer.get(end + 4..).unwrap_or_default().to_vec())
}

pub fn get(served: &Served, path: &str, headers: &str) -> (u16, String, Vec<u8>) {
    raw(
        served,
        &format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n"),
    )
}

#[test]
fn a_token_is_wanted_where_there_is_one() {
    let served = Served::start(
        &project(&assets(), "memefile = 1\n"),
        &["--token-env", "TEST_TOKEN"],
        &[("TEST_TOKEN", TOKEN)],
    );
    let with = |value: &str| get(&served, "/v1/search", &format!("Authorization: {value}\r\n")).0;
    assert_eq!(with(&format!("Bearer {TOKEN}")), 200);
    assert_eq!(with(&format!("bearer {TOKEN}")), 200);
    assert_eq!(with("Bearer wrong"), 401);
    assert_eq!(with(&format!("Bearer {TOKEN}x")), 401);
    assert_eq!(with(&format!("Basic {TOKEN}")), 401);
    for path in ["/v1/search", "/v1/assets/music/x", "/v1/assets/music/x/file"] {
        let (status, head, body) = get(&served, path, "");
        assert_eq!(status, 401, "{path}");
        assert!(head.contains("www-authenticate: bearer"), "{head}");
        assert!(!String::from_utf8_lossy(&body).contains(TOKEN));
    }
    assert_eq!(get(&served, "/openapi.json", "").0, 200);
    assert!(served.end().success());
}

#[test]
fn nobody_listens_beyond_this_machine_without_a_token() {
    let project = project(&assets(), "memefile = 1\n");
    let talk = project.expect(2, &["serve", "--listen", "0.0.0.0:0"]);
    assert!(talk.contains("no-token"), "{talk}");
    let mut command =
        project.command(&["serve", "--listen", "0.0.0.0:0", "--token-env", "TEST_TOKEN"]);
    let output = command.env("TEST_TOKEN", "short").output().expect("it ran");
    assert_eq!(output.status.code(), Some(2), "a short token is none");
}

#[test]
fn a_name_that_merely_points_here_is_refused() {
    let served = Served::start(&project(&assets(), "memefile = 1\n"), &[], &[]);
    let ask = |host: &str| {
        raw(
            &served,
            &format!("GET /v1/search HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
        )
        .0
    };
    assert_eq!(ask("evil.example.org"), 421);
    assert_eq!(ask("localhost.evil.example.org:80"), 421);
    for host in ["localhost", "localhost:7878", "127.0.0.1:1", "[::1]:80"] {
        assert_eq!(ask(host), 200, "{host}");
    }
}

#[test]
fn files_are_those_of_assets_and_no_others() {
    let manifest = assets();
    let asset = manifest.assets.iter().find(|asset| asset.file == "source.ogg").expect("a sound");
    let name = format!("{}/{}", asset.kind, asset.id);
    let other = manifest.assets.iter().find(|a| a.file == "source.jpg").expect("a picture");
    let project = project(&manifest, "memefile = 1\n");
    project.write(&format!("artefacts/seed-assets/{name}/source.ogg"), "0123456789");
    project.write(&format!("artefacts/seed-assets/{name}/secret.txt"), "a secret");
    project.write("secret.txt", "a secret");
    // A link out of the folder, as a hostile producer may leave one.
    let folder = project.root().join(format!("artefacts/seed-assets/{}/{}", other.kind, other.id));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::os::unix::fs::symlink("../../../../secret.txt", folder.join("source.jpg"))
        .expect("a link");
    let served = Served::start(&project, &[], &[]);

    let (status, head, body) = get(&served, &format!("/v1/assets/{name}/file"), "");
    assert_eq!((status, body.as_slice()), (200, &b"0123456789"[..]));
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag").to_owned();
    let ranged = |range: &str| {
        get(&served, &format!("/v1/assets/{name}/file"), &format!("Range: {range}\r\n"))
    };
    assert_eq!(ranged("bytes=2-4").2, b"234");
    assert_eq!(ranged("bytes=-3").2, b"789");
    assert_eq!(ranged("bytes=7-").2, b"789");
    assert_eq!((ranged("bytes=10-").0, ranged("bytes=4-2").0, ranged("x").0), (416, 200, 200));
    assert_eq!(
        get(&served, &format!("/v1/assets/{name}/file"), &format!("If-None-Match: {tag}\r\n")).0,
        304
    );

    let (kind, id) = (other.kind, &other.id);
    let paths = [
        format!("/v1/assets/{kind}/{id}/file"),
        format!("/v1/assets/{name}/secret.txt"),
        format!("/v1/assets/{name}/file/../secret.txt"),
        "/v1/assets/music/../../../secret.txt/file".to_owned(),
        "/v1/assets/music/..%2f..%2f..%2fsecret.txt/file".to_owned(),
        "/v1/assets/%2e%2e/%2e%2e/file".to_owned(),
        "/v1/assets/music/%00/file".to_owned(),
        "/v1/assets/music/%ff/file".to_owned(),
        "/v1/assets/music//etc/passwd".to_owned(),
        "//etc/passwd".to_owned(),
        "/../../../../etc/passwd".to_owned(),
        "/v1/assets/music/.../file".to_owned(),
    ];
    for path in paths {
        let (status, _, body) = get(&served, &path, "");
        assert!((400..500).contains(&status), "{path}: {status}");
        let body = String::from_utf8_lossy(&body);
        assert!(!body.contains("a secret") && !body.contains("root:"), "{path}: {body}");
    }
}

#[test]
fn pages_have_tags_and_mistakes_have_places() {
    let served = Served::start(&project(&assets(), "memefile = 1\n"), &[], &[]);
    let (status, head, body) =
        get(&served, "/v1/search?q=city&kind=green-screen&limit=2&facets=true", "");
    assert_eq!(status, 200);
    let page: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(page["hits"].as_array().expect("hits").len(), 2);
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag").to_owned();
    let again = get(
        &served,
        "/v1/search?q=city&kind=green-screen&limit=2&facets=true",
        &format!("If-None-Match: {tag}\r\n"),
    );
    assert_eq!((again.0, again.2.len()), (304, 0));
    let (status, _, body) = get(&served, "/v1/search?q=(rain", "");
    let body = String::from_utf8_lossy(&body).into_owned();
    assert_eq!(status, 400);
    assert!(body.contains("bad-query") && body.contains("at character 1"), "{body}");
    for path in [
        "/v1/search?limit=0",
        "/v1/search?limit=x",
        "/v1/search?nothing=1",
        "/v1/search?kind=film",
        "/v1/search?cursor=x",
    ] {
        assert_eq!(get(&served, path, "").0, 400, "{path}");
    }
    assert_eq!(get(&served, "/nowhere", "").0, 404);
    let long = "x".repeat(2 << 20);
    let request = format!(
        "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{long}",
        long.len()
    );
    // It may stop reading before all is written.
    let address = served.url.strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(address).expect("a server");
    let _ = stream.write_all(request.as_bytes());
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(get(&served, "/v1/search", "").0, 200, "and it goes on");
}

#[test]
fn a_new_manifest_is_served_at_once_and_a_broken_one_never() {
    let path = "artefacts/seed-assets/manifest.json";
    let project = project(&mock::manifest(1, 40), "memefile = 1\n");
    let served = Served::start(&project, &[], &[]);
    let total = || {
        let (_, _, body) = get(&served, "/v1/search?duplicates=keep", "");
        let page: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        page["total"].as_u64().expect("a number")
    };
    let replace = |bytes: &[u8]| {
        project.write("new.json", bytes);
        std::fs::rename(project.root().join("new.json"), project.root().join(path)).expect("moved");
    };
    assert_eq!(total(), 40);
    replace(&contract::write(&mock::manifest(1, 50)));
    assert_eq!(total(), 50);
    replace(b"{}");
    assert_eq!(total(), 50);
    replace(&contract::write(&mock::manifest(1, 30)));
    assert_eq!(total(), 30);
}

#[test]
fn those_who_say_nothing_keep_nobody_out() {
    let served = Served::start(&project(&assets(), "memefile = 1\n"), &[], &[]);
    let address = served.url.strip_prefix("http://").expect("http");
    let silent: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(address).expect("a server");
            stream.write_all(b"GET /v1/search HTTP/1.1\r\nHost: ").expect("half a request");
            stream
        })
        .collect();
    assert_eq!(get(&served, "/v1/search", "").0, 200);
    drop(silent);
    assert!(served.end().success(), "and it ends when it is told to");
}
