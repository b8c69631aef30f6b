//! The scheduler against a model, in memory, with an executor that only hashes: after any sequence
//! of edits and damage, what an incremental build leaves is what a clean build leaves.

use crate::soak::rounds;
use memebuild::contract::action::ActionResult;
use memebuild::contract::digest::{ActionKey, Digest};
use memebuild::contract::event::{Event, Status};
use memebuild::diagnostic::Diagnostic;
use memebuild::engine::build::{Options, Outcome, build};
use memebuild::engine::record::Records;
use memebuild::engine::services::{
    Identities, Job, Lookup, Made, Progress, Runner, Services, Store, Workspace,
};
use memebuild::graph::Graph;
use memebuild::node::expansion::Expanded;
use memebuild::node::plan::{
    Action, Bounds, Done, External, Finish, Input, OutputKind, Plan, Program, Publish,
};
use memebuild::node::{Blobs, Deps, Node, Output};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A world in memory.
#[derive(Default)]
struct World {
    blobs: Mutex<BTreeMap<Digest, Vec<u8>>>,
    results: Mutex<BTreeMap<ActionKey, ActionResult>>,
    files: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    runs: AtomicUsize,
    /// Commands whose argument is in here come out different each time.
    clocks: AtomicUsize,
}

impl World {
    fn put(&self, bytes: Vec<u8>) -> Digest {
        let digest = Digest::of(&bytes);
        self.blobs.lock().unwrap().insert(digest, bytes);
        digest
    }

    fn read(&self, output: &Output) -> Vec<u8> {
        match output {
            Output::Blob(digest) => self.blobs.lock().unwrap()[digest].clone(),
            Output::File { path, .. } => self.files.lock().unwrap()[path].clone(),
        }
    }
}

impl Blobs for World {
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, Diagnostic> {
        let blobs = self.blobs.lock().unwrap();
        blobs.get(digest).cloned().ok_or_else(|| Diagnostic::error("gone", "blob is gone"))
    }
}

impl Store for World {
    fn present(&self, digest: &Digest) -> bool {
        self.blobs.lock().unwrap().contains_key(digest)
    }

    fn lookup(&self, key: &ActionKey) -> Lookup {
        match self.results.lock().unwrap().get(key) {
            Some(result) => Lookup::Hit(Box::new(result.clone())),
            None => Lookup::Missing,
        }
    }

    fn record(&self, result: ActionResult) -> Result<(), Diagnostic> {
        self.results.lock().unwrap().insert(result.key, result);
        Ok(())
    }
}

impl Workspace for World {
    fn digest(&self, path: &Path) -> Result<Digest, Diagnostic> {
        let files = self.files.lock().unwrap();
        files
            .get(path)
            .map(|bytes| Digest::of(bytes))
            .ok_or_else(|| Diagnostic::error("no-file", format!("no {}", path.display())))
    }

    fn holds(&self, path: &Path, content: &Digest) -> bool {
        self.files.lock().unwrap().get(path).is_some_and(|bytes| Digest::of(bytes) == *content)
    }

    fn publish(&self, content: &Output, path: &Path) -> Result<(), Diagnostic> {
        let bytes = self.read(content);
        self.files.lock().unwrap().insert(path.to_owned(), bytes);
        Ok(())
    }

    fn retract(&self, path: &Path, content: &Digest) {
        if self.holds(path, content) {
            self.files.lock().unwrap().remove(path);
        }
    }
}

impl Identities for World {
    fn external(&self, external: External) -> Result<String, Diagnostic> {
        Ok(external.name().to_owned())
    }
    fn user(&self, program: &str) -> Result<String, Diagnostic> {
        Ok(program.to_owned())
    }
    fn own(&self) -> String {
        "test".to_owned()
    }
}

impl Runner for World {
    /// Each output is the hash of the arguments and of the inputs' bytes, cut to a few values so
    /// that different inputs often give equal outputs: early cutoff has something to do.
    fn run(&self, job: &Job, progress: &dyn Fn(Progress)) -> Result<Made, Diagnostic> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        progress(Progress { frame: 1, speed_milli: None });
        let mut all = job.action.args.join(" ").into_bytes();
        if job.action.args.iter().any(|arg| arg == "fail") {
            return Err(Diagnostic::error("failed", "told to fail"));
        }
        for input in job.inputs.values() {
            all.extend(self.read(input));
        }
        if job.action.args.iter().any(|arg| arg == "clock") {
            all.extend(self.clocks.fetch_add(1, Ordering::SeqCst).to_le_bytes());
        }
        let outputs = job.action.outputs.keys().map(|name| {
            let mut bytes = blake3::hash(&all).as_bytes()[..1].to_vec();
            bytes[0] %= 5;
            bytes.extend(name.bytes());
            (name.clone(), self.put(bytes))
        });
        Ok(Made { outputs: outputs.collect(), wall_ms: 1, cpu_ms: 1, by: None })
    }

    fn cancelled(&self) -> bool {
        false
    }
}

