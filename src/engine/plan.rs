//! What a build would do, without doing it: the same fingerprints, keys and look-ups, and no slot.

use super::project::{Opened, Project};
use super::record::{NodeRecord, Records};
use super::services::{Identities, Lookup, Store, Workspace};
use super::workspace::ProjectFiles;
use super::{fingerprint, key, why};
use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use crate::graph::Graph;
use crate::node::plan::{Done, Input};
use crate::node::{Deps, Outputs};
use petgraph::graph::NodeIndex;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// What would become of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Fresh,
    /// Everything it makes is in the cache.
    Hit,
    /// It would run, and why.
    Run(String),
    /// It depends on what another node would make; it may well be cut off.
    Depends(String),
    /// It cannot be worked out: what is wrong.
    Broken(String),
}

/// One node of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub node: String,
    pub fate: Fate,
    /// How long it took when it last ran; absent for a node that never did.
    pub last_ms: Option<u64>,
}

/// Plans the wanted nodes, dependencies first.
pub fn plan(project: &Project, opened: &Opened, wanted: &[bool]) -> Vec<Planned> {
    let identities = project.identities();
    let workspace =
        ProjectFiles { root: &project.root, store: &project.store, digests: &project.digests };
    let planner = Planner {
        graph: &opened.graph,
        store: &project.store,
        workspace: &workspace,
        identities: &identities,
        tools: identities.all(),
        records: project.records(),
    };
    let mut outputs: HashMap<NodeIndex, Outputs> = HashMap::new();
    let mut planned = Vec::new();
    for index in opened.graph.order().iter().filter(|index| wanted[index.index()]) {
        let name = &opened.graph.entry(*index).name;
        let record = planner.records.get(name);
        let fate = match planner.fate(*index, &outputs) {
            Ok((fate, made)) => {
                if let Some(made) = made {
                    outputs.insert(*index, made);
                }
                fate
            }
            Err(problem) if problem.code == "cache-missing" => {
                Fate::Run("what it reads must be made again first".to_owned())
            }
            Err(problem) => Fate::Broken(problem.message),
        };
        planned.push(Planned {
            node: name.clone(),
            fate,
            last_ms: record.map(|record| record.cost_ms),
        });
    }
    planned
}

struct Planner<'a> {
    graph: &'a Graph,
    store: &'a dyn Store,
    workspace: &'a dyn Workspace,
    identities: &'a dyn Identities,
    tools: String,
    records: Records,
}

impl Planner<'_> {
    fn fate(
        &self,
        index: NodeIndex,
        known: &HashMap<NodeIndex, Outputs>,
    ) -> Result<(Fate, Option<Outputs>), Diagnostic> {
        let entry = self.graph.entry(index);
        let mut deps = BTreeMap::new();
        for dep in self.graph.dependencies(index) {
            let name = self.graph.entry(dep).name.as_str();
            match known.get(&dep) {
                Some(outputs) => drop(deps.insert(name, outputs)),
                None => return Ok((Fate::Depends(name.to_owned()), None)),
            }
        }
        let hash = |path: PathBuf| Ok((path.clone(), self.workspace.digest(&path)?));
        let files: Vec<(PathBuf, Digest)> =
            entry.node.files().into_iter().map(hash).collect::<Result<_, Diagnostic>>()?;
        let print = fingerprint::fingerprint(
            entry.node.as_ref(),
            deps.iter().map(|(name, outputs)| (*name, *outputs)),
            &files,
            &self.tools,
            self.identities,
        )?;
        let record = self.records.get(&entry.name);
        let record = record.as_deref();
        if let Some(record) = record.filter(|record| record.fingerprint == print)
            && published(record, self.workspace)
        {
            return Ok((Fate::Fresh, Some(record.outputs.clone())));
        }
        let deps = Deps { outputs: deps, files: files.into_iter().collect(), blobs: self.store };
        self.look_up(entry.node.as_ref(), &deps, record)
    }

    fn look_up(
        &self,
        node: &dyn crate::node::Node,
        deps: &Deps<'_>,
        record: Option<&NodeRecord>,
    ) -> Result<(Fate, Option<Outputs>), Diagnostic> {
        let plan = node.lower(deps)?;
        let mut made: Vec<BTreeMap<String, Digest>> = Vec::new();
        for action in &plan.actions {
            let earlier = |at: usize, name: &str| made[at][name];
            let known = action.inputs.values().all(|input| match input {
                Input::Earlier { action, output } => {
                    made.get(*action).is_some_and(|outputs| outputs.contains_key(output))
                }
                _ => true,
            });
            if !known {
                return Ok((Fate::Run(action.title()), None));
            }
            let manifest = key::manifest(action, &earlier, self.identities)?;
            match self.store.lookup(&manifest.key()) {
                Lookup::Hit(result) => made.push(result.outputs),
                Lookup::Damaged(why) => return Ok((Fate::Run(format!("damaged: {why}")), None)),
                Lookup::Missing => {
                    let title = action.title();
                    let old = record
                        .and_then(|record| record.keys.iter().find(|(step, _)| *step == title))
                        .and_then(|(_, key)| match self.store.lookup(key) {
                            Lookup::Hit(result) => Some(result.manifest),
                            _ => None,
                        });
                    return Ok((Fate::Run(why::explain(old.as_ref(), &manifest)), None));
                }
            }
        }
        let finish = node.finish(&Done { actions: &made, deps: &deps.outputs, blobs: self.store });
        Ok((Fate::Hit, finish.ok().map(|finish| finish.outputs)))
    }
}

fn published(record: &NodeRecord, workspace: &dyn Workspace) -> bool {
    record.published.iter().all(|(path, digest)| workspace.holds(path, digest))
}
