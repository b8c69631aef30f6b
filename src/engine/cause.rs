//! From what is known of a node's last run and of this one to the one cause that comes first.

use super::node_run::{ActionRun, NodeRun, State};
use super::record::NodeRecord;
use super::why::{Change, Ingredient};
use crate::contract::cause::Cause;
use crate::contract::digest::Digest;
use crate::node::Node;
use crate::node::plan::Input;
use std::path::PathBuf;

/// What decides.
pub struct Case<'a> {
    pub node: &'a dyn Node,
    pub run: &'a NodeRun,
    pub record: Option<&'a NodeRecord>,
    /// The dependency that offers these bytes.
    pub offers: &'a dyn Fn(&Digest) -> Option<String>,
    /// A dependency whose outputs changed in this build.
    pub changed: Option<String>,
    /// A published file that is not as it was left, and how.
    pub output: Option<(PathBuf, &'static str)>,
}

/// The causes are asked for in the order in which a person would want to hear them: what they
/// wrote, what lies in their files, what follows from another node, tools, and only then the cache.
pub fn cause(case: &Case<'_>) -> Cause {
    let Some(record) = case.record else { return Cause::NeverBuilt };
    let (old, new) = (&record.fingerprint, &case.run.fingerprint);
    if old.declaration != new.declaration {
        return parameter(case);
    }
    if old.files != new.files {
        return file(case, record);
    }
    if old.dependencies != new.dependencies
        && let Some(node) = upstream(case)
    {
        return Cause::Upstream { node };
    }
    if old.tools != new.tools {
        return tool(case);
    }
    let needed = || case.run.actions.iter().filter(|action| action.state != State::Recorded);
    if let Some(what) = needed().find_map(|action| action.damage.clone()) {
        return Cause::Damaged { what };
    }
    if let Some(what) = case.run.actions.iter().find_map(|action| action.evicted.clone()) {
        return Cause::Evicted { what };
    }
    match &case.output {
        Some((path, how)) if case.run.ran().is_none() => {
            Cause::Output { path: path.display().to_string(), how: (*how).to_owned() }
        }
        _ => Cause::Lost,
    }
}

/// All changes of its actions, those of the first action first.
fn changes<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Change> {
    case.run.actions.iter().flat_map(|action: &ActionRun| &action.changes)
}

fn first<'a>(case: &Case<'a>, of: &[Ingredient]) -> Option<&'a Change> {
    of.iter().find_map(|ingredient| changes(case).find(|change| change.of == *ingredient))
}

fn parameter(case: &Case<'_>) -> Cause {
    use Ingredient::{Argument, Environment, Input, Output, Parameter, Tool};
    let order = [Parameter, Argument, Environment, Input, Output, Tool];
    let place = |pointer: &str| {
        let span = case.node.place(pointer)?;
        Some(format!("{}:{}", span.source.name, span.line_column().0))
    };
    match first(case, &order) {
        Some(change) => Cause::Parameter {
            name: match case.node.scope().filter(|_| change.of == Parameter) {
                Some(scope) => format!("{scope}.{}", change.name()),
                None => change.name(),
            },
            old: change.old.clone(),
            new: change.new.clone(),
            place: place(&change.what),
        },
        None => Cause::Parameter {
            name: "its declaration".to_owned(),
            old: None,
            new: None,
            place: place(""),
        },
    }
}

fn file(case: &Case<'_>, record: &NodeRecord) -> Cause {
    let (old, new) = (&record.files, &case.run.files);
    let digest = |files: &[(PathBuf, Digest)], path: &PathBuf| {
        let (_, digest) = files.iter().find(|(known, _)| known == path)?;
        Some(digest.hex().chars().take(12).collect::<String>())
    };
    let paths = new.iter().chain(old).map(|(path, _)| path);
    let differs = |path: &&PathBuf| digest(old, path) != digest(new, path);
    match paths.into_iter().find(differs) {
        Some(path) => Cause::File {
            path: path.display().to_string(),
            old: digest(old, path),
            new: digest(new, path),
        },
        None => Cause::Lost,
    }
}

/// The dependency that offers the first input that changed, else one that changed at all.
fn upstream(case: &Case<'_>) -> Option<String> {
    let actions = case.run.plan.actions.iter().zip(&case.run.actions);
    let by_input = actions.into_iter().find_map(|(action, run)| {
        let changed = run.changes.iter().filter(|change| change.of == Ingredient::Input);
        changed.into_iter().find_map(|change| match action.inputs.get(&change.what)? {
            Input::Whole(output) | Input::Projected { output, .. } => {
                (case.offers)(&output.digest())
            }
            Input::Earlier { .. } => None,
        })
    });
    by_input.or_else(|| case.changed.clone())
}

fn tool(case: &Case<'_>) -> Cause {
    if let Some(Change { what, old: Some(old), new: Some(new), .. }) =
        first(case, &[Ingredient::Tool])
    {
        let (old, new) = versions(old, new);
        return Cause::Tool { name: what.clone(), old, new };
    }
    let step = case.run.actions.iter().find_map(|action| action.version_change.clone());
    match step {
        Some((step, old, new)) => Cause::Step { step, old, new },
        None => Cause::Memebuild,
    }
}

/// Two identities as people tell them apart: by their versions where those differ, else by the first
/// digits of their digests too.
fn versions(old: &str, new: &str) -> (String, String) {
    let parts = |identity: &str| match identity.rsplit_once(' ') {
        Some((version, digest)) => (version.to_owned(), digest.chars().take(12).collect()),
        None => (identity.to_owned(), String::new()),
    };
    let ((old, old_digest), (new, new_digest)): ((String, String), (String, String)) =
        (parts(old), parts(new));
    match old == new {
        true => (format!("{old} ({old_digest})"), format!("{new} ({new_digest})")),
        false => (old, new),
    }
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn a_tool_is_told_apart_by_its_version_or_else_by_its_bytes() {
        let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
        assert_eq!(versions("5.1.8 0123456789abcdef", "5.1.9 f"), pair("5.1.8", "5.1.9"));
        let rebuilt = versions("5.1.8 0123456789abcdef", "5.1.8 ffff");
        assert_eq!(rebuilt, pair("5.1.8 (0123456789ab)", "5.1.8 (ffff)"));
        assert_eq!(versions("0f", "1e"), pair("0f", "1e"));
    }
}
