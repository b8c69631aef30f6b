//! The queries of a Memefile: which of the declared assets they mean.
//!
//! The project's own assets are searched from their declarations, so that what names, tags and
//! rights decide is decided before anything is ingested. Of assets that a query could mean and of
//! which only ingest can tell, the metadata are asked for, which makes them
//! [pending](Expansion::pending) where they are not there yet. A provider elsewhere is asked as
//! anyone asks it.

use super::assets::AssetEntry;
use super::catalogue::Catalogue;
use super::declare::provider::Declared;
use super::expansion::Expansion;
use crate::contract::asset::{AssetId, AssetKind};
use crate::contract::search::{AssetName, Duplicates, MOST_HITS, Order, Query};
use crate::diagnostic::{Diagnostic, Span};
use crate::memefile::At;
use crate::provider::Provider;
use crate::provider::answer::sift;
use crate::provider::index::Index;
use crate::provider::question::{Question, Target};
use crate::provider::record::Record;
use crate::provider::settings::Settings;
use std::collections::BTreeSet;

/// What a query means.
#[derive(Debug, Default)]
pub struct Meant {
    pub ids: BTreeSet<AssetId>,
    /// Whether more may be meant, once what is [pending](Expansion::pending) is ingested.
    pub waits: bool,
}

/// Who answers the queries of this Memefile.
pub enum Searcher {
    /// The declared assets themselves.
    Own,
    Elsewhere(Box<dyn Provider>),
    /// It could not be opened, which was reported.
    Closed,
}

impl Searcher {
    /// Opens what is declared; a mistake is reported once.
    fn open(catalogue: &Catalogue, expansion: &mut Expansion<'_>) -> Self {
        let declared = catalogue.only::<Declared>();
        let settings = &declared.map_or_else(Settings::default, |own| own.settings.clone());
        if settings.is_own() {
            return Self::Own;
        }
        expansion.read.extend(settings.file().map(|file| expansion.root().join(file)));
        expansion.remote |= settings.is_remote();
        match settings.open(expansion.root()) {
            Ok(provider) => Self::Elsewhere(provider),
            Err(problem) => {
                let place = catalogue.span::<Declared>("");
                expansion.report(match place {
                    Some(place) => problem.label(place, "this provider"),
                    None => *problem,
                });
                Self::Closed
            }
        }
    }
}

/// What a query means, by the provider that the Memefile declares.
///
/// # Errors
/// As [`search`].
pub fn meant(
    kind: AssetKind,
    query: &At<String>,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) -> Result<Meant, Box<Diagnostic>> {
    // Opened by the first query that needs it.
    let searcher = match expansion.searcher.take() {
        Some(searcher) => searcher,
        None => Searcher::open(catalogue, expansion),
    };
    let found = search(kind, query, &searcher, expansion);
    expansion.searcher = Some(searcher);
    found
}

/// The declared assets that a query means, as far as is known.
///
/// # Errors
/// `bad-query` and the like, at the place of the query; `unknown-reference`: a provider elsewhere
/// finds what no source has.
fn search(
    kind: AssetKind,
    query: &At<String>,
    searcher: &Searcher,
    expansion: &mut Expansion<'_>,
) -> Result<Meant, Box<Diagnostic>> {
    let found = match searcher {
        Searcher::Own => own(kind, &query.value, expansion),
        Searcher::Elsewhere(provider) => elsewhere(kind, query, provider.as_ref(), expansion),
        // Nothing more is said of what cannot be asked.
        Searcher::Closed => Ok(Meant { waits: true, ..Meant::default() }),
    };
    found.map_err(|problem| placed(*problem, query))
}

fn asked(kind: AssetKind, text: &str) -> Query {
    // Whether copies are wanted is for the Memefile to say: an axis means each asset that it names.
    let (order, duplicates) = (Order::Id, Some(Duplicates::Keep));
    Query { kind: Some(kind), order, duplicates, limit: MOST_HITS, ..Query::text(text) }
}

