//! The report of the demo: real media, rendered and judged as `make demo` does it, but small, and
//! opened in a real browser (`tests/web/demo.mjs`).

use super::browser::node;
use std::path::Path;
use std::process::Command;

/// One meme more than the demo has, whose caption cannot be told from the night behind it.
const DARK: &str = r#"
[style.dark]
color = "black"
outline = false

[composite.dark]
green-screen = "owl-stare"
background = "milky-way"
captions = [{ text = "can you read this", style = "dark" }]

[render.dark]
composite = "dark"
profiles = ["preview"]

[profile.preview]
previews = true
"#;

#[test]
fn the_report_of_the_demo_opens_from_disk() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let demo = std::fs::read_to_string(home.join("Memefile.toml")).expect("the demo");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for kind in ["green", "backgrounds", "music", "effects"] {
        let from = home.join("media").join(kind);
        let into = folder.path().join("media").join(kind);
        std::fs::create_dir_all(&into).expect("a folder");
        for file in std::fs::read_dir(from).expect("scripts/demo-media fills it") {
            let file = file.expect("a file");
            // Of one file system, so that no medium is written twice.
            std::fs::hard_link(file.path(), into.join(file.file_name())).expect("a link");
        }
    }
    std::fs::write(folder.path().join("Memefile.toml"), format!("{}{DARK}", small(&demo)))
        .expect("a Memefile");
    let memebuild = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_memebuild"));
        let output = command.current_dir(folder.path()).args(args).output().expect("memebuild");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, told) = memebuild(&["build"]);
    assert_eq!(code, Some(3), "one is rejected: {told}");
    let (code, told) = memebuild(&["report"]);
    assert_eq!(code, Some(0), "{told}");
    node("demo.mjs", &[&folder.path().join("artefacts/report.html")]);
}

/// All films of the demo in its smallest profile: full ones take a debug build minutes.
fn small(demo: &str) -> String {
    let mut small = String::new();
    for line in demo.lines() {
        let (declared, profiles) = line.split_once("profiles = [").unwrap_or((line, ""));
        small += declared;
        if !profiles.is_empty() {
            small += "profiles = [\"preview\"] }";
        }
        small += "\n";
    }
    small
}
