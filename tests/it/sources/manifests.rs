//! A folder with a manifest, made by whatever program: checked, believed, never written to.

use crate::project::Project;
use crate::samples::{FILM, film};
use memebuild::contract;
use memebuild::contract::asset::{AssetKind, Manifest, SeedAsset};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Files of a folder, relative to it.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// What a producer made: the assets of the film, ingested once for all tests.
fn produced() -> &'static Files {
    static MADE: OnceLock<Files> = OnceLock::new();
    MADE.get_or_init(|| {
        let producer = film();
        producer.expect(0, &["manifest:manifest"]);
        let home = Path::new("artefacts/seed-assets");
        let files = producer.files("artefacts/seed-assets").into_iter();
        files.map(|(path, bytes)| (path.strip_prefix(home).unwrap().to_owned(), bytes)).collect()
    })
}

/// The film's Memefile, with all its assets out of `theirs`.
fn consumer() -> Project {
    let (_, rest) = FILM.split_once("[style.plain]").unwrap();
    let memefile =
        format!("memefile = 1\n[source.all]\nmanifest = \"theirs\"\n\n[style.plain]{rest}");
    let project = Project::new(&memefile);
    put(&project, produced());
    project
}

fn put(project: &Project, files: &Files) {
    for (path, bytes) in files {
        project.write(&format!("theirs/{}", path.display()), bytes);
    }
}

fn manifest(project: &Project) -> Manifest {
    contract::read(&std::fs::read(project.root().join("theirs/manifest.json")).unwrap()).unwrap()
}

/// Writes a manifest and the metadata beside each file.
fn write(project: &Project, manifest: &Manifest) {
    project.write("theirs/manifest.json", contract::write(manifest));
    for asset in &manifest.assets {
        let path = format!("theirs/{}/{}/metadata.json", asset.kind, asset.id);
        project.write(&path, contract::write(asset));
    }
}

/// Steps that ran in the last build.
fn steps(project: &Project) -> Vec<String> {
    let logs = project.files("cache/log");
    let last = String::from_utf8(logs.into_values().next_back().unwrap()).unwrap();
    let lines = last.lines().filter_map(|line| serde_json::from_str(line).ok());
    let mut steps: Vec<String> = lines
        .filter(|line: &serde_json::Value| line["event"] == "action-finished")
        .map(|line| line["step"].as_str().unwrap().split(' ').next().unwrap().to_owned())
        .collect();
    steps.sort();
    steps.dedup();
    steps
}

#[test]
fn a_mock_that_becomes_real_renders_nothing_again() {
    let project = consumer();
    let before = project.files("theirs");
    project.expect(0, &[]);
    assert_eq!(project.files("theirs"), before, "it is never written to");
    let built = steps(&project);
    assert!(built.contains(&"asset/adopt".to_owned()), "{built:?}");
    assert!(!built.iter().any(|step| step == "asset/ingest"), "{built:?}");
    assert!(project.root().join("artefacts/seed-assets/green-screen/clip/source.mp4").exists());
    project.expect(0, &[]);

    // The real one: the same media, said more of, and forty assets besides.
    let mut real = manifest(&project);
    let music = real.assets.iter().find(|asset| asset.kind == AssetKind::Music).unwrap().clone();
    let bytes = std::fs::read(project.root().join("theirs/music/beat/source.wav")).unwrap();
    for asset in &mut real.assets {
        asset.tags = vec!["scored".to_owned()];
        asset.quality.score = 50;
        asset.provenance.creator = Some("somebody".to_owned());
    }
    for n in 0..40 {
        let id = format!("other-{n:02}").try_into().unwrap();
        real.assets.push(SeedAsset { id, ..music.clone() });
        project.write(&format!("theirs/music/other-{n:02}/source.wav"), &bytes);
    }
    real.assets.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    write(&project, &real);
    project.expect(0, &[]);
    let ran = steps(&project);
    let renders = ran
        .iter()
        .filter(|step| ["render/", "caption/", "conform/"].iter().any(|of| step.starts_with(of)));
    assert_eq!(renders.count(), 0, "{ran:?}");
    let ours: Manifest = contract::read(
        &std::fs::read(project.root().join("artefacts/seed-assets/manifest.json")).unwrap(),
    )
    .unwrap();
    assert_eq!(ours.assets, real.assets);
}

