//! How long a build should take and how much room it needs, from what earlier builds recorded.

use super::plan::{Fate, Planned};
use super::record::Records;
use std::collections::HashMap;

/// What a plan comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Estimate {
    /// Time of one slot for all that is to run, milliseconds; nodes that never ran are taken for
    /// the average of their type.
    pub work_ms: u64,
    /// Bytes of what is to be made.
    pub bytes: u64,
    /// Nodes to run of a type of which none ever ran: nothing is known of them.
    pub unknown: u64,
}

#[derive(Default)]
struct Sum {
    nodes: u64,
    ms: u64,
    bytes: u64,
}

/// Sums up what would run, node by node. One that may well be cut off counts as if it ran.
pub struct Estimator<'r> {
    records: &'r Records,
    types: HashMap<String, Sum>,
    sum: Estimate,
}

impl<'r> Estimator<'r> {
    pub fn new(records: &'r Records) -> Self {
        let mut types: HashMap<String, Sum> = HashMap::new();
        for (node, record) in records.iter() {
            let sum = types.entry(type_of(&node).to_owned()).or_default();
            sum.nodes += 1;
            sum.ms += record.cost_ms;
            sum.bytes += made(&record);
        }
        Self { records, types, sum: Estimate::default() }
    }

    pub fn add(&mut self, planned: &Planned) {
        if !matches!(planned.fate, Fate::Run(_) | Fate::Depends(_)) {
            return;
        }
        let sum = &mut self.sum;
        match (self.records.get(&planned.node), self.types.get(type_of(&planned.node))) {
            (Some(record), _) => {
                sum.work_ms += record.cost_ms;
                sum.bytes += made(&record);
            }
            (None, Some(all)) => {
                sum.work_ms += all.ms / all.nodes;
                sum.bytes += all.bytes / all.nodes;
            }
            (None, None) => sum.unknown += 1,
        }
    }

    pub fn finish(self) -> Estimate {
        self.sum
    }
}

fn type_of(node: &str) -> &str {
    node.split(':').next().unwrap_or(node)
}

/// Bytes that a node put into the store.
fn made(record: &super::record::NodeRecord) -> u64 {
    let blobs = record.outputs.values().filter_map(|output| match output {
        crate::node::Output::Blob(digest) => Some(digest.len),
        crate::node::Output::File { .. } => None,
    });
    blobs.sum()
}

#[cfg(test)]
mod tests {
    use super::super::fingerprint::Fingerprint;
    use super::super::record::NodeRecord;
    use super::*;

    fn planned(node: &str, fate: Fate) -> Planned {
        Planned { node: node.to_owned(), fate, last_ms: None }
    }

    #[test]
    fn what_never_ran_is_taken_for_the_average_of_its_type() {
        let ran = |cost_ms| NodeRecord {
            fingerprint: Fingerprint {
                declaration: [0; 16],
                dependencies: [0; 16],
                files: [0; 16],
                tools: [0; 16],
            },
            files: Vec::new(),
            outputs: Default::default(),
            keys: Vec::new(),
            published: Vec::new(),
            accepted: None,
            waits: None,
            notes: Vec::new(),
            cost_ms,
            build: String::new(),
        };
        let records = Records::from_iter([
            ("render:a".to_owned(), ran(1000)),
            ("render:b".to_owned(), ran(3000)),
        ]);
        let plan = [
            planned("render:a", Fate::Run(String::new())),
            planned("render:c", Fate::Depends(String::new())),
            planned("render:b", Fate::Fresh),
            planned("choice:x", Fate::Run(String::new())),
        ];
        let mut estimator = Estimator::new(&records);
        plan.iter().for_each(|planned| estimator.add(planned));
        assert_eq!(estimator.finish(), Estimate { work_ms: 1000 + 2000, bytes: 0, unknown: 1 });
    }
}
