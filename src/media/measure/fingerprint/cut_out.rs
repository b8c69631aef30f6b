//! The subject of a green screen on a grid: the screen taken out, specks and marks left out, and the
//! picture cropped to where the subject's mass lies, between pixels.

use super::picture::{Grid, SIDE};
use crate::media::measure::frame::Small;
use crate::media::measure::mean::{Mean, median};
use crate::media::measure::screen::neighbours;

/// Pieces smaller than this share (thousandths) of the largest are specks of noise, or a watermark.
const PIECE_MILLI: usize = 150;

/// How far the crop reaches from the middle of the mass: hundredths of its deviation along either
/// axis. A filled box ends at 173.
const REACH: i64 = 210;

/// Least share of the picture, thousandths, and least deviation of its mass, pixels of the small frame.
const LEAST_MILLI: usize = 2;
const LEAST_DEVIATION: i64 = 2;

/// Thousandths of the screen's chroma from which on a pixel at the outline is all screen, and under
/// which it is all subject.
const CLEAR: i32 = 850;
const OPAQUE: i32 = 150;

/// Steps of a position between two pixels.
const STEPS: i64 = 256;

/// The subject before a plain ground that is darker than itself, by twice what its own luma
/// deviates: so the outline counts, and brightness and contrast do not. None where there is none.
pub fn cut_out(small: &Small, screen: &[bool]) -> Option<Grid> {
    let (width, height) = (small.size.width as usize, small.size.height as usize);
    let subject = large_pieces(screen, width, height);
    let count = subject.iter().filter(|is| **is).count();
    if count * 1000 < screen.len() * LEAST_MILLI {
        return None;
    }
    let cover = coverage(small, &subject, screen);
    let (x, across) = spread(cover.iter().enumerate().map(|(n, c)| (n % width, *c)))?;
    let (y, down) = spread(cover.iter().enumerate().map(|(n, c)| (n / width, *c)))?;
    let mut luma = Mean::default();
    luma.extend((0..cover.len()).filter(|n| cover[*n] == 256).map(|n| i32::from(small.y[n])));
    let ground = luma.mean(16)? - 2 * 16 * luma.deviation_milli()? / 1000;
    let shown: Vec<i64> = cover
        .iter()
        .zip(&small.y)
        .map(|(cover, y)| {
            (i64::from(*cover) * i64::from(*y) * 16 + i64::from(256 - cover) * ground) / 256
        })
        .collect();
    let at = |x: i64, y: i64| {
        let inside = (0..width as i64).contains(&x) && (0..height as i64).contains(&y);
        if inside { shown[y as usize * width + x as usize] } else { ground }
    };
    // In a straight line between the middles of four pixels.
    let between = |x: i64, y: i64| {
        let (left, top) = (x.div_euclid(STEPS), y.div_euclid(STEPS));
        let (right, low) = (x.rem_euclid(STEPS), y.rem_euclid(STEPS));
        let row = |y: i64| at(left, y) * (STEPS - right) + at(left + 1, y) * right;
        (row(top) * (STEPS - low) + row(top + 1) * low) / (STEPS * STEPS)
    };
    Some(std::array::from_fn(|cell| {
        // Nine samples of each cell.
        let parts = 3 * SIDE as i64;
        let place =
            |middle: i64, reach: i64, part: i64| middle - reach + reach * (2 * part + 1) / parts;
        let (column, row) = ((cell % SIDE) as i64 * 3, (cell / SIDE) as i64 * 3);
        let samples =
            (0..9).map(|n| between(place(x, across, column + n % 3), place(y, down, row + n / 3)));
        (samples.sum::<i64>() / 9) as i32
    }))
}

/// What is not screen, without its small pieces.
fn large_pieces(screen: &[bool], width: usize, height: usize) -> Vec<bool> {
    let mut left: Vec<bool> = screen.iter().map(|is| !is).collect();
    let mut pieces: Vec<Vec<usize>> = Vec::new();
    for start in 0..left.len() {
        if !std::mem::take(&mut left[start]) {
            continue;
        }
        let mut piece = vec![start];
        let mut next = 0;
        while let Some(n) = piece.get(next).copied() {
            piece.extend(neighbours(n, width, height).filter(|m| std::mem::take(&mut left[*m])));
            next += 1;
        }
        pieces.push(piece);
    }
    let largest = pieces.iter().map(Vec::len).max().unwrap_or(0);
    let mut subject = vec![false; screen.len()];
    for piece in pieces.iter().filter(|piece| piece.len() * 1000 >= largest * PIECE_MILLI) {
        piece.iter().for_each(|n| subject[*n] = true);
    }
    subject
}

/// How much of each pixel is subject, of 256: at the outline by how much of the screen's colour is in
/// it.
fn coverage(small: &Small, subject: &[bool], screen: &[bool]) -> Vec<i32> {
    let (width, height) = (small.size.width as usize, small.size.height as usize);
    let middle = |plane: &[u8]| {
        let of_screen = plane.iter().zip(screen).filter(|(_, is)| **is);
        median(of_screen.map(|(value, _)| *value)).map_or(0, |value| i32::from(value) - 128)
    };
    let (u, v) = (middle(&small.u), middle(&small.v));
    let square = (u * u + v * v).max(1);
    let soft = |n: usize| {
        let along = (i32::from(small.u[n]) - 128) * u + (i32::from(small.v[n]) - 128) * v;
        let share = along * 1000 / square;
        ((CLEAR - share) * 256 / (CLEAR - OPAQUE)).clamp(0, 256)
    };
    (0..subject.len())
        .map(|n| {
            let other = |m: usize| subject[m] != subject[n];
            match neighbours(n, width, height).any(other) {
                true => soft(n),
                false => i32::from(subject[n]) * 256,
            }
        })
        .collect()
}

/// The middle of a mass along an axis, and how far the crop reaches from it: steps.
fn spread(mass: impl Iterator<Item = (usize, i32)> + Clone) -> Option<(i64, i64)> {
    let total: i64 = mass.clone().map(|(_, mass)| i64::from(mass)).sum();
    let sum: i64 = mass.clone().map(|(place, mass)| place as i64 * i64::from(mass)).sum();
    let middle = (sum * STEPS).checked_div(total)?;
    let squares = mass.map(|(place, mass)| {
        let off = place as i64 * STEPS - middle;
        i128::from(off * off) * i128::from(mass)
    });
    let variance = squares.sum::<i128>().checked_div(i128::from(total))?;
    let deviation = i64::try_from(variance.isqrt()).ok()?;
    (deviation >= LEAST_DEVIATION * STEPS).then_some((middle, deviation * REACH / 100))
}
