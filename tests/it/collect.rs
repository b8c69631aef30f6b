//! What is let go first, replayed on a thousand builds against the usual policy.

mod replay;
mod trace;

use replay::{ByWorth, Lru, replay};
use trace::Trace;

/// Prints the table of `docs/benchmarks.md`.
#[test]
fn letting_go_by_worth_costs_far_less_than_by_age() {
    let trace = Trace::new(7, 1000);
    let whole = replay(&trace, &mut Lru::default(), u64::MAX);
    assert_eq!((whole.again_ms, whole.evicted), (0, 0));
    println!("1,000 builds, {:.1} GB made in {} s", whole.peak as f64 / 1e9, whole.first_ms / 1000);
    println!("| cap | by age (LRU) | by worth | less |");
    println!("| ---: | ---: | ---: | ---: |");
    for percent in [25, 50, 75] {
        let cap = whole.peak / 100 * percent;
        let lru = replay(&trace, &mut Lru::default(), cap);
        let ours = replay(&trace, &mut ByWorth::default(), cap);
        for outcome in [&lru, &ours] {
            assert!(outcome.peak <= cap, "{outcome:?}");
            assert_eq!(outcome.first_ms, whole.first_ms);
        }
        let less = 100.0 - 100.0 * ours.again_ms as f64 / lru.again_ms as f64;
        println!(
            "| {percent} % | {} s | {} s | {less:.0} % |",
            lru.again_ms / 1000,
            ours.again_ms / 1000
        );
        assert!(less >= 40.0, "at {percent} %: {less:.1} % less than LRU");
    }
}
