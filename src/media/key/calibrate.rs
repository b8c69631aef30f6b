//! From decoded frames to a calibration.

use super::histogram::Histogram;
use super::mask::Mask;
use super::planes::Planes;
use super::screen::{self, Centre};
use super::{plate, tables};
use crate::contract::key::{KeyCalibration, ScreenPlate};
use crate::media::filter::key::Cut;

/// Bounds of the share (thousandths) up to which a pixel is all subject. Below the lower one are
/// rounding errors of bytes; a spill beyond the upper one is not told from real transparency.
const OPAQUE: (u64, u64) = (20, 200);
/// Bounds of the share from which on a pixel is all screen.
const CLEAR: (u64, u64) = (800, 980);
/// Pixels (of the chroma plane) that edges reach into the subject, and into the screen: four
/// pixels of blur each way, and the deblocking of a compressed clip.
const INSIDE: usize = 6;
const OUTSIDE: usize = 4;
/// Of more frames than this, evenly spread ones are looked at: medians of millions of pixels move
/// no more.
const ENOUGH: usize = 8;

/// Measures the screen of a clip. `None` where the frames show none.
///
/// A handful of frames, spread over the clip, at its own size: at a smaller one noise is averaged
/// away, and the key that it asks for turns out too tight. All frames have one size.
pub fn calibrate(frames: &[Planes]) -> Option<KeyCalibration> {
    let step = frames.len().div_ceil(ENOUGH).max(1);
    let frames: Vec<Planes> = frames.iter().step_by(step).copied().collect();
    let frames = frames.as_slice();
    let (centre, masks) = screen::find(frames)?;
    let plate = plate::measure(frames, &masks, &centre);
    let mut luma = Histogram::new(256);
    for (frame, mask) in frames.iter().zip(&masks) {
        mask.places().for_each(|(x, y)| luma.add(frame.luma(x, y).into()));
    }
    let mut calibration = KeyCalibration {
        u: centre.u.into(),
        v: centre.v.into(),
        y: ((luma.quantile_milli(500)? + 500) / 1000).min(255) as u32,
        spread_milli: 0,
        similarity_milli: 0,
        blend_milli: 0,
        plate,
    };
    let chroma_milli = tables::chroma_milli(&calibration);
    let shares = Shares::count(frames, &centre, calibration.plate.as_ref(), chroma_milli);
    let (cut, deviation) = shares.cut();
    calibration.spread_milli = (deviation * u64::from(chroma_milli) / 1000) as u32;
    (calibration.similarity_milli, calibration.blend_milli) = tables::distances(chroma_milli, cut);
    Some(calibration)
}

/// How much screen (thousandths) is in pixels well inside the subject, and well outside it.
struct Shares {
    subject: Histogram,
    screen: Histogram,
}

impl Shares {
    fn count(
        frames: &[Planes],
        centre: &Centre,
        plate: Option<&ScreenPlate>,
        chroma_milli: u32,
    ) -> Self {
        let mut shares = Self { subject: Histogram::new(1500), screen: Histogram::new(1500) };
        for frame in frames {
            let [width, height] =
                [frame.chroma.width, frame.chroma.height].map(|side| side as usize);
            let share = |index: usize| {
                let at = (index % width, index / width);
                let whole = plate.map_or(chroma_milli, |plate| {
                    plate::chroma_milli_at(plate, at, (width, height))
                });
                let [u, v] = [frame.u, frame.v].map(|plane| u64::from(plane[index]) * 1000);
                let (along, across) = centre.parts_milli(u, v);
                (along - across.abs() / 4).max(0) as usize * 1000 / whole as usize
            };
            let values: Vec<usize> = (0..frame.u.len()).map(share).collect();
            let screen = Mask::new(width, values.iter().map(|share| *share > 500).collect());
            let (outside, inside) = (screen.eroded(OUTSIDE), screen.inverted().eroded(INSIDE));
            outside.places().for_each(|(x, y)| shares.screen.add(values[y * width + x]));
            inside.places().for_each(|(x, y)| shares.subject.add(values[y * width + x]));
        }
        shares
    }

    /// Where the matte cuts, and the standard deviation of the screen's share: of its weaker
    /// half, as that is the half that a matte can take for subject.
    fn cut(&self) -> (Cut, u64) {
        let screen = |share| self.screen.quantile_milli(share).map_or(1000, |milli| milli / 1000);
        let (middle, weak) = (screen(500), screen(159));
        let deviation = middle.saturating_sub(weak);
        let clear = middle.saturating_sub(deviation * 5 / 2).clamp(CLEAR.0, CLEAR.1);
        let enough = self.subject.total() * 1000 >= self.screen.total();
        let spilled = self.subject.quantile_milli(900).filter(|_| enough).unwrap_or(0) / 1000;
        let opaque = spilled.clamp(OPAQUE.0, OPAQUE.1);
        (Cut { opaque_milli: opaque as u32, clear_milli: clear as u32 }, deviation)
    }
}
