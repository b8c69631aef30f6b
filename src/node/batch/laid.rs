//! A batch that was laid out: what its axes are, and where on them each of its cells lies.
//!
//! Kept beside the nodes and in none of them, since no bytes depend on it.

use super::cells::{Cells, name_of};

/// A batch all of whose cells were added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Laid {
    pub name: String,
    /// As the Memefile calls them, the rows of its table last.
    pub axes: Vec<&'static str>,
    /// Of each axis, those that only single cells have behind the others.
    pub values: Vec<Vec<Box<str>>>,
    /// For each cell the number of its value on each axis, one after the other.
    numbers: Vec<u32>,
}

impl Laid {
    /// A batch without cells so far.
    pub(super) fn new(name: &str, cells: &Cells) -> Self {
        let (axes, values) = (cells.axes(), cells.all_values());
        Self { name: name.to_owned(), axes, values, numbers: Vec::new() }
    }

    /// Adds a cell by its values.
    pub(super) fn add(&mut self, values: &[&str]) {
        for (known, value) in self.values.iter_mut().zip(values) {
            let number = known.iter().position(|known| **known == **value).unwrap_or_else(|| {
                known.push((*value).into());
                known.len() - 1
            });
            // There are far fewer cells than that.
            self.numbers.push(u32::try_from(number).unwrap_or(u32::MAX));
        }
    }

    /// Adds a cell by the numbers of its values.
    pub(super) fn add_numbered(&mut self, numbers: &[usize]) {
        self.numbers.extend(numbers.iter().map(|n| u32::try_from(*n).unwrap_or(u32::MAX)));
    }

    /// What the renders of each cell are called, without a profile, and the cell's value on each axis.
    pub fn cells(&self) -> impl Iterator<Item = (String, Vec<&str>)> {
        // A batch without axes has no cells that differ in anything.
        self.numbers.chunks(self.axes.len().max(1)).map(|numbers| {
            let values = self.values.iter().zip(numbers);
            let values: Vec<&str> = values.map(|(all, n)| &*all[*n as usize]).collect();
            (name_of(&self.name, &values), values)
        })
    }
}