fn own(
    kind: AssetKind,
    text: &str,
    expansion: &mut Expansion<'_>,
) -> Result<Meant, Box<Diagnostic>> {
    let question = {
        let expansion = std::cell::RefCell::new(&mut *expansion);
        let target = |name: &AssetName| {
            let mut expansion = expansion.borrow_mut();
            let node = match expansion.assets.get(name.kind, name.id.as_str()) {
                None => return Ok(Target::Unknown),
                Some(entry) => entry.node_name(),
            };
            let (before, found) = (expansion.pending.len(), expansion.metadata(&node));
            Ok(match found.map(|asset| asset.fingerprint) {
                Some(Some(fingerprint)) => Target::Known(fingerprint),
                _ if expansion.pending.len() > before || expansion.pending.contains(&node) => {
                    Target::Waiting
                }
                _ => Target::Bare,
            })
        };
        Question::new(&asked(kind, text), target)?
    };
    let mut waits = question.waits;
    let of_kind: Vec<AssetEntry> =
        expansion.assets.iter().filter(|entry| entry.kind == kind).cloned().collect();
    let declared = |entry: &AssetEntry| {
        Record::declared(kind, entry.id.clone(), entry.tags.clone(), entry.provenance.clone())
    };
    let index = Index::new(of_kind.iter().map(declared).collect());
    let (mut yes, unknown) = sift(&index, &question);
    let mut ingested = Vec::new();
    for name in &unknown {
        let node = super::assets::node_name(kind, &name.id);
        match expansion.metadata(&node) {
            Some(asset) => ingested.push(Record::of(&asset)),
            // One that failed is meant by no query.
            None => waits |= expansion.pending.contains(&node),
        }
    }
    if !question.waits {
        yes.extend(sift(&Index::new(ingested), &question).0);
    }
    Ok(Meant { ids: yes.into_iter().map(|name| name.id).collect(), waits })
}

fn elsewhere(
    kind: AssetKind,
    query: &At<String>,
    provider: &dyn Provider,
    expansion: &Expansion<'_>,
) -> Result<Meant, Box<Diagnostic>> {
    let mut asked = asked(kind, &query.value);
    let mut ids = BTreeSet::new();
    loop {
        let page = provider.search(&asked)?;
        for hit in page.hits {
            if expansion.assets.get(kind, hit.id.as_str()).is_none() {
                let what = format!(
                    "{} finds {kind} `{}`, which no source has",
                    provider.describe(),
                    hit.id
                );
                let problem = Diagnostic::usage("unknown-reference", what)
                    .label(&query.span, "this query finds it")
                    .hint("declare a source for it, or bring the provider up to date");
                return Err(Box::new(problem));
            }
            ids.insert(hit.id);
        }
        match page.next {
            Some(next) if asked.cursor.as_ref() != Some(&next) => asked.cursor = Some(next),
            _ => return Ok(Meant { ids, waits: false }),
        }
    }
}

/// A mistake of a query, with its place in the Memefile.
fn placed(problem: Diagnostic, query: &At<String>) -> Box<Diagnostic> {
    let text = &query.span.source.text;
    let quoted = query.span.range.clone();
    // Within the quotes stands the query itself, unless TOML had to escape something.
    let plain = quoted.len() == query.value.len() + 2
        && text.get(quoted.start + 1..quoted.end - 1) == Some(query.value.as_str());
    let place = |label: &crate::diagnostic::Label| {
        if label.span.source.name != "query" {
            return label.clone();
        }
        let range = match plain {
            true => {
                quoted.start + 1 + label.span.range.start..quoted.start + 1 + label.span.range.end
            }
            false => quoted.clone(),
        };
        let span = Span { range, ..query.span.clone() };
        crate::diagnostic::Label { span, text: label.text.clone() }
    };
    let mut labels: Vec<_> = problem.labels.iter().map(place).collect();
    if labels.is_empty() {
        labels.push(crate::diagnostic::Label {
            span: query.span.clone(),
            text: "this query".to_owned(),
        });
    }
    Box::new(Diagnostic { labels, ..problem })
}
