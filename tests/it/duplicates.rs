//! Copies of one thing are found, whatever was done to them, and other things are not taken for
//! copies. How often, on real media, is in `docs/quality.md`; here each way is tried on a few.

use crate::clips::Clips;
use crate::ingest::ingest;
use memebuild::contract::asset::{AssetId, AssetKind, SeedAsset};
use memebuild::contract::fingerprint::{Fingerprint, SHORT_SOUND, SOUND, SUBJECT};
use memebuild::contract::{fingerprint, slug};
use memebuild::media::duplicates::groups;
use std::path::Path;

const VIDEO: &str = "-c:v libx264 -preset veryfast -crf 22 -pix_fmt yuv420p -an";

/// Ingests `originals` and the copies of each, and expects a group for each original: with all its
/// copies, and with nothing else.
fn found(kind: AssetKind, clips: &Clips, originals: &[&str], ways: &[(&str, &str)], ending: &str) {
    let mut assets = Vec::new();
    for name in originals {
        let ingest_as = |path: &Path| {
            let asset = ingest(kind, path).unwrap();
            assert!(asset.fingerprint.is_some(), "{name}");
            asset
        };
        assets.push(ingest_as(&clips.path(name)));
        for (way, args) in ways {
            let (stem, _) = name.split_once('.').unwrap();
            let path = clips
                .make(&format!("{stem}-{way}.{ending}"), &args.replace("IN", &format!("@{name}")));
            assets.push(ingest_as(&path));
        }
    }
    assets.sort_by(|a, b| a.id.cmp(&b.id));
    let groups = groups(&assets);
    let mut said: Vec<Vec<&str>> = groups
        .iter()
        .map(|group| {
            let mut ids: Vec<&str> =
                group.others.iter().chain([&group.best]).map(AssetId::as_str).collect();
            ids.sort_unstable();
            ids
        })
        .collect();
    said.sort();
    let mut expected: Vec<Vec<String>> = originals
        .iter()
        .map(|name| {
            let stem = name.split_once('.').unwrap().0;
            let mut ids: Vec<String> =
                ways.iter().map(|(way, _)| format!("{stem}-{way}")).collect();
            ids.push(stem.to_owned());
            ids.sort();
            ids
        })
        .collect();
    expected.sort();
    assert_eq!(said, expected);
}

#[test]
fn green_screens() {
    let clips = Clips::new();
    let subjects = [
        ("bars", "testsrc2=s=90x120:r=10"),
        ("fractal", "mandelbrot=s=90x120:r=10:start_scale=2:end_scale=1.99,hue=s=0"),
        ("spiral", "mandelbrot=s=90x120:r=10:start_scale=0.02:end_scale=0.0199,hue=s=0"),
    ];
    for (n, (name, source)) in subjects.iter().enumerate() {
        clips.make(
            &format!("{name}.mp4"),
            &format!(
                "-f lavfi -i color=c=0x00b140:s=180x320:r=10:d=0.8 -f lavfi -i {source} -filter_complex \
                 [0][1]overlay=x='20+{n}*20+15*sin(3*t)':y=150:eval=frame:shortest=1,\
                 noise=alls=3:allf=t:all_seed=1 -t 0.8 {VIDEO}"
            ),
        );
    }
    let ways = [
        ("coarse", "-i IN -c:v libx264 -preset veryfast -crf 34 -pix_fmt yuv420p"),
        ("graded", &format!("-i IN -vf eq=brightness=0.06:contrast=1.15 {VIDEO}")),
        ("moved", &format!("-i IN -vf scale=iw*0.8:-2,pad=180:320:30:60:color=0x00b140 {VIDEO}")),
        ("cropped", &format!("-i IN -vf crop=168:300 {VIDEO}")),
        ("late", &format!("-ss 0.2 -i IN {VIDEO}")),
    ];
    let names = subjects.map(|(name, _)| format!("{name}.mp4"));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    found(AssetKind::GreenScreen, &clips, &names, &ways, "mp4");
}

#[test]
fn backgrounds() {
    let clips = Clips::new();
    clips.make("bars.png", "-f lavfi -i testsrc2=s=640x400 -frames:v 1");
    clips.make("set.png", "-f lavfi -i mandelbrot=s=640x400:start_scale=2 -frames:v 1");
    clips.make("deep.png", "-f lavfi -i mandelbrot=s=640x400:start_scale=0.02 -frames:v 1");
    let ways = [
        ("graded", "-i IN -vf eq=brightness=0.06:contrast=1.15:gamma=0.9 -q:v 5"),
        ("coarse", "-i IN -q:v 24"),
        ("small", "-i IN -vf scale=320:-1 -q:v 5"),
        ("cropped", "-i IN -vf crop=iw*0.94:ih*0.94 -q:v 5"),
    ];
    found(AssetKind::Background, &clips, &["bars.png", "set.png", "deep.png"], &ways, "jpg");
}

