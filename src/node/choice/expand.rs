//! From `[choice.*]` to nodes, and from what was chosen to a composite.

use super::{Candidates, ChoiceNode, TYPE};
use crate::contract::asset::AssetId;
use crate::contract::decision::{Captions, Decision, Turn};
use crate::diagnostic::Diagnostic;
use crate::memefile::At;
use crate::node::NodeName;
use crate::node::assets::node_name;
use crate::node::batch;
use crate::node::catalogue::Catalogue;
use crate::node::declare::batch::{Axis, Role};
use crate::node::declare::choice::Choice;
use crate::node::declare::chooser::Chooser;
use crate::node::declare::composite::Composite;
use crate::node::declare::director::Director;
use crate::node::declare::render::Render;
use crate::node::expansion::Expansion;
use std::collections::BTreeMap;

/// What is asked besides what the choice declares.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// From 1.
    pub turn: u32,
    pub last: Option<Turn>,
    /// In place of the choice's own.
    pub brief: Option<At<String>>,
    /// Nodes whose documents the question is made of.
    pub after: Vec<NodeName>,
    /// Whether a director tells what became of it.
    pub is_told: bool,
}

/// Adds the node of a `[choice.*]`, unless only directors take it, which ask on their own.
pub fn expand(name: &str, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
    let named = |choice: &At<String>| choice.value == name;
    let rendered =
        catalogue.iter::<Render>().any(|(_, render)| render.value.choice().is_some_and(named));
    let directed = catalogue.iter::<Director>().any(|(_, director)| named(&director.value.choice));
    if rendered || !directed {
        let asked = Asked { turn: 1, ..Asked::default() };
        add(name, name, asked, catalogue, expansion);
    }
}

/// Adds the node `choice:NODE` that asks what the choice of a name declares. None where its candidates are
/// not known yet, or there is a mistake, which was reported.
pub fn add(
    node: &str,
    choice: &str,
    asked: Asked,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) -> Option<NodeName> {
    let span = catalogue.span::<Choice>(choice)?.clone();
    let choice = catalogue.get::<Choice>(choice)?;
    let composite = catalogue.get::<Composite>(&choice.composite.value)?;
    let chooser = match catalogue.get::<Chooser>(choice.chooser()) {
        Some(declared) => declared.clone(),
        None => Chooser::built_in(choice.chooser())?,
    };
    if expansion.assets.incomplete || !fits(choice, composite, expansion) {
        return None;
    }
    let mut slots = BTreeMap::new();
    for slot in &choice.slots {
        match candidates(slot, catalogue, expansion) {
            Ok(Some(candidates)) => drop(slots.insert(slot.role.as_str().to_owned(), candidates)),
            Ok(None) => return None,
            Err(diagnostic) => {
                expansion.report(*diagnostic);
                return None;
            }
        }
    }
    let drafts = composite.captions.iter().filter(|_| choice.writes);
    let pins = expansion.lock(&span)?;
    let mut deps: Vec<NodeName> = slots
        .values()
        .flat_map(|slot| slot.ids.iter().map(|id| node_name(slot.kind, id)))
        .chain(asked.after)
        .collect();
    deps.sort();
    deps.dedup();
    let name = format!("{TYPE}:{node}");
    let question = ChoiceNode {
        name: node.to_owned(),
        brief: asked.brief.map_or_else(|| choice.brief.value.clone(), |brief| brief.value),
        slots,
        captions: Captions {
            drafts: drafts.map(|caption| caption.text.value.clone()).collect(),
            longest: choice.longest,
        },
        turn: asked.turn,
        last: asked.last,
        chooser,
        pin: pins.choices.get(node).cloned().unwrap_or_default(),
        asking: expansion.asking(),
        is_told: asked.is_told,
        span,
    };
    expansion.add(name.clone(), Box::new(question), deps);
    Some(name)
}

/// Whether the composite has all that is chosen.
fn fits(choice: &Choice, composite: &Composite, expansion: &Expansion<'_>) -> bool {
    let lacking: Vec<&Axis> =
        choice.slots.iter().filter(|slot| !composite.has(slot.role)).collect();
    for slot in &lacking {
        let (role, name) = (slot.role.as_str(), &choice.composite);
        let message = format!("composite `{}` has no {role} to choose", name.value);
        let diagnostic = Diagnostic::usage("template-lacks", message)
            .label(&slot.span, "this slot fills nothing")
            .label(&name.span, "the composite")
            .hint(format!("give the composite a {role}; its settings stay, whatever is chosen"));
        expansion.report(diagnostic);
    }
    lacking.is_empty()
}

/// The assets that a slot means; none where that is not known yet.
fn candidates(
    slot: &Axis,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) -> Result<Option<Candidates>, Box<Diagnostic>> {
    let Some(ids) = batch::assets(slot, catalogue, expansion)? else { return Ok(None) };
    let ids: Option<Vec<AssetId>> = ids
        .into_iter()
        .map(|id| Some(expansion.assets.get(slot.role.kind(), &id.value)?.id.clone()))
        .collect();
    let mut ids = ids.unwrap_or_default();
    ids.sort();
    Ok(Some(Candidates { kind: slot.role.kind(), ids, shown: Choice::shown(slot) }))
}

/// The composite with what was chosen in it.
pub fn filled(choice: &Choice, composite: &Composite, decision: &Decision) -> Composite {
    let mut composite = composite.clone();
    for slot in &choice.slots {
        if let Some(id) = decision.picks.get(slot.role.as_str())
            && let Some(own) = composite.part(slot.role)
        {
            *own = At { value: id.as_str().to_owned(), span: slot.span.clone() };
        }
    }
    for (caption, text) in composite.captions.iter_mut().zip(&decision.captions) {
        caption.text = At { value: text.clone(), span: choice.brief.span.clone() };
    }
    composite
}

/// Parts of a composite that a choice fills.
pub fn roles(choice: &Choice) -> Vec<Role> {
    choice.slots.iter().map(|slot| slot.role).collect()
}
