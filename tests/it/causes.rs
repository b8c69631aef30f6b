//! `why` names what was changed: single mutations of a real project, and the cause that comes
//! first.

use crate::project::{Numbers, Project};
use crate::samples::film;
use crate::soak::rounds;
use serde_json::Value;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

/// What was done, a node that has to tell, and what its root cause has to say.
struct Mutation {
    node: &'static str,
    says: Vec<String>,
}

const RENDER: &str = "render:hello@tiny";

/// Who leaves a film for people, once it is accepted.
const CRITIC: &str = "critic:hello@tiny";

/// Replaces the first text by the second in a file of the project.
fn replace(project: &Project, file: &str, old: &str, new: &str) {
    let text = project.read(file);
    assert!(text.contains(old), "{old} in {file}:\n{text}");
    project.write(file, text.replacen(old, new, 1));
}

/// The rest of the line after `key`, the first time it stands there.
fn value_of(project: &Project, file: &str, key: &str) -> String {
    let text = project.read(file);
    let at = text.find(key).unwrap_or_else(|| panic!("{key} in {file}")) + key.len();
    text[at..].split(['"', ' ', ',', '\n']).next().unwrap().to_owned()
}

/// Another value than the one that stands after `key`.
fn vary(project: &Project, key: &str, numbers: &mut Numbers, make: fn(usize) -> String) {
    let old = value_of(project, "Memefile.toml", key);
    let new = std::iter::repeat_with(|| make(numbers.below(50))).find(|new| *new != old).unwrap();
    replace(project, "Memefile.toml", &format!("{key}{old}"), &format!("{key}{new}"));
}

/// The ffmpeg of the project: the real one, which says that it is of another version.
fn ffmpeg(project: &Project, version: usize) {
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *' -version '*) ffmpeg -version | sed '1s/version [^ ]*/version 5.{version}-mutant/' ;;\n\
         *) exec ffmpeg \"$@\" ;; esac\n"
    );
    program(project, "bin/ffmpeg", &script);
}

fn program(project: &Project, path: &str, script: &str) {
    project.write(path, script);
    std::fs::set_permissions(project.root().join(path), Permissions::from_mode(0o755)).unwrap();
}

/// memebuild, with the project's own ffmpeg.
fn run(project: &Project, args: &[&str]) -> Output {
    let ffmpeg = project.root().join("bin/ffmpeg");
    project.command(args).env("MEMEBUILD_FFMPEG", ffmpeg).output().unwrap()
}

/// Where the cache keeps these bytes.
fn blob(project: &Project, hex: &str) -> PathBuf {
    project.root().join("cache/cas").join(&hex[..2]).join(&hex[2..])
}

fn mutate(project: &Project, what: usize, numbers: &mut Numbers) -> Mutation {
    let says = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let memefile = "Memefile.toml:";
    match what {
        0 => {
            vary(project, "text = \"", numbers, |n| format!("word{n}"));
            Mutation { node: RENDER, says: says(&["text", "word", memefile]) }
        }
        1 => {
            vary(project, "pop\", at = \"", numbers, |n| format!("1.{:02}s", n + 10));
            Mutation { node: RENDER, says: says(&["effects[0].at-ms", memefile]) }
        }
        2 => {
            vary(project, "scale = ", numbers, |n| format!("0.{}", n + 40));
            Mutation { node: RENDER, says: says(&["green-screen.placement.scale-milli", memefile]) }
        }
        3 => {
            vary(project, "gain = \"-", numbers, |n| format!("{}dB", n % 5 + 4));
            Mutation { node: RENDER, says: says(&["music.gain-mdb", memefile]) }
        }
        4 => {
            vary(project, "size = \"", numbers, |n| format!("{}%", n % 5 + 9));
            Mutation { node: RENDER, says: says(&["style.size", memefile]) }
        }
        5 => {
            let shade = u8::try_from(numbers.below(200)).unwrap();
            let wall = image::RgbImage::from_fn(96, 160, |x, y| {
                image::Rgb([shade, x as u8, (y as u8).wrapping_add(shade)])
            });
            wall.save(project.root().join("media/wall.png")).unwrap();
            Mutation { node: RENDER, says: says(&["media/wall.png"]) }
        }
        6 => {
            // A tone of another pitch, in the same file format.
            let pitch = 300 + numbers.below(600);
            let clips = crate::clips::Clips::new();
            let made = clips.make("beat.wav", &format!("-f lavfi -i sine=f={pitch}:b=4:d=3"));
            project.write("media/beat.wav", std::fs::read(made).unwrap());
            Mutation { node: RENDER, says: says(&["media/beat.wav"]) }
        }
        7 => {
            let film = project.root().join("artefacts/renders/hello@tiny.mp4");
            std::fs::write(film, "spoilt").unwrap();
            Mutation { node: CRITIC, says: says(&["hello@tiny.mp4", "changed"]) }
        }
        8 => {
            std::fs::remove_file(project.root().join("artefacts/renders/hello@tiny.jpg")).unwrap();
            Mutation { node: CRITIC, says: says(&["hello@tiny.jpg", "gone"]) }
        }
        9 => {
            vary(project, "run = [\"sh\", \"-c\", 'echo ", numbers, |n| format!("note{n}"));
            Mutation { node: "command:note", says: says(&["argument 2", "note", memefile]) }
        }
        10 => {
            let text = format!("# {}\ncat \"$1\" >\"$2\"\n", numbers.below(1_000_000));
            project.write("tool.sh", format!("#!/bin/sh\n{text}"));
            Mutation { node: "command:copy", says: says(&["tool", "changed"]) }
        }
        11 => {
            project.write("in.txt", format!("{}\n", numbers.below(1_000_000)));
            Mutation { node: "command:copy", says: says(&["in.txt"]) }
        }
        12 => {
            // A row, and no row beside it.
            let row = numbers.below(3);
            let old = project.read("captions.csv").lines().nth(row + 1).unwrap().to_owned();
            let (id, _) = old.split_once(',').unwrap();
            let new = format!("{id},row{}", numbers.below(1_000_000));
            replace(project, "captions.csv", &old, &new);
            let node =
                ["render:launch/a@tiny", "render:launch/b@tiny", "render:launch/c@tiny"][row];
            let place = format!("captions.csv:{}", row + 2);
            Mutation { node, says: says(&["re-render launch/", "captions[0].text", "row", &place]) }
        }
        13 => {
            ffmpeg(project, numbers.below(1_000_000));
            Mutation { node: RENDER, says: says(&["ffmpeg changed", "-mutant"]) }
        }
        14 => {
            // All bytes, but not the records of what made them.
            let records: usize = project.files("cache/ac").values().map(Vec::len).sum();
            let most = format!("{} B", records + 2000);
            let gc = run(project, &["cache", "gc", "--max-size", &most]);
            assert_eq!(gc.status.code(), Some(0), "{gc:?}");
            std::fs::remove_file(project.root().join("artefacts/copy.txt")).unwrap();
            Mutation { node: "command:copy", says: says(&["evicted", "cache gc"]) }
        }
        15 => {
            let copy = std::fs::read(project.root().join("artefacts/copy.txt")).unwrap();
            let blob = blob(project, &blake3::hash(&copy).to_hex());
            let mut bytes = std::fs::read(&blob).unwrap();
            bytes[0] ^= 1;
            std::fs::remove_file(&blob).unwrap();
            std::fs::write(&blob, bytes).unwrap();
            std::fs::remove_file(project.root().join("artefacts/copy.txt")).unwrap();
            Mutation { node: "command:copy", says: says(&["damaged"]) }
        }
        _ => {
            vary(project, "max-frozen = \"", numbers, |n| format!("{}ms", n * 10 + 3000));
            Mutation { node: CRITIC, says: says(&["max-frozen", memefile]) }
        }
    }
}

