//! The order by words and meaning: by every provider the same, with a model that the test makes, and
//! with a real one.

use super::oracle;
use super::random::{LEAVES, assets};
use super::servers::{Postgres, Served, project, python};
use crate::project::Numbers;
use memebuild::contract::asset::{AssetKind, Manifest};
use memebuild::contract::search::{AssetName, Duplicates, Order, Query};
use memebuild::provider::conformance::check;
use memebuild::provider::http::HttpProvider;
use memebuild::provider::manifest::ManifestProvider;
use memebuild::provider::meaning::{Meaning, Model};
use memebuild::provider::postgres::{PostgresProvider, Vectors};
use memebuild::provider::sqlite::SqliteProvider;
use memebuild::provider::tokens::tokens;
use memebuild::provider::{Provider, mock};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

/// Numbers of a row of the made model.
const WIDTH: usize = 12;

/// Writes a model in which each word of some assets has a row. Words that begin with the same letter
/// mean much the same, so that there is something to find.
fn write_model(folder: &Path, manifest: &Manifest, seed: &str) {
    let texts = manifest.assets.iter().flat_map(|asset| {
        let title = asset.provenance.title.as_deref().unwrap_or_default();
        asset.tags.iter().map(String::as_str).chain([asset.id.as_str(), title])
    });
    let words: BTreeSet<String> = texts.flat_map(tokens).collect();
    let (mut vocab, mut body) = (String::new(), Vec::new());
    for (at, word) in words.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        write!(vocab, "{comma}{}: {at}", serde_json::json!(word)).expect("a text");
        let chance = |of: &str| blake3::hash(format!("{seed} {of}").as_bytes());
        let (own, letter) =
            (chance(word), chance(&word[..word.chars().next().unwrap().len_utf8()]));
        for n in 0..WIDTH {
            let number = f32::from(own.as_bytes()[n]) + 2.0 * f32::from(letter.as_bytes()[n]);
            body.extend_from_slice(&(number / 383.0 - 1.0).to_le_bytes());
        }
    }
    let tokenizer = format!(
        r#"{{"normalizer": {{"type": "BertNormalizer", "strip_accents": false}},
            "model": {{"type": "WordPiece", "vocab": {{{vocab}}}}}}}"#
    );
    let header = format!(
        r#"{{"embeddings":{{"dtype":"F32","shape":[{},{WIDTH}],"data_offsets":[0,{}]}}}}"#,
        words.len(),
        body.len()
    );
    let mut rows = (header.len() as u64).to_le_bytes().to_vec();
    rows.extend_from_slice(header.as_bytes());
    rows.extend_from_slice(&body);
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("model.safetensors"), rows).expect("rows");
    std::fs::write(folder.join("tokenizer.json"), tokenizer).expect("a tokenizer");
}

fn made(folder: &Path, manifest: &Manifest) -> Arc<Model> {
    write_model(folder, manifest, "first");
    Arc::new(Model::open(folder).expect("a model"))
}

/// Words side by side, sometimes cut, quoted or negated, sometimes with a condition.
fn queries(manifest: &Manifest, count: usize) -> Vec<Query> {
    let mut numbers = Numbers(9);
    let names: Vec<AssetName> = manifest
        .assets
        .iter()
        .map(|asset| AssetName { kind: asset.kind, id: asset.id.clone() })
        .collect();
    let query = |_| {
        let mut parts: Vec<String> = Vec::new();
        for _ in 0..1 + numbers.below(3) {
            let words = tokens(names[numbers.below(names.len())].id.as_str());
            let word = &words[numbers.below(2)];
            parts.push(match numbers.below(9) {
                0 => word.chars().take(3).collect(),
                1 => format!("\"{word}\""),
                2 => format!("-{word}"),
                3 => format!("({word} OR night)"),
                _ => word.clone(),
            });
        }
        if numbers.below(3) == 0 {
            parts.push(LEAVES[numbers.below(LEAVES.len())].to_owned());
        }
        if numbers.below(12) == 0 {
            parts.clear();
        }
        let kinds = AssetKind::ALL;
        Query {
            kind: (numbers.below(2) == 0).then(|| kinds[numbers.below(kinds.len())]),
            order: Order::Hybrid,
            duplicates: [None, None, Some(Duplicates::Keep), Some(Duplicates::Collapse)]
                [numbers.below(4)],
            exclude: (0..numbers.below(4))
                .map(|_| names[numbers.below(names.len())].clone())
                .collect(),
            limit: [1, 7, 100, 1000][numbers.below(4)],
            ..Query::text(parts.join(" "))
        }
    };
    (0..count).map(query).collect()
}

