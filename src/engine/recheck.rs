//! Verifying by doing: some of what was taken from records is made again, and compared.
//!
//! A key is a claim that what it holds decides the bytes. The actions of a few nodes, drawn anew by
//! every build, run again with the inputs that were recorded; what comes out is recorded nowhere.

use super::key;
use super::project::{Opened, Project, search_path};
use super::record::{NodeRecord, Records};
use super::runner::LocalRunner;
use super::services::{Job, Lookup, Runner, Store};
use crate::contract::action::{ActionResult, KeyManifest};
use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use crate::exec::{Cancel, LocalExecutor};
use crate::media::measure::{Likeness, likeness};
use crate::node::plan::{Action, Input, OutputKind};
use crate::node::{Deps, Output};
use crate::store::Cas;
use petgraph::graph::NodeIndex;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// How a run again compares with the record, best first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Bytes,
    /// Other bytes, which decode to the same.
    Stream,
    /// Pictures that the eye cannot tell apart.
    Perceptual,
    /// Why it could not be compared.
    Unchecked(String),
    /// What differs.
    Divergent(String),
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes => f.write_str("the same bytes"),
            Self::Stream => f.write_str("the same when decoded"),
            Self::Perceptual => f.write_str("the same to the eye"),
            Self::Unchecked(why) => write!(f, "not compared: {why}"),
            Self::Divergent(what) => write!(f, "different: {what}"),
        }
    }
}

/// A node that was run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rechecked {
    pub node: String,
    /// The worst of its outputs.
    pub class: Class,
}

/// Runs `share_milli` thousandths of the wanted nodes again, those that `draw` picks, on as many
/// slots as there are cores.
pub fn recheck(
    project: &Project,
    opened: &Opened,
    wanted: &[bool],
    share_milli: u32,
    draw: &str,
    cancel: &Cancel,
) -> Vec<Rechecked> {
    let records = project.records();
    let executor = LocalExecutor::new(project.store.session().clone(), search_path());
    let checker = Checker {
        project,
        opened,
        records: &records,
        runner: LocalRunner {
            root: &project.root,
            store: &project.store,
            digests: &project.digests,
            turns: None,
            executor: &executor,
            cancel,
            exe: std::env::current_exe().unwrap_or_else(|_| "memebuild".into()),
        },
    };
    let picked = picked(opened, wanted, &records, share_milli, draw);
    let done = picked.into_par_iter().map(|index| checker.node(index));
    done.collect()
}

/// The nodes to run again, in the graph's order.
fn picked(
    opened: &Opened,
    wanted: &[bool],
    records: &Records,
    share_milli: u32,
    draw: &str,
) -> Vec<NodeIndex> {
    let order = opened.graph.order().iter().copied();
    let name = |index: NodeIndex| opened.graph.entry(index).name.as_str();
    let has_actions = |index: &NodeIndex| {
        wanted[index.index()] && records.get(name(*index)).is_some_and(|r| !r.keys.is_empty())
    };
    let mut nodes: Vec<NodeIndex> = order.filter(has_actions).collect();
    let rank = |index: &NodeIndex| {
        let mut hasher = blake3::Hasher::new_derive_key("memebuild verify sample v1");
        hasher.update(draw.as_bytes()).update(name(*index).as_bytes());
        *hasher.finalize().as_bytes()
    };
    let count = (nodes.len() * share_milli as usize).div_ceil(1000);
    nodes.sort_by_cached_key(rank);
    nodes.truncate(count);
    nodes
}

struct Checker<'a> {
    project: &'a Project,
    opened: &'a Opened,
    records: &'a Records,
    runner: LocalRunner<'a>,
}

impl Checker<'_> {
    fn node(&self, index: NodeIndex) -> Rechecked {
        let node = self.opened.graph.entry(index).name.clone();
        let class = self.actions(index, &node).unwrap_or_else(|e| Class::Unchecked(e.message));
        Rechecked { node, class }
    }

    fn actions(&self, index: NodeIndex, name: &str) -> Result<Class, Diagnostic> {
        let unchecked = |why: &str| Ok(Class::Unchecked(why.to_owned()));
        let graph = &self.opened.graph;
        let Some(record) = self.records.get(name).map(Cow::into_owned) else {
            return unchecked("it has no record");
        };
        let dependencies = graph.dependencies(index).map(|dep| graph.entry(dep).name.as_str());
        let below = dependencies.filter_map(|dep| Some((dep, self.records.get(dep)?)));
        let below: Vec<(&str, Cow<'_, NodeRecord>)> = below.collect();
        let outputs = below.iter().map(|(dep, record)| (*dep, &record.outputs));
        let store: &dyn Store = &self.project.store;
        let files = record.files.iter().cloned().collect();
        let deps = Deps { outputs: outputs.collect(), files, blobs: store };
        let plan = graph.entry(index).node.lower(&deps)?;
        let identities = self.project.identities();
        let mut made: Vec<BTreeMap<String, Digest>> = Vec::new();
        let mut worst = Class::Bytes;
        for action in &plan.actions {
            let earlier = |at: usize, output: &str| made[at][output];
            let manifest = key::manifest(action, &earlier, &identities)?;
            let Lookup::Hit(result) = store.lookup(&manifest.key()) else {
                return unchecked("its record is gone");
            };
            worst = worst.max(self.action(&record, name, action, manifest, &result, &made)?);
            made.push(result.outputs);
        }
        Ok(worst)
    }

    /// Runs an action of which all inputs are recorded.
    fn action(
        &self,
        record: &NodeRecord,
        node: &str,
        action: &Action,
        manifest: KeyManifest,
        result: &ActionResult,
        made: &[BTreeMap<String, Digest>],
    ) -> Result<Class, Diagnostic> {
        let input = |input: &Input| match input {
            Input::Whole(output) | Input::Projected { output, .. } => output.clone(),
            Input::Earlier { action, output } => Output::Blob(made[*action][output]),
        };
        let job = Job {
            node: node.to_owned(),
            key: manifest.key(),
            manifest,
            build: record.build.clone(),
            action: action.clone(),
            inputs: action.inputs.iter().map(|(name, i)| (name.clone(), input(i))).collect(),
        };
        let again = self.runner.run(&job, &|_| {})?;
        let mut worst = Class::Bytes;
        for (output, digest) in &again.outputs {
            let class = match result.outputs.get(output) {
                Some(recorded) if recorded == digest => Class::Bytes,
                Some(recorded) => self.compare(&action.title(), action, output, recorded, digest),
                None => Class::Divergent(format!("{}: a new output `{output}`", action.title())),
            };
            worst = worst.max(class);
        }
        Ok(worst)
    }

    fn compare(
        &self,
        title: &str,
        action: &Action,
        output: &str,
        recorded: &Digest,
        again: &Digest,
    ) -> Class {
        let differs =
            || Class::Divergent(format!("{title}: {output} was {recorded} and is {again}"));
        let media = matches!(action.outputs.get(output), Some(OutputKind::Bytes(_)));
        if !media {
            return differs();
        }
        let store = &self.project.store;
        let (Ok(recorded), Ok(again)) = (store.in_place(recorded), store.in_place(again)) else {
            return Class::Unchecked("the bytes that were recorded are gone".to_owned());
        };
        match likeness(recorded.path(), again.path()) {
            Ok(Likeness::Stream) => Class::Stream,
            Ok(Likeness::Perceptual) => Class::Perceptual,
            Ok(Likeness::Different) | Err(_) => differs(),
        }
    }
}
