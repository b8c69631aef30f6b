//! Which cells of the batches are expanded: all of them, a window of them, or those whose rows
//! changed.

use super::prepared::Prepared;
use crate::media::caption::Library;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// What of a Memefile is expanded. Everything that is not a cell of a batch always is, and so are
/// the cells that commands name.
#[derive(Clone, Copy, Default)]
pub enum Scope<'a> {
    #[default]
    All,
    Window(&'a Windows),
    /// Cells whose rows are not as these tables had them.
    Rows(&'a [Table]),
}

/// What windows of one project share, so that each table is read once.
#[derive(Default)]
pub struct Windows {
    /// Combinations that are in, counted through all batches.
    pub(super) range: RefCell<Range<usize>>,
    pub(super) total: Cell<usize>,
    pub(super) batches: RefCell<BTreeMap<String, Rc<Prepared>>>,
    pub(crate) fonts: OnceCell<Arc<Library>>,
}

impl Windows {
    /// Has the next expansion take these combinations.
    pub fn move_to(&self, range: Range<usize>) {
        self.range.replace(range);
    }

    /// Combinations of all batches, as far as the last expansion found.
    pub fn total(&self) -> usize {
        self.total.get()
    }
}

/// What tells a row from any other: its fields, hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said([u8; 16]);

impl Said {
    pub(super) fn of<'f>(fields: impl Iterator<Item = &'f [u8]>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for field in fields {
            hasher.update(&(field.len() as u64).to_le_bytes());
            hasher.update(field);
        }
        let mut said = [0; 16];
        said.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(said)
    }
}

/// The table of a batch as it was read once: enough to tell which of its rows changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub batch: String,
    pub(super) header: Said,
    /// Name and digest, in the table's order.
    pub(super) rows: Vec<(Box<str>, Said)>,
}

/// What became of a table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Diff<'t> {
    /// Numbers of rows that are new or say something else.
    pub changed: HashSet<usize>,
    /// Names of rows that are gone.
    pub gone: Vec<&'t str>,
    /// Whether the names are the same, in the same order.
    pub same_names: bool,
}

impl Table {
    /// What `now` has that this had not. `None` where the columns are others.
    pub(super) fn diff<'t>(&'t self, now: &Self) -> Option<Diff<'t>> {
        if self.header != now.header {
            return None;
        }
        let (old, new) = (self.rows.as_slice(), now.rows.as_slice());
        let names = |rows: &'t [(Box<str>, Said)]| rows.iter().map(|(name, _)| name);
        let same_names =
            old.len() == new.len() && names(old).zip(&now.rows).all(|(name, (new, _))| name == new);
        // Most of a table is as it was: only what lies between is looked up.
        let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let (old, new) = (&old[head..], &new[head..]);
        let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
        let mut before: HashMap<&str, Said> =
            old.iter().map(|(name, said)| (&**name, *said)).collect();
        let is_new = |(_, (name, said)): &(usize, &(Box<str>, Said))| {
            before.remove(&**name).as_ref() != Some(said)
        };
        let changed = new.iter().enumerate().filter(is_new).map(|(at, _)| head + at).collect();
        let gone = old.iter().map(|(name, _)| &**name);
        Some(Diff {
            changed,
            gone: gone.filter(|name| before.contains_key(name)).collect(),
            same_names,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, &str)]) -> Table {
        let said = |text: &str| Said::of(std::iter::once(text.as_bytes()));
        Table {
            batch: "b".to_owned(),
            header: said("id,text"),
            rows: rows.iter().map(|(name, text)| ((*name).into(), said(text))).collect(),
        }
    }

    #[test]
    fn rows_that_come_go_change_or_move() {
        let old = table(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]);
        let diff = |rows: &[(&str, &str)]| {
            let now = table(rows);
            let Diff { changed, gone, same_names } = old.diff(&now).unwrap();
            let mut changed: Vec<usize> = changed.into_iter().collect();
            changed.sort_unstable();
            let gone: Vec<String> = gone.into_iter().map(str::to_owned).collect();
            (changed, gone, same_names)
        };
        let none: Vec<String> = Vec::new();
        let same = [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")];
        assert_eq!(diff(&same), (vec![], none.clone(), true));
        let edited = [("a", "1"), ("b", "2"), ("c", "three"), ("d", "4")];
        assert_eq!(diff(&edited), (vec![2], none.clone(), true));
        let moved = [("d", "4"), ("b", "2"), ("a", "1"), ("c", "3")];
        assert_eq!(diff(&moved), (vec![], none, false));
        let mixed = [("new", "0"), ("a", "1"), ("d", "4"), ("b", "two")];
        assert_eq!(diff(&mixed), (vec![0, 3], vec!["c".to_owned()], false));
        assert_eq!(diff(&[]), (vec![], ["a", "b", "c", "d"].map(str::to_owned).to_vec(), false));
    }

    #[test]
    fn another_header_is_another_table() {
        let now = Table { header: Said::of(std::iter::empty()), ..table(&[]) };
        assert_eq!(table(&[]).diff(&now), None);
    }
}
