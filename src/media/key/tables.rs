//! The table keyer as a filter graph.
//!
//! The subject F, its coverage a and the screen S make a pixel P = a·F + (1 − a)·S. Thresholding a
//! distance from S finds a, but leaves the screen's colour in every half-covered pixel. Here the
//! *screen share* s is read off the chroma (the pixel's part along the key axis, as a share of the
//! screen's own), and the screen is taken out: F = (P − s·S) / (1 − s). Both chroma planes and s
//! depend on (U, V) alone, so all of it is a few tables at a quarter of the pixels; luma follows
//! with one more at full size, from the enlarged matte.
//!
//! Where light on the screen is uneven, S depends on the place. The chroma residue does not need
//! it (along the axis all is taken, whatever it was), so a plate enters only into s and into luma.

use super::View;
use crate::contract::geometry::Size;
use crate::contract::key::{KeyCalibration, ScreenPlate};
use crate::contract::render_input::Keying;
use crate::media::filter::key::{Axis, Chroma, Cut, Even, KeyFilter, Table};
use crate::media::filter::{Filter, FilterGraph, Pad, PixelFormat, Scaling};

/// Length of the chroma plane's unit of `similarity` and `blend`: 255·√2 steps, thousandths.
const RANGE_MILLI: u64 = 360_624;

/// Byte that stands for the plate's strongest cell. The rest is room for pixels that are more
/// strongly coloured than the screen.
const STRONGEST: u64 = 230;

/// Cuts the subject out of a picture; the result has straight alpha.
pub(super) fn keyed(graph: &mut FilterGraph, input: Pad, view: &View, keying: &Keying) -> Pad {
    let screen = even(&keying.calibration);
    let [y, u, v] = planes(graph, input);
    let [u_matte, u_first, u_second] = copies(graph, u);
    let [v_matte, v_first, v_second] = copies(graph, v);
    let matte = [u_matte, v_matte];
    let chroma = [(Chroma::U, [u_first, v_first]), (Chroma::V, [u_second, v_second])];
    let despill_milli = keying.despill_milli;
    let (alpha, y, [u, v]) = match &keying.calibration.plate {
        None => {
            let alpha = table(graph, matte, Table::EvenMatte { screen });
            let (alpha, for_y) = mattes(graph, alpha, keying, view);
            let around = keying.calibration.y.min(255) as u8;
            let y = table(graph, [y, for_y], Table::Undilute { around });
            let subject = chroma.map(|(plane, pads)| {
                table(graph, pads, Table::EvenSubject { plane, screen, despill_milli })
            });
            (alpha, y, subject)
        }
        Some(plate) => {
            let alpha = plated_matte(graph, matte, view, plate, &screen);
            let [alpha, for_u, for_v, share] = copies(graph, alpha);
            let (alpha, for_y) = mattes(graph, alpha, keying, view);
            let y = plated_luma(graph, y, share, view, plate);
            let y = table(graph, [y, for_y], Table::Undilute { around: 0 });
            let [u, v] = chroma.map(|(plane, pads)| {
                table(graph, pads, Table::Residue { plane, screen, despill_milli })
            });
            let subject = [[u, for_u], [v, for_v]]
                .map(|pads| table(graph, pads, Table::Undilute { around: 128 }));
            (alpha, y, subject)
        }
    };
    graph.to(&[y, u, v, alpha], vec![Filter::Key(KeyFilter::Merge)])
}

/// Alpha at the chroma's size, each pixel measured against the plate.
fn plated_matte(
    graph: &mut FilterGraph,
    pads: [Pad; 2],
    view: &View,
    plate: &ScreenPlate,
    screen: &Even,
) -> Pad {
    let strongest = plate.chroma_milli.iter().copied().max().unwrap_or(1).max(1000);
    let scaled = |milli: &u32| (u64::from(*milli) * STRONGEST / u64::from(strongest)) as u8;
    let chroma = plate.chroma_milli.iter().map(scaled).collect();
    let chroma = spread(graph, plate, chroma, view);
    let gain_milli = (STRONGEST * 1_000_000 / u64::from(strongest)) as u32;
    let share = table(graph, pads, Table::Screen { axis: screen.axis, gain_milli });
    table(graph, [share, chroma], Table::Matte { cut: screen.cut })
}

/// The matte at full size, twice: with choke and feather, to cut by; and as it was measured, to
/// undo what the screen diluted. They are one where edges are left alone.
fn mattes(graph: &mut FilterGraph, alpha: Pad, keying: &Keying, view: &View) -> (Pad, Pad) {
    let edges = edges(keying, view);
    if edges.is_empty() {
        let alpha = enlarged(graph, alpha, view.size);
        let [cut, measured] = copies(graph, alpha);
        return (cut, measured);
    }
    let [cut, measured] = copies(graph, alpha);
    let cut = graph.to(&[cut], edges);
    (enlarged(graph, cut, view.size), enlarged(graph, measured, view.size))
}