/// A node of `actions` actions in a row; the first reads everything that the node reads, and so
/// does a node with more than one when it is lowered.
#[derive(Clone, Debug)]
struct Fake {
    argument: String,
    actions: usize,
    deps: Vec<String>,
    file: Option<PathBuf>,
    publish: PathBuf,
}

impl Node for Fake {
    fn type_name(&self) -> &'static str {
        "fake"
    }

    fn declaration(&self) -> serde_json::Value {
        serde_json::json!([self.argument, self.actions, self.publish])
    }

    fn files(&self) -> Vec<PathBuf> {
        self.file.iter().cloned().collect()
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        let mut plan = Plan::default();
        let mut params = Vec::new();
        for dep in self.deps.iter().filter(|_| self.actions > 1) {
            params.push(deps.blobs.bytes(&deps.output(dep, "out")?.digest())?);
        }
        for at in 0..self.actions {
            let mut inputs = BTreeMap::new();
            if at == 0 {
                for dep in &self.deps {
                    inputs.insert(dep.clone(), Input::Whole(deps.output(dep, "out")?.clone()));
                }
                if let Some(file) = &self.file {
                    inputs.insert("file".to_owned(), Input::Whole(deps.file(file)?));
                }
            } else {
                let earlier = Input::Earlier { action: at - 1, output: "out".to_owned() };
                inputs.insert("before".to_owned(), earlier);
            }
            plan.actions.push(Action {
                step: "fake/run",
                version: 1,
                label: at.to_string(),
                program: Program::User("fake".to_owned()),
                args: self.argument.split(' ').map(str::to_owned).collect(),
                env: BTreeMap::new(),
                params: serde_json::json!(params),
                inputs,
                outputs: BTreeMap::from([("out".to_owned(), OutputKind::Named("out".to_owned()))]),
                bounds: Bounds::default(),
                retries: 0,
                frames: None,
            });
        }
        Ok(plan)
    }

    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let content = Output::Blob(done.actions[self.actions - 1]["out"]);
        if let Some(dep) = self.deps.first().filter(|_| self.argument.ends_with('2')) {
            done.blobs.bytes(&done.output(dep, "out")?.digest())?;
        }
        Ok(Finish {
            outputs: BTreeMap::from([("out".to_owned(), content.clone())]),
            publish: vec![Publish { content, path: self.publish.clone() }],
            ..Finish::default()
        })
    }
}

/// A project: node n may read nodes before it, and a file.
#[derive(Clone, Debug)]
struct Project {
    nodes: Vec<Fake>,
}

impl Project {
    fn graph(&self) -> Graph {
        let declare = |(at, node): (usize, &Fake)| Expanded {
            name: format!("n:{at}"),
            node: Box::new(node.clone()),
            deps: node.deps.clone(),
        };
        Graph::new(self.nodes.iter().enumerate().map(declare).collect()).unwrap()
    }
}

fn options(slots: usize) -> Options {
    Options {
        slots,
        keep_going: true,
        build: "b".to_owned(),
        started_ms: 0,
        tools: String::new(),
        pinned: HashSet::new(),
        readable: false,
        checkpoint: None,
        drafts_first: false,
        failed: HashMap::new(),
    }
}

fn run(world: &World, project: &Project, records: Records, slots: usize) -> (Outcome, Vec<Event>) {
    let graph = project.graph();
    let wanted = vec![true; graph.len()];
    let services = Services { store: world, workspace: world, identities: world, runner: world };
    let mut events = Vec::new();
    let outcome = build(&graph, &wanted, records, services, &options(slots), &mut |event| {
        events.push(event.clone());
    });
    (outcome, events)
}

fn statuses(outcome: &Outcome) -> Vec<Status> {
    outcome.ended.iter().map(|ended| ended.as_ref().unwrap().status).collect()
}

