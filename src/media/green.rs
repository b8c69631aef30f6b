//! The green screen as a layer: what of it is seen, keyed at the smaller of its two sizes, and
//! laid on its place.

use super::command::Command;
use super::filter::{Filter, Pad, PixelFormat};
use super::layer::scaling;
use super::place::{Visible, visible};
use crate::contract::geometry::Size;
use crate::contract::render_input::GreenScreen;

/// How a clip is cut out.
pub struct Cut<'a> {
    clip: &'a GreenScreen,
    seen: Visible,
    transparent: bool,
}

impl<'a> Cut<'a> {
    /// None where nothing of the clip lies on the canvas. `transparent`: there is nothing beneath.
    pub fn new(clip: &'a GreenScreen, canvas: Size, transparent: bool) -> Option<Self> {
        let source = Size { width: clip.video.width, height: clip.video.height };
        let mut seen = visible(source, clip.place, canvas)?;
        if clip.flip {
            // The part that is seen, in the picture as it was before it was mirrored.
            let width = i64::from(source.width & !1);
            seen.crop.x = i32::try_from(width - seen.crop.right()).unwrap_or(0);
        }
        Some(Self { clip, seen, transparent })
    }

    pub fn x(&self) -> i32 {
        self.seen.place.x
    }

    pub fn y(&self) -> i32 {
        self.seen.place.y
    }

    /// Whether the colours that come out are already multiplied by their alpha.
    pub fn premultiplied(&self) -> bool {
        false
    }

    /// Keys a picture of the clip.
    pub fn key(&self, command: &mut Command, pad: Pad) -> Pad {
        let from = Size { width: self.seen.crop.width, height: self.seen.crop.height };
        let to = Size { width: self.seen.place.width, height: self.seen.place.height };
        let mut filters = Vec::new();
        let whole = Size { width: self.clip.video.width, height: self.clip.video.height };
        if from != whole {
            filters.push(Filter::Crop(self.seen.crop));
        }
        if self.clip.flip {
            filters.push(Filter::Flip);
        }
        filters.push(Filter::SquarePixels);
        let scale = Filter::Scale { width: to.width, height: to.height, method: scaling(from, to) };
        if from != to {
            filters.push(scale);
        }
        filters.push(Filter::Format(PixelFormat::Yuv420p));
        let key = &self.clip.key;
        let blue = key.calibration.u > key.calibration.v;
        filters.push(Filter::Chromakey {
            u: key.calibration.u,
            v: key.calibration.v,
            similarity_milli: key.calibration.similarity_milli.max(10),
            blend_milli: key.calibration.blend_milli,
        });
        if key.despill_milli > 0 {
            filters.push(Filter::Despill { blue, mix_milli: key.despill_milli });
        }
        filters.push(Filter::Format(PixelFormat::Yuva420p));
        let _ = self.transparent;
        command.graph.to(&[pad], filters)
    }
}
