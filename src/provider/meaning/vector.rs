//! Directions, one signed byte a number, and how near two of them are.

/// How long a vector is before it is rounded, per number of it squared: a typical number is then
/// 32, and one that is four times as large still fits into its byte.
const TYPICAL: u64 = 32;

/// A direction. All of one model are equally long, but for rounding, so that their product says how
/// near they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector(Box<[i8]>);

impl Vector {
    /// The direction of a sum of rows; none where they add up to nothing.
    pub fn of(sum: &[i64]) -> Option<Self> {
        let square = |n: &i64| u128::from(n.unsigned_abs()).pow(2);
        let length = i128::try_from(sum.iter().map(square).sum::<u128>().isqrt()).ok()?;
        if length == 0 {
            return None;
        }
        let wanted = i128::from(long(sum.len()));
        let scaled = |n: &i64| {
            // To the nearest, halves away from zero.
            let twice = 2 * i128::from(*n) * wanted;
            let rounded = (twice + twice.signum() * length) / (2 * length);
            i8::try_from(rounded.clamp(-127, 127)).unwrap_or(0)
        };
        Some(Self(sum.iter().map(scaled).collect()))
    }

    pub fn numbers(&self) -> &[i8] {
        &self.0
    }
}

/// How long the vectors of so many numbers are.
fn long(width: usize) -> u64 {
    (TYPICAL * TYPICAL * width as u64).isqrt()
}

/// The product of two vectors: the larger, the nearer. At most some 2^20, and so is each of its
/// parts, so that a database that reckons with 24 bits of precision finds the same.
pub fn dot(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// A product as thousandths of that of two that point the same way: 0 for what is unlike or
/// opposite, 1000 for the same.
pub fn thousandths(product: i32, width: usize) -> u32 {
    let whole = i64::try_from(long(width).pow(2)).unwrap_or(i64::MAX).max(1);
    let share = (i64::from(product) * 1000 / whole).clamp(0, 1000);
    u32::try_from(share).unwrap_or(0)
}

/// The smallest product that is at least so many thousandths.
pub fn least(share: u32, width: usize) -> i32 {
    let whole = long(width).pow(2) * u64::from(share);
    i32::try_from(whole.div_ceil(1000)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_points_the_same_way_is_the_same_however_long() {
        let small = Vector::of(&[3, -4, 0, 12]).expect("a direction");
        let large = Vector::of(&[3_000_000, -4_000_000, 0, 12_000_000]).expect("a direction");
        assert_eq!(small, large);
        assert_eq!(small.numbers(), [15, -20, 0, 59]);
        assert_eq!(Vector::of(&[0; 4]), None);
    }

    proptest! {
        #[test]
        fn vectors_are_nearest_to_themselves(
            a in prop::collection::vec(-(1i64 << 40)..1 << 40, 64),
            b in prop::collection::vec(-(1i64 << 40)..1 << 40, 64),
        ) {
            let (a, b) = (Vector::of(&a).expect("one"), Vector::of(&b).expect("one"));
            let own = dot(a.numbers(), a.numbers());
            prop_assert!(own >= dot(a.numbers(), b.numbers()).saturating_sub(64 * 40));
            prop_assert!(thousandths(own, 64) >= 900);
            // What a database adds up in 24 bits stays whole, in whichever order it does.
            let parts: i64 = a.numbers().iter().zip(b.numbers())
                .map(|(a, b)| (i64::from(*a) * i64::from(*b)).abs()).sum();
            prop_assert!(parts < 1 << 24);
        }

        #[test]
        fn the_least_product_is_where_the_share_begins(share in 1u32..1000, width in 1usize..1025) {
            let product = least(share, width);
            prop_assert!(thousandths(product, width) >= share);
            prop_assert!(thousandths(product - 1, width) < share);
        }
    }
}