#[test]
fn what_is_said_here_is_added() {
    let project = consumer();
    let text = project.read("Memefile.toml").replace(
        "manifest = \"theirs\"",
        "manifest = \"theirs\"\ntags = [\"ours\"]\nlicence = \"CC0-1.0\"",
    );
    project.write("Memefile.toml", text);
    project.expect(0, &["asset:*"]);
    let metadata = project.read("artefacts/seed-assets/music/beat/metadata.json");
    assert!(metadata.contains("\"ours\"") && metadata.contains("CC0-1.0"), "{metadata}");
}

#[test]
fn only_the_kind_that_is_asked_for_is_taken() {
    let project =
        Project::new("memefile = 1\n[source.all]\nasset = \"music\"\nmanifest = \"theirs\"\n");
    put(&project, produced());
    project.expect(0, &[]);
    let ours = project.read("artefacts/seed-assets/manifest.json");
    assert_eq!(ours.matches("\"kind\"").count(), 1, "{ours}");
}

/// A consumer whose folder was spoiled, and what a build of it says.
#[track_caller]
fn spoiled(code: i32, spoil: impl Fn(&Project)) -> String {
    let project = consumer();
    spoil(&project);
    project.expect(code, &["asset:*"])
}

#[test]
fn a_folder_that_breaks_the_contract_is_refused() {
    let edit = |project: &Project, from: &str, to: &str| {
        let text = project.read("theirs/manifest.json").replacen(from, to, 1);
        project.write("theirs/manifest.json", text);
    };
    let newer = spoiled(5, |project| edit(project, "\"schemaVersion\": 1", "\"schemaVersion\": 7"));
    assert!(newer.contains("it needs a newer memebuild"), "{newer}");
    let unknown = spoiled(5, |project| edit(project, "\"kind\"", "\"kynd\""));
    assert!(unknown.contains("breaks its contract"), "{unknown}");
    let escape = spoiled(5, |project| edit(project, "\"source.png\"", "\"../../../etc/passwd\""));
    assert!(escape.contains("is not `source.<ext>`"), "{escape}");
    let none = spoiled(2, |project| {
        std::fs::remove_file(project.root().join("theirs/manifest.json")).unwrap();
    });
    assert!(none.contains("name the folder that holds `manifest.json`"), "{none}");
}

#[test]
fn one_bad_asset_of_a_folder_stops_nobody() {
    let changed = spoiled(1, |project| project.write("theirs/music/beat/source.wav", "other"));
    assert!(changed.contains("is not the file that its metadata describe"), "{changed}");
    assert!(changed.contains("4 nodes: 1 failed, 3 ran"), "{changed}");
    let gone = spoiled(1, |project| {
        std::fs::remove_file(project.root().join("theirs/music/beat/source.wav")).unwrap();
    });
    assert!(gone.contains("1 failed, 3 ran"), "{gone}");
    let link = spoiled(1, |project| {
        let path = project.root().join("theirs/music/beat/source.wav");
        std::fs::rename(&path, project.root().join("elsewhere.wav")).unwrap();
        std::os::unix::fs::symlink(project.root().join("elsewhere.wav"), path).unwrap();
    });
    assert!(link.contains("is a link that leads out of the folder"), "{link}");
    let differ = spoiled(1, |project| {
        let path = "theirs/music/beat/metadata.json";
        project.write(path, project.read(path).replace("\"id\": \"beat\"", "\"id\": \"beats\""));
    });
    assert!(differ.contains("disagree about music/beat"), "{differ}");
}

#[test]
fn our_own_folder_is_no_source() {
    let project =
        Project::new("memefile = 1\n[source.all]\nmanifest = \"artefacts/seed-assets\"\n");
    for (path, bytes) in produced() {
        project.write(&format!("artefacts/seed-assets/{}", path.display()), bytes);
    }
    let talk = project.expect(2, &[]);
    assert!(talk.contains("memebuild writes this folder itself"), "{talk}");
}

#[test]
fn ids_of_a_manifest_and_names_of_files_do_not_clash() {
    let project = consumer();
    let text = project.read("Memefile.toml")
        + "[source.own]\nasset = \"music\"\nfiles = \"own/beat.wav\"\n";
    project.write("Memefile.toml", text);
    project.write("own/beat.wav", super::support::sound(5));
    project.expect(0, &["asset:music/*"]);
    let ids: Vec<PathBuf> = project.files("artefacts/seed-assets/music").into_keys().collect();
    assert_eq!(ids.len(), 4, "{ids:?}");
    assert!(ids.iter().any(|path| path.ends_with("beat/source.wav")), "{ids:?}");
}
