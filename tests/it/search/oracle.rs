//! The definition of a search, as plainly as it can be written: every asset looked at, nothing
//! looked up. Shares with the real thing the parser of queries and what cuts text into tokens.

use memebuild::contract::asset::{AssetId, AssetKind, Manifest, SeedAsset};
use memebuild::contract::fingerprint::distance;
use memebuild::contract::search::{AssetName, Duplicates, Order, Query};
use memebuild::provider::hybrid::{LEAST, NEAREST};
use memebuild::provider::meaning::{Model, Vector, thousandths};
use memebuild::provider::query::{Filter, Flag, Leaf, Number, Phrase, Property, Term, parse};
use memebuild::provider::record::Record;
use memebuild::provider::tokens::{folded, tokens};
use std::collections::{BTreeMap, BTreeSet};

/// All that matches, in order: name and score.
pub fn search(manifest: &Manifest, query: &Query) -> Vec<(AssetName, u64)> {
    let term = parse(&query.text).expect("a query that parses");
    let mut found: Vec<&SeedAsset> = manifest
        .assets
        .iter()
        .filter(|asset| query.kind.is_none_or(|kind| asset.kind == kind))
        .filter(|asset| holds(&term, asset, manifest, query))
        .filter(|asset| !query.exclude.contains(&name(asset)))
        .collect();
    let mut likeness = false;
    term.leaves(&mut |leaf, positive| likeness |= positive && matches!(leaf, Leaf::Similar(_)));
    let collapse = query.duplicates.map_or(!likeness, |d| d == Duplicates::Collapse);
    if collapse {
        keep_best(&mut found, manifest);
    }
    let mut ranked: Vec<(u64, AssetName, u64)> = found
        .into_iter()
        .map(|asset| {
            let score = score(&term, asset, manifest, query);
            let rank = match query.order {
                Order::Best => u64::MAX - score,
                Order::Id => 0,
                Order::Hybrid => unreachable!("see `hybrid`"),
                Order::Sample { seed } => memebuild::provider::answer::drawn(seed, &name(asset)),
            };
            (rank, name(asset), score)
        })
        .collect();
    ranked.sort();
    ranked.into_iter().map(|(_, name, score)| (name, score)).collect()
}

/// Leaves the best of those that show or play the same thing.
fn keep_best(found: &mut Vec<&SeedAsset>, manifest: &Manifest) {
    let group = |asset: &SeedAsset| {
        let of = manifest.duplicates.iter().filter(|group| group.kind == asset.kind);
        let all = of.map(|group| (group.best.clone(), &group.others));
        all.into_iter()
            .find(|(best, others)| *best == asset.id || others.contains(&asset.id))
            .map(|(best, _)| best)
    };
    let mut best: BTreeMap<(AssetKind, AssetId), (u32, std::cmp::Reverse<AssetId>)> =
        BTreeMap::new();
    for asset in found.iter() {
        let Some(group) = group(asset) else { continue };
        let own = (asset.quality.score, std::cmp::Reverse(asset.id.clone()));
        let known = best.entry((asset.kind, group)).or_insert_with(|| own.clone());
        *known = known.clone().max(own);
    }
    found.retain(|asset| {
        group(asset).is_none_or(|group| best[&(asset.kind, group)].1.0 == asset.id)
    });
}

/// What each asset means, where that is known.
pub fn vectors(manifest: &Manifest, model: &Model) -> BTreeMap<AssetName, Vector> {
    let vector = |asset| Some((name(asset), model.of(&Record::of(asset))?));
    manifest.assets.iter().filter_map(vector).collect()
}

