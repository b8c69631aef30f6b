//! Green screens: how much of the border is screen, how even its colour and light are, and how
//! cleanly the subject stands before it.

use super::frame::{Frame, Small};
use super::mean::Mean;
use super::screen::{Seen, key_hue, turn};
use super::{coding, edges, grain, marks, motion};
use crate::contract::asset::VideoFacts;
use crate::contract::fingerprint::Fingerprint;
use crate::contract::key::KeyCalibration;
use crate::media::key::{self, Planes};

/// Long side of the frames that are measured.
const SIDE: u32 = 320;

/// Hues that screens are dyed in, hundredths of a degree: greens, and blues.
const DYES: [std::ops::RangeInclusive<i32>; 2] = [10_000..=15_500, 20_500..=25_000];

/// Measures frames of one film. `bytes` is the length of its file.
pub fn measure(
    frames: &[Frame],
    video: &VideoFacts,
    bytes: u64,
    note: &mut impl FnMut(&str, i64),
) -> Option<Fingerprint> {
    let pixels = u64::from(video.width) * u64::from(video.height);
    let mut give = |name: &str, value: Option<i64>| value.into_iter().for_each(|v| note(name, v));
    give("shortSidePx", Some(i64::from(video.width.min(video.height))));
    if !video.is_still() {
        let rate = i64::from(video.frame_rate.num) * 1000 / i64::from(video.frame_rate.den.max(1));
        give("frameRateMilli", Some(rate));
        give("durationMs", i64::try_from(video.duration_ms).ok());
    }
    let bits =
        u128::from(bytes) * 8000 / u128::from(pixels.max(1) * u64::from(video.frames.max(1)));
    give("bitsPerPixelMilli", i64::try_from(bits).ok());
    let smalls: Vec<Small> = frames.iter().map(|frame| frame.small(SIDE)).collect();
    give("blockStepsMilli", coding::block_steps_milli(frames, &video.codec));
    give("frozenMilli", motion::frozen_milli(&smalls));
    // A picture is decoded from red, green and blue, by BT.601.
    let bt601 = video.is_still() || video.bt601;
    let seen: Vec<Seen> = smalls.iter().map(|small| Seen::new(small, bt601)).collect();
    let Some(key_hue) = key_hue(&seen) else {
        give("ringShareMilli", Some(0));
        return None;
    };
    give("keyHueDeg", Some(i64::from(key_hue / 100)));
    let off = |dye: &std::ops::RangeInclusive<i32>| {
        turn(key_hue - key_hue.clamp(*dye.start(), *dye.end())).abs()
    };
    give("hueOffDeg", DYES.iter().map(off).min().map(|off| i64::from(off / 100)));
    let screens: Vec<Vec<bool>> = seen.iter().map(|frame| frame.screen(key_hue)).collect();
    let [mut ring, mut subject, mut saturation, mut hues, mut spill] = [Mean::default(); 5];
    let mut corners = [Mean::default(); 4];
    let mut light = Mean::default();
    for (frame, screen) in seen.iter().zip(&screens) {
        let mut luma = Mean::default();
        let share = |n: usize| i32::from(screen[n]) * 1000;
        ring.extend(frame.ring().map(share));
        for (corner, places) in corners.iter_mut().zip(frame.corners()) {
            corner.extend(places.map(share));
        }
        subject.extend((0..screen.len()).map(|n| 1000 - share(n)));
        for n in (0..screen.len()).filter(|n| screen[*n]) {
            if let Some(hue) = frame.hue(n) {
                luma.add(i32::from(frame.luma[n]));
                saturation.add(frame.saturation_milli(n));
                hues.add(turn(hue - key_hue));
            }
        }
        light.extend(luma.deviation_milli().and_then(|deviation| i32::try_from(deviation).ok()));
        edges::spill(frame, screen, key_hue, &mut spill);
    }
    give("ringShareMilli", ring.mean(1));
    give("worstCornerMilli", corners.iter().filter_map(|corner| corner.mean(1)).min());
    give("subjectShareMilli", subject.mean(1));
    give("screenSaturationMilli", saturation.mean(1));
    give("screenLumaStdMilli", light.mean(1));
    // Hues are in hundredths of a degree already.
    give("screenHueStdMilli", hues.deviation_milli().map(|deviation| deviation / 100));
    give("spillMilli", spill.mean(1000));
    give("edgeWidthMilli", edges::width_milli(frames, &seen, &screens));
    give("marksMillionth", marks::marks_millionth(&smalls, &screens));
    give("noiseMilli", noise(frames, &seen, &screens));
    super::fingerprint::subject(&smalls, &screens)
}

fn noise(frames: &[Frame], seen: &[Seen], screens: &[Vec<bool>]) -> Option<i64> {
    match frames {
        [frame] => grain::spatial_milli(frame, &seen[0], &screens[0]),
        _ => grain::temporal_milli(frames, seen, screens),
    }
}

/// The key, by the keyer's own calibration.
pub fn calibrate(frames: &[Frame]) -> Option<KeyCalibration> {
    let planes = frames.iter().filter_map(|frame| Planes::yuv420(&frame.raw, frame.size));
    key::calibrate(&planes.collect::<Vec<_>>())
}
