//! Where a page ended: the key of its last hit, and which query it belongs to.

use crate::contract::asset::AssetId;
use crate::contract::search::{AssetName, Order, Query};
use crate::diagnostic::Diagnostic;

/// The place of a hit in the order: a number of which less comes first, then kind and id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub rank: u64,
    pub name: AssetName,
}

/// A key, valid for one query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub after: Key,
}

impl Cursor {
    /// `KIND.ID.RANK.QUERY`, the last two hexadecimal.
    pub fn write(after: &Key, query: &Query) -> String {
        let AssetName { kind, id } = &after.name;
        format!("{kind}.{id}.{:x}.{}", after.rank, digest(query))
    }

    /// # Errors
    /// `bad-cursor`: it is none, or one of another query.
    pub fn read(text: &str, query: &Query) -> Result<Self, Box<Diagnostic>> {
        let wrong = |why: &str| {
            let problem = Diagnostic::usage("bad-cursor", format!("the cursor {why}"));
            Box::new(problem.hint("take it from `next` of the page before, and ask the same query"))
        };
        let parts: Vec<&str> = text.split('.').collect();
        let [kind, id, rank, own] = parts.as_slice() else { return Err(wrong("is damaged")) };
        let kind = kind.parse().map_err(|()| wrong("is damaged"))?;
        let id = AssetId::try_from((*id).to_owned()).map_err(|_| wrong("is damaged"))?;
        let rank = u64::from_str_radix(rank, 16).map_err(|_| wrong("is damaged"))?;
        if *own != digest(query) {
            return Err(wrong("belongs to another query"));
        }
        Ok(Self { after: Key { rank, name: AssetName { kind, id } } })
    }
}

/// Of all that decides which hits there are and in which order.
fn digest(query: &Query) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("memebuild search cursor v1");
    let kind = query.kind.map_or("", |kind| kind.as_str());
    let seed = match query.order {
        Order::Sample { seed } => seed,
        Order::Best | Order::Id | Order::Hybrid => 0,
    };
    let order = match query.order {
        Order::Best => 0u8,
        Order::Id => 1,
        Order::Sample { .. } => 2,
        Order::Hybrid => 3,
    };
    let duplicates = query.duplicates.map_or(0u8, |duplicates| 1 + duplicates as u8);
    for text in [query.text.as_str(), kind] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(&[order, duplicates]);
    hasher.update(&seed.to_le_bytes());
    let mut excluded: Vec<String> = query.exclude.iter().map(AssetName::to_string).collect();
    excluded.sort();
    for name in excluded {
        hasher.update(name.as_bytes()).update(b"\n");
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
