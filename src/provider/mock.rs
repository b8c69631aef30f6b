//! A seeded manifest out of nothing, for trying out what comes after ingest: it satisfies the
//! contract, and the same seed gives the same assets.

use crate::contract::asset::{
    AssetId, AssetKind, AudioFacts, DuplicateGroup, Manifest, MediaFacts, Quality, SeedAsset,
    StreamDigests, VideoFacts,
};
use crate::contract::digest::Digest;
use crate::contract::fingerprint::{Fingerprint, PICTURE, SHORT_SOUND, SOUND, SUBJECT, VIEW};
use crate::contract::rights::{Licence, Provenance};
use crate::contract::units::Rational;
use std::collections::{BTreeMap, BTreeSet};

/// How often each kind occurs among a hundred: as in the first user's collection.
const SHARES: [(AssetKind, usize); 4] = [
    (AssetKind::GreenScreen, 90),
    (AssetKind::Background, 4),
    (AssetKind::Music, 4),
    (AssetKind::SoundEffect, 2),
];

const WORDS: [&str; 40] = [
    "gorilla", "cat", "dog", "dance", "running", "shock", "laugh", "cry", "stare", "clap", "fall",
    "jump", "city", "night", "rain", "fog", "dark", "beach", "forest", "office", "space", "fire",
    "snow", "market", "train", "neon", "old", "slow", "fast", "happy", "sad", "epic", "calm",
    "beat", "drum", "horn", "boom", "whoosh", "ding", "scratch",
];

const TAGS: [&str; 14] = [
    "reaction",
    "animal",
    "person",
    "loopable",
    "mood:happy",
    "mood:sad",
    "mood:tense",
    "Meme",
    "place:indoors",
    "place:outdoors",
    "speed:slow",
    "creator:crew",
    "4k",
    "feel-good",
];

const CREATORS: [&str; 6] =
    ["Blue Room", "Bo", "Café Noir", "deep-field", "Studio 9", "blueprints"];

const LICENCES: [&str; 7] = [
    "CC-BY-4.0",
    "CC0-1.0",
    "CC-BY-NC-4.0",
    "CC-BY-SA-3.0",
    "MIT OR Apache-2.0",
    "LicenseRef-patreon",
    "CC-BY-ND-4.0",
];

/// SplitMix64.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    fn number(&mut self, limit: u32) -> u32 {
        u32::try_from(self.next() % u64::from(limit.max(1))).unwrap_or(0)
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// So many assets from a seed.
pub fn manifest(seed: u64, count: usize) -> Manifest {
    let mut numbers = Numbers(seed);
    let mut assets = BTreeMap::new();
    let mut twins: Vec<(AssetKind, AssetId, Fingerprint)> = Vec::new();
    let mut groups: BTreeMap<(AssetKind, AssetId), BTreeSet<AssetId>> = BTreeMap::new();
    for n in 0..count {
        let share = n % 100;
        let kind = SHARES
            .iter()
            .scan(0, |sum, (kind, part)| {
                *sum += part;
                Some((*kind, *sum))
            })
            .find(|(_, sum)| share < *sum)
            .map_or(AssetKind::GreenScreen, |(kind, _)| kind);
        let mut asset = asset(kind, n, &mut numbers);
        let twin = twins.iter().rev().take(20).find(|(of, _, _)| *of == kind);
        if let (Some((_, first, print)), true) = (twin, numbers.one_in(12)) {
            asset.fingerprint = Some(nearly(print, &mut numbers));
            groups.entry((kind, first.clone())).or_default().insert(asset.id.clone());
        } else if let Some(print) = &asset.fingerprint {
            twins.push((kind, asset.id.clone(), print.clone()));
        }
        assets.insert((kind, asset.id.clone()), asset);
    }
    let mut duplicates: Vec<DuplicateGroup> = groups
        .into_iter()
        .map(|((kind, first), others)| group(kind, first, others, &assets))
        .collect();
    duplicates.sort_by(|a, b| (a.kind, &a.best).cmp(&(b.kind, &b.best)));
    Manifest { assets: assets.into_values().collect(), duplicates }
}

fn group(
    kind: AssetKind,
    first: AssetId,
    others: BTreeSet<AssetId>,
    assets: &BTreeMap<(AssetKind, AssetId), SeedAsset>,
) -> DuplicateGroup {
    let mut all: BTreeSet<AssetId> = others;
    all.insert(first);
    let quality = |id: &AssetId| assets.get(&(kind, id.clone())).map_or(0, |a| a.quality.score);
    let best = all.iter().min_by_key(|id| (u32::MAX - quality(id), (*id).clone())).cloned();
    let best = best.expect("a group has members");
    all.remove(&best);
    DuplicateGroup { kind, best, others: all.into_iter().collect() }
}

