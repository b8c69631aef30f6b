//! While a stand-in is made for a source that lies elsewhere, nobody is asked for it.

use crate::project::Project;
use crate::sources::server::Server;
use crate::sources::support::sound;

fn project(server: &Server, more: &str) -> Project {
    let text = format!(
        "memefile = 1\n[source.sounds]\nasset = \"sound-effect\"\nhttp = [\"{}\"]\n{more}",
        server.url("/pop.wav")
    );
    let words = "[source.words]\nasset = \"sound-effect\"\nfiles = \"words/*.wav\"\n";
    let project = Project::new(&format!("{text}\n{words}"));
    project.write("words/hello.wav", sound(3));
    project
}

#[test]
fn a_mocked_source_is_not_fetched_and_its_pins_stay() {
    let server = Server::start();
    server.put("/pop.wav", sound(1));
    let project = project(&server, "");
    project.expect(0, &["build", "--mock", "sounds"]);
    assert!(server.asked().is_empty(), "{:?}", server.asked());
    assert!(project.root().join("artefacts/seed-assets/sound-effect/mock-1").exists());
    // Fetched, it is what it is; mocked again, what was pinned stays so.
    project.expect(0, &[]);
    let (asked, lock) = (server.asked().len(), project.read("Memefile.lock"));
    assert!(asked > 0 && lock.contains("pop.wav"));
    project.expect(0, &["build", "--mock", "sounds", "--locked"]);
    project.expect(0, &["build", "--mock", "sounds"]);
    assert_eq!((server.asked().len(), project.read("Memefile.lock")), (asked, lock));
}

#[test]
fn a_source_that_says_itself_that_it_is_mocked_is_not_fetched() {
    let server = Server::start();
    server.put("/pop.wav", sound(1));
    let project = project(&server, "mock = { ids = [\"pop\"] }");
    project.expect(0, &[]);
    project.expect(0, &["plan"]);
    assert!(server.asked().is_empty(), "{:?}", server.asked());
}

#[test]
fn a_name_that_is_no_sources_is_told_before_anything_is_fetched() {
    let server = Server::start();
    server.put("/pop.wav", sound(1));
    let project = project(&server, "");
    let talk = project.expect(2, &["build", "--mock", "sound"]);
    assert!(talk.contains("did you mean `sounds`?"), "{talk}");
    assert!(server.asked().is_empty(), "{:?}", server.asked());
}
