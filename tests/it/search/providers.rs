//! All five who answer, held to the definition and to the suite that others can run.

use super::random::{assets, compare};
use super::servers::{Postgres, Served, project};
use memebuild::contract::asset::Manifest;
use memebuild::contract::search::{Order, Query};
use memebuild::provider::Provider;
use memebuild::provider::conformance::check;
use memebuild::provider::http::HttpProvider;
use memebuild::provider::manifest::ManifestProvider;
use memebuild::provider::meaning::Meaning;
use memebuild::provider::mock;
use memebuild::provider::postgres::PostgresProvider;
use memebuild::provider::settings::Settings;
use memebuild::provider::sqlite::SqliteProvider;

const MEMEFILE: &str = "memefile = 1\n";

fn conforms(provider: &dyn Provider) {
    let outcomes = check(provider, None, 200, 3).expect("a list of assets");
    assert!(outcomes.len() >= 10, "{outcomes:?}");
    for outcome in outcomes {
        assert_eq!(outcome.broken, None, "{}: {}", provider.describe(), outcome.rule);
    }
}

#[test]
fn manifest_and_mock_conform() {
    conforms(&ManifestProvider::new("test", assets()));
    let mock = Settings::Mock { seed: 3, assets: 300 };
    let mock = mock.open(std::path::Path::new("."), &Meaning::default()).expect("a mock");
    conforms(mock.as_ref());
}

#[test]
fn sqlite_answers_as_searching_is_defined() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = assets();
    let provider =
        SqliteProvider::of(&folder.path().join("x.sqlite"), &manifest).expect("an index");
    compare(&provider, &manifest);
    conforms(&provider);
}

#[test]
fn sqlite_follows_the_manifest_and_survives_damage() {
    let folder = tempfile::tempdir().expect("a folder");
    let (index, path) = (folder.path().join("deep/x.sqlite"), folder.path().join("manifest.json"));
    let count = |manifest: &Manifest| {
        std::fs::write(&path, memebuild::contract::write(manifest)).expect("a manifest");
        let provider = SqliteProvider::open(&index, Some(&path)).expect("an index");
        provider.search(&Query::text("")).expect("a page").total
    };
    let keep = |n| Manifest { duplicates: Vec::new(), ..mock::manifest(1, n) };
    assert_eq!(count(&keep(40)), 40);
    assert_eq!(count(&keep(50)), 50);
    let before = std::fs::metadata(&index).expect("a file").modified().expect("a time");
    assert_eq!(count(&keep(50)), 50);
    let after = std::fs::metadata(&index).expect("a file").modified().expect("a time");
    assert_eq!(before, after, "the same manifest needs no new index");
    std::fs::write(&index, "not a database at all").expect("damage");
    assert_eq!(count(&keep(50)), 50);
    std::fs::write(&index, "").expect("damage");
    assert_eq!(count(&keep(50)), 50);
}

#[test]
fn postgres_answers_as_searching_is_defined() {
    let server = Postgres::start();
    let manifest = assets();
    let password = || Some(Postgres::PASSWORD.to_owned());
    let provider = PostgresProvider::connect(&server.url, password(), "memes").expect("a database");
    let loaded = provider.load(&manifest).expect("loaded");
    assert_eq!((loaded.written, loaded.removed, loaded.same), (manifest.assets.len(), 0, 0));
    compare(&provider, &manifest);
    conforms(&provider);

    // A second connection finds the schema as it is, and loading again writes nothing.
    let again = PostgresProvider::connect(&server.url, password(), "memes").expect("a database");
    let loaded = again.load(&manifest).expect("loaded");
    assert_eq!((loaded.written, loaded.removed), (0, 0));
    let mut fewer = manifest.clone();
    fewer.duplicates.clear();
    fewer.assets.truncate(100);
    fewer.assets[3].tags = vec!["anew".to_owned()];
    let loaded = again.load(&fewer).expect("loaded");
    assert!(loaded.written >= 1 && loaded.removed == manifest.assets.len() - 100, "{loaded:?}");
    assert_eq!(provider.search(&Query::text("tag:anew")).expect("a page").total, 1);

    let wrong = PostgresProvider::connect(&server.url, Some("wrong".to_owned()), "memes");
    let told = wrong.err().expect("a refusal").to_string();
    assert!(told.contains("password authentication failed") && !told.contains("wrong\""), "{told}");
}

