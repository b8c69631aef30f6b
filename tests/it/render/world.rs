//! A thin engine for tests: lowers nodes in the order they are given, runs their actions in a
//! folder, and remembers results by key.

use memebuild::contract;
use memebuild::contract::asset::SeedAsset;
use memebuild::contract::digest::{ActionKey, Digest};
use memebuild::diagnostic::Diagnostic;
use memebuild::engine::key::manifest;
use memebuild::engine::services::Identities;
use memebuild::node::plan::{Action, Done, External, Input, Plan, Program};
use memebuild::node::tool::{Context, Step};
use memebuild::node::{Blobs, Deps, Node, Output, Outputs, asset, caption, render};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub struct World {
    folder: tempfile::TempDir,
    results: BTreeMap<ActionKey, BTreeMap<String, Digest>>,
    pub outputs: BTreeMap<String, Outputs>,
    /// `step label` of each action that really ran, in order.
    pub ran: Vec<String>,
    /// Keys of the last lowering of each node, in the plan's order.
    pub keys: BTreeMap<String, Vec<ActionKey>>,
    /// Forgets every result: each build is a clean one.
    pub clean: bool,
}

struct Store<'a>(&'a Path);

impl Blobs for Store<'_> {
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, Diagnostic> {
        Ok(std::fs::read(self.0.join(digest.hex())).expect("a blob"))
    }
}

struct Someone;

impl Identities for Someone {
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

fn step(name: &str) -> &'static Step {
    static OTHERS: [Step; 3] = [asset::INGEST, asset::DESCRIBE, caption::STEP];
    render::STEPS.iter().chain(&OTHERS).find(|step| step.name == name).expect("a known step")
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("blobs")).unwrap();
        Self {
            folder,
            results: BTreeMap::new(),
            outputs: BTreeMap::new(),
            ran: Vec::new(),
            keys: BTreeMap::new(),
            clean: false,
        }
    }

    /// Where a test puts its media.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn blobs(&self) -> PathBuf {
        self.folder.path().join("blobs")
    }

    pub fn blob(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    /// The file behind an output of a node.
    pub fn output(&self, node: &str, output: &str) -> PathBuf {
        self.path(&self.outputs[node][output])
    }

    pub fn path(&self, output: &Output) -> PathBuf {
        match output {
            Output::Blob(digest) => self.blob(digest),
            Output::File { path, .. } => path.clone(),
        }
    }

    /// Lowers a node, runs what is not known yet, and keeps its outputs.
    pub fn build(&mut self, name: &str, node: &dyn Node) -> Result<(), Diagnostic> {
        let plan = self.lower(node)?;
        let mut done: Vec<BTreeMap<String, Digest>> = Vec::new();
        let mut keys = Vec::new();
        for action in &plan.actions {
            let earlier = |action: usize, output: &str| done[action][output];
            let key = manifest(action, &earlier, &Someone)?.key();
            keys.push(key);
            let known = self.results.get(&key).filter(|_| !self.clean).cloned();
            let outputs = match known {
                Some(outputs) => outputs,
                None => {
                    let outputs = self.run(action, &done)?;
                    let what = format!("{} {}", action.step, action.label);
                    self.ran.push(what.trim_end().to_owned());
                    self.results.insert(key, outputs.clone());
                    outputs
                }
            };
            done.push(outputs);
        }
        let blobs = self.blobs();
        let store = Store(&blobs);
        let deps = self.deps(node, &store).outputs;
        let finish = node.finish(&Done { actions: &done, deps: &deps, blobs: &store })?;
        self.outputs.insert(name.to_owned(), finish.outputs);
        self.keys.insert(name.to_owned(), keys);
        Ok(())
    }

    /// Changes what ingest said of an asset.
    pub fn edit_metadata(&mut self, node: &str, edit: impl FnOnce(&mut SeedAsset)) {
        let bytes = std::fs::read(self.output(node, "metadata")).unwrap();
        let mut asset: SeedAsset = contract::read(&bytes).unwrap();
        edit(&mut asset);
        let bytes = contract::write(&asset);
        let digest = Digest::of(&bytes);
        std::fs::write(self.blob(&digest), &bytes).unwrap();
        let outputs = self.outputs.get_mut(node).unwrap();
        outputs.insert("metadata".to_owned(), Output::Blob(digest));
    }

    pub fn lower(&self, node: &dyn Node) -> Result<Plan, Diagnostic> {
        let blobs = self.blobs();
        node.lower(&self.deps(node, &Store(&blobs)))
    }

    fn deps<'a>(&'a self, node: &dyn Node, blobs: &'a Store<'_>) -> Deps<'a> {
        let files = node.files().into_iter().map(|path| {
            let digest = Digest::of(&std::fs::read(&path).expect("a file"));
            (path, digest)
        });
        Deps {
            outputs: self.outputs.iter().map(|(name, outputs)| (name.as_str(), outputs)).collect(),
            files: files.collect(),
            blobs,
        }
    }

    fn run(
        &self,
        action: &Action,
        done: &[BTreeMap<String, Digest>],
    ) -> Result<BTreeMap<String, Digest>, Diagnostic> {
        let scratch = tempfile::tempdir_in(self.folder.path()).unwrap();
        let inputs: BTreeMap<String, PathBuf> = action
            .inputs
            .iter()
            .map(|(name, input)| {
                let path = match input {
                    Input::Whole(output) | Input::Projected { output, .. } => self.path(output),
                    Input::Earlier { action, output } => self.blob(&done[*action][output]),
                };
                (name.clone(), path)
            })
            .collect();
        let outputs: BTreeMap<String, PathBuf> = action
            .outputs
            .keys()
            .map(|name| (name.clone(), scratch.path().join(format!("out-{name}"))))
            .collect();
        match &action.program {
            Program::Tool { step: name, .. } => {
                let own = scratch.path().join("scratch");
                std::fs::create_dir(&own).unwrap();
                let context = Context {
                    params: action.params.clone(),
                    inputs,
                    outputs: outputs.clone(),
                    scratch: own,
                };
                (step(name).run)(&context)?;
            }
            Program::Ffmpeg => {
                let mut paths = inputs;
                paths.extend(outputs.clone());
                super::support::ffmpeg(&super::support::substitute(&action.args, &paths));
            }
            Program::Asking { step, .. } => panic!("nobody to ask for `{step}` here"),
            Program::User(name) => panic!("no user program `{name}` here"),
        }
        let mut digests = BTreeMap::new();
        for (name, path) in outputs {
            let bytes = std::fs::read(&path).expect("an output");
            assert!(!bytes.is_empty(), "output `{name}` of {} is empty", action.step);
            let digest = Digest::of(&bytes);
            std::fs::write(self.blob(&digest), &bytes).unwrap();
            digests.insert(name, digest);
        }
        Ok(digests)
    }
}
