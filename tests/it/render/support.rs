//! Tiny media, documents about them, and a way to run ffmpeg.

use memebuild::contract::asset::{AssetId, AssetKind, KeyCalibration, VideoFacts};
use memebuild::contract::caption::*;
use memebuild::contract::geometry::{Rect, Size};
use memebuild::contract::profile::*;
use memebuild::contract::render_input::*;
use memebuild::contract::units::Rational;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const CANVAS: Size = Size { width: 96, height: 160 };

/// Runs ffmpeg and returns its standard output; panics with what it said if it failed.
pub fn ffmpeg(args: &[String]) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-loglevel", "error"])
        .args(args)
        .output()
        .expect("ffmpeg starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ffmpeg {}\n{said}", args.join(" "));
    assert!(said.is_empty(), "ffmpeg {}\n{said}", args.join(" "));
    output.stdout
}

/// The same, from words.
pub fn ffmpeg_words(words: &str, path: &Path) {
    let mut args: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    args.push("-y".to_owned());
    args.push(path.display().to_string());
    ffmpeg(&args);
}

/// Puts paths where a command has `{in:NAME}` and `{out:NAME}`.
pub fn substitute(args: &[String], paths: &BTreeMap<String, PathBuf>) -> Vec<String> {
    args.iter()
        .map(|arg| {
            let mut arg = arg.clone();
            for (name, path) in paths {
                let path = path.display().to_string();
                arg = arg.replace(&format!("{{in:{name}}}"), &path);
                arg = arg.replace(&format!("{{out:{name}}}"), &path);
            }
            arg
        })
        .collect()
}

/// A film whose n-th frame has luma `20 + 3n` on its right half and a green screen on its left. At most 70
/// frames.
pub fn counted_film(path: &Path, size: Size, rate: Rational, frames: u32, gop: u32) {
    let half = |right: &str, left: u32| format!("if(gte(X\\,W/2)\\,{right}\\,{left})");
    let (y, u, v) = (half("20+3*N", 145), half("128", 54), half("128", 34));
    let words = format!(
        "-f lavfi -i nullsrc=s={}x{}:r={rate},format=yuv420p,geq=lum={y}:cb={u}:cr={v} \
         -frames:v {frames} -c:v libx264 -qp 0 -preset veryfast -bf 2 -g {gop} -f mp4",
        size.width, size.height
    );
    ffmpeg_words(&words, path);
}

/// A caption's picture: a white box in a transparent margin of two pixels.
pub fn caption_picture(path: &Path, size: Size) {
    let inside = |at: u32, edge: u32| (2..edge - 2).contains(&at);
    let white = image::Rgba([255; 4]);
    let picture = image::RgbaImage::from_fn(size.width, size.height, |x, y| {
        if inside(x, size.width) && inside(y, size.height) { white } else { image::Rgba([0; 4]) }
    });
    picture.save(path).expect("a picture is written");
}

pub fn video(size: Size, rate: Rational, frames: u32) -> VideoFacts {
    VideoFacts {
        codec: "h264".to_owned(),
        width: size.width,
        height: size.height,
        rotation: 0,
        sample_aspect_ratio: Rational::ONE,
        frame_rate: rate,
        constant_rate: true,
        frames,
        start_us: 0,
        duration_ms: if rate.num == 0 { 0 } else { rate.ms_of(frames) },
        pixel_format: "yuv420p".to_owned(),
        bt601: false,
        alpha: false,
        longest_gop: Some(30),
    }
}

pub fn profile(container: Container) -> OutputProfile {
    OutputProfile {
        name: "tiny".to_owned(),
        container,
        canvas: CANVAS,
        frame_rate: Rational::new(30, 1),
        crf: 23,
        preset: Preset::Ultrafast,
        segment_frames: 15,
        audio: AudioPolicy::Required,
        audio_bitrate: 128_000,
        loudness: LoudnessTarget { integrated_clufs: -1400, true_peak_cdbtp: -100 },
        safe_area: Rect { x: 0, y: 0, width: CANVAS.width, height: CANVAS.height },
        min_duration_ms: 0,
        max_duration_ms: 60_000,
        max_bytes: 1 << 30,
    }
}

pub fn asset(kind: AssetKind, id: &str) -> AssetRef {
    let id = AssetId::try_from(id.to_owned()).expect("an id");
    AssetRef { kind, id, stream: "0".repeat(64) }
}

pub fn keying() -> Keying {
    Keying {
        engine: KeyEngine::Chromakey,
        calibration: KeyCalibration {
            u: 54,
            v: 34,
            y: 145,
            spread_milli: 500,
            similarity_milli: 100,
            blend_milli: 80,
            plate: None,
        },
        feather_decipx: 0,
        choke_decipx: 0,
        despill_milli: 0,
    }
}

