//! Green screens: how much of the border is screen, how even its colour and light are, and how
//! cleanly the subject stands before it.

use super::frame::{Frame, Small};
use crate::contract::asset::VideoFacts;
use crate::contract::key::KeyCalibration;
use crate::media::key::{self, Planes};

/// Long side of the frames that are measured.
const SIDE: u32 = 320;

/// A pixel is screen within so many degrees of the screen's hue, from this saturation on, and not
/// darker than this; the last two in thousandths.
const HUE: f64 = 25.0;
const SATURATION_MILLI: i32 = 250;
const VALUE: i32 = 38;

/// Pixels into the subject that the screen's light may spill.
const SPILL_BAND: usize = 6;

/// A small frame seen as colours: hue, saturation and value, and whether it is screen.
struct Seen {
    width: usize,
    height: usize,
    /// Degrees; none for greys.
    hues: Vec<Option<f64>>,
    saturation_milli: Vec<i32>,
    value: Vec<i32>,
    rgb: Vec<[i32; 3]>,
    luma: Vec<u8>,
}

impl Seen {
    fn new(small: &Small, large: bool) -> Self {
        let rgb: Vec<[i32; 3]> = (0..small.y.len()).map(|n| small.rgb(n, large)).collect();
        let saturation = |[r, g, b]: &[i32; 3]| {
            let (most, least) = (*r.max(g).max(b), *r.min(g).min(b));
            if most == 0 { 0 } else { 1000 * (most - least) / most }
        };
        Self {
            width: small.size.width as usize,
            height: small.size.height as usize,
            hues: rgb.iter().map(hue).collect(),
            saturation_milli: rgb.iter().map(saturation).collect(),
            value: rgb.iter().map(|[r, g, b]| *r.max(g).max(b)).collect(),
            rgb,
            luma: small.y.clone(),
        }
    }

    fn is_ring(&self, index: usize) -> bool {
        let thick = (self.width.min(self.height) / 16).max(2);
        let (x, y) = (index % self.width, index / self.width);
        x < thick || y < thick || x + thick >= self.width || y + thick >= self.height
    }

    /// Which corner's box a pixel is in, if any; a box is a sixth of the short side.
    fn corner(&self, index: usize) -> Option<usize> {
        let side = (self.width.min(self.height) / 6).max(2);
        let (x, y) = (index % self.width, index / self.width);
        let across = [x < side, x + side >= self.width].iter().position(|hit| *hit)?;
        let down = [y < side, y + side >= self.height].iter().position(|hit| *hit)?;
        Some(2 * down + across)
    }

    fn screen(&self, key_hue: f64) -> Vec<bool> {
        (0..self.rgb.len())
            .map(|n| {
                let near = self.hues[n].is_some_and(|hue| turn(hue - key_hue).abs() < HUE);
                near && self.saturation_milli[n] > SATURATION_MILLI && self.value[n] > VALUE
            })
            .collect()
    }
}

/// Hue in degrees.
fn hue([r, g, b]: &[i32; 3]) -> Option<f64> {
    let (most, least) = (*r.max(g).max(b), *r.min(g).min(b));
    let span = f64::from(most - least);
    if most == least {
        return None;
    }
    let sixth = match most {
        _ if most == *g => 2.0 + f64::from(b - r) / span,
        _ if most == *b => 4.0 + f64::from(r - g) / span,
        _ => f64::from(g - b) / span,
    };
    Some((60.0 * sixth).rem_euclid(360.0))
}

/// An angle between −180 and 180 degrees.
fn turn(degrees: f64) -> f64 {
    (degrees + 180.0).rem_euclid(360.0) - 180.0
}

/// The screen's hue: the mode of the ring's hues, weighted by saturation, over all frames.
fn key_hue(seen: &[Seen]) -> Option<f64> {
    let mut weights = [0i64; 360];
    for frame in seen {
        for n in (0..frame.rgb.len()).filter(|n| frame.is_ring(*n)) {
            if let Some(hue) = frame.hues[n] {
                weights[hue as usize % 360] += i64::from(frame.saturation_milli[n]);
            }
        }
    }
    let around = |at: usize| (0..11).map(|n| weights[(at + 355 + n) % 360]).sum::<i64>();
    let (at, weight) = (0..360).map(|at| (at, around(at))).max_by_key(|(at, w)| (*w, 360 - at))?;
    (weight > 0).then_some(at as f64 + 0.5)
}

