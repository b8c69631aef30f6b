//! A director that is killed, at every event, and goes on.
//!
//! What it makes is small: an attempt at a photograph takes as many steps as one at a whole film, and
//! a tenth of the time. To kill it late takes no run from the beginning either: where a question is
//! asked, all before it is done, and the project as it is then is where the moments until the next
//! question begin.

use super::directors::{self, copy, told};
use super::{KEY, build, mind, run};
use crate::chooser::server::{Answer, Model};
use crate::project::Project;
use crate::soak::rounds;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const TRANSCRIPT: &str = "cache/state/directors/show.jsonl";

/// Where nobody answers; each run has a model of its own.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Moments that are tried at once: a run is mostly one program after the other.
const AT_ONCE: usize = 2;

/// Half a second of a photograph, without sound or words: of two it is too dark, and then it is not.
const PHOTO: &str = r#"
memefile = 1

[source.places]
asset = "background"
files = "media/*.png"

[composite.photo]
duration = "0.5s"
background = "day"

[profile.tiny]
size = "96x160"
fps = 12
audio = "forbidden"
min-duration = "0.1s"
preset = "ultrafast"

[choice.place]
brief = "somewhere bright"
composite = "photo"
chooser = "mind"
slots.background = { id = "*" }

[director.show]
choice = "place"
profiles = ["tiny"]
turns = 3
"#;

const PHOTOS: [&str; 3] = ["night", "dusk", "day"];

/// The project of [`PHOTO`], its photographs ingested.
fn photo() -> Project {
    let project = Project::new(&format!("{PHOTO}{}", mind(NOWHERE)));
    for (name, dark) in PHOTOS.iter().zip([0, 2, 200]) {
        let path = format!("media/{name}.png");
        project.write(&path, "");
        let picture = image::RgbImage::from_fn(96, 160, |x, y| {
            image::Rgb([dark, x as u8, y as u8].map(|c| c.min(dark)))
        });
        picture.save(project.root().join(path)).unwrap();
    }
    assert!(run(&project, &["build", "asset:*"]).status.success());
    project
}

/// When to kill: once so many of these were seen.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// Lines of the build's events.
    Event(usize),
    /// Lines of the director's transcript.
    Line(usize),
    /// Questions that the model has got and not answered.
    Question(usize),
}

/// The turn that a question is about.
fn turn(body: &Value) -> usize {
    let question = body["messages"][1]["content"].as_str().unwrap();
    let question: Value = serde_json::from_str(question).unwrap();
    usize::try_from(question["turn"].as_u64().unwrap()).unwrap()
}

/// A model that gives the same question the same answer, so that one that is asked twice is no other
/// run. It takes its time, so that it can be killed meanwhile.
fn model(answers: &[Value]) -> Model {
    let answers = answers.to_vec();
    Model::answering(move |_, body| Answer {
        delay: Duration::from_millis(30),
        ..Answer::calls("decide", &answers[turn(body) - 1])
    })
}

/// Has the model be asked elsewhere, which changes no question.
fn ask_at(project: &Project, url: &str) {
    let text = project.read("Memefile.toml");
    let (before, rest) = text.split_once("url = \"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    project.write("Memefile.toml", format!("{before}url = \"{url}\"{after}"));
}

/// Lines of the director's transcript.
fn lines(project: &Project) -> usize {
    let text = std::fs::read_to_string(project.root().join(TRANSCRIPT)).unwrap_or_default();
    text.lines().count()
}