/// All that words and meaning find, in order: name and what its places are worth.
pub fn hybrid(
    manifest: &Manifest,
    query: &Query,
    model: &Model,
    vectors: &BTreeMap<AssetName, Vector>,
) -> Vec<(AssetName, u64)> {
    let term = parse(&query.text).expect("a query that parses");
    let (mut words, mut likeness) = (BTreeSet::new(), false);
    term.leaves(&mut |leaf, positive| match leaf {
        Leaf::Words(phrase) if positive => words.extend(phrase.tokens.iter().map(String::as_str)),
        Leaf::Similar(_) => likeness |= positive,
        _ => {}
    });
    words.retain(|word| !word.chars().any(char::is_numeric));
    let wanted = model.meaning(words);
    let is_wish =
        |term: &Term| matches!(&term.filter, Filter::Leaf(Leaf::Words(phrase)) if phrase.prefix);
    let left = manifest.assets.iter().filter(|asset| {
        query.kind.is_none_or(|kind| asset.kind == kind)
            && !query.exclude.contains(&name(asset))
            && term.parts().iter().all(|t| is_wish(t) || holds(t, asset, manifest, query))
    });
    let left: Vec<&SeedAsset> = left.collect();
    let mut near: Vec<(i32, AssetName)> = Vec::new();
    for asset in &left {
        let own = vectors.get(&name(asset));
        let (Some(wanted), Some(own)) = (&wanted, own) else { continue };
        let product: i32 = wanted
            .numbers()
            .iter()
            .zip(own.numbers())
            .map(|(a, b)| i32::from(*a) * i32::from(*b))
            .sum();
        if thousandths(product, model.width()) >= LEAST {
            near.push((-product, name(asset)));
        }
    }
    near.sort();
    near.truncate(NEAREST);
    let nearest: BTreeSet<AssetName> = near.iter().map(|(_, name)| name.clone()).collect();
    let is_near = |asset: &SeedAsset| nearest.contains(&name(asset));
    let worded = |asset: &SeedAsset| holds(&term, asset, manifest, query);
    let mut found: Vec<&SeedAsset> =
        left.into_iter().filter(|asset| worded(asset) || is_near(asset)).collect();
    if query.duplicates.map_or(!likeness, |d| d == Duplicates::Collapse) {
        keep_best(&mut found, manifest);
    }
    let mut by_words: Vec<(u64, AssetName)> = found
        .iter()
        .filter(|asset| worded(asset))
        .map(|asset| (u64::MAX - score(&term, asset, manifest, query), name(asset)))
        .collect();
    by_words.sort();
    let names: BTreeSet<AssetName> = found.iter().map(|asset| name(asset)).collect();
    near.retain(|(_, name)| names.contains(name));
    let worth = |list: &[AssetName], own: &AssetName| {
        let place = list.iter().position(|name| name == own);
        place.map_or(0, |at| (1u64 << 40) / (61 + at as u64))
    };
    let by_words: Vec<AssetName> = by_words.into_iter().map(|(_, name)| name).collect();
    let by_meaning: Vec<AssetName> = near.into_iter().map(|(_, name)| name).collect();
    let mut ranked: Vec<(u64, AssetName)> = names
        .into_iter()
        .map(|own| (u64::MAX - worth(&by_words, &own) - worth(&by_meaning, &own), own))
        .collect();
    ranked.sort();
    ranked.into_iter().map(|(rank, name)| (name, u64::MAX - rank)).collect()
}

fn name(asset: &SeedAsset) -> AssetName {
    AssetName { kind: asset.kind, id: asset.id.clone() }
}

fn holds(term: &Term, asset: &SeedAsset, manifest: &Manifest, query: &Query) -> bool {
    match &term.filter {
        Filter::And(terms) => terms.iter().all(|term| holds(term, asset, manifest, query)),
        Filter::Or(terms) => terms.iter().any(|term| holds(term, asset, manifest, query)),
        Filter::Not(term) => !holds(term, asset, manifest, query),
        Filter::Leaf(leaf) => leaf_holds(leaf, asset, manifest, query),
    }
}

fn creators(asset: &SeedAsset) -> Vec<&str> {
    let tagged = asset.tags.iter().filter_map(|tag| tag.strip_prefix("creator:"));
    asset.provenance.creator.as_deref().into_iter().chain(tagged).collect()
}

fn leaf_holds(leaf: &Leaf, asset: &SeedAsset, manifest: &Manifest, query: &Query) -> bool {
    let from = &asset.provenance;
    let video = asset.facts.video.as_ref();
    let is = |text: &Option<String>, pattern: &memebuild::provider::query::Pattern| {
        text.as_ref().is_some_and(|text| pattern.matches(text))
    };
    match leaf {
        Leaf::Words(phrase) => worth(phrase, asset) > 0,
        Leaf::Creator(phrase) => creators(asset).iter().any(|text| has(phrase, text).is_some()),
        Leaf::Title(phrase) => from.title.as_ref().is_some_and(|text| has(phrase, text).is_some()),
        Leaf::Tag(pattern) => asset.tags.iter().any(|tag| pattern.matches(tag)),
        Leaf::Kind(kind) => asset.kind == *kind,
        Leaf::Id(pattern) => pattern.matches(asset.id.as_str()),
        Leaf::Platform(pattern) => is(&from.platform, pattern),
        Leaf::Post(pattern) => is(&from.post, pattern),
        Leaf::Url(pattern) => is(&from.source_url, pattern),
        Leaf::Licence(pattern) => from.licence.as_ref().is_some_and(|licence| {
            let text = licence.as_str();
            let names = text.split(|c: char| " ()".contains(c)).filter(|name| !name.is_empty());
            let mut names =
                names.filter(|name| !["and", "or", "with"].contains(&folded(name).as_str()));
            pattern.matches(text) || names.any(|name| pattern.matches(name))
        }),
        Leaf::Use(usage) => from.licence.as_ref().is_some_and(|own| usage.allowed_by(own.as_str())),
        Leaf::Unknown(property) => match property {
            Property::Creator => creators(asset).is_empty(),
            Property::Title => from.title.is_none(),
            Property::Platform => from.platform.is_none(),
            Property::Post => from.post.is_none(),
            Property::Url => from.source_url.is_none(),
            Property::Licence => from.licence.is_none(),
            Property::Expires => from.expires.is_none(),
            Property::Tag => asset.tags.is_empty(),
        },
        Leaf::Usable(day) => expires(asset).is_none_or(|last| last >= *day),
        Leaf::Number(number, bounds) => {
            let shown = video.map(|video| {
                let (num, den) = (
                    f64::from(video.sample_aspect_ratio.num),
                    f64::from(video.sample_aspect_ratio.den),
                );
                let wide = (f64::from(video.width) * num / den + 0.5).floor() as i64;
                let high = i64::from(video.height);
                if video.rotation % 180 == 90 { (high, wide) } else { (wide, high) }
            });
            let moving = video.filter(|video| !video.is_still());
            let value = match number {
                Number::Duration => {
                    (video.is_none() || moving.is_some()).then_some(asset.facts.duration_ms as i64)
                }
                Number::Width => shown.map(|(wide, _)| wide),
                Number::Height => shown.map(|(_, high)| high),
                Number::Side => shown.map(|(wide, high)| wide.min(high)),
                Number::Ratio => shown.map(|(wide, high)| (wide * 1000 + high / 2) / high),
                Number::Rate => moving.map(|video| {
                    i64::from(video.frame_rate.num) * 1000 / i64::from(video.frame_rate.den)
                }),
                Number::Bytes => Some(asset.digest.len as i64),
                Number::Quality => Some(i64::from(asset.quality.score)),
                Number::Expires => expires(asset),
            };
            value.is_some_and(|value| value >= bounds.min && value <= bounds.max)
        }
        Leaf::Part(part, bounds) => {
            let own = asset.quality.parts.iter().find(|(name, _)| name.to_lowercase() == *part);
            own.is_some_and(|(_, value)| (bounds.min..=bounds.max).contains(&i64::from(*value)))
        }
        Leaf::Flag(flag, wanted) => {
            let is = match flag {
                Flag::Sound => asset.facts.audio.is_some(),
                Flag::Still => video.is_some_and(|video| video.is_still()),
                Flag::Alpha => video.is_some_and(|video| video.alpha),
            };
            is == *wanted
        }
        Leaf::Similar(similar) => {
            bits(similar, asset, manifest, query).is_some_and(|bits| bits <= similar.distance)
        }
    }
}

