//! What ran in the newest build in which anything did: a bar for each action, in as few slots as it takes.

use super::builds::History;
use super::scene::Scene;
use crate::contract::event::Event;
use crate::contract::page::Bar;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// How long each node that ran took, from the begin of its first action to the end of its last, by the
/// node's place.
pub type Spans = HashMap<u32, u64>;

/// The bars by their begin, and what each node took.
pub fn of(scene: &Scene<'_>, history: &History) -> (Vec<Bar>, Spans) {
    let bars = bars(scene, &history.actions());
    let mut bounds: HashMap<u32, (u64, u64)> = HashMap::new();
    for bar in &bars {
        let bound = bounds.entry(bar.node).or_insert((bar.from_ms, bar.until_ms));
        *bound = (bound.0.min(bar.from_ms), bound.1.max(bar.until_ms));
    }
    let spans = bounds.into_iter().map(|(node, (from, until))| (node, until - from)).collect();
    (bars, spans)
}

/// Actions that did not end by the end of the log run until then.
fn bars(scene: &Scene<'_>, events: &[Event]) -> Vec<Bar> {
    let mut open: HashMap<(&str, &str), usize> = HashMap::new();
    let mut bars: Vec<Bar> = Vec::new();
    let mut last = 0;
    for event in events {
        match event {
            Event::ActionStarted { at_ms, node, step, .. } => {
                last = last.max(*at_ms);
                let Some(place) = scene.find(node) else { continue };
                open.insert((node, step), bars.len());
                bars.push(Bar {
                    node: place,
                    step: step.clone(),
                    slot: 0,
                    from_ms: *at_ms,
                    until_ms: u64::MAX,
                    ok: true,
                });
            }
            Event::ActionFinished { at_ms, node, step, ok, .. } => {
                last = last.max(*at_ms);
                let Some(bar) = open.remove(&(node.as_str(), step.as_str())) else { continue };
                bars[bar].until_ms = *at_ms;
                bars[bar].ok = *ok;
            }
            Event::BuildFinished { at_ms, .. } => {
                last = last.max(*at_ms);
                // What was running when everything was over was stopped.
                open.values().for_each(|bar| bars[*bar].ok = false);
            }
            _ => {}
        }
    }
    for bar in &mut bars {
        bar.until_ms = bar.until_ms.min(last).max(bar.from_ms);
    }
    bars.sort_by(|a, b| {
        (a.from_ms, a.until_ms, a.node, &a.step).cmp(&(b.from_ms, b.until_ms, b.node, &b.step))
    });
    assign(&mut bars);
    bars
}

/// Gives each bar the lowest slot that is free when it begins. The bars are sorted by their begin.
fn assign(bars: &mut [Bar]) {
    let mut free: BinaryHeap<Reverse<u32>> = BinaryHeap::new();
    let mut busy: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    let mut slots = 0;
    for bar in bars {
        while let Some(Reverse((until, slot))) = busy.peek().copied()
            && until <= bar.from_ms
        {
            busy.pop();
            free.push(Reverse(slot));
        }
        bar.slot = free.pop().map_or_else(
            || {
                slots += 1;
                slots - 1
            },
            |Reverse(slot)| slot,
        );
        busy.push(Reverse((bar.until_ms, bar.slot)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_takes_the_lowest_slot_that_is_free() {
        let bar = |from_ms, until_ms| Bar {
            node: 0,
            step: String::new(),
            slot: 0,
            from_ms,
            until_ms,
            ok: true,
        };
        let mut bars = [bar(0, 10), bar(0, 4), bar(4, 6), bar(5, 5), bar(10, 11), bar(12, 13)];
        assign(&mut bars);
        assert_eq!(bars.map(|bar| bar.slot), [0, 1, 1, 2, 0, 0]);
    }
}
