//! Ingest, as `memebuild tool ingest` does it: one file in, one document out.

use crate::clips::Clips;
use crate::samples::{FILM, film};
use memebuild::contract;
use memebuild::contract::asset::{AssetKind, Manifest, SeedAsset, Stream};
use memebuild::contract::digest::Digest;
use memebuild::contract::rights::{Licence, Provenance};
use memebuild::contract::slug::asset_slug;
use memebuild::diagnostic::{Diagnostic, Source, Span};
use memebuild::media::measure;
use memebuild::node::asset::{self, AssetNode};
use memebuild::node::assets::{AssetEntry, Content};
use memebuild::node::manifest::{self, ManifestNode};
use memebuild::node::plan::{Done, Input};
use memebuild::node::tool::Context;
use memebuild::node::{Blobs, Deps, Node, Output, Outputs};
use std::collections::BTreeMap;
use std::path::Path;

/// Ingests a file as both steps would, with the user's own ending.
pub fn ingest(kind: AssetKind, path: &Path) -> Result<SeedAsset, Diagnostic> {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let [measured, metadata] = ["measured", "metadata"].map(|name| scratch.path().join(name));
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let context = Context {
        params: serde_json::json!({ "kind": kind, "extension": extension }),
        inputs: [("source".to_owned(), path.to_owned())].into(),
        outputs: [("measured".to_owned(), measured.clone())].into(),
        scratch: scratch.path().to_owned(),
    };
    (asset::INGEST.run)(&context)?;
    let context = Context {
        params: serde_json::json!({ "kind": kind, "id": asset_slug(&stem), "tags": ["t"] }),
        inputs: [("measured".to_owned(), measured)].into(),
        outputs: [("metadata".to_owned(), metadata.clone())].into(),
        scratch: scratch.path().to_owned(),
    };
    (asset::DESCRIBE.run)(&context)?;
    let bytes = std::fs::read(metadata).expect("metadata is written");
    Ok(contract::read(&bytes).expect("metadata satisfies its contract"))
}

/// A green screen with a subject of moving colours: 96 × 160, half a second.
fn green(extra: &str) -> String {
    green_with("", extra)
}

/// The same, with further inputs.
fn green_with(inputs: &str, extra: &str) -> String {
    format!(
        "-f lavfi -i color=c=0x00b140:s=96x160:r=12:d=0.5 \
         -f lavfi -i testsrc2=s=40x70:r=12:d=0.5 {inputs} \
         -filter_complex [0][1]overlay=28:80,noise=alls=4:allf=t:all_seed=1{extra} \
         -c:v libx264 -preset veryfast -crf 18 -pix_fmt yuv420p"
    )
}

#[test]
fn a_green_screen_is_measured() {
    let clips = Clips::new();
    let path = clips.make("Gorilla Dance.mp4", &green(""));
    let asset = ingest(AssetKind::GreenScreen, &path).unwrap();
    assert_eq!((asset.id.as_str(), asset.file.as_str()), ("gorilla-dance", "source.mp4"));
    let video = asset.facts.video.as_ref().unwrap();
    assert_eq!((video.width, video.height, video.frames), (96, 160, 6));
    let measures = &asset.quality.measures;
    assert!((135..=145).contains(&measures["keyHueDeg"]), "{measures:?}");
    assert!(measures["ringShareMilli"] > 950, "{measures:?}");
    assert!((150..=220).contains(&measures["subjectShareMilli"]), "{measures:?}");
    assert!(measures["screenLumaStdMilli"] < 8_000, "{measures:?}");
    assert_eq!(asset.quality.score, measure::score(asset.kind, measures), "made of its measures");
    assert!(asset.quality.score > 50, "{:?}", asset.quality);
    let key = asset.key.as_ref().expect("a screen has a key");
    assert!(key.u.abs_diff(101) <= 5 && key.v.abs_diff(50) <= 9, "{key:?}");
    assert_eq!(ingest(AssetKind::GreenScreen, &path).unwrap(), asset, "the same twice");
}

