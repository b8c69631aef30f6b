//! Sources: which files become which assets.

use super::{Project, write};
use insta::assert_snapshot;
use memebuild::node::assets::AssetEntry;
use std::os::unix::fs::symlink;

fn source(files: &str) -> String {
    format!("memefile = 1\n\n[source.all]\nasset = \"background\"\nfiles = {files}\n")
}

/// `id path` of every asset.
fn assets(project: &Project) -> Vec<String> {
    let loaded = project.load().unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let line = |asset: &AssetEntry| format!("{} {}", asset.id, asset.path);
    loaded.graph.assets.iter().map(line).collect()
}

#[test]
fn globs_find_the_same_files_in_the_same_order() {
    let files = [
        "media/b.png",
        "media/a.png",
        "media/deep/er/c.png",
        "media/.hidden/d.png",
        "media/.e.png",
        "media/f.txt",
        "cache/g.png",
        "artefacts/h.png",
        "media/cache/i.png",
    ];
    let project = Project::new(&files, &source("\"**/*.png\""));
    assert_eq!(
        assets(&project),
        ["a media/a.png", "b media/b.png", "c media/deep/er/c.png", "i media/cache/i.png"]
    );
    let project = Project::new(&files, &source("[\"media/*.png\", \"media/deep/**/*\"]"));
    assert_eq!(assets(&project), ["a media/a.png", "b media/b.png", "c media/deep/er/c.png"]);
    let project = Project::new(&files, &source("\"./media/{a,deep/er/c}.png\""));
    assert_eq!(assets(&project), ["a media/a.png", "c media/deep/er/c.png"]);
}

#[test]
fn every_folder_that_was_looked_at_is_known() {
    let project = Project::new(&["media/a/x.png", "media/b/y.txt"], &source("\"media/**/*.png\""));
    let loaded = project.load().expect("a good Memefile");
    let root = project.root.path();
    let walked: Vec<_> =
        loaded.graph.walked.iter().map(|d| d.strip_prefix(root).unwrap()).collect();
    let expected = ["media", "media/a", "media/b"].map(std::path::Path::new);
    assert_eq!(walked, expected);
}

#[test]
fn files_that_share_a_name_are_told_apart_by_content() {
    let project = Project::new(&["x/Cat.png", "y/cat.jpg", "y/dog.jpg"], &source("\"*/*\""));
    let found = assets(&project);
    assert_eq!(found.len(), 3);
    let hex = |text: &str| blake3::hash(text.as_bytes()).to_hex()[..8].to_owned();
    assert!(found.contains(&format!("cat-{} x/Cat.png", hex("x/Cat.png"))), "{found:?}");
    assert!(found.contains(&format!("cat-{} y/cat.jpg", hex("y/cat.jpg"))), "{found:?}");
    let loaded = project.load().expect("a good Memefile");
    assert_eq!(loaded.graph.read.len(), 2, "only those two were read");
}

