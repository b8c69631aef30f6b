//! Tiny media that stand in for assets, by ffmpeg's own generators, with MOCK written on what can be
//! seen: whoever looks at a render that came of them knows. The same bytes for the same recipe on
//! each machine with the same ffmpeg.

use super::ffmpeg::{Job, Program, file_url};
use crate::contract::asset::AssetKind;
use crate::contract::mock::Recipe;
use crate::contract::sample::Numbers;
use crate::diagnostic::Diagnostic;
use image::{Rgba, RgbaImage};
use std::ffi::OsString;
use std::path::Path;

/// Size of a clip, and of a picture.
const CLIP: (u32, u32) = (360, 640);
const PICTURE: (u32, u32) = (720, 1280);

/// The letters of the mark, five columns and seven rows each; a bit is a dot, the left one first.
const LETTERS: [[u8; 7]; 4] = [
    [0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001],
    [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
    [0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110],
    [0b10001, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010, 0b10001],
];

/// Dots of the mark from left to right.
const DOTS: u32 = 4 * 6 - 1;

/// Makes the stand-in at `dest`, whose ending is the recipe's. `scratch` is a folder of its own.
pub fn make(recipe: &Recipe, scratch: &Path, dest: &Path) -> Result<(), Diagnostic> {
    let mut numbers = Numbers::new(recipe.seed);
    match recipe.kind {
        AssetKind::GreenScreen => clip(recipe, &mut numbers, scratch, dest),
        AssetKind::Background => picture(&mut numbers, scratch, dest),
        AssetKind::Music => music(recipe, &mut numbers, dest),
        AssetKind::SoundEffect => effect(recipe, &mut numbers, dest),
    }
}

/// A figure that bears the mark and sways before a green screen.
fn clip(
    recipe: &Recipe,
    numbers: &mut Numbers,
    scratch: &Path,
    dest: &Path,
) -> Result<(), Diagnostic> {
    let sprite = scratch.join("figure.png");
    save(&figure(numbers), &sprite)?;
    let (tempo, sway) = (600 + numbers.up_to(900), 20 + numbers.up_to(40));
    let (width, height) = CLIP;
    let seconds = seconds(recipe.length_ms);
    let screen = format!("color=0x00b140:s={width}x{height}:r=30:d={seconds}");
    let moves = format!(
        "[1:v]format=rgba[s];[0:v][s]overlay=x='(W-w)/2+{sway}*sin(2*PI*t*{tempo}/1000)':\
         y='H-h-20-30*abs(sin(PI*t*{tempo}/1000))':format=yuv444,noise=alls=3:all_seed={}:allf=t",
        numbers.up_to(9999)
    );
    let inputs =
        ["-f", "lavfi", "-i", &screen, "-loop", "1", "-framerate", "30", "-f", "image2", "-i"];
    let mut args: Vec<OsString> = inputs.map(OsString::from).into();
    args.push(sprite.into());
    let encode = [
        "-filter_complex",
        &moves,
        "-t",
        &seconds,
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "20",
        "-x264-params",
        "cpu-independent=1",
        "-pix_fmt",
        "yuv420p",
        "-g",
        "30",
    ];
    args.extend(encode.map(OsString::from));
    run(args, dest)
}

/// Colours that flow into each other, with the mark all over them.
fn picture(numbers: &mut Numbers, scratch: &Path, dest: &Path) -> Result<(), Diagnostic> {
    let marks = scratch.join("marks.png");
    save(&pattern(), &marks)?;
    let (width, height) = PICTURE;
    // Its own seed decides neither colours nor places; they are all said. None is green, which would
    // look like what is left of a screen.
    let color = |numbers: &mut Numbers| {
        let (red, blue) = (0x40 + numbers.up_to(0x90), 0x40 + numbers.up_to(0x90));
        format!("0x{red:02x}{:02x}{blue:02x}", numbers.up_to(red.min(blue) * 3 / 4))
    };
    let ends: Vec<String> = (0..4).map(|at| format!("c{at}={}", color(numbers))).collect();
    let ends = ends.join(":");
    let (right, lower) = (numbers.up_to(u64::from(width)), numbers.up_to(u64::from(height)));
    let colors = format!(
        "gradients=s={width}x{height}:nb_colors=4:seed=1:d=1:r=1:x0=0:y0=0:x1={right}:y1={lower}:{ends}"
    );
    let mut args: Vec<OsString> = ["-f", "lavfi", "-i", &colors, "-i"].map(OsString::from).into();
    args.push(marks.into());
    let encode = ["-filter_complex", "[0:v][1:v]overlay", "-frames:v", "1", "-q:v", "3"];
    args.extend(encode.map(OsString::from));
    run(args, dest)
}

/// Four chords and a beat, in a key and at a pace of its own: eight seconds, again and again.
fn music(recipe: &Recipe, numbers: &mut Numbers, dest: &Path) -> Result<(), Diagnostic> {
    let root = 165 + numbers.up_to(110);
    let beat = 400 + numbers.up_to(300);
    let tune = format!(
        "aevalsrc='0.16*(sin(2*PI*t*{root}*pow(2\\,floor(mod(t\\,8)/2)*5/12-gt(mod(t\\,8)\\,5.9)))\
         +sin(2*PI*t*{root}*1.26)*lt(mod(t\\,4)\\,2)+sin(2*PI*t*{root}*1.5))\
         *(0.6+0.4*exp(-8*mod(t\\,{beat}/1000)))\
         +0.3*sin(2*PI*55*t)*exp(-18*mod(t\\,{beat}/1000))':s=44100:d=8,\
         aloop=loop=-1:size={},atrim=end={}",
        8 * 44100,
        seconds(recipe.length_ms)
    );
    let args = ["-f", "lavfi", "-i", &tune, "-c:a", "aac", "-b:a", "48k"];
    run(args.map(OsString::from).into(), dest)
}

/// A blip that falls.
fn effect(recipe: &Recipe, numbers: &mut Numbers, dest: &Path) -> Result<(), Diagnostic> {
    let (pitch, fall) = (600 + numbers.up_to(900), 300 + numbers.up_to(300));
    let blip = format!(
        "aevalsrc='0.6*sin(2*PI*({pitch}*t-{fall}*t*t))*exp(-6*t)':s=44100:d={}",
        seconds(recipe.length_ms)
    );
    run(["-f", "lavfi", "-i", &blip].map(OsString::from).into(), dest)
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// A rounded body of one colour, with eyes, and the mark on its chest.
fn figure(numbers: &mut Numbers) -> RgbaImage {
    let colors = [[214, 72, 60], [232, 160, 40], [70, 90, 200], [150, 80, 190], [200, 90, 140]];
    let [r, g, b] = colors[numbers.below(colors.len())];
    let (width, height) = (200 + numbers.up_to(40) as u32, 300 + numbers.up_to(80) as u32);
    let inside = |x: u32, y: u32| {
        let (half, top) = (f64::from(width) / 2.0, f64::from(width) / 2.0);
        let (dx, dy) = (f64::from(x) - half + 0.5, f64::from(y) - top);
        // A dome, and what stands under it.
        dy >= 0.0 || dx * dx + dy * dy <= half * half
    };
    let mut image = RgbaImage::from_fn(width, height, |x, y| {
        let shade = |of: u32| (of * (255 - y * 70 / height) / 255) as u8;
        let alpha = if inside(x, y) { 255 } else { 0 };
        Rgba([shade(r), shade(g), shade(b), alpha])
    });
    for side in [width / 3, width - width / 3] {
        disc(&mut image, side, width / 2 - 10, 18, [255, 255, 255, 255]);
        disc(&mut image, side + 4, width / 2 - 8, 8, [20, 20, 20, 255]);
    }
    let dot = (width - 24) / DOTS;
    write(&mut image, (width - dot * DOTS) / 2, height - 11 * dot - 20, dot, [255, 255, 255, 255]);
    image
}

/// The mark again and again on nothing.
fn pattern() -> RgbaImage {
    let (width, height) = PICTURE;
    let mut image = RgbaImage::new(width, height);
    for row in 0..8u32 {
        let shift = if row % 2 == 0 { 40 } else { 280 };
        for column in 0..2u32 {
            write(&mut image, shift + column * 400, 50 + row * 156, 7, [255, 255, 255, 120]);
        }
    }
    image
}

/// Writes the mark, each dot a square of `dot` pixels. What hangs over the edge is cut.
fn write(image: &mut RgbaImage, left: u32, top: u32, dot: u32, color: [u8; 4]) {
    for (at, letter) in LETTERS.iter().enumerate() {
        for (row, bits) in letter.iter().enumerate() {
            for column in (0..5).filter(|column| bits & (0b10000 >> column) != 0) {
                let (x, y) = (left + (at as u32 * 6 + column) * dot, top + row as u32 * dot);
                for (x, y) in (0..dot).flat_map(|dx| (0..dot).map(move |dy| (x + dx, y + dy))) {
                    if x < image.width() && y < image.height() {
                        image.put_pixel(x, y, Rgba(color));
                    }
                }
            }
        }
    }
}

fn disc(image: &mut RgbaImage, x: u32, y: u32, radius: u32, color: [u8; 4]) {
    for (px, py) in
        (x - radius..=x + radius).flat_map(|px| (y - radius..=y + radius).map(move |py| (px, py)))
    {
        let inside = px.abs_diff(x).pow(2) + py.abs_diff(y).pow(2) <= radius.pow(2);
        if inside && px < image.width() && py < image.height() {
            image.put_pixel(px, py, Rgba(color));
        }
    }
}

fn save(image: &RgbaImage, path: &Path) -> Result<(), Diagnostic> {
    image.save(path).map_err(|error| {
        Diagnostic::error("io", format!("cannot write `{}`: {error}", path.display()))
    })
}

/// Runs ffmpeg on one core, so that the bytes do not depend on how many there are.
fn run(args: Vec<OsString>, dest: &Path) -> Result<(), Diagnostic> {
    const HEAD: [&str; 7] =
        ["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-filter_complex_threads", "1"];
    const TAIL: [&str; 8] =
        ["-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"];
    let mut all: Vec<OsString> = HEAD.map(OsString::from).into();
    all.extend(args);
    all.extend(TAIL.map(OsString::from));
    all.push(file_url(dest.as_os_str()));
    Job::new(Program::Ffmpeg).args(all).output(1 << 16).map(drop).map_err(|failure| {
        failure.diagnose("mock", format!("cannot make the stand-in `{}`", dest.display()))
    })
}
