//! Watching: what is built again when something changes, and when nothing is.

use crate::project::Project;
use memebuild::contract::event::{Event, Status};
use memebuild::diagnostic::Exit;
use memebuild::engine::log;
use memebuild::engine::project::Project as Opened;
use memebuild::engine::request::Request;
use memebuild::engine::watch::{Happening, watch};
use memebuild::exec::Cancel;
use memebuild::report::fold::Fold;
use memebuild::source::Mode;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longer than any build here takes, on a machine that others use too.
const SOON: Duration = Duration::from_secs(60);

/// Long enough for a change to have begun a build.
const QUIET: Duration = Duration::from_millis(700);

/// `a.txt → b → c`, and a glob.
const MEMEFILE: &str = r#"
memefile = 1

[command.b]
run = ["sh", "-c", 'tr a-z A-Z <"$0" >"$1"', "{in}", "{out}"]
inputs = ["a.txt"]
outputs = ["artefacts/b.txt"]

[command.c]
run = ["sh", "-c", 'cut -c1-3 "$0" >"$1"; cp "$1" "$2"', "{in}", "{out:0}", "{out:1}"]
inputs = ["artefacts/b.txt"]
outputs = ["artefacts/c.txt", "made/c.txt"]

[command.list]
run = ["sh", "-c", 'out=$0; cat "$@" >"$out"', "{out}", "{in}"]
inputs = ["texts/*.txt"]
outputs = ["artefacts/list.txt"]
"#;

/// What one round of watching came to.
#[derive(Debug, PartialEq, Eq)]
enum Round {
    /// The nodes that did something, and the exit.
    Built(Vec<String>, Exit),
    /// The codes of the mistakes.
    Mistaken(Vec<&'static str>),
    Superseded,
}

/// A project that is watched by a thread.
struct Watched {
    project: Project,
    rounds: Receiver<(Vec<PathBuf>, Round)>,
    started: Receiver<String>,
    cancel: Cancel,
    thread: Option<JoinHandle<()>>,
}

impl Watched {
    fn new(project: Project) -> Self {
        let cancel = Cancel::new().unwrap();
        let (send, rounds) = channel();
        let (starts, started) = channel();
        let (root, token) = (project.root().to_owned(), cancel.clone());
        let thread = std::thread::spawn(move || {
            let opened = Opened::find(&root).unwrap();
            let (mut changes, mut ran) = (Vec::new(), Vec::new());
            let root = root.canonicalize().unwrap();
            watch(&opened, &request(), &token, &mut |happening| match happening {
                Happening::Begun { changed } => {
                    let within = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_owned();
                    changes = changed.iter().map(within).collect();
                    ran = Vec::new();
                }
                Happening::Event(Event::NodeFinished { node, status, .. }) => {
                    if !matches!(status, Status::Fresh | Status::Cutoff) {
                        ran.push(format!("{node} {}", status.as_str()));
                    }
                }
                Happening::Event(Event::ActionStarted { node, .. }) => {
                    let _ = starts.send(node.clone());
                }
                Happening::Ended(Ok(end)) => {
                    ran.sort();
                    let round = Round::Built(std::mem::take(&mut ran), end.exit);
                    let _ = send.send((std::mem::take(&mut changes), round));
                }
                Happening::Ended(Err(mistakes)) => {
                    let codes = mistakes.iter().map(|mistake| mistake.code).collect();
                    let _ = send.send((std::mem::take(&mut changes), Round::Mistaken(codes)));
                }
                Happening::Superseded => {
                    let _ = send.send((std::mem::take(&mut changes), Round::Superseded));
                }
                Happening::Event(_) | Happening::Waiting | Happening::Watching { .. } => {}
            })
            .unwrap();
        });
        Self { project, rounds, started, cancel, thread: Some(thread) }
    }

    #[track_caller]
    fn next(&self) -> Round {
        self.rounds.recv_timeout(SOON).expect("a round").1
    }

    /// The next round, which this change must have begun.
    #[track_caller]
    fn after(&self, changed: &str) -> Round {
        let (paths, round) = self.rounds.recv_timeout(SOON).expect("a round");
        assert!(paths.contains(&PathBuf::from(changed)), "{changed} is not among {paths:?}");
        round
    }

