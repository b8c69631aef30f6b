//! A choice of pixels, and what remains of it away from its edge.

/// One bit a pixel, row by row.
#[derive(Debug, Clone)]
pub(super) struct Mask {
    width: usize,
    bits: Vec<bool>,
}

impl Mask {
    pub(super) fn new(width: usize, bits: Vec<bool>) -> Self {
        Self { width, bits }
    }

    pub(super) fn inverted(&self) -> Self {
        Self { width: self.width, bits: self.bits.iter().map(|bit| !bit).collect() }
    }

    /// Without all that is within `radius` pixels (of a square) of what is not chosen; the
    /// picture's edge takes nothing away.
    pub(super) fn eroded(&self, radius: usize) -> Self {
        let height = self.bits.len() / self.width;
        let mut rows = self.bits.clone();
        for (from, to) in self.bits.chunks(self.width).zip(rows.chunks_mut(self.width)) {
            shrink(radius, self.width, |x| from[x], |x| to[x] = false);
        }
        let mut bits = rows.clone();
        for x in 0..self.width {
            let at = |y: usize| y * self.width + x;
            shrink(radius, height, |y| rows[at(y)], |y| bits[at(y)] = false);
        }
        Self { width: self.width, bits }
    }

    /// Places of the chosen pixels: column and row.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let chosen = self.bits.iter().enumerate().filter(|(_, bit)| **bit);
        chosen.map(|(index, _)| (index % self.width, index / self.width))
    }
}

/// Clears all places of a line within `radius` of an empty one.
fn shrink(radius: usize, length: usize, set: impl Fn(usize) -> bool, mut clear: impl FnMut(usize)) {
    let mut cleared = 0;
    for place in (0..length).filter(|place| !set(*place)) {
        let end = (place + radius + 1).min(length);
        (place.saturating_sub(radius).max(cleared)..end).for_each(&mut clear);
        cleared = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erosion_eats_from_holes_and_not_from_the_frame() {
        let mut bits = vec![true; 7 * 5];
        bits[2 * 7 + 5] = false;
        let left = Mask::new(7, bits).eroded(2);
        assert_eq!(left.places().count(), 3 * 5);
        assert!(left.places().all(|(x, _)| x < 3));
        assert_eq!(left.inverted().places().count(), 4 * 5);
    }
}
