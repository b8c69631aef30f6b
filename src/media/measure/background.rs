//! Backgrounds: sharp enough, large enough, neither black nor blown out, and calm where captions
//! stand.

use super::frame::{Frame, Small};
use super::mean::Mean;
use super::{coding, grain, motion};
use crate::contract::asset::VideoFacts;
use crate::contract::fingerprint::Fingerprint;

/// Long side at which sharpness is compared.
const SIDE: u32 = 640;

/// Luma up to which a pixel is lost in black, and from which on it is lost in white.
const BLACK: u8 = 18;
const WHITE: u8 = 234;

/// Measures frames of one film, or one picture: means over the frames.
pub fn measure(
    frames: &[Frame],
    video: &VideoFacts,
    note: &mut impl FnMut(&str, i64),
) -> Option<Fingerprint> {
    let mut give = |name: &str, value: Option<i64>| value.into_iter().for_each(|v| note(name, v));
    give("shortSidePx", Some(i64::from(video.width.min(video.height))));
    let smalls: Vec<Small> = frames.iter().map(|frame| frame.small(SIDE)).collect();
    let mean = |of: &dyn Fn(&Small) -> i64| {
        let count = i64::try_from(smalls.len()).ok()?;
        smalls.iter().map(of).sum::<i64>().checked_div(count)
    };
    give("sharpnessMilli", mean(&sharpness_milli));
    give("lumaMeanMilli", mean(&|small| luma(&small.y).mean(1000).unwrap_or(0)));
    give(
        "clippedShareMilli",
        mean(&|small| {
            let lost = small.y.iter().filter(|y| **y <= BLACK || **y >= WHITE).count();
            (1000 * lost / small.y.len().max(1)) as i64
        }),
    );
    // Captions stand in the upper or the lower third.
    let third = |small: &Small| small.y.len() / 3;
    let unrest = |part: &[u8]| luma(part).deviation_milli().unwrap_or(0);
    let top = mean(&|small| unrest(&small.y[..third(small)]));
    let bottom = mean(&|small| unrest(&small.y[small.y.len() - third(small)..]));
    give("topBandStdMilli", top);
    give("bottomBandStdMilli", bottom);
    give("calmerBandStdMilli", top.into_iter().chain(bottom).min());
    let some = frames.iter().step_by(frames.len().div_ceil(4).max(1));
    give("noiseMilli", some.filter_map(grain::floor_milli).min());
    give("blockStepsMilli", coding::block_steps_milli(frames, &video.codec));
    give("frozenMilli", motion::frozen_milli(&smalls));
    super::fingerprint::picture(&smalls)
}

fn luma(part: &[u8]) -> Mean {
    let mut mean = Mean::default();
    mean.extend(part.iter().map(|y| i32::from(*y)));
    mean
}

/// Variance of the four-neighbour Laplacian of luma: low where nothing is sharp. What the noise of
/// the calmest eighth adds to it is taken away, since noise is no sharpness.
fn sharpness_milli(small: &Small) -> i64 {
    let (width, height) = (small.size.width as usize, small.size.height as usize);
    if width < 3 || height < 3 {
        return 0;
    }
    let mut whole = Mean::default();
    let mut rows: Vec<u64> = Vec::new();
    for y in 1..height - 1 {
        let line = |y: usize| &small.y[y * width..(y + 1) * width];
        let (above, here, below) = (line(y - 1), line(y), line(y + 1));
        let mut part = Mean::default();
        for x in 1..width - 1 {
            let around = [above[x], below[x], here[x - 1], here[x + 1]].map(i32::from);
            let value = around.iter().sum::<i32>() - 4 * i32::from(here[x]);
            whole.add(value);
            part.add(value);
            if x % 16 == 0 || x == width - 2 {
                rows.extend(std::mem::take(&mut part).variance(1000));
            }
        }
    }
    rows.sort_unstable();
    let floor = rows.get(rows.len() / 8).copied().unwrap_or(0);
    let sharp = whole.variance(1000).unwrap_or(0).saturating_sub(floor);
    i64::try_from(sharp).unwrap_or(i64::MAX)
}
