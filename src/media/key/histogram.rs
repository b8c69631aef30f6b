//! Counts of small whole numbers, and their order statistics: robust where means are not.

/// How often each value below a bound was seen.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    counts: Vec<u32>,
    total: u64,
}

impl Histogram {
    /// For values below `bound`; greater ones count as the greatest.
    pub(super) fn new(bound: usize) -> Self {
        Self { counts: vec![0; bound], total: 0 }
    }

    pub(super) fn add(&mut self, value: usize) {
        let last = self.counts.len() - 1;
        self.counts[value.min(last)] += 1;
        self.total += 1;
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The value with `share` (thousandths) of all below it, in thousandths: within a value's bin
    /// the share is spread evenly, so that a thousand noisy bytes tell more than one byte can.
    /// `None` of nothing.
    pub(super) fn quantile_milli(&self, share: u64) -> Option<u64> {
        let rank = (self.total * share).div_ceil(1000).clamp(1, self.total.max(1));
        let mut below = 0;
        for (value, count) in self.counts.iter().enumerate() {
            let count = u64::from(*count);
            if below + count >= rank {
                let within = (self.total * share).saturating_sub(below * 1000) / count;
                return Some((value as u64 * 1000 + within.min(1000)).saturating_sub(500));
            }
            below += count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_bytes() {
        let mut values = Histogram::new(256);
        assert_eq!(values.quantile_milli(500), None);
        values.add(58);
        assert_eq!(values.quantile_milli(500), Some(58_000));
        (0..3).for_each(|_| values.add(59));
        assert_eq!(values.quantile_milli(500), Some(58_833));
        values.add(9999);
        assert_eq!(values.quantile_milli(1000), Some(255_500));
        assert_eq!(values.total(), 5);
    }
}
