//! What should be seen in a stretch of a film: places and times from the render input, relative to
//! the stretch, so that equal stretches are measured once.

use crate::contract::key::KeyCalibration;
use crate::contract::render_input::RenderInput;
use crate::media::green::calibration_in_film;
use crate::media::pixels::{Look, LookedFor, Screen, sampling};
use std::ops::Range;

/// A stretch of a film, and what to look for in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Frames of the film.
    pub range: Range<u32>,
    /// The render input's numbers of the captions in `look`.
    pub captions: Vec<usize>,
    pub look: Look,
}

impl Stretch {
    pub fn new(input: &RenderInput, range: Range<u32>) -> Self {
        let every = sampling(input.frame_rate());
        let layers = input.captions.iter().enumerate();
        let shown: Vec<_> = layers
            .filter(|(_, layer)| layer.from_frame < range.end && range.start < layer.to_frame)
            .collect();
        let looked_for = shown.iter().map(|(_, layer)| LookedFor {
            from: layer.from_frame.max(range.start) - range.start,
            to: layer.to_frame.min(range.end) - range.start,
            x: layer.spec.area.x,
            y: layer.spec.area.y,
            color: layer.spec.style.color,
        });
        let screen = input.green_screen.as_ref().map(|layer| {
            let KeyCalibration { u, v, .. } = calibration_in_film(layer);
            Screen { place: layer.place, u, v }
        });
        Self {
            look: Look {
                every,
                phase: range.start % every,
                canvas: input.canvas(),
                screen,
                captions: looked_for.collect(),
            },
            captions: shown.iter().map(|(index, _)| *index).collect(),
            range,
        }
    }

    /// The numbers of its captions, as the facts have them.
    pub fn numbers(&self) -> Vec<u32> {
        self.captions.iter().map(|index| u32::try_from(*index).unwrap_or(u32::MAX)).collect()
    }
}
