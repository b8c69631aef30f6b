//! Files by HTTP, from servers that behave and from servers that do not.

use super::server::{Manner, Server};
use super::support::{noise, project, sound};
use crate::project::Project;
use std::time::Duration;

/// A source of these paths.
fn listed(server: &Server, paths: &[&str], more: &str) -> Project {
    let urls: Vec<String> = paths.iter().map(|path| format!("\"{}\"", server.url(path))).collect();
    project(&format!("http = [{}]\n{more}", urls.join(", ")))
}

/// Fetches one file that cannot be had, and returns what is said of it.
#[track_caller]
fn refused(server: &Server, more: &str) -> String {
    let project = listed(server, &["/a.wav", "/b.wav"], more);
    server.put("/b.wav", noise(2, 1000));
    let (code, said) = project.update();
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(project.fetched("b.wav"), noise(2, 1000), "the other one came all the same");
    assert_eq!(project.keys().len(), 1, "{said}");
    said
}

#[test]
fn a_build_fetches_once_and_pins_what_came() {
    let server = Server::start();
    for n in 0..3 {
        server.put(&format!("/{n}.wav"), sound(n));
    }
    let urls = ["/0.wav", "/1.wav?X-Amz-Signature=secret&v=2", "/2.wav"];
    let project = listed(&server, &urls, "licence = \"CC0-1.0\"");
    let talk = project.expect(0, &[]);
    assert!(talk.contains("fetched sounds  3 pinned, 3 of them new here"), "{talk}");
    assert_eq!(project.fetched("0.wav"), sound(0));
    let lock = project.read("Memefile.lock");
    assert!(lock.contains(&server.url("/1.wav?v=2")) && !lock.contains("secret"), "{lock}");
    let metadata = project.read("artefacts/seed-assets/sound-effect/1/metadata.json");
    assert!(metadata.contains("\"sourceUrl\"") && metadata.contains("\"CC0-1.0\""), "{metadata}");
    assert!(metadata.contains("\"tool\": \"memebuild ") && !metadata.contains("secret"));
    let asked = server.asked().len();
    assert_eq!(asked, 3);
    project.expect(0, &[]);
    project.expect(0, &["--offline", "--locked"]);
    assert_eq!(server.asked().len(), asked, "nothing was asked for again");
    // The cache of actions may go; what was fetched stays until that is meant too.
    project.expect(0, &["clean", "--cache"]);
    project.expect(0, &[]);
    assert_eq!(server.asked().len(), asked);
    project.expect(0, &["clean", "--cache", "--sources"]);
    project.expect(0, &["--locked"]);
    assert_eq!(server.asked().len(), asked + 3);
    assert_eq!(project.read("Memefile.lock"), lock, "the same bytes: the same lock");
}

#[test]
fn one_bad_file_stops_nobody() {
    let server = Server::start();
    server.put("/good.wav", sound(1));
    let project = listed(&server, &["/good.wav", "/gone.wav"], "");
    project.write(
        "Memefile.toml",
        project.read("Memefile.toml")
            + "[command.one]\nrun = [\"cp\", \"{in}\", \"{out}\"]\n\
               inputs = [\"asset:sound-effect/good\"]\noutputs = [\"artefacts/one\"]\n\
               [command.two]\nrun = [\"cp\", \"{in}\", \"{out}\"]\n\
               inputs = [\"asset:sound-effect/gone\"]\noutputs = [\"artefacts/two\"]\n",
    );
    let talk = project.expect(1, &[]);
    assert!(talk.contains("the server answered 404 Not Found"), "{talk}");
    assert!(talk.contains("1 failed, 1 skipped"), "{talk}");
    assert!(project.root().join("artefacts/one").exists());
    let offline = project.expect(1, &["--offline"]);
    assert!(offline.contains("`--offline` asks nobody"), "{offline}");
    server.put("/gone.wav", sound(2));
    project.expect(0, &[]);
    assert_eq!(server.count("/good.wav").0, 1);
    assert!(project.root().join("artefacts/two").exists());
}

#[test]
fn a_connection_that_breaks_is_gone_on_with() {
    let server = Server::start();
    server.put_so("/a.wav", noise(1, 300_000), Manner::CutOff { after: 100_000, times: 2 });
    let project = listed(&server, &["/a.wav"], "");
    assert_eq!(project.update().0, Some(0));
    assert_eq!(project.fetched("a.wav"), noise(1, 300_000));
    let (times, sent) = server.count("/a.wav");
    assert_eq!((times, sent), (3, 300_000), "no byte came twice");
}

