//! What sites say of files: shapes as gallery-dl and yt-dlp record them, good ones and hostile ones.
//! Patreon's own site is out of reach here, so that its shapes are written down.

use super::support::{installed, noise, project, sound};
use crate::project::Project;
use memebuild::contract::lock::Pin;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A gallery-dl that leaves what a test has put into a folder, and ends as it says.
const FAKE: &str = r##"#!/usr/bin/env python3
import json, os, shutil, sys
if "--version" in sys.argv:
    print("1.32.18")
    sys.exit()
configs = [sys.argv[n + 1] for n, word in enumerate(sys.argv) if word == "--config"]
raw = json.load(open(configs[-1]))["extractor"]["base-directory"]
theirs = os.environ["FAKE_FILES"].encode()
for name in sorted(os.listdir(theirs)):
    source, dest = os.path.join(theirs, name), os.path.join(raw.encode(), name)
    if os.path.lexists(dest):
        print("# " + os.fsdecode(dest))
    else:
        shutil.copy2(source, dest, follow_symlinks=False)
        print(os.fsdecode(dest))
sys.stderr.write(os.environ.get("FAKE_TALK", ""))
sys.exit(int(os.environ.get("FAKE_EXIT", "0")))
"##;

/// A project with a gallery, and the folder of what its site has.
struct Site {
    project: Project,
    files: tempfile::TempDir,
    fake: PathBuf,
}

impl Site {
    fn new(more: &str) -> Self {
        let project = project(&format!("gallery = \"https://www.patreon.com/greens\"\n{more}"));
        let files = tempfile::tempdir().unwrap();
        let fake = project.root().join("fake-gallery-dl");
        std::fs::write(&fake, FAKE).unwrap();
        std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { project, files, fake }
    }

    /// A file, and what the site says of it.
    fn put(&self, name: &str, bytes: &[u8], said: &str) {
        std::fs::write(self.files.path().join(name), bytes).unwrap();
        std::fs::write(self.files.path().join(format!("{name}.json")), said).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.project.command(args);
        command.env("MEMEBUILD_GALLERY_DL", &self.fake).env("FAKE_FILES", self.files.path());
        command
    }

    #[track_caller]
    fn update(&self, code: i32) -> String {
        said(&self.command(&["source", "update"]).output().unwrap(), code)
    }

    fn pins(&self) -> Vec<(String, Pin)> {
        self.project.lock().sources["sounds"].items.clone().into_iter().collect()
    }
}