/// Builds until a moment has come, and kills: whether it came before the build's end, and how many
/// events were told.
fn killed_at(project: &Project, model: &Model, moment: Moment) -> (bool, usize) {
    let mut command = project.command(&["build", "director:show", "--events", "-"]);
    let command = command.env("TEST_KEY", KEY).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let told = Arc::new(AtomicUsize::new(0));
    let events = BufReader::new(child.stdout.take().unwrap());
    // Whatever the moment, somebody reads: a pipe that is full stops a build for ever.
    let reader = std::thread::spawn({
        let told = Arc::clone(&told);
        move || {
            events.lines().map_while(Result::ok).for_each(|_| {
                told.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    let has_come = until(&mut child, || match moment {
        Moment::Event(at) => told.load(Ordering::Relaxed) >= at,
        Moment::Line(at) => lines(project) >= at,
        Moment::Question(at) => model.asked().len() >= at,
    });
    if has_come {
        child.kill().unwrap();
    }
    let ended = child.wait().unwrap();
    assert!(has_come || ended.success(), "{moment:?}: {ended}");
    reader.join().unwrap();
    (has_come, told.load(Ordering::Relaxed))
}

/// Waits for something; whether it came before the program's end.
fn until(child: &mut Child, mut has_come: impl FnMut() -> bool) -> bool {
    loop {
        let has_ended = child.try_wait().unwrap().is_some();
        if has_come() {
            return !has_ended;
        }
        if has_ended {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// A project from which a run goes on, and what of that run is its own.
struct Stage {
    project: Project,
    /// The first question that is asked from here on.
    turn: usize,
    /// Moments until the next stage begins, or the run ends.
    moments: Vec<Moment>,
}

/// A director's run that nobody killed, and where others begin that are.
struct Run {
    answers: Vec<Value>,
    whole: Project,
    stages: Vec<Stage>,
}

impl Run {
    /// Without stages: each run begins where this one does.
    fn new(base: Project, answers: Vec<Value>) -> Self {
        let model = model(&answers);
        ask_at(&base, &model.url);
        let whole = copy(&base);
        let output = run(&whole, &["build", "director:show", "--events", "-"]);
        assert!(output.status.success());
        let events = String::from_utf8_lossy(&output.stdout).lines().count();
        // Four lines a turn, and the end.
        assert_eq!(lines(&whole), 4 * answers.len() + 1);
        let questions = 1..=answers.len();
        let moments = moments(events, 0, lines(&whole), questions);
        Self { stages: vec![Stage { project: base, turn: 1, moments }], whole, answers }
    }

    /// With a stage for each question.
    fn staged(base: Project, answers: Vec<Value>) -> Self {
        let mut run = Self::new(base, answers);
        let mut from = copy(&run.stages.pop().unwrap().project);
        for turn in 1..=run.answers.len() {
            let model = model(&run.answers);
            let project = copy(&from);
            ask_at(&project, &model.url);
            let before = lines(&from);
            let (has_come, events) = killed_at(&project, &model, Moment::Question(2));
            assert_eq!(has_come, turn < run.answers.len());
            // The question from which a stage goes on was asked in the one before.
            let asked = if turn == 1 { 1 } else { 2 };
            let questions = asked..=1 + usize::from(has_come);
            let moments = moments(events, before, lines(&project), questions);
            run.stages.push(Stage { project: from, turn, moments });
            from = project;
        }
        run
    }

    fn transcript(project: &Project) -> Vec<u8> {
        run(project, &["director", "show", "show", "--format", "json"]).stdout
    }

    /// Kills at a moment and goes on. Whether the moment came.
    fn survives(&self, stage: &Stage, moment: Moment) -> bool {
        let model = model(&self.answers);
        let project = copy(&stage.project);
        ask_at(&project, &model.url);
        let (has_come, _) = killed_at(&project, &model, moment);
        let resumed = run(&project, &["director", "resume", "show"]);
        let talk = String::from_utf8_lossy(&resumed.stderr);
        assert!(resumed.status.success(), "{moment:?}: {talk}");
        let mut calls: BTreeMap<usize, usize> = BTreeMap::new();
        for asked in model.asked().iter() {
            *calls.entry(turn(&asked.body)).or_default() += 1;
        }
        let twice = calls.values().sum::<usize>() - calls.len();
        let all = (stage.turn..=self.answers.len()).collect::<Vec<_>>();
        assert!(calls.keys().eq(&all) && twice <= 1, "{moment:?}: {calls:?}");
        assert_eq!(told(&project), told(&self.whole), "{moment:?}");
        let renders = directors::renders;
        assert_eq!(renders(&project), renders(&self.whole), "{moment:?}");
        assert_eq!(Self::transcript(&project), Self::transcript(&self.whole), "{moment:?}");
        drop(model);
        let (again, _) = build(&project, 0, &["director:show", "--locked", "--offline"]);
        assert_eq!(again["actions_ran"], 0, "{moment:?}: {again:#}");
        has_come
    }

    /// Tries its moments, or so many of them spread over all, and says what that took.
    fn survives_all(&self, most: u32) {
        let all =
            self.stages.iter().flat_map(|stage| stage.moments.iter().map(move |m| (stage, *m)));
        let all: Vec<(&Stage, Moment)> = all.collect();
        let tried = all.len().min(most as usize);
        let (next, came) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let began = Instant::now();
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= tried {
                    return;
                }
                let (stage, moment) = all[at * all.len() / tried];
                came.fetch_add(usize::from(self.survives(stage, moment)), Ordering::Relaxed);
            }
        };
        std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
        let came = came.into_inner();
        eprintln!(
            "killed {came} times at {tried} of {} moments: {:.0?}",
            all.len(),
            began.elapsed()
        );
        // How often progress is told is chance, so that the last event may not come again.
        assert!(came * 10 >= tried * 8, "it was killed {came} times of {tried}");
    }
}

/// Every event, every line after so many, and these questions.
fn moments(
    events: usize,
    before: usize,
    lines: usize,
    questions: std::ops::RangeInclusive<usize>,
) -> Vec<Moment> {
    let lines = (before + 1..=lines).map(Moment::Line);
    (1..=events).map(Moment::Event).chain(lines).chain(questions.map(Moment::Question)).collect()
}

#[test]
fn killed_at_any_event_it_ends_as_if_nothing_had_been() {
    let picks = |who: &&str| json!({ "picks": { "background": who }, "captions": [] });
    let run = Run::staged(photo(), PHOTOS.iter().map(picks).collect());
    run.survives_all(rounds(6, u32::MAX));
}

#[test]
fn killed_while_it_makes_films_with_sound_it_ends_the_same() {
    let base = directors::project("mind", &mind(NOWHERE));
    Run::new(base, directors::trajectory()).survives_all(rounds(2, 16));
}