pub fn green(size: Size, rate: Rational, frames: u32) -> GreenScreen {
    GreenScreen {
        asset: asset(AssetKind::GreenScreen, "counted"),
        video: video(size, rate, frames),
        reach_ms: 60_000,
        place: Rect { x: 0, y: 0, width: CANVAS.width, height: CANVAS.height },
        flip: false,
        speed_milli: 1000,
        repeat: Repeat::Loop,
        start_ms: 0,
        key: keying(),
    }
}

pub fn background(rate: Rational, frames: u32) -> Background {
    Background {
        asset: asset(AssetKind::Background, "city"),
        video: video(CANVAS, rate, frames),
        fit: Fit::Cover,
        repeat: Repeat::Loop,
        start_ms: 0,
        reach_ms: 60_000,
    }
}

pub fn caption(text: &str, area: Rect, frames: std::ops::Range<u32>) -> CaptionLayer {
    let black = Rgba(0, 0, 0, 255);
    CaptionLayer {
        spec: CaptionSpec {
            text: text.to_owned(),
            engine: CaptionEngine::Typeset,
            style: CaptionStyle {
                families: vec!["Anton".to_owned()],
                weight: 400,
                size_max: 20,
                size_min: 8,
                line_height_milli: 1100,
                color: Rgba(255, 255, 255, 255),
                uppercase: true,
                outline: Some(Outline { width: 2, color: black }),
                shadow: None,
                plate: None,
                align: Align::Center,
                vertical_align: VerticalAlign::Middle,
                max_lines: 2,
            },
            canvas: CANVAS,
            area,
        },
        from_frame: frames.start,
        to_frame: frames.end,
    }
}

pub fn film(container: Container, frames: u32) -> RenderInput {
    RenderInput {
        profile: profile(container),
        frames,
        background: None,
        green_screen: None,
        captions: Vec::new(),
        watermark: None,
        audio: AudioMix { clip: None, music: None, effects: Vec::new(), duck: None },
    }
}

/// A counted film with a tone that grows and fades.
pub fn counted_clip(path: &Path, size: Size, rate: Rational, frames: u32) {
    let silent = path.with_extension("silent.mp4");
    counted_film(&silent, size, rate, frames, 25);
    let words = format!(
        "-i {} -f lavfi -i sine=f=300:b=4:r=44100,volume=-12dB -map 0:v -map 1:a -c:v copy -c:a aac \
         -shortest -f mp4",
        silent.display()
    );
    ffmpeg_words(&words, path);
}

/// A film in which everything moves.
pub fn film_of_noise(path: &Path, size: Size, fps: u32, frames: u32) {
    let words = format!(
        "-f lavfi -i testsrc2=s={}x{}:r={fps} -frames:v {frames} -c:v libx264 -crf 12 \
         -preset veryfast -pix_fmt yuv420p -f mp4",
        size.width, size.height
    );
    ffmpeg_words(&words, path);
}

pub fn photo(path: &Path, size: Size) {
    let shade = |at: u32, side: u32| u8::try_from(at * 255 / side).unwrap();
    image::RgbImage::from_fn(size.width, size.height, |x, y| {
        image::Rgb([shade(x, size.width), shade(y, size.height), 90])
    })
    .save(path)
    .unwrap();
}

pub fn logo(path: &Path) {
    image::RgbaImage::from_fn(40, 20, |x, y| {
        let inside = (x as i32 - 20).pow(2) + 4 * (y as i32 - 10).pow(2) < 380;
        image::Rgba([255, 160, 0, if inside { 255 } else { 0 }])
    })
    .save(path)
    .unwrap();
}

/// Chords with a beat.
pub fn song(path: &Path, rate: u32, seconds: u32) {
    let words = format!(
        "-f lavfi -i aevalsrc=0.3*sin(440*t*2*PI)*(0.2+mod(-t*2\\,1))+0.2*sin(220*t*2*PI):s={rate}:d={seconds} \
         -c:a libmp3lame -b:a 128k -f mp3"
    );
    ffmpeg_words(&words, path);
}

/// A short sound that falls in pitch.
pub fn sound(path: &Path, rate: u32) {
    let words = format!(
        "-f lavfi -i aevalsrc=0.8*sin(900*exp(-t*3)*2*PI)*exp(-t*6):s={rate}:d=0.4 -c:a pcm_s16le -f wav"
    );
    ffmpeg_words(&words, path);
}