/// Asks every query, follows some cursors, and compares with the definition.
fn compare(provider: &dyn Provider, manifest: &Manifest, model: &Model, count: usize) {
    let vectors = oracle::vectors(manifest, model);
    let (mut wordless, mut full) = (0, 0);
    for (number, query) in queries(manifest, count).into_iter().enumerate() {
        let expected = oracle::hybrid(manifest, &query, model, &vectors);
        let mut page = provider.search(&query).unwrap_or_else(|e| panic!("{}: {e}", query.text));
        assert_eq!(page.total, expected.len() as u64, "how many: {query:?}");
        let mut hits = page.hits.clone();
        for _ in 0..2 {
            let Some(cursor) = page.next.take() else { break };
            let next = Query { cursor: Some(cursor), ..query.clone() };
            page = provider.search(&next).unwrap_or_else(|e| panic!("{}: {e}", query.text));
            hits.extend(page.hits.clone());
        }
        let own: Vec<_> = hits.iter().map(|hit| (hit.name(), hit.score)).collect();
        assert_eq!(own, expected[..own.len()], "which: {query:?}");
        assert_eq!(own.len(), expected.len().min(3 * query.limit as usize), "short: {query:?}");
        if number % 10 == 0 {
            explains(provider, &query, expected.len() as u64);
        }
        let worded = oracle::search(manifest, &Query { order: Order::Best, ..query.clone() });
        wordless += usize::from(expected.len() > worded.len());
        full += usize::from(hits.iter().filter(|hit| hit.nearness.is_some()).count() == 100);
    }
    assert!(wordless > count / 4, "meaning found something for only {wordless} queries");
    // The larger collections show that no more than the nearest are taken.
    assert!(full > 0 || manifest.assets.len() < 300, "there was never more than enough");
}

/// What words and meaning removed is a step of its own, behind all conditions.
fn explains(provider: &dyn Provider, query: &Query, total: u64) {
    let query = Query { explain: true, ..query.clone() };
    let page = provider.search(&query).unwrap_or_else(|e| panic!("{}: {e}", query.text));
    let steps = page.explain.expect("an explanation").steps;
    let at = steps.iter().position(|step| step.part == "words or meaning").expect("a step");
    let left = steps.last().expect("a step").left;
    assert_eq!((page.total, left), (total, total), "{query:?}: {steps:?}");
    assert!(steps[at + 1..].iter().all(|step| step.part == "duplicates"), "{steps:?}");
}

/// Few assets are enough for the suite, which asks much else besides.
fn conforms(provider: &dyn Provider, model: &Arc<Model>) {
    for outcome in check(provider, Some(Arc::clone(model)), 40, 4).expect("a list of assets") {
        assert_eq!(outcome.broken, None, "{}: {}", provider.describe(), outcome.rule);
    }
}

#[test]
fn memory_and_sqlite_order_by_meaning_as_it_is_defined() {
    let folder = tempfile::tempdir().expect("a folder");
    for (manifest, count) in [(assets(), 150), (mock::manifest(5, 500), 20)] {
        let model = made(folder.path(), &manifest);
        let meaning = Meaning::of(Arc::clone(&model));
        let memory = ManifestProvider::new("test", manifest.clone()).with_meaning(meaning.clone());
        compare(&memory, &manifest, &model, count);
        let sqlite = SqliteProvider::of(&folder.path().join("x.sqlite"), &manifest);
        let sqlite = sqlite.expect("an index").with_meaning(meaning);
        compare(&sqlite, &manifest, &model, count);
        if count > 100 {
            conforms(&memory, &model);
            conforms(&sqlite, &model);
        }
    }
}