/// Each fault alone, in steps: no step may raise the score, and the last must lower it.
#[test]
fn each_fault_of_a_green_screen_lowers_its_score() {
    let clips = Clips::new();
    let faults = [
        ("noise", ["noise=alls=12:allf=t", "noise=alls=35:allf=t", "noise=alls=70:allf=t"]),
        ("blur", ["gblur=1.5", "gblur=3", "gblur=6"]),
        (
            "light",
            [
                "geq=lum='lum(X,Y)*(0.8+0.2*X/W)':cb='cb(X,Y)':cr='cr(X,Y)'",
                "geq=lum='lum(X,Y)*(0.5+0.5*X/W)':cb='cb(X,Y)':cr='cr(X,Y)'",
                "geq=lum='lum(X,Y)*(0.2+0.8*X/W)':cb='cb(X,Y)':cr='cr(X,Y)'",
            ],
        ),
        (
            "border",
            [
                "drawbox=x=0:y=0:w=20:h=40:color=gray:t=fill",
                "drawbox=x=0:y=0:w=50:h=160:color=gray:t=fill",
                "drawbox=x=0:y=0:w=90:h=160:color=gray:t=fill",
            ],
        ),
    ];
    let clean = ingest(AssetKind::GreenScreen, &clips.make("clean.mp4", &green(""))).unwrap();
    for (fault, steps) in faults {
        let mut scores = vec![clean.quality.score];
        for (n, step) in steps.iter().enumerate() {
            let path = clips.make(&format!("{fault}-{n}.mp4"), &green(&format!(",{step}")));
            let quality = ingest(AssetKind::GreenScreen, &path).unwrap().quality;
            scores.push(quality.score);
        }
        assert!(scores.windows(2).all(|pair| pair[1] <= pair[0]), "{fault}: {scores:?}");
        assert!(scores[3] + 5 < scores[0], "{fault}: {scores:?}");
    }
    for (name, hue, is_screen) in [("blue.mp4", 100, true), ("pink.mp4", 170, false)] {
        let path = clips.make(name, &green(&format!(",hue=h={hue}")));
        let score = ingest(AssetKind::GreenScreen, &path).unwrap().quality.score;
        assert_eq!(score > 50, is_screen, "{name}: {score}");
    }
}

