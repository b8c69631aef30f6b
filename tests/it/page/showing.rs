//! What the page shows: renders, batches, the graph, the time line, choices and stand-ins.

use super::{batch, document, node, page, render};
use crate::choices;
use crate::contracts::mocks;
use crate::samples;
use memebuild::contract::asset::AssetKind;
use memebuild::contract::event::Status;
use memebuild::contract::verdict::Decision;

#[test]
fn a_film_and_all_that_it_is_made_of() {
    let project = samples::film();
    project.expect(0, &["build"]);
    let page = page(&project, &[]);
    let card = render(&page, "hello@tiny");
    assert_eq!((card.profile.as_str(), card.status), ("tiny", Status::Ran));
    assert_eq!((card.decision, card.mock, &card.review), (Some(Decision::Accept), false, &None));
    assert_eq!(card.film.as_deref(), Some("artefacts/renders/hello@tiny.mp4"));
    assert_eq!(card.poster.as_deref(), Some("artefacts/renders/hello@tiny.jpg"));
    assert_eq!((card.last_good.as_deref(), card.size, card.duration_ms), (None, [96, 160], 2000));
    assert_eq!(card.captions.len(), 1);
    let caption = &card.captions[0];
    assert_eq!((caption.text.as_str(), caption.range_ms), ("hello", [0, 1500]));
    let slots: Vec<&str> = card.parts.iter().map(|part| part.slot.as_str()).collect();
    assert_eq!(slots, ["background", "green-screen", "music", "sound-effects[0]"]);
    for part in &card.parts {
        let asset = &page.assets[part.asset as usize];
        let file = asset.file.as_ref().expect("assets are placed");
        assert!(file.starts_with("artefacts/seed-assets/"), "{file}");
        assert!(project.root().join(file).is_file(), "{file}");
        assert_eq!(asset.duration_ms > 0, asset.kind != AssetKind::Background, "{asset:?}");
    }
    // Neither a picture nor the other film of the same composite is left out.
    assert_eq!(
        render(&page, "hello@moving").film.as_deref(),
        Some("artefacts/renders/hello@moving.gif")
    );

    // What both films share ran once, and what the length of the build hung on ends with a critic.
    let done = |status: Status| matches!(status, Status::Ran | Status::Hit);
    assert!(page.graph.nodes.iter().all(|node| done(node.status)), "{:#?}", page.graph);
    assert!(page.timeline.len() > page.graph.nodes.len() / 2);
    assert!(page.timeline.iter().all(|bar| bar.ok && bar.until_ms >= bar.from_ms));
    let last = *page.graph.critical.last().expect("a path");
    assert!(
        page.graph.nodes[last as usize].name.starts_with("critic:"),
        "{:?}",
        page.graph.critical
    );

    let build = &page.builds[0];
    assert_eq!((build.exit_code, build.nodes), (Some(0), page.graph.nodes.len() as u64));
    assert_eq!(build.counts[&Status::Ran] + build.counts[&Status::Hit], build.nodes);
    assert!(page.comparison.is_none(), "there is but one build");
    let made: u64 = page.cache.types.values().map(|share| share.bytes).sum();
    assert!(page.cache.bytes >= made && page.cache.blobs > 10 && page.cache.results > 10);
    assert_eq!(page.cache.types["render"].nodes, 2);
}

#[test]
fn the_same_state_gives_the_same_bytes() {
    let project = samples::film();
    project.expect(0, &["build"]);
    let first = document(&project, &[]);
    assert_eq!(first, document(&project, &[]));
    // What is remembered of builds says what their logs say.
    std::fs::remove_file(project.root().join("cache/state/builds.json")).unwrap();
    assert_eq!(first, document(&project, &[]));
    project.expect(0, &["report"]);
    let html = project.read("artefacts/report.html");
    std::fs::remove_dir_all(project.root().join("cache/state/posters")).unwrap();
    project.expect(0, &["report"]);
    assert!(html == project.read("artefacts/report.html"));
}

