//! The subject's outline: how wide it is at the film's own size, and how much of the screen's light
//! lies on the subject inside it.

use super::frame::Frame;
use super::mean::{Mean, median, quantile};
use super::screen::Seen;

/// Pixels (of small frames) into the subject that the screen's light may spill.
const SPILL_BAND: usize = 6;

/// Frames whose outlines are measured at their own size, and every how many-th line of them.
const FRAMES: usize = 8;
const LINES: usize = 3;

/// A pixel is all screen from this share of its chroma on, and all subject below that one.
const CLEAR_MILLI: i32 = 850;
const OPAQUE_MILLI: i32 = 150;

/// Chroma samples of the widest edge that is still taken for one.
const WIDEST: usize = 32;

/// The typical width of the outline, thousandths of a pixel: how far it is from where a line of
/// the picture is nearly all screen to where it is nearly all subject. None where nothing stands
/// before the screen.
pub fn width_milli(frames: &[Frame], seen: &[Seen], screens: &[Vec<bool>]) -> Option<i64> {
    let mut widths = Vec::new();
    for n in (0..frames.len()).step_by(frames.len().div_ceil(FRAMES).max(1)) {
        let frame = &frames[n];
        let Some(axis) = Axis::of(frame, &seen[n], &screens[n]) else { continue };
        let (width, height) = frame.chroma_size();
        let (u, v) = (frame.chroma(0), frame.chroma(1));
        let mut line = Vec::new();
        for y in (0..height).step_by(LINES) {
            line.clear();
            let row = y * width..(y + 1) * width;
            line.extend(u[row.clone()].iter().zip(&v[row]).map(|(u, v)| axis.share_milli(*u, *v)));
            crossings(&line, &mut widths);
        }
        for x in (0..width).step_by(LINES) {
            line.clear();
            line.extend((0..height).map(|y| axis.share_milli(u[y * width + x], v[y * width + x])));
            crossings(&line, &mut widths);
        }
    }
    // The chroma's samples are two pixels apart.
    quantile(&mut widths, 500).map(|width| 2 * i64::from(width))
}

/// From grey to the chroma of the screen.
struct Axis {
    u: i32,
    v: i32,
    square: i32,
}

impl Axis {
    /// By the medians of what shows screen.
    fn of(frame: &Frame, seen: &Seen, screen: &[bool]) -> Option<Self> {
        let (width, height) = frame.chroma_size();
        let at = |n: usize| {
            let x = (n % seen.width * 2 + 1) * width / (2 * seen.width);
            let y = (n / seen.width * 2 + 1) * height / (2 * seen.height);
            y * width + x
        };
        let places: Vec<usize> = (0..screen.len()).filter(|n| screen[*n]).map(at).collect();
        let middle =
            |plane: &[u8]| Some(i32::from(median(places.iter().map(|n| plane[*n]))?) - 128);
        let (u, v) = (middle(frame.chroma(0))?, middle(frame.chroma(1))?);
        let square = u * u + v * v;
        (square > 64).then_some(Self { u, v, square })
    }

    /// How much of the screen's colour a chroma has.
    fn share_milli(&self, u: u8, v: u8) -> i32 {
        ((i32::from(u) - 128) * self.u + (i32::from(v) - 128) * self.v) * 1000 / self.square
    }
}

/// Adds the widths of all edges of a line, thousandths of a sample. An edge runs from a sample that
/// is clear to one that is opaque, or back; what turns round on its way is none.
fn crossings(line: &[i32], widths: &mut Vec<i32>) {
    // Where the last clear or opaque sample was, and whether it was clear.
    let mut last: Option<(usize, bool)> = None;
    for (n, share) in line.iter().enumerate() {
        let clear = *share >= CLEAR_MILLI;
        if !clear && *share > OPAQUE_MILLI {
            continue;
        }
        if let Some((from, was)) = last.filter(|(from, was)| *was != clear && n - from <= WIDEST) {
            let (high, low) = if was { (from, n) } else { (n, from) };
            let step = |a: usize, b: usize| (line[a] - line[b]).abs().max(1);
            // How far beyond its samples the edge goes on: in a straight line to each threshold.
            let inside = |at: usize, towards: usize, threshold: i32| {
                let next = if towards > at { at + 1 } else { at - 1 };
                ((line[at] - threshold).abs() * 1000 / step(at, next)).min(1000)
            };
            let trimmed = inside(high, low, CLEAR_MILLI) + inside(low, high, OPAQUE_MILLI);
            widths.push(((n - from) as i32 * 1000 - trimmed).max(0));
        }
        last = Some((n, clear));
    }
}

/// Adds how much more of the screen's own channel than of the others the subject's rim has.
pub fn spill(frame: &Seen, screen: &[bool], key_hue: i32, spill: &mut Mean) {
    let green = (6_000..18_000).contains(&key_hue);
    let excess = |n: usize| {
        let [r, g, b] = frame.rgb[n].map(i32::from);
        if green { g - r.max(b) } else { b - r.max(g) }
    };
    let mut reached = screen.to_vec();
    let outside = |reached: &[bool], n: usize| frame.neighbours(n).any(|near| reached[near]);
    let mut rim: Vec<usize> =
        (0..screen.len()).filter(|n| !screen[*n] && outside(screen, *n)).collect();
    for depth in 1..=SPILL_BAND {
        rim.iter().for_each(|n| reached[*n] = true);
        // The rim itself is a mixture of screen and subject, not spill.
        if depth > 1 {
            spill.extend(rim.iter().map(|n| excess(*n).max(0)));
        }
        let mut next: Vec<usize> = rim.iter().flat_map(|n| frame.neighbours(*n)).collect();
        next.sort_unstable();
        next.dedup();
        next.retain(|n| !reached[*n]);
        rim = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(line: &[i32]) -> Vec<i32> {
        let mut widths = Vec::new();
        crossings(line, &mut widths);
        widths
    }

    #[test]
    fn an_edge_is_as_wide_as_its_ramp() {
        assert_eq!(widths(&[1000, 1000, 0, 0]), [700]);
        assert_eq!(widths(&[0, 0, 500, 1000, 1000]), [1400]);
        let ramp: Vec<i32> = (0..=10).map(|n| 1000 - n * 100).collect();
        assert_eq!(widths(&ramp), [7000]);
        assert!(widths(&[1000, 500, 1000, 400, 900]).is_empty(), "it never gets there");
        assert!(widths(&[1000, 1000, 400]).is_empty());
    }
}
