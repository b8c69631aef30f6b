//! The poster: one frame of the film, as a JPEG.

use crate::contract::geometry::Size;
use crate::contract::profile::Container;
use crate::contract::render_input::RenderInput;
use crate::contract::units::Rational;
use crate::media::command::Command;
use crate::media::encode;
use crate::media::filter::{Filter, Pad};
use crate::media::layer;
use crate::media::segment;
use crate::media::timeline::seek_us;
use crate::node::plan::{Action, Bounds, Input, OutputKind, Program};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// Raised when the same film gives another poster.
const VERSION: u32 = 1;

/// The frame that stands for the film: the middle of the first caption, which is the joke, else
/// one third of the way in.
fn frame(input: &RenderInput) -> u32 {
    let middle = |from: u32, to: u32| from + (to - from) / 2;
    let caption = input.captions.iter().min_by_key(|caption| caption.from_frame);
    caption.map_or(input.frames / 3, |caption| middle(caption.from_frame, caption.to_frame))
}

/// The action that makes it of the stretch that shows the frame; the first stretch was drawn by
/// action `first`.
pub(super) fn action(input: &RenderInput, ranges: &[Range<u32>], first: usize) -> Action {
    let frame = frame(input);
    let index = ranges.iter().position(|range| range.contains(&frame)).unwrap_or(0);
    let within = frame - ranges[index].start;
    let video = Input::Earlier { action: first + index, output: segment::OUTPUT.to_owned() };
    Action {
        step: "render/poster",
        version: VERSION,
        label: "poster".to_owned(),
        program: Program::Ffmpeg,
        args: args(input.profile.container, input.canvas(), input.frame_rate(), within),
        env: BTreeMap::new(),
        params: Value::Null,
        inputs: [("video".to_owned(), video)].into(),
        outputs: [("poster".to_owned(), OutputKind::Bytes("image/jpeg"))].into(),
        bounds: Bounds { wall: Duration::from_secs(120), ..Bounds::default() },
        retries: 0,
        frames: None,
    }
}

fn args(container: Container, canvas: Size, rate: Rational, frame: u32) -> Vec<String> {
    let mut command = Command::default();
    let pad = match container {
        Container::Mp4 => {
            let decoded = Pad::Video(command.input("video", "mov", seek_us(rate, frame)));
            command.graph.to(&[decoded], vec![Filter::ToJpeg])
        }
        // Neither GIF nor Matroska keeps exact times: their frames are counted.
        Container::Gif => {
            let decoded = Pad::Video(command.input("video", "gif", 0));
            command.graph.to(&[decoded], vec![Filter::SkipFrames(frame), Filter::RgbToJpeg])
        }
        Container::Webm => {
            let decoded = Pad::Video(command.input_with_alpha("video"));
            let chosen = vec![Filter::SkipFrames(frame), Filter::FrameClock(rate), Filter::Number];
            let picture = command.graph.to(&[decoded], chosen);
            // What is transparent is black in a JPEG, as it is in players that know no alpha.
            let black = layer::blank(&mut command, canvas, rate, 1, false);
            let overlay = Filter::Overlay { x: 0, y: 0, shown: None };
            command.graph.to(&[black, picture], vec![overlay, Filter::ToJpeg])
        }
    };
    command.finish(pad, encode::jpeg(), "poster")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poster_is_sought_in_its_segment() {
        let size = Size { width: 96, height: 160 };
        let args = args(Container::Mp4, size, Rational::new(30, 1), 7).join(" ");
        assert!(args.contains("-ss 0.216666"), "{args}");
        assert!(args.contains("{in:video}") && args.contains("{out:poster}"), "{args}");
    }
}
