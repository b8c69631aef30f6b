//! Stand-ins: documents made from a schema, and recipes for assets that are not there yet.
//!
//! What is made of a stand-in is tainted. The mark is where the asset comes from, which no render
//! reads, so that a mock and the real thing of the same content are the same to whoever renders it.

use super::asset::{AssetId, AssetKind};
use super::registry::Described;
use super::rights::{Licence, Provenance};
use super::sample::{Numbers, Sampler};
use super::schema::Side;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What made a stand-in, where provenance says what fetched an asset.
pub const TOOL: &str = "memebuild mock";

/// The tag that every stand-in has, so that searches can name or avoid them.
pub const TAG: &str = "mock";

/// Most assets that one mock stands for.
pub const MOST: u32 = 100_000;

/// How many random documents are tried until one satisfies what must hold across fields.
const TRIES: u64 = 2000;

/// How a stand-in is made: the same recipe gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recipe {
    pub kind: AssetKind,
    pub seed: u64,
    /// Zero for a picture.
    pub length_ms: u64,
}

impl Recipe {
    /// The recipe of one asset among others: another id is another asset, and no asset depends on
    /// how many there are.
    pub fn new(kind: AssetKind, id: &AssetId, seed: u64, length_ms: Option<u64>) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("memebuild mock v1");
        hasher.update(&seed.to_le_bytes());
        hasher.update(kind.as_str().as_bytes());
        hasher.update(b"/");
        hasher.update(id.as_str().as_bytes());
        let mut own = [0; 8];
        own.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        let length = match kind {
            AssetKind::GreenScreen => 4000,
            AssetKind::Background => 0,
            AssetKind::Music => 45_000,
            AssetKind::SoundEffect => 600,
        };
        let length_ms = if length == 0 { 0 } else { length_ms.unwrap_or(length) };
        Self { kind, seed: u64::from_le_bytes(own), length_ms }
    }

    /// The ending of its file.
    pub fn extension(&self) -> &'static str {
        match self.kind {
            AssetKind::GreenScreen => "mp4",
            AssetKind::Background => "jpg",
            AssetKind::Music => "m4a",
            AssetKind::SoundEffect => "wav",
        }
    }

    /// The media type of its file.
    pub fn media_type(&self) -> &'static str {
        match self.kind {
            AssetKind::GreenScreen => "video/mp4",
            AssetKind::Background => "image/jpeg",
            AssetKind::Music => "audio/mp4",
            AssetKind::SoundEffect => "audio/wav",
        }
    }
}

/// Ids for `count` assets of a kind: those that are named, and `mock-1`, `mock-2`, … for the rest.
pub fn ids(named: &[AssetId], count: u32) -> Vec<AssetId> {
    let mut ids: Vec<AssetId> = Vec::new();
    for id in named {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    let mut number = 0;
    while ids.len() < count as usize {
        number += 1;
        let id = AssetId::try_from(format!("mock-{number}")).expect("a slug");
        if !named.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Where a stand-in comes from. It is made of sums and belongs to nobody.
pub fn provenance() -> Provenance {
    Provenance {
        tool: Some(TOOL.to_owned()),
        licence: Licence::try_from("CC0-1.0".to_owned()).ok(),
        ..Provenance::default()
    }
}

impl Provenance {
    /// Whether this is a stand-in's.
    pub fn is_mock(&self) -> bool {
        self.tool.as_deref() == Some(TOOL)
    }
}

/// Documents of a contract, which its own parser accepts; fewer than `count` where its schema says
/// too little of what must hold across fields.
pub fn documents(contract: &Described, count: u32, seed: u64) -> Vec<Value> {
    let schema = contract.schema(Side::Producer);
    let accepted = |document: &Value| {
        contract.text(document).is_some_and(|text| contract.parse(text.as_bytes()).is_ok())
    };
    let mut made: Vec<Value> = Vec::new();
    let example = contract.examples().first().and_then(|text| contract.value(text.as_bytes()).ok());
    for attempt in 0..TRIES * u64::from(count) {
        if made.len() >= count as usize {
            break;
        }
        let mut numbers = Numbers::new(seed.wrapping_mul(1_000_003).wrapping_add(attempt));
        // Chance knows the form alone. A known document, varied, says something, and is found where
        // much must hold across fields.
        let document = match &example {
            Some(example) if attempt % 2 == 0 => Some(varied(example.clone(), &mut numbers)),
            _ => Sampler::new(&schema).random(&schema, &mut numbers),
        };
        let document = document.filter(accepted);
        made.extend(document.filter(|document| !made.contains(document)));
    }
    made
}

/// A document with some of its numbers, texts and switches changed.
fn varied(mut document: Value, numbers: &mut Numbers) -> Value {
    for _ in 0..=numbers.below(4) {
        let mut leaves = Vec::new();
        pointers(&document, String::new(), &mut leaves);
        let chosen = leaves.get(numbers.below(leaves.len())).cloned().unwrap_or_default();
        let Some(leaf) = document.pointer_mut(&chosen) else { continue };
        *leaf = match &*leaf {
            Value::Bool(on) => (!on).into(),
            Value::Number(number) => {
                let near = number.as_i64().unwrap_or(0).saturating_add(numbers.below(7) as i64 - 3);
                near.into()
            }
            Value::String(text) if text.contains(' ') => {
                format!("{text} {}", numbers.below(100)).into()
            }
            other => other.clone(),
        };
    }
    document
}

/// Pointers to all that is neither list nor object.
fn pointers(value: &Value, at: String, into: &mut Vec<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            pointers(value, format!("{at}/{name}"), into);
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| pointers(value, format!("{at}/{index}"), into)),
        _ => into.push(at),
    }
}
