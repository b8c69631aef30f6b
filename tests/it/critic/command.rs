//! `memebuild check` as people and programs meet it.

use super::support::{Film, SOUND};
use std::process::Command;

/// Exit code, standard output and standard error of `memebuild check`.
fn check(film: &Film, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_memebuild"))
        .current_dir(film.clips.root())
        .args(["check", "--color", "never"])
        .args(arguments)
        .output()
        .expect("memebuild runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn a_file_is_held_to_a_profile_and_to_what_it_was_made_from() {
    let film = SOUND.make();
    let own = "[profile.tiny]\nsize = \"96x160\"\nmin-duration = \"1s\"\n\n\
               [critic.default]\nedit-list = \"off\"\n\n[critic.quiet]\nmax-loudness = \"-30 LUFS\"\n\
               min-loudness = \"-40 LUFS\"\nedit-list = \"off\"\n";
    film.clips.bytes("Memefile.toml", format!("memefile = 1\n\n{own}"));

    let (code, said, talk) = check(&film, &["film.mp4", "--render-input", "input.json"]);
    assert_eq!((code, talk.as_str()), (0, ""));
    insta::assert_snapshot!(said, @r"
    accepted for tiny
    39 rules hold, 6 do not apply, 3 are off
    ");

    let (code, said, _) = check(&film, &["film.mp4", "--profile", "tiny", "--critic", "quiet"]);
    assert_eq!(code, 3);
    insta::assert_snapshot!(said, @r"
    rejected for tiny: 1 error
    error[loudness]: the film is too loud (measured -13.98 LUFS, limit -40 LUFS to -30 LUFS)
      hint: lower the profile's `loudness`, to which the mix is brought
    24 rules hold, 20 do not apply, 3 are off
    ");

    let (code, said, _) = check(&film, &["film.mp4", "--profile", "tiny", "--format", "json"]);
    assert_eq!(code, 0);
    let verdict: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((&verdict["schemaVersion"], &verdict["decision"]), (&1.into(), &"accept".into()));
    assert_eq!(verdict["rules"][0]["outcome"], "pass");
}

#[test]
fn what_cannot_be_checked_says_why() {
    let film = SOUND.make();
    film.clips.bytes("empty.mp4", "");
    let (code, said, talk) = check(&film, &["empty.mp4", "--profile", "tiktok"]);
    assert_eq!((code, said.as_str()), (1, ""));
    assert!(talk.contains("`./empty.mp4` is empty"), "{talk}");
    let (code, _, talk) = check(&film, &["film.mp4", "--profile", "tictoc"]);
    assert_eq!(code, 2);
    assert!(talk.contains("did you mean `tiktok`?"), "{talk}");
    let (code, _, talk) = check(&film, &["film.mp4", "--render-input", "caption.json"]);
    assert_eq!(code, 5);
    assert!(talk.contains("render-input document breaks its contract"), "{talk}");
    let (code, _, talk) =
        check(&film, &["film.mp4", "--render-input", "input.json", "--critic", "nobody"]);
    assert_eq!(code, 2, "a critic that is not there is not quietly the default one: {talk}");
    let (code, said, _) = check(&film, &["film.mp4"]);
    assert_eq!(code, 3);
    assert!(said.starts_with("rejected for tiktok"), "{said}");
}
