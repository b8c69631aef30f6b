//! The queries of a Memefile: which of the declared assets they mean.
//!
//! The project's own assets are searched from their declarations, so that what names, tags and
//! rights decide is decided before anything is ingested. Of assets that a query could mean and of
//! which only ingest can tell, the metadata are asked for, which makes them
//! [pending](Expansion::pending) where they are not there yet. A provider elsewhere is asked as
//! anyone asks it.

use super::assets::AssetEntry;
use super::catalogue::Catalogue;
use super::declare::batch::Role;
use super::declare::composite::Composite;
use super::declare::provider::Declared;
use super::expansion::Expansion;
use crate::contract::asset::{AssetId, AssetKind};
use crate::contract::search::{AssetName, Duplicates, MOST_HITS, Order, Page, Query};
use crate::diagnostic::{Diagnostic, Span};
use crate::memefile::At;
use crate::provider::Provider;
use crate::provider::answer::{answer, sift};
use crate::provider::index::Index;
use crate::provider::meaning::Meaning;
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
        let opened = match settings.is_remote() && expansion.is_offline() {
            true => Err(settings.offline()),
            // Queries of a Memefile are ordered by words: what they pick changes with no model.
            false => settings.open(expansion.root(), &Meaning::default()),
        };
        match opened {
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
    with_searcher(catalogue, expansion, |searcher, expansion| {
        search(kind, query, searcher, expansion)
    })
}

/// Does something with the provider that the Memefile declares, opened by the first who needs it.
fn with_searcher<T>(
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
    work: impl FnOnce(&Searcher, &mut Expansion<'_>) -> T,
) -> T {
    let searcher = match expansion.searcher.take() {
        Some(searcher) => searcher,
        None => Searcher::open(catalogue, expansion),
    };
    let done = work(&searcher, expansion);
    expansion.searcher = Some(searcher);
    done
}

/// A composite with the ids that its queries pick; the parts of `replaced` roles are left alone.
/// None where some are known only once what is [pending](Expansion::pending) is ingested.
///
/// # Errors
/// Mistakes of a query, or one that nothing matches.
pub fn picked(
    composite: &Composite,
    replaced: &[Role],
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) -> Result<Option<Composite>, Box<Diagnostic>> {
    let mut composite = composite.clone();
    let mut waits = false;
    let mut replaced = replaced.to_vec();
    for (kind, id, query) in composite.parts() {
        // A role means the first part of its kind; a watermark, which comes last, is none.
        let role = replaced.iter().position(|role| role.kind() == kind);
        let own = role.map(|at| replaced.swap_remove(at));
        let (Some(query), None) = (query, own) else { continue };
        let pick = with_searcher(catalogue, expansion, |searcher, expansion| {
            best(kind, query, searcher, expansion)
        })?;
        match pick {
            Some(best) => id.value = best.as_str().to_owned(),
            None => waits = true,
        }
    }
    Ok((!waits).then_some(composite))
}

/// The best asset that a query means; none where it is not known yet.
fn best(
    kind: AssetKind,
    query: &At<String>,
    searcher: &Searcher,
    expansion: &mut Expansion<'_>,
) -> Result<Option<AssetId>, Box<Diagnostic>> {
    let ask = Query { order: Order::Best, limit: 1, ..asked(kind, &query.value) };
    let first = |page: Page| page.hits.into_iter().next().map(|hit| hit.id);
    let found = match searcher {
        Searcher::Closed => return Ok(None),
        Searcher::Elsewhere(provider) => {
            let id = provider.search(&ask).map(first).map_err(|problem| placed(*problem, query))?;
            match &id {
                Some(id) if expansion.assets.get(kind, id.as_str()).is_none() => {
                    return Err(strange(kind, id, provider.as_ref(), query));
                }
                _ => id,
            }
        }
        Searcher::Own => {
            let found = own_best(kind, &ask, expansion).map_err(|e| placed(*e, query))?;
            let Some(page) = found else { return Ok(None) };
            first(page)
        }
    };
    found.map(Some).ok_or_else(|| {
        let what = format!("no {kind} matches `{}`", query.value.escape_debug());
        let problem = Diagnostic::usage("nothing-found", what).label(&query.span, "picks nothing");
        Box::new(problem.hint("`memebuild search --explain=KIND/ID` tells what removes an asset"))
    })
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

/// A question about the declared assets; what it names is looked up among them.
fn question(query: &Query, expansion: &mut Expansion<'_>) -> Result<Question, Box<Diagnostic>> {
    let expansion = std::cell::RefCell::new(expansion);
    let target = |name: &AssetName| {
        let mut expansion = expansion.borrow_mut();
        let node = match expansion.assets.get(name.kind, name.id.as_str()) {
            None => return Ok(Target::Unknown),
            Some(entry) => entry.node_name(),
        };
        Ok(match expansion.metadata(&node).map(|asset| asset.fingerprint) {
            Some(Some(fingerprint)) => Target::Known(fingerprint),
            _ if expansion.pending.contains(&node) => Target::Waiting,
            _ => Target::Bare,
        })
    };
    Question::new(query, &Meaning::default(), target)
}

fn own(
    kind: AssetKind,
    text: &str,
    expansion: &mut Expansion<'_>,
) -> Result<Meant, Box<Diagnostic>> {
    let question = question(&asked(kind, text), expansion)?;
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

/// The best of the project's own assets, where it is known which that is.
fn own_best(
    kind: AssetKind,
    ask: &Query,
    expansion: &mut Expansion<'_>,
) -> Result<Option<Page>, Box<Diagnostic>> {
    let meant = own(kind, &ask.text, expansion)?;
    let declared = |id: &AssetId| {
        let entry = expansion.assets.get(kind, id.as_str())?;
        let (tags, provenance) = (entry.tags.clone(), entry.provenance.clone());
        Some(Record::declared(kind, id.clone(), tags, provenance))
    };
    let mut records: Vec<Record> = Vec::new();
    if meant.ids.len() == 1 && !meant.waits {
        // The only one there is needs no comparing.
        records.extend(meant.ids.iter().filter_map(declared));
        let exact = Query { text: String::new(), ..ask.clone() };
        let question = Question::new(&exact, &Meaning::default(), |_| Ok(Target::Unknown))?;
        return Ok(Some(answer(&Index::new(records), &question)));
    }
    let mut waits = meant.waits;
    for id in &meant.ids {
        let node = super::assets::node_name(kind, id);
        match expansion.metadata(&node) {
            Some(asset) => records.push(Record::of(&asset)),
            None => waits |= expansion.pending.contains(&node),
        }
    }
    if waits {
        return Ok(None);
    }
    let question = question(ask, expansion)?;
    Ok(Some(answer(&Index::new(records), &question)))
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
                return Err(strange(kind, &hit.id, provider, query));
            }
            ids.insert(hit.id);
        }
        match page.next {
            Some(next) if asked.cursor.as_ref() != Some(&next) => asked.cursor = Some(next),
            _ => return Ok(Meant { ids, waits: false }),
        }
    }
}

/// A provider elsewhere knows more than the Memefile.
fn strange(
    kind: AssetKind,
    id: &AssetId,
    provider: &dyn Provider,
    query: &At<String>,
) -> Box<Diagnostic> {
    let what = format!("{} finds {kind} `{id}`, which no source has", provider.describe());
    let problem = Diagnostic::usage("unknown-reference", what)
        .label(&query.span, "this query finds it")
        .hint("declare a source for it, or bring the provider up to date");
    Box::new(problem)
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
