//! What one round of a build is about: all that is wanted, or first what tells what there is, or first
//! what changed.

use super::project::Opened;
use crate::contract::transcript::Line;
use crate::diagnostic::Diagnostic;
use crate::graph::Graph;
use crate::graph::select::{self, Piece, Targets};
use crate::node::choice::TYPE as CHOICE;
use crate::node::declare::director::Director;
use crate::node::declare::draft;
use crate::node::declare::render::Render;
use crate::node::render;
use std::collections::BTreeSet;

/// What one round builds.
pub struct Round {
    pub wanted: Vec<bool>,
    pub about: About,
}

/// What a round is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// All that is wanted: the last round.
    All,
    /// Only what tells what there is, which is read before the next round.
    Clues,
    /// What of the project was [expanded early](super::early).
    Part,
}

impl Round {
    /// Of everything that was expanded early.
    pub fn part(opened: &Opened) -> Self {
        Self { wanted: vec![true; opened.graph.len()], about: About::Part }
    }

    /// `drafts`: of everything that is wanted the draft too.
    ///
    /// # Errors
    /// Targets that mean nothing that is there or may come.
    pub fn of(opened: &Opened, targets: &[String], drafts: bool) -> Result<Self, Vec<Diagnostic>> {
        let (graph, loaded) = (&opened.graph, &opened.loaded.graph);
        let asked = Asked::new(opened, targets);
        let pending = asked.concerned(&loaded.pending);
        // What is named, and is there, waits for nothing else to be found out.
        let known = |name: &String| graph.find(name).is_some() || name.starts_with("asset:");
        let named = !targets.is_empty() && targets.iter().all(known);
        if !named && !pending.is_empty() {
            return Ok(Self { wanted: select::select(graph, &pending)?, about: About::Clues });
        }
        let all = select::select(graph, targets);
        let all = if drafts { all.map(|wanted| with_drafts(graph, wanted)) } else { all };
        let wanted = all.or_else(|mistakes| {
            // It may be what comes of a decision that is yet to be made.
            match asked.concerned(&loaded.stuck) {
                stuck if stuck.is_empty() => Err(mistakes),
                stuck => select::select(graph, &stuck),
            }
        })?;
        Ok(Self { wanted, about: About::All })
    }
}

/// What is wanted, and the drafts of all renders among it.
fn with_drafts(graph: &Graph, mut wanted: Vec<bool>) -> Vec<bool> {
    for index in graph.order() {
        let draft = draft::of(&graph.entry(*index).name).filter(|_| wanted[index.index()]);
        if let Some(draft) = draft.and_then(|name| graph.find(&name)) {
            wanted[draft.index()] = true;
        }
    }
    select::with_needs(graph, &mut wanted);
    wanted
}

/// What is wanted of a graph that may grow yet: what targets mean that is there, and the choices and
/// verdicts on which depends what they may mean.
///
/// # Errors
/// Targets that mean nothing that is there, and nothing that is known to come.
pub fn foreseen(opened: &Opened, targets: &[String]) -> Result<Vec<bool>, Vec<Diagnostic>> {
    let loaded = &opened.loaded.graph;
    let asked = Asked::new(opened, targets);
    let mut coming = asked.concerned(loaded.pending.iter().chain(&loaded.stuck));
    // Where a director is yet to begin, the assets are what it waits for.
    let begins = directors(opened, targets).any(|(_, lines)| lines.is_empty());
    coming.retain(|name| begins || !name.starts_with("asset:"));
    if coming.is_empty() {
        return select::select(&opened.graph, targets);
    }
    let coming = select::select(&opened.graph, &coming)?;
    Ok(match select::select(&opened.graph, targets) {
        Ok(wanted) => wanted.iter().zip(&coming).map(|(a, b)| *a || *b).collect(),
        Err(_) => coming,
    })
}

