//! Breaking a paragraph into lines.

use std::ops::Range;

/// What cannot be broken: a word with the space after it, in units of the font size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    pub width: f32,
    /// White space after it, which counts only where another item follows in its line.
    pub space: f32,
}

/// Most items whose lines are balanced; longer text is filled line by line.
const BALANCED_MAX: usize = 300;

/// Fills line after line; the fewest lines that are possible. `None` where an item alone is wider
/// than a line.
pub fn greedy(items: &[Item], width: f32) -> Option<Vec<Range<usize>>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut used = 0.0;
    for (n, item) in items.iter().enumerate() {
        if item.width > width {
            return None;
        }
        if n > start && used + item.width > width {
            lines.push(start..n);
            start = n;
            used = 0.0;
        }
        used += item.width + item.space;
    }
    if start < items.len() {
        lines.push(start..items.len());
    }
    Some(lines)
}

/// As many lines as [`greedy`] needs, of lengths as equal as can be: the least sum of squares of
/// what is missing to a full line.
pub fn balanced(items: &[Item], width: f32) -> Option<Vec<Range<usize>>> {
    let filled = greedy(items, width)?;
    if filled.len() < 2 || items.len() > BALANCED_MAX {
        return Some(filled);
    }
    let mut ends = vec![0.0; items.len() + 1];
    for (n, item) in items.iter().enumerate() {
        ends[n + 1] = ends[n] + item.width + item.space;
    }
    let length = |from: usize, to: usize| ends[to] - ends[from] - items[to - 1].space;
    // costs[n]: the least cost of setting the first n items in the lines counted so far.
    let mut costs = vec![f32::INFINITY; items.len() + 1];
    costs[0] = 0.0;
    let mut breaks: Vec<Vec<usize>> = Vec::new();
    for _ in &filled {
        let mut next = vec![f32::INFINITY; items.len() + 1];
        let mut from = vec![0; items.len() + 1];
        for to in 1..=items.len() {
            for start in (0..to).rev() {
                let used = length(start, to);
                if used > width {
                    break;
                }
                let missing = width - used;
                let cost = costs[start] + missing * missing;
                if cost < next[to] {
                    next[to] = cost;
                    from[to] = start;
                }
            }
        }
        costs = next;
        breaks.push(from);
    }
    if !costs[items.len()].is_finite() {
        return Some(filled);
    }
    let mut lines = Vec::new();
    let mut end = items.len();
    for from in breaks.iter().rev() {
        lines.push(from[end]..end);
        end = from[end];
    }
    lines.reverse();
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(widths: &[u32]) -> Vec<Item> {
        widths.iter().map(|w| Item { width: *w as f32, space: 1.0 }).collect()
    }

    #[test]
    fn lines_are_of_like_length_and_no_more_than_needed() {
        let words = items(&[4, 4, 4, 4, 2]);
        assert_eq!(greedy(&words, 19.0).unwrap(), [0..4, 4..5]);
        assert_eq!(balanced(&words, 19.0).unwrap(), [0..2, 2..5]);
        assert_eq!(balanced(&words, 100.0).unwrap().len(), 1);
        assert!(balanced(&[], 10.0).unwrap().is_empty());
    }

    #[test]
    fn a_word_too_wide_for_any_line_is_told() {
        assert_eq!(greedy(&items(&[3, 11]), 10.0), None);
        assert_eq!(balanced(&items(&[3, 11]), 10.0), None);
    }
}