#[test]
fn without_a_tag_a_part_is_not_trusted() {
    let server = Server::start();
    server.put_so("/a.wav", noise(1, 5000), Manner::Plainly);
    let project = listed(&server, &["/a.wav"], "");
    assert_eq!(project.update().0, Some(0));
    assert_eq!(project.fetched("a.wav"), noise(1, 5000));
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let server = Server::start();
    let busy = |code, header| Manner::Status { code, times: 1, header };
    server.put_so("/a.wav", noise(1, 100), busy(429, "Retry-After: 1\r\n"));
    server.put_so("/b.wav", noise(2, 100), busy(503, ""));
    server.put_so("/c.wav", noise(3, 100), busy(500, ""));
    let project = listed(&server, &["/a.wav", "/b.wav", "/c.wav"], "");
    let began = std::time::Instant::now();
    assert_eq!(project.update().0, Some(0));
    assert!(began.elapsed() >= Duration::from_secs(1), "it waited as it was told");
    assert_eq!(server.asked().len(), 6);
}

#[test]
fn a_server_that_stays_busy_is_given_up() {
    let server = Server::start();
    server.put_so("/a.wav", "", Manner::Status { code: 503, times: 99, header: "" });
    let said = refused(&server, "retries = 1");
    assert!(said.contains("the server answered 503 Service Unavailable (2 times)"), "{said}");
    server.put_so(
        "/a.wav",
        "",
        Manner::Status { code: 429, times: 99, header: "Retry-After: 9999\r\n" },
    );
    let said = refused(&server, "");
    assert!(said.contains("the next attempt would be in 9999 s"), "{said}");
}

#[test]
fn what_is_refused_is_not_asked_for_again() {
    for code in [401, 403, 404, 410] {
        let server = Server::start();
        server.put_so("/a.wav", "", Manner::Status { code, times: 99, header: "" });
        let said = refused(&server, "");
        assert!(said.contains(&format!("the server answered {code}")), "{said}");
        assert_eq!(server.count("/a.wav").0, 1);
    }
}

#[test]
fn an_endless_body_ends() {
    let server = Server::start();
    server.put_so("/a.wav", "", Manner::Endless);
    let said = refused(&server, "max-size = \"200kB\"");
    assert!(said.contains("it is larger than 200000 bytes, its `max-size`"), "{said}");
}

#[test]
fn what_is_told_to_be_too_large_is_not_begun() {
    let server = Server::start();
    server.put("/a.wav", noise(1, 300_000));
    let said = refused(&server, "max-size = \"200kB\"");
    assert!(said.contains("max-size"), "{said}");
}

#[test]
fn a_length_that_is_a_lie_is_found_out() {
    let server = Server::start();
    server.put_so("/a.wav", noise(1, 1000), Manner::Lying { more: 500 });
    let said = refused(&server, "retries = 1");
    assert!(said.contains("a.wav` could not be fetched"), "{said}");
}

#[test]
fn a_slow_server_has_only_so_much_time() {
    let server = Server::start();
    let manner = Manner::Slowly { piece: 10, pause: Duration::from_millis(100) };
    server.put_so("/a.wav", noise(1, 1000), manner);
    let said = refused(&server, "timeout = \"1s\"");
    assert!(said.contains("it took longer than 1000 ms, which is its `timeout`"), "{said}");
}

#[test]
fn redirects_lead_nowhere_else() {
    for (to, why) in [
        ("file:///etc/passwd", "a redirect to the scheme `file`"),
        ("ftp://127.0.0.1/x", "a redirect to the scheme `ftp`"),
        ("http://10.0.0.1/x", "a redirect to a private address"),
        ("http://169.254.169.254/latest/meta-data", "a redirect to a link-local or reserved"),
        ("/a.wav", "more than 10 redirects"),
    ] {
        let server = Server::start();
        server.put_so("/a.wav", "", Manner::Redirect(to.to_owned()));
        let said = refused(&server, "");
        assert!(said.contains(why), "{to}: {said}");
    }
}

#[test]
fn a_redirect_within_its_own_kind_is_followed() {
    let server = Server::start();
    server.put("/real.wav", noise(1, 100));
    server.put_so("/a.wav", "", Manner::Redirect(server.url("/real.wav")));
    let project = listed(&server, &["/a.wav"], "");
    assert_eq!(project.update().0, Some(0));
    assert_eq!(project.fetched("a.wav"), noise(1, 100));
    assert_eq!(project.keys(), [server.url("/a.wav")], "it is named as it was declared");
}

#[test]
fn a_page_to_log_in_at_is_no_file() {
    let server = Server::start();
    server.put_so("/a.wav", "", Manner::WebPage);
    let said = refused(&server, "");
    assert!(said.contains("answered with a web page where a file should be"), "{said}");
}

