//! From `[director.*]` to nodes: as much of the run as is known, and what comes next.
//!
//! The machine of [`crate::director`] says what comes next from what has happened; what has happened is
//! read from the documents of nodes. What is asked next becomes nodes that are pending, and once they
//! are built the Memefile is expanded again, a step further.

use super::DirectorNode;
use crate::contract::choice::Chosen;
use crate::contract::decision::{Decision, Turn};
use crate::contract::director::{DirectorRun, Origin, Outcome};
use crate::contract::verdict::{Patch, Verdict};
use crate::diagnostic::Diagnostic;
use crate::director::{self, Choice, Event, Step};
use crate::memefile::At;
use crate::node::NodeName;
use crate::node::catalogue::{Catalogue, Entry};
use crate::node::choice::{self, Asked};
use crate::node::declare::director::Director;
use crate::node::declare::profile;
use crate::node::expansion::Expansion;
use crate::node::known::Found;
use crate::node::render;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the renders of an attempt are called: `vogue/2`.
pub fn attempt_name(director: &str, attempt: usize) -> String {
    format!("{director}/{attempt}")
}

/// Adds the nodes of a director, as far as its run is known. `brief` is in place of its choice's.
pub fn expand(
    name: &str,
    entry: &Entry<Director>,
    brief: Option<At<String>>,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) {
    let (history, nodes) = (Vec::new(), Vec::new());
    let mut run = Run { name, entry, brief, catalogue, history, nodes };
    loop {
        let next = director::next(&entry.value.budget, &run.history);
        let went_on = match next {
            Step::Choose { turn, last } => run.choose(turn, last, expansion),
            Step::Mend { patches } => run.mend(patches, expansion),
            Step::Wait => break run.wait(expansion),
            Step::End(outcome) => break run.end(outcome, expansion),
        };
        match went_on {
            Ok(true) => {}
            Ok(false) => break,
            Err(diagnostic) => break expansion.report(*diagnostic),
        }
    }
    let transcript = director::transcript(&entry.value.budget, &run.history);
    expansion.transcripts.insert(name.to_owned(), transcript);
}

/// A run in the making.
struct Run<'a> {
    name: &'a str,
    entry: &'a Entry<Director>,
    brief: Option<At<String>>,
    catalogue: &'a Catalogue,
    history: Vec<Event>,
    /// What the director depends on.
    nodes: Vec<NodeName>,
}

