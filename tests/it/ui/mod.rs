//! `memebuild serve --ui`: who may see the page, what it is told, and what may be decided there.

mod browser;
mod client;
mod demo;

use crate::choices;
use crate::samples::film;
use client::Page;
use memebuild::contract::event::Event;
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn the_page_is_for_whoever_has_its_link() {
    let project = film();
    project.expect(0, &["build"]);
    let page = Page::open(&project, &[]);
    let wrong = page.token.replace(|c: char| c.is_ascii_alphanumeric(), "x");
    let plain = |path: &str| page.ask("GET", path, "", "");
    for path in ["/".to_owned(), format!("/?token={wrong}"), "/ui/page.json".to_owned()] {
        assert_eq!(plain(&path).status, 401, "{path}");
    }
    assert_eq!(plain("/ui/events").status, 401);
    assert_eq!(plain("/ui/files/artefacts/renders/hello@tiny.mp4").status, 401);
    let entered = plain(&format!("/?token={}", page.token));
    assert!(entered.head.contains("httponly; samesite=strict"), "{}", entered.head);
    assert!(entered.head.contains("location: /\r\n"), "the token stays in no history");

    let shown = page.get("/");
    assert_eq!(shown.status, 200);
    assert!(shown.head.contains("content-security-policy: default-src 'none'"), "{}", shown.head);
    assert!(shown.head.contains("referrer-policy: no-referrer"), "{}", shown.head);
    assert!(!shown.text().contains("hello"), "nothing of the project is in it");
    let bearer = format!("Authorization: Bearer {}\r\n", page.token);
    assert_eq!(page.ask("GET", "/ui/page.json", &bearer, "").status, 200);
    assert_eq!(page.document()["renders"].as_array().expect("a list").len(), 2);
    assert!(page.served.end().success());
}

#[test]
fn without_the_flag_there_is_no_page() {
    let project = film();
    project.expect(0, &["build"]);
    let served = crate::search::servers::Served::start(&project, &[], &[]);
    assert!(!served.url.contains("token"), "{}", served.url);
    let answer = std::net::TcpStream::connect(served.url.trim_start_matches("http://"));
    let mut stream = answer.expect("a server");
    use std::io::{Read, Write};
    stream
        .write_all(b"GET /ui/page.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 404"), "{text}");
}

#[test]
fn of_the_disk_it_serves_what_the_page_names() {
    let project = film();
    project.expect(0, &["build"]);
    let page = Page::open(&project, &[]);
    let film = page.get("/ui/files/artefacts/renders/hello@tiny.mp4");
    assert_eq!(film.status, 200);
    assert!(film.head.contains("content-type: video/mp4"), "{}", film.head);
    assert!(film.head.contains("nosniff") && film.head.contains("sandbox"), "{}", film.head);
    let range = format!("Range: bytes=4-7\r\n{}", page.cookie);
    let part = page.ask("GET", "/ui/files/artefacts/renders/hello@tiny.mp4", &range, "");
    assert_eq!((part.status, part.text().as_str()), (206, "ftyp"), "a player seeks");
    for path in [
        "Memefile.toml",
        "cache/state/nodes",
        "artefacts/renders/../../Memefile.toml",
        "artefacts/renders/%2e%2e/%2e%2e/Memefile.toml",
        "/etc/passwd",
        "%2fetc%2fpasswd",
    ] {
        assert_eq!(page.get(&format!("/ui/files/{path}")).status, 404, "{path}");
    }
}

