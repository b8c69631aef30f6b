//! Backgrounds: sharp enough, large enough, neither black nor blown out, and calm where captions
//! stand.

use super::frame::{Frame, Small};
use crate::contract::asset::VideoFacts;

/// Long side at which sharpness is compared.
const SIDE: u32 = 640;

/// Luma up to which a pixel is lost in black, and from which on it is lost in white.
const BLACK: u8 = 18;
const WHITE: u8 = 234;

/// Measures frames of one film, or one picture: means over the frames.
pub fn measure(frames: &[Frame], video: &VideoFacts, note: &mut impl FnMut(&str, i64)) {
    note("shortSidePx", i64::from(video.width.min(video.height)));
    let smalls: Vec<Small> = frames.iter().map(|frame| frame.small(SIDE)).collect();
    let mut mean = |name: &str, of: &dyn Fn(&Small) -> f64| {
        if !smalls.is_empty() {
            let value = smalls.iter().map(of).sum::<f64>() / smalls.len() as f64;
            note(name, value.round() as i64);
        }
    };
    mean("sharpnessMilli", &|small| laplacian_variance(small) * 1000.0);
    mean("lumaMeanMilli", &|small| mean_and_variance(&small.y).0 * 1000.0);
    mean("clippedShareMilli", &|small| {
        let lost = small.y.iter().filter(|y| **y <= BLACK || **y >= WHITE).count();
        1000.0 * lost as f64 / small.y.len() as f64
    });
    // Captions stand in the upper or the lower third.
    let third = |small: &Small| small.y.len() / 3;
    mean("topBandStdMilli", &|small| mean_and_variance(&small.y[..third(small)]).1.sqrt() * 1000.0);
    mean("bottomBandStdMilli", &|small| {
        mean_and_variance(&small.y[small.y.len() - third(small)..]).1.sqrt() * 1000.0
    });
}

fn mean_and_variance(values: &[u8]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / count;
    (mean, values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count)
}

/// Variance of the four-neighbour Laplacian of luma: low where nothing is sharp.
fn laplacian_variance(small: &Small) -> f64 {
    let (width, height) = (small.size.width as usize, small.size.height as usize);
    if width < 3 || height < 3 {
        return 0.0;
    }
    let at = |x: usize, y: usize| f64::from(small.y[y * width + x]);
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    for y in 1..height - 1 {
        for x in 1..width - 1 {
            let value = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y);
            sum += value;
            squares += value * value;
            count += 1.0;
        }
    }
    squares / count - (sum / count).powi(2)
}
