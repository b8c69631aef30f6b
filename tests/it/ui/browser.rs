//! The page in a real browser, before the real server and as a real report, through whole builds
//! (`tests/web/real.mjs`).

use crate::choices;
use std::path::Path;
use std::process::Command;

/// Runs a script of `tests/web/` to its end.
pub fn node(script: &str, args: &[&Path]) {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut node = Command::new(home.join("target/test-servers/node/bin/node"));
    let output = node.arg(home.join("tests/web").join(script)).args(args).output();
    let output = output.expect("scripts/install-test-servers has it");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_person_decides_watches_and_turns_down() {
    let project =
        choices::project("host", "[render.out]\nchoice = \"place\"\nprofiles = [\"tiny\"]\n");
    node("real.mjs", &[Path::new(env!("CARGO_BIN_EXE_memebuild")), project.root()]);
}
