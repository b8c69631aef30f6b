//! gallery-dl and yt-dlp themselves, against a server on loopback.

use super::server::{Manner, Server};
use super::support::{installed, project, sound};
use crate::project::{Numbers, Project};
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// `memebuild` with both downloaders at hand.
fn with_tools(project: &Project, args: &[&str]) -> Command {
    let mut command = project.command(args);
    command.env("MEMEBUILD_GALLERY_DL", installed("gallery-dl"));
    command.env("MEMEBUILD_YT_DLP", installed("yt-dlp"));
    command
}

#[track_caller]
fn run(project: &Project, code: i32, args: &[&str]) -> String {
    let output: Output = with_tools(project, args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?} said:\n{said}");
    said
}

fn files(server: &Server, count: u64) -> Vec<String> {
    let put = |n: u64| {
        server.put(&format!("/{n}.wav"), sound(n));
        server.typed(&format!("/{n}.wav"), "audio/x-wav");
        server.url(&format!("/{n}.wav"))
    };
    (0..count).map(put).collect()
}

#[test]
fn gallery_dl_fetches_once_and_says_where_from() {
    let server = Server::start();
    let urls = files(&server, 2);
    let project =
        project(&format!("gallery = {urls:?}\npause = \"10ms\"\nlicence = \"LicenseRef-x\""));
    let talk = run(&project, 0, &["build"]);
    assert!(talk.contains("fetched sounds  2 pinned, 2 of them new here"), "{talk}");
    let lock = project.lock();
    for (key, pin) in &lock.sources["sounds"].items {
        let (_, hash) = key.rsplit_once('_').unwrap();
        assert!(pin.digest.hex().starts_with(hash) && pin.file == format!("{key}.wav"), "{key}");
        assert_eq!(pin.provenance.tool.as_deref(), Some("gallery-dl 1.32.18"));
    }
    let asked = server.asked().len();
    run(&project, 0, &["build"]);
    assert_eq!(server.asked().len(), asked, "a build looks at no page that it saw to the end");
    let said = run(&project, 0, &["source", "update"]);
    assert!(said.contains("2 pinned, nothing new"), "{said}");
    assert_eq!(server.asked().len(), asked, "the archive knows them");

    // Gone with its other name, it comes again, and it alone.
    let pin = lock.sources["sounds"].items.values().next().unwrap().clone();
    let bytes = std::fs::read(project.root().join(pin.path("sounds"))).unwrap();
    std::fs::remove_file(project.root().join(pin.path("sounds"))).unwrap();
    for (path, raw) in project.files("cache/sources/sounds/raw") {
        if raw == bytes {
            std::fs::remove_file(project.root().join(path)).unwrap();
        }
    }
    run(&project, 0, &["build"]);
    assert_eq!(server.asked().len(), asked + 1);
    let asked = asked + 1;

    // Gone from here, it comes back from its other name; all of it gone, it comes again.
    let pin = lock.sources["sounds"].items.values().next().unwrap().clone();
    std::fs::remove_file(project.root().join(pin.path("sounds"))).unwrap();
    run(&project, 0, &["build"]);
    assert_eq!(server.asked().len(), asked);
    std::fs::remove_dir_all(project.root().join("cache/sources")).unwrap();
    run(&project, 0, &["build", "--locked"]);
    assert_eq!(project.lock(), lock);
}

#[test]
fn one_bad_file_of_a_gallery_stops_nobody() {
    let server = Server::start();
    let mut urls = files(&server, 2);
    urls.push(server.url("/none.wav?token=s3cret"));
    let project = project(&format!("gallery = {urls:?}\nretries = 0"));
    let talk = run(&project, 1, &["build"]);
    assert!(talk.contains("gallery-dl could not fetch all of"), "{talk}");
    assert!(talk.contains("incomplete sounds  2 pinned") && !talk.contains("s3cret"), "{talk}");
    assert!(project.root().join("artefacts/seed-assets/manifest.json").exists());
    // Offline nobody is asked, so that nothing is wrong with what is here.
    run(&project, 0, &["build", "--offline"]);
    server.put("/none.wav", sound(7));
    run(&project, 0, &["build"]);
    assert_eq!(project.keys().len(), 3);
    assert_eq!(server.count("/0.wav").0, 1);
}