    #[track_caller]
    fn nothing(&self) {
        let next = self.rounds.recv_timeout(QUIET);
        assert!(matches!(next, Err(RecvTimeoutError::Timeout)), "{next:?}");
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.cancel.cancel();
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            ended.unwrap().expect("watching ends well");
        }
    }
}

fn request() -> Request {
    Request {
        targets: Vec::new(),
        slots: 2,
        keep_going: true,
        may_be_brief: true,
        recheck_milli: 0,
        limit: None,
        sources: Mode { offline: true, locked: false, update: false },
        release: false,
        strict: false,
        reads: false,
    }
}

fn built<const N: usize>(nodes: [&str; N]) -> Round {
    Round::Built(nodes.map(str::to_owned).to_vec(), Exit::Ok)
}

fn project() -> Project {
    let project = Project::new(MEMEFILE);
    project.write("a.txt", "hello\n");
    project.write("texts/one.txt", "one\n");
    project
}

/// As editors do that never leave half a file: another one, and a rename.
fn replace(project: &Project, path: &str, text: &str) {
    project.write(&format!("{path}.new~"), text);
    std::fs::rename(project.root().join(format!("{path}.new~")), project.root().join(path))
        .unwrap();
}

#[test]
fn a_change_builds_what_it_touches() {
    let watched = Watched::new(project());
    let first = ["command:b ran", "command:c ran", "command:list ran"];
    assert_eq!(watched.next(), built(first));
    // Its own outputs, and what nothing reads, are no change.
    watched.project.write("notes.txt", "of no interest");
    watched.project.write("texts/.one.txt.swp", "an editor's");
    watched.nothing();
    // A file that is written over.
    watched.project.write("a.txt", "howdy\n");
    assert_eq!(watched.after("a.txt"), built(["command:b ran", "command:c ran"]));
    // One that is replaced, twice: the new file is watched like the old one.
    for text in ["there\n", "world\n"] {
        replace(&watched.project, "a.txt", text);
        assert_eq!(watched.after("a.txt"), built(["command:b ran", "command:c ran"]));
    }
    // One that a glob finds, and one that it finds no more.
    watched.project.write("texts/two.txt", "two\n");
    assert_eq!(watched.after("texts/two.txt"), built(["command:list ran"]));
    std::fs::remove_file(watched.project.root().join("texts/two.txt")).unwrap();
    assert_eq!(watched.after("texts/two.txt"), built(["command:list hit"]));
    assert_eq!(watched.project.read("artefacts/list.txt"), "one\n");
    assert_eq!(watched.project.read("made/c.txt"), "WOR\n");
    watched.nothing();
}

#[test]
fn mistakes_are_told_and_waited_out() {
    let watched = Watched::new(project());
    watched.next();
    replace(
        &watched.project,
        "Memefile.toml",
        &MEMEFILE.replace("inputs = [\"a.txt\"]", "inptus = []"),
    );
    let Round::Mistaken(codes) = watched.after("Memefile.toml") else { panic!("no mistake") };
    assert!(codes.contains(&"unknown-key"), "{codes:?}");
    assert_eq!(watched.project.read("artefacts/b.txt"), "HELLO\n", "what was good stays");
    // A file that the Memefile names from now on, and that is not there yet.
    let renamed = MEMEFILE.replace("a.txt", "parts/b.txt");
    replace(&watched.project, "Memefile.toml", &renamed);
    let (Round::Mistaken(_) | Round::Built(_, Exit::Usage | Exit::Failed)) =
        watched.after("Memefile.toml")
    else {
        panic!("the file is not there")
    };
    watched.project.write("parts/b.txt", "later\n");
    loop {
        // A folder that came is looked at, and then the file in it.
        match watched.next() {
            Round::Built(nodes, Exit::Ok) if nodes.contains(&"command:b ran".to_owned()) => break,
            Round::Built(..) | Round::Mistaken(_) | Round::Superseded => {}
        }
    }
    assert_eq!(watched.project.read("artefacts/b.txt"), "LATER\n");
}

