//! A director that is killed, at every event, and goes on.

use super::directors::{copy, project, renders, told, trajectory};
use super::{KEY, build, mind, run};
use crate::chooser::server::{Answer, Model};
use crate::project::Project;
use crate::soak::rounds;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

const TRANSCRIPT: &str = "cache/state/directors/show.jsonl";

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
fn model() -> Model {
    let trajectory = trajectory();
    Model::answering(move |_, body| Answer {
        delay: Duration::from_millis(30),
        ..Answer::calls("decide", &trajectory[turn(body) - 1])
    })
}

/// Has the model be asked elsewhere, which changes no question.
fn ask_at(project: &Project, url: &str) {
    let text = project.read("Memefile.toml");
    let (before, rest) = text.split_once("url = \"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    project.write("Memefile.toml", format!("{before}url = \"{url}\"{after}"));
}

/// Builds until a moment has come, and kills. Whether it came before the build's end.
fn killed_at(project: &Project, model: &Model, moment: Moment) -> bool {
    let mut command = project.command(&["build", "director:show", "--events", "-"]);
    let command = command.env("TEST_KEY", KEY).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut events = BufReader::new(child.stdout.take().unwrap()).lines();
    let transcript = project.root().join(TRANSCRIPT);
    let has_come = match moment {
        Moment::Event(at) => events.by_ref().take(at).count() == at,
        Moment::Line(at) => until(&mut child, || {
            let text = std::fs::read_to_string(&transcript).unwrap_or_default();
            text.lines().count() >= at
        }),
        Moment::Question(at) => until(&mut child, || model.asked().len() >= at),
    };
    if has_come {
        child.kill().unwrap();
    }
    let ended = child.wait().unwrap();
    assert!(has_come || ended.success(), "{moment:?}: {ended}");
    has_come
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

/// A project before its director ran, and what it leaves when nobody kills it.
struct Run {
    base: Project,
    whole: Project,
    /// Lines of its events.
    events: usize,
}

impl Run {
    fn new() -> Self {
        let model = model();
        let base = project("mind", &mind(&model.url));
        let whole = copy(&base);
        let output = run(&whole, &["build", "director:show", "--events", "-"]);
        assert!(output.status.success());
        let events = String::from_utf8_lossy(&output.stdout).lines().count();
        Self { base, whole, events }
    }

    fn transcript(project: &Project) -> Vec<u8> {
        run(project, &["director", "show", "show", "--format", "json"]).stdout
    }

    /// Kills at a moment and goes on. Whether the moment came.
    fn survives(&self, moment: Moment) -> bool {
        let model = model();
        let project = copy(&self.base);
        ask_at(&project, &model.url);
        let has_come = killed_at(&project, &model, moment);
        let resumed = run(&project, &["director", "resume", "show"]);
        let talk = String::from_utf8_lossy(&resumed.stderr);
        assert!(resumed.status.success(), "{moment:?}: {talk}");
        let mut calls: BTreeMap<usize, usize> = BTreeMap::new();
        for asked in model.asked().iter() {
            *calls.entry(turn(&asked.body)).or_default() += 1;
        }
        let twice = calls.values().sum::<usize>() - calls.len();
        assert!(calls.len() == 4 && twice <= 1, "{moment:?}: {calls:?}");
        assert_eq!(told(&project), told(&self.whole), "{moment:?}");
        assert_eq!(renders(&project), renders(&self.whole), "{moment:?}");
        assert_eq!(Self::transcript(&project), Self::transcript(&self.whole), "{moment:?}");
        drop(model);
        let (again, _) = build(&project, 0, &["director:show", "--locked", "--offline"]);
        assert_eq!(again["actions_ran"], 0, "{moment:?}: {again:#}");
        has_come
    }
}

#[test]
fn killed_at_any_event_it_ends_as_if_nothing_had_been() {
    let run = Run::new();
    // Every one of them, or so many spread over all.
    let spread = |all: usize, few: u32| {
        let tried = rounds(few, u32::MAX).min(u32::try_from(all).unwrap()) as usize;
        (0..tried).map(move |round| 1 + round * all / tried)
    };
    // Four turns of four lines, and the end.
    let lines = run.whole.read(TRANSCRIPT).lines().count();
    assert_eq!(lines, 17);
    let moments = spread(run.events, 2)
        .map(Moment::Event)
        .chain(spread(lines, 2).map(Moment::Line))
        .chain(spread(4, 1).map(Moment::Question));
    let mut came = 0;
    for moment in moments {
        came += usize::from(run.survives(moment));
    }
    assert!(came >= 4, "it was killed {came} times");
}