#[test]
fn copies_are_one_asset() {
    let project = Project::new(&[], &source("\"*/*\""));
    write(project.root.path(), "x/cat.png", b"meow");
    write(project.root.path(), "y/cat.png", b"meow");
    assert_snapshot!(project.warnings(), @r"
    warning[duplicate-asset]: `x/cat.png` and `y/cat.png` have the same name and the same content
     --> Memefile.toml:3:9
      |
    3 | [source.all]
      |         ^^^ both would be asset:background/cat-eff38e67; the first is used
      |
      = help: exclude one of them
    ");
    assert_eq!(assets(&project).len(), 1);
}

#[test]
fn two_sources_of_one_kind_share_a_file() {
    let text = r#"memefile = 1
[source.a]
asset = "background"
files = "*.png"
tags = ["one"]
[source.b]
asset = "background"
files = "cat.*"
tags = ["two"]
"#;
    let project = Project::new(&["cat.png"], text);
    let loaded = project.load().expect("a good Memefile");
    let assets: Vec<_> = loaded.graph.assets.iter().collect();
    assert_eq!(assets.len(), 1);
    assert_eq!(assets[0].tags, ["one", "two"]);
}

#[test]
fn globs_that_find_nothing() {
    let text = r#"memefile = 1
[source.a]
asset = "music"
files = ["medai/**/*.mp3", "media/*.mp3", "media/vogue.wva", "media/vogue.*"]
exclude = "**/*.wav"
"#;
    assert_snapshot!(Project::new(&["media/vogue.wav"], text).mistakes(), @r#"
    error[empty-glob]: `medai/**/*.mp3` finds no files
     --> Memefile.toml:4:10
      |
    4 | files = ["medai/**/*.mp3", "media/*.mp3", "media/vogue.wva", "media/vogue.*"]
      |          ^^^^^^^^^^^^^^^^ there is no folder `medai`
      |
      = help: did you mean `media`?

    error[empty-glob]: `media/*.mp3` finds no files
     --> Memefile.toml:4:28
      |
    4 | files = ["medai/**/*.mp3", "media/*.mp3", "media/vogue.wva", "media/vogue.*"]
      |                            ^^^^^^^^^^^^^ nothing matches

    error[empty-glob]: `media/vogue.wva` finds no files
     --> Memefile.toml:4:43
      |
    4 | files = ["medai/**/*.mp3", "media/*.mp3", "media/vogue.wva", "media/vogue.*"]
      |                                           ^^^^^^^^^^^^^^^^^ nothing matches
      |
      = help: did you mean `vogue.wav`?

    error[empty-glob]: `media/vogue.*` finds no files
     --> Memefile.toml:4:62
      |
    4 | files = ["medai/**/*.mp3", "media/*.mp3", "media/vogue.wva", "media/vogue.*"]
      |                                                              ^^^^^^^^^^^^^^^ all files that it finds are excluded

    4 errors
    "#);
}

#[test]
fn globs_that_are_none() {
    let globs = r#"["media/[a", "/srv/*.png", "../x/*.png", "", "media/{a,b"]"#;
    assert_snapshot!(Project::new(&["media/a.png"], &source(globs)).mistakes(), @r#"
    error[bad-glob]: `media/[a` is not a glob
     --> Memefile.toml:5:10
      |
    5 | files = ["media/[a", "/srv/*.png", "../x/*.png", "", "media/{a,b"]
      |          ^^^^^^^^^^ unclosed character class; missing ']'

    error[bad-glob]: `/srv/*.png` is not a glob
     --> Memefile.toml:5:22
      |
    5 | files = ["media/[a", "/srv/*.png", "../x/*.png", "", "media/{a,b"]
      |                      ^^^^^^^^^^^^ it is not relative to the Memefile
      |
      = help: files lie in the project; a symbolic link to a folder elsewhere will do: `ln -s /elsewhere media`

    error[bad-glob]: `../x/*.png` is not a glob
     --> Memefile.toml:5:36
      |
    5 | files = ["media/[a", "/srv/*.png", "../x/*.png", "", "media/{a,b"]
      |                                    ^^^^^^^^^^^^ it leads out of the project
      |
      = help: files lie in the project; a symbolic link to a folder elsewhere will do: `ln -s /elsewhere media`

    error[bad-glob]: `` is not a glob
     --> Memefile.toml:5:50
      |
    5 | files = ["media/[a", "/srv/*.png", "../x/*.png", "", "media/{a,b"]
      |                                                  ^^ it is empty

    error[bad-glob]: `media/{a,b` is not a glob
     --> Memefile.toml:5:54
      |
    5 | files = ["media/[a", "/srv/*.png", "../x/*.png", "", "media/{a,b"]
      |                                                      ^^^^^^^^^^^^ unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)

    5 errors
    "#);
}

#[test]
fn a_link_that_a_wildcard_finds_stays_in_the_project() {
    let elsewhere = tempfile::TempDir::new().expect("a folder");
    write(elsewhere.path(), "secret.png", b"secret");
    let project = Project::new(&["media/a.png"], &source("\"media/**/*.png\""));
    let root = project.root.path();
    symlink(elsewhere.path(), root.join("media/out")).expect("a link");
    symlink(elsewhere.path().join("secret.png"), root.join("media/one.png")).expect("a link");
    symlink(root.join("media"), root.join("media/around")).expect("a link");
    symlink("nowhere", root.join("media/broken.png")).expect("a link");
    assert_snapshot!(project.warnings(), @r#"
    warning[cannot-read]: the link `media/broken.png` leads nowhere
     --> Memefile.toml:5:9
      |
    5 | files = "media/**/*.png"
      |         ^^^^^^^^^^^^^^^^ looked at for this glob

    warning[link-outside]: the link `media/one.png` leads out of the project
     --> Memefile.toml:5:9
      |
    5 | files = "media/**/*.png"
      |         ^^^^^^^^^^^^^^^^ found by this glob, and passed over
      |
      = help: name it yourself if it is meant: links that a glob names are followed

    warning[link-outside]: the link `media/out` leads out of the project
     --> Memefile.toml:5:9
      |
    5 | files = "media/**/*.png"
      |         ^^^^^^^^^^^^^^^^ found by this glob, and passed over
      |
      = help: name it yourself if it is meant: links that a glob names are followed
    "#);
    assert_eq!(assets(&project), ["a media/a.png"]);
}

#[test]
fn a_link_that_the_user_names_leads_where_it_leads() {
    let elsewhere = tempfile::TempDir::new().expect("a folder");
    write(elsewhere.path(), "deep/a.png", b"a");
    symlink("deep/a.png", elsewhere.path().join("b.png")).expect("a link");
    let project = Project::new(&[], &source("\"media/**/*.png\""));
    symlink(elsewhere.path(), project.root.path().join("media")).expect("a link");
    assert_eq!(assets(&project), ["a media/deep/a.png", "b media/b.png"]);
    assert_eq!(project.warnings(), "");
}

#[test]
fn a_name_that_is_not_utf8_is_a_clear_mistake() {
    use std::os::unix::ffi::OsStrExt;
    let project = Project::new(&["media/a.png"], &source("\"media/*.png\""));
    let name = std::ffi::OsStr::from_bytes(b"media/caf\xe9.png");
    std::fs::write(project.root.path().join(name), b"x").expect("a file");
    assert_snapshot!(project.mistakes(), @r#"
    error[bad-file-name]: the name of `media/caf�.png` is not clean UTF-8
     --> Memefile.toml:5:9
      |
    5 | files = "media/*.png"
      |         ^^^^^^^^^^^^^ found by this glob
      |
      = help: rename the file, or exclude it
    "#);
}