#[track_caller]
fn said(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

/// As gallery-dl 1.32 writes it beside a file of a post.
fn patreon(id: u64, num: u32, hash: &str) -> String {
    serde_json::json!({
        "id": id.to_string(),
        "title": "Green screen pack\u{202e} #12",
        "url": format!("https://www.patreon.com/posts/green-screen-{id}?utm=1&token=s3cret"),
        "published_at": "2026-03-01T12:00:00.000+00:00",
        "current_user_can_view": true,
        "is_paid": false,
        "min_cents_pledged_to_view": 500,
        "creator": { "full_name": "A Creator", "vanity": "greens", "id": "77" },
        "tags": ["Reaction", "green screen", "Reaction"],
        "num": num,
        "hash": hash,
        "type": "attachment",
        "filename": "gorilla",
        "extension": "wav",
        "date": "2026-03-01 12:00:00",
        "category": "patreon",
        "subcategory": "creator",
        "file": {
            "url": format!("https://c10.patreonusercontent.com/{hash}?token-time=1&token-hash=s3cret"),
        },
    })
    .to_string()
}

#[test]
fn a_post_of_patreon_is_known_by_its_id_and_content() {
    let site = Site::new("licence = \"LicenseRef-patreon\"");
    site.put("patreon_123_aa_gorilla.wav", &sound(1), &patreon(123, 1, &"a".repeat(32)));
    site.update(0);
    let (key, pin) = site.pins().remove(0);
    assert_eq!(key, format!("123_{}", &pin.digest.hex()[..16]));
    assert_eq!(pin.file, format!("{key}.wav"));
    assert_eq!(pin.tags, ["green screen", "reaction"]);
    let provenance = &pin.provenance;
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(provenance.source_url, some("https://www.patreon.com/posts/green-screen-123?utm=1"));
    assert_eq!(provenance.platform, some("patreon"));
    assert_eq!(provenance.post, some("123"));
    assert_eq!(provenance.creator, some("A Creator"));
    assert_eq!(provenance.title, some("Green screen pack #12"));
    assert_eq!(provenance.published, some("2026-03-01T12:00:00.000+00:00"));
    assert_eq!(provenance.tool, some("gallery-dl 1.32.18"));
    assert!(!site.project.read("Memefile.lock").contains("s3cret"));
    said(&site.command(&["build"]).output().unwrap(), 0);
    let id = key.replace('_', "-");
    let metadata =
        site.project.read(&format!("artefacts/seed-assets/sound-effect/{id}/metadata.json"));
    assert!(
        metadata.contains("LicenseRef-patreon") && metadata.contains("A Creator"),
        "{metadata}"
    );
    assert!(metadata.contains("\"reaction\""), "{metadata}");
}

#[test]
fn a_post_that_was_edited_shifts_nothing() {
    let site = Site::new("");
    let put = |num: u32, seed: u64| {
        let hash = format!("{seed:032x}");
        site.put(&format!("patreon_5_{hash}_clip.wav"), &sound(seed), &patreon(5, num, &hash));
    };
    put(1, 1);
    put(2, 2);
    site.update(0);
    let before = site.pins();
    // A file before the others: their numbers shift, and they stay what they are.
    put(1, 3);
    put(2, 1);
    put(3, 2);
    let said = site.update(0);
    assert!(said.contains("3 pinned, 1 came"), "{said}");
    let after = site.pins();
    assert!(before.iter().all(|pin| after.contains(pin)), "{before:?}\n{after:?}");
}

#[test]
fn archive_rows_are_by_hash_and_by_number_where_there_is_none() {
    let site = Site::new("");
    site.put("a.wav", &sound(1), "{}");
    site.update(0);
    let config = site.project.root().join("cache/sources/sounds/gallery-dl.json");
    // What the real program makes of our formats, for posts of recorded shapes.
    let script = r#"
import json, sys
from gallery_dl import formatter
from gallery_dl.extractor import patreon
own = json.load(open(sys.argv[1]))["extractor"]
for post in json.load(sys.stdin):
    print(patreon.PatreonExtractor.category + formatter.parse(own["patreon"]["archive-format"]).format_map(post))
    print(formatter.parse(own["filename"]).format_map(post))
"#;
    let mut posts: Vec<serde_json::Value> = Vec::new();
    for (num, hash) in [(1, "c".repeat(32)), (2, String::new())] {
        posts.push(serde_json::from_str(&patreon(9, num, &hash)).unwrap());
    }
    let posts = serde_json::to_string(&posts).unwrap();
    let mut child = Command::new(installed("python"))
        .args(["-c", script])
        .arg(config)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), posts.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let c = "c".repeat(32);
    let expected =
        format!("patreon9_{c}\npatreon_9_{c}_gorilla.wav\npatreon9_2\npatreon_9_2_gorilla.wav\n");
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

#[test]
fn a_look_that_stopped_goes_on_at_its_cursor() {
    let site = Site::new("");
    site.put("a.wav", &sound(1), "{}");
    let talk = "[patreon][error] HttpError: '426'\n\
                [patreon][info] Use '-o cursor=01:abcDEF' to continue downloading from the current position\n";
    let output = site.command(&["build"]).env("FAKE_TALK", talk).env("FAKE_EXIT", "4").output();
    let told = said(&output.unwrap(), 1);
    assert!(told.contains("[patreon][error] HttpError: '426'"), "{told}");
    assert_eq!(site.pins().len(), 1, "what came is pinned");
    let output = site.command(&["build"]).output().unwrap();
    said(&output, 0);
    let config = site.project.read("cache/sources/sounds/gallery-dl.json");
    assert!(config.contains("\"cursor\": \"01:abcDEF\""), "{config}");
    site.update(0);
    let config = site.project.read("cache/sources/sounds/gallery-dl.json");
    assert!(!config.contains("cursor\":"), "it came to the end: {config}");
}

#[test]
fn hostile_names_and_sidecars_do_no_harm() {
    let site = Site::new("");
    let long = "x".repeat(200);
    let hostile = [
        (
            "a.wav",
            r#"{"id": "../../../../tmp/evil", "category": "../x", "title": "a\u0000b\u001b[31mc"}"#,
        ),
        ("b.wav", r#"{"id": "\u0000", "creator": {"full_name": "\u202eevil\r\nLicence: CC0"}}"#),
        ("c.wav", r#"{"id": {"x": 1}, "url": "file:///etc/passwd", "tags": "x,\u0007y, ,z"}"#),
        ("d.wav", "not json at all"),
        (
            "e.wav",
            r#"{"id": -1e999, "license": "CC0 && rm -rf /", "tags": [1, null, {"name": "ok"}]}"#,
        ),
        ("-version.wav", "{}"),
        ("concat:a|b.wav", "[]"),
        ("img%03d.wav", "{}"),
    ];
    for (n, (name, text)) in hostile.iter().enumerate() {
        site.put(name, &sound(n as u64), text);
    }
    site.put(&format!("{long}.wav"), &sound(20), &format!("{{\"id\": \"{}\"}}", "9".repeat(5000)));
    site.put("page.wav", b"<html>not a sound</html>", "{}");
    site.put("archive.zip", b"PK\x03\x04../../evil", "{}");
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), sound(30)).unwrap();
    std::os::unix::fs::symlink(secret.path(), site.files.path().join("link.wav")).unwrap();
    let odd: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff\xfe.wav");
    std::fs::write(site.files.path().join(odd), sound(31)).unwrap();

    let told = site.update(1);
    assert!(told.contains("`link.wav` is not taken in: it is a link"), "{told}");
    assert!(told.contains("its name is not UTF-8"), "{told}");
    assert!(!told.contains('\u{1b}') && !told.contains('\0'), "{told:?}");
    let pins = site.pins();
    assert_eq!(pins.len(), hostile.len() + 1, "{pins:?}");
    for (key, pin) in &pins {
        assert!(memebuild::contract::lock::is_plain_name(&pin.file), "{key}");
        let text = format!("{pin:?}");
        assert!(
            !text.contains("u{1b}") && !text.contains("\\0") && !text.contains("u{202e}"),
            "{text}"
        );
        assert!(pin.provenance.licence.is_none(), "{text}");
        let page = Some("https://www.patreon.com/greens");
        assert_eq!(pin.provenance.source_url.as_deref(), page, "{text}");
    }
    assert!(!Path::new("/tmp/evil").exists());
    let output = site.command(&["build", "--offline"]).output().unwrap();
    said(&output, 0);
    let metadata = site.project.files("artefacts/seed-assets");
    assert_eq!(metadata.keys().filter(|path| path.ends_with("metadata.json")).count(), pins.len());
}

#[test]
fn a_bomb_of_a_sidecar_says_nothing() {
    let site = Site::new("");
    site.put("a.wav", &sound(1), &"[".repeat(200_000));
    site.put("b.wav", &sound(2), &format!("{{\"id\": \"1\", \"x\": \"{}\"}}", "y".repeat(9 << 20)));
    site.update(0);
    let keys: Vec<String> = site.pins().into_iter().map(|(key, _)| key).collect();
    assert!(keys[0].starts_with("a_") && keys[1].starts_with("b_"), "{keys:?}");
}

#[test]
fn what_is_gone_there_is_kept_here() {
    let site = Site::new("");
    site.put("a.wav", &sound(1), &patreon(1, 1, "aa"));
    site.put("b.wav", &sound(2), &patreon(2, 1, "bb"));
    site.update(0);
    for name in ["b.wav", "b.wav.json"] {
        std::fs::remove_file(site.files.path().join(name)).unwrap();
    }
    let told = site.update(0);
    assert!(told.contains("2 pinned, 1 gone there, kept here\n  ? 2_"), "{told}");
}

#[test]
fn globs_choose_among_the_files_of_a_page() {
    let site = Site::new("include = \"*.wav\"\nexclude = \"*draft*\"");
    site.put("patreon_1_aa_clip.wav", &sound(1), "{}");
    site.put("patreon_1_bb_draft.wav", &sound(2), "{}");
    site.put("patreon_1_cc_cover.jpg", &noise(3, 100), "{}");
    site.update(0);
    assert_eq!(site.pins().len(), 1);
}

#[test]
fn yt_dlps_words_are_read_too() {
    let project = project("ytdlp = \"https://video.test/watch?v=1\"");
    let fake = project.root().join("fake-yt-dlp");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && echo 2026.10.26 && exit\n\
         while [ \"$1\" != --paths ]; do shift; done\ncp '{}'/* \"$2\"\n",
        project.root().join("theirs").display()
    );
    std::fs::write(&fake, script).unwrap();
    std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
    project.write("theirs/Video_abc.wav", sound(1));
    project.write(
        "theirs/Video_abc.info.json",
        r#"{"id": "abc", "extractor": "youtube", "extractor_key": "Youtube", "title": "Vogue",
            "webpage_url": "https://video.test/watch?v=abc", "uploader": "the band",
            "upload_date": "20260301", "tags": ["Beat"],
            "license": "Creative Commons Attribution license (reuse allowed)",
            "url": "https://cdn.test/x?expire=1&sig=s3cret"}"#,
    );
    let output = project.command(&["source", "update"]).env("MEMEBUILD_YT_DLP", &fake).output();
    said(&output.unwrap(), 0);
    let pin = project.lock().sources["sounds"].items.values().next().unwrap().clone();
    let provenance = pin.provenance;
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(provenance.source_url, some("https://video.test/watch?v=abc"));
    assert_eq!(provenance.creator, some("the band"));
    assert_eq!(provenance.published, some("2026-03-01"));
    assert_eq!(provenance.licence.map(String::from), some("CC-BY-3.0"));
    assert_eq!((provenance.platform, pin.tags), (some("youtube"), vec!["beat".to_owned()]));
}
