//! The critic on really rendered films: a sound one, and one for each fault.

mod build;
mod command;
mod support;

use crate::clips::Clips;
use memebuild::contract;
use memebuild::contract::fact::StretchPixels;
use memebuild::contract::geometry::Rect;
use memebuild::contract::units::Rational;
use memebuild::contract::verdict::{Decision, Outcome, Verdict};
use memebuild::critic::{Policy, RULES, lines};
use memebuild::media::pixels::{self, Look, Part};
use memebuild::media::probe;
use memebuild::media::subject::{self, Moment, Scene};
use memebuild::node::critic::check::critic_check;
use std::path::Path;
use support::{FONTS, Film, Recipe, SOUND, profile, run_node};

/// The verdict on the whole file, by `memebuild check`'s own function.
fn check(film: &Film) -> Verdict {
    let scratch = tempfile::tempdir().expect("a folder");
    let (policy, input) = (Policy::default(), film.input.clone());
    critic_check(&film.film, &profile(), &policy, Some(input), Some(&FONTS), scratch.path())
        .expect("it is judged")
}

/// The rules that a verdict finds broken, without notes.
fn broken(verdict: &Verdict) -> Vec<&str> {
    let grave = verdict.findings.iter().filter(|f| f.rule != "edit-list");
    let mut rules: Vec<&str> = grave.map(|finding| finding.rule.as_str()).collect();
    rules.dedup();
    rules
}

#[track_caller]
fn finds(recipe: Recipe, rules: &[&str]) -> Verdict {
    let verdict = check(&recipe.make());
    assert_eq!(broken(&verdict), rules, "{:#?}", verdict.findings);
    verdict
}

#[test]
fn a_sound_film_is_accepted_and_every_rule_for_it_was_asked() {
    let verdict = finds(SOUND, &[]);
    assert_eq!(verdict.decision, Decision::Accept);
    let skipped: Vec<&str> = verdict
        .rules
        .iter()
        .filter(|r| r.outcome == Outcome::NotApplicable)
        .map(|r| r.rule.as_str())
        .collect();
    // For films with alpha, for those whose background and sounds are at hand, for those with a release
    // day, and for those of which somebody said something.
    let expected =
        ["empty", "subject-seen", "subject-holes", "speech-drowned", "rights-expiry", "review"];
    assert_eq!(skipped, expected);
}

#[test]
fn measuring_segments_gives_the_verdict_of_measuring_the_whole() {
    for recipe in [
        SOUND,
        // Black across the joint, and frozen across it: the change at the joint is a fact of both.
        Recipe { filter: "drawbox=c=black:t=fill:enable='between(n,50,75)'", ..SOUND },
        Recipe { filter: "loop=loop=50:size=1:start=40,setpts=N/30/TB", ..SOUND },
    ] {
        let film = recipe.make();
        let judged = run_node(&film, &Policy::default());
        assert_eq!(judged.verdict(), check(&film), "{recipe:?}");
    }
}

#[test]
fn joined_facts_are_those_of_the_whole_at_any_phase() {
    let film = SOUND.make();
    // Sampling by four does not divide a segment of 62 frames.
    let clips = &film.clips;
    let part = |name: &str, from: u32, to: u32| {
        clips.make(
            name,
            &format!(
                "-i @film.mp4 -vf trim=start_frame={from}:end_frame={to},setpts=PTS-STARTPTS -an \
                 -c:v libx264 -qp 0 -preset ultrafast -threads 1"
            ),
        )
    };
    let look = |phase| Look {
        every: 4,
        phase,
        canvas: profile().canvas,
        screen: None,
        captions: Vec::new(),
    };
    let measure = |path: &Path, phase: u32| {
        let media = probe::probe(path).expect("a film");
        pixels::measure(&look(phase), path, &media, &[]).expect("it is measured")
    };
    let whole = measure(&part("whole.mp4", 0, 90), 0);
    let stretches: Vec<(u32, StretchPixels)> = [(0, 31), (31, 33), (33, 90)]
        .into_iter()
        .map(|(from, to)| (from, measure(&part(&format!("{from}.mp4"), from, to), from % 4)))
        .collect();
    let parts = stretches.iter().map(|(first_frame, stretch)| Part {
        stretch,
        first_frame: *first_frame,
        captions: Vec::new(),
    });
    assert_eq!(pixels::join(parts).expect("they join"), whole.pixels);
    assert_eq!(whole.pixels.samples.len(), 23);
}