#[test]
fn a_gallery_that_was_killed_goes_on() {
    let server = Server::start();
    let urls = files(&server, 6);
    for n in 0..6 {
        let manner = Manner::Slowly { piece: 1500, pause: Duration::from_millis(10) };
        server.put_so(&format!("/{n}.wav"), sound(n), manner);
    }
    let project = project(&format!("gallery = {urls:?}"));
    let mut numbers = Numbers(3);
    for _ in 0..3 {
        let mut command = with_tools(&project, &["build", "asset:none"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(300 + numbers.below(900) as u64));
        // It may have ended by itself.
        let _ = kill_process(Pid::from_child(&child), Signal::KILL);
        child.wait().unwrap();
    }
    run(&project, 0, &["build"]);
    assert_eq!(project.keys().len(), 6);
    let all: usize = (0..6).map(|n| sound(n).len()).sum();
    let sent: usize = server.asked().iter().map(|asked| asked.sent).sum();
    let whole = server.asked().iter().filter(|asked| asked.sent == sound(0).len()).count();
    assert!(whole <= 6 && sent <= all + 3 * sound(0).len(), "{sent} of {all} bytes");
}

#[test]
fn yt_dlp_fetches_once_and_says_where_from() {
    let server = Server::start();
    let urls = files(&server, 1);
    let project = project(&format!("ytdlp = {urls:?}"));
    let talk = run(&project, 0, &["build"]);
    assert!(talk.contains("fetched sounds  1 pinned, 1 of them new here"), "{talk}");
    let lock = project.lock();
    let pin = lock.sources["sounds"].items.values().next().unwrap();
    assert_eq!(pin.provenance.source_url.as_deref(), Some(urls[0].as_str()), "{lock:?}");
    assert_eq!(pin.provenance.tool.as_deref(), Some("yt-dlp 2026.10.26"));
    let bodies = |server: &Server| server.asked().iter().filter(|asked| asked.sent > 1000).count();
    let before = bodies(&server);
    assert!(run(&project, 0, &["source", "update"]).contains("nothing new"));
    // Its generic extractor looks at what an address is before it asks the archive.
    assert_eq!(bodies(&server), before + 1, "one look, and no second fetch");
}

#[test]
fn cookies_come_by_reference_and_are_written_nowhere() {
    let server = Server::start();
    let urls = files(&server, 1);
    let project = project(&format!("gallery = {urls:?}\ncookies = \"$MEME_COOKIES\""));
    let talk = run(&project, 1, &["build"]);
    assert!(talk.contains("the variable `MEME_COOKIES` is not set"), "{talk}");
    let text =
        "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession_id\ts3cret-cookie\n";
    let output = with_tools(&project, &["build"]).env("MEME_COOKIES", text).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let sent = server.asked().iter().any(|asked| {
        asked.headers.get("cookie").is_some_and(|cookie| cookie.contains("s3cret-cookie"))
    });
    assert!(sent, "the site got it");
    for (path, bytes) in project.files("") {
        let found = String::from_utf8_lossy(&bytes).contains("s3cret-cookie");
        assert!(!found, "it is in {}", path.display());
    }
}

#[test]
fn a_downloader_that_is_not_there_is_offered() {
    let project = project("gallery = \"https://a.test/x\"");
    let bare = |args: &[&str]| {
        project.command(args).env("MEMEBUILD_GALLERY_DL", "/nowhere/gallery-dl").output().unwrap()
    };
    let output = bare(&["build"]);
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{talk}");
    assert!(
        talk.contains("gallery-dl is not installed") && talk.contains("pipx install"),
        "{talk}"
    );
    let doctor = String::from_utf8(bare(&["doctor"]).stdout).unwrap();
    assert!(doctor.contains("gallery-dl is not installed: no sources of `gallery`"), "{doctor}");
    let output = with_tools(&project, &["doctor"]).output().unwrap();
    let doctor = String::from_utf8(output.stdout).unwrap();
    assert!(doctor.contains("1.32.18") && doctor.contains("2026.10.26"), "{doctor}");
}