#[test]
fn cells_know_their_place_on_the_axes_before_anything_is_built() {
    let project = batch();
    let output = project.run(&["report", "--format", "json"]);
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(talk.contains("nothing was built here yet: `memebuild build`"), "{talk}");
    let page = page(&project, &[]);
    let axes: Vec<(&str, Vec<&str>)> = page.batches[0]
        .axes
        .iter()
        .map(|axis| (axis.name.as_str(), axis.values.iter().map(String::as_str).collect()))
        .collect();
    // `sky` is no value of the axis, and a cell has it all the same.
    assert_eq!(
        axes,
        [("background", vec!["wall", "door", "sky"]), ("caption", vec!["one", "two"])]
    );
    let cells: Vec<(&str, &str, &str)> = page
        .renders
        .iter()
        .map(|card| (card.name.as_str(), &*card.axes["background"], &*card.axes["caption"]))
        .collect();
    let expected = [
        ("launch/door+one@tiny", "door", "one"),
        ("launch/sky+two@tiny", "sky", "two"),
        ("launch/wall+one@tiny", "wall", "one"),
        ("launch/wall+two@tiny", "wall", "two"),
    ];
    assert_eq!(cells, expected);
    for card in &page.renders {
        assert_eq!((card.batch, card.status), (Some(0), Status::Skipped));
        assert_eq!((card.why.as_str(), card.decision), ("nothing built it yet", None));
        assert_eq!((&card.film, &card.poster, card.size), (&None, &None, [0, 0]));
    }
}

#[test]
fn a_node_that_failed_says_why_until_it_is_mended() {
    let project = samples::film();
    let beat = std::fs::read(project.root().join("media/beat.wav")).unwrap();
    project.write("media/beat.wav", "no sound");
    project.expect(1, &["build", "--keep-going"]);
    let broken = page(&project, &[]);
    let music = node(&broken, "asset:music/beat");
    assert_eq!(music.status, Status::Failed);
    let card = render(&broken, "hello@tiny");
    assert_eq!((card.status, card.decision), (Status::Skipped, None));
    assert!(card.why.contains("failed"), "{}", card.why);

    // A build of something else leaves that as it is.
    project.expect(0, &["build", "asset:background/*"]);
    assert_eq!(node(&page(&project, &[]), "asset:music/beat").status, Status::Failed);

    project.write("media/beat.wav", &beat);
    project.expect(0, &["build"]);
    let mended = page(&project, &[]);
    assert_eq!(node(&mended, "asset:music/beat").status, Status::Ran);
    assert_eq!(render(&mended, "hello@tiny").decision, Some(Decision::Accept));
    assert_eq!(mended.builds.len(), 3);
}

#[test]
fn a_choice_waits_with_what_there_is_to_look_at() {
    let render = "[render.out]\nchoice = \"place\"\nprofiles = [\"tiny\"]\n";
    let project = choices::project("host", render);
    project.expect(4, &["build"]);
    let page = page(&project, &[]);
    assert_eq!(page.choices.len(), 1);
    let choice = &page.choices[0];
    assert_eq!(choice.name, "place");
    let keys: Vec<&str> = choice.files.keys().map(String::as_str).collect();
    assert_eq!(keys, ["background/door", "background/wall"]);
    for file in choice.files.values() {
        assert!(project.root().join(file).is_file(), "{file}");
    }
    assert_eq!(node(&page, "choice:place").status, Status::Waiting);
}

#[test]
fn what_descends_from_a_stand_in_is_marked() {
    let project = mocks::film();
    mocks::build_mocked(&project);
    let page = page(&project, &mocks::MOCK_ALL);
    assert!(render(&page, "vogue@tiny").mock);
    assert!(node(&page, "asset:background/runway").mock);
    assert!(page.graph.nodes.iter().any(|node| node.mock));
}
