//! Pictures in the terminal: a pseudo-terminal that announces or answers, and the bytes that come.

use crate::project::Project;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use icy_sixel::SixelImage;
use image::{Rgba, RgbaImage};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const MEMEFILE: &str = r#"
memefile = 1

[source.walls]
asset = "background"
files = "walls/*.png"

[source.tunes]
asset = "music"
files = "tunes/*.wav"
"#;

/// What asks a terminal what it is; the last of our questions.
const ASKS: &[u8] = b"\x1b[c";

/// Two pictures, one high and one wide, and a tune; ingested.
fn project() -> Project {
    let project = Project::new(MEMEFILE);
    let root = project.root();
    std::fs::create_dir_all(root.join("walls")).expect("a folder");
    std::fs::create_dir_all(root.join("tunes")).expect("a folder");
    let red = RgbaImage::from_pixel(90, 160, Rgba([220, 30, 20, 255]));
    red.save(root.join("walls/a-red-and-high-one-with-a-long-name.png")).expect("a picture");
    let blue = RgbaImage::from_pixel(160, 90, Rgba([20, 40, 200, 255]));
    blue.save(root.join("walls/blue.png")).expect("a picture");
    // Half a second of a loud buzz: a header of 44 bytes and samples.
    let samples = 24_000u32;
    let mut wave = b"RIFF".to_vec();
    wave.extend((36 + 2 * samples).to_le_bytes());
    wave.extend(b"WAVEfmt ");
    for (number, size) in [(16u32, 4), (1, 2), (1, 2), (48_000, 4), (96_000, 4), (2, 2), (16, 2)] {
        wave.extend(&number.to_le_bytes()[..size]);
    }
    wave.extend(b"data");
    wave.extend((2 * samples).to_le_bytes());
    for at in 0..samples {
        let sample: i16 = if at % 100 < 50 { 20_000 } else { -20_000 };
        wave.extend(sample.to_le_bytes());
    }
    std::fs::write(root.join("tunes/calm.wav"), wave).expect("a tune");
    let output = project.run(&["build", "manifest:manifest"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    project
}

/// Runs it in a terminal of 60 columns, whose characters have 8 by 16 pixels, and gives back what
/// came. The terminal answers with `answer`, once it is asked.
fn shown(root: &Path, args: &[&str], env: &[(&str, &str)], answer: &[u8]) -> Vec<u8> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("its other end");
    let name = ptsname(&master, Vec::new()).expect("its name").into_string().expect("a path");
    let size = Winsize { ws_col: 60, ws_row: 24, ws_xpixel: 480, ws_ypixel: 384 };
    tcsetwinsize(&master, size).expect("its size");
    let slave = File::options().read(true).write(true).open(&name).expect("its other end");
    let end = || Stdio::from(slave.try_clone().expect("an end"));
    let mut child = Command::new("setsid")
        .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_memebuild"), "search"])
        .args(args)
        .current_dir(root)
        .env_remove("TERM_PROGRAM")
        .env_remove("KITTY_WINDOW_ID")
        .env_remove("LC_TERMINAL")
        .env_remove("TMUX")
        .env("TERM", "xterm-256color")
        .envs(env.iter().copied())
        .stdin(end())
        .stdout(end())
        .stderr(end())
        .spawn()
        .expect("util-linux has setsid");
    let mut master = File::from(master);
    let (mut came, mut answered) = (Vec::new(), false);
    std::thread::scope(|scope| {
        let waited = scope.spawn(|| {
            let status = child.wait().expect("it ran");
            assert!(status.success(), "{status}");
            // As it was before: typing is shown again.
            let modes = tcgetattr(&slave).expect("a terminal").local_modes;
            assert!(modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG));
            drop(slave);
        });
        let mut buffer = [0; 65536];
        // With the last of its other ends closed, reading fails.
        while let Ok(count @ 1..) = master.read(&mut buffer) {
            came.extend_from_slice(&buffer[..count]);
            if !answered && came.windows(ASKS.len()).any(|bytes| bytes == ASKS) {
                master.write_all(answer).expect("an answer");
                answered = true;
            }
        }
        waited.join().expect("it ended well");
    });
    came
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

/// What stands between two marks, each time, and what is left without them.
fn between(text: &str, from: &str, to: &str) -> (Vec<String>, String) {
    let (mut found, mut left, mut rest) = (Vec::new(), String::new(), text);
    while let Some((before, behind)) = rest.split_once(from) {
        let (inner, behind) = behind.split_once(to).expect("an end");
        left.push_str(before);
        found.push(inner.to_owned());
        rest = behind;
    }
    left.push_str(rest);
    (found, left)
}

/// The strip has the red one, high, in the middle of its place, the blue one, wide, and the shape of the
/// sound.
fn holds_all(strip: &RgbaImage, height: u32) {
    // Places of 18 columns with two between them.
    assert_eq!(strip.dimensions(), (58 * 8, height));
    let near = |x: u32, y: u32, expected: [u8; 3]| {
        let pixel = strip.get_pixel(x, y).0;
        let far = pixel.iter().zip(expected).any(|(a, b)| a.abs_diff(b) > 12);
        assert!(!far && pixel[3] == 255, "{pixel:?} at {x}, {y}");
    };
    near(72, 56, [220, 30, 20]);
    near(72, 3, [220, 30, 20]);
    near(160 + 72, 56, [20, 40, 200]);
    near(160 + 3, 56, [20, 40, 200]);
    near(320 + 72, height / 2, [0x3f, 0xb8, 0xaf]);
    assert_eq!(strip.get_pixel(320 + 72, 2).0[3], 0, "it is not that loud");
    for (x, y) in [(10, 56), (134, 56), (160 + 72, 4), (160 + 72, height - 4), (152, 56)] {
        assert_eq!(strip.get_pixel(x, y).0[3], 0, "nothing at {x}, {y}");
    }
}

/// What people read once the pictures are away: names below, then the table.
fn reads(left: &str) {
    let names = "a-red-and-high-on…  blue                calm\n\nASSET";
    assert!(left.contains(names), "{left:?}");
    assert!(left.contains("3 found"), "{left}");
    assert!(!left.contains('\x1b'), "{left:?}");
}

const QUERY: [&str; 2] = ["--by-id", "--limit=5"];

#[test]
fn kitty_shows_what_was_found() {
    let project = project();
    let came = text(&shown(project.root(), &QUERY, &[("TERM", "xterm-kitty")], b""));
    let (told, left) = between(&came, "\x1b_G", "\x1b\\");
    assert!(told[0].starts_with("a=T,f=100,q=2,c=58,r=7,m="), "{}", &told[0][..40]);
    let data: String = told.iter().map(|part| part.split_once(';').expect("data").1).collect();
    let png = STANDARD.decode(data).expect("base64");
    holds_all(&image::load_from_memory(&png).expect("a picture").to_rgba8(), 7 * 16);
    reads(&left);
}

#[test]
fn iterm_shows_what_was_found() {
    let project = project();
    let env = [("TERM_PROGRAM", "iTerm.app")];
    let came = text(&shown(project.root(), &QUERY, &env, b""));
    let (told, left) = between(&came, "\x1b]1337;File=", "\x07");
    let (about, data) = told[0].split_once(':').expect("data");
    let png = STANDARD.decode(data).expect("base64");
    let expected = format!("inline=1;size={};width=58;height=7;preserveAspectRatio=0", png.len());
    assert_eq!(about, expected);
    holds_all(&image::load_from_memory(&png).expect("a picture").to_rgba8(), 7 * 16);
    reads(&left);
}

#[test]
fn a_terminal_that_announces_nothing_is_asked() {
    let project = project();
    let question = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c";
    // One that shows sixels, and says how large its characters are: other than its window says.
    let came = text(&shown(project.root(), &QUERY, &[], b"\x1b[6;16;8t\x1b[?64;1;4;22c"));
    let (_, came) =
        came.split_once(question).map(|(a, b)| (a.to_owned(), b.to_owned())).expect("asked");
    let (told, left) = between(&came, "\x1bP", "\x1b\\");
    let sixel = SixelImage::decode(format!("\x1bP{}\x1b\\", told[0]).as_bytes()).expect("sixels");
    let (width, height) = (sixel.width as u32, sixel.height as u32);
    let strip = RgbaImage::from_raw(width, height, sixel.pixels).expect("pixels");
    // Sixels are six pixels high.
    holds_all(&strip, 108);
    reads(&left);

    // One that knows kitty's pictures.
    let answer = b"\x1b_Gi=31;OK\x1b\\\x1b[6;16;8t\x1b[?62c";
    let came = text(&shown(project.root(), &QUERY, &[], answer));
    assert!(came.contains("\x1b_Ga=T"), "{came:?}");

    // One that shows none, and one that says nothing at all.
    for answer in [&b"\x1b[?1;2c"[..], b""] {
        let came = text(&shown(project.root(), &QUERY, &[], answer));
        let (_, left) = came.split_once(question).expect("asked");
        assert!(left.starts_with("ASSET") && !left.contains('\x1b'), "{left:?}");
    }
}

#[test]
fn pictures_are_left_out_on_request_and_where_nobody_sees_them() {
    let project = project();
    let env = [("TERM", "xterm-kitty")];
    let plain = |args: &[&str]| {
        let came = text(&shown(project.root(), args, &env, b""));
        assert!(!came.contains('\x1b'), "{args:?}: {came:?}");
    };
    plain(&["--by-id", "--no-thumbnails"]);
    plain(&["--by-id", "--format=json"]);
    // Into a pipe.
    let mut command = project.command(&["search", "--by-id"]);
    let output = command.env("TERM", "xterm-kitty").output().expect("it ran");
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"ASSET") && !output.stdout.contains(&0x1b));
}