/// Luma without the plate's, still diluted.
fn plated_luma(
    graph: &mut FilterGraph,
    y: Pad,
    alpha: Pad,
    view: &View,
    plate: &ScreenPlate,
) -> Pad {
    let luma = plate.luma.iter().map(|luma| (*luma).min(255) as u8).collect();
    let luma = spread(graph, plate, luma, view);
    let share = graph.to(&[alpha], vec![Filter::Key(KeyFilter::Invert)]);
    let screen = graph.to(&[share, luma], vec![Filter::Key(KeyFilter::Multiply)]);
    let screen = enlarged(graph, screen, view.size);
    graph.to(&[y, screen], vec![Filter::Key(KeyFilter::Subtract)])
}

/// A plate at the chroma's size: enlarged to the whole clip, then cut and turned as the clip is.
/// It is one frame, which the filters that take it hold for ever.
fn spread(graph: &mut FilterGraph, plate: &ScreenPlate, values: Vec<u8>, view: &View) -> Pad {
    let scale = |Size { width, height }| Filter::Scale { width, height, method: Scaling::Bilinear };
    let cells = KeyFilter::Cells { columns: plate.columns, rows: plate.rows, values };
    let mut filters = vec![Filter::Key(cells)];
    if view.crop != View::whole(view.whole).crop {
        filters.extend([scale(view.whole), Filter::Crop(view.crop)]);
    }
    if view.flip {
        filters.push(Filter::Flip);
    }
    filters.push(scale(halved(view.size)));
    graph.to(&[], filters)
}

/// Choke and feather on the small matte, one pixel of which is two of the picture.
///
/// A choke is whole erosions and a part of one. A feather first erodes as far as it then blurs,
/// so that the matte ends where it ended and never uncovers what is screen.
fn edges(keying: &Keying, view: &View) -> Vec<Filter> {
    let radius = (view.scaled(keying.feather_decipx) + 20) / 40;
    let choke = view.scaled(keying.choke_decipx) + 20 * radius;
    let whole = (0..choke / 20).map(|_| 255);
    let part = (choke % 20 * 255 / 20) as u8;
    let mut filters: Vec<Filter> = whole
        .chain((part > 0).then_some(part))
        .map(|limit| Filter::Key(KeyFilter::Erode { limit }))
        .collect();
    if radius > 0 {
        filters.push(Filter::Key(KeyFilter::Mean { radius }));
    }
    filters
}

/// What the tables need to know of a calibration.
fn even(calibration: &KeyCalibration) -> Even {
    let [u, v] = [calibration.u, calibration.v].map(|byte| i64::from(byte) - 128);
    let chroma_milli = chroma_milli(calibration).max(1000);
    let axis = [u, v].map(|part| part * 1_000_000_000 / i64::from(chroma_milli));
    let share = |milli: u32| (u64::from(milli) * RANGE_MILLI / u64::from(chroma_milli)) as u32;
    let clear_milli = 1000_u32.saturating_sub(share(calibration.similarity_milli)).max(20);
    let opaque_milli = clear_milli.saturating_sub(share(calibration.blend_milli).max(10));
    Even {
        axis: Axis { u: axis[0], v: axis[1] },
        chroma_milli,
        cut: Cut { opaque_milli, clear_milli },
    }
}

/// Distance of the screen's centre from grey, thousandths of a step.
pub(super) fn chroma_milli(calibration: &KeyCalibration) -> u32 {
    let squares = u64::from(calibration.u.abs_diff(128)).pow(2)
        + u64::from(calibration.v.abs_diff(128)).pow(2);
    (squares * 1_000_000).isqrt() as u32
}

/// `similarity` and `blend` for a cut on a screen so far from grey, thousandths of the range.
pub(super) fn distances(chroma_milli: u32, cut: Cut) -> (u32, u32) {
    let distance = |share: u32| {
        ((u64::from(share) * u64::from(chroma_milli) + RANGE_MILLI / 2) / RANGE_MILLI) as u32
    };
    (
        distance(1000_u32.saturating_sub(cut.clear_milli)),
        distance(cut.clear_milli - cut.opaque_milli),
    )
}

fn planes(graph: &mut FilterGraph, input: Pad) -> [Pad; 3] {
    let pads = std::array::from_fn(|_| graph.link());
    let filters = vec![Filter::Format(PixelFormat::Yuv420p), Filter::Key(KeyFilter::Planes)];
    graph.chain(&[input], filters, &pads);
    pads
}

fn copies<const N: usize>(graph: &mut FilterGraph, input: Pad) -> [Pad; N] {
    let pads = std::array::from_fn(|_| graph.link());
    graph.chain(&[input], vec![Filter::Split(N as u32)], &pads);
    pads
}

fn table(graph: &mut FilterGraph, pads: [Pad; 2], table: Table) -> Pad {
    graph.to(&pads, vec![Filter::Key(KeyFilter::Table(table))])
}

fn enlarged(graph: &mut FilterGraph, input: Pad, Size { width, height }: Size) -> Pad {
    graph.to(&[input], vec![Filter::Scale { width, height, method: Scaling::Bilinear }])
}

fn halved(Size { width, height }: Size) -> Size {
    Size { width: width.div_ceil(2), height: height.div_ceil(2) }
}
