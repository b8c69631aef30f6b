//! Finding the screen: its colour, and which pixels are surely of it.

use super::histogram::Histogram;
use super::mask::Mask;
use super::planes::Planes;
use crate::contract::key::KeyCalibration;

/// Side of the border ring as a part of the picture: subjects stand in the middle.
const RING: usize = 24;

/// Chroma steps from grey, and the unit vector along it in thousandths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Centre {
    pub(super) u: u8,
    pub(super) v: u8,
    chroma_milli: i64,
    axis: [i64; 2],
}

impl Centre {
    fn new(u: u8, v: u8) -> Self {
        let [x, y] = [u, v].map(|byte| i64::from(byte) - 128);
        let chroma_milli = ((x * x + y * y) * 1_000_000).isqrt().max(1);
        let axis = [x, y].map(|part| part * 1_000_000 / chroma_milli);
        Self { u, v, chroma_milli, axis }
    }

    /// What of a chroma lies along the key axis, and across it: thousandths of a step.
    pub(super) fn parts_milli(&self, u: u64, v: u64) -> (i64, i64) {
        let [x, y] = [u, v].map(|milli| milli as i64 - 128_000);
        let [axis_u, axis_v] = self.axis;
        ((x * axis_u + y * axis_v) / 1000, (y * axis_u - x * axis_v) / 1000)
    }

    /// Whether a chroma is of the screen's hue and at least half as strong: the loosest that
    /// still tells a shadow on the screen from a subject.
    fn like(&self, u: u8, v: u8) -> bool {
        let (along, across) = self.parts_milli(u64::from(u) * 1000, u64::from(v) * 1000);
        2 * along > self.chroma_milli && 4 * across.abs() < along
    }
}

/// The screen's colour and, for each frame, the pixels that are surely screen (away from edges,
/// where subsampling and compression mix colours). `None` where nothing has a colour.
pub(super) fn find(frames: &[Planes]) -> Option<(Centre, Vec<Mask>)> {
    let mut centre = commonest(frames)?;
    let mut masks = Vec::new();
    // The commonest pair is a mode, and modes are coarse: medians of what is like it settle in
    // two rounds, and a third shows that they have.
    for _ in 0..3 {
        masks = frames.iter().map(|frame| like(frame, &centre).eroded(2)).collect();
        let (mut us, mut vs) = (Histogram::new(256), Histogram::new(256));
        for (frame, mask) in frames.iter().zip(&masks) {
            let width = frame.chroma.width as usize;
            for (x, y) in mask.places() {
                us.add(frame.u[y * width + x].into());
                vs.add(frame.v[y * width + x].into());
            }
        }
        let [u, v] = [us, vs].map(|values| values.quantile_milli(500));
        let byte = |milli: u64| (milli + 500).div_euclid(1000).min(255) as u8;
        centre = Centre::new(byte(u?), byte(v?));
    }
    (centre.chroma_milli >= i64::from(KeyCalibration::LEAST_CHROMA) * 1000)
        .then_some((centre, masks))
}

fn like(frame: &Planes, centre: &Centre) -> Mask {
    let bits = frame.u.iter().zip(frame.v).map(|(u, v)| centre.like(*u, *v)).collect();
    Mask::new(frame.chroma.width as usize, bits)
}

/// The commonest colour of the border ring, or of the whole picture where the ring is grey (as
/// the bars of a letterbox are).
fn commonest(frames: &[Planes]) -> Option<Centre> {
    mode(frames, true).or_else(|| mode(frames, false))
}

fn mode(frames: &[Planes], ring_only: bool) -> Option<Centre> {
    let mut counts = vec![0_u32; 1 << 16];
    let (mut seen, mut coloured) = (0_u64, 0_u64);
    for frame in frames {
        let [width, height] = [frame.chroma.width, frame.chroma.height].map(|side| side as usize);
        let depth = (width.min(height) / RING).max(2);
        for (index, (u, v)) in frame.u.iter().zip(frame.v).enumerate() {
            let (x, y) = (index % width, index / width);
            let inside = x.min(width - 1 - x).min(y).min(height - 1 - y) >= depth;
            if ring_only && inside {
                continue;
            }
            seen += 1;
            let grey = u32::from(u.abs_diff(128)).pow(2) + u32::from(v.abs_diff(128)).pow(2)
                < KeyCalibration::LEAST_CHROMA.pow(2);
            if !grey {
                coloured += 1;
                counts[usize::from(*u) << 8 | usize::from(*v)] += 1;
            }
        }
    }
    // A tenth of the ring is enough: subjects touch the border, and so do bars.
    if coloured * 10 < seen || coloured == 0 {
        return None;
    }
    // Noise spreads a colour over many bytes: count neighbourhoods, not single pairs.
    let around = |u: usize, v: usize| -> u32 {
        let near = |byte: usize| byte.saturating_sub(2)..=(byte + 2).min(255);
        near(u).flat_map(|u| near(v).map(move |v| u << 8 | v)).map(|pair| counts[pair]).sum()
    };
    let pairs = (0..1_usize << 16).filter(|pair| counts[*pair] > 0);
    let best =
        pairs.max_by_key(|pair| (around(pair >> 8, pair & 255), std::cmp::Reverse(*pair)))?;
    Some(Centre::new((best >> 8) as u8, (best & 255) as u8))
}
