//! Choices of a project: what is asked, what was chosen, and who may choose by hand.
//!
//! What was chosen is pinned in `Memefile.lock`: written as soon as a round of a build is over, so that
//! nobody is asked twice.

use super::build::Outcome;
use super::lock::ProjectLock;
use super::project::Project;
use super::record::Records;
use crate::contract;
use crate::contract::choice::{Chosen, question};
use crate::contract::decision::{Answer, Decision, HOST, Request, Usage};
use crate::diagnostic::Diagnostic;
use crate::exec::Cancel;
use crate::graph::Graph;
use crate::memefile::nearest;
use crate::node::choice::{OUTPUT, REQUEST, TYPE};
use crate::source::lockfile;
use serde_json::Value;

/// Pins what choices came to in a round of a build.
///
/// # Errors
/// The lock cannot be read or written.
pub fn pin(project: &Project, graph: &Graph, outcome: &Outcome) -> Result<(), Diagnostic> {
    let mut made = Vec::new();
    for index in graph.order() {
        let entry = graph.entry(*index);
        if entry.node.type_name() == TYPE
            && outcome.is_done(*index)
            && let Some(chosen) = chosen(project, &outcome.records, &entry.name)
        {
            made.push((name(&entry.name).to_owned(), chosen));
        }
    }
    if made.is_empty() {
        return Ok(());
    }
    let mut lock = lockfile::read(&project.root)?;
    for (name, chosen) in made {
        lock.choices.entry(name).or_default().chosen = Some(chosen);
    }
    lockfile::replace(&project.root, &lock)
}

/// Forgets what was chosen for nodes that there are no more. The graph is whole.
///
/// # Errors
/// The lock cannot be read or written.
pub fn prune(project: &Project, graph: &Graph) -> Result<(), Diagnostic> {
    let mut lock = lockfile::read(&project.root)?;
    if lock.choices.is_empty() {
        return Ok(());
    }
    lock.choices.retain(|name, _| graph.find(&format!("{TYPE}:{name}")).is_some());
    lockfile::replace(&project.root, &lock)
}

/// What a node chose, as its record has it.
fn chosen(project: &Project, records: &Records, node: &str) -> Option<Chosen> {
    project.findings(records).document(node, OUTPUT).parse().there()
}

/// A choice's name in the lock.
fn name(node: &str) -> &str {
    node.split_once(':').map_or(node, |(_, name)| name)
}

/// One choice of a project.
#[derive(Debug)]
pub struct Listed {
    /// Without its type.
    pub name: String,
    /// As in the chooser's setting: `rules`, `host`, ….
    pub chooser: String,
    /// What was asked last; none where nothing was yet.
    pub request: Option<Request>,
    /// What was chosen last.
    pub chosen: Option<Chosen>,
    /// Whether somebody has to choose.
    pub waits: bool,
    setting: Value,
    draw: u32,
}

/// The choices of a Memefile, as far as builds know of them.
///
/// # Errors
/// Mistakes in the Memefile.
pub fn list(project: &Project) -> Result<Vec<Listed>, Vec<Diagnostic>> {
    Ok(list_of(project, &project.open()?.graph, &project.records()))
}

/// The choices of a graph.
pub fn list_of(project: &Project, graph: &Graph, records: &Records) -> Vec<Listed> {
    let findings = project.findings(records);
    let nodes = graph.order().iter().map(|index| graph.entry(*index));
    let listed = nodes.filter(|entry| entry.node.type_name() == TYPE).map(|entry| {
        let declared = entry.node.declaration();
        let record = records.get(&entry.name);
        let request: Option<Request> = findings.document(&entry.name, REQUEST).parse().there();
        let setting = declared["setting"].clone();
        let draw =
            declared["pin"]["draw"].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        // What somebody chose since it was asked; the next build goes on with it.
        let pinned: Option<Chosen> = serde_json::from_value(declared["pin"]["chosen"].clone()).ok();
        let answered = pinned.filter(|pinned| {
            let asked = request.as_ref().map(|request| question(request, &setting, draw));
            asked.is_some_and(|asked| asked == pinned.question)
        });
        let waits = record.is_some_and(|record| record.waits.is_some());
        Listed {
            name: name(&entry.name).to_owned(),
            chooser: declared["setting"]["kind"].as_str().unwrap_or_default().to_owned(),
            waits: waits && answered.is_none(),
            chosen: answered.or_else(|| chosen(project, records, &entry.name)),
            request,
            draw,
            setting,
        }
    });
    listed.collect()
}

/// The choice of that name.
///
/// # Errors
/// Mistakes in the Memefile; `unknown-choice`.
pub fn find(project: &Project, name: &str) -> Result<Listed, Vec<Diagnostic>> {
    let mut all = list(project)?;
    if let Some(at) = all.iter().position(|choice| choice.name == name) {
        return Ok(all.swap_remove(at));
    }
    let message = format!("there is no choice `{}`", name.escape_debug());
    let problem = Diagnostic::usage("unknown-choice", message);
    Err(vec![match nearest(name, all.iter().map(|choice| choice.name.as_str())) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => {
            problem.hint("`memebuild choice ls` lists them; a director's are there once it asked")
        }
    }])
}

/// Chooses by hand: checks a decision against what was asked, and pins it. Nothing may build meanwhile.
///
/// # Errors
/// `not-asked`; `bad-decision`: it does not answer what was asked, and why.
pub fn submit(
    project: &Project,
    name: &str,
    decision: Decision,
    cancel: Option<&Cancel>,
    waiting: &mut dyn FnMut(),
) -> Result<(), Vec<Diagnostic>> {
    let one = |problem: Diagnostic| vec![problem];
    let _lock = ProjectLock::take(&project.cache, cancel, waiting).map_err(one)?;
    let choice = find(project, name)?;
    let Some(request) = &choice.request else {
        let message = format!("nobody asked for choice `{name}` yet");
        let problem = Diagnostic::usage("not-asked", message);
        return Err(one(problem.hint(format!("`memebuild build choice:{name}` asks"))));
    };
    decision.answers(request).map_err(|why| {
        let message = format!("that is no answer to choice `{name}`: {why}");
        let hint = format!("`memebuild choice show {name}` shows what may be chosen");
        one(Diagnostic::usage("bad-decision", message).hint(hint))
    })?;
    let response = blake3::hash(&contract::write(&decision)).to_hex().to_string();
    let answer = Answer {
        chooser: HOST.to_owned(),
        model: None,
        decision,
        usage: Usage::default(),
        response: Some(response),
    };
    let question = question(request, &choice.setting, choice.draw);
    let mut lock = lockfile::read(&project.root).map_err(one)?;
    lock.choices.entry(name.to_owned()).or_default().chosen = Some(Chosen { question, answer });
    lockfile::replace(&project.root, &lock).map_err(one)
}

/// Has the next build ask anew: the choice of that name, or all turns of the director of that name.
///
/// # Errors
/// The lock cannot be read or written.
pub fn ask_anew(project: &Project, names: &[String]) -> Result<(), Diagnostic> {
    let mut lock = lockfile::read(&project.root)?;
    for name in names {
        let pin = lock.choices.entry(name.clone()).or_default();
        pin.draw += 1;
        pin.chosen = None;
    }
    lockfile::replace(&project.root, &lock)
}
