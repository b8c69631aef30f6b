//! A mock of three assets gives way to a real manifest of 2,397, those three among them.

use super::mocks::{FILM, results};
use crate::project::Project;
use crate::soak::rounds;
use memebuild::contract;
use memebuild::contract::asset::{AssetId, AssetKind, Manifest, SeedAsset};
use memebuild::contract::digest::Digest;
use memebuild::contract::rights::Provenance;
use std::collections::BTreeMap;

const REAL: usize = 2397;

/// What the consumer says, once and for all.
fn consumer() -> Project {
    Project::new(&format!("memefile = 1\n[source.all]\nmanifest = \"theirs\"\n{FILM}"))
}

/// Puts a folder of stand-ins where the consumer looks.
fn mock(project: &Project) {
    let mut args = vec!["contract", "mock", "manifest", "--out", "theirs"];
    for id in ["green-screen/gorilla", "background/runway", "sound-effect/john-cena"] {
        args.extend(["--id", id]);
    }
    project.expect(0, &args);
}

/// Replaces it by what a scrape brought: the same media, said more of, and all the others.
fn scrape(project: &Project) {
    let path = project.root().join("theirs/manifest.json");
    let mut real: Manifest = contract::read(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(real.assets.len(), 3);
    for asset in &mut real.assets {
        asset.tags = vec!["scored".to_owned()];
        asset.quality.score = 77;
        asset.provenance =
            Provenance { creator: Some("the zoo".to_owned()), ..Provenance::default() };
    }
    let background = |asset: &&SeedAsset| asset.kind == AssetKind::Background;
    let like = real.assets.iter().find(background).unwrap().clone();
    for number in real.assets.len()..REAL {
        let bytes = format!("picture {number}");
        let id = AssetId::try_from(format!("place-{number}")).unwrap();
        let mut asset = SeedAsset { id, digest: Digest::of(bytes.as_bytes()), ..like.clone() };
        asset.streams.video = Some(format!("{number:064x}"));
        asset.fingerprint = None;
        project.write(&format!("theirs/background/place-{number}/{}", asset.file), bytes);
        real.assets.push(asset);
    }
    real.assets.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    for asset in &real.assets {
        let path = format!("theirs/{}/{}/metadata.json", asset.kind, asset.id);
        project.write(&path, contract::write(asset));
    }
    project.write("theirs/manifest.json", contract::write(&real));
}

/// Builds these targets; node → status, all of it real.
fn real(project: &Project, targets: &[&str]) -> BTreeMap<String, String> {
    let output = project.run(&[&["build", "--format", "json"], targets].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let document = serde_json::from_slice(&output.stdout).unwrap();
    let told = |(node, (status, mock)): (String, (String, bool))| {
        assert!(!mock, "{node}");
        (node, status)
    };
    results(&document).into_iter().map(told).collect()
}

#[test]
fn three_that_were_mocked_among_2397_that_are_real_render_nothing() {
    let project = consumer();
    mock(&project);
    let mocked = project.build();
    assert!(results(&mocked).values().all(|(_, mock)| *mock), "{mocked}");
    project.expect(2, &["build", "--release"]);
    let film = || std::fs::read(project.root().join("artefacts/renders/vogue@tiny.mp4")).unwrap();
    let before = film();

    scrape(&project);
    let same = |built: &BTreeMap<String, String>| {
        for of in ["render:", "composite:", "conform:", "caption:"] {
            let mut ran =
                built.iter().filter(|(node, status)| node.starts_with(of) && *status == "ran");
            assert_eq!(ran.next(), None);
        }
        assert!(before == film(), "the film is what it was");
    };
    // What the film needs of the 2,397, and it may be released.
    let built = real(&project, &["critic:*"]);
    assert_eq!(built.keys().filter(|node| node.starts_with("asset:")).count(), 3);
    same(&built);
    project.expect(0, &["build", "--release", "critic:*"]);
    // All of them, where there is time for it.
    if rounds(0, 1) > 0 {
        let built = real(&project, &[]);
        assert_eq!(built.keys().filter(|node| node.starts_with("asset:")).count(), REAL);
        same(&built);
        project.expect(0, &["build", "--release"]);
    }
}
