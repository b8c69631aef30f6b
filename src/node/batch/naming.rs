//! Names for rows that have none of their own.

use crate::contract::slug::slug;
use std::collections::HashMap;

/// Longest name that is made of a row's text, in bytes.
const LONGEST: usize = 40;

/// Gives the rows without an id one of their text; a text that stands twice gets its digest behind
/// it, which is the same wherever the row stands.
#[derive(Debug, Default)]
pub(super) struct Naming {
    seen: usize,
    unnamed: Vec<Unnamed>,
}

#[derive(Debug)]
struct Unnamed {
    row: usize,
    slug: String,
    /// The first digits of its text's digest.
    digest: String,
}

impl Naming {
    /// The next row. `texts` are by caption; those left out are none.
    pub fn see(&mut self, named: bool, texts: impl FnOnce() -> Vec<(usize, Option<String>)>) {
        if !named {
            let said: Vec<String> = texts().into_iter().filter_map(|(_, text)| text).collect();
            let said = said.join("\n");
            let digest = blake3::hash(said.as_bytes()).to_hex()[..8].to_owned();
            self.unnamed.push(Unnamed { row: self.seen, slug: slug(&said, LONGEST), digest });
        }
        self.seen += 1;
    }

    /// Names those that need it.
    pub fn name<R>(self, rows: &mut [R], set: impl Fn(&mut R, String)) {
        let mut count: HashMap<&str, usize> = HashMap::new();
        for row in &self.unnamed {
            *count.entry(&row.slug).or_default() += 1;
        }
        for Unnamed { row, slug, digest } in &self.unnamed {
            let name = match (slug.is_empty(), count.get(slug.as_str())) {
                (true, _) => digest.clone(),
                (false, Some(1)) => slug.clone(),
                (false, _) => format!("{slug}-{digest}"),
            };
            set(&mut rows[*row], name);
        }
    }
}
