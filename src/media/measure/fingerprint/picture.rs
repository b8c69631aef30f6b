//! Perceptual hashes of pictures: of all of one, or of the subject of a green screen.
//!
//! A hash over the whole frame of a green screen is of no use: a subject that stands elsewhere gives
//! another, and on the flat screen noise alone flips half of the bits. So the screen is taken
//! out, the picture is cropped to the subject, and that is hashed: where it stands, how large it is,
//! and what colour the screen has are gone.
//!
//! The hash is pHash: luma on a grid of 32 × 32, its discrete cosine transform, and for each of 128
//! coefficients of low frequency whether it is over the median of its 64. Contrast and brightness
//! change none of them; blur, noise and compression only those that are near the median.

use crate::contract::fingerprint::{Fingerprint, PICTURE, SUBJECT, VIEW};
use crate::media::measure::frame::Small;
use crate::media::measure::mean::Mean;
use std::sync::OnceLock;

/// Side of the grid.
const SIDE: usize = 32;

/// Coefficients along an axis that may be used.
const USED: usize = 16;

/// Moments of a film that are hashed.
const MOMENTS: usize = 4;

/// Thousandths of a picture cut off at each edge, for each crop that is hashed: a copy that lost a
/// little at its edges looks like one of them.
const CROPS: [usize; 3] = [0, 40, 80];

/// Thousandths of the subject's pixels that may lie beyond each side of the crop: specks.
const SPECKS: u64 = 10;

/// Least side of a subject, pixels of the small frame, and least share of the picture, thousandths.
const LEAST_SIDE: usize = 8;
const LEAST_MILLI: usize = 2;

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
type Grid = [i32; SIDE * SIDE];

/// The subject, cropped, before a plain ground that is darker than itself, by as much as its own
/// luma varies: so the outline counts, and brightness and contrast do not.
fn cut_out(small: &Small, screen: &[bool]) -> Option<Grid> {
    let (width, height) = (small.size.width as usize, small.size.height as usize);
    let (mut columns, mut rows) = (vec![0u64; width], vec![0u64; height]);
    let mut luma = Mean::default();
    for n in (0..screen.len()).filter(|n| !screen[*n]) {
        columns[n % width] += 1;
        rows[n / width] += 1;
        luma.add(i32::from(small.y[n]));
    }
    if luma.count() * 1000 < (screen.len() * LEAST_MILLI) as u64 {
        return None;
    }
    let (across, down) = (middle(&columns)?, middle(&rows)?);
    if across.len() < LEAST_SIDE || down.len() < LEAST_SIDE {
        return None;
    }
    let ground = luma.mean(16)? - 2 * 16 * luma.deviation_milli()? / 1000;
    let ground = i32::try_from(ground).ok()?;
    let at = |n: usize| if screen[n] { ground } else { i32::from(small.y[n]) * 16 };
    Some(grid(width, across, down, at))
}

/// From where to where a line of counts holds all but specks of their sum.
fn middle(counts: &[u64]) -> Option<std::ops::Range<usize>> {
    let total: u64 = counts.iter().sum();
    let beyond = |from_end: bool| {
        let mut sum = 0;
        (0..counts.len()).find(|n| {
            sum += counts[if from_end { counts.len() - 1 - n } else { *n }];
            sum * 1000 > total * SPECKS
        })
    };
    Some(beyond(false)?..counts.len() - beyond(true)?)
}

fn cropped(small: &Small, crop_milli: usize) -> Grid {
    let (width, height) = (small.size.width as usize, small.size.height as usize);
    let span = |length: usize| {
        let cut = length * crop_milli / 1000;
        cut..length - cut
    };
    grid(width, span(width), span(height), |n| i32::from(small.y[n]) * 16)
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

    #[test]
    fn a_subject_is_the_same_wherever_it_stands() {
        let at = |left: usize, top: usize| {
            let mut small = blobs(9, 0, 120);
            let mut screen = vec![true; small.y.len()];
            for y in 0..40 {
                for x in 0..30 {
                    if x + y > 12 {
                        let n = (y + top) * 128 + x + left;
                        small.y[n] = (60 + x * y % 97) as u8;
                        screen[n] = false;
                    }
                }
            }
            subject(&[small], &[screen]).unwrap()
        };
        assert_eq!(at(5, 5), at(80, 50));
    }
}
