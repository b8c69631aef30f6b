//! A query, parsed and checked: what every provider answers from.

use super::cursor::Cursor;
use super::hybrid::{Wanted, is_wish};
use super::meaning::Meaning;
use super::mistake;
use super::query::{Leaf, Term, parse};
use crate::contract::Contract;
use crate::contract::asset::AssetKind;
use crate::contract::fingerprint::Fingerprint;
use crate::contract::search::{AssetName, Duplicates, Order, Query};
use crate::diagnostic::Diagnostic;
use std::collections::{HashMap, HashSet};

/// A query ready to be answered.
#[derive(Debug)]
pub struct Question {
    pub query: Query,
    pub term: Term,
    pub collapse: bool,
    pub cursor: Option<Cursor>,
    pub exclude: HashSet<AssetName>,
    /// What the assets look or sound like that the query's `similar:` names.
    pub targets: HashMap<AssetName, Fingerprint>,
    /// What the words mean, where the order asks for it.
    pub wanted: Option<Wanted>,
    /// Whether what some of those look or sound like is known only once they are ingested.
    pub waits: bool,
}

/// What a provider knows of an asset that a query names.
pub enum Target {
    Unknown,
    /// It is there, and nothing says what it looks like.
    Bare,
    /// It is there, and ingest will tell.
    Waiting,
    Known(Fingerprint),
}

impl Question {
    /// Parses and checks a query. `meaning` knows what words mean, `target` finds the assets that it
    /// names.
    ///
    /// # Errors
    /// `bad-query`: the text, a limit or a cursor is wrong; `unknown-asset`: something is to be
    /// like an asset that the provider has not; `no-model`, `bad-model`: see [`Meaning::model`].
    pub fn new(
        query: &Query,
        meaning: &Meaning,
        target: impl Fn(&AssetName) -> Result<Target, Box<Diagnostic>>,
    ) -> Result<Self, Box<Diagnostic>> {
        query.check().map_err(|why| Box::new(Diagnostic::usage("bad-query", why)))?;
        let term = parse(&query.text)?;
        let wanted = match query.order {
            Order::Hybrid => Some(Wanted::new(&term, meaning.model()?)),
            Order::Best | Order::Id | Order::Sample { .. } => None,
        };
        let cursor = query.cursor.as_deref().map(|text| Cursor::read(text, query)).transpose()?;
        let mut names = Vec::new();
        term.leaves(&mut |leaf, holds| {
            if let Leaf::Similar(similar) = leaf {
                names.push((similar.kind.or(query.kind), similar.id.clone(), holds));
            }
        });
        let (mut targets, mut waits) = (HashMap::new(), false);
        for (kind, id, _) in &names {
            let Some(kind) = *kind else {
                let all = 0..query.text.len();
                let what = format!("`similar:{id}` needs a kind");
                let problem =
                    mistake(&query.text, all, &what, "assets of several kinds may have this id");
                return Err(Box::new(problem.hint(format!(
                    "search one kind only, or write `similar:{}/{id}`",
                    AssetKind::GreenScreen
                ))));
            };
            let name = AssetName { kind, id: id.clone() };
            match target(&name)? {
                Target::Known(fingerprint) => drop(targets.insert(name, fingerprint)),
                Target::Waiting => waits = true,
                Target::Bare => {
                    let what = format!("nothing says what `{name}` is like");
                    let problem = Diagnostic::usage("no-fingerprint", what)
                        .note("it has no fingerprint")
                        .hint("build it again with this version");
                    return Err(Box::new(problem));
                }
                Target::Unknown => {
                    let what = format!("there is no asset `{name}`");
                    let all = 0..query.text.len();
                    let mut problem =
                        mistake(&query.text, all, &what, "something is to be like it");
                    problem.code = "unknown-asset";
                    return Err(problem);
                }
            }
        }
        let likeness = names.iter().any(|(_, _, holds)| *holds);
        let collapse = match query.duplicates {
            Some(duplicates) => duplicates == Duplicates::Collapse,
            // Who asks for what is alike wants to see the copies.
            None => !likeness,
        };
        let exclude = query.exclude.iter().cloned().collect();
        Ok(Self { query: query.clone(), term, collapse, cursor, exclude, targets, wanted, waits })
    }

    /// The parts that have to hold.
    pub fn conditions(&self) -> impl Iterator<Item = &Term> {
        let parts = self.term.parts().iter();
        parts.filter(|part| self.wanted.is_none() || !is_wish(part))
    }
}