/// Notes that no other seed has.
fn tune(clips: &Clips, name: &str, seed: u32, seconds: u32) {
    let note = |voice: u32| {
        format!(
            "0.2*sin(2*PI*t*110*pow(2,floor(12*mod(abs(sin({}+{}*floor({}*t))*997),1))/6))",
            seed,
            seed + 3 * voice,
            2 + voice
        )
    };
    clips.make(
        name,
        &format!("-f lavfi -i aevalsrc='{}+{}+{}':d={seconds}:s=22050", note(1), note(2), note(3)),
    );
}

#[test]
fn music() {
    let clips = Clips::new();
    (1..=3).for_each(|seed| tune(&clips, &format!("tune{seed}.wav"), seed, 24));
    let ways = [
        ("coded", "-i IN -c:a aac -b:a 48k"),
        ("quiet", "-i IN -af volume=-9dB -c:a aac -b:a 96k"),
        ("late", "-ss 3.37 -i IN -c:a aac -b:a 96k"),
        ("short", "-i IN -t 17 -c:a aac -b:a 96k"),
    ];
    found(AssetKind::Music, &clips, &["tune1.wav", "tune2.wav", "tune3.wav"], &ways, "m4a");
}

#[test]
fn sound_effects() {
    let clips = Clips::new();
    let sounds = [
        ("boing.wav", "0.6*exp(-3*t)*sin(2*PI*(300+200*sin(40*t))*t)"),
        ("chirp.wav", "0.5*exp(-2*t)*sin(2*PI*(500+900*t)*t)"),
        ("bell.wav", "0.3*exp(-4*t)*(sin(2*PI*880*t)+sin(2*PI*1245*t)+sin(2*PI*2217*t))"),
    ];
    for (name, formula) in sounds {
        clips.make(name, &format!("-f lavfi -i aevalsrc='{formula}':d=1.2:s=44100"));
    }
    let ways = [
        ("coded", "-i IN -c:a aac -b:a 64k"),
        ("quiet", "-i IN -af volume=-9dB -c:a aac -b:a 96k"),
        ("late", "-i IN -af adelay=delays=250:all=1 -c:a aac -b:a 96k"),
    ];
    found(AssetKind::SoundEffect, &clips, &sounds.map(|(name, _)| name), &ways, "m4a");
}

/// An asset with nothing but a fingerprint.
fn asset(template: &SeedAsset, id: &str, score: u32, algorithm: u32, words: &[u64]) -> SeedAsset {
    let mut asset = template.clone();
    asset.id = slug::asset_slug(id);
    asset.quality.score = score;
    asset.streams.audio = Some(id.to_owned());
    asset.fingerprint = Some(Fingerprint::new(algorithm, words));
    asset
}

fn template(clips: &Clips) -> SeedAsset {
    let path = clips.make("a.wav", "-f lavfi -i sine=d=0.2");
    ingest(AssetKind::SoundEffect, &path).unwrap()
}

#[test]
fn no_chain_of_likenesses_makes_one_group_of_all() {
    let clips = Clips::new();
    let template = template(&clips);
    // Each differs from the next by 14 bits: within the threshold, and two steps are beyond it.
    let word = |step: u32| (1u128 << (14 * step)).wrapping_sub(1);
    let chain: Vec<SeedAsset> = (0..6)
        .map(|n| {
            let words = [word(n) as u64, (word(n) >> 64) as u64];
            // The third is the best.
            let score = if n == 2 { 90 } else { 50 };
            asset(&template, &format!("c{n}"), score, SUBJECT, &words)
        })
        .collect();
    let groups = groups(&chain);
    let told: Vec<String> = groups
        .iter()
        .map(|group| {
            let others: Vec<&str> = group.others.iter().map(AssetId::as_str).collect();
            format!("{}: {}", group.best, others.join(" "))
        })
        .collect();
    assert_eq!(told, ["c2: c1 c3", "c4: c5"]);
}

#[test]
fn the_same_samples_are_copies_without_any_fingerprint() {
    let clips = Clips::new();
    let first = SeedAsset { fingerprint: None, ..template(&clips) };
    let second = SeedAsset { id: slug::asset_slug("b"), ..first.clone() };
    let groups = groups(&[first, second]);
    assert_eq!((groups.len(), groups[0].best.as_str()), (1, "a"), "of equals the first");
}

#[test]
fn algorithms_of_the_future_are_left_alone() {
    let clips = Clips::new();
    let template = template(&clips);
    let assets = ["x", "y"].map(|id| asset(&template, id, 50, 77, &[1, 2]));
    assert!(groups(&assets).is_empty());
    for known in [SOUND, SHORT_SOUND] {
        assert!(fingerprint::duplicate_within(known).is_some());
    }
}
