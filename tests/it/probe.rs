//! The native readers agree with ffprobe, and with what a decoder really delivers.

use crate::clips::Clips;
use memebuild::media::probe;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const X264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

/// A second of small moving picture.
fn source(size: &str, rate: &str) -> String {
    format!("-f lavfi -i testsrc2=d=1:s={size}:r={rate}")
}

fn ffprobe(path: &Path) -> Value {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-show_streams", "-show_format", "-of", "json"])
        .arg(path)
        .output()
        .expect("ffprobe runs");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Frames that a decoder delivers, without repeating or dropping any.
fn decoded(path: &Path) -> u32 {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(path)
        .args(["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framecrc", "-"])
        .output()
        .expect("ffmpeg runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    u32::try_from(text.lines().filter(|line| line.starts_with("0,")).count()).unwrap()
}

fn seconds(value: &Value) -> f64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

/// Compares every fact that both know; `native` says whether ffprobe may have been asked.
fn agrees(path: &Path, native: bool) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let probed = probe::inspect(path).unwrap_or_else(|d| panic!("{name}: {d} {:?}", d.notes));
    assert_eq!(probed.asked, !native, "{name}: who was asked");
    let truth = ffprobe(path);
    let streams = truth["streams"].as_array().unwrap();
    let ffprobe_format = &truth["format"];
    let of = |kind: &str| streams.iter().find(|s| s["codec_type"] == kind);
    if let Some(video) = &probed.media.video {
        let truth = of("video").unwrap_or_else(|| panic!("{name}: ffprobe sees no video"));
        assert_eq!(truth["codec_name"], video.codec.as_str(), "{name}: codec");
        assert_eq!(truth["width"], video.width, "{name}: width");
        assert_eq!(truth["height"], video.height, "{name}: height");
        assert_eq!(truth["pix_fmt"], video.pixel_format.as_str(), "{name}: pixel format");
        let aspect = video.sample_aspect_ratio;
        let sar = truth["sample_aspect_ratio"].as_str().unwrap_or("1:1");
        assert_eq!(sar, format!("{}:{}", aspect.num, aspect.den), "{name}: aspect");
        let turn = truth["side_data_list"]
            .as_array()
            .and_then(|list| list.iter().find_map(|data| data["rotation"].as_i64()))
            .unwrap_or(0);
        assert_eq!((-turn).rem_euclid(360), i64::from(video.rotation), "{name}: rotation");
        assert_eq!(decoded(path), video.frames, "{name}: frames");
        if !video.is_still() {
            let own = seconds(&truth["start_time"]);
            let start = ((own - seconds(&ffprobe_format["start_time"])) * 1e6).round();
            let ours = f64::from(u32::try_from(video.start_us).unwrap());
            assert!((start - ours).abs() <= 1000.0, "{name}: starts at {start} µs, ours {ours}");
            let (num, den) = truth["avg_frame_rate"].as_str().unwrap().split_once('/').unwrap();
            let rate = num.parse::<f64>().unwrap() / den.parse::<f64>().unwrap();
            let ours = f64::from(video.frame_rate.num) / f64::from(video.frame_rate.den);
            assert!((rate - ours).abs() / rate < 0.002, "{name}: rate {rate}, ours {ours}");
        }
    }
    if let Some(audio) = &probed.media.audio {
        let truth = of("audio").unwrap_or_else(|| panic!("{name}: ffprobe hears nothing"));
        assert_eq!(truth["codec_name"], audio.codec.as_str(), "{name}: codec of sound");
        assert_eq!(truth["sample_rate"], audio.sample_rate.to_string(), "{name}: sample rate");
        assert_eq!(truth["channels"], audio.channels, "{name}: channels");
    }
    assert_eq!(probed.media.video.is_some(), of("video").is_some(), "{name}: has video");
    assert_eq!(probed.media.audio.is_some(), of("audio").is_some(), "{name}: has audio");
    let film = probed.media.video.as_ref().filter(|video| !video.is_still());
    for (kind, ms) in [
        ("video", film.map(|v| v.duration_ms)),
        ("audio", probed.media.audio.as_ref().map(|a| a.duration_ms)),
    ] {
        let (Some(ms), Some(length)) = (ms, of(kind).and_then(|s| s.get("duration"))) else {
            continue;
        };
        let (ours, theirs) = (f64::from(u32::try_from(ms).unwrap()) / 1000.0, seconds(length));
        assert!((ours - theirs).abs() < 0.045, "{name}: {kind} lasts {theirs}, ours {ours}");
    }
}

#[test]
fn native_iso_facts_are_those_of_ffprobe() {
    let clips = Clips::new();
    let (small, wide) = (source("96x160", "30"), source("160x96", "30000/1001"));
    let sound = "-f lavfi -i sine=d=1 -c:a aac";
    let table = [
        ("plain.mp4", format!("{small} {X264}")),
        ("sound.mp4", format!("{small} {sound} {X264}")),
        ("b-frames.mp4", format!("{small} {sound} -c:v libx264 -pix_fmt yuv420p -bf 3")),
        ("ntsc.mov", format!("{wide} {X264}")),
        ("422.mp4", format!("{small} -c:v libx264 -preset ultrafast -pix_fmt yuv422p")),
        ("444.mp4", format!("{small} -c:v libx264 -preset ultrafast -pix_fmt yuv444p")),
        ("full-range.mp4", format!("{small} -c:v libx264 -preset ultrafast -pix_fmt yuvj420p")),
        ("ten-bits.mp4", format!("{small} -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le")),
        ("odd.mp4", format!("{} -c:v libx264 -pix_fmt yuv444p", source("97x161", "25"))),
        ("wide-pixels.mp4", format!("{small} -vf setsar=4/3 {X264}")),
        ("interlaced.mp4", format!("{small} {X264} -x264-params interlaced=1")),
        ("coloured.mp4", format!("{small} {X264} -color_primaries bt709 -colorspace bt709")),
        ("no-edits.mp4", format!("{small} {X264} -use_editlist 0")),
        ("gop.mp4", format!("{small} {X264} -g 7 -movflags +faststart")),
        ("one-frame.mp4", format!("{small} {X264} -frames:v 1")),
        ("stereo.m4a", "-f lavfi -i sine=d=1 -ac 2 -ar 48000 -c:a aac".to_owned()),
        ("late-picture.mp4", format!("-itsoffset 0.3 {small} {sound} {X264}")),
        ("late.mp4", format!("{small} -itsoffset 0.3 {sound} {X264}")),
        (
            "uneven.mp4",
            format!("{small} -vf setpts=N*N/30/TB/10 -fps_mode vfr -enc_time_base -1 {X264}"),
        ),
    ];
    for (name, args) in table {
        agrees(&clips.make(name, &args), true);
    }
}

#[test]
fn turns_and_cuts_are_seen_natively() {
    let clips = Clips::new();
    clips.make("long.mp4", &format!("{} {X264} -g 10", source("96x160", "30")));
    for turn in [90, 180, 270] {
        // ffmpeg writes the matrix from this tag.
        let name = format!("turned-{turn}.mp4");
        let path = clips.make(&name, &format!("-i @long.mp4 -c copy -metadata:s:v rotate={turn}"));
        agrees(&path, true);
        let video = probe::probe(&path).unwrap().video.unwrap();
        assert_ne!(video.rotation, 0, "{name}");
    }
    // A copy that starts between key frames keeps the frames before and hides them by an edit.
    let cut = clips.make("cut.mp4", "-ss 0.5 -i @long.mp4 -c copy");
    agrees(&cut, true);
    let iso = probe::inspect(&cut).unwrap().iso.unwrap();
    assert!(iso.edit_list);
    assert_eq!(iso.longest_gop, Some(10));
}

#[test]
fn what_the_native_reader_does_not_know_is_asked() {
    let clips = Clips::new();
    let small = source("96x160", "30");
    let table = [
        ("fragments.mp4", format!("{small} {X264} -movflags frag_keyframe+empty_moov")),
        ("hevc.mp4", format!("{small} -c:v libx265 -preset ultrafast -x265-params log-level=0")),
        ("mpeg4.mp4", format!("{small} -c:v mpeg4")),
        ("alpha.mov", format!("{small} -c:v qtrle -pix_fmt argb")),
        ("slow-sound.m4a", "-f lavfi -i sine=d=1:r=22050 -c:a aac".to_owned()),
        ("mp3.mp4", "-f lavfi -i sine=d=1 -c:a libmp3lame".to_owned()),
        ("matroska.mkv", format!("{small} {X264}")),
        ("vp9.webm", format!("{small} -c:v libvpx-vp9 -cpu-used 8 -deadline realtime")),
        ("old.avi", format!("{small} -c:v mpeg4")),
        ("stream.mpg", format!("{} -c:v mpeg2video -f vob", source("96x160", "25"))),
        ("sound.wav", "-f lavfi -i sine=d=1".to_owned()),
        ("sound.mp3", "-f lavfi -i sine=d=1".to_owned()),
        ("sound.ogg", "-f lavfi -i sine=d=1 -c:a libvorbis".to_owned()),
        ("sound.flac", "-f lavfi -i sine=d=1".to_owned()),
    ];
    for (name, args) in table {
        agrees(&clips.make(name, &args), false);
    }
    let alpha = probe::probe(&clips.path("alpha.mov")).unwrap().video.unwrap();
    assert!(alpha.alpha, "{alpha:?}");
}

#[test]
fn pictures_are_read_natively() {
    let clips = Clips::new();
    let one = "-f lavfi -i testsrc2=d=1:s=96x64:r=10";
    let table = [
        ("rgb.png", format!("{one} -frames:v 1 -pix_fmt rgb24")),
        ("rgba.png", format!("{one} -frames:v 1 -pix_fmt rgba")),
        ("grey.png", format!("{one} -frames:v 1 -pix_fmt gray")),
        ("deep.png", format!("{one} -frames:v 1 -pix_fmt rgb48be")),
        ("palette.png", format!("{one} -frames:v 1 -pix_fmt pal8")),
        ("420.jpg", format!("{one} -frames:v 1 -pix_fmt yuvj420p")),
        ("444.jpg", format!("{one} -frames:v 1 -pix_fmt yuvj444p")),
        ("lossy.webp", format!("{one} -frames:v 1 -c:v libwebp -pix_fmt yuv420p")),
        ("lossless.webp", format!("{one} -frames:v 1 -c:v libwebp -lossless 1 -pix_fmt bgra")),
        ("moving.gif", one.to_owned()),
        ("still.gif", format!("{one} -frames:v 1")),
    ];
    for (name, args) in table {
        agrees(&clips.make(name, &args), true);
    }
    let gif = probe::probe(&clips.path("moving.gif")).unwrap();
    assert_eq!((gif.duration_ms, gif.video.unwrap().frames), (1000, 10));
    assert!(probe::probe(&clips.path("still.gif")).unwrap().video.unwrap().is_still());
}

#[test]
fn uneven_films_are_told_from_even_ones() {
    let clips = Clips::new();
    let small = source("96x160", "30");
    let uneven = "-vf select='not(eq(mod(n\\,5)\\,2))' -fps_mode vfr";
    for (name, args, constant) in [
        ("even.mp4", X264.to_owned(), true),
        ("even.mkv", X264.to_owned(), true),
        ("uneven.mp4", format!("{uneven} {X264}"), false),
        ("uneven.mkv", format!("{uneven} {X264}"), false),
    ] {
        let path = clips.make(name, &format!("{small} {args}"));
        let video = probe::probe(&path).unwrap().video.unwrap();
        assert_eq!(video.constant_rate, constant, "{name}: {video:?}");
    }
}
