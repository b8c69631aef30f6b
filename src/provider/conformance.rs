//! The one suite that every provider has to pass, ours or not, on whatever assets it holds.
//!
//! It knows a provider by its trait alone. It lists all assets, fetches each, and from then on knows
//! what the answer to any query has to be: searching a manifest in memory defines it. Queries are
//! drawn from the assets' own words, tags and numbers.

mod draw;
mod hybrid;

use super::Provider;
use super::manifest::ManifestProvider;
use super::meaning::{Meaning, Model};
use crate::contract::asset::{AssetKind, Manifest};
use crate::contract::search::{AssetName, Duplicates, Hit, MOST_HITS, Order, Page, Query};
use crate::diagnostic::Diagnostic;
use draw::Draw;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most assets that are fetched; of more, the first by id are what is compared.
const MOST_ASSETS: usize = 5000;

/// Whether a rule holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub rule: &'static str,
    /// How many queries were asked for it.
    pub asked: usize,
    /// What came instead, of the first that broke it.
    pub broken: Option<String>,
}

/// Checks a provider with so many queries drawn from a seed; with the model that it has, its order by
/// meaning too.
///
/// # Errors
/// What the provider says where it cannot even list its assets.
pub fn check(
    provider: &dyn Provider,
    model: Option<Arc<Model>>,
    queries: usize,
    seed: u64,
) -> Result<Vec<Outcome>, Box<Diagnostic>> {
    let listed = all(provider, &by_id(""))?;
    let mut manifest = Manifest::default();
    for hit in listed.iter().take(MOST_ASSETS) {
        manifest.assets.extend(provider.get_asset_by_id(&hit.name())?);
    }
    manifest.assets.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    let mut suite = Suite {
        provider,
        complete: listed.len() == manifest.assets.len(),
        reference: ManifestProvider::new("reference", manifest)
            .with_meaning(model.clone().map_or_else(Meaning::default, Meaning::of)),
        model,
        outcomes: Vec::new(),
        queries,
        seed,
    };
    suite.assets(&listed);
    suite.answers();
    suite.pages();
    suite.meanings();
    suite.samples();
    suite.copies();
    suite.exclusions();
    suite.kinds();
    suite.facets();
    suite.explanations();
    suite.mistakes();
    Ok(suite.outcomes)
}

/// Every asset that matches, by id, copies too.
fn by_id(text: &str) -> Query {
    Query {
        order: Order::Id,
        duplicates: Some(Duplicates::Keep),
        limit: MOST_HITS,
        ..Query::text(text)
    }
}

/// The hits of all pages.
fn all(provider: &dyn Provider, query: &Query) -> Result<Vec<Hit>, Box<Diagnostic>> {
    let mut query = query.clone();
    let mut hits = Vec::new();
    loop {
        let page = provider.search(&query)?;
        hits.extend(page.hits);
        match page.next {
            // A provider whose cursors do not move on would never end.
            Some(next) if query.cursor.as_ref() != Some(&next) => query.cursor = Some(next),
            _ => return Ok(hits),
        }
    }
}

struct Suite<'p> {
    provider: &'p dyn Provider,
    /// Whether the reference has all that the provider has.
    complete: bool,
    model: Option<Arc<Model>>,
    reference: ManifestProvider,
    outcomes: Vec<Outcome>,
    queries: usize,
    seed: u64,
}

/// Why a rule is broken.
type Broken = String;

