//! Searching 2,397 and 100,000 assets in the default provider, beside SQLite: medians of many
//! rounds of a few kinds of queries. `cargo bench --bench search`.

use memebuild::contract::asset::AssetKind;
use memebuild::contract::search::{Order, Query};
use memebuild::provider::Provider;
use memebuild::provider::manifest::ManifestProvider;
use memebuild::provider::meaning::Meaning;
use memebuild::provider::mock;
use memebuild::provider::sqlite::SqliteProvider;
use std::path::Path;
use std::time::{Duration, Instant};

/// What people look for, from narrow to all.
const QUERIES: [(&str, &str); 8] = [
    ("two words", "gorilla dance"),
    ("a beginning, a tag and numbers", "ci tag:reaction duration:2s..8s ratio:9:16 quality>=60"),
    ("alternatives and a negation", "city (rain OR fog) -dark"),
    ("only a negation", "-dark"),
    ("a licence that allows a use", "use:commercial sound:yes"),
    ("a creator", "creator:\"ann lee\""),
    ("what is alike", "similar:green-screen/ID~40"),
    ("everything", ""),
];

/// The model that `scripts/fetch-model` left here, if it did.
fn meaning() -> Meaning {
    let folder = Path::new("target/test-servers/model");
    if folder.is_dir() { Meaning::in_folder(folder.into()) } else { Meaning::default() }
}

/// How long it takes to order by meaning: the first time, when vectors are reckoned, and then.
fn measure_meaning(memory: &ManifestProvider, rounds: usize) {
    for text in ["ape dancing", "furious cat tag:reaction"] {
        let query = Query { order: Order::Hybrid, ..Query::text(text) };
        let began = Instant::now();
        let Ok(page) = memory.search(&query) else {
            return println!("  by meaning: no model here");
        };
        let first = began.elapsed();
        let (median, slowest, _) = measure(memory, &query, rounds);
        println!(
            "  by meaning, {text:26} {:6} found   first {first:.1?}, then {median:.1?} (slowest {slowest:.1?})",
            page.total
        );
    }
}

/// The median time of a query, its slowest round, and how much it finds.
fn measure(provider: &dyn Provider, query: &Query, rounds: usize) -> (Duration, Duration, u64) {
    let mut times = Vec::with_capacity(rounds);
    let mut total = 0;
    for _ in 0..rounds {
        let began = Instant::now();
        total = provider.search(query).expect("a page").total;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    (times[rounds / 2], times[rounds - 1], total)
}

fn main() {
    for count in [2_397, 100_000] {
        let manifest = mock::manifest(1, count);
        let printed = |asset: &&memebuild::contract::asset::SeedAsset| {
            asset.kind == AssetKind::GreenScreen && asset.fingerprint.is_some()
        };
        let like = manifest.assets.iter().find(printed).expect("a clip").id.to_string();
        let folder = tempfile::tempdir().expect("a folder");
        let sqlite =
            SqliteProvider::of(&folder.path().join("x.sqlite"), &manifest).expect("an index");
        let began = Instant::now();
        let memory = ManifestProvider::new("bench", manifest).with_meaning(meaning());
        println!("{count} assets; laid out in memory in {:.1?}", began.elapsed());
        let rounds = if count < 10_000 { 200 } else { 30 };
        measure_meaning(&memory, rounds);
        for (what, text) in QUERIES {
            let query = Query::text(text.replace("ID", &like));
            let (own, slowest, total) = measure(&memory, &query, rounds);
            let (other, _, same) = measure(&sqlite, &query, rounds.min(10));
            assert_eq!(total, same, "{what}");
            println!(
                "  {what:32} {total:6} found   manifest {:>9.3} ms (slowest {:.3})   sqlite {:>9.3} ms",
                own.as_secs_f64() * 1e3,
                slowest.as_secs_f64() * 1e3,
                other.as_secs_f64() * 1e3
            );
        }
    }
}
