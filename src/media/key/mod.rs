//! The green-screen key: calibration from a clip's own pixels, and the filters that cut by it.
//!
//! ```text
//! decoded frames (Planes) → calibrate → contract::key::KeyCalibration
//!                                        + choke, feather, despill → keyed → filters → yuva420p
//! ```
//!
//! Nothing is set by hand: the screen's colour, the share of it at which a pixel counts as screen
//! or as subject, and a plate for uneven light all come from the clip. A Memefile may override the
//! similarity and the blend.

mod calibrate;
mod histogram;
mod mask;
mod planes;
mod plate;
mod screen;
mod tables;

pub use calibrate::calibrate;
pub use planes::Planes;

use crate::contract::geometry::{Rect, Size};
use crate::contract::render_input::{KeyEngine, Keying};
use crate::media::filter::{Filter, FilterGraph, Pad, PixelFormat};

/// Which part of a clip is keyed, and how large: crop, mirror and scale come before the key, in
/// this order, and a plate of the screen has to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The clip's own size.
    pub whole: Size,
    /// What is seen of it.
    pub crop: Rect,
    /// Mirrored left and right, after the crop.
    pub flip: bool,
    /// What the crop is scaled to.
    pub size: Size,
}

impl View {
    /// All of a clip, as large as it is.
    pub fn whole(size: Size) -> Self {
        let crop = Rect { x: 0, y: 0, width: size.width, height: size.height };
        Self { whole: size, crop, flip: false, size }
    }

    /// A length in tenths of the clip's pixels, in tenths of the scaled picture's.
    fn scaled(&self, decipx: u32) -> u32 {
        let scaled = u64::from(decipx) * u64::from(self.size.width);
        let width = u64::from(self.crop.width.max(1));
        ((scaled + width / 2) / width).min(400) as u32
    }
}

/// Adds the key to a graph and returns the cut-out: `yuva420p` with straight alpha, of the input's
/// size and times.
///
/// `input` is already what `view` says, so that colour and alpha are not scaled apart afterwards,
/// and still of the matrix and range that the clip was calibrated in.
pub fn keyed(graph: &mut FilterGraph, input: Pad, view: &View, keying: &Keying) -> Pad {
    match keying.engine {
        KeyEngine::Tables => tables::keyed(graph, input, view, keying),
        KeyEngine::Chromakey => graph.to(&[input], chromakey(keying)),
    }
}

/// ffmpeg's own keyer around the same colour; it knows neither choke nor feather.
fn chromakey(keying: &Keying) -> Vec<Filter> {
    let key = &keying.calibration;
    let mut filters = vec![Filter::Chromakey {
        u: key.u,
        v: key.v,
        // Less than a hundredth it refuses.
        similarity_milli: key.similarity_milli.max(10),
        blend_milli: key.blend_milli,
    }];
    if keying.despill_milli > 0 {
        let strength_milli = keying.despill_milli;
        filters.push(Filter::Despill { blue: key.u > 128, strength_milli });
    }
    filters.push(Filter::Format(PixelFormat::Yuva420p));
    filters
}
