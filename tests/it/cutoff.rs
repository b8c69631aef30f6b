//! Edits of media files: what nobody can see or hear renders nothing, and what somebody can renders
//! exactly what shows it.

use crate::clips::Clips;
use crate::project::Project;
use crate::samples::film;
use std::collections::BTreeSet;
use std::path::Path;

/// A film of everything, and a card with the picture alone.
fn project() -> Project {
    let project = film();
    let text = project.read("Memefile.toml").replace(
        "[render.hello]\ncomposite = \"hello\"\nprofiles = [\"tiny\", \"moving\"]",
        "[composite.card]\nduration = \"1s\"\nbackground = \"wall\"\n\n\
         [profile.mute]\nbase = \"preview\"\nsize = \"96x160\"\nfps = 12\nmin-duration = \"1s\"\n\
         audio = \"forbidden\"\n\n\
         [render.card]\ncomposite = \"card\"\nprofiles = [\"mute\"]\n\n\
         [render.hello]\ncomposite = \"hello\"\nprofiles = [\"tiny\"]",
    );
    project.write("Memefile.toml", text);
    project
}

/// Builds, and returns the renders that ran and the steps that did.
fn build(project: &Project) -> (Vec<String>, BTreeSet<String>) {
    let output = project.run(&["build", "--format", "json"]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{talk}");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let results = document["results"].as_array().expect("results").iter();
    let ran = results.filter(|result| result["status"] == "ran");
    let names = ran.filter_map(|result| result["node"].as_str());
    let renders = names.filter(|node| node.starts_with("render:")).map(str::to_owned).collect();
    let logs = project.files("cache/log");
    let log = String::from_utf8(logs.into_values().next_back().expect("a log")).expect("text");
    let events = log.lines().map(|line| serde_json::from_str(line).expect("an event"));
    let steps = events
        .filter(|event: &serde_json::Value| event["event"] == "action-finished")
        .filter_map(|event| Some(event["step"].as_str()?.split(' ').next()?.to_owned()));
    (renders, steps.collect())
}

/// Replaces a file by what ffmpeg makes of it.
fn remake(project: &Project, file: &str, words: &str) {
    let clips = Clips::new();
    let name = Path::new(file).file_name().unwrap().to_str().unwrap();
    let old = project.root().join("media").join(file);
    let made = clips.make(name, &format!("-i {} {words}", old.display()));
    let bytes = std::fs::read(made).unwrap();
    assert_ne!(bytes, std::fs::read(&old).unwrap(), "`{words}` changed no byte of {file}");
    std::fs::write(old, bytes).unwrap();
}

#[test]
fn what_nobody_sees_or_hears_renders_nothing() {
    let project = project();
    let (first, _) = build(&project);
    assert_eq!(first, ["render:card@mute", "render:hello@tiny"]);
    let chapters = project.root().join("chapters.txt");
    std::fs::write(
        &chapters,
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=one\n",
    )
    .unwrap();
    let chapters = format!("-i {} -map_metadata 1 -map 0 -c copy", chapters.display());
    let edits: [(&str, &str); 20] = [
        ("clip.mp4", "-c copy -metadata title=gorilla"),
        ("clip.mp4", "-c copy -metadata title=another"),
        ("clip.mp4", "-c copy -movflags +faststart"),
        ("clip.mp4", "-c copy -metadata comment=faster -movflags +faststart"),
        ("clip.mp4", &chapters),
        ("clip.mp4", "-map 0:v -map 0:a -map_chapters -1 -c copy"),
        ("clip.mp4", "-map 0:v -map 0:a -c copy -metadata:s:a language=deu"),
        ("clip.mp4", "-map 0:v -map 0:a -c copy -metadata:s:v handler_name=camera"),
        ("clip.mp4", "-map 0:v -map 0:a -c copy -metadata creation_time=2026-01-01T00:00:00Z"),
        ("clip.mp4", "-map 0:v -map 0:a -c copy -brand isom"),
        ("clip.mp4", "-map 0:v -map 0:a -c copy -map_metadata -1 -write_tmcd 0 -fflags +bitexact"),
        ("wall.png", "-compression_level 1"),
        ("wall.png", "-compression_level 9 -pred mixed"),
        ("wall.png", "-pred paeth -compression_level 2"),
        ("beat.wav", "-c copy -metadata title=beat"),
        ("beat.wav", "-c copy -metadata artist=nobody"),
        ("beat.wav", "-c copy -map_metadata -1 -fflags +bitexact"),
        ("pop.wav", "-c copy -metadata title=pop"),
        ("pop.wav", "-c copy -metadata comment=short"),
        ("pop.wav", "-c copy -map_metadata -1 -fflags +bitexact"),
    ];
    for (file, words) in edits {
        remake(&project, file, words);
        let (renders, steps) = build(&project);
        assert_eq!(renders, Vec::<String>::new(), "{file}: {words}");
        let of_ingest = |step: &String| {
            ["asset/ingest", "asset/describe", "manifest/assemble"].contains(&step.as_str())
        };
        // Nothing at all ran where an edit brought back a file that was ingested before.
        assert!(steps.iter().all(of_ingest), "{file}: {words} ran {steps:?}");
    }
}

#[test]
fn what_somebody_sees_or_hears_renders_what_shows_it() {
    const BOTH: &[&str] = &["render:card@mute", "render:hello@tiny"];
    const FILM: &[&str] = &["render:hello@tiny"];
    let x264 = "-c:v libx264 -preset veryfast -crf 18 -pix_fmt yuv420p";
    let picture = |filter: &str| format!("-vf {filter} {x264} -c:a copy");
    let (boxed, grey, faster) = (
        picture("drawbox=x=30:y=90:w=9:h=9:c=white:t=fill:enable=eq(n\\,3)"),
        picture("drawbox=x=40:y=90:w=20:h=20:c=gray:t=fill"),
        picture("setpts=PTS*0.5,fps=12"),
    );
    let louder = "-c:v copy -af volume=0.5 -c:a aac".to_owned();
    let higher = "-c:v copy -af asetrate=48000 -c:a aac".to_owned();
    let (dot, line, brighter, flipped, quiet) = (
        "-vf drawbox=x=4:y=4:w=1:h=1:c=white:t=fill".to_owned(),
        "-vf drawbox=x=0:y=80:w=96:h=2:c=black:t=fill".to_owned(),
        "-vf lutrgb=b=val/2".to_owned(),
        "-vf hflip".to_owned(),
        "-af volume=0.7".to_owned(),
    );
    // File, edit, what renders, whether its pictures do.
    let edits: [(&str, &str, &[&str], bool); 20] = [
        ("clip.mp4", &boxed, FILM, true),
        ("clip.mp4", &grey, FILM, true),
        ("clip.mp4", &louder, FILM, false),
        ("clip.mp4", &higher, FILM, false),
        ("clip.mp4", &faster, FILM, true),
        ("wall.png", &dot, BOTH, true),
        ("wall.png", &line, BOTH, true),
        ("wall.png", &brighter, BOTH, true),
        ("wall.png", &flipped, BOTH, true),
        ("wall.png", "-vf vflip", BOTH, true),
        ("beat.wav", &quiet, FILM, false),
        ("beat.wav", "-af areverse", FILM, false),
        ("beat.wav", "-af aecho", FILM, false),
        ("beat.wav", "-af lowpass=f=600", FILM, false),
        ("beat.wav", "-af volume=0.9", FILM, false),
        ("pop.wav", &quiet, FILM, false),
        ("pop.wav", "-af areverse", FILM, false),
        ("pop.wav", "-af volume=0.8", FILM, false),
        ("pop.wav", "-af lowpass=f=700", FILM, false),
        ("pop.wav", "-af aecho", FILM, false),
    ];
    let project = project();
    build(&project);
    for (file, words, expected, pictures) in edits {
        remake(&project, file, words);
        let (renders, steps) = build(&project);
        assert_eq!(renders, expected, "{file}: {words}");
        assert_eq!(steps.contains("render/segment"), pictures, "{file}: {words} ran {steps:?}");
    }
}
