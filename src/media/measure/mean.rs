//! Means and deviations of whole numbers, without rounding on the way.

/// A sum of values, of their squares, and how many there were.
#[derive(Debug, Default, Clone, Copy)]
pub struct Mean {
    sum: i64,
    squares: u64,
    count: u64,
}

impl Mean {
    pub fn add(&mut self, value: i32) {
        self.sum += i64::from(value);
        self.squares += u64::from(value.unsigned_abs()).pow(2);
        self.count += 1;
    }

    /// The mean times `scale`, rounded towards zero; none of nothing.
    pub fn mean(&self, scale: i64) -> Option<i64> {
        let count = i128::from(self.count);
        let mean = (i128::from(self.sum) * i128::from(scale)).checked_div(count)?;
        i64::try_from(mean).ok()
    }

    /// The variance times `scale`.
    pub fn variance(&self, scale: u64) -> Option<u64> {
        let count = u128::from(self.count);
        let spread = u128::from(self.squares) * count
            - u128::from(self.sum.unsigned_abs()).pow(2).min(u128::from(self.squares) * count);
        (spread * u128::from(scale)).checked_div(count * count).and_then(|v| u64::try_from(v).ok())
    }

    /// The standard deviation in thousandths.
    pub fn deviation_milli(&self) -> Option<i64> {
        i64::try_from(self.variance(1_000_000)?.isqrt()).ok()
    }
}

impl Extend<i32> for Mean {
    fn extend<T: IntoIterator<Item = i32>>(&mut self, values: T) {
        values.into_iter().for_each(|value| self.add(value));
    }
}

/// The value with `share` (thousandths) of all below it; none of nothing. Changes their order.
pub fn quantile(values: &mut [i32], share: usize) -> Option<i32> {
    let last = values.len().checked_sub(1)?;
    Some(*values.select_nth_unstable(last * share / 1000).1)
}

/// The median of bytes, the lower of two in the middle; none of nothing. Counted, which takes a
/// fraction of what ordering does.
pub fn median(values: impl Iterator<Item = u8>) -> Option<u8> {
    let mut counts = [0usize; 256];
    values.for_each(|value| counts[usize::from(value)] += 1);
    let middle = counts.iter().sum::<usize>().checked_sub(1)? / 2;
    let mut below = 0;
    let reached = counts.iter().position(|count| {
        below += count;
        below > middle
    })?;
    u8::try_from(reached).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_few() {
        let mut mean = Mean::default();
        assert_eq!((mean.mean(1), mean.deviation_milli()), (None, None));
        mean.extend([-2, 4, 4, 4, 5, 5, 7, 9]);
        assert_eq!(mean.mean(1000), Some(4500));
        assert_eq!(mean.variance(100), Some(875));
        assert_eq!(mean.deviation_milli(), Some(2958));
        assert_eq!(quantile(&mut [5, 1, 9], 500), Some(5));
        assert_eq!(quantile(&mut [], 500), None);
    }

    proptest::proptest! {
        #[test]
        fn the_median_of_bytes_is_their_quantile(bytes: Vec<u8>) {
            let mut values: Vec<i32> = bytes.iter().copied().map(i32::from).collect();
            let median = median(bytes.into_iter()).map(i32::from);
            proptest::prop_assert_eq!(median, quantile(&mut values, 500));
        }
    }
}