/// The directors that targets concern, and the transcripts of their runs as far as they are known.
pub fn directors<'o>(
    opened: &'o Opened,
    targets: &[String],
) -> impl Iterator<Item = (&'o str, &'o [Line])> + use<'o> {
    let asked = Asked::new(opened, targets);
    let runs = opened.loaded.graph.transcripts.iter();
    runs.map(|(director, lines)| (director.as_str(), lines.as_slice()))
        .filter(move |(name, _)| asked.want(name))
}

/// What somebody asked for, and what of that is not there yet.
struct Asked<'o> {
    /// None for everything.
    targets: Option<Targets>,
    opened: &'o Opened,
    /// Of directors and renders.
    profiles: BTreeSet<&'o str>,
}

impl<'o> Asked<'o> {
    fn new(opened: &'o Opened, targets: &[String]) -> Self {
        let catalogue = &opened.loaded.catalogue;
        let directed = catalogue.iter::<Director>().flat_map(|(_, d)| &d.value.profiles);
        let rendered = catalogue.iter::<Render>().flat_map(|(_, r)| &r.value.profiles);
        let profiles = directed.chain(rendered).map(|profile| profile.value.as_str()).collect();
        if targets.is_empty() {
            return Self { targets: None, opened, profiles };
        }
        let mut asked = Targets::new(targets);
        // Who waits for something that is wanted has it be wanted.
        let mut left_out: Vec<_> = opened.loaded.graph.left_out.iter().collect();
        loop {
            let before = left_out.len();
            left_out.retain(|(name, deps)| {
                let wanted = asked.mean(name);
                if wanted {
                    asked.add(deps);
                }
                !wanted
            });
            if left_out.len() == before {
                return Self { targets: Some(asked), opened, profiles };
            }
        }
    }

    /// Those of the nodes on which what was asked for may depend: nobody is asked to decide for what is
    /// not wanted.
    fn concerned<'n>(&self, nodes: impl IntoIterator<Item = &'n String>) -> Vec<String> {
        let there = |name: &&String| self.opened.graph.find(name).is_some();
        nodes.into_iter().filter(there).filter(|name| self.concern(name)).cloned().collect()
    }

    fn concern(&self, node: &str) -> bool {
        let Some(targets) = &self.targets else { return true };
        let Some((kind, name)) = node.split_once(':').filter(|(kind, _)| *kind != "asset") else {
            return true;
        };
        let graph = &self.opened.loaded.graph;
        // A director's choice is called after it and its turn, the renders of an attempt likewise.
        let director = name.rsplit_once('/').map(|(director, _)| director);
        match director.filter(|director| graph.transcripts.contains_key(*director)) {
            Some(director) => self.want(director),
            // Of a choice that renders take, it is not known which they are.
            None if kind == CHOICE => {
                let mut renders = graph.waiting.iter();
                targets.mean(node)
                    || renders.any(|waiting| self.want_render(targets, &waiting.render, &[]))
            }
            None => true,
        }
    }

    /// Whether a director is meant, or something of its turns and attempts.
    fn want(&self, director: &str) -> bool {
        let Some(targets) = &self.targets else { return true };
        let turn = format!("{CHOICE}:{director}/");
        targets.mean(&format!("director:{director}"))
            || targets.can_mean(&[Piece::Text(&turn), Piece::Number])
            || self.want_render(targets, &format!("{director}/"), &[Piece::Number])
    }

    /// Whether something may be meant of a render of that name, and what follows it.
    fn want_render(&self, targets: &Targets, render: &str, rest: &[Piece<'_>]) -> bool {
        let captions = [Piece::Text("/"), Piece::Number];
        self.profiles.iter().any(|profile| {
            render::OWN.into_iter().any(|kind| {
                let (name, profile) = (format!("{kind}:{render}"), format!("@{profile}"));
                let mut form = vec![Piece::Text(&name)];
                form.extend(rest);
                form.push(Piece::Text(&profile));
                form.extend(captions.iter().filter(|_| kind == "caption"));
                targets.can_mean(&form)
            })
        })
    }
}