impl Run<'_> {
    /// Asks for a decision. Whether more is known now.
    fn choose(
        &mut self,
        turn: u32,
        last: Option<Turn>,
        expansion: &mut Expansion<'_>,
    ) -> Result<bool, Box<Diagnostic>> {
        let node = format!("{}/{turn}", self.name);
        let brief = self.brief.clone();
        let asked = Asked { turn, last, brief, after: self.judges(), is_told: true };
        let choice = &self.entry.value.choice.value;
        let Some(node) = choice::add(&node, choice, asked, self.catalogue, expansion) else {
            return Ok(false);
        };
        let choice = match expansion.document::<Chosen>(&node, choice::OUTPUT) {
            Found::There(chosen) => {
                Choice::Made { decision: chosen.answer.decision, usage: chosen.answer.usage }
            }
            Found::Pending => Choice::Open,
            Found::Waits => {
                expansion.stuck.insert(node.clone());
                Choice::Open
            }
            Found::Failed { code, why } if code == "chooser-refused" => Choice::Refused(why),
            Found::Failed { why, .. } => Choice::Failed(why),
        };
        let wall_ms = expansion.cost_ms(&node);
        if matches!(choice, Choice::Made { .. } | Choice::Open) {
            self.nodes.push(node);
        }
        self.try_out(Origin::Choice { turn }, choice, BTreeMap::new(), wall_ms, expansion)
    }

    /// Renders the last decision again, mended.
    fn mend(
        &mut self,
        patches: BTreeMap<String, Vec<Patch>>,
        expansion: &mut Expansion<'_>,
    ) -> Result<bool, Box<Diagnostic>> {
        let Some(last) = self.history.last() else { return Ok(false) };
        let choice = last.choice.clone();
        self.try_out(Origin::Mend {}, choice, patches, 0, expansion)
    }

    /// Adds an attempt to what happened, and its nodes where it is to be rendered.
    fn try_out(
        &mut self,
        origin: Origin,
        choice: Choice,
        patches: BTreeMap<String, Vec<Patch>>,
        wall_ms: u64,
        expansion: &mut Expansion<'_>,
    ) -> Result<bool, Box<Diagnostic>> {
        let profiles = &self.entry.value.profiles;
        let verdicts = profiles.iter().map(|profile| (profile.value.clone(), None)).collect();
        let event = Event { origin, choice, verdicts, patches, broken: None, wall_ms };
        self.history.push(event);
        let to_render = director::next(&self.entry.value.budget, &self.history) == Step::Wait;
        let Some(event) = self.history.last() else { return Ok(false) };
        if let (Choice::Made { decision, .. }, true) = (event.choice.clone(), to_render) {
            return self.render(&decision, expansion);
        }
        Ok(true)
    }

    /// Adds the nodes of the last attempt, and reads what its critics said.
    fn render(
        &mut self,
        decision: &Decision,
        expansion: &mut Expansion<'_>,
    ) -> Result<bool, Box<Diagnostic>> {
        let director = &self.entry.value;
        let composite =
            render::decided(&director.choice.value, decision, self.catalogue, expansion)?;
        let Some(composite) = composite.map(Arc::new) else { return Ok(false) };
        let attempt = attempt_name(self.name, self.history.len());
        let Some(event) = self.history.last_mut() else { return Ok(false) };
        for profile in &director.profiles {
            let patches = event.patches.get(&profile.value).map_or(&[][..], Vec::as_slice);
            let terms = render::Terms { critic: director.critic(), patches, is_attempt: true };
            render::add(&attempt, &composite, profile, terms, self.catalogue, expansion)?;
            let name = render::name(&attempt, &profile.value);
            let critic = format!("critic:{name}");
            let verdict = match expansion.document::<Verdict>(&critic, "verdict") {
                Found::There(verdict) => Some(verdict),
                Found::Failed { why, .. } => {
                    event.broken = Some(why);
                    None
                }
                Found::Waits | Found::Pending => None,
            };
            event.verdicts.insert(profile.value.clone(), verdict);
            let own = ["composite", "render", "critic"].map(|node| format!("{node}:{name}"));
            event.wall_ms += own.iter().map(|node| expansion.cost_ms(node)).sum::<u64>();
            if event.broken.is_none() {
                self.nodes.extend([format!("render:{name}"), critic]);
            }
        }
        Ok(true)
    }

    /// The critics of the last attempt: whose verdicts the next question holds.
    fn judges(&self) -> Vec<NodeName> {
        let attempt = attempt_name(self.name, self.history.len());
        let name = |profile: &str| format!("critic:{}", render::name(&attempt, profile));
        let verdicts = self.history.last().map(|event| &event.verdicts);
        verdicts.into_iter().flatten().map(|(profile, _)| name(profile)).collect()
    }

    /// Where somebody has to decide, the director waits with what it waits for.
    fn wait(&self, expansion: &mut Expansion<'_>) {
        let open = self.history.last().is_some_and(|event| event.choice == Choice::Open);
        if open && !expansion.stuck.is_empty() {
            self.add(None, expansion);
        }
    }

    fn end(&self, outcome: Outcome, expansion: &mut Expansion<'_>) {
        let usage = director::usage(&self.history);
        let run = DirectorRun {
            outcome,
            attempts: self.history.iter().filter_map(director::attempt).collect(),
            usage,
            cost_micros: self.entry.value.budget.cost_micros(&usage),
        };
        self.add(Some(run), expansion);
    }

    fn add(&self, run: Option<DirectorRun>, expansion: &mut Expansion<'_>) {
        let film = |profile: &At<String>| {
            let output = profile::resolve(&profile.value, self.catalogue)?;
            Some((profile.value.clone(), output.container.extension().to_owned()))
        };
        let node = DirectorNode {
            name: self.name.to_owned(),
            run,
            films: self.entry.value.profiles.iter().filter_map(film).collect(),
            span: self.entry.span.clone(),
        };
        let mut deps = self.nodes.clone();
        deps.sort();
        deps.dedup();
        expansion.add(format!("director:{}", self.name), Box::new(node), deps);
    }
}
