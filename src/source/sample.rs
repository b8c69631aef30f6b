//! Draws from a list so that one that changes a little is drawn from a little differently.

/// The `count` keys that are drawn, in the order in which they stand. Each key has a rank of its
/// own, a hash of it and the seed: one that comes takes at most one place from another, and one
/// that goes leaves its place to one.
pub(super) fn sample(mut keys: Vec<String>, count: u32, seed: u64) -> Vec<String> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if keys.len() <= count {
        return keys;
    }
    let mut ranks: Vec<([u8; 32], usize)> =
        keys.iter().enumerate().map(|(at, key)| (rank(key, seed), at)).collect();
    ranks.sort_unstable();
    let mut taken: Vec<usize> = ranks.into_iter().take(count).map(|(_, at)| at).collect();
    taken.sort_unstable();
    taken.into_iter().map(|at| std::mem::take(&mut keys[at])).collect()
}

fn rank(key: &str, seed: u64) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("memebuild bucket sample v1");
    hasher.update(&seed.to_le_bytes());
    hasher.update(key.as_bytes());
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_key_that_comes_or_goes_moves_at_most_one_pick(
            keys in proptest::collection::btree_set("[a-z]{1,8}", 2..60),
            count in 1u32..20, seed in any::<u64>(), which in any::<prop::sample::Index>(),
        ) {
            let all: Vec<String> = keys.into_iter().collect();
            let mut fewer = all.clone();
            fewer.remove(which.index(all.len()));
            let set = |keys: Vec<String>| -> BTreeSet<String> { keys.into_iter().collect() };
            let (a, b) = (set(sample(all.clone(), count, seed)), set(sample(fewer, count, seed)));
            prop_assert_eq!(a.len(), all.len().min(count as usize));
            prop_assert!(a.difference(&b).count() <= 1 && b.difference(&a).count() <= 1);
        }

        #[test]
        fn the_order_of_a_listing_does_not_matter(seed in any::<u64>()) {
            let keys: Vec<String> = (0..40).map(|n| format!("k{n}")).collect();
            let mut other = keys.clone();
            other.reverse();
            let mut drawn = sample(other, 7, seed);
            drawn.reverse();
            prop_assert_eq!(sample(keys, 7, seed), drawn);
        }
    }

    #[test]
    fn another_seed_draws_others() {
        let keys: Vec<String> = (0..100).map(|n| format!("k{n}")).collect();
        assert_ne!(sample(keys.clone(), 10, 1), sample(keys, 10, 2));
    }
}
