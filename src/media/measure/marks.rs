//! Marks on the screen: what stands still before it, apart from the subject, and is not of its
//! colour. A watermark, a logo of a channel, a tripod, a patch of tape.
//!
//! A single frame cannot tell a watermark from a subject. Over time it can be told: of each pixel
//! the median of some frames is taken, which shows what is always there; what differs in it from the
//! screen around falls into pieces; a piece that is small and does not change is a mark.

use super::frame::Small;
use super::mean::median;
use super::screen::neighbours;

/// Frames that are looked at, at most; odd, so that there is a middle one.
const FRAMES: usize = 13;

/// Cells along the long side by which the screen's own colour is told from place to place.
const CELLS: usize = 10;

/// Steps of luma (chroma counts twice) by which a mark differs from the screen around it at least,
/// and by how many more it is as visible as can be.
const VISIBLE: i32 = 10;
const PLAIN: i32 = 240;

/// Steps by which a pixel may be off its median and still count as standing still; noise is added.
const STILL: u8 = 10;

/// Share of frames, thousandths, in which a mark's pixels stand still.
const STILL_MILLI: usize = 800;

/// The largest piece that is still a mark, thousandths of the picture: what is larger is a subject
/// that stands still.
const LARGEST_MILLI: usize = 40;

/// Pixels of the smallest piece that is no accident.
const SMALLEST: usize = 3;

/// How much of the picture such marks take, each pixel as far as it is visible: millionths. None
/// where too little of the screen is seen.
pub fn marks_millionth(smalls: &[Small], screens: &[Vec<bool>]) -> Option<i64> {
    let step = smalls.len().div_ceil(FRAMES).max(1);
    let chosen: Vec<usize> = (0..smalls.len()).step_by(step).collect();
    let first = smalls.first()?;
    let (width, height) = (first.size.width as usize, first.size.height as usize);
    let count = width * height;
    let plane = |of: fn(&Small) -> &Vec<u8>| {
        medians(chosen.iter().map(|n| of(&smalls[*n]).clone()).collect())
    };
    let always = [plane(|small| &small.y), plane(|small| &small.u), plane(|small| &small.v)];
    let mostly = |n: &usize| chosen.iter().filter(|f| screens[**f][*n]).count() * 2 > chosen.len();
    let screen: Vec<usize> = (0..count).filter(mostly).collect();
    let around = Around::new(&always, &screen, width, height)?;
    let differs: Vec<i32> = (0..count)
        .map(|n| {
            let own = around.at(n % width, n / width);
            let by = |plane: usize| (i32::from(always[plane][n]) - own[plane]).abs();
            by(0) + 2 * (by(1) + by(2))
        })
        .collect();
    let off = |f: usize, n: usize| smalls[f].y[n].abs_diff(always[0][n]);
    let some = screen.iter().step_by(7);
    let grain = median(some.flat_map(|n| chosen.iter().map(|f| off(*f, *n))))?;
    let still = grain.saturating_mul(3).saturating_add(STILL);
    let stays = |n: usize| chosen.iter().filter(|f| off(**f, n) <= still).count();

    let pieces = pieces(&differs, width, height);
    let mut found = 0i64;
    let mut moving = 0;
    let mut largest = (0, 0);
    for piece in pieces {
        // What comes in from the border is told by the border's share of screen.
        if piece.iter().any(|n| neighbours(*n, width, height).count() < 4) {
            moving += piece.len();
            continue;
        }
        let staying: usize = piece.iter().map(|n| stays(*n)).sum();
        if staying * 1000 < piece.len() * chosen.len() * STILL_MILLI {
            moving += piece.len();
        } else if piece.len() * 1000 <= count * LARGEST_MILLI {
            let plain = |n: &usize| i64::from((differs[*n] - VISIBLE).min(PLAIN));
            let visible: i64 = piece.iter().map(plain).sum();
            found += visible;
            largest = largest.max((piece.len(), visible));
        } else {
            moving += piece.len();
        }
    }
    // Where nothing else is there to be the subject, the largest piece is: a picture, or a clip of
    // something small that stands still. What moves without ever staying is in no piece.
    let passes = |n: usize| chosen.iter().filter(|f| !screens[**f][n]).count() * 4 > chosen.len();
    let seen = (0..count).filter(|n| stays(*n) < chosen.len() && passes(*n)).count();
    if (moving + seen) * 500 < count {
        found -= largest.1;
    }
    Some(found * 1_000_000 / (i64::from(PLAIN) * count as i64))
}

/// Of each place the median over some planes. They are put in order all at once, place by place: each
/// plane with the next one, in turn from an even and an odd one, as often as there are planes.
fn medians(mut planes: Vec<Vec<u8>>) -> Vec<u8> {
    for pass in 0..planes.len() {
        for pair in planes[pass % 2..].chunks_exact_mut(2) {
            let [low, high] = pair else { continue };
            for (low, high) in low.iter_mut().zip(high) {
                (*low, *high) = ((*low).min(*high), (*low).max(*high));
            }
        }
    }
    let middle = planes.len().saturating_sub(1) / 2;
    planes.into_iter().nth(middle).unwrap_or_default()
}

