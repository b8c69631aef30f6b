//! The key against the truth: clips made from pictures with a known alpha, cut by our tables and
//! by ffmpeg's `chromakey`, both over the same background.

mod clips;
mod score;
mod sprites;

use clips::{Clip, FRAMES, Profile, SIZE};
use memebuild::contract::geometry::{Rect, Size};
use memebuild::contract::key::{KeyCalibration, ScreenPlate};
use memebuild::contract::render_input::{KeyEngine, Keying};
use memebuild::media::filter::{Filter, FilterGraph, Pad};
use memebuild::media::key::{Planes, View, calibrate, keyed};
use score::{Edges, Score, mean};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::thread;

/// The reference, at the values that people use.
const CHROMAKEY: &str =
    "[0:v:0]chromakey=0x00b140:0.1:0.08[k];[1:v:0]loop=-1:1[b];[b][k]overlay[l0]";

const PROFILES: [Profile; 6] = [
    Profile::Clean,
    Profile::Noisy,
    Profile::Uneven,
    Profile::Spilled,
    Profile::OffHue,
    Profile::Compressed,
];

/// By 3 dB on the mean, on no profile below, and with less green on each, while nothing but the
/// clip itself says how to cut.
#[test]
fn nearer_to_the_truth_than_chromakey() {
    let running = PROFILES.map(|profile| thread::spawn(move || scores(profile)));
    let scores = running.map(|scores| scores.join().unwrap());
    let mut table = "               PSNR   green   chromakey: PSNR   green     gain\n".to_owned();
    let mut gains = Vec::new();
    for (profile, (ours, theirs)) in PROFILES.iter().zip(&scores) {
        let gain = ours.psnr - theirs.psnr;
        let name = format!("{profile:?}");
        table += &format!(
            "{name:10} {:6.2} dB {:7.2} {:17.2} dB {:7.2} {gain:5.2} dB\n",
            ours.psnr, ours.green, theirs.psnr, theirs.green
        );
        gains.push(gain);
    }
    let gain = gains.iter().sum::<f64>() / gains.len() as f64;
    table += &format!("{gain:.2} dB more on the mean");
    println!("{table}");
    for (profile, (ours, theirs)) in PROFILES.iter().zip(&scores) {
        assert!(ours.psnr > theirs.psnr, "{profile:?} is no nearer to the truth:\n{table}");
        assert!(ours.green < theirs.green, "{profile:?} leaves more green:\n{table}");
    }
    assert!(gain >= 3.0, "less than 3 dB on the mean:\n{table}");
}

/// Mean scores of our key and of chromakey over clips of three of the four kinds of sprite, a
/// different three by profile.
fn scores(profile: Profile) -> (Score, Score) {
    let folder = tempfile::tempdir().unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (kind, sprite) in sprites::all(170, profile as usize).iter().enumerate() {
        if kind == profile as usize % 4 {
            continue;
        }
        let clip = clips::clip(profile, sprite, kind);
        let graph = over_background(&keying(shoot(&clip, folder.path()))).to_string();
        let edges = Edges::of(&clip.truth, &clip.alpha);
        let judge = |graph| edges.score(&composite(folder.path(), graph, "1"));
        let (our, their) = (judge(&graph), judge(CHROMAKEY));
        ours.push(our);
        theirs.push(their);
    }
    (mean(&ours), mean(&theirs))
}

#[test]
fn only_uneven_light_needs_a_plate() {
    let folder = tempfile::tempdir().unwrap();
    let [disc, ..] = sprites::all(170, 1);
    let calibration = |profile| shoot(&clips::clip(profile, &disc, 1), folder.path());
    assert_eq!(calibration(Profile::Clean).plate, None);
    assert!(calibration(Profile::Uneven).plate.is_some());
    assert_eq!(calibration(Profile::Noisy).plate, None);
}

