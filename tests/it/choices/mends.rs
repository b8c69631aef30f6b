//! Faults that findings know how to mend: nobody is asked.

use super::build;
use super::directors::{base, copy, told};
use crate::project::{Numbers, Project};
use crate::soak::rounds;
use memebuild::contract;
use memebuild::contract::verdict::{Outcome, Verdict};
use serde_json::json;

/// A fault that is put into a composite that the critic accepts: what of the Memefile becomes what.
struct Fault {
    what: &'static str,
    changes: Vec<(&'static str, String)>,
}

impl Fault {
    fn new(what: &'static str, from: &'static str, to: impl Into<String>) -> Self {
        Self { what, changes: vec![(from, to.into())] }
    }

    /// Something else is changed too.
    fn and(mut self, from: &'static str, to: impl Into<String>) -> Self {
        self.changes.push((from, to.into()));
        self
    }
}

const CAPTION: &str = "{ text = \"hello\", at = \"0s..1.5s\", style = \"plain\" }";

const SOUNDS: &str = "music = { id = \"beat\", gain = \"-6dB\", duck = true }\n\
    sound-effects = [{ id = \"pop\", at = \"1.2s\" }]";

const CRITIC: &str = "loudness-tolerance = \"3 LU\"";

fn faults(numbers: &mut Numbers) -> Vec<Fault> {
    let mut faults = seen(numbers);
    faults.extend(heard(numbers));
    faults.extend(lasting());
    faults
}

/// Faults of what is seen.
fn seen(numbers: &mut Numbers) -> Vec<Fault> {
    let caption = |what, keys: String| Fault::new(what, CAPTION, format!("{{ {keys} }}"));
    let text = "text = \"hello\", style = \"plain\"";
    let boxed = |x: i64, y: i64, w: usize, h: usize| {
        format!(
            "{text}, at = \"0s..1.5s\", place = {{ x = \"{x}px\", y = \"{y}px\", width = \"{w}px\", height = \"{h}px\" }}"
        )
    };
    let mut off = || i64::try_from(numbers.below(200)).unwrap_or(0);
    vec![
        caption("left of the canvas", boxed(-400 - off(), 600, 700, 300)),
        caption("above the canvas", boxed(200, -150 - off(), 700, 300)),
        caption("right of the canvas", boxed(800 + off(), 600, 700, 300)),
        caption("below the canvas", boxed(200, 1700 + off(), 700, 300)),
        caption("in the margin", boxed(0, 20, 900, 300)),
        caption("gone at once", format!("{text}, at = \"0.2s..0.{}s\"", 3 + numbers.below(3))),
        caption("too fast to read", {
            let at = format!("\"1.{}s..1.9s\"", 3 + numbers.below(3));
            format!("text = \"eleven chars\", style = \"plain\", at = {at}")
        }),
        caption("in a box that is too small", boxed(200, 600, 150 + numbers.below(60), 60)),
        Fault::new(
            "two in one place",
            CAPTION,
            format!("{CAPTION}, {{ text = \"me too\", at = \"0s..1.5s\", style = \"plain\" }}"),
        ),
        Fault::new(
            "white on white",
            "base = \"subtitle\"",
            "base = \"subtitle\"\ncolor = \"#204060\"\noutline = false\nplate = false\nshadow = false",
        ),
        Fault::new(
            "too short a film",
            "min-duration = \"1s\"",
            format!("min-duration = \"2.{}s\"", 2 + numbers.below(4)),
        ),
    ]
}

/// Faults of what is heard.
fn heard(numbers: &mut Numbers) -> Vec<Fault> {
    let critic = |what, keys: String| Fault::new(what, CRITIC, format!("{CRITIC}\n{keys}"));
    vec![
        critic("too loud", format!("max-loudness = \"-{} LUFS\"", 18 + numbers.below(8))),
        critic("too quiet", format!("min-loudness = \"-{}.5 LUFS\"", 10 + numbers.below(3))),
        critic("with peaks", format!("max-true-peak = \"-{} dBTP\"", 11 + numbers.below(3))),
        Fault::new(
            "turned down to nothing",
            SOUNDS,
            format!(
                "clip-audio = false\nmusic = {{ id = \"beat\", gain = \"-9{}dB\" }}",
                numbers.below(6)
            ),
        ),
        Fault::new(
            "turned down too far for mastering",
            SOUNDS,
            format!(
                "clip-audio = false\nmusic = {{ id = \"beat\", gain = \"-5{}dB\" }}",
                numbers.below(3)
            ),
        ),
        Fault::new(
            "music that is not heard",
            SOUNDS,
            SOUNDS.replace("-6dB", "-80dB") + "\nclip-audio = false",
        )
        .and(CRITIC, format!("{CRITIC}\nsilence = \"error\"\nmax-silence = \"700ms\"")),
        Fault::new(
            "drowned by the music",
            SOUNDS,
            format!("music = {{ id = \"beat\", gain = \"{}dB\" }}", 1 + numbers.below(9)),
        )
        .and(CRITIC, format!("{CRITIC}\nspeech-drowned = \"error\"")),
    ]
}

/// Faults that need somebody to think, or another asset.
fn lasting() -> Vec<Fault> {
    vec![
        Fault::new("nothing moves", "max-frozen = \"3s\"", "max-frozen = \"100ms\""),
        Fault::new(
            "nobody knows whose it is",
            "[critic.default]",
            "[critic.default]\nrights = \"deny-unknown\"",
        ),
        Fault::new(
            "far too many words",
            "text = \"hello\"",
            format!("text = \"{}\"", "many words ".repeat(12).trim()),
        ),
        // Under that ceiling nothing is so loud.
        Fault::new(
            "louder than it can be",
            CRITIC,
            format!("{CRITIC}\nmin-loudness = \"-1 LUFS\""),
        ),
    ]
}

/// The film, made by a director that may ask once.
fn project(fault: &Fault) -> Project {
    let project = copy(base());
    let text = project.read("Memefile.toml");
    let (head, _) = text.split_once("[render.hello]").unwrap();
    let mut head = head.to_owned();
    for (from, to) in &fault.changes {
        assert!(head.contains(from), "{}: {from}", fault.what);
        head = head.replacen(from, to, 1);
    }
    let own = "[choice.all]\nbrief = \"as it is\"\ncomposite = \"hello\"\nslots.background = \"wall\"\n\
               [director.show]\nchoice = \"all\"\nprofiles = [\"tiny\"]\nturns = 1\n";
    project.write("Memefile.toml", head + own);
    project
}

#[test]
fn most_faults_are_mended_and_nobody_is_asked() {
    let mut numbers = Numbers(41);
    let (mut mended, mut total, mut told_of) = (0, 0, String::new());
    for _ in 0..rounds(1, 8) {
        for fault in faults(&mut numbers) {
            let project = project(&fault);
            let output = super::run(&project, &["build"]);
            assert!(matches!(output.status.code(), Some(0 | 3)), "{}: {output:?}", fault.what);
            let run = told(&project);
            let attempts = run["attempts"].as_array().unwrap();
            // A fault that the critic does not see is none.
            let seen = attempts[0]["accepted"] == false;
            assert!(seen, "{}: {run:#}", fault.what);
            let is_mended = run["outcome"]["state"] == "accepted";
            told_of +=
                &format!("{}: {}\n", fault.what, if is_mended { "mended" } else { "not mended" });
            mended += usize::from(is_mended);
            total += 1;
        }
    }
    assert!(mended * 10 >= total * 6, "{mended} of {total}:\n{told_of}");
    eprintln!("{mended} of {total} mended\n{told_of}");
}

#[test]
fn what_is_mended_is_told() {
    let mut numbers = Numbers(5);
    let fault = faults(&mut numbers).swap_remove(0);
    let project = project(&fault);
    build(&project, 0, &[]);
    let show =
        String::from_utf8(super::run(&project, &["director", "show", "show"]).stdout).unwrap();
    assert!(show.contains("attempt 2: renders, mended at captions/0/spec/area"), "{show}");
    assert!(show.contains("ended: accepted"), "{show}");
}

/// A critic that will not have the clip's own sound drowned.
fn hears() -> String {
    format!("{CRITIC}\nspeech-drowned = \"error\"")
}

#[test]
fn what_music_drowns_is_heard_once_it_is_lowered_by_what_is_missing() {
    // Nine decibels too many, whether or not it gives way.
    for duck in [false, true] {
        let music = format!("music = {{ id = \"beat\", gain = \"9dB\", duck = {duck} }}");
        let fault = Fault::new("drowned by the music", SOUNDS, music).and(CRITIC, hears());
        let project = project(&fault);
        build(&project, 0, &[]);
        let run = told(&project);
        let [first, second] = &run["attempts"].as_array().unwrap()[..] else {
            panic!("it is mended at once, since it is lowered exactly: {run:#}")
        };
        assert_eq!(first["broken"], json!(["speech-drowned"]));
        assert_eq!(
            (&second["origin"], &second["accepted"]),
            (&json!({ "from": "mend" }), &json!(true))
        );
        assert_eq!(run["usage"]["calls"], 0, "nobody was asked");
        let patches = second["patches"]["tiny"].as_array().unwrap();
        assert_eq!(patches.len(), 1, "{patches:?}");
        assert_eq!(patches[0]["path"], "/music/gainMdb");
        // No more than 4 LU are asked for: it is still to be heard.
        let gain = patches[0]["value"].as_i64().unwrap();
        assert!((-12_000..9000).contains(&gain), "{gain}");
    }
}

#[test]
fn music_that_leaves_speech_room_is_left_as_it_is() {
    let fine = Fault::new("nothing", CRITIC, hears());
    let project = project(&fine);
    build(&project, 0, &[]);
    assert_eq!(told(&project)["attempts"].as_array().unwrap().len(), 1);
    let verdict = project.read("artefacts/renders/show@tiny.verdict.json");
    let verdict: Verdict = contract::read(verdict.as_bytes()).unwrap();
    let heard = verdict.rules.iter().find(|rule| rule.rule == "speech-drowned").unwrap();
    assert_eq!(heard.outcome, Outcome::Pass);
}