#[test]
fn postgres_orders_by_meaning_as_it_is_defined() {
    let server = Postgres::start();
    let folder = tempfile::tempdir().expect("a folder");
    let connect = |meaning: &Meaning, schema: &str| {
        let password = Some(Postgres::PASSWORD.to_owned());
        let provider = PostgresProvider::connect(&server.url, password, schema);
        provider.expect("a database").with_meaning(meaning.clone())
    };
    for (schema, manifest, count) in [("few", assets(), 150), ("many", mock::manifest(5, 500), 20)]
    {
        let model = made(folder.path(), &manifest);
        let provider = connect(&Meaning::of(Arc::clone(&model)), schema);
        let loaded = provider.load(&manifest).expect("loaded");
        assert_eq!(loaded.vectors, Vectors::Written(manifest.assets.len()));
        compare(&provider, &manifest, &model, count);
        if count > 100 {
            conforms(&provider, &model);
        }
        assert_eq!(provider.load(&manifest).expect("loaded").vectors, Vectors::Written(0));
    }

    // Vectors of one model are none of another: it has to be said, and loading mends it.
    let manifest = assets();
    let other = folder.path().join("other");
    write_model(&other, &manifest, "second");
    let other = Arc::new(Model::open(&other).expect("a model"));
    let provider = connect(&Meaning::of(Arc::clone(&other)), "few");
    let query = Query { order: Order::Hybrid, ..Query::text("gorilla") };
    let refused = provider.search(&query).expect_err("no answer");
    assert_eq!(refused.code, "no-vectors");
    assert!(refused.message.contains("another model"), "{refused}");
    let loaded = provider.load(&manifest).expect("loaded");
    assert_eq!((loaded.written, loaded.vectors), (0, Vectors::Written(manifest.assets.len())));
    compare(&provider, &manifest, &other, 50);

    // An asset that changed has another vector.
    let mut changed = manifest.clone();
    changed.duplicates.clear();
    changed.assets[3].tags = vec!["gorilla".to_owned()];
    let loaded = provider.load(&changed).expect("loaded");
    assert_eq!(loaded.vectors, Vectors::Written(loaded.written));
    compare(&provider, &changed, &other, 50);

    // Who loads without a model leaves no vectors that would be wrong sooner or later.
    let plain = connect(&Meaning::default(), "few");
    assert_eq!(plain.load(&manifest).expect("loaded").vectors, Vectors::Unasked);
    assert_eq!(plain.search(&query).expect_err("no answer").code, "no-model");
    assert_eq!(provider.search(&query).expect_err("no answer").code, "no-vectors");
    assert!(provider.search(&Query::text("gorilla")).is_ok());
}

#[test]
fn a_database_without_the_extension_says_so_only_to_who_asks_for_meaning() {
    let server = Postgres::start();
    // Somebody who may not add extensions to the database.
    server.sql("CREATE ROLE guest LOGIN PASSWORD 'a password of a guest'");
    server.sql("CREATE SCHEMA guests AUTHORIZATION guest");
    let manifest = assets();
    let made_here = project(&manifest, "memefile = 1\n");
    write_model(&made_here.root().join("model"), &manifest, "first");
    let url = server.url.replace("tester@", "guest@");
    made_here.write(
        "Memefile.toml",
        format!(
            "memefile = 1\n[provider]\nkind = \"postgres\"\nurl = \"{url}\"\n\
             secret-env = \"TEST_PASSWORD\"\nschema = \"guests\"\nmodel = \"model\"\n"
        ),
    );
    let run = |args: &[&str]| {
        let mut command = made_here.command(args);
        let output = command.env("TEST_PASSWORD", "a password of a guest").output();
        let output = output.expect("it ran");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, out, talk) = run(&["provider", "sync"]);
    assert_eq!(code, Some(0), "{talk}");
    assert!(out.contains("200 written"), "{out}");
    assert!(talk.contains("cannot order by meaning") && talk.contains("pgvector"), "{talk}");
    let (code, out, talk) = run(&["search", "gorilla"]);
    assert_eq!((code, talk.as_str()), (Some(0), ""), "{out}");
    let (code, _, talk) = run(&["search", "gorilla", "--hybrid"]);
    assert_eq!(code, Some(1), "{talk}");
    assert!(talk.contains("nor the extension pgvector"), "{talk}");

    // Once its owner has added it, loading again is all that is to be done.
    server.sql("CREATE EXTENSION vector SCHEMA public");
    let (code, _, talk) = run(&["provider", "sync"]);
    assert!(code == Some(0) && talk.contains("200 vectors written"), "{talk}");
    let (code, _, talk) = run(&["search", "gorilla", "--hybrid"]);
    assert_eq!(code, Some(0), "{talk}");
}