#[test]
fn what_people_say_comes_from_the_page_itself() {
    let project = film();
    project.expect(0, &["build"]);
    let page = Page::open(&project, &[]);
    let said = json!({ "render": "hello@tiny", "decision": "reject", "note": "no <b>face</b>" });
    let foreign = page.ask("POST", "/ui/reviews", &page.cookie, &said.to_string());
    assert_eq!(foreign.status, 403, "a form on another page sets no such header");
    assert!(!project.root().join("reviews.toml").exists());
    let first = page.document();

    assert_eq!(page.post("/ui/reviews", &said).status, 204);
    assert!(project.read("reviews.toml").contains("no <b>face</b>"));
    let now = page.document();
    assert_ne!(first, now, "it is told at once");
    let card = now["renders"].as_array().unwrap().iter().find(|it| it["name"] == "hello@tiny");
    assert_eq!(card.expect("it is there")["review"]["current"], true);

    let unknown = page.post("/ui/reviews", &json!({ "render": "nothing@tiny", "decision": null }));
    assert_eq!((unknown.status, &unknown.json()["code"]), (400, &"unknown-render".into()));
    for bad in [json!({}), json!([1]), json!({ "render": "hello@tiny", "verdict": "reject" })] {
        assert_eq!(page.post("/ui/reviews", &bad).status, 400, "{bad}");
    }
    assert_eq!(page.post("/ui/page.json", &said).status, 405);

    let looking = Page::open(&project, &["--read-only"]);
    assert_eq!(looking.document()["live"]["mayDecide"], false);
    assert_eq!(looking.post("/ui/reviews", &said).json()["code"], "read-only");
}

