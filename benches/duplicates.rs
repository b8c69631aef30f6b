//! Grouping a hundred thousand assets, a tenth of them copies: `cargo bench --bench duplicates`.
//!
//! With a manifest (`-- MANIFEST`) instead: which of its pairs of copies the index finds, beside all
//! pairs compared one by one.

use memebuild::contract::asset::{AssetKind, Manifest, SeedAsset};
use memebuild::contract::fingerprint::{
    Fingerprint, PICTURE, SHORT_SOUND, SOUND, SUBJECT, distance_of, duplicate_within,
};
use memebuild::media::duplicates::groups;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Numbers without an order, the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }
}

/// CPU time of this process, which works on one thread: what else the machine does is not in it.
fn spent() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn template() -> SeedAsset {
    let text = r#"{"schemaVersion":1,"id":"a","kind":"music","file":"source.wav",
        "digest":"0000000000000000000000000000000000000000000000000000000000000000/1",
        "facts":{"demuxer":"wav","durationMs":1},"streams":{},
        "quality":{"algorithm":2,"score":0,"measures":{}}}"#;
    memebuild::contract::read(text.as_bytes()).expect("an asset")
}

/// `count` assets, of which every tenth is a copy of the one before it: `flips` bits of a hundred
/// are others.
fn assets(
    kind: AssetKind,
    algorithm: u32,
    count: usize,
    words: usize,
    flips: u64,
) -> Vec<SeedAsset> {
    let template = SeedAsset { kind, ..template() };
    let mut dice = Dice(u64::from(algorithm));
    let bits = if matches!(algorithm, SOUND | SHORT_SOUND) { 32 } else { 64 };
    let mut last: Vec<u64> = Vec::new();
    let each = (0..count).map(|n| {
        if n % 10 == 9 {
            for word in &mut last {
                (0..bits).filter(|_| dice.below(100) < flips).for_each(|bit| *word ^= 1 << bit);
            }
        } else {
            last = (0..words).map(|_| dice.roll() >> (64 - bits)).collect();
        }
        let mut asset = template.clone();
        asset.id = format!("a{n:06}").try_into().expect("an id");
        asset.quality.score = dice.below(100) as u32;
        asset.fingerprint = Some(Fingerprint::new(algorithm, &last));
        asset
    });
    each.collect()
}

/// Pairs within the threshold of each algorithm, and how many of them the index finds: it decides by
/// the pair alone, so that a pair by itself makes a group or is missed.
fn missed(manifest: &Manifest) {
    for algorithm in [SUBJECT, PICTURE, SOUND, SHORT_SOUND] {
        let of = |asset: &&SeedAsset| {
            asset.fingerprint.as_ref().is_some_and(|print| print.algorithm == algorithm)
        };
        let assets: Vec<&SeedAsset> = manifest.assets.iter().filter(of).collect();
        let words: Vec<Vec<u64>> =
            assets.iter().filter_map(|asset| Some(asset.fingerprint.as_ref()?.numbers())).collect();
        let (mut pairs, mut found) = (0, 0);
        for a in 0..assets.len() {
            for b in 0..a {
                let distance = distance_of(algorithm, &words[a], &words[b]);
                if distance.is_some() && distance <= duplicate_within(algorithm) {
                    pairs += 1;
                    found += groups(&[assets[a].clone(), assets[b].clone()]).len();
                }
            }
        }
        let count = assets.len();
        println!("algorithm {algorithm}: {count} assets, {pairs} pairs within, {found} found");
    }
}

fn main() {
    // Cargo says `--bench`.
    if let Some(path) = std::env::args().skip(1).find(|arg| !arg.starts_with("--")) {
        let bytes = std::fs::read(&path).expect("a manifest");
        return missed(&memebuild::contract::read(&bytes).expect("a manifest"));
    }
    let parts = [
        ("7,000 green screens", AssetKind::GreenScreen, SUBJECT, 7_000, 8, 5),
        ("70,000 green screens", AssetKind::GreenScreen, SUBJECT, 70_000, 8, 5),
        ("15,000 backgrounds", AssetKind::Background, PICTURE, 15_000, 14, 5),
        ("5,000 tracks", AssetKind::Music, SOUND, 5_000, 948, 8),
        ("10,000 sounds", AssetKind::SoundEffect, SHORT_SOUND, 10_000, 60, 5),
    ];
    let mut all = Vec::new();
    for (name, kind, algorithm, count, words, flips) in parts {
        let assets = assets(kind, algorithm, count, words, flips);
        let start = spent();
        let found = groups(&assets);
        println!("{name}: {} groups of {} in {:.2?}", found.len(), count / 10, spent() - start);
        if count != 7_000 {
            all.extend(assets);
        }
    }
    let start = spent();
    let found = groups(&all);
    println!("all {}: {} groups in {:.2?}", all.len(), found.len(), spent() - start);
}
