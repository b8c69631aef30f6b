//! The empty screen by place.

use super::histogram::Histogram;
use super::mask::Mask;
use super::planes::Planes;
use super::screen::Centre;
use crate::contract::key::ScreenPlate;

/// Cells each way. Light on a screen changes slowly, and a cell wants hundreds of pixels.
const SIDE: usize = 12;
/// Thousandths of a cell that must be seen as screen (in all frames together) to measure it.
const MEASURABLE: u64 = 100;
/// Thousandths of it that must be, for the cell to have a say in whether light is even: in others
/// a subject's half-covered pixels look like shade.
const CERTAIN: u64 = 600;
/// Spread of the screen's chroma above which one colour does not do, thousandths.
const UNEVEN_CHROMA: u32 = 80;
/// The same of its luma, steps.
const UNEVEN_LUMA: u32 = 8;

/// Luma and thousandths of chroma steps.
type Cell = (u32, u32);

/// A plate of the screen; `None` where light is so even that one colour serves as well (and
/// better: a plate costs a rounding to bytes more).
pub(super) fn measure(frames: &[Planes], masks: &[Mask], centre: &Centre) -> Option<ScreenPlate> {
    let mut seen = vec![Seen::default(); SIDE * SIDE];
    for (frame, mask) in frames.iter().zip(masks) {
        let [width, height] = [frame.chroma.width, frame.chroma.height].map(|side| side as usize);
        for (x, y) in mask.places() {
            let cell = &mut seen[y * SIDE / height * SIDE + x * SIDE / width];
            cell.y.add(frame.luma(x, y).into());
            cell.u.add(frame.u[y * width + x].into());
            cell.v.add(frame.v[y * width + x].into());
        }
    }
    let pixels: u64 = frames.iter().map(|frame| frame.u.len() as u64).sum();
    let filled = |cell: &Seen| cell.y.total() * 1000 * (SIDE * SIDE) as u64 / pixels.max(1);
    let certain: Vec<Cell> =
        seen.iter().filter(|cell| filled(cell) >= CERTAIN).filter_map(|c| c.cell(centre)).collect();
    if !uneven(&certain) {
        return None;
    }
    let cells =
        seen.iter().map(|cell| if filled(cell) < MEASURABLE { None } else { cell.cell(centre) });
    let (luma, chroma_milli) = grown(cells.collect())?.into_iter().unzip();
    Some(ScreenPlate { columns: SIDE as u32, rows: SIDE as u32, luma, chroma_milli })
}

#[derive(Clone)]
struct Seen {
    y: Histogram,
    u: Histogram,
    v: Histogram,
}

impl Default for Seen {
    fn default() -> Self {
        let bytes = Histogram::new(256);
        Self { y: bytes.clone(), u: bytes.clone(), v: bytes }
    }
}

impl Seen {
    /// The medians.
    fn cell(&self, centre: &Centre) -> Option<Cell> {
        let median = |values: &Histogram| values.quantile_milli(500);
        let (along, _) = centre.parts_milli(median(&self.u)?, median(&self.v)?);
        let luma = (median(&self.y)? + 500) / 1000;
        Some((luma.min(255) as u32, along.clamp(1000, 180_000) as u32))
    }
}

/// Whether the middle nine tenths of the cells differ by more than tables of one colour bear.
fn uneven(cells: &[Cell]) -> bool {
    let spread = |part: fn(&Cell) -> u32| {
        let mut values: Vec<u32> = cells.iter().map(part).collect();
        values.sort_unstable();
        let cut = values.len() / 20;
        let middle = values.get(values.len() / 2).copied().unwrap_or(0);
        let range = values.len().checked_sub(cut + 1).map_or(0, |last| values[last] - values[cut]);
        (range, middle)
    };
    let (luma, _) = spread(|cell| cell.0);
    let (chroma, middle) = spread(|cell| cell.1);
    luma > UNEVEN_LUMA || u64::from(chroma) * 1000 > u64::from(middle) * u64::from(UNEVEN_CHROMA)
}

/// Fills cells that were never seen from their neighbours, ring by ring. `None` of no cell at all.
fn grown(mut cells: Vec<Option<Cell>>) -> Option<Vec<Cell>> {
    cells.iter().flatten().next()?;
    while cells.iter().any(Option::is_none) {
        let before = cells.clone();
        for (index, cell) in cells.iter_mut().enumerate().filter(|(_, cell)| cell.is_none()) {
            let near = |place: usize| place.saturating_sub(1)..(place + 2).min(SIDE);
            let known: Vec<Cell> = near(index / SIDE)
                .flat_map(|row| near(index % SIDE).map(move |column| row * SIDE + column))
                .filter_map(|place| before[place])
                .collect();
            let count = known.len() as u32;
            let sum = |part: fn(&Cell) -> u32| known.iter().map(part).sum::<u32>();
            *cell = (count > 0).then(|| (sum(|c| c.0) / count, sum(|c| c.1) / count));
        }
    }
    cells.into_iter().collect()
}

/// The screen's chroma (thousandths of a step) at a pixel of a picture: between the centres of
/// cells, in a straight line, as the graph enlarges it.
pub(super) fn chroma_milli_at(
    plate: &ScreenPlate,
    at: (usize, usize),
    size: (usize, usize),
) -> u32 {
    let between = |place: usize, length: usize, cells: u32| {
        let cells = cells as usize;
        let scaled = ((2 * place + 1) * cells * 128 / length).saturating_sub(128);
        let first = (scaled / 256).min(cells - 1);
        (first, (first + 1).min(cells - 1), (scaled % 256) as u64)
    };
    let (left, right, x) = between(at.0, size.0, plate.columns);
    let (top, bottom, y) = between(at.1, size.1, plate.rows);
    let cell = |row: usize, column: usize| {
        u64::from(plate.chroma_milli[row * plate.columns as usize + column])
    };
    let row = |row: usize| cell(row, left) * (256 - x) + cell(row, right) * x;
    ((row(top) * (256 - y) + row(bottom) * y) >> 16) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_takes_the_mean_of_what_surrounds_it() {
        let mut cells = vec![Some((100, 70_000)); SIDE * SIDE];
        cells[0] = Some((120, 80_000));
        cells[1] = None;
        cells[SIDE] = None;
        let whole = grown(cells).unwrap();
        assert_eq!(whole[1], (105, 72_500));
        assert_eq!(grown(vec![None; SIDE * SIDE]), None);
    }

    #[test]
    fn a_plate_is_read_between_its_cells() {
        let plate = ScreenPlate {
            columns: 2,
            rows: 1,
            luma: vec![100, 100],
            chroma_milli: vec![40_000, 80_000],
        };
        let at = |x| chroma_milli_at(&plate, (x, 0), (8, 1));
        assert_eq!([at(0), at(7)], [40_000, 80_000]);
        assert_eq!([at(3), at(4)], [55_000, 65_000]);
    }
}