#[test]
fn a_build_is_told_as_it_happens() {
    let project = film();
    let page = Page::open(&project, &[]);
    assert_eq!(page.document()["renders"][0]["status"], "skipped");
    let mut listening = page.listen(None);
    let mut build = project.command(&["build"]).spawn().expect("a build");
    let told = listening.build();
    assert!(build.wait().expect("it ended").success());
    for sent in &told {
        serde_json::from_str::<Event>(&sent.data).unwrap_or_else(|e| panic!("{e}: {}", sent.data));
    }
    assert!(told[0].data.contains("build-started"), "{}", told[0].data);
    let has = |what: &str| told.iter().any(|sent| sent.data.contains(what));
    assert!(has("\"event\":\"action-started\"") && has("critic:hello@tiny"), "{told:?}");

    // Who comes later is told the same, and who comes again what it missed.
    let is_progress = |data: &str| data.contains("\"event\":\"action-progress\"");
    let lasting: Vec<_> = told.iter().filter(|sent| !is_progress(&sent.data)).cloned().collect();
    assert_eq!(page.listen(None).build(), lasting);
    let half = lasting.len() / 2;
    assert_eq!(page.listen(Some(&lasting[half].id)).build(), lasting[half + 1..]);
    assert_eq!(page.listen(Some("nonsense")).build(), lasting);

    let begun = Instant::now();
    while page.document()["renders"][0]["status"] != "ran" {
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", page.document());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(page.document()["live"]["building"], false);
}

#[test]
fn what_is_done_is_shown_before_the_build_is() {
    let project = film();
    let slow = "[command.slow]\nrun = [\"sh\", \"-c\", 'sleep 60; echo >\"$0\"', \"{out}\"]\n\
                inputs = [\"render:hello@tiny\"]\noutputs = [\"artefacts/slow\"]\n";
    project.write("Memefile.toml", project.read("Memefile.toml") + "\n" + slow);
    let page = Page::open(&project, &[]);
    let mut build = project.command(&["build"]).spawn().expect("a build");
    let begun = Instant::now();
    let shown = || {
        let document = page.document();
        let card =
            document["renders"].as_array().unwrap().iter().find(|it| it["name"] == "hello@tiny");
        let card = card.cloned().unwrap_or_default();
        (document["live"]["building"] == true, card["decision"] == "accept", card["film"].clone())
    };
    while shown() != (true, true, "artefacts/renders/hello@tiny.mp4".into()) {
        assert!(begun.elapsed() < Duration::from_secs(50), "{:?}", shown());
        std::thread::sleep(Duration::from_millis(100));
    }
    let id = rustix::process::Pid::from_child(&build);
    rustix::process::kill_process(id, rustix::process::Signal::INT).expect("it runs");
    build.wait().expect("it ended");
}

#[test]
fn a_page_that_reads_nothing_holds_nobody_up() {
    let project = film();
    let page = Page::open(&project, &[]);
    let _asleep: Vec<_> = (0..20).map(|_| page.listen(None)).collect();
    let mut awake = page.listen(None);
    let mut build = project.command(&["build"]).spawn().expect("a build");
    assert!(awake.build().len() > 10);
    assert!(build.wait().expect("it ended").success());
    // Streams that never end do not keep the server either.
    let begun = Instant::now();
    assert!(page.served.end().success());
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[test]
fn a_killed_build_is_known_to_be_over() {
    let project = crate::project::Project::new(
        "memefile = 1\n[command.slow]\nrun = [\"sh\", \"-c\", 'sleep 60; echo >\"$0\"', \"{out}\"]\n\
         outputs = [\"artefacts/slow\"]\n",
    );
    let page = Page::open(&project, &[]);
    let mut build = project.command(&["build"]).spawn().expect("a build");
    let until = |building: bool| {
        let begun = Instant::now();
        while page.document()["live"]["building"] != building {
            assert!(begun.elapsed() < Duration::from_secs(20), "{}", page.document());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    until(true);
    build.kill().expect("it runs");
    build.wait().expect("it ended");
    until(false);
}

#[test]
fn a_choice_is_answered_on_the_page() {
    let project =
        choices::project("host", "[render.out]\nchoice = \"place\"\nprofiles = [\"tiny\"]\n");
    project.expect(4, &["build"]);
    let page = Page::open(&project, &[]);
    let pending = page.document()["choices"][0].clone();
    assert_eq!(pending["name"], "place");
    let files = pending["files"].as_object().expect("files");
    assert_eq!(files.len(), 2, "every candidate can be looked at: {pending}");
    for file in files.values() {
        let path = format!("/ui/files/{}", file.as_str().expect("a path"));
        assert_eq!(page.get(&path).status, 200, "{path}");
    }
    let choose = |id: &str| {
        let decision = json!({ "picks": { "background": id }, "captions": ["calm"] });
        page.post("/ui/choices", &json!({ "name": "place", "decision": decision }))
    };
    let wrong = choose("nowhere");
    assert_eq!((wrong.status, &wrong.json()["code"]), (400, &"bad-decision".into()));
    assert_eq!(choose("door").status, 204);
    assert!(project.read("Memefile.lock").contains("door"));
    assert_eq!(page.document()["choices"], json!([]), "it waits for nobody any more");
    project.expect(0, &["build"]);
    assert_eq!(page.document()["choices"], json!([]));
}

#[test]
fn nobody_chooses_while_a_build_runs() {
    let slow = "[render.out]\nchoice = \"place\"\nprofiles = [\"tiny\"]\n\
                [command.slow]\nrun = [\"sh\", \"-c\", 'sleep 60; echo >\"$0\"', \"{out}\"]\n\
                outputs = [\"artefacts/slow\"]\n";
    let project = choices::project("host", slow);
    project.expect(4, &["build", "choice:place"]);
    let page = Page::open(&project, &[]);
    let mut build = project.command(&["build", "command:slow"]).spawn().expect("a build");
    let begun = Instant::now();
    while page.document()["live"]["building"] != true {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never began");
        std::thread::sleep(Duration::from_millis(50));
    }
    let decision = json!({ "picks": { "background": "door" }, "captions": ["calm"] });
    let told = page.post("/ui/choices", &json!({ "name": "place", "decision": decision }));
    assert_eq!((told.status, &told.json()["code"]), (409, &"busy".into()));
    let id = rustix::process::Pid::from_child(&build);
    rustix::process::kill_process(id, rustix::process::Signal::INT).expect("it runs");
    build.wait().expect("it ended");
}
