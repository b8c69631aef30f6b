//! What may change a render and what may not: the text of captions never reaches ffmpeg's
//! arguments, and after any edit the bytes are those of a clean build.

use super::project::{arrangement, build, caption_at, world};
use super::support::*;
use crate::soak::rounds;
use memebuild::contract::geometry::Rect;
use memebuild::contract::profile::Container;
use memebuild::contract::render_input::{Fit, Repeat};
use memebuild::contract::units::Rational;
use memebuild::media::segment::draw;
use memebuild::node::composite::arrangement::Arrangement;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// Pieces of captions that mean something to a filter graph, a shell, or a path.
const HOSTILE: [&str; 24] = [
    "'",
    "\\",
    "\\'",
    "\"",
    ":",
    ",",
    ";",
    "[",
    "]",
    "=",
    "%",
    "%{pts}",
    "{in:green}",
    "{out:video}",
    "{params}",
    "\n",
    "\0",
    "$(id)",
    "`id`",
    "../../etc/passwd",
    "x',drawtext=textfile=/etc/passwd",
    "[0:v]null[l0]",
    "😂",
    "\u{202e}",
];

#[test]
fn no_caption_changes_an_argument() {
    let mut input = film(Container::Mp4, 30);
    input.background = Some(background(Rational::new(30, 1), 90));
    let area = Rect { x: 8, y: 10, width: 80, height: 24 };
    input.captions = vec![caption("plain", area, 0..30)];
    let plain = draw(&input, 0..15);
    let text = prop::collection::vec(
        prop_oneof![prop::sample::select(&HOSTILE[..]).prop_map(str::to_owned), ".{0,6}"],
        0..6,
    );
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(7), ..Config::default() });
    for _ in 0..100_000 {
        input.captions[0].spec.text = text.new_tree(&mut runner).unwrap().current().concat();
        let drawn = draw(&input, 0..15);
        assert!(drawn == plain, "{:?} changed {:?}", input.captions[0].spec.text, drawn.args);
    }
}

/// One thing that a person might change.
fn edit(timeline: &mut Arrangement, what: u32, amount: u32) {
    let at = u64::from(amount) * 37;
    let green = timeline.green_screen.as_mut().unwrap();
    match what {
        0 => timeline.captions[0] = caption_at("other words", 10, Some([at, at + 400])),
        1 => timeline.captions.push(caption_at("more", 70, Some([at, at + 60]))),
        2 => timeline.effects[0].at_ms = at,
        3 => green.speed_milli = 700 + amount * 50,
        4 => green.flip = !green.flip,
        5 => green.start_ms = at,
        6 => timeline.background.as_mut().unwrap().fit = Fit::BlurFill,
        7 => timeline.background.as_mut().unwrap().start_ms = at,
        8 => green.repeat = Repeat::Freeze,
        9 => timeline.duration_ms = Some(1350 + at / 2),
        _ => timeline.profile.segment_frames = 10 + amount,
    }
}

/// Random edits of one timeline: what is built on what was there before equals what is built from
/// nothing.
#[test]
fn after_any_edit_the_bytes_are_those_of_a_clean_build() {
    let (mut kept, mut clean) = (world(), world());
    clean.clean = true;
    let mut timeline = arrangement(Container::Mp4);
    timeline.duration_ms = Some(1500);
    build(&mut kept, &timeline, "city").unwrap();
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(11), ..Config::default() });
    for _ in 0..rounds(24, 1000) {
        let choice = (0u32..11, 0u32..20).new_tree(&mut runner).unwrap().current();
        edit(&mut timeline, choice.0, choice.1);
        timeline.captions.truncate(4);
        let timeline = &timeline;
        let node = std::thread::scope(|scope| {
            scope.spawn(|| build(&mut clean, timeline, "city").unwrap());
            build(&mut kept, timeline, "city").unwrap()
        });
        assert_eq!(kept.outputs[&node], clean.outputs[&node], "after {choice:?}");
    }
    assert!(kept.ran.len() < clean.ran.len(), "something was reused");
}