impl Suite<'_> {
    /// Tries a rule on as many queries as are drawn.
    fn rule(
        &mut self,
        rule: &'static str,
        count: usize,
        mut holds: impl FnMut(&Self, &mut Draw<'_>) -> Result<(), Broken>,
    ) {
        let mut draw = Draw::new(self.reference.manifest(), self.seed);
        let mut outcome = Outcome { rule, asked: 0, broken: None };
        for _ in 0..count {
            outcome.asked += 1;
            if let Err(why) = holds(self, &mut draw) {
                outcome.broken = Some(why);
                break;
            }
        }
        self.outcomes.push(outcome);
    }

    fn ask(&self, query: &Query) -> Result<Page, Broken> {
        self.provider.search(query).map_err(|e| format!("`{}`: {e}", query.text))
    }

    fn assets(&mut self, listed: &[Hit]) {
        self.rule("every hit is an asset that can be had, and nothing else can", 1, |suite, _| {
            for hit in listed.iter().take(MOST_ASSETS) {
                let name = hit.name();
                let asset = suite.provider.get_asset_by_id(&name).map_err(|e| e.to_string())?;
                let asset = asset.ok_or_else(|| format!("`{name}` is listed and is not there"))?;
                let same = asset.kind == hit.kind
                    && asset.id == hit.id
                    && asset.tags == hit.tags
                    && asset.quality.score == hit.quality;
                if !same {
                    return Err(format!("`{name}` is not what its hit says"));
                }
            }
            let odd = AssetName {
                kind: AssetKind::Music,
                id: "zz-there-is-none-of-this-name".to_owned().try_into()?,
            };
            match suite.provider.get_asset_by_id(&odd) {
                Ok(None) => Ok(()),
                Ok(Some(_)) => Err(format!("there is an asset `{odd}`")),
                Err(e) => Err(format!("`{odd}` is not missing but: {e}")),
            }
        });
    }

    fn answers(&mut self) {
        if !self.complete {
            return;
        }
        self.rule(
            "hits, scores and order are those of the definition",
            self.queries,
            |suite, draw| {
                let query = Query { duplicates: Some(Duplicates::Keep), ..draw.query() };
                let expected =
                    suite.reference.search(&query).map_err(|e| format!("`{}`: {e}", query.text))?;
                let found = suite.ask(&query)?;
                let names = |page: &Page| -> Vec<(String, u64)> {
                    page.hits.iter().map(|hit| (hit.name().to_string(), hit.score)).collect()
                };
                if found.total != expected.total || names(&found) != names(&expected) {
                    return Err(format!(
                        "{}: expected {} {:?}, found {} {:?}",
                        described(&query),
                        expected.total,
                        names(&expected),
                        found.total,
                        names(&found)
                    ));
                }
                Ok(())
            },
        );
    }

    fn pages(&mut self) {
        self.rule(
            "pages side by side are the whole, and a cursor serves its query alone",
            20,
            |suite, draw| {
                let query = Query { limit: MOST_HITS, ..draw.query() };
                let whole = suite.ask(&query)?;
                let small = Query {
                    limit: 1 + u32::try_from(whole.hits.len() / 4).unwrap_or(0),
                    ..query.clone()
                };
                let parts = all(suite.provider, &small)
                    .map_err(|e| format!("{}: {e}", described(&small)))?;
                let same = whole.hits.iter().zip(&parts).all(|(a, b)| a.name() == b.name());
                if whole.next.is_none() && (parts.len() != whole.hits.len() || !same) {
                    return Err(format!("{}: pages differ from the whole", described(&small)));
                }
                if let Some(next) = suite.ask(&small)?.next {
                    let other = Query {
                        cursor: Some(next),
                        ..Query::text(format!("{} -zzzz", query.text))
                    };
                    refused(suite.provider, &other, "bad-cursor")?;
                }
                Ok(())
            },
        );
    }

    fn samples(&mut self) {
        self.rule("a sample is the same again, another with another seed", 20, |suite, draw| {
            let query = Query { limit: 30, ..Query::text("") };
            let sample =
                |seed| suite.ask(&Query { order: Order::Sample { seed }, ..query.clone() });
            let seed = draw.number(1 << 40);
            let (first, again, other) = (sample(seed)?, sample(seed)?, sample(seed + 1)?);
            if first.hits != again.hits {
                return Err(format!("seed {seed} drew twice, differently"));
            }
            if first.total > 10 && first.hits == other.hits {
                return Err(format!("seeds {seed} and {} drew the same", seed + 1));
            }
            Ok(())
        });
    }

    fn copies(&mut self) {
        self.rule(
            "collapsing leaves some of what was found, and counts the rest",
            30,
            |suite, draw| {
                let text = draw.query().text;
                let ask = |duplicates| {
                    let query = Query {
                        duplicates: Some(duplicates),
                        kind: Some(AssetKind::GreenScreen),
                        ..by_id(&text)
                    };
                    all(suite.provider, &query).map_err(|e| format!("`{text}`: {e}"))
                };
                let (kept, collapsed) = (ask(Duplicates::Keep)?, ask(Duplicates::Collapse)?);
                let names: BTreeSet<AssetName> = kept.iter().map(Hit::name).collect();
                let copies: usize = collapsed.iter().map(|hit| hit.copies as usize).sum();
                if !collapsed.iter().all(|hit| names.contains(&hit.name()))
                    || collapsed.len() + copies != kept.len()
                {
                    return Err(format!(
                        "`{text}`: {} kept, {} collapsed and {copies} copies",
                        kept.len(),
                        collapsed.len()
                    ));
                }
                Ok(())
            },
        );
    }

    fn exclusions(&mut self) {
        self.rule("what is excluded is missing, and nothing else", 30, |suite, draw| {
            let query = Query { duplicates: Some(Duplicates::Keep), limit: 50, ..draw.query() };
            let before = suite.ask(&query)?;
            let Some(first) = before.hits.first() else { return Ok(()) };
            let after = suite.ask(&Query { exclude: vec![first.name()], ..query.clone() })?;
            let moved =
                before.hits.iter().skip(1).zip(&after.hits).all(|(a, b)| a.name() == b.name());
            if after.total + 1 != before.total || !moved {
                return Err(format!(
                    "{}: without {} there are {}",
                    described(&query),
                    first.name(),
                    after.total
                ));
            }
            Ok(())
        });
    }

    fn kinds(&mut self) {
        self.rule(
            "each kind has a search of its own, and a negation finds the rest",
            30,
            |suite, draw| {
                let query = Query { duplicates: Some(Duplicates::Keep), limit: 50, ..draw.query() };
                let provider = suite.provider;
                let own = [
                    provider.search_green_screens(&query),
                    provider.search_backgrounds(&query),
                    provider.search_music(&query),
                    provider.search_sound_effects(&query),
                ];
                for (page, kind) in own.into_iter().zip(AssetKind::ALL) {
                    let page = page.map_err(|e| format!("`{}`: {e}", query.text))?;
                    if page.hits.iter().any(|hit| hit.kind != kind) {
                        return Err(format!(
                            "`{}`: a search for a {kind} finds others",
                            query.text
                        ));
                    }
                }
                let count = |text: String| {
                    suite
                        .ask(&Query { kind: None, limit: 1, ..by_id(&text) })
                        .map(|page| page.total)
                };
                let text = if query.text.is_empty() { "a" } else { &query.text };
                let (with, without) = (count(text.to_owned())?, count(format!("-({text})"))?);
                let every = count(String::new())?;
                if with + without != every {
                    return Err(format!("`{text}`: {with} match, {without} do not, of {every}"));
                }
                Ok(())
            },
        );
    }

    fn facets(&mut self) {
        self.rule("facets count what was found", 20, |suite, draw| {
            let query = Query { facets: true, ..draw.query() };
            let page = suite.ask(&query)?;
            let kinds = page.facets.iter().find(|facet| facet.of == "kind");
            let sum: u64 =
                kinds.iter().flat_map(|facet| &facet.values).map(|value| value.count).sum();
            if sum != page.total {
                return Err(format!("{}: {} found, {sum} counted", described(&query), page.total));
            }
            Ok(())
        });
    }

    fn explanations(&mut self) {
        self.rule("an explanation ends at what was found", 20, |suite, draw| {
            let asked = draw.name();
            let query = Query {
                explain: true,
                explain_asset: asked.clone(),
                limit: MOST_HITS,
                ..draw.query()
            };
            let page = suite.ask(&query)?;
            let Some(explain) = &page.explain else {
                return Err(format!("{}: none", described(&query)));
            };
            let left = explain.steps.last().map_or(explain.assets, |step| step.left);
            if left != page.total {
                return Err(format!("{}: {} found, {left} left", described(&query), page.total));
            }
            let (Some(asked), Some(fate)) = (asked, &explain.asset) else { return Ok(()) };
            let is_hit = page.hits.iter().any(|hit| hit.name() == asked);
            if page.next.is_none() && is_hit == fate.removed_by.is_some() {
                return Err(format!("{}: the fate of {asked} is not told", described(&query)));
            }
            Ok(())
        });
    }

    fn mistakes(&mut self) {
        self.rule("mistakes are refused by name", 1, |suite, _| {
            for text in ["(rain", "rain OR", "durtion:2s", "quality:high", "\"rain"] {
                refused(suite.provider, &Query::text(text), "bad-query")?;
            }
            refused(suite.provider, &Query { limit: 0, ..Query::text("") }, "bad-query")?;
            refused(
                suite.provider,
                &Query { cursor: Some("x".to_owned()), ..Query::text("") },
                "bad-cursor",
            )?;
            let like = Query::text("similar:music/zz-there-is-none-of-this-name");
            refused(suite.provider, &like, "unknown-asset")
        });
    }
}

fn described(query: &Query) -> String {
    let kind = query.kind.map_or(String::new(), |kind| format!("{kind} "));
    format!("{kind}`{}` ({:?})", query.text, query.order)
}

fn refused(provider: &dyn Provider, query: &Query, code: &str) -> Result<(), Broken> {
    match provider.search(query) {
        Ok(_) => Err(format!("`{}` is answered, not refused with {code}", query.text)),
        Err(e) if e.code == code => Ok(()),
        Err(e) => {
            Err(format!("`{}` is refused with {} ({e}), not with {code}", query.text, e.code))
        }
    }
}
