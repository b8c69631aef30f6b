//! Segments show, frame for frame, what the whole film would, and what its timeline defines.

use super::support::*;
use memebuild::contract::geometry::{Rect, Size};
use memebuild::contract::profile::Container;
use memebuild::contract::render_input::{RenderInput, Repeat};
use memebuild::contract::units::Rational;
use memebuild::media::segment::{Drawing, Layer, draw, green_clip};
use memebuild::media::timeline::segments;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The files that layers are read from.
struct Files<'a> {
    folder: &'a Path,
}

impl Files<'_> {
    fn paths(&self, drawing: &Drawing) -> BTreeMap<String, PathBuf> {
        let file = |layer: &Layer| match layer {
            Layer::Background => "background.mp4".to_owned(),
            Layer::GreenScreen => "green.mp4".to_owned(),
            Layer::Caption(index) => format!("caption{index}.png"),
            Layer::Watermark => "caption0.png".to_owned(),
        };
        drawing
            .inputs
            .iter()
            .map(|(name, layer)| (name.clone(), self.folder.join(file(layer))))
            .collect()
    }

    /// The frames that the command draws, before they are encoded.
    fn frames(&self, input: &RenderInput, range: Range<u32>) -> Vec<Vec<u8>> {
        let drawing = draw(input, range.clone());
        let args = substitute(&drawing.args, &self.paths(&drawing));
        let map = args.iter().position(|arg| arg == "-map").expect("a map");
        let mut args = args[..map + 2].to_vec();
        let raw = ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"];
        args.extend(raw.map(str::to_owned));
        let size = input.canvas();
        let bytes = ffmpeg(&args);
        let frames: Vec<Vec<u8>> =
            bytes.chunks((size.width * size.height * 3 / 2) as usize).map(<[u8]>::to_vec).collect();
        assert_eq!(frames.len(), range.len(), "the command draws as many frames as it says");
        frames
    }

    fn segmented(&self, input: &RenderInput, segment: u32) -> Vec<Vec<u8>> {
        segments(input.frames, segment)
            .into_iter()
            .flat_map(|range| self.frames(input, range))
            .collect()
    }
}

/// Luma in the middle of the right half, where the counted film counts.
fn count(frame: &[u8]) -> u32 {
    (u32::from(frame[(80 * CANVAS.width + 72) as usize]) - 19) / 3
}

fn check(input: &RenderInput, folder: &Path) {
    let files = Files { folder };
    let whole = files.frames(input, 0..input.frames);
    let pieces = files.segmented(input, 13);
    for (n, (piece, whole)) in pieces.iter().zip(&whole).enumerate() {
        let clip = input.green_screen.as_ref().map(green_clip);
        assert!(piece == whole, "frame {n} differs in its segment: {clip:?}");
    }
    let Some(green) = &input.green_screen else { return };
    for (n, frame) in (0..).zip(&whole) {
        if let Some(shown) = green_clip(green).frame_at(input.frame_rate(), n) {
            assert_eq!(count(frame), shown, "frame {n} of {green:?}");
        }
    }
}

#[test]
fn segments_are_the_film() {
    let folder = tempfile::tempdir().unwrap();
    let size = Size { width: 96, height: 160 };
    let rates = [
        Rational::new(24, 1),
        Rational::new(30000, 1001),
        Rational::new(30, 1),
        Rational::new(60, 1),
    ];
    let cases = [
        // A clip of its own rate, looping inside and across segments.
        (rates[2], 40, 1000, Repeat::Loop, 0),
        // 24 in 30, from a later start.
        (rates[0], 50, 1000, Repeat::Loop, 500),
        // Faster, slower, and rates that do not divide.
        (rates[2], 70, 1500, Repeat::Loop, 0),
        (rates[1], 31, 750, Repeat::Loop, 100),
        (rates[3], 66, 1000, Repeat::Freeze, 0),
        (rates[0], 33, 1000, Repeat::Freeze, 0),
        (rates[0], 40, 1333, Repeat::Once, 0),
        // Shorter than a segment.
        (rates[2], 5, 1000, Repeat::Loop, 0),
    ];
    for (rate, frames, speed, repeat, start) in cases {
        counted_film(&folder.path().join("green.mp4"), size, rate, frames, 12);
        let mut input = film(Container::Mp4, 70);
        let mut clip = green(size, rate, frames);
        (clip.speed_milli, clip.repeat, clip.start_ms) = (speed, repeat, start);
        input.green_screen = Some(clip);
        check(&input, folder.path());
    }
}

#[test]
fn layers_come_and_go_on_their_frame() {
    let folder = tempfile::tempdir().unwrap();
    let (green_size, rate) = (Size { width: 128, height: 72 }, Rational::new(25, 1));
    counted_film(&folder.path().join("green.mp4"), green_size, rate, 37, 250);
    counted_film(&folder.path().join("background.mp4"), CANVAS, Rational::new(30, 1), 45, 30);
    let mut input = film(Container::Mp4, 90);
    let mut clip = green(green_size, rate, 37);
    clip.place = Rect { x: -20, y: 40, width: 160, height: 90 };
    clip.flip = true;
    input.green_screen = Some(clip);
    let mut ground = background(Rational::new(30, 1), 45);
    ground.repeat = Repeat::Once;
    input.background = Some(ground);
    let area = Rect { x: 8, y: 10, width: 80, height: 24 };
    for (index, range) in [3..20, 15..16, 29..61, 80..90].into_iter().enumerate() {
        let size = Size { width: area.width, height: area.height };
        caption_picture(&folder.path().join(format!("caption{index}.png")), size);
        let area = Rect { y: area.y + 30 * i32::try_from(index).unwrap(), ..area };
        input.captions.push(caption("meme", area, range));
    }
    let files = Files { folder: folder.path() };
    let whole = files.frames(&input, 0..90);
    for segment in [13, 64] {
        let differs = |(piece, whole): (&Vec<u8>, &Vec<u8>)| piece != whole;
        let pieces = files.segmented(&input, segment);
        let first = pieces.iter().zip(&whole).position(differs);
        assert_eq!(first, None, "the first frame that differs with segments of {segment}");
    }
    let lit = |n: usize, y: u32| whole[n][(y * CANVAS.width + 48) as usize] > 220;
    for (index, range) in [3..20usize, 15..16, 29..61, 80..90].into_iter().enumerate() {
        let y = 22 + 30 * u32::try_from(index).unwrap();
        let shown: Vec<usize> = (0..90).filter(|n| lit(*n, y)).collect();
        assert_eq!(shown, range.collect::<Vec<_>>(), "caption {index}");
    }
}

#[test]
fn a_film_in_the_colours_of_old_television_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let rate = Rational::new(30, 1);
    counted_film(&folder.path().join("green.mp4"), CANVAS, rate, 4, 12);
    let mut input = film(Container::Mp4, 4);
    let mut clip = green(CANVAS, rate, 4);
    clip.video.bt601 = true;
    input.green_screen = Some(clip);
    let files = Files { folder: folder.path() };
    let frames = files.frames(&input, 0..4);
    // Grey is grey in both, and the screen is found where it went.
    assert_eq!(frames.iter().map(|frame| count(frame)).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert!(frames[0][(80 * CANVAS.width + 20) as usize] <= 18, "the screen is gone");
}