fn published(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = world.files.lock().unwrap();
    let ours = files.iter().filter(|(path, _)| path.starts_with("artefacts"));
    ours.map(|(path, bytes)| (path.clone(), bytes.clone())).collect()
}

/// One thing that happens between two builds.
#[derive(Clone, Debug)]
enum Edit {
    Argument(usize, u8),
    File(usize, u8),
    Rewire(usize, Vec<usize>),
    Actions(usize, usize),
    DropBlob(usize),
    DropResult(usize),
    DamagePublished(usize),
    DropRecords,
}

fn fake(at: usize, argument: u8, deps: &[usize], actions: usize) -> Fake {
    let deps: BTreeSet<usize> = deps.iter().filter(|_| at > 0).map(|dep| dep % at.max(1)).collect();
    Fake {
        argument: format!("arg {argument}"),
        actions: actions.max(1),
        deps: deps.into_iter().map(|dep| format!("n:{dep}")).collect(),
        file: at.is_multiple_of(3).then(|| PathBuf::from(format!("in/{at}"))),
        publish: PathBuf::from(format!("artefacts/{at}")),
    }
}

fn projects() -> impl Strategy<Value = Project> {
    let node = (0..4u8, prop::collection::vec(0..12usize, 0..4), 1..4usize);
    prop::collection::vec(node, 1..12).prop_map(|nodes| Project {
        nodes: nodes
            .iter()
            .enumerate()
            .map(|(at, (argument, deps, actions))| fake(at, *argument, deps, *actions))
            .collect(),
    })
}

fn edits() -> impl Strategy<Value = Vec<Vec<Edit>>> {
    let edit = prop_oneof![
        (0..12usize, 0..4u8).prop_map(|(n, a)| Edit::Argument(n, a)),
        (0..12usize, 0..4u8).prop_map(|(n, a)| Edit::File(n, a)),
        (0..12usize, prop::collection::vec(0..12usize, 0..4)).prop_map(|(n, d)| Edit::Rewire(n, d)),
        (0..12usize, 1..4usize).prop_map(|(n, a)| Edit::Actions(n, a)),
        (0..64usize).prop_map(Edit::DropBlob),
        (0..64usize).prop_map(Edit::DropResult),
        (0..12usize).prop_map(Edit::DamagePublished),
        Just(Edit::DropRecords),
    ];
    prop::collection::vec(prop::collection::vec(edit, 0..4), 1..5)
}

fn apply(world: &World, project: &mut Project, records: &mut Records, edit: &Edit) {
    let count = project.nodes.len();
    match edit {
        Edit::Argument(n, a) => project.nodes[n % count].argument = format!("arg {a}"),
        Edit::Actions(n, a) => project.nodes[n % count].actions = *a,
        Edit::Rewire(n, deps) => project.nodes[n % count].deps = fake(n % count, 0, deps, 1).deps,
        Edit::File(n, a) => {
            let path = PathBuf::from(format!("in/{}", n % count));
            world.files.lock().unwrap().insert(path, vec![*a]);
        }
        Edit::DropBlob(n) => {
            let mut blobs = world.blobs.lock().unwrap();
            if let Some(digest) = blobs.keys().nth(n % blobs.len().max(1)).copied() {
                blobs.remove(&digest);
            }
        }
        Edit::DropResult(n) => {
            let mut results = world.results.lock().unwrap();
            if let Some(key) = results.keys().nth(n % results.len().max(1)).copied() {
                results.remove(&key);
            }
        }
        Edit::DamagePublished(n) => {
            let path = PathBuf::from(format!("artefacts/{}", n % count));
            world.files.lock().unwrap().insert(path, b"damaged".to_vec());
        }
        Edit::DropRecords => *records = Records::new(),
    }
}

