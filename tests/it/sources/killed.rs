//! Killed at any moment, a source goes on: nothing comes twice, and the lock is the same.

use super::server::{Manner, Server};
use super::support::{noise, project};
use crate::project::{Numbers, Project};
use crate::soak::rounds;
use rustix::process::{Pid, Signal, kill_process};
use std::process::Stdio;
use std::time::Duration;

const FILES: u64 = 12;
const BYTES: usize = 60_000;

fn twelve(server: &Server) -> Project {
    let urls: Vec<String> =
        (0..FILES).map(|n| format!("\"{}\"", server.url(&format!("/{n}.wav")))).collect();
    project(&format!("http = [{}]\nparallel = 3", urls.join(", ")))
}

#[test]
fn nothing_comes_twice() {
    let server = Server::start();
    let slowly = Manner::Slowly { piece: 4000, pause: Duration::from_millis(4) };
    for n in 0..FILES {
        server.put_so(&format!("/{n}.wav"), noise(n, BYTES), slowly.clone());
    }
    let clean = twelve(&server);
    assert_eq!(clean.update().0, Some(0));
    let mut numbers = Numbers(11);
    for round in 0..rounds(3, 200) {
        server.forget();
        let project = twelve(&server);
        let mut kills = 0;
        loop {
            // An ordinary build's way, and no ingest after it.
            let mut command = project.command(&["build", "asset:none"]);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            std::thread::sleep(Duration::from_millis(20 + numbers.below(130) as u64));
            if child.try_wait().unwrap().is_some() && project.root().join("Memefile.lock").exists()
            {
                break;
            }
            // It may have ended by itself.
            let _ = kill_process(Pid::from_child(&child), Signal::KILL);
            child.wait().unwrap();
            kills += 1;
            assert!(kills < 500, "it does not get on");
        }
        let sent: usize = server.asked().iter().map(|asked| asked.sent).sum();
        // What was in the pipes when it was killed may come again, and no more: the file is gone on
        // with from what is here.
        let lost = kills * 3 * 64_000;
        assert!(sent <= FILES as usize * BYTES + lost, "{sent} bytes in {kills} kills");
        for n in 0..FILES {
            let path = format!("/{n}.wav");
            let whole = |asked: &&super::server::Asked| asked.path == path && asked.sent == BYTES;
            let wholes = server.asked().iter().filter(whole).count();
            assert!(wholes <= 1, "round {round}: {path} came {wholes} times");
            assert_eq!(project.fetched(&format!("{n}.wav")), noise(n, BYTES), "round {round}");
        }
        assert_eq!(project.timeless_lock(), clean.timeless_lock(), "round {round}");
        let parts = project.files("cache/sources/sounds/parts");
        assert!(parts.is_empty(), "round {round}: {:?}", parts.keys());
    }
}

#[test]
fn a_file_that_was_whole_is_not_asked_for_again() {
    let server = Server::start();
    server.put("/a.wav", noise(1, 5000));
    let project = project(&format!("http = \"{}\"", server.url("/a.wav")));
    assert_eq!(project.update().0, Some(0));
    // As a kill leaves it: the receipt is written, the file has not got its name, no lock.
    let pin = project.lock().sources["sounds"].items.values().next().unwrap().clone();
    let receipts = project.files("cache/sources/sounds/receipts");
    let name = receipts.keys().next().unwrap().file_stem().unwrap().to_owned();
    let part = project.root().join("cache/sources/sounds/parts").join(name);
    std::fs::create_dir_all(part.parent().unwrap()).unwrap();
    std::fs::rename(project.root().join(pin.path("sounds")), part).unwrap();
    std::fs::remove_file(project.root().join("Memefile.lock")).unwrap();
    server.forget();
    project.run(&["build", "asset:none"]);
    assert_eq!(server.asked().len(), 0);
    assert_eq!(project.fetched("a.wav"), noise(1, 5000));
}

#[test]
fn cancelling_keeps_what_came() {
    let server = Server::start();
    server.put("/0.wav", noise(0, 1000));
    let slowly = Manner::Slowly { piece: 1000, pause: Duration::from_millis(50) };
    server.put_so("/1.wav", noise(1, 60_000), slowly);
    let urls = [server.url("/0.wav"), server.url("/1.wav")];
    let project = project(&format!("http = {urls:?}"));
    let mut child = project.command(&["source", "update"]).stderr(Stdio::null()).spawn().unwrap();
    while server.count("/1.wav").1 < 10_000 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let began = std::time::Instant::now();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(began.elapsed() < Duration::from_millis(1500));
    server.put("/1.wav", noise(1, 60_000));
    assert_eq!(project.update().0, Some(0));
    assert_eq!(project.fetched("1.wav"), noise(1, 60_000));
    let resumed = server.asked().iter().any(|asked| asked.status == 206);
    assert!(resumed, "{:?}", server.asked());
}