#[test]
fn a_new_title_leaves_the_streams_alone() {
    let clips = Clips::new();
    clips.make("first.mp4", &green_with("-f lavfi -i sine=d=0.5 -c:a aac -map 2:a", ""));
    clips.bytes("chapters.txt", ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=200\n");
    let first = ingest(AssetKind::GreenScreen, &clips.path("first.mp4")).unwrap();
    assert!(first.streams.video.is_some() && first.streams.audio.is_some());
    for (name, args) in [
        ("titled.mp4", "-i @first.mp4 -c copy -metadata title=new"),
        ("fast.mp4", "-i @first.mp4 -c copy -movflags +faststart"),
        ("chapters.mp4", "-i @first.mp4 -i @chapters.txt -map 0 -map_metadata 1 -c copy"),
    ] {
        let again = ingest(AssetKind::GreenScreen, &clips.make(name, args)).unwrap();
        assert_ne!(again.digest, first.digest, "{name}");
        assert_eq!(again.streams, first.streams, "{name}");
        assert_eq!(again.facts, first.facts, "{name}");
        let renamed = SeedAsset { id: first.id.clone(), ..again.clone() };
        assert_eq!(renamed.playback(), first.playback(), "{name}");
        for stream in [Stream::Video, Stream::Audio] {
            assert_eq!(again.projection(stream), first.projection(stream), "{name}");
        }
    }
    // One frame less is another film; a turn is the same frames, played differently.
    let shorter = clips.make("shorter.mp4", "-i @first.mp4 -c copy -frames:v 5");
    let shorter = ingest(AssetKind::GreenScreen, &shorter).unwrap();
    assert_ne!(shorter.streams.video, first.streams.video);
    let turned = clips.make("turned.mp4", "-i @first.mp4 -c copy -metadata:s:v rotate=90");
    let turned = ingest(AssetKind::GreenScreen, &turned).unwrap();
    assert_eq!(turned.streams.video, first.streams.video);
    assert_ne!(turned.projection(Stream::Video), first.projection(Stream::Video));
    assert_ne!(turned.playback(), first.playback());
    assert_eq!(turned.projection(Stream::Audio), first.projection(Stream::Audio));
}

#[test]
fn loudness_is_that_of_ffmpeg() {
    let clips = Clips::new();
    let path = clips.make(
        "beat.flac",
        "-f lavfi -i aevalsrc='0.4*sin(440*2*PI*t)*(1+sin(2*PI*t))|0.3*sin(330*2*PI*t)':d=5:s=48000",
    );
    let measures = ingest(AssetKind::Music, &path).unwrap().quality.measures;
    let output = std::process::Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-i"])
        .arg(&path)
        .args(["-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let summary = text.rsplit("Summary:").next().unwrap();
    let value = |label: &str| -> f64 {
        let rest = summary.split(label).nth(1).unwrap();
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    for (label, measure) in
        [("I:", "integratedClufs"), ("LRA:", "loudnessRangeClu"), ("Peak:", "truePeakCdbtp")]
    {
        let ours = measures[measure] as f64 / 100.0;
        assert!((ours - value(label)).abs() < 0.11, "{label} {ours}, ffmpeg {}", value(label));
    }
}

#[test]
fn sounds_are_measured_at_their_ends() {
    let clips = Clips::new();
    let late = "-f lavfi -i sine=d=0.5:r=48000 -af adelay=300:all=1,apad=pad_dur=0.7";
    let path = clips.make("late.wav", late);
    let effect = ingest(AssetKind::SoundEffect, &path).unwrap();
    let measures = &effect.quality.measures;
    assert!((295..=305).contains(&measures["onsetMs"]), "{measures:?}");
    assert!((695..=705).contains(&measures["tailMs"]), "{measures:?}");
    assert_eq!(effect.facts.audio.as_ref().unwrap().duration_ms, 1500);
    let music = ingest(AssetKind::Music, &path).unwrap();
    assert!((295..=305).contains(&music.quality.measures["headSilenceMs"]));
    let silent = clips.make("silent.wav", "-f lavfi -i anullsrc -t 1");
    assert_eq!(ingest(AssetKind::Music, &silent).unwrap().quality.score, 0);
    let loud = clips.make("loud.wav", "-f lavfi -i sine=d=1 -af volume=40dB -c:a pcm_s16le");
    let loud = ingest(AssetKind::Music, &loud).unwrap().quality;
    assert!(loud.measures["clippedRuns"] > 500, "{loud:?}");
}

#[test]
fn a_photo_is_a_background_and_a_film_is_music_if_it_has_sound() {
    let clips = Clips::new();
    let sharp = clips.make("sharp.png", "-f lavfi -i testsrc2=s=320x240 -frames:v 1");
    let dull = clips.make("dull.png", "-i @sharp.png -vf gblur=8");
    let [sharp, dull] = [sharp, dull].map(|path| ingest(AssetKind::Background, &path).unwrap());
    assert_eq!(sharp.key, None, "only green screens have a key");
    let sharpness = |asset: &SeedAsset| asset.quality.measures["sharpnessMilli"];
    assert!(sharpness(&sharp) > 10 * sharpness(&dull));
    assert!(sharp.quality.score > dull.quality.score);
    assert!(sharp.facts.video.unwrap().is_still());
    let film = clips.make("film.mp4", "-f lavfi -i testsrc2=d=0.5:s=96x64 -c:v libx264");
    let refused = ingest(AssetKind::Music, &film).unwrap_err();
    assert!(refused.message.ends_with("has no sound, and a music asset needs some"), "{refused}");
    let both = "-i @film.mp4 -f lavfi -i sine=d=0.5 -c:v copy";
    let heard = ingest(AssetKind::Music, &clips.make("heard.mp4", both)).unwrap();
    assert_eq!(heard.streams.video, None, "pictures of music are not decoded");
}

/// A store in memory.
#[derive(Default)]
struct Memory(BTreeMap<Digest, Vec<u8>>);

impl Memory {
    fn put(&mut self, bytes: Vec<u8>) -> Digest {
        let digest = Digest::of(&bytes);
        self.0.insert(digest, bytes);
        digest
    }
}

impl Blobs for Memory {
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, Diagnostic> {
        Ok(self.0[digest].clone())
    }
}

fn asset_node(path: &str) -> AssetNode {
    let tags = ["a", "b"].map(str::to_owned).into();
    let licence = Licence::try_from("CC0-1.0".to_owned()).unwrap();
    let provenance = Provenance { licence: Some(licence), ..Provenance::default() };
    AssetNode::new(AssetEntry { tags, provenance, ..entry(AssetKind::Music, "Beat", path) })
}

/// A file that a source found.
pub fn entry(kind: AssetKind, stem: &str, path: &str) -> AssetEntry {
    AssetEntry {
        content: Content::File,
        kind,
        id: asset_slug(stem),
        path: path.to_owned(),
        tags: Vec::new(),
        provenance: Provenance::default(),
        span: Span {
            source: Source { name: "Memefile.toml".to_owned(), text: "".into() }.into(),
            range: 0..0,
        },
    }
}

#[test]
fn an_asset_is_read_in_place_and_what_is_said_of_it_decodes_nothing() {
    let node = asset_node("media/Beat.WAV");
    let digest = Digest::of(b"sound");
    let file = Output::File { path: "media/Beat.WAV".into(), digest };
    let blobs = Memory::default();
    let files = [("media/Beat.WAV".into(), digest)].into();
    let deps = Deps { outputs: BTreeMap::new(), files, blobs: &blobs };
    let plan = node.lower(&deps).unwrap();
    let [action, describe] = &plan.actions[..] else { panic!("{plan:?}") };
    assert_eq!(action.inputs["source"], Input::Whole(file));
    // Neither its folder nor its name is in the key, nor what is said of it.
    insta::assert_snapshot!(action.params, @r#"{"kind":"music","extension":"wav"}"#);
    insta::assert_snapshot!(describe.params, @r#"{"kind":"music","id":"beat","tags":["a","b"],"provenance":{"licence":"CC0-1.0"}}"#);
    let moved = asset_node("elsewhere/renamed.wav");
    let files = [("elsewhere/renamed.wav".into(), digest)].into();
    let moved = moved.lower(&Deps { outputs: BTreeMap::new(), files, blobs: &blobs }).unwrap();
    assert_eq!(moved.actions[0].params, action.params);
    let hostile = asset_node("media/concat:a|b");
    let deps = Deps { outputs: BTreeMap::new(), files: BTreeMap::new(), blobs: &blobs };
    assert_eq!(hostile.lower(&deps).unwrap_err().code, "bad-asset");
}

#[test]
fn an_asset_publishes_its_file_and_its_metadata() {
    let clips = Clips::new();
    let path = clips.make("Beat.wav", "-f lavfi -i sine=d=0.3");
    let asset = ingest(AssetKind::Music, &path).unwrap();
    let mut blobs = Memory::default();
    let metadata = blobs.put(contract::write(&asset));
    let actions = [BTreeMap::new(), [("metadata".to_owned(), metadata)].into()];
    let done = Done { actions: &actions, deps: &BTreeMap::new(), blobs: &blobs };
    let finish = asset_node("media/Beat.wav").finish(&done).unwrap();
    let source = Output::File { path: "media/Beat.wav".into(), digest: asset.digest };
    assert_eq!(finish.outputs["source"], source);
    assert_eq!(finish.outputs["metadata"], Output::Blob(metadata));
    let paths: Vec<_> = finish.publish.iter().map(|p| p.path.to_string_lossy()).collect();
    insta::assert_snapshot!(paths.join("\n"), @r"
    artefacts/seed-assets/music/beat/source.wav
    artefacts/seed-assets/music/beat/metadata.json
    ");
}

#[test]
fn the_manifest_lists_what_was_ingested_in_order() {
    let clips = Clips::new();
    let scratch = clips.root();
    let path = clips.make("b.wav", "-f lavfi -i sine=d=0.3");
    let first = ingest(AssetKind::SoundEffect, &path).unwrap();
    let second = ingest(AssetKind::Music, &path).unwrap();
    let third = SeedAsset { id: asset_slug("a"), ..first.clone() };
    let mut blobs = Memory::default();
    let outputs: Vec<Outputs> = [&first, &second, &third]
        .map(|asset| {
            let metadata = Output::Blob(blobs.put(contract::write(asset)));
            [("metadata".to_owned(), metadata)].into()
        })
        .into();
    // A fourth one failed: it has no outputs here.
    let outputs = ["asset:x", "asset:y", "asset:z"].into_iter().zip(&outputs).collect();
    let deps = Deps { outputs, files: BTreeMap::new(), blobs: &blobs };
    assert!(!ManifestNode.needs_every_dependency());
    let plan = ManifestNode.lower(&deps).unwrap();
    let inputs = plan.actions[0].inputs.iter().map(|(name, input)| {
        let Input::Whole(output) = input else { panic!("{input:?}") };
        let path = scratch.join(name);
        std::fs::write(&path, blobs.bytes(&output.digest()).unwrap()).unwrap();
        (name.clone(), path)
    });
    let output = scratch.join("manifest.json");
    let context = Context {
        inputs: inputs.collect(),
        outputs: [("manifest".to_owned(), output.clone())].into(),
        ..Context::default()
    };
    (manifest::STEP.run)(&context).unwrap();
    let bytes = std::fs::read(output).unwrap();
    let manifest: Manifest = contract::read(&bytes).unwrap();
    assert_eq!(manifest.assets, [second, third, first]);
    assert!(bytes.starts_with(b"{\n  \"schemaVersion\": 1,\n"));
}

#[test]
fn files_that_cannot_be_ingested_fail_alone() {
    let project = film();
    let broken = FILM.replace("media/wall.png", "media/*.png").replace("pop.wav", "*p.wav");
    project.write("Memefile.toml", broken);
    project.write("media/zip.wav", "");
    // Nothing but the header of a picture that would take 1.2 GB.
    let side = 20_000u32.to_be_bytes();
    let end = b"\x01\x02\x03\x04\0\0\0\0IEND\xae\x42\x60\x82";
    let head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";
    let huge = [&head[..], &side, &side, &[8, 2, 0, 0, 0], end].concat();
    project.write("media/huge.png", huge);
    let talk = project.expect(1, &[]);
    let errors: Vec<&str> = talk.lines().filter(|line| line.starts_with("error[")).collect();
    let root = project.root().to_str().unwrap();
    insta::assert_snapshot!(errors.join("\n").replace(root, "PROJECT"), @r"
    error[step]: asset:background/huge: `PROJECT/media/huge.png` is too large: 20000 × 20000 pixels
    error[step]: asset:sound-effect/zip: `PROJECT/media/zip.wav` is empty
    ");
    assert!(talk.contains("2 failed") && !talk.contains("skipped"), "{talk}");
    let clean = film();
    clean.expect(0, &[]);
    for (path, bytes) in clean.files("artefacts/renders") {
        assert!(project.files("artefacts/renders")[&path] == bytes, "{}", path.display());
    }
}
