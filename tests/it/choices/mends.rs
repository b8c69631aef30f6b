//! Faults that findings know how to mend: nobody is asked.

use super::build;
use super::directors::{base, copy, told};
use crate::project::{Numbers, Project};
use crate::soak::rounds;

/// A fault that is put into a composite that the critic accepts: what of the Memefile becomes what.
struct Fault {
    what: &'static str,
    from: &'static str,
    to: String,
}

const CAPTION: &str = "{ text = \"hello\", at = \"0s..1.5s\", style = \"plain\" }";

fn faults(numbers: &mut Numbers) -> Vec<Fault> {
    let caption = |what, keys: String| Fault { what, from: CAPTION, to: format!("{{ {keys} }}") };
    let n = |numbers: &mut Numbers, from: usize, below: usize| from + numbers.below(below);
    let text = "text = \"hello\", style = \"plain\"";
    let boxed = |x: i64, y: i64, w: usize, h: usize| {
        format!(
            "{text}, at = \"0s..1.5s\", place = {{ x = \"{x}px\", y = \"{y}px\", width = \"{w}px\", height = \"{h}px\" }}"
        )
    };
    let off = |numbers: &mut Numbers| i64::try_from(numbers.below(200)).unwrap_or(0);
    vec![
        caption("left of the canvas", boxed(-400 - off(numbers), 600, 700, 300)),
        caption("above the canvas", boxed(200, -150 - off(numbers), 700, 300)),
        caption("right of the canvas", boxed(800 + off(numbers), 600, 700, 300)),
        caption("below the canvas", boxed(200, 1700 + off(numbers), 700, 300)),
        caption("in the margin", boxed(0, 20, 900, 300)),
        caption("gone at once", format!("{text}, at = \"0.2s..0.{}s\"", n(numbers, 3, 3))),
        caption("too fast to read", {
            let at = format!("\"1.{}s..1.9s\"", n(numbers, 3, 3));
            format!("text = \"eleven chars\", style = \"plain\", at = {at}")
        }),
        caption("in a box that is too small", boxed(200, 600, 150 + n(numbers, 0, 60), 60)),
        Fault {
            what: "two in one place",
            from: CAPTION,
            to: format!("{CAPTION}, {{ text = \"me too\", at = \"0s..1.5s\", style = \"plain\" }}"),
        },
        Fault {
            what: "white on white",
            from: "base = \"subtitle\"",
            to: "base = \"subtitle\"\ncolor = \"#204060\"\noutline = false\nplate = false\nshadow = false".to_owned(),
        },
        Fault {
            what: "too short a film",
            from: "min-duration = \"1s\"",
            to: format!("min-duration = \"2.{}s\"", n(numbers, 2, 6)),
        },
        // Those need somebody to think, or another asset.
        Fault { what: "nothing moves", from: "max-frozen = \"3s\"", to: "max-frozen = \"100ms\"".to_owned() },
        Fault { what: "nobody knows whose it is", from: "[critic.default]", to: "[critic.default]\nrights = \"deny-unknown\"".to_owned() },
        Fault {
            what: "far too many words",
            from: "text = \"hello\"",
            to: format!("text = \"{}\"", "many words ".repeat(12).trim()),
        },
    ]
}

/// The film, made by a director that may ask once.
fn project(fault: &Fault) -> Project {
    let project = copy(base());
    let text = project.read("Memefile.toml");
    let (head, _) = text.split_once("[render.hello]").unwrap();
    let own = "[choice.all]\nbrief = \"as it is\"\ncomposite = \"hello\"\nslots.background = \"wall\"\n\
               [director.show]\nchoice = \"all\"\nprofiles = [\"tiny\"]\nturns = 1\n";
    assert!(head.contains(fault.from), "{}", fault.what);
    project.write("Memefile.toml", head.replacen(fault.from, &fault.to, 1) + own);
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