const KINDS: usize = 17;

fn project() -> Project {
    let project = film();
    let commands = r#"
[command.note]
run = ["sh", "-c", 'echo a >"$0"', "{out}"]
outputs = ["artefacts/note.txt"]

[command.copy]
run = ["./tool.sh", "{in}", "{out}"]
inputs = ["in.txt"]
outputs = ["artefacts/copy.txt"]

[batch.launch]
composite = "hello"
captions = { csv = "captions.csv" }
profiles = ["tiny"]
"#;
    let text = project
        .read("Memefile.toml")
        .replace("profiles = [\"tiny\", \"moving\"]", "profiles = [\"tiny\"]");
    project.write("Memefile.toml", text + commands);
    project.write("in.txt", "first\n");
    project.write("captions.csv", "id,text\na,one\nb,two\nc,three\n");
    program(&project, "tool.sh", "#!/bin/sh\ncat \"$1\" >\"$2\"\n");
    ffmpeg(&project, 0);
    project
}

/// What `why` says first.
fn headline(project: &Project, node: &str) -> (String, Value) {
    let output = run(project, &["why", node]);
    let said = String::from_utf8(output.stdout).unwrap();
    let json = run(project, &["why", node, "--format", "json"]);
    let document = serde_json::from_slice(&json.stdout).unwrap();
    (said.lines().next().unwrap_or_default().to_owned(), document)
}

#[test]
fn the_right_cause_comes_first() {
    let project = project();
    run(&project, &["build"]);
    let mut numbers = Numbers(23);
    let (mut wrong, count) = (Vec::new(), rounds(34, 221) as usize);
    for round in 0..count {
        let mutation = mutate(&project, round % KINDS, &mut numbers);
        let output = run(&project, &["build"]);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{output:?}");
        let (said, document) = headline(&project, mutation.node);
        let root = document["cause"].to_string();
        let named = mutation.says.iter().all(|word| said.contains(word));
        if document["fresh_in_last_build"] == true || !named {
            wrong.push(format!(
                "{}: {said}\n  {root}\n  expected {:?}",
                round % KINDS,
                mutation.says
            ));
        }
    }
    // Two in a hundred may be told otherwise.
    assert!(wrong.len() * 50 <= count, "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_the_cache_lost_is_told_apart() {
    let project = project();
    run(&project, &["build"]);
    // All records are gone, the outputs are there: nothing has to run.
    std::fs::remove_dir_all(project.root().join("cache/ac")).unwrap();
    std::fs::remove_file(project.root().join("artefacts/copy.txt")).unwrap();
    run(&project, &["build"]);
    let (said, document) = headline(&project, "command:copy");
    assert!(matches!(document["cause"]["kind"].as_str(), Some("lost" | "output")), "{said}");
    assert!(said.contains("copy"), "{said}");
}

#[test]
fn a_hit_says_who_made_it_and_a_cut_off_by_what() {
    let project = project();
    run(&project, &["build"]);
    replace(&project, "Memefile.toml", "echo a", "echo b");
    run(&project, &["build"]);
    replace(&project, "Memefile.toml", "echo b", "echo a");
    std::thread::sleep(Duration::from_millis(30));
    run(&project, &["build"]);
    let (said, _) = headline(&project, "command:note");
    assert!(said.contains("came from the cache") && said.contains("made by build"), "{said}");
}