#[test]
fn what_lies_in_the_manifest_reaches_no_terminal_as_it_is() {
    let project = project();
    let path = project.root().join("artefacts/seed-assets/manifest.json");
    let manifest = std::fs::read_to_string(&path).expect("a manifest");
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    let assets = manifest["assets"].as_array_mut().expect("assets");
    // Tags that would name the window and clear it, and a file that is a link to elsewhere.
    assets[0]["tags"] = serde_json::json!(["\u{1b}]0;owned\u{7}", "\u{9b}2J", "\u{1b}_Ga=T;"]);
    let id = assets[1]["id"].as_str().expect("an id").to_owned();
    let file = project.root().join(format!("artefacts/seed-assets/background/{id}/source.png"));
    let secret = project.root().join("secret.png");
    std::fs::rename(&file, &secret).expect("moved");
    std::os::unix::fs::symlink("../../../../secret.png", &file).expect("a link");
    std::fs::write(&path, manifest.to_string()).expect("a manifest");
    let came = text(&shown(project.root(), &QUERY, &[("TERM", "xterm-kitty")], b""));
    let (told, left) = between(&came, "\x1b_G", "\x1b\\");
    assert!(!left.chars().any(|c| c.is_control() && c != '\n'), "{left:?}");
    assert!(told[0].starts_with("a=T,f=100,q=2,c=38,r=7,"), "two of the three are shown");
    assert!(left.contains("3 found"), "{left}");
}
