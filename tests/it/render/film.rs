//! A whole render: what it is, that it is the same every time, and what an edit costs.

use super::project::{arrangement, build, caption_at, world};
use super::support::*;
use memebuild::contract::profile::Container;
use memebuild::media::ffmpeg::{Job, Program, input_at};
use memebuild::media::{iso, listen, probe};
use std::fs::File;
use std::path::Path;

/// Frames of a film as ffmpeg decodes them, and their number.
fn decoded(film: &Path, demuxer: &str, pixels: &str) -> Vec<u8> {
    let mut job = Job::new(Program::Ffmpeg);
    if demuxer == "matroska" {
        // The native decoder of VP9 knows no alpha.
        job.push(["-c:v", "libvpx-vp9"]);
    }
    job.push(input_at(demuxer, film));
    job.push([
        "-map",
        "0:v:0",
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-pix_fmt",
        pixels,
        "-",
    ]);
    job.output(1 << 30).unwrap_or_else(|f| panic!("{f:?}")).stdout
}

#[test]
fn a_film_is_what_its_profile_says() {
    let mut world = world();
    let node = build(&mut world, &arrangement(Container::Mp4), "city").unwrap();
    let film = world.output(&node, "film");
    let read = iso::read(&File::open(&film).unwrap()).unwrap();
    let (video, audio) = (read.media.video.unwrap(), read.media.audio.unwrap());
    assert_eq!((video.width, video.height, video.frames), (96, 160, 60));
    assert_eq!((video.codec.as_str(), video.pixel_format.as_str()), ("h264", "yuv420p"));
    assert_eq!((video.duration_ms, audio.duration_ms), (2000, 2000));
    assert!(video.constant_rate && read.iso.fast_start);
    assert_eq!(read.iso.color, Some([1, 1, 1, 0]));
    assert_eq!((read.iso.video_start_us, read.iso.audio_start_us), (0, Some(0)));
    assert_eq!((audio.codec.as_str(), audio.sample_rate, audio.channels), ("aac", 48_000, 2));
    assert_eq!(decoded(&film, "mov", "yuv420p").len(), 60 * 96 * 160 * 3 / 2);
    let heard = listen::listen(&film, "mov", &audio).unwrap();
    let loudness = heard.integrated_clufs.unwrap();
    assert!((loudness + 1400).abs() <= 30, "{loudness}");
    assert!(heard.true_peak_cdbtp.unwrap() <= -100);
    let poster = image::open(world.output(&node, "poster")).unwrap_err().to_string();
    assert!(poster.contains("format"), "a blob has no ending: {poster}");
    let poster = image::ImageReader::open(world.output(&node, "poster")).unwrap();
    let poster = poster.with_guessed_format().unwrap().decode().unwrap();
    assert_eq!((poster.width(), poster.height()), (96, 160));
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    for container in [Container::Mp4, Container::Gif, Container::Webm] {
        let mut one = world();
        let mut timeline = arrangement(container);
        timeline.duration_ms = Some(700);
        timeline.captions.truncate(1);
        timeline.effects[0].at_ms = 300;
        let node = build(&mut one, &timeline, "city").unwrap();
        one.clean = true;
        let before = one.outputs[&node].clone();
        build(&mut one, &timeline, "city").unwrap();
        assert_eq!(one.outputs[&node], before, "{container:?}");
    }
}

#[test]
fn an_edit_costs_what_it_touches() {
    let mut world = world();
    let mut timeline = arrangement(Container::Mp4);
    build(&mut world, &timeline, "city").unwrap();
    let edit = |timeline: &_, world: &mut super::world::World| {
        world.ran.clear();
        build(world, timeline, "city").unwrap();
        world.ran.join("\n")
    };
    assert_eq!(edit(&timeline, &mut world), "");
    timeline.effects[0].at_ms = 900;
    insta::assert_snapshot!(edit(&timeline, &mut world), @r"
    composite/compose
    render/mix sound
    render/mux joining
    ");
    timeline.captions[1] = caption_at("another", 40, Some([1100, 1300]));
    insta::assert_snapshot!(edit(&timeline, &mut world), @r"
    composite/compose
    caption/draw
    render/segment segment 2
    render/mux joining
    ");
    timeline.profile.loudness.integrated_clufs = -1600;
    insta::assert_snapshot!(edit(&timeline, &mut world), @r"
    composite/compose
    render/mix sound
    render/mux joining
    ");
}

#[test]
fn a_transparent_film_is_transparent() {
    let mut world = world();
    let mut timeline = arrangement(Container::Webm);
    timeline.background = None;
    timeline.duration_ms = Some(400);
    timeline.captions.truncate(1);
    timeline.effects.clear();
    let node = build(&mut world, &timeline, "city").unwrap();
    let film = world.output(&node, "film");
    assert!(probe::probe(&film).unwrap().video.unwrap().alpha, "players and the critic are told");
    let pixels = decoded(&film, "matroska", "yuva420p");
    let plane = (CANVAS.width * CANVAS.height) as usize;
    let frame = plane * 5 / 2;
    assert_eq!(pixels.len(), 12 * frame);
    let alpha = |x: usize, y: usize| pixels[5 * frame + plane * 3 / 2 + y * 96 + x];
    // The clip is 76 × 128 at the bottom; its screen is the left half.
    assert!(alpha(30, 140) < 24, "the screen shows through: {}", alpha(30, 140));
    assert!(alpha(70, 140) > 231, "the subject is solid: {}", alpha(70, 140));
    assert_eq!(alpha(4, 80), 0, "beside the clip there is nothing");
    let poster = image::ImageReader::open(world.output(&node, "poster")).unwrap();
    let poster = poster.with_guessed_format().unwrap().decode().unwrap().to_rgb8();
    assert!(poster.get_pixel(4, 80).0.iter().all(|part| *part < 8), "a poster's nothing is black");
}

#[test]
fn a_gif_has_every_frame() {
    let mut world = world();
    let mut timeline = arrangement(Container::Gif);
    timeline.duration_ms = Some(600);
    timeline.captions.truncate(1);
    timeline.effects.clear();
    let node = build(&mut world, &timeline, "park").unwrap();
    let film = world.output(&node, "film");
    assert!(std::fs::read(&film).unwrap().starts_with(b"GIF89a"));
    assert_eq!(decoded(&film, "gif", "rgb24").len(), 18 * 96 * 160 * 3);
    assert!(!world.outputs[&node].contains_key("audio"));
}
