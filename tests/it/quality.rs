//! Ladders of synthetic faults: each step of a fault is worse than the one before it, so no step may
//! raise the score, and the part that names the fault must fall.

use crate::clips::Clips;
use crate::ingest::ingest;
use memebuild::contract::asset::{AssetKind, Quality};
use memebuild::media::measure;
use std::process::Command;

/// A kind of clip: what makes it, and what it is written as.
struct Base {
    kind: AssetKind,
    /// Arguments of ffmpeg with `FAULT` where filters of a fault go in, and the file's ending.
    make: &'static str,
    extension: &'static str,
}

/// A figure of coloured detail before a green screen, with a little noise.
const GREEN: Base = Base {
    kind: AssetKind::GreenScreen,
    make: "-f lavfi -i color=c=0x00b140:s=144x256:r=12:d=0.5 \
           -f lavfi -i mandelbrot=s=64x96:r=12:start_scale=0.6 \
           -filter_complex [1]hue=h=200:s=0.7[m];[0][m]overlay=x='36+16*sin(6*t)':y=130:eval=frame,\
           noise=alls=3:allf=t:all_seed=1FAULT,format=yuv420p \
           -frames:v 6 -c:v libx264 -preset veryfast -crf 20",
    extension: "mp4",
};

/// The same, larger and shorter.
const LARGE: Base = Base {
    make: "-f lavfi -i color=c=0x00b140:s=480x720:r=12:d=0.25 \
           -f lavfi -i mandelbrot=s=200x300:r=12:start_scale=0.6 \
           -filter_complex [1]hue=h=200:s=0.7[m];[0][m]overlay=x='140+40*sin(5*t)':y=360:eval=frame,\
           noise=alls=3:allf=t:all_seed=1FAULT,format=yuv420p \
           -frames:v 3 -c:v libx264 -preset veryfast -crf 20",
    ..GREEN
};

const WALL: Base = Base {
    kind: AssetKind::Background,
    make: "-f lavfi -i mandelbrot=s=640x480:r=1 -frames:v 1 -vf format=rgb24FAULT",
    extension: "png",
};

const JPEG: Base = Base {
    make: "-f lavfi -i mandelbrot=s=640x480:r=1 -frames:v 1 -vf format=yuvj420p -c:v mjpeg -q:v 1FAULT",
    extension: "jpg",
    ..WALL
};

const TRACK: Base = Base {
    kind: AssetKind::Music,
    make: "-f lavfi -i aevalsrc='0.25*sin(2*PI*(220+110*floor(mod(3*t,4)))*t)\
           |0.25*sin(2*PI*(330+110*floor(mod(2*t,3)))*t)':d=6:s=44100 -af anullFAULT",
    extension: "wav",
};

const SOUND: Base = Base {
    kind: AssetKind::SoundEffect,
    make: "-f lavfi -i aevalsrc='0.5*exp(-3*t)*sin(2*PI*500*t)':d=2:s=44100 -af anullFAULT",
    extension: "wav",
};

fn quality(base: &Base, clips: &Clips, name: &str, fault: &str) -> Quality {
    // A fault of the encoder stands after ` -`.
    let (filters, options) = fault.split_once(" -").unwrap_or((fault, ""));
    let options = if options.is_empty() { String::new() } else { format!(" -{options}") };
    let make = base.make.replace("FAULT", filters) + &options;
    let path = clips.make(&format!("{name}.{}", base.extension), &make);
    ingest(base.kind, &path).unwrap().quality
}

/// Five steps of a fault, given what stands for its strength in `fault`.
fn ladder(base: &Base, part: &str, fault: &str, strengths: [&str; 5]) {
    let clips = Clips::new();
    let mut steps = vec![quality(base, &clips, "clean", "")];
    for (n, strength) in strengths.iter().enumerate() {
        steps.push(quality(base, &clips, &format!("step{n}"), &fault.replace('#', strength)));
    }
    let scores: Vec<u32> = steps.iter().map(|quality| quality.score).collect();
    let parts: Vec<u32> = steps.iter().map(|quality| quality.parts[part]).collect();
    let falls = |values: &[u32]| values.windows(2).all(|pair| pair[1] <= pair[0]);
    assert!(falls(&scores), "{part}: scores {scores:?}, parts {parts:?}");
    assert!(falls(&parts), "{part}: parts {parts:?}, scores {scores:?}");
    assert!(parts[5] + 25 < parts[0], "{part}: parts {parts:?}, {:?}", steps[5].measures);
    assert!(scores[5] < scores[0], "{part}: scores {scores:?}");
}

