//! Seeded numbers.

/// SplitMix64: the same numbers for the same seed, anywhere. A plain one always says the first.
#[derive(Debug, Clone)]
pub struct Numbers(Option<u64>);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(Some(seed))
    }

    /// Decides for the first and the least of everything.
    pub fn plain() -> Self {
        Self(None)
    }

    pub fn is_plain(&self) -> bool {
        self.0.is_none()
    }

    /// The next number; zero of a plain one.
    pub fn draw(&mut self) -> u64 {
        let Some(state) = &mut self.0 else { return 0 };
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `most`.
    pub fn up_to(&mut self, most: u64) -> u64 {
        match most.checked_add(1) {
            Some(limit) => self.draw() % limit,
            None => self.draw(),
        }
    }

    /// Below `limit`; zero where that is zero.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.draw() % (limit.max(1) as u64)) as usize
    }

    /// Half of the time; never of a plain one.
    pub fn chance(&mut self) -> bool {
        self.draw() & 1 == 1
    }
}
