//! What shows a film at a glance: its first seconds as a small moving picture, and its sound as a
//! wave form. Made where the profile asks for them.

use crate::contract::geometry::Size;
use crate::contract::profile::{AudioPolicy, Container};
use crate::contract::render_input::RenderInput;
use crate::contract::units::Rational;
use crate::media::command::Command;
use crate::media::encode::{self, Args};
use crate::media::filter::{Filter, Pad, Scaling};
use crate::media::layer;
use crate::node::plan::{Action, Bounds, Input, OutputKind, Program};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Raised when the same film gives another preview.
const VERSION: u32 = 1;

/// How much of the film moves in its preview.
const SECONDS: u32 = 3;

/// Frames a second of a preview: enough to see what moves, at a third of the size of the film's.
const RATE: u32 = 10;

/// Width of a preview, pixels: that of a card on the page.
const WIDTH: u32 = 240;

/// Pixels of a wave form.
const WAVE: Size = Size { width: 720, height: 96 };

/// The actions that show the film that lies at `film`. A GIF moves by itself, and has no sound.
pub(super) fn actions(input: &RenderInput, film: &Input) -> Vec<Action> {
    let profile = &input.profile;
    if profile.container == Container::Gif {
        return Vec::new();
    }
    let moving = Action {
        label: "preview".to_owned(),
        args: moving(profile.container, input.canvas()),
        outputs: [("preview".to_owned(), OutputKind::Bytes("image/webp"))].into(),
        ..action("render/preview", film)
    };
    let wave = (profile.audio == AudioPolicy::Required).then(|| Action {
        label: "wave form".to_owned(),
        args: wave(profile.container),
        outputs: [("waveform".to_owned(), OutputKind::Bytes("image/png"))].into(),
        ..action("render/waveform", film)
    });
    std::iter::once(moving).chain(wave).collect()
}

fn action(step: &'static str, film: &Input) -> Action {
    Action {
        step,
        version: VERSION,
        label: String::new(),
        program: Program::Ffmpeg,
        args: Vec::new(),
        env: BTreeMap::new(),
        params: Value::Null,
        inputs: [("film".to_owned(), film.clone())].into(),
        outputs: BTreeMap::new(),
        bounds: Bounds { wall: Duration::from_secs(300), ..Bounds::default() },
        retries: 0,
        frames: None,
    }
}

fn moving(container: Container, canvas: Size) -> Args {
    let mut command = Command::default();
    let rate = Rational::new(RATE, 1);
    let size = small(canvas);
    let shown = vec![
        Filter::ConstantRate(rate),
        Filter::FirstFrames(SECONDS * RATE),
        Filter::Scale { width: size.width, height: size.height, method: Scaling::Area },
    ];
    let pad = if container == Container::Webm {
        let decoded = Pad::Video(command.input_with_alpha("film"));
        let picture = command.graph.to(&[decoded], shown);
        // What is transparent is black, as it is in the poster.
        let black = layer::blank(&mut command, size, rate, SECONDS * RATE, false);
        let overlay = Filter::Overlay { x: 0, y: 0, shown: None };
        command.graph.to(&[black, picture], vec![overlay, Filter::ToScreen])
    } else {
        let decoded = Pad::Video(command.input("film", "mov", 0));
        command.graph.to(&[decoded], shown.into_iter().chain([Filter::ToScreen]).collect())
    };
    command.finish(pad, encode::webp(), "preview")
}

/// The canvas at the width of a preview, even; none is made larger.
fn small(canvas: Size) -> Size {
    let width = canvas.width.min(WIDTH);
    let height = u64::from(canvas.height) * u64::from(width) / u64::from(canvas.width.max(1));
    let height = u32::try_from(height).unwrap_or(canvas.height) / 2 * 2;
    Size { width, height: height.max(2) }
}

fn wave(container: Container) -> Args {
    let mut command = Command::default();
    let demuxer = if container == Container::Webm { "matroska" } else { "mov" };
    let decoded = Pad::Audio(command.input("film", demuxer, 0));
    let Size { width, height } = WAVE;
    let drawn = command.graph.to(&[decoded], vec![Filter::Waveform { width, height }]);
    command.finish(drawn, encode::png(), "waveform")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_has_the_shape_of_its_film() {
        let small = |width, height| small(Size { width, height });
        assert_eq!(small(1080, 1920), Size { width: 240, height: 426 });
        assert_eq!(small(1920, 1080), Size { width: 240, height: 134 });
        assert_eq!(small(96, 160), Size { width: 96, height: 160 });
        assert_eq!(small(4096, 16), Size { width: 240, height: 2 });
    }
}