fn asset(kind: AssetKind, n: usize, numbers: &mut Numbers) -> SeedAsset {
    let (a, b) = (numbers.pick(&WORDS), numbers.pick(&WORDS));
    let id = AssetId::try_from(format!("{a}-{b}-{n}")).expect("words and a number are an id");
    let pictures = matches!(kind, AssetKind::GreenScreen | AssetKind::Background);
    let still = kind == AssetKind::Background && !numbers.one_in(3);
    let duration_ms = match kind {
        _ if still => 0,
        AssetKind::Music => 20_000 + u64::from(numbers.number(200_000)),
        AssetKind::SoundEffect => 100 + u64::from(numbers.number(6_000)),
        AssetKind::GreenScreen | AssetKind::Background => 500 + u64::from(numbers.number(20_000)),
    };
    let video = pictures.then(|| video(still, duration_ms, numbers));
    let sound = !pictures || (!still && !numbers.one_in(4));
    let audio = sound.then(|| AudioFacts {
        codec: if pictures { "aac" } else { "vorbis" }.to_owned(),
        sample_rate: numbers.pick(&[44_100, 48_000]),
        channels: 1 + numbers.number(2),
        duration_ms,
    });
    let mark = format!("{kind}/{id}");
    let hex =
        |what: &str| blake3::hash(format!("{what} of {mark}").as_bytes()).to_hex().to_string();
    let file = match (still, pictures) {
        (true, _) => "source.jpg",
        (false, true) => "source.mp4",
        (false, false) => "source.ogg",
    };
    let tags: BTreeSet<String> =
        (0..numbers.below(4)).map(|_| numbers.pick(&TAGS).to_owned()).collect();
    let parts = ["noise", "sharpness", "screen"];
    SeedAsset {
        kind,
        file: file.to_owned(),
        digest: Digest { len: 1000 + numbers.next() % 50_000_000, ..Digest::of(mark.as_bytes()) },
        facts: MediaFacts {
            demuxer: file.replace("source.", "").replace("mp4", "mov").replace("jpg", "jpeg_pipe"),
            duration_ms,
            video: video.clone(),
            audio: audio.clone(),
        },
        streams: StreamDigests {
            video: video.map(|_| hex("pictures")),
            audio: audio.map(|_| hex("sound")),
        },
        quality: Quality {
            algorithm: 1,
            score: numbers.number(101),
            parts: parts
                .map(|name| (name.to_owned(), numbers.number(101)))
                .into_iter()
                .take(1 + numbers.below(3))
                .collect(),
            measures: BTreeMap::new(),
        },
        key: None,
        fingerprint: (!numbers.one_in(15)).then(|| print(kind, still, numbers)),
        tags: tags.into_iter().collect(),
        provenance: provenance(a, n, numbers),
        id,
    }
}

fn video(still: bool, duration_ms: u64, numbers: &mut Numbers) -> VideoFacts {
    let sizes = [(1080, 1920), (1920, 1080), (720, 1280), (640, 360), (1000, 1000), (3840, 2160)];
    let (width, height) = numbers.pick(&sizes);
    let rate =
        numbers.pick(&[Rational::new(30, 1), Rational::new(30_000, 1001), Rational::new(24, 1)]);
    VideoFacts {
        codec: if still { "mjpeg" } else { "h264" }.to_owned(),
        width,
        height,
        rotation: if numbers.one_in(10) { 90 } else { 0 },
        sample_aspect_ratio: if numbers.one_in(20) { Rational::new(4, 3) } else { Rational::ONE },
        frame_rate: if still { Rational::new(0, 1) } else { rate },
        constant_rate: true,
        frames: if still { 1 } else { rate.frames_in(duration_ms).max(1) },
        start_us: 0,
        duration_ms,
        pixel_format: "yuv420p".to_owned(),
        bt601: false,
        alpha: numbers.one_in(10),
        longest_gop: None,
    }
}

fn provenance(word: &str, n: usize, numbers: &mut Numbers) -> Provenance {
    if numbers.one_in(5) {
        return Provenance::default();
    }
    let licence = (!numbers.one_in(4)).then(|| numbers.pick(&LICENCES).to_owned());
    Provenance {
        source_url: Some(format!("https://example.org/posts/{n}")),
        platform: Some(numbers.pick(&["patreon", "s3://memes", "files"]).to_owned()),
        post: Some(format!("{}", 100_000 + n)),
        title: (!numbers.one_in(3))
            .then(|| format!("{} of the {word}, №{n}", numbers.pick(&["Best", "Fall", "Night"]))),
        creator: (!numbers.one_in(6)).then(|| numbers.pick(&CREATORS).to_owned()),
        licence: licence.and_then(|text| Licence::try_from(text).ok()),
        expires: numbers.one_in(6).then(|| {
            format!("20{}-0{}-1{}", 26 + numbers.below(4), 1 + numbers.below(9), numbers.below(10))
        }),
        ..Provenance::default()
    }
}

/// As many words as ingest would find: of four moments, of a picture's seven crops, of a few seconds.
fn print(kind: AssetKind, still: bool, numbers: &mut Numbers) -> Fingerprint {
    let (algorithm, words, bits) = match kind {
        AssetKind::GreenScreen => (SUBJECT, 4 * VIEW, 64),
        AssetKind::Background => (PICTURE, if still { 7 } else { 28 } * VIEW, 64),
        AssetKind::Music => (SOUND, 60, 32),
        AssetKind::SoundEffect => (SHORT_SOUND, 60, 32),
    };
    let words: Vec<u64> = (0..words).map(|_| numbers.next() >> (64 - bits)).collect();
    Fingerprint::new(algorithm, &words)
}

/// The same with a few bits turned.
fn nearly(print: &Fingerprint, numbers: &mut Numbers) -> Fingerprint {
    let mut words = print.numbers();
    for _ in 0..numbers.below(9) {
        let at = numbers.below(words.len());
        words[at] ^= 1 << numbers.below(32);
    }
    Fingerprint::new(print.algorithm, &words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;

    #[test]
    fn the_manifest_satisfies_its_contract_and_is_the_same_again() {
        let made = manifest(7, 500);
        let bytes = contract::write(&made);
        assert_eq!(contract::read::<Manifest>(&bytes).expect("a manifest"), made);
        assert_eq!(contract::write(&manifest(7, 500)), bytes);
        assert_eq!(made.assets.len(), 500);
        assert!(!made.duplicates.is_empty());
    }
}