/// A test for each ladder, so that they run side by side.
macro_rules! ladders {
    ($($name:ident: $base:ident $part:literal $fault:literal $strengths:expr;)*) => {
        $(#[test] fn $name() { ladder(&$base, $part, $fault, $strengths); })*
    };
}

ladders! {
    green_noise: GREEN "noise" ",noise=alls=#:allf=t:all_seed=2" ["8", "16", "28", "45", "70"];
    green_softness: GREEN "sharpness" ",gblur=sigma=#" ["1", "2", "3", "4", "6"];
    green_uneven_light: GREEN "light" ",geq=lum='lum(X,Y)*(1-#*X/W)':cb='cb(X,Y)':cr='cr(X,Y)'"
        ["0.15", "0.3", "0.45", "0.6", "0.8"];
    green_wrong_hue: GREEN "hue" ",hue=h=-#" ["30", "50", "65", "80", "100"];
    green_dull: GREEN "saturation" ",hue=s=#" ["0.5", "0.4", "0.32", "0.26", "0.21"];
    green_watermark: GREEN "watermark"
        ",drawbox=x=iw*0.06:y=ih*0.05:w=iw*0.25:h=ih*0.04:color=white@#:t=fill"
        ["0.15", "0.3", "0.45", "0.6", "0.9"];
    green_compression: LARGE "compression" " -crf #" ["26", "32", "38", "44", "50"];
    green_border: GREEN "screen" ",drawbox=x=0:y=0:w=iw*#:h=ih:color=gray:t=fill"
        ["0.05", "0.15", "0.3", "0.5", "0.8"];
    green_small: LARGE "resolution" ",scale=trunc(iw/#/2)*2:-2" ["1.2", "1.5", "2", "3", "4"];
    green_frozen: GREEN "motion" ",loop=loop=#:size=1:start=0,trim=end_frame=6"
        ["1", "2", "3", "4", "5"];
    wall_softness: WALL "sharpness" ",gblur=sigma=#" ["1", "2", "3", "5", "9"];
    wall_noise: WALL "noise" ",noise=alls=#:all_seed=3" ["10", "20", "35", "50", "80"];
    wall_compression: JPEG "compression" " -q:v #" ["2", "6", "12", "20", "31"];
    wall_small: WALL "resolution" ",scale=iw/#:-2" ["1.2", "1.5", "2", "3", "4"];
    wall_dark: WALL "brightness" ",lutrgb=r=val*#:g=val*#:b=val*#" ["0.7", "0.4", "0.25", "0.1", "0.03"];
    wall_overexposed: WALL "clipping" ",lutrgb=r=val+#:g=val+#:b=val+#" ["60", "120", "160", "200", "250"];
    track_clipping: TRACK "clipping" ",volume=#dB -c:a pcm_s16le" ["12", "13", "15", "20", "30"];
    track_hum: TRACK "hum" ",aeval='val(ch)+#*sin(2*PI*50*t)':c=same"
        ["0.003", "0.008", "0.02", "0.05", "0.15"];
    track_gaps: TRACK "gaps" ",volume=volume=0:enable='lt(mod(t,2),#)'"
        ["0.45", "0.6", "0.8", "1.0", "1.4"];
    track_late: TRACK "start" ",adelay=delays=#:all=1" ["300", "1000", "2000", "3500", "6000"];
    track_long_end: TRACK "end" ",apad=pad_dur=#" ["1", "3", "5", "8", "12"];
    track_quiet: TRACK "loudness" ",volume=-#dB" ["8", "15", "20", "28", "36"];
    track_one_sided: TRACK "balance" ",pan=stereo|c0=c0|c1=#*c1" ["0.5", "0.3", "0.15", "0.06", "0"];
    track_narrow: TRACK "bandwidth" " -ar #" ["32000", "22050", "16000", "11025", "8000"];
    sound_late: SOUND "start" ",adelay=delays=#:all=1" ["50", "200", "400", "700", "1000"];
    sound_long_end: SOUND "end" ",apad=pad_dur=#" ["0.5", "1.5", "2.5", "3.5", "6"];
    sound_quiet: SOUND "loudness" ",volume=-#dB" ["6", "12", "20", "28", "40"];
    sound_clipping: SOUND "clipping" ",volume=#dB -c:a pcm_s16le" ["7", "9", "12", "18", "30"];
}

/// The screen's light on a subject cannot be laid on with one filter: it is painted on its rim.
#[test]
fn green_spill() {
    let clips = Clips::new();
    let step = |name: &str, shine: u32| {
        let rim = format!("0xaa{:02x}5a", 150 + shine);
        let make = format!(
            "-f lavfi -i color=c=0x00b140:s=180x320:r=12:d=0.5 -f lavfi -i color=c={rim}:s=80x120:r=12:d=0.5 \
             -f lavfi -i testsrc2=s=64x104:r=12:d=0.5 -filter_complex \
             [1][2]overlay=8:8[s];[0][s]overlay=x='50+20*sin(5*t)':y=150:eval=frame,\
             noise=alls=3:allf=t:all_seed=1,format=yuv420p -c:v libx264 -preset veryfast -crf 20"
        );
        let path = clips.make(&format!("{name}.mp4"), &make);
        ingest(AssetKind::GreenScreen, &path).unwrap().quality
    };
    let steps: Vec<Quality> =
        [0, 30, 45, 60, 75, 90].into_iter().map(|shine| step(&shine.to_string(), shine)).collect();
    let parts: Vec<u32> = steps.iter().map(|quality| quality.parts["spill"]).collect();
    let scores: Vec<u32> = steps.iter().map(|quality| quality.score).collect();
    assert!(parts.windows(2).all(|pair| pair[1] <= pair[0]), "{parts:?}");
    assert!(scores.windows(2).all(|pair| pair[1] <= pair[0]), "{scores:?}");
    assert!(parts[5] + 25 < parts[0] && scores[5] < scores[0], "{parts:?} {scores:?}");
}

/// What the prototype could not tell apart: each lowers its own part and leaves the other's alone.
#[test]
fn a_watermark_and_a_heavy_compression_are_told_apart() {
    let clips = Clips::new();
    let mark = ",drawbox=x=iw*0.06:y=ih*0.05:w=iw*0.3:h=ih*0.04:color=white@0.6:t=fill";
    let clean = quality(&LARGE, &clips, "clean", "");
    let marked = quality(&LARGE, &clips, "marked", mark);
    let crushed = quality(&LARGE, &clips, "crushed", " -crf 48");
    let of = |quality: &Quality| ["watermark", "compression"].map(|part| quality.parts[part]);
    assert_eq!(of(&clean), [100, 100], "{:?}", clean.measures);
    let ([mark, fine], [unmarked, few]) = (of(&marked), of(&crushed));
    assert!(mark < 40 && fine > 80, "{marked:?}");
    assert!(unmarked > 90 && few < 40, "{crushed:?}");
    assert!(marked.score + 5 < clean.score && crushed.score + 5 < clean.score);
}

#[test]
fn measures_are_the_same_on_any_number_of_threads() {
    let clips = Clips::new();
    let files = [&GREEN, &WALL, &TRACK, &SOUND].map(|base| {
        let name = format!("{}.{}", base.kind, base.extension);
        (base, clips.make(&name, &base.make.replace("FAULT", "")))
    });
    for (base, path) in files {
        let params = serde_json::json!({ "kind": base.kind, "extension": base.extension });
        let params = clips.bytes("params.json", params.to_string());
        let bytes = ["1", "2", "7"].map(|threads| {
            let out = clips.path("measured.json");
            let mut named = std::ffi::OsString::from("source=");
            named.push(&path);
            let output = Command::new(env!("CARGO_BIN_EXE_memebuild"))
                .args(["tool", "ingest", "--params"])
                .args([&params, std::path::Path::new("--in")])
                .arg(named)
                .arg(format!("--out=measured={}", out.display()))
                .env("RAYON_NUM_THREADS", threads)
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            std::fs::read(&out).unwrap()
        });
        assert!(bytes.windows(2).all(|pair| pair[0] == pair[1]), "{}", base.kind);
    }
}

#[test]
fn published_parts_are_those_of_the_measures() {
    let clips = Clips::new();
    let found = quality(&SOUND, &clips, "sound", "");
    assert_eq!(measure::quality(AssetKind::SoundEffect, found.measures.clone()), found);
    let parts = measure::parts(AssetKind::SoundEffect, &found.measures);
    assert!(parts.iter().all(|part| found.parts[part.name] == part.part));
    assert_eq!(parts.len(), found.parts.len());
}

/// Every part that is rated is explained.
#[test]
fn the_docs_name_every_part() {
    let docs =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/quality.md")).unwrap();
    let clips = Clips::new();
    for base in [&GREEN, &WALL, &TRACK, &SOUND] {
        for part in quality(base, &clips, &format!("{}", base.kind), "").parts.keys() {
            let told = [format!("\n| {part} |"), format!("\n| {part}, ")];
            assert!(told.iter().any(|row| docs.contains(row.as_str())), "{part}");
        }
    }
}