fn bits(
    similar: &memebuild::provider::query::Similar,
    asset: &SeedAsset,
    manifest: &Manifest,
    query: &Query,
) -> Option<u32> {
    let kind = similar.kind.or(query.kind)?;
    let target = manifest.assets.iter().find(|a| a.kind == kind && a.id == similar.id)?;
    if asset.kind != kind {
        return None;
    }
    distance(target.fingerprint.as_ref()?, asset.fingerprint.as_ref()?)
}

fn expires(asset: &SeedAsset) -> Option<i64> {
    let day = asset.provenance.expires.as_ref()?;
    let mut parts = day.split('-').map(|part| part.parse::<i64>().expect("a number"));
    Some(parts.next()? * 10_000 + parts.next()? * 100 + parts.next()?)
}

/// Whether a text has a phrase: absent, as the beginning of something (`false`), or whole.
fn has(phrase: &Phrase, text: &str) -> Option<bool> {
    let own = tokens(text);
    let (last, rest) = phrase.tokens.split_last().expect("a phrase has a token");
    let mut best = None;
    for at in 0..own.len() {
        let Some(window) = own.get(at..at + phrase.tokens.len()) else { break };
        let (end, begin) = window.split_last().expect("as long as the phrase");
        if begin != rest {
            continue;
        }
        if end == last {
            best = Some(true);
        } else if phrase.prefix && end.starts_with(last.as_str()) {
            best = best.or(Some(false));
        }
    }
    best
}

fn worth(phrase: &Phrase, asset: &SeedAsset) -> u64 {
    let in_text = |text: &str, whole: u64, part: u64| match has(phrase, text) {
        None => 0,
        Some(true) => whole,
        Some(false) => part,
    };
    let mut best = in_text(asset.id.as_str(), 10, 6);
    for tag in &asset.tags {
        best = best.max(in_text(tag, 10, 6));
    }
    if let Some(title) = &asset.provenance.title {
        best = best.max(in_text(title, 8, 5));
    }
    for creator in creators(asset) {
        best = best.max(in_text(creator, 4, 2));
    }
    best
}

fn score(term: &Term, asset: &SeedAsset, manifest: &Manifest, query: &Query) -> u64 {
    let (mut sum, mut words, mut nearest) = (0, 0, None::<u32>);
    term.leaves(&mut |leaf, positive| match leaf {
        Leaf::Words(phrase) if positive => {
            sum += worth(phrase, asset);
            words += 1;
        }
        Leaf::Similar(similar) if positive => {
            let own = bits(similar, asset, manifest, query);
            nearest = [nearest, own].into_iter().flatten().min();
        }
        _ => {}
    });
    let relevance = (sum * 100u64).checked_div(words).unwrap_or(0);
    let closeness = nearest.map_or(0, |bits| 1000 - u64::from(bits).min(1000));
    (relevance + closeness) * 101 + u64::from(asset.quality.score)
}