#[test]
fn a_change_ends_what_became_useless_and_keeps_what_was_finished() {
    let slow = "memefile = 1
[command.first]
run = [\"sh\", \"-c\", 'cat \"$0\" >\"$1\"', \"{in}\", \"{out}\"]
inputs = [\"one.txt\"]
outputs = [\"artefacts/first\"]
[command.slow]
run = [\"sh\", \"-c\", 'if grep -q slow \"$0\"; then sleep 600; fi; cp \"$0\" \"$1\"; cat \"$2\" >>\"$1\"', \"{in:0}\", \"{out}\", \"{in:1}\"]
inputs = [\"two.txt\", \"artefacts/first\"]
outputs = [\"artefacts/slow\"]
";
    let project = Project::new(slow);
    project.write("one.txt", "1\n");
    project.write("two.txt", "quick\n");
    let watched = Watched::new(project);
    assert_eq!(watched.next(), built(["command:first ran", "command:slow ran"]));
    watched.started.try_iter().count();
    watched.project.write("one.txt", "2\n");
    watched.project.write("two.txt", "slow\n");
    let started = |wanted: &str| {
        while watched.started.recv_timeout(SOON).expect("it starts") != wanted {}
    };
    started("command:slow");
    assert_eq!(watched.project.read("artefacts/slow"), "quick\n1\n", "the last good one stays");
    watched.project.write("two.txt", "quicker\n");
    // Whatever was built before both were written is of no interest.
    let ended = std::iter::from_fn(|| Some(watched.next())).find(|round| {
        assert!(matches!(round, Round::Superseded | Round::Built(..)));
        matches!(round, Round::Built(nodes, _) if nodes.iter().any(|n| n.starts_with("command:slow")))
    });
    assert_eq!(ended, Some(built(["command:slow ran"])), "the first was in the cache");
    assert_eq!(watched.project.read("artefacts/slow"), "quicker\n2\n");
}

#[test]
fn a_file_that_changed_while_it_was_first_read_is_not_missed() {
    let project = project();
    // Nobody knows yet that it is read when it changes: the first build is under way.
    let memefile = MEMEFILE.replace("tr a-z", "cat \"$0\" >/dev/null; sleep 2; tr a-z");
    project.write("Memefile.toml", &memefile);
    let watched = Watched::new(project);
    while watched.started.recv_timeout(SOON).expect("it starts") != "command:b" {}
    watched.project.write("texts/late.txt", "late\n");
    let rounds: Vec<Round> = (0..2).map(|_| watched.next()).collect();
    assert!(rounds.iter().all(|round| matches!(round, Round::Built(..) | Round::Superseded)));
    assert_eq!(watched.project.read("artefacts/list.txt"), "late\none\n");
}

/// A batch of a few rows, and a meme beside it.
const BATCH: &str = r#"
memefile = 1
[source.places]
asset = "background"
files = "*.png"
[profile.tiny]
size = "32x48"
segment = "1s"
min-duration = "500ms"
audio = "forbidden"
[critic.default]
max-black = "5s"
max-frozen = "5s"
caption-safe-area = "off"
caption-size = "off"
caption-reading-speed = "off"
caption-contrast = "off"
caption-glyphs = "off"
caption-clipped = "off"
caption-time = "off"
[composite.template]
duration = "500ms"
background = "wall"
captions = [{ text = "one" }]
[batch.launch]
composite = "template"
axes.background = "wall"
captions = { csv = "captions.csv" }
profiles = ["tiny"]
[composite.solo]
duration = "500ms"
background = "wall"
captions = [{ text = "SOLO" }]
[render.solo]
composite = "solo"
profiles = ["tiny"]
"#;

/// What the command renders until it waits again, sorted.
fn rendered(lines: &mut impl Iterator<Item = String>) -> Vec<String> {
    let round = lines.take_while(|line| !line.contains("waiting for changes"));
    let ran = round.filter_map(|line| {
        let node = line.trim().strip_prefix("ran render:")?.split(' ').next()?;
        Some(node.to_owned())
    });
    let mut ran: Vec<String> = ran.collect();
    ran.sort();
    ran
}

/// How renders ended in the newest build before all of the project was expanded, and what the whole build
/// came to.
fn early(project: &Project) -> (Vec<(String, Status)>, Fold) {
    let cache = project.root().join("cache");
    let events = log::read(&cache, &log::builds(&cache)[0]).unwrap();
    let grew = events.iter().position(|event| matches!(event, Event::GraphGrew { .. }));
    let ends =
        events[..grew.expect("a part of it came first")].iter().filter_map(|event| match event {
            Event::NodeFinished { node, status, .. } if node.starts_with("render:") => {
                Some((node.clone(), *status))
            }
            _ => None,
        });
    let mut fold = Fold::default();
    events.iter().for_each(|event| fold.add(event));
    (ends.collect(), fold)
}

#[test]
fn what_changed_of_a_batch_is_built_and_the_rest_is_not_forgotten() {
    let project = Project::new(BATCH);
    let wall = image::RgbImage::from_fn(32, 48, |x, y| image::Rgb([40, 4 * x as u8, 4 * y as u8]));
    wall.save(project.root().join("wall.png")).unwrap();
    let rows = |text: &str| format!("id,text\na,SHIP\nb,{text}\nc,DNS\n");
    project.write("captions.csv", rows("IT"));
    project.run(&["build"]);
    project.run(&["build"]);
    // Steps of our own are run by the binary, so that it is the one who watches.
    let mut command = project.command(&["build", "--watch", "-j", "1"]);
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let talk = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut lines = std::io::BufRead::lines(talk).map_while(Result::ok);
    assert_eq!(rendered(&mut lines), [""; 0]);
    // Outside of the batch, in it, and both: the same as all at once.
    let memefile = |text: &str| BATCH.replace("\"SOLO\"", &format!("\"{text}\""));
    replace(&project, "Memefile.toml", &memefile("SALO"));
    assert_eq!(rendered(&mut lines), ["solo@tiny"]);
    let (first, fold) = early(&project);
    assert_eq!(first, [("render:solo@tiny".to_owned(), Status::Ran)]);
    let (ran, spared) = (fold.count(Status::Ran), fold.count(Status::Fresh));
    assert_eq!((fold.nodes, fold.count(Status::Hit)), (ran + spared, 0), "each node counts once");
    replace(&project, "captions.csv", &rows("AT"));
    assert_eq!(rendered(&mut lines), ["launch/wall+b@tiny"]);
    replace(&project, "captions.csv", &rows("IS"));
    replace(&project, "Memefile.toml", &memefile("SILO"));
    assert_eq!(rendered(&mut lines), ["launch/wall+b@tiny", "solo@tiny"]);
    // Taken back: it comes from the cache, and is told so although all that follows finds it fresh.
    replace(&project, "Memefile.toml", &memefile("SALO"));
    assert_eq!(rendered(&mut lines), [""; 0]);
    let (first, fold) = early(&project);
    assert_eq!(first, [("render:solo@tiny".to_owned(), Status::Hit)]);
    assert_eq!(fold.results["render:solo@tiny"].status, Status::Hit);
    assert!(fold.saved_ms > 0 && fold.nodes == fold.counts.values().sum::<u64>(), "{fold:?}");
    // The template, which every cell is made of.
    let all = memefile("SILO").replacen("500ms\"\nbackground", "900ms\"\nbackground", 1);
    replace(&project, "Memefile.toml", &all);
    assert_eq!(rendered(&mut lines).len(), 3);
    child.kill().unwrap();
    child.wait().unwrap();
    // Nothing that watching left is out of date or unknown to a build that looks at everything.
    let output = project.run(&["build", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = document["results"].as_array().unwrap();
    let renders = results.iter().filter(|of| of["node"].as_str().unwrap().starts_with("render:"));
    assert_eq!(renders.count(), 4);
    assert_eq!((&document["fresh"], &document["ran"]), (&document["nodes"], &0.into()));
}

#[test]
fn the_command_tells_what_changed_and_ends_by_a_signal() {
    let project = project();
    let mut child = project
        .command(&["build", "--watch", "-j", "1"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let talk = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut lines = std::io::BufRead::lines(talk).map(Result::unwrap);
    assert!(lines.any(|line| line.contains("waiting for changes in 2 folders")));
    project.write("a.txt", "howdy\n");
    assert!(lines.any(|line| line.trim() == "changed a.txt"));
    assert!(lines.any(|line| line.contains("ran") && line.contains("command:c")));
    assert!(lines.any(|line| line.contains("waiting for changes")));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let refused = project.expect(2, &["build", "--watch", "--format", "json"]);
    assert!(refused.contains("--events -"), "{refused}");
}
