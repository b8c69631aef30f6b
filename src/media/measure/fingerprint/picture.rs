//! Perceptual hashes of pictures: of all of one, or of the subject of a green screen.
//!
//! A hash over the whole frame of a green screen is of no use: a subject that stands elsewhere gives
//! another, and on the flat screen noise alone flips half of the bits. So the screen is taken
//! out, the picture is cropped to the subject (`cut_out.rs`), and that is hashed: where it stands, how
//! large it is, and what colour the screen has are gone.
//!
//! The hash is pHash: luma on a grid of 32 × 32, its discrete cosine transform, and for each of 128
//! coefficients of low frequency whether it is over the median of its 64. Contrast and brightness
//! change none of them; blur, noise and compression only those that are near the median.

use super::cut_out::cut_out;
use crate::contract::fingerprint::{Fingerprint, PICTURE, SUBJECT, VIEW};
use crate::media::measure::frame::Small;
use crate::media::measure::mean::Mean;
use std::sync::OnceLock;

/// Side of the grid.
pub const SIDE: usize = 32;

/// Coefficients along an axis that may be used.
const USED: usize = 16;

/// Moments of a film that are hashed.
const MOMENTS: usize = 4;

/// Thousandths of a picture cut off at its left, right, top and bottom, for each crop that is hashed:
/// a copy that lost a little at its edges looks like one of them.
const CROPS: [[usize; 4]; 7] =
    [[0; 4], [40; 4], [80; 4], [100, 0, 0, 0], [0, 100, 0, 0], [0, 0, 100, 0], [0, 0, 0, 100]];

/// Least deviation of the grid: a plain surface has no hash.
const LEAST_CONTRAST_MILLI: i64 = 1500;

/// The fingerprint of a green screen's subject; none where nothing stands before the screen.
pub fn subject(smalls: &[Small], screens: &[Vec<bool>]) -> Option<Fingerprint> {
    let views =
        moments(smalls.len(), MOMENTS).filter_map(|n| hash(&cut_out(&smalls[n], &screens[n])?));
    fingerprint(SUBJECT, views)
}

/// The fingerprint of a picture or a film as a whole; none of what is plain.
pub fn picture(smalls: &[Small]) -> Option<Fingerprint> {
    let views = moments(smalls.len(), MOMENTS)
        .flat_map(|n| CROPS.map(|crop| hash(&cropped(&smalls[n], crop))))
        .flatten();
    fingerprint(PICTURE, views)
}

fn fingerprint(algorithm: u32, views: impl Iterator<Item = [u64; VIEW]>) -> Option<Fingerprint> {
    let mut kept: Vec<[u64; VIEW]> = Vec::new();
    // What stands still is said once.
    views.for_each(|view| {
        if !kept.contains(&view) {
            kept.push(view)
        }
    });
    (!kept.is_empty()).then(|| Fingerprint::new(algorithm, kept.as_flattened()))
}

/// Places in the middle of equal parts.
fn moments(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let parts = most.min(count);
    (0..parts).map(move |n| (2 * n + 1) * count / (2 * parts))
}

/// Luma on the grid, in sixteenths of a step.
pub type Grid = [i32; SIDE * SIDE];

fn cropped(small: &Small, [left, right, top, bottom]: [usize; 4]) -> Grid {
    let (width, height) = (small.size.width as usize, small.size.height as usize);
    let span =
        |length: usize, from: usize, to: usize| length * from / 1000..length - length * to / 1000;
    let at = |n: usize| i32::from(small.y[n]) * 16;
    grid(width, span(width, left, right), span(height, top, bottom), at)
}

/// Means of boxes that tile a part of a picture.
fn grid(
    width: usize,
    across: std::ops::Range<usize>,
    down: std::ops::Range<usize>,
    at: impl Fn(usize) -> i32,
) -> Grid {
    let span = |n: usize, of: &std::ops::Range<usize>| {
        let start = of.start + n * of.len() / SIDE;
        let end = of.start + (n + 1) * of.len() / SIDE;
        start..end.max(start + 1)
    };
    std::array::from_fn(|cell| {
        let (columns, rows) = (span(cell % SIDE, &across), span(cell / SIDE, &down));
        let count = (columns.len() * rows.len()) as i64;
        let pixels = rows.flat_map(|y| columns.clone().map(move |x| y * width + x));
        (pixels.map(|n| i64::from(at(n))).sum::<i64>() / count) as i32
    })
}