/// Sums of measures, and of how many things they were taken.
#[derive(Default)]
struct Sum {
    total: f64,
    count: f64,
}

impl Sum {
    fn add(&mut self, value: f64) {
        self.total += value;
        self.count += 1.0;
    }

    /// The mean, times `scale`, rounded; none of nothing.
    fn mean(&self, scale: f64) -> Option<i64> {
        (self.count > 0.0).then(|| (self.total / self.count * scale).round() as i64)
    }
}

/// Measures frames of one film. `bytes` is the length of its file.
pub fn measure(frames: &[Frame], video: &VideoFacts, bytes: u64, note: &mut impl FnMut(&str, i64)) {
    let pixels = u64::from(video.width) * u64::from(video.height);
    note("shortSidePx", i64::from(video.width.min(video.height)));
    let bits =
        u128::from(bytes) * 8000 / u128::from(pixels.max(1) * u64::from(video.frames.max(1)));
    note("bitsPerPixelMilli", i64::try_from(bits).unwrap_or(i64::MAX));
    let large = video.width.min(video.height) >= 720;
    let smalls: Vec<Small> = frames.iter().map(|frame| frame.small(SIDE)).collect();
    let seen: Vec<Seen> = smalls.iter().map(|small| Seen::new(small, large)).collect();
    let Some(key_hue) = key_hue(&seen) else {
        note("ringShareMilli", 0);
        return;
    };
    note("keyHueDeg", key_hue as i64);
    let screens: Vec<Vec<bool>> = seen.iter().map(|frame| frame.screen(key_hue)).collect();
    let mut ring = Sum::default();
    let mut corners = [(); 4].map(|()| Sum::default());
    let (mut subject, mut light) = (Sum::default(), Sum::default());
    let (mut sin, mut cos) = (Sum::default(), Sum::default());
    let (mut edge, mut spill) = (Sum::default(), Sum::default());
    for (frame, screen) in seen.iter().zip(&screens) {
        let mut luma = Sum::default();
        for (n, is_screen) in screen.iter().enumerate() {
            let share = f64::from(u8::from(*is_screen));
            if frame.is_ring(n) {
                ring.add(share);
            }
            if let Some(corner) = frame.corner(n) {
                corners[corner].add(share);
            }
            subject.add(1.0 - share);
            if let Some(hue) = frame.hues[n].filter(|_| *is_screen) {
                luma.add(f64::from(frame.luma[n]));
                sin.add(hue.to_radians().sin());
                cos.add(hue.to_radians().cos());
            }
        }
        if luma.count > 0.0 {
            let mean = luma.total / luma.count;
            let squares = (0..screen.len())
                .filter(|n| screen[*n])
                .map(|n| (f64::from(frame.luma[n]) - mean).powi(2))
                .sum::<f64>();
            light.add((squares / luma.count).sqrt());
        }
        edges(frame, screen, key_hue, &mut edge, &mut spill);
    }
    let mut give = |name, value: Option<i64>| value.into_iter().for_each(|value| note(name, value));
    give("ringShareMilli", ring.mean(1000.0));
    give("worstCornerMilli", corners.iter().filter_map(|corner| corner.mean(1000.0)).min());
    give("subjectShareMilli", subject.mean(1000.0));
    give("screenLumaStdMilli", light.mean(1000.0));
    if sin.count > 0.0 {
        let length = (sin.total / sin.count).hypot(cos.total / cos.count).clamp(1e-12, 1.0);
        give("screenHueStdMilli", Some(((-2.0 * length.ln()).sqrt().to_degrees() * 1000.0) as i64));
    }
    give("edgeWidthMilli", edge.mean(1000.0));
    give("spillMilli", spill.mean(1000.0));
    give("blockinessMilli", blockiness(frames, &seen, &screens));
    give("temporalNoiseMilli", noise(frames, &seen, &screens));
}