#[test]
fn the_same_frames_at_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let [_, hair, ..] = sprites::all(170, 0);
    let calibration = shoot(&clips::clip(Profile::Uneven, &hair, 0), folder.path());
    let keying = Keying { feather_decipx: 50, choke_decipx: 15, ..keying(calibration) };
    let graph = over_background(&keying).to_string();
    let alone = composite(folder.path(), &graph, "1");
    assert!(alone == composite(folder.path(), &graph, "4"));
}

#[test]
fn choke_and_feather_take_away_and_never_add() {
    let folder = tempfile::tempdir().unwrap();
    let [disc, ..] = sprites::all(170, 0);
    let calibration = shoot(&clips::clip(Profile::Clean, &disc, 0), folder.path());
    let plain = keying(calibration);
    let covered = |choke_decipx, feather_decipx| {
        let keying = Keying { choke_decipx, feather_decipx, ..plain.clone() };
        let mut graph = FilterGraph::default();
        keyed(&mut graph, Pad::Video(0), &View::whole(SIZE), &keying);
        let alpha = run(folder.path(), &format!("{graph}{}extractplanes=a", last(&graph)), "1");
        alpha.iter().filter(|byte| **byte > 8).count()
    };
    let none = covered(0, 0);
    let steps = [covered(5, 0), covered(20, 0), covered(45, 0)];
    assert!(none > steps[0] && steps.is_sorted_by(|a, b| a > b), "{none} {steps:?}");
    assert!(covered(0, 60) <= none);
}

#[test]
fn the_plate_follows_crop_and_mirror() {
    let folder = tempfile::tempdir().unwrap();
    let [disc, ..] = sprites::all(170, 1);
    let keying = keying(shoot(&clips::clip(Profile::Uneven, &disc, 2), folder.path()));
    assert!(keying.calibration.plate.is_some());
    let crop = Rect { x: 80, y: 50, width: 100, height: 240 };
    let size = Size { width: crop.width, height: crop.height };
    let turn = || vec![Filter::Crop(crop), Filter::Flip];
    let alpha = |graph: FilterGraph| {
        run(folder.path(), &format!("{graph}{}extractplanes=a", last(&graph)), "1")
    };
    let mut after = FilterGraph::default();
    let whole = keyed(&mut after, Pad::Video(0), &View::whole(SIZE), &keying);
    after.to(&[whole], turn());
    let after = alpha(after);
    let off = |view: View| {
        let mut before = FilterGraph::default();
        let turned = before.to(&[Pad::Video(0)], turn());
        keyed(&mut before, turned, &view, &keying);
        let before = alpha(before);
        assert_eq!(before.len(), after.len());
        before.iter().zip(&after).filter(|(a, b)| a.abs_diff(**b) > 12).count()
    };
    let follows = off(View { whole: SIZE, crop, flip: true, size });
    let stays = off(View::whole(size));
    assert!(follows * 400 < after.len() && follows * 5 < stays, "{follows}, {stays}");
}

#[test]
fn ffmpegs_own_keyer_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let [disc, ..] = sprites::all(170, 0);
    let clip = clips::clip(Profile::Clean, &disc, 0);
    let calibration = shoot(&clip, folder.path());
    let keying = Keying { engine: KeyEngine::Chromakey, ..keying(calibration) };
    let raw = composite(folder.path(), &over_background(&keying).to_string(), "1");
    let score = Edges::of(&clip.truth, &clip.alpha).score(&raw);
    assert!(score.psnr > 18.0, "{score:?}");
}

#[test]
fn grey_frames_show_no_screen() {
    let grey = clips::yuv420(&vec![[0.5; 3]; (SIZE.width * SIZE.height) as usize]);
    assert_eq!(calibrate(&[Planes::yuv420(&grey, SIZE).unwrap()]), None);
    assert_eq!(calibrate(&[]), None);
    assert!(Planes::yuv420(&grey[1..], SIZE).is_none());
}