#[test]
fn a_changed_caption_measures_its_own_segment_again() {
    let film = SOUND.make();
    let before = run_node(&film, &Policy::default());
    let names: Vec<String> = before.actions.iter().map(|action| action.title()).collect();
    assert_eq!(
        names,
        [
            "critic/measure from frame 0",
            "critic/measure from frame 60",
            "critic/listen",
            "critic/judge"
        ]
    );
    // The caption shows in the first segment only: nothing of it is in the second's action.
    assert!(before.actions[0].inputs.contains_key("caption0"));
    assert_eq!(before.actions[1].inputs.keys().collect::<Vec<_>>(), ["film"]);
    assert_eq!(before.actions[1].params["captions"], serde_json::Value::Null);
}

#[test]
fn a_verdict_is_published_beside_the_film_that_it_speaks_of() {
    let paths = |judged: &support::Judged| {
        let publish = judged.finish.publish.iter();
        publish.map(|file| file.path.display().to_string()).collect::<Vec<_>>()
    };
    let accepted = run_node(&SOUND.make(), &Policy::default());
    assert_eq!(accepted.finish.accepted, Some(true));
    assert_eq!(accepted.finish.notes, Vec::<String>::new());
    assert_eq!(
        paths(&accepted),
        [
            "artefacts/renders/vogue@tiny.verdict.json",
            "artefacts/renders/vogue@tiny.mp4",
            "artefacts/renders/vogue@tiny.jpg"
        ]
    );
    let mut policy = Policy::default();
    policy.set("max-loudness", "-20 LUFS").expect("a limit");
    policy.set("min-loudness", "-30 LUFS").expect("a limit");
    let rejected = run_node(&SOUND.make(), &policy);
    assert_eq!(rejected.finish.accepted, Some(false));
    assert_eq!(
        paths(&rejected),
        [
            "artefacts/renders/vogue@tiny.rejected.verdict.json",
            "artefacts/renders/vogue@tiny.rejected.mp4",
            "artefacts/renders/vogue@tiny.rejected.jpg"
        ]
    );
    insta::assert_snapshot!(rejected.finish.notes.join("\n"), @r"
    error[loudness]: the film is too loud (measured -13.98 LUFS, limit -30 LUFS to -20 LUFS)
      hint: lower the profile's `loudness`, to which the mix is brought
    ");
}

#[test]
fn pictures_that_are_wrong_are_found() {
    let black = finds(
        Recipe { filter: "drawbox=c=black:t=fill:enable='between(n,65,80)'", ..SOUND },
        &["black"],
    );
    assert_eq!(black.findings[0].range_ms, Some([2200, 2700]));
    finds(Recipe { filter: "loop=loop=50:size=1:start=40,setpts=N/30/TB", ..SOUND }, &["frozen"]);
    let green = finds(
        Recipe { filter: "drawbox=x=4:y=110:w=12:h=20:c=0x00d000:t=fill", ..SOUND },
        &["left-over-green"],
    );
    assert_eq!(green.findings[0].measured, "1.5625 % of the layer's place");
}

#[test]
fn captions_that_cannot_be_read_are_found() {
    // White letters on a white wall, and a film that lost its caption.
    let wall = "drawbox=y=0:w=96:h=60:c=white:t=fill,drawbox=x=30*t:y=100:w=9:h=9:c=red:t=fill";
    finds(Recipe { filter: wall, outline: false, ..SOUND }, &["caption-contrast"]);
    finds(Recipe { filter: wall, ..SOUND }, &[]);
    finds(Recipe { caption: false, ..SOUND }, &["caption-contrast"]);
}

#[test]
fn sound_that_is_wrong_is_found() {
    finds(Recipe { sound: "0|0", ..SOUND }, &["mute", "silence"]);
    finds(
        Recipe { sound: "0.99*sin(2*PI*997*t)|0.99*sin(2*PI*997*t)", ..SOUND },
        &["loudness", "true-peak", "clipping"],
    );
    finds(Recipe { join: "-map 0:v -movflags +faststart", ..SOUND }, &["audio-presence"]);
    finds(Recipe { sound: "0.2*sin(2*PI*997*t)|-0.2*sin(2*PI*997*t)", ..SOUND }, &["mono"]);
}

#[test]
fn the_subject_is_told_from_the_very_frame_behind_it() {
    let clips = Clips::new();
    let encode = "-c:v libx264 -preset veryfast -threads 1 -pix_fmt yuv420p -color_primaries bt709 \
                  -color_trc bt709 -colorspace bt709 -color_range tv";
    clips.make(
        "background.mp4",
        &format!("-f lavfi -i testsrc2=s=96x160:r=30:d=2,hue=s=0.3 {encode} -crf 10 -g 30"),
    );
    // A grey body, and in it a hole of six pixels by six.
    let body = "drawbox=x=20:y=40:w=56:h=20:c=gray:t=fill,drawbox=x=20:y=60:w=20:h=6:c=gray:t=fill,\
                drawbox=x=46:y=60:w=30:h=6:c=gray:t=fill,drawbox=x=20:y=66:w=56:h=54:c=gray:t=fill";
    let film = |name: &str, from: u32, body: &str| {
        clips.make(
            name,
            &format!(
                "-i @background.mp4 -vf trim=start_frame={from},setpts=PTS-STARTPTS,{body} \
                 {encode} -crf 8"
            ),
        )
    };
    let films = [film("a.mp4", 10, body), film("b.mp4", 45, body), film("c.mp4", 45, "null")];
    let films: Vec<&Path> = films.iter().map(AsRef::as_ref).collect();
    let scene = |frames: [u32; 3]| {
        let moments = frames.map(|background_frame| Moment {
            frame: 0,
            background_frame,
            covered: Vec::new(),
        });
        Scene {
            canvas: profile().canvas,
            place: Rect { x: 0, y: 0, width: 96, height: 160 },
            u: 54,
            v: 34,
            background_rate: Some(Rational::new(30, 1)),
            moments: moments.into(),
        }
    };
    let background = clips.path("background.mp4");
    let compare = |frames| subject::compare(&scene(frames), &films, &background).expect("compared");
    let moments = compare([10, 45, 45]).moments;
    // The body fills 29 % of the canvas and loses 0.8 % of itself to the hole.
    for moment in &moments[..2] {
        assert!((270_000..320_000).contains(&moment.subject_millionth), "{moment:?}");
        assert!((4000..12_000).contains(&moment.holes_millionth), "{moment:?}");
        assert_eq!(moment.green_millionth, 0);
    }
    assert!(moments[2].subject_millionth < 2000, "nothing over it: {:?}", moments[2]);
    // One frame off, and the background itself would pass for a subject.
    assert!(compare([11, 46, 46]).moments[2].subject_millionth > 5000);
}

#[test]
fn files_that_are_wrong_are_found() {
    let without = "-map 0:v -map 1:a";
    finds(Recipe { join: without, ..SOUND }, &["fast-start"]);
    finds(Recipe { encode: "-pix_fmt yuv444p", ..SOUND }, &["pixel-format"]);
    finds(
        Recipe { encode: "-pix_fmt yuv420p -x264-params keyint=60:open-gop=1:bframes=3", ..SOUND },
        &[],
    );
    finds(Recipe { filter: "setsar=4/3", ..SOUND }, &["square-pixels"]);
    finds(Recipe { filter: "scale=98:160,setsar=1", ..SOUND }, &["dimensions"]);
    // As `-t` cuts a film: pictures of which some are only half there, and sound to the block.
    let lost = "-map 0:v -map 1:a -movflags +faststart -t 2.5";
    finds(Recipe { join: lost, ..SOUND }, &["frame-count", "av-length"]);
}

#[test]
fn damaged_frames_are_the_decoders_to_tell() {
    let film = SOUND.make();
    let mut bytes = std::fs::read(&film.film).expect("a film");
    let (from, to) = (bytes.len() / 3, bytes.len() / 2);
    bytes[from..to].iter_mut().step_by(97).for_each(|byte| *byte ^= 0x5a);
    std::fs::write(&film.film, bytes).expect("it is written");
    let verdict = check(&film);
    assert_eq!(verdict.decision, Decision::Reject);
    assert!(broken(&verdict).contains(&"decodes"), "{:#?}", verdict.findings);
}

#[test]
fn a_file_from_elsewhere_is_judged_by_the_rules_that_need_nothing_else() {
    let film = SOUND.make();
    let scratch = tempfile::tempdir().expect("a folder");
    let verdict =
        critic_check(&film.film, &profile(), &Policy::default(), None, None, scratch.path())
            .expect("it is judged");
    assert_eq!(broken(&verdict), Vec::<&str>::new());
    for (rule, result) in RULES.iter().zip(&verdict.rules) {
        if result.outcome == Outcome::Off {
            continue;
        }
        let skipped = result.outcome == Outcome::NotApplicable;
        assert_eq!(skipped, rule.needs_input || rule.id == "empty", "{}", rule.id);
    }
}

#[test]
fn other_containers_have_rules_of_their_own() {
    let clips = Clips::new();
    clips.make("a.gif", "-f lavfi -i testsrc2=s=96x160:r=10:d=1");
    clips.make(
        "a.webm",
        "-f lavfi -i testsrc2=s=96x160:r=30:d=1,format=yuva420p,geq=lum='lum(X,Y)':cb='cb(X,Y)'\
         :cr='cr(X,Y)':a='if(between(X,30*T,30*T+30),255,60)' -f lavfi -i sine=r=48000:d=1 \
         -c:v libvpx-vp9 -cpu-used 8 -pix_fmt yuva420p -auto-alt-ref 0 -g 60 -threads 1 \
         -c:a libopus -af volume=7dB -shortest",
    );
    let judge = |name: &str, edit: &dyn Fn(&mut contract::profile::OutputProfile)| {
        let mut profile = profile();
        edit(&mut profile);
        let path = clips.path(name);
        critic_check(&path, &profile, &Policy::default(), None, None, clips.root())
            .expect("it is judged")
    };
    let gif = judge("a.gif", &|p| {
        p.container = contract::profile::Container::Gif;
        p.audio = contract::profile::AudioPolicy::Forbidden;
        p.frame_rate = Rational::new(10, 1);
    });
    assert_eq!(broken(&gif), Vec::<&str>::new(), "{:#?}", gif.findings);
    let webm = judge("a.webm", &|p| p.container = contract::profile::Container::Webm);
    assert_eq!(broken(&webm), Vec::<&str>::new(), "{:#?}", webm.findings);
    assert_eq!(broken(&judge("a.gif", &|_| ())).first(), Some(&"container"));
}

#[test]
fn a_verdict_reads_well() {
    let film = Recipe { caption: false, sound: "0|0", ..SOUND }.make();
    let mut verdict = check(&film);
    insta::assert_snapshot!(lines::of_verdict(&verdict).join("\n"), @r#"
    rejected for tiny: 2 errors, 1 warning, 1 note
    error[caption-contrast]: caption 1 "SHIP" does not stand out from what is around it (measured 1:1, limit at least 3:1) at 0s..1.933s in 78x32+9+13
      hint: give its style an outline or a plate, another colour, or another place
    error[mute]: nothing is heard although the composite has sound (measured digital silence, limit a peak above -50 dBTP)
      hint: look at the tracks' `gain` and `start`: they may begin after their source ends
    warning[silence]: there is silence (measured 3000 ms under -50 dBFS, limit at most 1000 ms) at 0s..3s
      hint: loop the music, start it elsewhere, or turn it down less
    info[edit-list]: the file has an edit list (measured an edit list, limit none)
      hint: nothing need be done unless the platform refuses the file
    "#);
    verdict.findings.truncate(1);
    verdict.rules.truncate(2);
    let text = String::from_utf8(contract::write(&verdict)).expect("text");
    insta::with_settings!({filters => vec![(r"[0-9a-f]{64}/[0-9]+", "DIGEST")]}, {
        insta::assert_snapshot!(text, @r#"
    {
      "schemaVersion": 1,
      "subject": "DIGEST",
      "profile": "tiny",
      "rulesVersion": 7,
      "decision": "reject",
      "findings": [
        {
          "rule": "caption-contrast",
          "severity": "error",
          "message": "caption 1 \"SHIP\" does not stand out from what is around it",
          "measured": "1:1",
          "limit": "at least 3:1",
          "rangeMs": [
            0,
            1933
          ],
          "box": {
            "x": 9,
            "y": 13,
            "width": 78,
            "height": 32
          },
          "hint": "give its style an outline or a plate, another colour, or another place",
          "patch": [
            {
              "op": "replace",
              "path": "/captions/0/spec/style",
              "value": {
                "families": [
                  "Noto Sans"
                ],
                "weight": 900,
                "sizeMax": 30,
                "sizeMin": 20,
                "lineHeightMilli": 1200,
                "color": [
                  255,
                  255,
                  255,
                  255
                ],
                "uppercase": false,
                "outline": {
                  "width": 4,
                  "color": [
                    0,
                    0,
                    0,
                    255
                  ]
                },
                "plate": {
                  "color": [
                    0,
                    0,
                    0,
                    255
                  ],
                  "padding": 6,
                  "radius": 3
                },
                "align": "center",
                "verticalAlign": "middle",
                "maxLines": 1
              }
            }
          ]
        }
      ],
      "rules": [
        {
          "rule": "container",
          "outcome": "pass"
        },
        {
          "rule": "codec",
          "outcome": "pass"
        }
      ]
    }
    "#);
    });
}