#[test]
fn http_orders_by_meaning_as_it_is_defined() {
    let manifest = assets();
    let served =
        project(&manifest, "memefile = 1\n[provider]\nkind = \"manifest\"\nmodel = \"m\"\n");
    let model = made(&served.root().join("m"), &manifest);
    let served = Served::start(&served, &[], &[]);
    let provider = HttpProvider::new(&served.url, None).expect("a client");
    compare(&provider, &manifest, &model, 150);
    conforms(&provider, &model);

    let bare = Served::start(&project(&manifest, "memefile = 1\n"), &[], &[]);
    let provider = HttpProvider::new(&bare.url, None).expect("a client");
    let query = Query { order: Order::Hybrid, ..Query::text("gorilla") };
    assert_eq!(provider.search(&query).expect_err("no answer").code, "no-model");
    // The suite takes that for an answer, and holds it to everything else.
    for outcome in check(&provider, None, 20, 4).expect("a list of assets") {
        assert_eq!(outcome.broken, None, "{}", outcome.rule);
    }
}

/// A provider with one fault in the order by meaning.
struct Faulty(ManifestProvider, fn(&mut memebuild::contract::search::Page));

impl Provider for Faulty {
    fn describe(&self) -> String {
        "a faulty one".to_owned()
    }

    fn search(
        &self,
        query: &Query,
    ) -> Result<memebuild::contract::search::Page, Box<memebuild::diagnostic::Diagnostic>> {
        let mut page = self.0.search(query)?;
        if query.order == Order::Hybrid {
            (self.1)(&mut page);
        }
        Ok(page)
    }

    fn get_asset_by_id(
        &self,
        name: &AssetName,
    ) -> Result<Option<memebuild::contract::asset::SeedAsset>, Box<memebuild::diagnostic::Diagnostic>>
    {
        self.0.get_asset_by_id(name)
    }
}

