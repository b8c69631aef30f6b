//! The order by words and by meaning: with the provider's model at hand, what it has to be; without,
//! what can be seen from outside.

use super::{Broken, Suite, all, described};
use crate::contract::search::{AssetName, Duplicates, MOST_HITS, Order, Page, Query};
use crate::provider::Provider;

/// What tells two hits apart.
type Told = (AssetName, u64, Option<u32>);

fn told(page: &Page) -> Vec<Told> {
    page.hits.iter().map(|hit| (hit.name(), hit.score, hit.nearness)).collect()
}

impl Suite<'_> {
    pub(super) fn meanings(&mut self) {
        if self.model.is_some() && self.complete {
            self.defined();
        } else {
            self.coherent();
        }
    }

    fn defined(&mut self) {
        let rule = "words and meaning find and order what the definition does";
        self.rule(rule, self.queries.div_ceil(2), |suite, draw| {
            let query = Query { duplicates: Some(Duplicates::Keep), ..draw.hybrid() };
            let expected =
                suite.reference.search(&query).map_err(|e| format!("`{}`: {e}", query.text))?;
            let found = suite.ask(&query)?;
            if found.total != expected.total || told(&found) != told(&expected) {
                return Err(format!(
                    "{}: expected {} {:?}, found {} {:?}",
                    described(&query),
                    expected.total,
                    told(&expected),
                    found.total,
                    told(&found)
                ));
            }
            Ok(())
        });
    }

    fn coherent(&mut self) {
        let rule = "words and meaning order by score, or are refused for want of a model";
        self.rule(rule, 20, |suite, draw| {
            let query = Query { limit: 7, ..draw.hybrid() };
            match suite.provider.search(&query) {
                Err(e) if e.code == "no-model" => return Ok(()),
                Err(e) => return Err(format!("{}: {e}", described(&query))),
                Ok(_) => {}
            }
            let parts =
                all(suite.provider, &query).map_err(|e| format!("{}: {e}", described(&query)))?;
            let order = |hit: &crate::contract::search::Hit| {
                (u64::MAX - hit.score, hit.kind, hit.id.clone())
            };
            if !parts.windows(2).all(|pair| order(&pair[0]) < order(&pair[1])) {
                return Err(format!("{}: pages are not in order", described(&query)));
            }
            // Those that have the words are found in this order too.
            let worded = Query {
                order: Order::Id,
                limit: MOST_HITS,
                duplicates: Some(Duplicates::Keep),
                ..query.clone()
            };
            let kept = Query { duplicates: Some(Duplicates::Keep), ..query.clone() };
            let kept =
                all(suite.provider, &kept).map_err(|e| format!("{}: {e}", described(&query)))?;
            let names: Vec<AssetName> = kept.iter().map(|hit| hit.name()).collect();
            let worded = suite.ask(&worded)?;
            let lost = worded.hits.iter().find(|hit| !names.contains(&hit.name()));
            lost.map_or(Ok::<(), Broken>(()), |lost| {
                Err(format!("{}: {} has the words and is lost", described(&query), lost.name()))
            })
        });
    }
}
