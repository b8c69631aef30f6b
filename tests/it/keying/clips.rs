//! Green-screen clips made from sprites, each with a fault, and what a perfect key makes of them.

use super::sprites::{Pixel, Sprite};
use memebuild::contract::geometry::Size;

pub const SIZE: Size = Size { width: 240, height: 416 };
pub const FRAMES: usize = 4;
/// Chromakey's usual green, `0x00b140`.
const NOMINAL: [f32; 3] = [0.0, 0.694, 0.251];

/// What is wrong with a clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Profile {
    Clean,
    Noisy,
    Uneven,
    Spilled,
    OffHue,
    Compressed,
}

/// A clip before compression, and its composite over [`background`] as it ought to be.
pub struct Clip {
    pub crf: u32,
    /// `yuv420p` frames, one after another.
    pub raw: Vec<u8>,
    /// Of each frame, 0 to 1.
    pub alpha: Vec<Vec<f32>>,
    pub truth: Vec<Vec<[f32; 3]>>,
}

/// A picture with detail and colours of its own.
pub fn background() -> Vec<[f32; 3]> {
    let pixel = |x: usize, y: usize| {
        let (x, y) = (x as f32, y as f32);
        let wave = 0.5 + 0.25 * (x * 0.05).sin() + 0.25 * (y * 0.031 + x * 0.01).cos();
        [0.2 + 0.6 * wave, 0.35 + 0.3 * y / SIZE.height as f32, 0.75 - 0.5 * wave]
    };
    places().map(|(x, y)| pixel(x, y)).collect()
}

pub fn clip(profile: Profile, sprite: &Sprite, seed: usize) -> Clip {
    let screen = match (profile, seed % 4) {
        (Profile::OffHue, 0) => [0.12, 0.62, 0.12],
        (Profile::OffHue, 1) => [0.0, 0.55, 0.36],
        (Profile::OffHue, 2) => [0.25, 0.75, 0.2],
        (Profile::OffHue, _) => [0.0, 1.0, 0.0],
        _ => NOMINAL,
    };
    let crf = if profile == Profile::Compressed { 32 } else { 20 };
    let mut noise = Noise(seed as u64 + 1);
    let back = background();
    let mut clip = Clip { crf, raw: Vec::new(), alpha: Vec::new(), truth: Vec::new() };
    for frame in 0..FRAMES {
        let subject = moved(sprite, frame, seed);
        let pixels = places().zip(&subject).map(|((x, y), [r, g, b, alpha])| {
            let light = if profile == Profile::Uneven { light(x, y, seed) } else { 1.0 };
            let spill = if profile == Profile::Spilled { 0.12 * alpha } else { 0.0 };
            let mixed = [(r, 0), (g, 1), (b, 2)].map(|(part, channel)| {
                let cast = if channel == 1 { spill } else { 0.6 * spill };
                part + cast * screen[channel] + (1.0 - alpha) * light * screen[channel]
            });
            let grain = if profile == Profile::Noisy { 0.035 } else { 0.0 };
            mixed.map(|part| (part + grain * noise.next()).clamp(0.0, 1.0))
        });
        clip.raw.extend(yuv420(&pixels.collect::<Vec<_>>()));
        let over = |(front, back): (&Pixel, &[f32; 3])| {
            std::array::from_fn(|plane| front[plane] + (1.0 - front[3]) * back[plane])
        };
        clip.truth.push(subject.iter().zip(&back).map(over).collect());
        clip.alpha.push(subject.iter().map(|pixel| pixel[3]).collect());
    }
    clip
}

/// A lamp beside the middle: about half of its light at the far corner.
fn light(x: usize, y: usize, seed: usize) -> f32 {
    let (x, y) = (x as f32 / SIZE.width as f32, y as f32 / SIZE.height as f32);
    let lamp = [0.2 + 0.2 * (seed % 4) as f32, 0.3 + 0.15 * (seed % 3) as f32];
    0.6 + 0.5 * (-2.5 * ((x - lamp[0]).powi(2) + (y - lamp[1]).powi(2))).exp()
}

/// The sprite on its way through the picture.
fn moved(sprite: &Sprite, frame: usize, seed: usize) -> Vec<Pixel> {
    let (time, side) = (frame as f32 + seed as f32, sprite.side as f32);
    let left = (SIZE.width as f32 - side) / 2.0 + 18.0 * (time * 0.21).sin();
    let top = (SIZE.height as f32 - side) / 2.0 + 40.0 * (time * 0.13).cos();
    places().map(|(x, y)| sprite.at(x as f32 - left, y as f32 - top)).collect()
}

fn places() -> impl Iterator<Item = (usize, usize)> {
    let width = SIZE.width as usize;
    (0..width * SIZE.height as usize).map(move |index| (index % width, index / width))
}

/// BT.601 of limited range, which is what chromakey takes a colour to be: the reference has its
/// best case.
pub fn yuv420(pixels: &[[f32; 3]]) -> Vec<u8> {
    let width = SIZE.width as usize;
    let luma = |[r, g, b]: [f32; 3]| 16.0 + 65.48 * r + 128.55 * g + 24.97 * b;
    let mut raw: Vec<u8> = pixels.iter().map(|pixel| (luma(*pixel) + 0.5) as u8).collect();
    for weights in [[-37.8, -74.2, 112.0], [112.0, -93.79, -18.21]] {
        for (x, y) in places().filter(|(x, y)| x % 2 == 0 && y % 2 == 0) {
            let four = [0, 1, width, width + 1].map(|step| pixels[y * width + x + step]);
            let chroma = |pixel: [f32; 3]| (0..3).map(|c| weights[c] * pixel[c]).sum::<f32>();
            raw.push((128.5 + four.map(chroma).iter().sum::<f32>() / 4.0) as u8);
        }
    }
    raw
}

/// Normal noise, nearly, from a linear congruential generator: the same on every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        let mut uniform = || {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (self.0 >> 40) as f32 / (1 << 24) as f32
        };
        (uniform() + uniform() + uniform() + uniform() - 2.0) * 1.732
    }
}