fn world_for(project: &Project) -> World {
    let world = World::default();
    for file in project.nodes.iter().filter_map(|node| node.file.clone()) {
        world.files.lock().unwrap().insert(file, vec![0]);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: rounds(2000, 20_000), ..ProptestConfig::default() })]

    #[test]
    fn incremental_equals_clean(mut project in projects(), rounds in edits(), slots in 1..4usize) {
        let world = world_for(&project);
        let folder = tempfile::tempdir().unwrap();
        let mut records = run(&world, &project, Records::new(), slots).0.records;
        for round in rounds {
            for edit in &round {
                apply(&world, &mut project, &mut records, edit);
            }
            let (outcome, _) = run(&world, &project, records, slots);
            prop_assert!(outcome.ended.iter().all(|e| e.as_ref().is_some_and(|e| e.failure.is_none())));
            let mut made = outcome.records;
            let path = folder.path().join("nodes");
            made.rewrite(&path, &|_| true).unwrap();
            records = Records::open(&path);
            prop_assert!(records == made);

            let clean = world_for(&project);
            *clean.files.lock().unwrap() = world.files.lock().unwrap().iter()
                .filter(|(path, _)| path.starts_with("in"))
                .map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
            run(&clean, &project, Records::new(), 1);
            prop_assert_eq!(published(&world), published(&clean));

            let before = world.runs.load(Ordering::SeqCst);
            let (again, _) = run(&world, &project, records.clone(), slots);
            prop_assert_eq!(world.runs.load(Ordering::SeqCst), before, "a second build runs nothing");
            prop_assert!(statuses(&again).iter().all(|status| *status == Status::Fresh));
        }
    }
}

/// `in/0 → n:0 → n:1 → n:2`, each publishing.
fn chain() -> Project {
    Project { nodes: vec![fake(0, 1, &[], 1), fake(1, 1, &[0], 2), fake(2, 1, &[1], 1)] }
}

#[test]
fn a_change_that_gives_the_same_bytes_is_cut_off() {
    let project = chain();
    let world = world_for(&project);
    let mut records = run(&world, &project, Records::new(), 2).0.records;
    // Of a few values of the file, some give n:0 the same output: find one that does.
    let output = world.files.lock().unwrap()[Path::new("artefacts/0")].clone();
    for value in 1..=255 {
        world.files.lock().unwrap().insert(PathBuf::from("in/0"), vec![value]);
        let (outcome, _) = run(&world, &project, records, 2);
        records = outcome.records.clone();
        if world.files.lock().unwrap()[Path::new("artefacts/0")] == output {
            let expected = [Status::Ran, Status::Cutoff, Status::Cutoff];
            assert_eq!(statuses(&outcome), expected);
            return;
        }
        world.files.lock().unwrap().insert(PathBuf::from("in/0"), vec![0]);
        records = run(&world, &project, records, 2).0.records;
    }
    panic!("no value of the file gave the same output");
}

#[test]
fn a_failure_stops_what_needs_it_and_nothing_else() {
    let mut project = chain();
    project.nodes[1].argument = "fail".to_owned();
    project.nodes.push(fake(3, 2, &[], 1));
    project.nodes[3].deps.clear();
    let world = world_for(&project);
    let (outcome, events) = run(&world, &project, Records::new(), 2);
    let expected = [Status::Ran, Status::Failed, Status::Skipped, Status::Ran];
    assert_eq!(statuses(&outcome), expected);
    let why = events.iter().find_map(|event| match event {
        Event::NodeFinished { node, why, .. } if node == "n:2" => Some(why.clone()),
        _ => None,
    });
    assert_eq!(why.as_deref(), Some("`n:1` failed"));
}

#[test]
fn a_command_that_is_never_the_same_twice_still_heals() {
    let mut project = chain();
    project.nodes[0].argument = "clock".to_owned();
    let world = world_for(&project);
    let (first, _) = run(&world, &project, Records::new(), 2);
    // Everything is gone but the records: n:2 must be made again, and so its inputs.
    for _ in 0..20 {
        world.blobs.lock().unwrap().clear();
        world.files.lock().unwrap().remove(Path::new("artefacts/2"));
        let (outcome, _) = run(&world, &project, first.records.clone(), 2);
        assert!(outcome.ended.iter().all(|e| e.as_ref().is_some_and(|e| e.failure.is_none())));
        let (again, _) = run(&world, &project, outcome.records, 2);
        assert!(statuses(&again).iter().all(|status| *status == Status::Fresh));
    }
}

#[test]
fn equal_actions_of_two_nodes_run_once() {
    let mut project = Project { nodes: vec![fake(1, 1, &[], 1), fake(2, 1, &[], 1)] };
    project.nodes.iter_mut().for_each(|node| node.deps.clear());
    let world = world_for(&project);
    let (outcome, _) = run(&world, &project, Records::new(), 2);
    assert_eq!(world.runs.load(Ordering::SeqCst), 1);
    let mut both = statuses(&outcome);
    both.sort();
    assert_eq!(both, [Status::Hit, Status::Ran]);
}
