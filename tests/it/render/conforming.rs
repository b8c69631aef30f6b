//! What is conformed is what its facts say, for every fit and for clips that cannot be sought in.

use super::project::{arrangement, build, world};
use super::support::*;
use memebuild::contract::asset::VideoFacts;
use memebuild::contract::geometry::Size;
use memebuild::contract::profile::Container;
use memebuild::contract::render_input::{Fit, Repeat};
use memebuild::contract::units::Rational;
use memebuild::media::conform::{Conformed, background, green_screen, watermark};
use memebuild::media::probe;
use std::path::Path;

const FITS: [Fit; 5] = [Fit::Cover, Fit::Contain, Fit::BlurFill, Fit::Stretch, Fit::None];

/// Makes it, and compares what came out with what was promised.
fn check(source: &Path, conformed: &Conformed) -> VideoFacts {
    let made = source.with_file_name("conformed");
    let paths =
        [("source".to_owned(), source.to_owned()), ("media".to_owned(), made.clone())].into();
    ffmpeg(&substitute(&conformed.args, &paths));
    let found = probe::inspect(&made).unwrap_or_else(|d| panic!("{d:?}")).media.video.unwrap();
    let promised = &conformed.video;
    let looked_at = |video: &VideoFacts| {
        (video.width, video.height, video.frames, video.frame_rate, video.constant_rate)
    };
    assert_eq!(looked_at(&found), looked_at(promised));
    assert_eq!((found.rotation, found.start_us, found.alpha), (0, 0, promised.alpha));
    assert_eq!(found.sample_aspect_ratio, Rational::ONE);
    found
}

#[test]
fn every_fit_fills_the_canvas() {
    let folder = tempfile::tempdir().unwrap();
    let (picture, moving) = (folder.path().join("park.png"), folder.path().join("city.mp4"));
    photo(&picture, Size { width: 121, height: 80 });
    film_of_noise(&moving, Size { width: 160, height: 90 }, 24, 12);
    let rate = Rational::new(30, 1);
    for source in [&picture, &moving] {
        let media = probe::inspect(source).unwrap().media;
        let video = media.video.as_ref().unwrap();
        for fit in FITS {
            let conformed = background(&media, video, fit, CANVAS, rate, 64_000);
            check(source, &conformed);
        }
    }
    let mark = folder.path().join("logo.png");
    logo(&mark);
    let media = probe::inspect(&mark).unwrap().media;
    let video = media.video.as_ref().unwrap();
    let conformed = watermark(&media, video, Size { width: 20, height: 10 }, 600);
    check(&mark, &conformed);
}

/// An MP4 file whose picture players turn by a quarter: another matrix in the track's header.
fn on_its_side(mut file: Vec<u8>) -> Vec<u8> {
    let words = |words: [u32; 9]| words.map(u32::to_be_bytes).concat();
    let upright = words([1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30]);
    let turned = words([0, 1 << 16, 0, u32::MAX << 16, 0, 0, 0, 0, 1 << 30]);
    let header = file.windows(4).position(|kind| kind == b"tkhd").expect("a track header");
    let matrix = file[header..].windows(36).position(|found| found == upright).expect("a matrix");
    file[header + matrix..][..36].copy_from_slice(&turned);
    file
}

#[test]
fn a_clip_that_cannot_be_sought_in_is_conformed() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good.mp4");
    let rate = Rational::new(25, 1);
    counted_film(&good, CANVAS, rate, 30, 12);
    let seek = |path: &Path, reach_ms| {
        let media = probe::inspect(path).unwrap_or_else(|d| panic!("{d:?}")).media;
        green_screen(&media, media.video.as_ref().unwrap(), reach_ms)
    };
    assert_eq!(seek(&good, 64_000), None, "it is good as it is");
    let other = |name: &str, words: &str| {
        let path = folder.path().join(name);
        ffmpeg_words(&format!("-i {} {words}", good.display()), &path);
        path
    };
    let turned = folder.path().join("turned.mp4");
    std::fs::write(&turned, on_its_side(std::fs::read(&good).unwrap())).unwrap();
    let conformed = check(&turned, &seek(&turned, 64_000).expect("it lies on its side"));
    assert_eq!((conformed.width, conformed.height), (160, 96));
    let squeezed = other("squeezed.mp4", "-c:v libx264 -vf setsar=2 -f mp4");
    let conformed = check(&squeezed, &seek(&squeezed, 64_000).expect("its pixels are wide"));
    assert_eq!((conformed.width, conformed.height), (192, 160));
    let matroska = other("matroska.mkv", "-c copy -f matroska");
    check(&matroska, &seek(&matroska, 64_000).expect("its times are rounded"));
    let uneven = other(
        "uneven.mp4",
        "-vf setpts=N*(1+mod(N\\,3))/25/TB -fps_mode passthrough -c:v libx264 -f mp4",
    );
    let conformed = check(&uneven, &seek(&uneven, 64_000).expect("its frames last unevenly"));
    assert!(conformed.constant_rate);
    let picture = folder.path().join("still.png");
    photo(&picture, Size { width: 30, height: 41 });
    let conformed = check(&picture, &seek(&picture, 64_000).expect("a picture"));
    assert_eq!((conformed.width, conformed.height), (30, 42));
    // No more than is needed.
    let conformed = check(&turned, &seek(&turned, 400).expect("it lies on its side"));
    assert_eq!(conformed.frames, 10);
}

#[test]
fn a_film_that_is_shown_for_longer_than_usual_is_conformed_further() {
    let mut world = world();
    film_of_noise(&world.file("long.mp4"), Size { width: 32, height: 32 }, 1, 80);
    super::project::ingest(&mut world, "background", "long", "long.mp4");
    let mut timeline = arrangement(Container::Mp4);
    timeline.profile.frame_rate = Rational::new(1, 1);
    timeline.profile.segment_frames = 40;
    timeline.duration_ms = None;
    (timeline.green_screen, timeline.music) = (None, None);
    timeline.effects.clear();
    timeline.captions.clear();
    let ground = timeline.background.as_mut().unwrap();
    (ground.start_ms, ground.repeat) = (0, Repeat::Freeze);
    world.ran.clear();
    let node = build(&mut world, &timeline, "long").unwrap();
    assert!(world.ran.contains(&"conform/media longer film".to_owned()), "{:?}", world.ran);
    let film = probe::inspect(&world.output(&node, "film")).unwrap().media.video.unwrap();
    assert_eq!(film.frames, 80);
}

#[test]
fn a_gif_too_long_for_its_palette_is_refused() {
    let mut world = world();
    let mut timeline = arrangement(Container::Gif);
    timeline.duration_ms = Some(1_000_000);
    let refused = build(&mut world, &timeline, "park").unwrap_err();
    insta::assert_snapshot!(refused.message, @"1000 s are too long for a GIF");
    assert!(refused.notes[0].contains("96 × 160"), "{refused:?}");
}

#[test]
fn a_silent_profile_has_no_sound() {
    let mut world = world();
    let mut timeline = arrangement(Container::Mp4);
    timeline.profile.audio = memebuild::contract::profile::AudioPolicy::Forbidden;
    timeline.duration_ms = Some(500);
    timeline.captions.truncate(1);
    timeline.effects.clear();
    let node = build(&mut world, &timeline, "park").unwrap();
    let media = probe::inspect(&world.output(&node, "film")).unwrap().media;
    assert_eq!(media.video.unwrap().frames, 15);
    assert_eq!(media.audio, None);
    assert!(!world.outputs[&node].contains_key("audio"));
}