#[test]
fn the_suite_finds_faults_in_it_with_the_model_and_without() {
    type Fault = fn(&mut memebuild::contract::search::Page);
    let faults: [(&str, Fault); 2] = [
        ("hits in another order", |page| page.hits.reverse()),
        ("hits that are lost", |page| page.hits.truncate(1)),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let model = made(folder.path(), &assets());
    for (what, fault) in faults {
        for known in [None, Some(Arc::clone(&model))] {
            let memory = ManifestProvider::new("test", assets());
            let memory = memory.with_meaning(Meaning::of(Arc::clone(&model)));
            let outcomes = check(&Faulty(memory, fault), known.clone(), 100, 3).expect("a list");
            let broken: Vec<_> = outcomes.iter().filter(|o| o.broken.is_some()).collect();
            assert_eq!(broken.len(), 1, "{what}, model {known:?}: {outcomes:?}");
        }
    }
}

#[test]
fn what_is_missing_for_it_is_said() {
    let manifest = assets();
    let here = project(&manifest, "memefile = 1\n");
    let search = ["search", "gorilla", "--hybrid"];
    let talk = here.expect(2, &search);
    assert!(talk.contains("no-model") && talk.contains("scripts/fetch-model"), "{talk}");
    // With a model it is there, and a model that is damaged is named.
    write_model(&here.root().join("m"), &manifest, "first");
    let found = here.run(&[&search[..], &["--model", "m", "--format", "json"]].concat());
    let page: serde_json::Value = serde_json::from_slice(&found.stdout).expect("a page");
    assert!(page["total"].as_u64() > Some(0) && page["hits"][0]["nearness"].as_u64() > Some(200));
    here.write("m/model.safetensors", "none at all");
    let talk = here.expect(1, &[&search[..], &["--model", "m"]].concat());
    assert!(talk.contains("bad-model") && talk.contains("m/model.safetensors"), "{talk}");
    // Whoever does not ask for meaning does not notice.
    let section = "memefile = 1\n[provider]\nkind = \"manifest\"\nmodel = \"m\"\n";
    here.write("Memefile.toml", section);
    here.expect(1, &search);
    here.expect(0, &search[..2]);
    here.write("Memefile.toml", section.replace("\"manifest\"", "\"http\"\nurl = \"http://a\""));
    let talk = here.expect(2, &search);
    assert!(talk.contains("this kind of provider has no `model`"), "{talk}");
    let http = "memefile = 1\n[provider]\nkind = \"http\"\nurl = \"http://127.0.0.1:1\"\n";
    here.write("Memefile.toml", http);
    let talk = here.expect(2, &[&search[..], &["--model", "m"]].concat());
    assert!(talk.contains("by its own model"), "{talk}");
}

/// The model that `scripts/fetch-model` fetches.
fn real() -> Arc<Model> {
    let folder = python().parent().expect("a folder").join("model");
    Arc::new(Model::open(&folder).expect("scripts/install-test-servers fetches the model"))
}

#[test]
fn words_are_cut_and_vectors_reckoned_as_by_others() {
    let model = real();
    // As the tokenizers library of Hugging Face cuts them.
    let pieces: [(&str, &[u32]); 10] = [
        ("cat", &[6635]),
        ("gorilla", &[330, 272, 2911]),
        ("skyscrapers", &[2071, 952, 29883, 2390, 414]),
        ("café", &[274, 28059]),
        ("naïve", &[1055, 30085, 345]),
        ("夜の街", &[29871, 31390, 30199, 30813]),
        ("привет", &[1695, 7616]),
        ("furious", &[3261, 2738]),
        ("zzz", &[503, 5617]),
        ("한국어", &[29871, 30877, 31293, 31129]),
    ];
    let mut hasher = blake3::Hasher::new();
    let mut add = |words: &[&str]| {
        let vector = model.meaning(words.iter().copied()).expect("a meaning");
        let bytes: Vec<u8> = vector.numbers().iter().map(|n| n.cast_unsigned()).collect();
        hasher.update(&bytes);
    };
    for (word, expected) in pieces {
        assert_eq!(model.pieces(word), expected, "{word}");
        add(&[word]);
    }
    add(&["angry", "boss"]);
    // Reckoned with fractions of whole numbers by another program: the same bytes everywhere.
    let expected = "49d7461fdf69baf9fcf086fd1b295d14f1fc8a6e2b1d993857822e4b587bfd56";
    assert_eq!(hasher.finalize().to_hex().as_str(), expected);
}

/// Assets of these names, all of one quality.
fn named(names: &[&str]) -> Manifest {
    let mut manifest = mock::manifest(1, names.len());
    manifest.duplicates.clear();
    for (asset, name) in manifest.assets.iter_mut().zip(names) {
        asset.kind = AssetKind::Background;
        asset.id = (*name).to_owned().try_into().expect("an id");
        asset.tags.clear();
        asset.provenance.title = None;
        asset.quality.score = 50;
    }
    manifest.assets.sort_by(|a, b| a.id.cmp(&b.id));
    manifest
}

#[test]
fn a_real_model_finds_what_is_meant() {
    let names = [
        "kitten-asleep",
        "puppy-running",
        "rainy-street",
        "skyscrapers-at-dusk",
        "angry-boss",
        "birthday-cake",
        "guitar-solo",
        "explosion-slow",
        "judge-hammer",
        "snowy-mountain",
    ];
    let provider = ManifestProvider::new("test", named(&names)).with_meaning(Meaning::of(real()));
    let first = |text: &str| {
        let query = Query { order: Order::Hybrid, ..Query::text(text) };
        let page = provider.search(&query).expect("a page");
        page.hits.first().map_or(String::new(), |hit| hit.id.to_string())
    };
    for (text, expected) in [
        ("cat sleeping", "kitten-asleep"),
        ("dog", "puppy-running"),
        ("wet road", "rainy-street"),
        ("furious manager", "angry-boss"),
        ("music", "guitar-solo"),
        ("bomb", "explosion-slow"),
        ("court law", "judge-hammer"),
        ("winter hills", "snowy-mountain"),
    ] {
        assert_eq!(first(text), expected, "{text}");
        // No word of it is there.
        assert_eq!(provider.search(&Query::text(text)).expect("a page").total, 0, "{text}");
    }
}