#[test]
fn checksums_hold_or_the_file_is_refused() {
    let server = Server::start();
    let bytes = noise(1, 5000);
    server.put("/a.wav", bytes.clone());
    let sha256 = ring_sha256(&bytes);
    let blake3 = blake3::hash(&bytes).to_hex();
    let with =
        |sum: &str| project(&format!("http = {{ url = \"{}\", {sum} }}", server.url("/a.wav")));
    for sum in [format!("sha256 = \"{sha256}\""), format!("blake3 = \"{blake3}\"")] {
        let good = with(&sum);
        assert_eq!(good.update().0, Some(0));
        server.forget();
        assert_eq!(good.update().0, Some(0));
        assert_eq!(server.asked().len(), 0, "what has its checksum cannot be newer");
    }
    let bad = with(&format!("sha256 = \"{}\"", "0".repeat(64)));
    let (code, said) = bad.update();
    assert_eq!(code, Some(1));
    assert!(said.contains("its bytes do not hash to sha256:0000"), "{said}");
}

fn ring_sha256(bytes: &[u8]) -> String {
    let sum = ring::digest::digest(&ring::digest::SHA256, bytes);
    sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_name_comes_from_the_content_where_the_address_has_none() {
    let server = Server::start();
    server.put("/download", sound(1));
    let project = listed(&server, &["/download?id=7"], "");
    assert_eq!(project.update().0, Some(0));
    assert_eq!(project.fetched("download.wav"), sound(1));
}

#[test]
fn an_update_shows_what_came_went_or_changed() {
    let server = Server::start();
    for n in 0..3 {
        server.put(&format!("/{n}.wav"), noise(n, 1000));
    }
    let project = listed(&server, &["/0.wav", "/1.wav", "/2.wav"], "");
    assert_eq!(project.update().0, Some(0));
    server.forget();
    let (code, said) = project.update();
    assert_eq!((code, said.contains("3 pinned, nothing new")), (Some(0), true), "{said}");
    let sent: usize = server.asked().iter().map(|asked| asked.sent).sum();
    assert_eq!(sent, 0, "the server said that nothing changed");

    server.put("/1.wav", noise(9, 1000));
    server.put("/3.wav", noise(3, 1000));
    let text = project.read("Memefile.toml").replace("/2.wav", "/3.wav");
    project.write("Memefile.toml", text);
    let output = project.run(&["source", "update", "sounds", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let source = &document["sources"][0];
    for (what, path) in [("came", "/3.wav"), ("went", "/2.wav"), ("changed", "/1.wav")] {
        assert_eq!(source[what], serde_json::json!([server.url(path)]), "{what}");
    }
    let files = project.files("cache/sources/sounds/files");
    assert_eq!(files.len(), 3, "what is pinned no more is gone: {:?}", files.keys());

    // What cannot be looked at anew stays as it is, and is named.
    server.remove("/0.wav");
    let (code, said) = project.update();
    assert_eq!(code, Some(1));
    assert!(said.contains("could not be looked at anew: the server answered 404"), "{said}");
    assert_eq!(project.fetched("0.wav"), noise(0, 1000));
}

#[test]
fn a_build_takes_no_newer_version_than_the_pinned_one() {
    let server = Server::start();
    server.put("/a.wav", sound(1));
    let project = listed(&server, &["/a.wav"], "");
    project.expect(0, &[]);
    server.put("/a.wav", sound(2));
    project.expect(0, &[]);
    assert_eq!(project.fetched("a.wav"), sound(1));
    project.expect(0, &["clean", "--cache", "--sources"]);
    let talk = project.expect(1, &[]);
    assert!(
        talk.contains("it changed since it was pinned; `memebuild source update sounds`"),
        "{talk}"
    );
    let asked = server.asked().len();
    assert_eq!(project.update().0, Some(0));
    assert_eq!(server.asked()[asked..].iter().map(|a| a.sent).sum::<usize>(), 0, "it is here");
    project.expect(0, &[]);
    assert_eq!(project.fetched("a.wav"), sound(2));
}

#[test]
fn a_file_that_somebody_touched_is_fetched_again() {
    let server = Server::start();
    server.put("/a.wav", sound(1));
    let project = listed(&server, &["/a.wav"], "");
    project.expect(0, &[]);
    let lock = project.lock();
    let path = lock.sources["sounds"].items.values().next().unwrap().path("sounds");
    let mut bytes = sound(1);
    bytes[100] ^= 1;
    std::fs::remove_file(project.root().join(&path)).unwrap();
    project.write(&path, bytes);
    project.expect(0, &[]);
    assert_eq!(project.fetched("a.wav"), sound(1));
    assert_eq!(server.count("/a.wav").0, 2);
}
