//! The green screen as a layer: what of it is seen, keyed at the smaller of its two sizes, and
//! laid on its place.

use super::bt601;
use super::command::Command;
use super::filter::{Filter, Pad, PixelFormat};
use super::key::{View, keyed};
use super::layer::scaling;
use super::place::{Visible, visible};
use crate::contract::geometry::Size;
use crate::contract::key::KeyCalibration;
use crate::contract::render_input::{GreenScreen, Keying};

/// The clip's screen in the colours of the film, BT.709. The key of a still was measured in BT.601,
/// like that of a small film.
pub fn calibration_in_film(clip: &GreenScreen) -> KeyCalibration {
    if clip.video.is_still() || clip.video.bt601 {
        bt601::to_bt709(&clip.key.calibration)
    } else {
        clip.key.calibration.clone()
    }
}

/// How a clip is cut out.
pub struct Cut<'a> {
    clip: &'a GreenScreen,
    seen: Visible,
}

impl<'a> Cut<'a> {
    /// None where nothing of the clip lies on the canvas.
    pub fn new(clip: &'a GreenScreen, canvas: Size) -> Option<Self> {
        let source = Size { width: clip.video.width, height: clip.video.height };
        let mut seen = visible(source, clip.place, canvas)?;
        if clip.flip {
            // The part that is seen, in the picture as it was before it was mirrored.
            let width = i64::from(source.width & !1);
            seen.crop.x = i32::try_from(width - seen.crop.right()).unwrap_or(0);
        }
        Some(Self { clip, seen })
    }

    pub fn x(&self) -> i32 {
        self.seen.place.x
    }

    pub fn y(&self) -> i32 {
        self.seen.place.y
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
        // A still comes as red, green and blue.
        if self.clip.video.is_still() {
            filters.push(Filter::ToFilm(PixelFormat::Yuv420p));
        } else {
            filters.push(Filter::Format(PixelFormat::Yuv420p));
            filters.extend(self.clip.video.bt601.then_some(Filter::Bt601ToBt709));
        }
        let keying =
            Keying { calibration: calibration_in_film(self.clip), ..self.clip.key.clone() };
        filters.push(Filter::Tagged);
        let picture = command.graph.to(&[pad], filters);
        let view = View { whole, crop: self.seen.crop, flip: self.clip.flip, size: to };
        let cut = keyed(&mut command.graph, picture, &view, &keying);
        command.graph.to(&[cut], vec![Filter::Tagged])
    }
}