#[test]
fn http_answers_as_searching_is_defined() {
    let manifest = assets();
    let served = Served::start(&project(&manifest, MEMEFILE), &[], &[]);
    let provider = HttpProvider::new(&served.url, None).expect("a client");
    compare(&provider, &manifest);
    conforms(&provider);
}

/// A provider with one fault.
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
        // Listing is right, so that it is the answers that are found to be wrong.
        if query.order != Order::Id {
            (self.1)(&mut page);
        }
        Ok(page)
    }

    fn get_asset_by_id(
        &self,
        name: &memebuild::contract::search::AssetName,
    ) -> Result<Option<memebuild::contract::asset::SeedAsset>, Box<memebuild::diagnostic::Diagnostic>>
    {
        self.0.get_asset_by_id(name)
    }
}

#[test]
fn the_suite_finds_faults() {
    type Fault = fn(&mut memebuild::contract::search::Page);
    let faults: [(&str, Fault); 4] = [
        ("hits in another order", |page| page.hits.reverse()),
        ("a wrong total", |page| page.total += 1),
        ("one hit too few", |page| drop(page.hits.pop())),
        ("a wrong score", |page| page.hits.iter_mut().for_each(|hit| hit.score += 1)),
    ];
    for (what, fault) in faults {
        let provider = Faulty(ManifestProvider::new("test", assets()), fault);
        let outcomes = check(&provider, None, 100, 3).expect("a list of assets");
        assert!(outcomes.iter().any(|outcome| outcome.broken.is_some()), "{what} went unseen");
    }
}

#[test]
fn a_project_moves_to_postgres_and_renders_nothing_again() {
    let server = Postgres::start();
    let project = super::memefile::project("city ratio:portrait");
    let output = project.run(&["build", "--format", "json"]);
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{talk}");
    let memefile = project.read("Memefile.toml");
    let section = format!(
        "\n[provider]\nkind = \"postgres\"\nurl = \"{}\"\nsecret-env = \"TEST_PASSWORD\"\n",
        server.url
    );
    project.write("Memefile.toml", memefile + &section);
    let run = |args: &[&str]| {
        let mut command = project.command(args);
        let output = command.env("TEST_PASSWORD", Postgres::PASSWORD).output().expect("it ran");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, talk) = (text(&output.stdout), text(&output.stderr));
        assert!(!out.contains(Postgres::PASSWORD) && !talk.contains(Postgres::PASSWORD));
        (output.status.code(), out, talk)
    };
    // Before anything is in it, the query means nothing.
    assert_eq!(run(&["plan"]).0, Some(2));
    let (code, out, talk) = run(&["provider", "sync"]);
    assert_eq!(code, Some(0), "{talk}");
    assert!(out.contains("3 written, 0 removed, 0 as they were"), "{out}");
    for _ in 0..2 {
        let (_, out, talk) = run(&["build", "--format", "json"]);
        let document: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(document["actions_ran"], 0, "{talk}");
    }
    let (code, out, talk) = run(&["search", "city -rain", "--format", "json"]);
    assert_eq!(code, Some(0), "{talk}");
    assert!(out.contains("city-night"), "{out}");
    let (code, out, talk) = run(&["provider", "check", "--queries", "50"]);
    assert_eq!(code, Some(0), "{out}{talk}");
    drop(server);
    let (code, _, talk) = run(&["search", "city"]);
    assert_eq!(code, Some(1), "{talk}");
    assert!(talk.contains("cannot answer"), "{talk}");
}