/// Two words; none of what is plain.
fn hash(grid: &Grid) -> Option<[u64; VIEW]> {
    let mut contrast = Mean::default();
    contrast.extend(grid.iter().copied());
    if contrast.deviation_milli()? < LEAST_CONTRAST_MILLI * 16 {
        return None;
    }
    let cosines = cosines();
    // Along rows, then along columns; sixteenths times 2¹⁴ fit twice into 64 bits.
    let mut half = [0i64; SIDE * USED];
    for (row, line) in grid.chunks_exact(SIDE).enumerate() {
        for u in 0..USED {
            let basis = &cosines[u * SIDE..(u + 1) * SIDE];
            half[row * USED + u] =
                line.iter().zip(basis).map(|(value, c)| i64::from(*value) * i64::from(*c)).sum();
        }
    }
    let coefficient = |(u, v): (usize, usize)| -> i64 {
        let basis = &cosines[v * SIDE..(v + 1) * SIDE];
        basis.iter().enumerate().map(|(row, c)| half[row * USED + u] * i64::from(*c)).sum()
    };
    // By rising frequency, without the mean.
    let mut places: Vec<(usize, usize)> = (1..USED * USED).map(|n| (n % USED, n / USED)).collect();
    places.sort_by_key(|(u, v)| (u + v, *u));
    let values: Vec<i64> = places.into_iter().take(VIEW * 64).map(coefficient).collect();
    Some(std::array::from_fn(|word| {
        let values = &values[word * 64..(word + 1) * 64];
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        let median = sorted[31];
        values.iter().enumerate().fold(0, |bits, (n, v)| bits | u64::from(*v > median) << n)
    }))
}

/// cos((2x + 1)uπ / 64) in 2⁻¹⁴, row by row for each u.
fn cosines() -> &'static [i32; SIDE * USED] {
    static COSINES: OnceLock<[i32; SIDE * USED]> = OnceLock::new();
    COSINES.get_or_init(|| {
        std::array::from_fn(|n| {
            let (u, x) = (n / SIDE, n % SIDE);
            let angle = std::f64::consts::PI * ((2 * x + 1) * u) as f64 / (2 * SIDE) as f64;
            (angle.cos() * 16_384.0).round() as i32
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::fingerprint::distance;
    use crate::contract::geometry::Size;

    /// A picture of blobs, different for each seed; brightness and contrast as asked for.
    fn blobs(seed: usize, gain: usize, lift: usize) -> Small {
        let size = Size { width: 128, height: 96 };
        let luma = (0..128 * 96).map(|n| {
            let (x, y) = (n % 128, n / 128);
            let wave = |a: usize| {
                let phase = (x * (3 + a % 7) + y * (2 + a % 5) + a * 31) as f64 / 37.0;
                (phase.sin() * 40.0 + 40.0) as usize
            };
            ((wave(seed) + wave(seed * 3 + 1)) * gain / 100 + lift) as u8
        });
        let chroma = vec![128; 128 * 96];
        Small { size, y: luma.collect(), u: chroma.clone(), v: chroma }
    }

    #[test]
    fn light_changes_nothing_and_another_picture_is_far() {
        let of = |small| picture(&[small]).unwrap();
        let first = of(blobs(1, 100, 30));
        assert!(distance(&first, &of(blobs(1, 60, 60))).unwrap() < 40);
        assert!(distance(&first, &of(blobs(2, 100, 30))).unwrap() > 250);
        assert_eq!(picture(&[blobs(1, 0, 90)]), None, "plain");
    }

    /// A subject at a place, and a white mark of three by three in a corner.
    fn standing(left: usize, top: usize, mark: bool) -> Fingerprint {
        let mut small = blobs(9, 0, 120);
        let mut screen = vec![true; small.y.len()];
        let mut put = |x: usize, y: usize, luma: usize| {
            small.y[y * 128 + x] = luma as u8;
            screen[y * 128 + x] = false;
        };
        for (x, y) in (0..40).flat_map(|y| (0..30).map(move |x| (x, y))) {
            if x + y > 12 {
                put(x + left, y + top, 60 + x * y % 97);
            }
        }
        if mark {
            (0..9).for_each(|n| put(120 + n % 3, 4 + n / 3, 255));
        }
        subject(&[small], &[screen]).unwrap()
    }

    #[test]
    fn a_subject_is_the_same_wherever_it_stands() {
        // Up to the rounding of where its middle is.
        let away = standing(80, 50, false);
        assert!(distance(&standing(5, 5, false), &away).unwrap() <= 8);
        // What stands small beside it is none of it.
        assert_eq!(standing(80, 50, true), away);
    }
}