/// Not a test: prints what `benches/keying` measures.
#[test]
#[ignore = "prints graphs for benches/keying"]
fn print_graphs() {
    let even = KeyCalibration {
        u: 105,
        v: 58,
        y: 110,
        spread_milli: 0,
        similarity_milli: 4,
        blend_milli: 196,
        plate: None,
    };
    let cells = 144;
    let plate = ScreenPlate {
        columns: 12,
        rows: 12,
        luma: (0..cells).map(|cell| 80 + cell / 3).collect(),
        chroma_milli: (0..cells).map(|cell| 50_000 + 200 * cell).collect(),
    };
    let uneven = KeyCalibration { plate: Some(plate), ..even.clone() };
    for (name, calibration) in [("tables", even), ("tables+plate", uneven)] {
        let mut graph = FilterGraph::default();
        let out = graph.link();
        let size = Size { width: 1080, height: 1920 };
        let subject = keyed(&mut graph, Pad::Video(0), &View::whole(size), &keying(calibration));
        graph.chain(&[subject], vec![Filter::SquarePixels], &[out]);
        println!("{name} {graph}");
    }
}

fn keying(calibration: KeyCalibration) -> Keying {
    Keying {
        engine: KeyEngine::Tables,
        calibration,
        feather_decipx: 0,
        choke_decipx: 0,
        despill_milli: 1000,
    }
}

/// Encodes the clip into the folder, with the background beside it, and calibrates on the result.
fn shoot(clip: &Clip, folder: &Path) -> KeyCalibration {
    static BACKGROUND: LazyLock<Vec<u8>> = LazyLock::new(|| clips::yuv420(&clips::background()));
    fs::write(folder.join("background.yuv"), &*BACKGROUND).unwrap();
    fs::write(folder.join("clip.yuv"), &clip.raw).unwrap();
    let crf = clip.crf.to_string();
    let mut encode = ffmpeg();
    encode.args(RAW).arg("-i").arg(folder.join("clip.yuv"));
    encode.args(["-c:v", "libx264", "-preset", "veryfast", "-crf", &crf, "-threads", "1", "-y"]);
    finish(encode.arg(folder.join("clip.mp4")));
    let mut decode = ffmpeg();
    decode.arg("-i").arg(folder.join("clip.mp4")).args(["-f", "rawvideo", "-"]);
    let raw = finish(&mut decode);
    let length = raw.len() / FRAMES;
    let frames: Vec<_> =
        raw.chunks_exact(length).step_by(3).filter_map(|raw| Planes::yuv420(raw, SIZE)).collect();
    calibrate(&frames).expect("the clip has a screen")
}

fn over_background(keying: &Keying) -> FilterGraph {
    let mut graph = FilterGraph::default();
    let out = graph.link();
    let subject = keyed(&mut graph, Pad::Video(0), &View::whole(SIZE), keying);
    let background = graph.to(&[Pad::Video(1)], vec![Filter::RepeatStill]);
    let overlay = Filter::Overlay { x: 0, y: 0, shown: None };
    graph.chain(&[background, subject], vec![overlay], &[out]);
    graph
}

/// The pad that the last chain of a graph ends in.
fn last(graph: &FilterGraph) -> String {
    let text = graph.to_string();
    let pad = text.rfind('[').map(|start| text[start..].to_owned()).unwrap();
    format!(";{pad}")
}

/// The frames of a graph that ends in `[l0]`.
fn composite(folder: &Path, graph: &str, threads: &str) -> Vec<u8> {
    run(folder, &format!("{graph};[l0]format=yuv420p"), threads)
}

fn run(folder: &Path, graph: &str, threads: &str) -> Vec<u8> {
    let mut key = ffmpeg();
    key.args(["-filter_complex_threads", threads, "-threads", threads]);
    key.arg("-i").arg(folder.join("clip.mp4"));
    key.args(RAW).arg("-i").arg(folder.join("background.yuv"));
    key.args(["-filter_complex", graph, "-frames:v", &FRAMES.to_string()]);
    let raw = finish(key.args(["-f", "rawvideo", "-"]));
    assert_eq!(raw.len() % FRAMES, 0);
    raw
}

const RAW: [&str; 8] = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "240x416", "-r", "30"];

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error"]);
    command
}

fn finish(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("ffmpeg runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{command:?}: {said}");
    output.stdout
}
