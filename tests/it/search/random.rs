//! Queries drawn at random, answered by every provider and by the definition.

use super::oracle;
use crate::project::Numbers;
use memebuild::contract::asset::{AssetKind, Manifest};
use memebuild::contract::search::{AssetName, Duplicates, Order, Query};
use memebuild::provider::manifest::ManifestProvider;
use memebuild::provider::{Provider, mock};

/// How many queries each provider is asked.
pub const QUERIES: usize = 1000;

/// Assets that they are asked about.
pub fn assets() -> Manifest {
    mock::manifest(11, 200)
}

pub const LEAVES: [&str; 62] = [
    "city",
    "night",
    "ra",
    "g",
    "gorilla",
    "café",
    "noir",
    "feel",
    "\"feel good\"",
    "feel-good",
    "\"of the\"",
    "best",
    "54",
    "studio",
    "4k",
    "mood",
    "zebra",
    "fall",
    "tag:reaction",
    "tag:meme",
    "mood:happy",
    "mood:*",
    "tag:*a*",
    "place:outdoors",
    "tag:none",
    "creator:blue",
    "creator:blue*",
    "creator:\"blue room\"",
    "creator:crew",
    "creator:none",
    "title:night",
    "title:none",
    "id:cat-*",
    "platform:patreon",
    "platform:s3*",
    "post:1000*",
    "url:example.org/posts/1",
    "url:none",
    "licence:CC-BY-4.0",
    "licence:CC-*",
    "licence:mit",
    "licence:none",
    "use:commercial",
    "use:modify",
    "use:closed",
    "usable:2027-05-01",
    "expires<2028-01-01",
    "expires:none",
    "duration:2s..8s",
    "duration~5s",
    "duration>1m",
    "width>=1080",
    "height<720",
    "side:720",
    "ratio:9:16",
    "ratio:landscape",
    "fps~30",
    "bytes<20MB",
    "quality>=60",
    "quality.noise>=50",
    "sound:yes",
    "kind:music",
];

/// A query's text: leaves joined, negated and nested.
fn text(numbers: &mut Numbers, deep: usize, ids: &[AssetName]) -> String {
    if deep == 0 || numbers.below(3) == 0 {
        return match numbers.below(24) {
            0 => format!("id:{}", ids[numbers.below(ids.len())].id),
            1 => format!("still:{}", ["yes", "no"][numbers.below(2)]),
            2 => {
                let name = &ids[numbers.below(ids.len())];
                format!("similar:{name}~{}", [4, 40, 120][numbers.below(3)])
            }
            _ => LEAVES[numbers.below(LEAVES.len())].to_owned(),
        };
    }
    let count = 2 + numbers.below(2);
    let parts: Vec<String> = (0..count)
        .map(|_| {
            let part = text(numbers, deep - 1, ids);
            if numbers.below(4) == 0 { format!("-{part}") } else { part }
        })
        .collect();
    match numbers.below(3) {
        0 => format!("({})", parts.join(" OR ")),
        1 => format!("({})", parts.join(" ")),
        _ => parts.join(" "),
    }
}

/// The queries that every provider is asked, the same each time.
pub fn queries(manifest: &Manifest) -> Vec<Query> {
    let mut numbers = Numbers(5);
    // Those that can be named as something to be like.
    let printed = manifest.assets.iter().filter(|asset| asset.fingerprint.is_some());
    let ids: Vec<AssetName> =
        printed.map(|asset| AssetName { kind: asset.kind, id: asset.id.clone() }).collect();
    (0..QUERIES)
        .map(|_| {
            let kinds = AssetKind::ALL;
            let deep = numbers.below(3);
            Query {
                kind: (numbers.below(2) == 0).then(|| kinds[numbers.below(kinds.len())]),
                order: match numbers.below(6) {
                    0 => Order::Id,
                    1 => Order::Sample { seed: numbers.below(1000) as u64 },
                    _ => Order::Best,
                },
                duplicates: [None, None, Some(Duplicates::Keep), Some(Duplicates::Collapse)]
                    [numbers.below(4)],
                exclude: (0..numbers.below(4))
                    .map(|_| ids[numbers.below(ids.len())].clone())
                    .collect(),
                limit: [1, 7, 100, 1000][numbers.below(4)],
                ..Query::text(text(&mut numbers, deep, &ids))
            }
        })
        .collect()
}

/// Asks a provider every query, follows some cursors, and compares with the definition.
pub fn compare(provider: &dyn Provider, manifest: &Manifest) {
    let mut found = 0;
    for query in queries(manifest) {
        let expected = oracle::search(manifest, &query);
        let mut page = provider.search(&query).unwrap_or_else(|e| panic!("{}: {e}", query.text));
        assert_eq!(page.total, expected.len() as u64, "how many: {query:?}");
        let mut hits = page.hits.clone();
        // A few pages show whether paging is right; all would take long where a page is one hit.
        for _ in 0..2 {
            let Some(cursor) = page.next.take() else { break };
            let next = Query { cursor: Some(cursor), ..query.clone() };
            page = provider.search(&next).unwrap_or_else(|e| panic!("{}: {e}", query.text));
            hits.extend(page.hits.clone());
        }
        let own: Vec<_> = hits.iter().map(|hit| (hit.name(), hit.score)).collect();
        assert_eq!(own, expected[..own.len()], "which: {query:?}");
        let wanted = expected.len().min(3 * query.limit as usize);
        assert_eq!(own.len(), wanted, "a page is short: {query:?}");
        found += usize::from(!expected.is_empty());
    }
    // Queries that find nothing would agree however wrong they were.
    assert!(found > QUERIES / 3, "only {found} queries found something");
}

#[test]
fn the_manifest_provider_answers_as_searching_is_defined() {
    let manifest = assets();
    compare(&ManifestProvider::new("test", manifest.clone()), &manifest);
}