/// Pieces of what differs visibly, each a list of pixels that touch.
fn pieces(differs: &[i32], width: usize, height: usize) -> Vec<Vec<usize>> {
    let mut left: Vec<bool> = differs.iter().map(|by| *by > VISIBLE).collect();
    let mut pieces = Vec::new();
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
        if piece.len() >= SMALLEST {
            pieces.push(piece);
        }
    }
    pieces
}

/// The screen's own colour by place: medians of cells, in a straight line between their centres,
/// so that light may change slowly.
struct Around {
    cells: Vec<[i32; 3]>,
    columns: usize,
    rows: usize,
    width: usize,
    height: usize,
}

impl Around {
    fn new(planes: &[Vec<u8>; 3], screen: &[usize], width: usize, height: usize) -> Option<Self> {
        if screen.len() * 20 < width * height {
            return None;
        }
        let side = width.max(height).div_ceil(CELLS).max(1);
        let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); columns * rows];
        for n in screen {
            members[n / width * rows / height * columns + n % width * columns / width].push(*n);
        }
        let least = width * height / (columns * rows) / 4;
        let middle = |members: &Vec<usize>| {
            let of =
                |plane: &Vec<u8>| median(members.iter().map(|n| plane[*n])).map_or(0, i32::from);
            (members.len() > least).then(|| [of(&planes[0]), of(&planes[1]), of(&planes[2])])
        };
        let cells: Vec<Option<[i32; 3]>> = members.iter().map(middle).collect();
        Some(Self { cells: grown(cells, columns, rows)?, columns, rows, width, height })
    }

    fn at(&self, x: usize, y: usize) -> [i32; 3] {
        let between = |place: usize, length: usize, cells: usize| {
            let scaled = ((2 * place + 1) * cells * 128 / length).saturating_sub(128);
            let first = (scaled / 256).min(cells - 1);
            (first, (first + 1).min(cells - 1), (scaled % 256) as i32)
        };
        let (left, right, across) = between(x, self.width, self.columns);
        let (top, bottom, down) = between(y, self.height, self.rows);
        let cell = |row: usize, column: usize| &self.cells[row * self.columns + column];
        std::array::from_fn(|plane| {
            let row =
                |row| cell(row, left)[plane] * (256 - across) + cell(row, right)[plane] * across;
            (row(top) * (256 - down) + row(bottom) * down) >> 16
        })
    }
}

/// Fills cells in which no screen is seen from those around them. None of no cell at all.
fn grown(mut cells: Vec<Option<[i32; 3]>>, columns: usize, rows: usize) -> Option<Vec<[i32; 3]>> {
    cells.iter().flatten().next()?;
    while cells.iter().any(Option::is_none) {
        let before = cells.clone();
        for n in (0..cells.len()).filter(|n| before[*n].is_none()) {
            let known: Vec<[i32; 3]> =
                neighbours(n, columns, rows).filter_map(|near| before[near]).collect();
            let count = known.len() as i32;
            let mean = |plane: usize| known.iter().map(|cell| cell[plane]).sum::<i32>() / count;
            cells[n] = (count > 0).then(|| [mean(0), mean(1), mean(2)]);
        }
    }
    cells.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::geometry::Size;

    /// Frames of a screen that is lit from one side, with a subject that moves, a mark as strong as
    /// `mark` in a corner, and a subject that does not move where `still` says so.
    fn marks(mark: u8, still: bool) -> i64 {
        let (width, height) = (100, 60);
        let frame = |f: usize| {
            let mut y: Vec<u8> = (0..width * height).map(|n| 90 + (n % width / 4) as u8).collect();
            for (n, luma) in y.iter_mut().enumerate() {
                let (column, row) = (n % width, n / width);
                let from = if still { 40 } else { 20 + 4 * f };
                if (20..50).contains(&row) && (from..from + 15).contains(&column) {
                    *luma = if still { 200 } else { (f * 37 + n * 11) as u8 };
                } else if (5..9).contains(&row) && (80..92).contains(&column) {
                    *luma += mark;
                }
            }
            let size = Size { width: width as u32, height: height as u32 };
            Small { size, y, u: vec![90; width * height], v: vec![60; width * height] }
        };
        let smalls: Vec<Small> = (0..9).map(frame).collect();
        let screens: Vec<Vec<bool>> = smalls
            .iter()
            .map(|small| small.y.iter().map(|y| (85..200).contains(y)).collect())
            .collect();
        marks_millionth(&smalls, &screens).unwrap()
    }

    #[test]
    fn a_mark_is_what_stands_still_beside_the_subject() {
        assert_eq!(marks(0, false), 0, "the subject is none");
        let ladder: Vec<i64> = [20, 40, 60].map(|mark| marks(mark, false)).into();
        assert!(ladder[0] > 200 && ladder.is_sorted(), "{ladder:?}");
        assert!(ladder[2] > 3 * ladder[0], "{ladder:?}");
    }

    #[test]
    fn the_largest_thing_is_the_subject_where_nothing_moves() {
        assert_eq!(marks(0, true), 0);
        assert!(marks(60, true) > 1_000);
    }
}
