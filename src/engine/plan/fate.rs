//! What would become of one node: the same fingerprints, keys and look-ups as in a build.

use super::{Fate, Planned};
use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use crate::engine::identities::LocalIdentities;
use crate::engine::record::{NodeRecord, Records};
use crate::engine::services::{Lookup, Store, Workspace};
use crate::engine::workspace::ProjectFiles;
use crate::engine::{fingerprint, key, why};
use crate::graph::Graph;
use crate::node::plan::{Done, Input};
use crate::node::{Deps, Outputs};
use petgraph::graph::NodeIndex;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// Plans nodes of one graph.
pub struct Planner<'a> {
    pub graph: &'a Graph,
    pub workspace: &'a ProjectFiles<'a>,
    pub identities: &'a LocalIdentities<'a>,
    /// Names and identities of tools that any action may use.
    pub tools: &'a str,
    pub records: &'a Records,
    /// Of the nodes that were planned and that are made already.
    pub outputs: HashMap<NodeIndex, Outputs>,
}

impl Planner<'_> {
    /// Plans a node whose dependencies were planned before.
    pub fn node(&mut self, index: NodeIndex) -> Planned {
        let name = &self.graph.entry(index).name;
        let fate = match self.fate(index, &self.outputs) {
            Ok((fate, made)) => {
                if let Some(made) = made {
                    self.outputs.insert(index, made);
                }
                fate
            }
            Err(problem) if problem.code == "cache-missing" => {
                Fate::Run("what it reads must be made again first".to_owned())
            }
            Err(problem) => Fate::Broken(problem.message),
        };
        let last_ms = self.records.get(name).map(|record| record.cost_ms);
        Planned { node: name.clone(), fate, last_ms }
    }

    fn store(&self) -> &dyn Store {
        self.workspace.store
    }

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
            self.tools,
            self.identities,
        )?;
        let record = self.records.get(&entry.name);
        let record = record.as_deref();
        if let Some(record) = record.filter(|record| record.fingerprint == print)
            && published(record, self.workspace)
        {
            return Ok((Fate::Fresh, Some(record.outputs.clone())));
        }
        let deps = Deps { outputs: deps, files: files.into_iter().collect(), blobs: self.store() };
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
            match self.store().lookup(&manifest.key()) {
                Lookup::Hit(result) => made.push(result.outputs),
                Lookup::Damaged(why) => return Ok((Fate::Run(format!("damaged: {why}")), None)),
                Lookup::Missing => {
                    let title = action.title();
                    let old = record
                        .and_then(|record| record.keys.iter().find(|(step, _)| *step == title))
                        .and_then(|(_, key)| match self.store().lookup(key) {
                            Lookup::Hit(result) => Some(result.manifest),
                            _ => None,
                        });
                    return Ok((Fate::Run(why::explain(old.as_ref(), &manifest)), None));
                }
            }
        }
        let finish =
            node.finish(&Done { actions: &made, deps: &deps.outputs, blobs: self.store() });
        Ok((Fate::Hit, finish.ok().map(|finish| finish.outputs)))
    }
}

fn published(record: &NodeRecord, workspace: &dyn Workspace) -> bool {
    record.published.iter().all(|(path, digest)| workspace.holds(path, digest))
}
