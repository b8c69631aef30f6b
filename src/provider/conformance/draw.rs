//! Queries drawn from what some assets are.

use crate::contract::asset::{AssetKind, Manifest, SeedAsset};
use crate::contract::search::{AssetName, Order, Query};
use crate::provider::record::Record;
use crate::provider::tokens::tokens;

/// Draws queries; the same seed and assets draw the same.
pub struct Draw<'m> {
    manifest: &'m Manifest,
    state: u64,
}

impl<'m> Draw<'m> {
    pub fn new(manifest: &'m Manifest, seed: u64) -> Self {
        Self { manifest, state: seed }
    }

    /// Less than `limit` (SplitMix64).
    pub fn number(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }

    fn pick<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        let at = self.number(list.len() as u64);
        list.get(usize::try_from(at).unwrap_or(0))
    }

    fn asset(&mut self) -> Option<&'m SeedAsset> {
        let manifest = self.manifest;
        self.pick(&manifest.assets)
    }

    /// Some asset.
    pub fn name(&mut self) -> Option<AssetName> {
        self.asset().map(|asset| AssetName { kind: asset.kind, id: asset.id.clone() })
    }

    pub fn query(&mut self) -> Query {
        let deep = self.number(3);
        let kind = self.pick(&AssetKind::ALL).copied().filter(|_| self.number(2) == 0);
        let order = match self.number(6) {
            0 => Order::Id,
            1 => Order::Sample { seed: self.number(1000) },
            _ => Order::Best,
        };
        let limit = self.pick(&[1, 7, 100]).copied().unwrap_or(1);
        Query { kind, order, limit, ..Query::text(self.text(deep)) }
    }

    /// Words as they are or cut, and sometimes a condition beside them.
    pub fn hybrid(&mut self) -> Query {
        let mut parts = Vec::new();
        for _ in 0..1 + self.number(3) {
            let Some(asset) = self.asset() else { continue };
            let texts = asset.tags.iter().map(String::as_str).chain([asset.id.as_str()]);
            let words: Vec<String> = texts.flat_map(tokens).collect();
            let cut = if self.number(4) == 0 { 3 } else { usize::MAX };
            parts.extend(self.pick(&words).map(|word| word.chars().take(cut).collect()));
        }
        if self.number(3) == 0 {
            parts.push(self.condition());
        }
        let kind = self.pick(&AssetKind::ALL).copied().filter(|_| self.number(2) == 0);
        let limit = self.pick(&[1, 7, 300]).copied().unwrap_or(1);
        Query { kind, order: Order::Hybrid, limit, ..Query::text(parts.join(" ")) }
    }

    /// Conditions, joined, negated and nested.
    fn text(&mut self, deep: u64) -> String {
        if deep == 0 || self.number(3) == 0 {
            return self.condition();
        }
        let parts: Vec<String> = (0..2 + self.number(2))
            .map(|_| {
                let part = self.text(deep - 1);
                if self.number(4) == 0 { format!("-{part}") } else { part }
            })
            .collect();
        match self.number(3) {
            0 => format!("({})", parts.join(" OR ")),
            _ => format!("({})", parts.join(" ")),
        }
    }

    /// A condition that some asset satisfies, or nearly.
    fn condition(&mut self) -> String {
        let Some(asset) = self.asset() else { return "rain".to_owned() };
        let record = Record::of(asset);
        let Some(found) = &record.found else { return "rain".to_owned() };
        let from = &asset.provenance;
        let quoted = |text: &str| {
            let plain: String = text.chars().filter(|c| !matches!(c, '"' | '\\' | '*')).collect();
            format!("\"{plain}\"")
        };
        let word = |text: &str, cut: u64| {
            let all = tokens(text);
            let token = all.first()?;
            let kept: String = token.chars().take(1 + usize::try_from(cut).unwrap_or(0)).collect();
            Some(kept)
        };
        let cut = self.number(8);
        let usual = || "rain".to_owned();
        match self.number(16) {
            0..=2 => word(asset.id.as_str(), cut).unwrap_or_else(usual),
            3 => asset.tags.first().and_then(|tag| word(tag, cut)).unwrap_or_else(usual),
            4 => asset.tags.last().map_or_else(usual, |tag| format!("tag:{}", quoted(tag))),
            5 => from.title.as_ref().map_or_else(
                || "title:none".to_owned(),
                |title| match tokens(title).is_empty() {
                    true => "title:none".to_owned(),
                    false => format!("title:{}", quoted(title)),
                },
            ),
            6 => from.creator.as_ref().filter(|creator| !tokens(creator).is_empty()).map_or_else(
                || "creator:none".to_owned(),
                |creator| format!("creator:{}", quoted(creator)),
            ),
            7 => from.licence.as_ref().map_or_else(
                || "licence:none".to_owned(),
                |licence| format!("licence:{}", quoted(licence.as_str())),
            ),
            8 => format!("quality>={}", found.quality),
            9 => format!("duration:{}ms..{}ms", found.duration_ms / 2, found.duration_ms + 1000),
            10 => format!("width<={}", found.width.max(1)),
            11 if found.height > 0 => format!(
                "ratio:{}:{}",
                found.width.clamp(1, 100_000),
                found.height.clamp(1, 100_000)
            ),
            12 => format!("sound:{}", if found.sound { "yes" } else { "no" }),
            13 => found
                .parts
                .first_key_value()
                .map_or_else(usual, |(name, value)| format!("quality.{name}>={value}")),
            14 if asset.fingerprint.is_some() => {
                format!("similar:{}/{}~{}", asset.kind, asset.id, cut * 6)
            }
            15 => format!("bytes<={}", found.bytes),
            _ => format!("id:{}*", &asset.id.as_str()[..1]),
        }
    }
}
