//! One node's actions while they are resolved and run.

use super::fingerprint::Fingerprint;
use super::services::Loss;
use super::why::Change;
use crate::contract::action::KeyManifest;
use crate::contract::digest::{ActionKey, Digest};
use crate::node::plan::{Input, Plan};
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where an action stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Its key is not known yet, since an earlier action has no digests.
    Unresolved,
    /// A record names its outputs; their bytes may be gone.
    Recorded,
    /// Must run, once the bytes of its inputs are there.
    Needed,
    /// Another node is running the very same action; look it up again when that is done.
    Shared,
    Running,
    Ran,
}

/// One action of a plan.
#[derive(Debug)]
pub struct ActionRun {
    pub state: State,
    pub key: Option<ActionKey>,
    pub manifest: Option<KeyManifest>,
    pub outputs: Option<BTreeMap<String, Digest>>,
    /// Why it must run, or where its record came from.
    pub why: String,
    /// What tells its key from the last one, where that is known.
    pub changes: Vec<Change>,
    /// Its step, and the versions of it, where they differ.
    pub version_change: Option<(String, u32, u32)>,
    /// How the store let its output go, where it runs again for that.
    pub evicted: Option<String>,
    /// How its record was damaged.
    pub damage: Option<String>,
    /// It ran before, and runs again only for bytes that are gone.
    pub remake: bool,
    pub wall_ms: u64,
}

/// What a node's actions are run for.
#[derive(Debug)]
pub enum Purpose {
    /// To build the node.
    Build,
    /// To get back bytes of a node that is done, for the nodes in this list.
    Remake(Vec<NodeIndex>),
}

/// A lowered node.
#[derive(Debug)]
pub struct NodeRun {
    pub plan: Plan,
    pub actions: Vec<ActionRun>,
    pub purpose: Purpose,
    /// Taken when the node was opened, so that a file which changes later is noticed next time.
    pub fingerprint: Fingerprint,
    /// The user's files that it reads.
    pub files: Vec<(PathBuf, Digest)>,
    /// A file that it left last time and that is not as it was left, and how.
    pub disturbed: Option<(PathBuf, &'static str)>,
    /// An action of it is running or has run in this build.
    pub started: bool,
}

impl NodeRun {
    pub fn new(plan: Plan, purpose: Purpose, fingerprint: Fingerprint) -> Self {
        let actions = plan
            .actions
            .iter()
            .map(|_| ActionRun {
                state: State::Unresolved,
                key: None,
                manifest: None,
                outputs: None,
                why: String::new(),
                changes: Vec::new(),
                version_change: None,
                evicted: None,
                damage: None,
                remake: false,
                wall_ms: 0,
            })
            .collect();
        Self {
            plan,
            actions,
            purpose,
            fingerprint,
            files: Vec::new(),
            disturbed: None,
            started: false,
        }
    }

    /// The digest of an output of an action that has outputs.
    pub fn output(&self, action: usize, name: &str) -> Option<Digest> {
        self.actions.get(action)?.outputs.as_ref()?.get(name).copied()
    }

    /// The first action whose key can be computed now.
    pub fn resolvable(&self) -> Option<usize> {
        (0..self.actions.len()).find(|index| {
            self.actions[*index].state == State::Unresolved
                && self.plan.actions[*index].inputs.values().all(|input| match input {
                    Input::Earlier { action, output } => self.output(*action, output).is_some(),
                    _ => true,
                })
        })
    }

    /// Whether every action has outputs and none is under way.
    pub fn settled(&self) -> bool {
        self.actions.iter().all(|action| matches!(action.state, State::Recorded | State::Ran))
    }

    /// Whether something of it is under way.
    pub fn busy(&self) -> bool {
        self.actions.iter().any(|action| action.state == State::Running)
    }

    /// Calls for the bytes of a blob that one of the actions makes; false where none does. `evicted`
    /// tells people how the store let them go, where it did.
    pub fn remake(&mut self, digest: &Digest, lost: impl FnOnce() -> Option<Loss>) -> bool {
        let makes = |action: &&mut ActionRun| {
            action.outputs.as_ref().is_some_and(|outputs| outputs.values().any(|d| d == digest))
        };
        let Some(action) = self.actions.iter_mut().find(makes) else { return false };
        if action.state == State::Recorded {
            action.state = State::Needed;
            action.remake = true;
            action.why = match lost() {
                Some(Loss::Evicted(why)) => action.evicted.insert(why).clone(),
                Some(Loss::Damaged(why)) => action.damage.insert(why).clone(),
                None => "its output is no longer in the cache".to_owned(),
            };
        }
        true
    }

    /// Whether any action ran for the node's own sake.
    pub fn ran(&self) -> Option<&ActionRun> {
        self.actions.iter().find(|action| action.state == State::Ran && !action.remake)
    }

    /// Keys by step and label.
    pub fn keys(&self) -> Vec<(String, ActionKey)> {
        self.plan
            .actions
            .iter()
            .zip(&self.actions)
            .filter_map(|(action, run)| Some((action.title(), run.key?)))
            .collect()
    }
}