/// Pixels that are neither screen nor subject, for each pixel of the outline; and how much more
/// of the screen's own channel than of the others the subject's rim has.
fn edges(frame: &Seen, screen: &[bool], key_hue: f64, edge: &mut Sum, spill: &mut Sum) {
    let channel = if (60.0..180.0).contains(&key_hue) { 1 } else { 2 };
    let excess = |n: usize| {
        let [r, g, b] = frame.rgb[n];
        if channel == 1 { g - r.max(b) } else { b - r.max(g) }
    };
    let pure: Vec<i32> = (0..screen.len()).filter(|n| screen[*n]).map(excess).collect();
    if pure.is_empty() || pure.len() == screen.len() {
        return;
    }
    let pure = f64::from(median(pure)).max(1.0);
    let neighbours = |n: usize| {
        let (x, y) = (n % frame.width, n / frame.width);
        let left = (x > 0).then(|| n - 1);
        let right = (x + 1 < frame.width).then_some(n + 1);
        let up = (y > 0).then(|| n - frame.width);
        let down = (y + 1 < frame.height).then_some(n + frame.width);
        [left, right, up, down].into_iter().flatten()
    };
    // Distance of subject pixels from the screen, up to the width of the band.
    let mut distance = vec![usize::MAX; screen.len()];
    let mut rim: Vec<usize> = (0..screen.len())
        .filter(|n| !screen[*n] && neighbours(*n).any(|near| screen[near]))
        .collect();
    let outline = rim.len();
    for depth in 1..=SPILL_BAND {
        rim.iter().for_each(|n| distance[*n] = depth);
        let mut next: Vec<usize> = rim.iter().flat_map(|n| neighbours(*n)).collect();
        next.sort_unstable();
        next.dedup();
        next.retain(|n| !screen[*n] && distance[*n] == usize::MAX);
        rim = next;
    }
    let between = (0..screen.len())
        .filter(|n| (0.1..0.9).contains(&(f64::from(excess(*n)) / pure)))
        .filter(|n| distance[*n] <= SPILL_BAND || neighbours(*n).any(|m| distance[m] <= 2))
        .count();
    if outline > 0 {
        edge.add(between as f64 / outline as f64);
    }
    // The rim itself is a mixture of screen and subject, not spill.
    for n in (0..screen.len()).filter(|n| (2..=SPILL_BAND).contains(&distance[*n])) {
        spill.add(f64::from(excess(n).max(0)));
    }
}

fn median(mut values: Vec<i32>) -> i32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable(middle).1
}

/// Mean change of luma from one measured frame to the next where both show screen: at the film's
/// own size, since averaging would hide it. Thousandths of a step.
fn noise(frames: &[Frame], seen: &[Seen], screens: &[Vec<bool>]) -> Option<i64> {
    let mut change = Sum::default();
    for n in 1..frames.len() {
        let (before, after) = (&frames[n - 1], &frames[n]);
        let (width, height) = (before.size.width as usize, before.size.height as usize);
        let small = &seen[n];
        for (index, both) in screens[n].iter().zip(&screens[n - 1]).enumerate() {
            if *both.0 && *both.1 {
                let x = (index % small.width * 2 + 1) * width / (2 * small.width);
                let y = (index / small.width * 2 + 1) * height / (2 * small.height);
                let at = y * width + x;
                change.add(f64::from(before.luma()[at].abs_diff(after.luma()[at])));
            }
        }
    }
    change.mean(1000.0)
}

/// Mean step of luma across the borders of 8 × 8 blocks, against steps elsewhere, where there is
/// nothing but screen to be seen: 1000 where the blocks do not show.
fn blockiness(frames: &[Frame], seen: &[Seen], screens: &[Vec<bool>]) -> Option<i64> {
    let (mut border, mut inside) = (Sum::default(), Sum::default());
    for ((frame, small), screen) in frames.iter().zip(seen).zip(screens).step_by(4) {
        let (width, height) = (frame.size.width as usize, frame.size.height as usize);
        for (y, row) in frame.luma().chunks_exact(width).enumerate().step_by(4) {
            let above = y * small.height / height * small.width;
            let is_screen = |x: usize| screen[above + x * small.width / width];
            for (n, pair) in row.windows(2).enumerate() {
                if is_screen(n) && is_screen(n + 1) {
                    let step = f64::from(pair[0].abs_diff(pair[1]));
                    if n % 8 == 7 { border.add(step) } else { inside.add(step) }
                }
            }
        }
    }
    let (border, inside) = (border.mean(1e6)?, inside.mean(1e6)?);
    // A twentieth of a step keeps a screen without any noise from dividing by nothing.
    Some((border + 50_000) * 1000 / (inside + 50_000))
}

/// The key, by the keyer's own calibration.
pub fn calibrate(frames: &[Frame]) -> Option<KeyCalibration> {
    let planes = frames.iter().filter_map(|frame| Planes::yuv420(&frame.raw, frame.size));
    key::calibrate(&planes.collect::<Vec<_>>())
}
